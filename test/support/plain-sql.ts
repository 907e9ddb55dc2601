// A writer that knows nothing of the service: plain SQL on "event", and what it finds in the tables afterwards.
import type pg from "pg";
import { until } from "./wait";
import type { Person, World } from "./world";

/** What runs SQL: a pool, or one connection in a transaction. */
export type Sql = Pick<pg.Pool, "query">;

/** A transaction on a connection of its own, until `commit` or `rollback`. */
export interface Session extends Sql {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

const open = new Set<Session>();

export async function begin(world: World, isolation = "read committed"): Promise<Session> {
  const client = await world.sql.connect();
  await client.query(`begin isolation level ${isolation}`);
  const end = async (how: string): Promise<void> => {
    if (!open.delete(session)) return;
    try {
      await client.query(how);
    } finally {
      client.release();
    }
  };
  const session: Session = {
    query: client.query.bind(client),
    commit: () => end("commit"),
    rollback: () => end("rollback"),
  };
  open.add(session);
  return session;
}

/** A transaction that commits when `work` is done, unless it has rolled back, and rolls back when it fails. */
export async function inSession<T>(world: World, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await begin(world);
  try {
    const result = await work(session);
    await session.commit();
    return result;
  } catch (error) {
    await session.rollback();
    throw error;
  }
}

/** The day on which tests live whose dates are written out: they mean what they say whenever they are run. */
export const TODAY = "2026-11-30T09:00:00Z";
const began = new Date().toISOString();

/** SQL: the database's clock goes on from TODAY; `later` is an interval. */
export const clockFromToday = (later = "0"): string => `
  create or replace function tidemark_now() returns timestamptz language sql volatile
  as $$ select timestamptz '${TODAY}' + (clock_timestamp() - timestamptz '${began}') + interval '${later}' $$`;

/** The date so many days from TODAY. */
export const dayFromToday = (days: number): string =>
  new Date(Date.parse(TODAY) + days * 86_400_000).toISOString().slice(0, 10);

/** Waits until `count` connections to the world's database wait for a lock. */
export async function untilWaiting(world: World, count: number): Promise<void> {
  await until(async () => {
    const { rowCount } = await world.sql.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return (rowCount ?? 0) >= count;
  });
}

/** Ends what a failed test left open, so that the next one does not wait for its locks. */
export async function rollbackAll(): Promise<void> {
  await Promise.all([...open].map((session) => session.rollback()));
}

export type Guest = Pick<Person, "id">;

/** An attendee as a careless writer would store one: the id alone. */
export const guests = (...people: Guest[]): string =>
  JSON.stringify(people.map(({ id }) => ({ userId: id })));

export interface Written {
  id: string;
  /** In milliseconds. */
  tick: number;
}

interface Wish {
  subject?: string;
  attendees?: Guest[];
  parentId?: string;
  leftUserIds?: string[];
  allDay?: boolean;
  startTime?: string;
  endTime?: string;
}

export async function insertEvent(
  sql: Sql,
  owner: Pick<Person, "id" | "organisationId">,
  wish: Wish = {},
): Promise<Written> {
  const { rows } = await sql.query<{ id: string; last_modified_at: Date }>(
    `insert into event (organisation_id, owner_id, subject, attendees, parent_id, left_user_ids, all_day, start_time, end_time)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id, last_modified_at`,
    [
      owner.organisationId,
      owner.id,
      wish.subject ?? "",
      guests(...(wish.attendees ?? [])),
      wish.parentId ?? null,
      wish.leftUserIds ?? [],
      wish.allDay ?? false,
      wish.startTime ?? "2026-03-02T09:00:00Z",
      wish.endTime ?? "2026-03-02T10:00:00Z",
    ],
  );
  return written(rows);
}

/** `update event set <set>` of one event; answers what was stored. */
export async function updateEvent(
  sql: Sql,
  id: string,
  set: string,
  values: unknown[] = [],
): Promise<Written> {
  const { rows } = await sql.query<{ id: string; last_modified_at: Date }>(
    `update event set ${set} where id = $1 returning id, last_modified_at`,
    [id, ...values],
  );
  return written(rows);
}

const written = (rows: { id: string; last_modified_at: Date }[]): Written => {
  const [row] = rows;
  if (!row) throw new Error("No event was written.");
  return { id: row.id, tick: row.last_modified_at.getTime() };
};

export interface Entry {
  eventId: string;
  tick: number;
  reason: "deleted" | "left" | null;
}

/** What a calendar holds, live and removed, in tick order. */
export async function entriesOf(sql: Sql, { calendarId }: Pick<Person, "calendarId">): Promise<Entry[]> {
  const { rows } = await sql.query<{ event_id: string; tick: Date; reason: Entry["reason"] }>(
    "select event_id, tick, reason from calendar_entry where calendar_id = $1 order by tick, event_id",
    [calendarId],
  );
  return rows.map(({ event_id, tick, reason }) => ({ eventId: event_id, tick: tick.getTime(), reason }));
}

/** The entry of one event; undefined where the calendar never held it. */
export async function entryOf(
  sql: Sql,
  person: Pick<Person, "calendarId">,
  id: string,
): Promise<Entry | undefined> {
  return (await entriesOf(sql, person)).find(({ eventId }) => eventId === id);
}

export async function clockOf(sql: Sql, { calendarId }: Pick<Person, "calendarId">): Promise<number> {
  const { rows } = await sql.query<{ clock: Date }>("select clock from calendar where id = $1", [calendarId]);
  return rows[0]!.clock.getTime();
}

/** The SQLSTATE with which `work` was refused; fails when it was not. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  const state = await work.then(
    () => null,
    (error: { code?: string }) => error.code ?? "none",
  );
  if (state === null) throw new Error("This should have been refused.");
  return state;
}

// Every way in which the tables could contradict each other, each a query that must find nothing.
const CONTRADICTIONS: Record<string, string> = {
  "a participant without a live entry, or a live entry of none": `
    with held as materialized (
      select e.organisation_id, c as calendar_id, e.id as event_id from event e cross join unnest(holding_calendars(e)) c
    )
    select * from held
    full join (select * from calendar_entry where removed_at is null) n
      using (organisation_id, calendar_id, event_id)
    where held is null or n.tick is null`,
  "a live entry with another tick or span than its event": `
    select n.* from calendar_entry n join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
    where n.removed_at is null
      and (n.tick, n.start_time, n.end_time) is distinct from (e.last_modified_at, e.start_time, e.end_time)`,
  "an entry that says somebody owns an event who does not, or the other way round": `
    select n.* from calendar_entry n join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
    join calendar c on c.organisation_id = n.organisation_id and c.id = n.calendar_id
    where n.removed_at is null and n.owned <> (c.user_id = e.owner_id)`,
  "an entry beyond its calendar's clock": `
    select n.* from calendar_entry n join calendar c on c.organisation_id = n.organisation_id and c.id = n.calendar_id
    where n.tick > c.clock`,
  "more than 500 entries of a calendar in one tick": `
    select calendar_id, tick from calendar_entry group by calendar_id, tick having count(*) > 500`,
};

/** Fails when the tables contradict each other. */
export async function expectSound(sql: Sql): Promise<void> {
  for (const [what, query] of Object.entries(CONTRADICTIONS)) {
    const { rows } = await sql.query(query);
    expect({ [what]: rows }).toEqual({ [what]: [] });
  }
}
