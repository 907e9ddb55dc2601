// Erasing a person: their address, name and records go out of everything the organisation keeps, and an address that says nothing
// stands in their place. It is done in pieces, each a transaction of its own, so that others write meanwhile; broken off, it is
// taken up by the same address. migrations/functions/erasing.sql has the pieces.
import { requireAdmin, requireScope, type Context } from "../context";
import { touchChanged } from "../database/changed-calendars";
import { columns, flag, instant, number, orNull, selectRow, sql, text, type Sql } from "../database/rows";
import { inTransaction } from "../database/transaction";
import { conflict } from "../errors";
import type { Instant } from "../values/instants";
import { patiently } from "./patiently";
import {
  findPerson,
  findTexts,
  isMask,
  MAX_PIECE,
  readAddress,
  type Person,
  type TextsFound,
} from "./person";

/** What an erasure came to. */
export interface Erased {
  /** What stands in the place of the address; null: there was nothing to erase. */
  address: string | null;
  userId: string | null;
  events: number;
  history: number;
  records: number;
  /** Events whose texts name the person still. */
  texts: TextsFound[];
}

/** So many are listed. */
const MAX_TEXTS = 1_000;
/** Where others keep the organisation's lock, it comes again so often. */
const MAX_TRIES = 10;
/** How often what others have written meanwhile is looked through before the end. */
const LATE_ROUNDS = 2;

/** The events whose texts name the person at an address, for an admin. Changes nothing. */
export async function listTexts(ctx: Context, given: string): Promise<TextsFound[]> {
  requireScope(ctx, "read");
  requireAdmin(ctx, "look for a person");
  const person = await findPerson(ctx, ctx.db.pool, readAddress(given));
  return (await findTexts(ctx, person, MAX_TEXTS)).slice(0, MAX_TEXTS);
}

/**
 * Erases the person at an address, for an admin. Somebody of whom nothing is kept, or nothing any more, changes nothing.
 * Refuses, as `conflict`, the organisation's last admin. It looks through all events of the organisation and their history.
 */
export async function erasePerson(ctx: Context, given: string): Promise<Erased> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "erase a person");
  const address = readAddress(given);
  if (isMask(address)) return NOTHING_ERASED;
  const erasure = await piece(ctx, () => begin(ctx, address));
  const texts = await findTexts(ctx, erasure.person, MAX_TEXTS);
  for (const step of [history, events]) while (await piece(ctx, step(erasure)));
  let found = 0;
  for (const walk of [series, keys, acts]) found += await walked(ctx, erasure, walk);
  found += await piece(ctx, requests(erasure));
  // What was written meanwhile, and then what was written during that, so that little is left for the end, which others wait for.
  let late = erasure;
  for (let round = 0; round < LATE_ROUNDS; round++) {
    const mark = await piece(ctx, setMark);
    for (const walk of [lateEvents, lateHistory]) await walked(ctx, late, walk);
    late = { ...late, since: mark };
  }
  while (!(await piece(ctx, finish(late, found))));
  return { ...(await readErased(ctx, erasure)), texts: texts.slice(0, MAX_TEXTS) };
}

/** What the erasure of somebody answers of whom nothing is kept. */
export const NOTHING_ERASED: Erased = {
  address: null,
  userId: null,
  events: 0,
  history: 0,
  records: 0,
  texts: [],
};

interface Erasure {
  id: string;
  /** What was written since then may name the person still; at first when it was begun, whoever begins it again. */
  since: Instant;
  /** What stands in the place of the address. */
  mask: string;
  person: Person;
}

type Step<T> = (ctx: Context) => Promise<T>;

/** A transaction by itself is refused where others hold the organisation's lock for long; what follows many others waits on. */
const piece = <T>(ctx: Context, step: Step<T>): Promise<T> => patiently(MAX_TRIES, () => step(ctx));

const BEGUN = columns({
  id: text("id"),
  mask: text("mask"),
  person: text("person"),
  startedAt: instant("started_at"),
  isLastAdmin: flag("is_last_admin"),
});

const begin = (ctx: Context, address: string): Promise<Erasure> =>
  inTransaction(ctx.db, async ({ client }) => {
    const begun = await selectRow(
      client,
      BEGUN,
      sql`select ${BEGUN} from begin_erasure(${ctx.caller.organisationId}, ${address})`,
    );
    if (!begun) throw new Error("The database does not say what it is to erase.");
    if (begun.isLastAdmin)
      throw conflict("This is the organisation's last admin: make somebody else an admin first.", "email");
    const { id, mask, person, startedAt } = begun;
    return { id, mask, person, since: startedAt };
  });

const DONE = columns({ done: flag("done") });

const stepOf =
  (call: (ctx: Context) => Sql): Step<boolean> =>
  (ctx) =>
    inTransaction(ctx.db, async ({ client, touched }) => {
      const row = await selectRow(client, DONE, sql`select ${DONE} from (select ${call(ctx)} as done) step`);
      if (!row) throw new Error("The database does not say whether a step of an erasure is done.");
      await touchChanged(client, ctx.caller.organisationId, touched);
      return row.done;
    });

const history = ({ id, person }: Erasure): Step<boolean> =>
  stepOf(
    ({ caller }) =>
      sql`erase_history(${caller.organisationId}, ${id}, ${person}::tidemark_person, ${MAX_PIECE})`,
  );

const events = ({ id, person }: Erasure): Step<boolean> =>
  stepOf(
    ({ caller }) =>
      sql`erase_events(${caller.organisationId}, ${caller.tokenId}, ${id}, ${person}::tidemark_person, ${MAX_PIECE})`,
  );

/** Where a piece of a walk ends, null behind the last, and how many it has changed. */
interface Walked {
  last: string | null;
  gone: number;
}

type Walk = (erasure: Erasure, after: string | null) => Step<Walked>;

async function walked(ctx: Context, erasure: Erasure, walk: Walk): Promise<number> {
  let sum = 0;
  let after: string | null = null;
  do {
    const done: Walked = await piece(ctx, walk(erasure, after));
    sum += done.gone;
    after = done.last;
  } while (after !== null);
  return sum;
}

const WALKED = columns({ last: orNull(text("last")), gone: number("gone") });

const walkOf =
  (call: (ctx: Context, erasure: Erasure, after: string | null) => Sql): Walk =>
  (erasure, after) =>
  (ctx) =>
    inTransaction(ctx.db, async ({ client, touched }) => {
      const row = await selectRow(client, WALKED, sql`select ${WALKED} from ${call(ctx, erasure, after)}`);
      if (!row) throw new Error("The database does not say how far an erasure is.");
      await touchChanged(client, ctx.caller.organisationId, touched);
      return row;
    });

const series = walkOf(
  ({ caller }, { person }, after) =>
    sql`erase_series(${caller.organisationId}, ${caller.tokenId}, ${person}::tidemark_person, ${after}, ${MAX_PIECE})`,
);

const keys = walkOf(
  ({ caller }, { person }, after) =>
    sql`erase_keys(${caller.organisationId}, ${person}::tidemark_person, ${after}, ${MAX_PIECE})`,
);

const acts = walkOf(
  ({ caller }, { person }, after) =>
    sql`erase_acts(${caller.organisationId}, ${person}::tidemark_person, ${after}, ${MAX_PIECE})`,
);

const lateEvents = walkOf(
  ({ caller }, { id, person, since }, after) => sql`
    (select 0::bigint as gone, erase_late_events(
      ${caller.organisationId}, ${caller.tokenId}, ${id}, ${person}::tidemark_person, ${since}, ${after}, ${MAX_PIECE}) as last) late`,
);

const lateHistory = walkOf(
  ({ caller }, { person, since }, after) => sql`
    (select 0::bigint as gone, erase_late_history(
      ${caller.organisationId}, ${person}::tidemark_person, ${since}, ${after}, ${MAX_PIECE}) as last) late`,
);

const COUNTED = columns({ gone: number("gone") });

const requests =
  ({ person }: Erasure): Step<number> =>
  ({ db, caller }) =>
    inTransaction(db, async ({ client }) => {
      const row = await selectRow(
        client,
        COUNTED,
        sql`
          select ${COUNTED}
          from erase_requests(${caller.organisationId}, ${person}::tidemark_person, '-infinity') gone`,
      );
      return row?.gone ?? 0;
    });

const MARK = columns({ at: instant("at") });

/** Behind what others are writing at the moment. */
const setMark: Step<Instant> = ({ db, caller }) =>
  inTransaction(db, async ({ client }) => {
    const row = await selectRow(
      client,
      MARK,
      sql`select ${MARK} from mark_erasure(${caller.organisationId}) at`,
    );
    if (!row) throw new Error("The database does not say what time it is.");
    return row.at;
  });

const finish = ({ id, person, since }: Erasure, found: number): Step<boolean> =>
  stepOf(
    ({ caller }) => sql`finish_erasure(
      ${caller.organisationId}, ${caller.tokenId}, ${id}, ${person}::tidemark_person, ${since}, ${found}::bigint, ${MAX_PIECE})`,
  );

const ERASED = columns({
  userId: orNull(text("e.user_id")),
  events: number("e.events"),
  history: number("e.history"),
  records: number("e.records"),
});

async function readErased({ db, caller }: Context, { id, mask }: Erasure): Promise<Omit<Erased, "texts">> {
  const row = await selectRow(
    db.pool,
    ERASED,
    sql`select ${ERASED} from erasure e where e.organisation_id = ${caller.organisationId} and e.id = ${id}`,
  );
  if (!row) return NOTHING_ERASED;
  const { userId, events: changed, history: entries, records } = row;
  return { address: mask, userId, events: changed, history: entries, records };
}
