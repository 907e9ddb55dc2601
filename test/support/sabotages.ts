// Ways to break what the proof is meant to prove: each takes one invariant away and leaves everything else alone.
import type pg from "pg";
import type { Promised } from "../prove/findings";
import type { StormWish } from "../prove/storm";

export interface Sabotage {
  name: string;
  /** The count that must find it. */
  caughtBy: Promised;
  /** SQL to be run in the migrated database. */
  sql?: (db: pg.Pool) => Promise<string>;
  /** Another text for a statement of the read path. */
  query?: (config: { text: string; name?: string }) => object;
  /** A variant of the code (see the mocks in prove/sabotage.test.ts). */
  code?: "key apart" | "any say" | "no mask" | "answers yield" | "guests write";
  /** Poor mailboxes show it, after a short storm. */
  mailboxes?: true;
  /** What shows it sooner than the common storm. */
  storm?: Partial<
    Pick<StormWish, "writers" | "calendars" | "pauseMs" | "holdMs" | "pageMost" | "emphasis" | "kinds">
  >;
  /** The database's clock steps an hour back before anything is written. */
  stepsBack?: boolean;
}

/** A function of the migrations, with some of its text replaced. */
async function altered(db: pg.Pool, name: string, changes: Record<string, string>): Promise<string> {
  const { rows } = await db.query<{ source: string }>("select pg_get_functiondef($1::regproc) as source", [
    name,
  ]);
  return Object.entries(changes).reduce((source, [from, to]) => {
    if (!source.includes(from)) throw new Error(`${name} does not say "${from}".`);
    return source.replace(from, to);
  }, rows[0]?.source ?? "");
}

/** The statement that reads a feed, with some of its text replaced. */
const feedQuery =
  (from: string | RegExp, to: string): Sabotage["query"] =>
  (config) => {
    if (!config.text.includes("rows with ties")) return config;
    const text = config.text.replaceAll(new RegExp(from, "g"), to);
    return { ...config, text, name: `${config.name}-sabotaged` };
  };

/** Writers who take their time to commit, and nobody in the way of the clients who poll by their own clock. */
const slowWriters: Sabotage["storm"] = { writers: 3, holdMs: 250, kinds: [3] };

export const SABOTAGES: Sabotage[] = [
  {
    name: "the clock's lock is dropped",
    caughtBy: "missed",
    stepsBack: true,
    sql: async (db) => {
      const waited = await altered(db, "tidemark_lock", {
        "foreach calendar_id in array missing loop": "foreach calendar_id in array '{}'::bigint[] loop",
      });
      const tried = await altered(db, "lock_free_calendars", {
        " and pg_try_advisory_xact_lock(calendar_id)": "",
      });
      return `${waited}; ${tried}`;
    },
  },
  {
    name: "writes that go together do not try the locks of their calendars, and take their time to commit",
    caughtBy: "missed",
    storm: { writers: 6, kinds: [3], emphasis: { acts: { create: 1 } } },
    sql: async (db) => {
      const tried = await altered(db, "lock_free_calendars", {
        " and pg_try_advisory_xact_lock(calendar_id)": "",
      });
      const slow = await altered(db, "write_entries", {
        begin: `begin
          if coalesce(current_setting('tidemark.tokens', true), '') <> '' then
            perform pg_sleep(0.1);
          end if;`,
      });
      return `${tried}; ${slow}`;
    },
  },
  {
    name: "writes that go together all count as one client's",
    caughtBy: "foreignHidden",
    storm: { pauseMs: 150, writers: 12, emphasis: { acts: { create: 5, patch: 5 } } },
    sql: () =>
      Promise.resolve(`
        create or replace function tidemark_token(event_id bigint) returns bigint language sql stable as $$
          select case when coalesce(current_setting('tidemark.tokens', true), '') = '' then tidemark_token()
            else (select min(value::bigint) from jsonb_each_text(current_setting('tidemark.tokens')::jsonb)) end
        $$`),
  },
  {
    name: "a change is stamped with now(), the start of its transaction",
    caughtBy: "missed",
    sql: () =>
      Promise.resolve(`
        create or replace function tidemark_tick(org bigint, calendars bigint[]) returns timestamptz language plpgsql as $$
        declare
          tick timestamptz := date_trunc('milliseconds', now()) + interval '1 ms';
        begin
          perform lock_calendars(org, calendars);
          update calendar c set clock = greatest(c.clock, tick) where c.organisation_id = org and c.id = any (calendars);
          return tick;
        end $$`),
  },
  {
    name: "a tick is reused for a calendar taken later",
    caughtBy: "missed",
    storm: { calendars: 4, holdMs: 80 },
    sql: (db) =>
      altered(db, "tidemark_tick", {
        "holds_all(held.ticked, calendars)": "held.tick is not null",
        "held.used := held.used + 1;": `held := tidemark_lock(held, org, calendars);
          update calendar c set clock = greatest(c.clock, held.tick) where c.organisation_id = org and c.id = any (calendars);
          held.used := held.used + 1;`,
      }),
  },
  {
    name: "the barrier is inside the statement that reads (one snapshot)",
    caughtBy: "missed",
    storm: slowWriters,
    sql: () =>
      Promise.resolve(`
        alter function calendar_barrier(bigint, bigint) stable;
        alter function try_calendar_barrier(bigint, bigint) stable`),
  },
  {
    name: "there is no barrier",
    caughtBy: "missed",
    storm: slowWriters,
    sql: () =>
      Promise.resolve(`
        create or replace function try_calendar_barrier(org bigint, calendar_id bigint, out clock timestamptz, out floor timestamptz, out passed boolean)
        language sql volatile as 'select c.clock, c.floor, true from calendar c where c.organisation_id = org and c.id = calendar_id'`),
  },
  {
    name: ">= for > in the feed",
    caughtBy: "deliveredTwice",
    query: feedQuery("n\\.tick > (\\$\\d+)", "n.tick >= $1"),
  },
  {
    name: "the trigger is skipped on a cascade",
    caughtBy: "missed",
    storm: { emphasis: { acts: { create: 1, remove: 1 }, children: 0.6 } },
    sql: (db) =>
      altered(db, "event_after_delete", {
        begin: `begin
          if old.parent_id is not null and not exists (
            select from event p where p.organisation_id = old.organisation_id and p.id = old.parent_id
          ) then
            return null;
          end if;`,
      }),
  },
  {
    name: "the Idempotency-Key is stored after the commit, in a transaction of its own",
    caughtBy: "duplicatesCreated",
    code: "key apart",
  },
  {
    name: "an attendee's list sets the answers of others",
    caughtBy: "rsvpsOverwritten",
    code: "any say",
    storm: { calendars: 3, emphasis: { acts: { create: 2, respond: 4, invite: 1 } } },
  },
  {
    name: "a guest's copy of the list is the list",
    caughtBy: "guestsLost",
    code: "any say",
    mailboxes: true,
  },
  {
    name: "an answer yields to whoever writes an older copy",
    caughtBy: "answersUndone",
    code: "answers yield",
    mailboxes: true,
  },
  {
    name: "what a guest's mailbox makes of the texts has a say",
    caughtBy: "restless",
    code: "guests write",
    mailboxes: true,
  },
  { name: "the mask is skipped", caughtBy: "textsLeaked", code: "no mask" },
  {
    name: "excludeOwn looks at the last change alone",
    caughtBy: "foreignHidden",
    query: feedQuery("n\\.foreign_tick > (\\$\\d+)", "$1::timestamptz is null"),
    storm: { pauseMs: 150, emphasis: { acts: { create: 1, patch: 9 } } },
  },
  {
    name: "a page ends inside a tick",
    caughtBy: "missed",
    query: feedQuery("rows with ties", "rows only"),
    storm: { writers: 2, calendars: 1, holdMs: 10, pageMost: 8 },
  },
];
