// What the proof knows to be true, from answers alone: which events there are, in whose calendars, in which version,
// written by whom. Pollers are held against it, and every row that anybody is shown.
import type { Findings } from "./findings";
import { ABSENT, History } from "./history";
import type { EventRow, Row } from "./wire";

/** Who wrote: the token, for excludeOwn; SQL; or UNSURE, where the write may have changed nothing. */
export type Author = string;
export const SQL: Author = "sql";
export const UNSURE: Author = "unsure";

export interface Known {
  id: string;
  ownerId: string;
  parentId: string | null;
  children: Set<string>;
  /** The version that is known best. */
  row: EventRow;
  history: History;
  /** Ticks and who took them, as they were acknowledged. */
  versions: { tick: string; author: Author }[];
  /** Authors of writes that may have been carried out without a word. */
  unsure: Set<Author>;
  /** Deleted, as was acknowledged; or about to be. */
  gone: boolean;
  /** When a write of it last went out or was answered. */
  touchedAt: number;
  deletes: { open: number; maybe: number; authors: Set<Author> };
}

/** One acknowledged change of a calendar: from now on every complete poll must show this version or a later one. */
export interface Ack {
  id: string;
  /** Null: gone for good. */
  tick: string | null;
  author: Author;
}

export class Model {
  readonly events = new Map<string, Known>();
  /** By user. */
  readonly acks = new Map<string, Ack[]>();
  /** The event that each create made, by its iCalUid. */
  private readonly created = new Map<string, Set<string>>();
  private readonly owned = new Map<string, Set<string>>();
  private readonly attended = new Map<string, Set<string>>();
  committed = 0;

  constructor(
    readonly userIds: readonly string[],
    private readonly findings: Findings,
  ) {
    for (const userId of userIds) {
      this.acks.set(userId, []);
      this.owned.set(userId, new Set());
      this.attended.set(userId, new Set());
    }
  }

  ownedBy(userId: string): string[] {
    return [...(this.owned.get(userId) ?? [])];
  }

  attendedBy(userId: string): string[] {
    return [...(this.attended.get(userId) ?? [])];
  }

  /** A create was acknowledged. The same event again, from a retry or a rival, is no news. */
  learn(row: EventRow, author: Author): Known {
    this.sighted(row);
    const known = this.events.get(row.id);
    if (known) return known;
    const parentId = row.parentId === null ? null : String(row.parentId);
    const fresh: Known = {
      id: row.id,
      ownerId: row.ownerId ?? "",
      parentId,
      children: new Set(),
      row,
      history: new History(),
      versions: [],
      unsure: new Set(),
      gone: false,
      touchedAt: performance.now(),
      deletes: { open: 0, maybe: 0, authors: new Set() },
    };
    this.events.set(row.id, fresh);
    for (const [field, value] of textsOf(row)) fresh.history.know(field, row.lastModifiedAt, value);
    this.acknowledge(row, author);
    const parent = parentId === null ? undefined : this.events.get(parentId);
    parent?.children.add(row.id);
    if (parent?.gone) this.bury(fresh, UNSURE);
    return fresh;
  }

  /** A version was acknowledged: `author` was answered this row. */
  acknowledge(row: EventRow, author: Author): void {
    const known = this.events.get(row.id);
    if (!known || row.ownerId === null) return;
    this.count(known, row.lastModifiedAt, author);
    for (const userId of calendarsOf(row)) {
      this.acks.get(userId)?.push({ id: row.id, tick: row.lastModifiedAt, author });
    }
    this.observe(row, `answered to ${author}`);
    if (row.lastModifiedAt > known.row.lastModifiedAt) known.row = row;
    if (!known.gone) this.index(known);
  }

  /** Somebody was answered that they have left; since when, where the answer says it. */
  acknowledgeLeaving(userId: string, known: Known, row: Row | null): void {
    this.attended.get(userId)?.delete(known.id);
    if (!row?.deleted || row.reason !== "left") return;
    this.count(known, row.lastModifiedAt, UNSURE);
    this.acks.get(userId)?.push({ id: known.id, tick: row.lastModifiedAt, author: UNSURE });
  }

  /** A delete for everyone was acknowledged: its children are gone with it. */
  bury(known: Known, author: Author): void {
    if (known.gone) return;
    known.gone = true;
    const { authors } = known.deletes;
    authors.add(author);
    // Of several who asked for it, or for what it hangs on, whoever is answered first need not have done it.
    const by = authors.size > 1 || this.askedAbove(known, author) ? UNSURE : author;
    this.committed++;
    known.history = new History();
    for (const userId of this.userIds) {
      this.owned.get(userId)?.delete(known.id);
      this.attended.get(userId)?.delete(known.id);
      this.acks.get(userId)?.push({ id: known.id, tick: null, author: by });
    }
    for (const id of known.children) {
      const child = this.events.get(id);
      if (child) this.bury(child, by);
    }
  }

  private askedAbove({ parentId }: Known, author: Author): boolean {
    const authors = this.events.get(parentId ?? "")?.deletes.authors ?? new Set();
    return [...authors].some((other) => other !== author);
  }

  /** Whether the event may have moved on since that moment, by a write whose version is not known yet. */
  movedSince(known: Known, moment: number): boolean {
    return known.touchedAt >= moment || known.history.busy || this.mayBeGone(known);
  }

  /** Whether the event, or one above it, has been deleted or may be. */
  mayBeGone(known: Known): boolean {
    if (known.gone || known.deletes.open > 0 || known.deletes.maybe > 0) return true;
    const parent = known.parentId === null ? undefined : this.events.get(known.parentId);
    return parent !== undefined && this.mayBeGone(parent);
  }

  /** Holds a row that somebody was shown against what is known: lost writes, overwritten answers, duplicates. */
  observe(row: EventRow, seenBy: string): void {
    this.sighted(row);
    const known = this.events.get(row.id);
    if (!known || known.gone) return;
    const tick = row.lastModifiedAt;
    for (const [field, value] of textsOf(row)) {
      const expected = known.history.objection(field, tick, value);
      if (expected === null) continue;
      this.findings.fault(
        "writesLost",
        `event ${row.id} at ${tick}, ${seenBy}: ${field} is ${value}, should be ${expected}`,
      );
    }
    const people = new Set([...known.history.people(), ...row.attendees.map(({ userId }) => userId)]);
    for (const userId of people) {
      if (userId === null) continue;
      const status = row.attendees.find((guest) => guest.userId === userId)?.status ?? ABSENT;
      const expected = known.history.statusObjection(userId, tick, status);
      if (expected === null) continue;
      this.findings.fault(
        "rsvpsOverwritten",
        `event ${row.id} at ${tick}, ${seenBy}: user ${userId} is ${status}, answered ${expected}`,
      );
    }
  }

  private count(known: Known, tick: string, author: Author): void {
    const version = known.versions.find((other) => other.tick === tick);
    if (version === undefined) {
      known.versions.push({ tick, author });
      this.committed++;
    } else if (version.author === UNSURE) version.author = author;
  }

  /** A create makes one event, however often it is sent. (Occurrences of a series have one UID.) */
  private sighted({ id, iCalUid, seriesId }: EventRow): void {
    if (iCalUid === null || seriesId != null) return;
    const ids = this.created.get(iCalUid) ?? new Set();
    if (ids.has(id)) return;
    this.created.set(iCalUid, ids.add(id));
    if (ids.size > 1)
      this.findings.fault("duplicatesCreated", `${iCalUid} is each of the events ${[...ids].join(", ")}`);
  }

  private index(known: Known): void {
    const { row, id, ownerId } = known;
    this.owned.get(ownerId)?.add(id);
    for (const userId of this.userIds) {
      const status = row.attendees.find((guest) => guest.userId === userId)?.status;
      if (userId === ownerId) continue;
      if (status === undefined || status === "Declined") this.attended.get(userId)?.delete(id);
      else this.attended.get(userId)?.add(id);
    }
  }
}

/** The users in whose calendars this version certainly is: one who is Declined may have left. */
export function calendarsOf(row: EventRow): string[] {
  const users = new Set<string>();
  if (row.ownerId !== null) users.add(row.ownerId);
  for (const { userId, status } of row.attendees)
    if (userId !== null && status !== "Declined") users.add(userId);
  return [...users];
}

/** The fields that one writer at a time sets, each to a value of its own. */
export function* textsOf(row: EventRow): Generator<[field: string, value: string]> {
  yield ["subject", row.subject];
  yield ["location", String(row.location)];
  yield ["description", String(row.description)];
  yield ["times", `${row.startTime}/${row.endTime}`];
  yield ["private", String(row.private)];
}
