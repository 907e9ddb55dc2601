// Which statements the service sends in a run of the tests, gathered from all test files, and which of them touch what
// belongs to an organisation without naming it. Plain SQL of the tests themselves goes over plain clients and is left out,
// and so are migrations, which are about everybody's.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Every table whose rows belong to an organisation. */
const TABLES =
  "app_user user_address access_token calendar calendar_grant calendar_entry record event event_history timeline_lost imported_event idempotency_key rate_bucket series sync_client sync_activity sync_notice token_use webhook webhook_cursor webhook_attempt erasure admin_history";
const OF_A_TENANT = new RegExp(
  `\\b(?:from|join|update|into)\\s+(?:only\\s+)?"?(?:public"?\\."?)?(?:${TABLES.split(" ").join("|")})\\b(?!\\s*\\()`,
  "i",
);

/** What binds a statement to one organisation: a condition on its id, or its id among the values of a new row. */
const BOUND =
  /(?:organisation_id"?|\bby_(?:start|change|span|name)\(\w+\.organisation_id\))\s*=\s*(any \()?\$\d|insert into \S+(?: as \w+)?\s*\((?=[^)]*organisation_id)/i;

/** Statements that span organisations, each for a reason. */
const ACROSS: [RegExp, string][] = [
  [/from access_token t .* where t\.hash = \$1$/, "a token's hash is how its organisation becomes known"],
  [/^select t\.id, .* where a\.address = \$1 and exists/, "so is the verified address of a JWT"],
  [/^select u\.organisation_id, .* where a\.address = \$1 and \(/, "so is --email of a command"],
  [/^select o\.name from access_token t .* where t\.id = \$1 and/, "and the id of a token to revoke"],
  [
    /^select what, position, clock from \( select 'moved'/,
    "a look at what subscribers of all organisations follow, row by row of what each may see",
  ],
  [
    /^(with gone as \( )?delete from (\w+) where \(organisation_id, [^)]*\) in \( select .* from \2 where/,
    "sweeps go by age",
  ],
  [/^select name, count\(\*\), max\(lag\)/, "/metrics says how far clients are behind, and nothing of whom"],
  [
    /^with now as materialized .* webhook_cursor k/,
    "what is due for webhooks, of all organisations by turns",
  ],
  [/^select w\.organisation_id, w\.id from unnest\(/, "which webhooks that are being called are paused"],
  [
    /^select distinct w\.organisation_id from webhook w join organisation o on .* where w\.paused_at/,
    "whose changes are to be told at all",
  ],
  [
    /^select case when w\.paused_at .* from webhook w cross join lateral/,
    "/metrics counts webhooks by how they do",
  ],
  [
    /^select (due\.organisation_id, due\.id, due\.owner_id from \( select s\.organisation_id, .*|count\(\*\)) from series s join app_user u .* where s\.extend_at <= tidemark_now/,
    "series are extended when they are due, whosever they are",
  ],
  [
    /^(select s\.organisation_id, .* from series s where s\.zone_data < \$1|update series s set zone_data = \$1)/,
    "newer time zone data is newer for all",
  ],
  [/^select before, coalesce/, "whether there is anything to sweep"],
  [/^select from calendar limit 1$/, "/readyz reads no row, only whether there is a table"],
];

/** The texts that break the rule. */
export const withoutTenant = (texts: Iterable<string>): string[] =>
  [...texts].filter(
    (text) => OF_A_TENANT.test(text) && !BOUND.test(text) && !ACROSS.some(([pattern]) => pattern.test(text)),
  );

/** Adds a statement to those of this run, once. */
export function record(folder: string, seen: Set<string>, text: string): void {
  const plain = text.replace(/\s+/g, " ").trim();
  if (seen.has(plain)) return;
  seen.add(plain);
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(plain)}\n`);
}

export function recorded(folder: string): Set<string> {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return new Set(
    files
      .flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n").filter(Boolean))
      .map((line) => JSON.parse(line) as string),
  );
}
