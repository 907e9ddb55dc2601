// All that an organisation keeps of a person, as lines of JSON (migrations/functions/exporting.sql).
import { requireAdmin, requireScope, type Context } from "../context";
import { columns, flag, orNull, selectRow, selectRows, sql, text, type Sql } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import { findPerson, findPersonIn, MAX_PIECE, readAddress, type Person } from "./person";

const LINE = columns({ line: text("line") });
const LINES = columns({ last: orNull(text("last")), lines: text("lines") });

/** The next lines of a person, after a place in what is looked through. */
type Export = (person: Person, after: string | null) => Sql;

const walks = {
  series: (person, after) => sql`export_series(${person}::tidemark_person, ${after}, ${MAX_PIECE})`,
  keys: (person, after) => sql`export_keys(${person}::tidemark_person, ${after}, ${MAX_PIECE})`,
  acts: (person, after) => sql`export_acts(${person}::tidemark_person, ${after}, ${MAX_PIECE})`,
  events: (person, after) => sql`export_events(${person}::tidemark_person, ${after}, ${MAX_PIECE})`,
  history: (person, after) => sql`export_history(${person}::tidemark_person, ${after}, ${MAX_PIECE})`,
} satisfies Record<string, Export>;

/**
 * What is kept of the person at an address, for an admin: lines of JSON, about a megabyte at a time; none where nothing is. Of what
 * others share with them it has their own part. Memory does not grow with it. It looks through all events of the organisation
 * and their history.
 */
export async function* exportPerson(ctx: Context, given: string): AsyncGenerator<string> {
  requireScope(ctx, "read");
  requireAdmin(ctx, "export what is kept of a person");
  const { pool } = ctx.db;
  const person = await findPerson(ctx, pool, readAddress(given));
  const things = await selectRows(
    pool,
    LINE,
    sql`select ${LINE} from export_person(${person}::tidemark_person)`,
  );
  yield things.map(({ line }) => line).join("");
  for (const walk of Object.values(walks)) yield* linesOf(pool, person, walk);
}

async function* linesOf(on: Queryable, person: Person, walk: Export): AsyncGenerator<string> {
  let after: string | null = null;
  do {
    const piece: { last: string | null; lines: string } | null = await selectRow(
      on,
      LINES,
      sql`select ${LINES} from ${walk(person, after)}`,
    );
    if (!piece) throw new Error("The database does not say what it keeps of somebody.");
    if (piece.lines !== "") yield piece.lines;
    after = piece.last;
  } while (after !== null);
}

const ORGANISATION = columns({ id: text("o.id"), name: text("o.name") });
const KNOWN = columns({ isKnown: flag("is_known_in") });

/**
 * The organisations in which an address stands, by name: as somebody's, on an event, in history alone, or in an erasure under way.
 * Where there is one organisation only, it is that. It looks through the history of those that seem not to know it.
 */
export async function organisationsOf(
  on: Queryable,
  address: string,
): Promise<{ id: string; name: string }[]> {
  const all = await selectRows(
    on,
    ORGANISATION,
    sql`select ${ORGANISATION} from organisation o order by o.name`,
  );
  if (all.length === 1) return all;
  const found: typeof all = [];
  for (const one of all) if (await isKnown(on, one.id, address)) found.push(one);
  return found;
}

async function isKnown(on: Queryable, organisationId: string, address: string): Promise<boolean> {
  const row = await selectRow(
    on,
    KNOWN,
    sql`select ${KNOWN} from is_known_in(${organisationId}, ${address})`,
  );
  if (row?.isKnown) return true;
  const person = await findPersonIn(on, organisationId, address);
  for (const walk of [walks.keys, walks.acts, walks.history])
    for await (const lines of linesOf(on, person, walk)) if (lines !== "") return true;
  return false;
}
