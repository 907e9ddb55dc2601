// Hash partitions by organisation of the three tables that grow with what is written (PARTITIONS). All rows of an organisation
// are in one partition of each, and a statement about it reads that one.
//
// A plan visits one partition where the statement says `organisation_id = …` in so many words. On tables without partitions ours
// avoid these words on purpose: where statistics mislead, they make PostgreSQL walk the organisation along the primary key
// (migrations/README.md, "Partitions"). So each statement is written once, as it is for tables without partitions, and
// where there are partitions it says the organisation plainly as well: `inPartition`.
import type pg from "pg";

const TABLES = "event|calendar_entry|event_history";
const MARK = new RegExp(`/\\* partitions of (${TABLES})\\b[^*]*\\*/`, "g");
const NAMED = new RegExp(`\\b(?:from|join|update|into)\\s+(?:${TABLES})\\s+(?:as\\s+)?(\\w+)`, "gi");
/** What an organisation's id is compared with: a parameter, a variable, a column. */
const VALUE = "(\\$\\d+|\\w+(?:\\.\\w+)?)";
/** The one organisation that a statement is about. */
const ORGANISATION = /\.organisation_id\)? = (\$\d+|org)\b/g;
const FUNCTION = /(?=^create or replace function )/m;

/** How many partitions its events are in; 0: none, the table is one. */
export async function partitionsOf(client: Pick<pg.Client, "query">): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    "select count(*)::int as count from pg_inherits where inhparent = to_regclass('event')",
  );
  return rows[0]?.count ?? 0;
}

/** The text of a numbered file, for a database that is made with so many partitions. */
export function withPartitions(text: string, partitions: number): string {
  if (partitions === 0) return text;
  return text.replace(MARK, (_mark, table: string) => {
    const each = Array.from(
      { length: partitions },
      (_, n) =>
        `create table ${table}_${n} partition of ${table} for values with (modulus ${partitions}, remainder ${n})`,
    );
    return `partition by hash (organisation_id);\n${each.join(";\n")}`;
  });
}

/** Each partition refuses statements that name it: the triggers of statements are those of its table. */
export const PARTITION_GUARDS = `
  do $$
  declare
    place regclass;
  begin
    for place in select i.inhrelid from pg_inherits i where i.inhparent in (${TABLES.split("|")
      .map((table) => `'${table}'::regclass`)
      .join(", ")}) order by 1
    loop
      execute format('create or replace trigger partition_guard before insert or update or delete on %s
        for each statement when (pg_trigger_depth() = 0) execute function refuse_direct_write()', place);
      execute format('create or replace trigger partition_no_truncate before truncate on %s
        for each statement execute function refuse_direct_write()', place);
    end loop;
  end $$`;

/** The text of a file of functions, for a database with partitions. */
export const functionsInPartition = (text: string): string => text.split(FUNCTION).map(inPartition).join("");

/**
 * A statement that says plainly whose rows of the partitioned tables it is about, wherever it says so in words that no plan is made
 * of: `by_start(e.organisation_id) = $1`, and its like, `(e.organisation_id = $1 and …) is true`, and a join of what says so.
 */
export function inPartition(text: string): string {
  const aliases = new Set([...text.matchAll(NAMED)].map(([, alias]) => alias));
  if (aliases.size === 0) return text;
  const ours = `\\b((?:${[...aliases].join("|")})\\.organisation_id)`;
  const [only, ...others] = new Set([...text.matchAll(ORGANISATION)].map(([, value]) => value));
  const byName = new RegExp(`\\bby_(?:start|change|span)\\(${ours}\\) = ${VALUE}`, "g");
  const fence = new RegExp(`\\(${ours} = ${VALUE}(?= and |\\) is true)`, "g");
  const join = new RegExp(`(?<!\\()${ours} = \\w+\\.organisation_id\\b`, "g");
  const said = text
    .replace(byName, "$& and $1 = $2")
    .replace(fence, (group: string, column: string, value: string, at: number, whole: string) =>
      isFence(whole, at) ? `${column} = ${value} and ${group}` : group,
    );
  return only === undefined || others.length > 0
    ? said
    : said.replace(join, `$& and $1 = ${only.replace("$", "$$$$")}`);
}

const MAX_KEPT = 2_000;
const kept = new Map<string, string>();

/** The same, of a text that comes again and again. */
export function inPartitionOnce(text: string): string {
  let found = kept.get(text);
  if (found === undefined) {
    found = inPartition(text);
    if (kept.size < MAX_KEPT) kept.set(text, found);
  }
  return found;
}

/** Whether `(…) is true` begins here. */
function isFence(text: string, at: number): boolean {
  let depth = 0;
  for (let end = at; end < text.length; end++) {
    if (text[end] === "(") depth++;
    if (text[end] === ")" && --depth === 0) return text.startsWith(" is true", end + 1);
  }
  return false;
}
