// The one place that knows how a row of "event" becomes what the wire shows, masked for those who may not see it.
// Columns arrive as PostgreSQL's text (src/database/text-rows.ts) and are spliced into JSON; GraphQL reads the
// same columns through the same table, field by field.
import { columns, json, orNull, text } from "../database/rows";
import type { TextRow } from "../database/text-rows";
import type { Attendee } from "../entities/event";
import { toMs, type Instant } from "../values/instants";
import { EVENT_FIELDS as FIELDS, LONG_FIELDS, type EventFields } from "./fields";

/** What stands before the value of each: `,"subject":`. */
const STARTS = FIELDS.map(({ name }, index) => `${index === 0 ? "{" : ","}"${name}":`);

/** The names of what the wire shows of an event, in its order. */
export const SHOWN_FIELDS: readonly string[] = [...FIELDS.map(({ name }) => name), "deleted"];

const [OWNER, ATTENDEES] = ["ownerId", "attendees"].map((of) =>
  FIELDS.findIndex(({ name }) => name === of),
) as [number, number];

/** How many columns `eventColumns` selects. */
export const EVENT_WIDTH = FIELDS.length;

/** The SELECT (or RETURNING) list that `EventView` reads, of the table or alias given. */
export const eventColumns = (alias: string): string =>
  FIELDS.map(({ column }) => `${alias}.${column}`).join(", ");

/** The same list without LONG_FIELDS, for whoever looks at none of them. */
export const shortColumns = (alias: string): string =>
  FIELDS.map(({ name, column }) => (LONG_FIELDS.has(name) ? "null" : `${alias}.${column}`)).join(", ");

// The getters of EventFields are defined below, from the table.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface EventView extends Readonly<EventFields> {}

/** An event as one viewer may see it. `row` starts with the columns of `eventColumns`. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class EventView {
  readonly deleted = false;

  constructor(
    private readonly row: TextRow,
    readonly masked = false,
  ) {}

  /** The columns of the projection, to be kept and shown again as they were. */
  get stored(): TextRow {
    return this.row.slice(0, EVENT_WIDTH);
  }

  /** About how many bytes its fields come to. */
  get length(): number {
    return this.row.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  }

  /** Who is in it, whatever of it is masked: to tell the viewer their own part, and nobody else's. */
  get participants(): { ownerId: string | null; attendees: readonly Attendee[] } {
    const { row } = this;
    return {
      ownerId: row[OWNER] ?? null,
      attendees: JSON.parse(row[ATTENDEES] ?? "[]") as Attendee[],
    };
  }

  /** The value of field number `index`, as GraphQL serialises it. */
  protected value(index: number): unknown {
    const field = FIELDS[index] as (typeof FIELDS)[number];
    if (this.masked && field.masked !== "shown") return JSON.parse(field.masked);
    const stored = this.row[index];
    return stored == null ? null : field.kind.toValue(stored);
  }

  /** Some of the fields, as a plain object. */
  fields(names: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(names.map((name) => [name, (this as Record<string, unknown>)[name]]));
  }

  /** The JSON of field number `index` (SHOWN_FIELDS). */
  jsonOf(index: number): string {
    const field = FIELDS[index] as (typeof FIELDS)[number];
    if (this.masked && field.masked !== "shown") return field.masked;
    const stored = this.row[index];
    return stored == null ? "null" : field.kind.toJson(stored);
  }

  /** The event's JSON on the REST door. */
  get json(): string {
    let out = "";
    for (let index = 0; index < EVENT_WIDTH; index++) out += (STARTS[index] as string) + this.jsonOf(index);
    return `${out},"deleted":false}`;
  }

  /** The strong entity tag of this version, which a client may build itself. */
  get etag(): string {
    return `"${this.id}-${toMs(this.lastModifiedAt)}"`;
  }
}

FIELDS.forEach(({ name }, index) => {
  Object.defineProperty(EventView.prototype, name, {
    get(this: EventView) {
      return this.value(index);
    },
  });
});

/** What stands after the columns of an answer to a create that found its event there. */
const MATCHED = "matched";

/** An event that a create has found there and changed. */
export class MatchedView extends EventView {
  override get stored(): TextRow {
    return [...super.stored, MATCHED];
  }
}

/** What is kept of an answer for a retry of the request, with where what was passed over stood in it. */
export const keptAnswer = (view: EventView, passedOver: readonly string[]): TextRow =>
  passedOver.length === 0
    ? view.stored
    : [...view.stored, null].slice(0, EVENT_WIDTH + 1).concat(JSON.stringify(passedOver));

const KEPT = columns(
  { how: orNull(text("how")), passedOver: orNull(json<string[]>("passed_over")) },
  EVENT_WIDTH,
);

/** An event as an earlier request was answered. */
export class ReplayedView extends EventView {
  /** Whether that request made it. */
  readonly isMade: boolean;
  /** Where what was passed over stood in that request. */
  readonly passedOver: readonly string[];

  constructor(
    row: TextRow,
    /** Whether the event is there no more. */
    readonly isDeleted: boolean,
  ) {
    super(row);
    const { how, passedOver } = KEPT.of(row);
    this.isMade = how !== MATCHED;
    this.passedOver = passedOver ?? [];
  }
}

export type RemovalReason = "deleted" | "left";

/** A removed entry of a calendar. */
export class RemovedView {
  readonly deleted = true;

  constructor(
    readonly id: string,
    readonly reason: RemovalReason,
    readonly lastModifiedAt: Instant,
  ) {}

  get deletedAt(): Instant {
    return this.lastModifiedAt;
  }

  get json(): string {
    const { id, reason, lastModifiedAt } = this;
    return `{"id":"${id}","deleted":true,"reason":"${reason}","deletedAt":"${lastModifiedAt}","lastModifiedAt":"${lastModifiedAt}"}`;
  }

  get etag(): string {
    return `"${this.id}-${toMs(this.lastModifiedAt)}"`;
  }
}
