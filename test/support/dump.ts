// All that a database holds, as text.
import type pg from "pg";

/** Every row of every table of ours as text, by table. */
export async function dumpOf(sql: pg.Pool, organisationId?: string): Promise<Record<string, string[]>> {
  const { rows: tables } = await sql.query<{ name: string; of_one: boolean }>(
    `select c.relname as name, exists (
       select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organisation_id' and not a.attisdropped) as of_one
     from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );
  const dump: Record<string, string[]> = {};
  for (const { name, of_one: ofOne } of tables) {
    if (organisationId !== undefined && !ofOne) continue;
    const { rows } = await sql.query<{ row: string }>(
      `select t::text as row from "${name}" t ${organisationId === undefined ? "" : "where t.organisation_id = $1"} order by 1`,
      organisationId === undefined ? [] : [organisationId],
    );
    dump[name] = rows.map(({ row }) => row);
  }
  return dump;
}

/** The rows that hold one of these words, in whatever case, with their tables. */
export const holding = (dump: Record<string, string[]>, words: readonly string[]): string[] =>
  Object.entries(dump).flatMap(([table, rows]) =>
    rows
      .filter((row) => words.some((word) => row.toLowerCase().includes(word.toLowerCase())))
      .map((row) => `${table}: ${row}`),
  );

/** Tables that know an organisation, and how many rows of it each has, where there are any. */
export async function tablesWith(sql: pg.Pool, organisationId: string): Promise<Record<string, number>> {
  const dump = await dumpOf(sql, organisationId);
  return Object.fromEntries(
    Object.entries(dump).flatMap(([table, rows]) => (rows.length > 0 ? [[table, rows.length]] : [])),
  );
}
