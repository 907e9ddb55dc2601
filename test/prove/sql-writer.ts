// A program that knows nothing of the service: plain SQL on "event", in transactions that take their time over several
// events and calendars, with and without lock_calendars, and sometimes think better of it.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { SQL, type Known, type Model } from "./model";
import type { Random } from "../support/random";
import type { Person } from "./stage";
import type { EventRow } from "./wire";
import type { OpenWrite } from "./history";

const ROW = `id::text, subject, description, location, private, parent_id::text as "parentId", i_cal_uid as "iCalUid",
  owner_id::text as "ownerId", attendees, to_char(start_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "startTime",
  to_char(end_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "endTime",
  to_char(last_modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "lastModifiedAt"`;

interface Begun {
  known: Known;
  write: OpenWrite | null;
  row: EventRow | null;
}

export class SqlWriter {
  transactions = 0;
  private number = 0;

  constructor(
    private readonly pool: pg.Pool,
    private readonly people: readonly Person[],
    private readonly model: Model,
    private readonly random: Random,
    private readonly wish: { run: string; holdMs: number },
  ) {}

  async runUntil(stopped: () => boolean, pauseMs: number): Promise<void> {
    while (!stopped()) {
      await this.transaction();
      await sleep(pauseMs * (0.5 + this.random.next()));
    }
  }

  /** Two to four changes, a while between them, then a commit or not. */
  private async transaction(): Promise<void> {
    const begun: Begun[] = [];
    const fresh: EventRow[] = [];
    let certain: "committed" | "rolled back" | "unknown" = "rolled back";
    const client = await this.pool.connect().catch(() => null);
    if (!client) return;
    const people = [this.random.pick(this.people), this.random.pick(this.people)];
    try {
      await client.query("begin");
      if (this.random.chance(0.6)) await this.lockUpFront(client, people);
      for (let count = 2 + this.random.below(3); count > 0; count--) {
        await this.changeSomething(client, this.random.pick(people), { begun, fresh });
        await sleep(this.random.below(this.wish.holdMs));
      }
      if (this.random.chance(0.85)) {
        certain = "unknown";
        await client.query("commit");
        certain = "committed";
      } else await client.query("rollback");
    } catch {
      // Deadlocks, killed servers: without a commit nothing happened; a commit without an answer may have.
      await client.query("rollback").catch(() => undefined);
    }
    client.release(certain !== "committed");
    this.settle(certain, begun, fresh);
  }

  private async lockUpFront(client: pg.PoolClient, people: readonly Person[]): Promise<void> {
    await client.query(
      `select lock_calendars($1, (select array_agg(id order by id) from calendar where organisation_id = $1 and user_id = any ($2)))`,
      [people[0]?.organisationId, people.map(({ id }) => id)],
    );
  }

  private async changeSomething(
    client: pg.PoolClient,
    person: Person,
    { begun, fresh }: { begun: Begun[]; fresh: EventRow[] },
  ): Promise<void> {
    const known = this.model.events.get(this.pickFrom(this.model.ownedBy(person.id)) ?? "");
    const mark = `sql ${this.wish.run}.${++this.number}`;
    if (!known || this.random.chance(0.2)) {
      fresh.push(await this.insert(client, person, mark));
    } else if (this.random.chance(0.15)) {
      known.deletes.open++;
      known.deletes.authors.add(SQL);
      begun.push({ known, write: null, row: null });
      await client.query("delete from event where organisation_id = $1 and id = $2", [
        person.organisationId,
        known.id,
      ]);
    } else if (!begun.some((other) => other.known === known)) {
      const write = { values: new Map([["description", mark]]), list: false };
      known.history.begin(write);
      const step: Begun = { known, write, row: null };
      begun.push(step);
      const { rows } = await client.query<EventRow>(
        `update event set description = $3 where organisation_id = $1 and id = $2 returning ${ROW}`,
        [person.organisationId, known.id, mark],
      );
      step.row = asRow(rows[0]);
    }
  }

  private async insert(client: pg.PoolClient, owner: Person, mark: string): Promise<EventRow> {
    const guest = this.random.pick(this.people);
    const attendees =
      guest === owner
        ? []
        : [{ userId: guest.id, emailAddress: guest.email, name: guest.name, status: "NoResponse" }];
    const { rows } = await client.query<EventRow>(
      `insert into event (organisation_id, owner_id, subject, i_cal_uid, attendees, start_time, end_time)
       values ($1, $2, $3, $3, $4, '2027-02-03T10:00:00Z', '2027-02-03T11:00:00Z') returning ${ROW}`,
      [owner.organisationId, owner.id, mark, JSON.stringify(attendees)],
    );
    const row = asRow(rows[0]);
    if (!row) throw new Error("An insert returned nothing.");
    return row;
  }

  private pickFrom(ids: readonly string[]): string | undefined {
    return ids.length === 0 ? undefined : this.random.pick(ids);
  }

  private settle(end: "committed" | "rolled back" | "unknown", begun: Begun[], fresh: EventRow[]): void {
    const committed = end === "committed";
    if (committed) {
      this.transactions++;
      for (const row of fresh) this.model.learn(row, SQL);
    }
    for (const { known, write, row } of begun) {
      if (write === null) this.settleDelete(known, end);
      else {
        known.touchedAt = performance.now();
        known.history.settle(write, {
          tick: committed ? (row?.lastModifiedAt ?? null) : null,
          lost: end === "unknown",
        });
        if (committed && row) this.model.acknowledge(row, SQL);
        if (end === "unknown") known.unsure.add(SQL);
      }
    }
  }

  private settleDelete(known: Known, end: "committed" | "rolled back" | "unknown"): void {
    known.deletes.open--;
    if (end === "committed") this.model.bury(known, SQL);
    if (end === "unknown") known.deletes.maybe++;
  }
}

function asRow(row: (Omit<EventRow, "parentId"> & { parentId: unknown }) | undefined): EventRow | null {
  if (!row) return null;
  return { ...row, parentId: row.parentId === null ? null : Number(row.parentId), deleted: false };
}
