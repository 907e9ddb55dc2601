// What PostgreSQL knows of a schema, to be compared with what it knows of another one.
import pg from "pg";

/** Statements on a connection of their own. */
export async function query<Row = unknown>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

// But for what came with an extension.
const CATALOGUE: Record<string, string> = {
  columns: `
    select table_name, column_name, data_type, datetime_precision, is_nullable, column_default, is_identity, identity_maximum
    from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position`,
  constraints: `
    select conrelid::regclass::text as of, conname, pg_get_constraintdef(oid) as def from pg_constraint
    where connamespace = 'public'::regnamespace order by 1, 2`,
  indexes: "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2",
  functions: `
    select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as def, obj_description(p.oid) as comment
    from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1`,
  triggers: `
    select tgrelid::regclass::text as of, tgname, pg_get_triggerdef(oid) as def from pg_trigger
    where not tgisinternal order by 1, 2`,
  types: `
    select t.typname, t.typtype from pg_type t
    where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'd', 'c') order by 1`,
  comments: `
    select objoid::regclass::text as of, objsubid, description from pg_description
    where classoid = 'pg_class'::regclass and objoid >= 16384 order by 1, 2`,
  storage: `
    select relname, reloptions from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'S') order by 1`,
};

export async function schemaOf(url: string): Promise<Record<string, unknown[]>> {
  const found = Object.entries(CATALOGUE).map(
    async ([what, text]) => [what, await query(url, text)] as const,
  );
  return Object.fromEntries(await Promise.all(found));
}
