// What a database holds before it is migrated, and which databases are refused: those that another program filled, and
// those that a later Tidemark has brought further than this one knows.
import type pg from "pg";
import { functionFiles, migrationName, numberedFiles, SCHEMA_VERSION } from "../../migrations";
import { partitionsOf } from "./partitions";

export interface SchemaState {
  /** 0 for an empty database. */
  version: number;
  /** Of the files that it was made of, by their names. */
  hashes: ReadonlyMap<string, string>;
  /** What TypeORM has noted of the numbered files. */
  numbered: readonly string[];
  /** How many partitions its events are in. */
  partitions: number;
}

const MARK = "schema_file";
const MAX_NAMES = 5;

/** Reads it, and throws one sentence where it is not for this Tidemark to touch. Writes nothing. */
export async function readSchema(client: pg.Client): Promise<SchemaState> {
  const tables = await tablesOf(client);
  const numbered = tables.includes("migrations") ? await numberedOf(client) : [];
  if (!tables.includes(MARK)) {
    // TypeORM's own table, empty, is what its command line leaves in a database that it only looked at.
    const others = numbered.length > 0 ? tables : tables.filter((name) => name !== "migrations");
    if (others.length > 0) throw new Error(notOurs(`tables that it did not make (${listed(others)})`));
    return { version: 0, hashes: new Map(), numbered, partitions: 0 };
  }
  const { rows } = await client.query<{ name: string; hash: string; version: number }>(
    `select name, hash, version from ${MARK}`,
  );
  const version = Math.max(0, ...rows.map((row) => row.version));
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `A later Tidemark has brought this database to version ${version} of the schema, and this one knows versions up to ${SCHEMA_VERSION}: start the later one.`,
    );
  }
  const known = numberedFiles().map(migrationName);
  const unknown = numbered.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(notOurs(`migrations that it does not know (${listed(unknown)})`));
  const hashes = new Map(rows.map(({ name, hash }) => [name, hash]));
  const changed = numberedFiles().filter(({ name, hash }) => (hashes.get(name) ?? hash) !== hash);
  if (changed.length > 0) {
    throw new Error(notOurs(`tables of another ${listed(changed.map(({ name }) => name))}`));
  }
  return { version, hashes, numbered, partitions: await partitionsOf(client) };
}

/** Nothing is left to do. */
export const isCurrent = ({ version, hashes, numbered }: SchemaState): boolean =>
  version === SCHEMA_VERSION &&
  numbered.length === numberedFiles().length &&
  functionFiles().every(({ name, hash }) => hashes.get(name) === hash);

/** The tables and views of the schema that everything goes to, but for those that came with an extension. */
async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select c.relname as name from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and not exists (select from pg_depend d
                      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by 1`);
  return rows.map(({ name }) => name);
}

async function numberedOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select to_jsonb(m) ->> 'name' as name from migrations m",
  );
  return rows.map(({ name }) => name);
}

const notOurs = (what: string): string =>
  `This Tidemark leaves the database alone: it holds ${what}, so it is another program's, or of a Tidemark from before the first release. Give it an empty database.`;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(", ");
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}
