// Which partitions the plans of statements visit, as PostgreSQL itself tells (auto_explain), of those inside functions and of
// foreign keys too.
import pg from "pg";

/** Each session of the database is told how each of its statements was run. */
export async function explainAll(url: string, planCacheMode: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const name = pg.escapeIdentifier(new URL(url).pathname.slice(1));
  for (const setting of [
    "session_preload_libraries = auto_explain",
    "auto_explain.log_min_duration = 0",
    "auto_explain.log_nested_statements = on",
    "auto_explain.log_analyze = on",
    "auto_explain.log_timing = off",
    "auto_explain.log_level = notice",
    `plan_cache_mode = ${planCacheMode}`,
  ])
    await client.query(`alter database ${name} set ${setting}`);
  await client.end();
}

/** What may visit several partitions, each for a reason. */
const WHOLE_TABLES: [RegExp, string][] = [
  [/where n\.removed_at < new\.before/, "a sweep finds the oldest, whosever they are"],
  [/select before, coalesce/, "whether there is anything to sweep"],
  [/select name, count\(\*\), max\(lag\)/, "/metrics looks at all clients, one after the other"],
  [/select what, position, clock/, "a look at what subscribers of all organisations follow"],
  [/webhook_cursor k/, "webhooks of all organisations, one after the other"],
  [/from series s join app_user u/, "series are extended when they are due, whosever they are"],
];

/** The statement and its plan, where it visits more than one partition of a table. */
export function unpruned(plan: string): string | null {
  const [, text = ""] = /Query Text: ([\s\S]*)/.exec(plan) ?? [];
  if (WHOLE_TABLES.some(([pattern]) => pattern.test(text))) return null;
  const visited = new Map<string, Set<string>>();
  for (const [, table, number] of plan.matchAll(
    / on (event|calendar_entry|event_history)_(\d+)\b[^\n]*\(actual/g,
  ))
    visited.set(table!, (visited.get(table!) ?? new Set()).add(number!));
  return [...visited.values()].some(({ size }) => size > 1) ? plan : null;
}

/** Hands each plan that is told to any client of this process to `told`, until it is called off. */
export function listenToPlans(told: (plan: string) => void): () => void {
  const prototype = pg.Client.prototype as unknown as { emit: (...given: unknown[]) => boolean };
  const { emit } = prototype;
  prototype.emit = function (this: object, ...given: unknown[]) {
    const [name, notice] = given as [string, { message?: string } | undefined];
    if (name === "notice" && notice?.message?.includes("Query Text:")) told(notice.message);
    return emit.apply(this, given);
  };
  return () => void (prototype.emit = emit);
}
