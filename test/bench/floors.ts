// The floors: the least a server on node:http and pg can do for the same answers. No authentication, no masking, no
// barrier, no triggers. `json` has PostgreSQL print the JSON; `text` splices text columns, as the service does; `same` does so too,
// and its writes keep the service's promises.
import http from "node:http";
import pg from "pg";
import { FLOOR_COLUMNS } from "./floor-columns";
import { sameWrites } from "./same-promises";

const [style = "", databaseUrl = ""] = process.argv.slice(2);
const poolWith = (options = ""): pg.Pool =>
  new pg.Pool({ connectionString: databaseUrl, max: 10, options: `-c TimeZone=UTC ${options}` });
const pool = poolWith();
/** For what PostgreSQL would plan anew at every call, which costs more than an empty answer does. */
const planned = poolWith("-c plan_cache_mode=force_generic_plan");

const asJson = style === "json";
const selected = (alias: string): string =>
  FLOOR_COLUMNS.map(({ name, column, print }) =>
    asJson ? `${print(`${alias}.${column}`)} as "${name}"` : `${alias}.${column}`,
  ).join(", ");
const row = (alias: string): string =>
  asJson ? `(select to_json(r)::text from (select ${selected(alias)}) r)` : selected(alias);

const FEED = `from calendar_entry n join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
  where n.organisation_id = $1 and n.calendar_id = $2 and n.removed_at is null and n.tick > $3 order by n.tick limit $4`;
/** The same, with a plan that serves any calendar: events are looked up for a page at most, however many changes it counts on. */
const POLL = `from (select organisation_id, event_id, tick from calendar_entry
    where organisation_id = $1 and calendar_id = $2 and removed_at is null and tick > $3 order by tick limit $4) n
  join event e on e.organisation_id = n.organisation_id and e.id = n.event_id order by n.tick`;
const INTERVAL = `from calendar_entry n join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
  where n.organisation_id = $1 and n.calendar_id = $2 and n.removed_at is null and n.start_time >= $3 and n.start_time < $4
  order by n.start_time, n.event_id`;
const many = (from: string): string =>
  asJson
    ? `select coalesce(json_agg(r), '[]')::text from (select ${selected("e")} ${from}) r`
    : `select ${selected("e")} ${from}`;

const SQL = {
  feed: many(FEED),
  poll: many(POLL),
  interval: many(INTERVAL),
  byId: `select ${row("e")} from event e where e.organisation_id = $1 and e.id = $2`,
  create: `insert into floor_event as e (organisation_id, owner_id, subject, start_time, end_time, timezone, attendees, organizer_email, last_modified_at)
    values ($1, $2, $3, $4, $5, 'Europe/Paris', $6, 'user@bench.test', now()) returning ${row("e")}`,
  change: `update floor_event e set subject = $3, last_modified_at = now() where organisation_id = $1 and id = $2 returning ${row("e")}`,
  ...(style === "same" && sameWrites(selected("e"))),
};

const unparsed = { getTypeParser: () => (value: unknown) => value };

async function rows(
  name: keyof typeof SQL,
  values: unknown[],
  connections = pool,
): Promise<(string | null)[][]> {
  const result = await connections.query({
    name,
    text: SQL[name],
    values,
    rowMode: "array",
    types: unparsed,
  } as pg.QueryConfig);
  return result.rows as (string | null)[][];
}

function splice(row: (string | null)[]): string {
  let out = "";
  FLOOR_COLUMNS.forEach(({ name, json }, index) => {
    const text = row[index];
    out += `${index === 0 ? "{" : ","}"${name}":${text == null ? "null" : json(text)}`;
  });
  return `${out}}`;
}

const list = (found: (string | null)[][]): string =>
  asJson ? (found[0]?.[0] ?? "[]") : `[${found.map(splice).join(",")}]`;
const single = (found: (string | null)[][]): string => {
  const [first = []] = found;
  return asJson ? (first[0] ?? "null") : splice(first);
};

async function bodyOf(req: http.IncomingMessage): Promise<Record<string, string>> {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString()) as Record<string, string>;
}

async function answer(req: http.IncomingMessage): Promise<string> {
  const { pathname, searchParams } = new URL(req.url ?? "/", "http://floor");
  const of = (name: string): string | null => searchParams.get(name);
  const org = of("org");
  if (pathname === "/feed" || pathname === "/poll") {
    const values = [org, of("calendar"), of("since"), of("limit")];
    const found = pathname === "/feed" ? rows("feed", values) : rows("poll", values, planned);
    return `{"records":${list(await found)}}`;
  }
  if (pathname === "/interval")
    return `{"records":${list(await rows("interval", [org, of("calendar"), of("startAt"), of("endAt")]))}}`;
  if (pathname === "/event") return single(await rows("byId", [org, of("id")]));
  const body = await bodyOf(req);
  if (pathname === "/change") return single(await rows("change", [org, of("id"), body.subject]));
  const { subject, startTime, endTime, attendees } = body;
  return single(
    await rows("create", [org, of("calendar"), subject, startTime, endTime, JSON.stringify(attendees)]),
  );
}

http
  .createServer((req, res) => {
    answer(req).then(
      (text) => {
        res.setHeader("Content-Type", "application/json; charset=utf-8");
        res.setHeader("Content-Length", Buffer.byteLength(text));
        res.end(text);
      },
      (error: unknown) => {
        console.error(error);
        res.statusCode = 500;
        res.end(String(error));
      },
    );
  })
  .listen(0, "127.0.0.1", function (this: http.Server) {
    const address = this.address();
    console.log(`Floor ready: http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
  });
