// What the database does for each query, on an organisation of twenty thousand events beside another as large: only
// index ranges, whatever the filters.
import { inPartition } from "../../src/database/partitions";
import { TEST_PARTITIONS } from "../support/global-setup";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;

interface Statement {
  text: string;
  values: unknown[];
}

/** The statements that read events while `work` runs. */
async function statementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  const query = jest.spyOn(world.db.pool, "query");
  await work();
  const seen = query.mock.calls.map(([config]) => config as unknown as Statement);
  query.mockRestore();
  return seen.filter(({ text }) => /\b(event|calendar_entry)\b/.test(text));
}

async function planOf({ text, values }: Statement): Promise<string> {
  const { rows } = await world.sql.query<{ "QUERY PLAN": string }>(
    `explain (analyze, buffers) ${TEST_PARTITIONS > 0 ? inPartition(text) : text}`,
    values,
  );
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", role: "admin" });
  ben = await world.person({ name: "Ben" });
  const stranger = await world.person({ organisationId: await world.organisation() });
  const client = await world.sql.connect();
  // Rows as the triggers would have left them, without running forty thousand triggers.
  await client.query("set session_replication_role = replica");
  for (const [owner, others] of [
    [ada, [ben]],
    [stranger, []],
  ] as const) {
    await client.query(
      `insert into event (organisation_id, owner_id, subject, start_time, end_time, private, timezone, attendees,
         related_to, i_cal_uid, organizer_email, last_modified_at)
       select $1::bigint, $2::bigint, 'Meeting number ' || n, '2020-01-01T00:00:00Z'::timestamptz + n * interval '3 hours',
         '2020-01-01T01:00:00Z'::timestamptz + n * interval '3 hours' + (n % 100 / 99) * interval '3 days',
         n % 10 = 0, 'UTC',
         jsonb_build_array(jsonb_build_object('userId', null, 'emailAddress', 'guest' || n % 1000 || '@x.test',
           'contactId', n % 1000 + 1, 'name', null, 'status', 'NoResponse', 'type', 'required')),
         jsonb_build_array(jsonb_build_object('id', (n % 1000 + 1)::text, 'name', 'C', 'type', 'Contact')),
         'uid-' || n, 'o@x.test', '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 ms'
       from generate_series(1, 20000) n`,
      [owner.organisationId, owner.id],
    );
    for (const [share, who] of [owner, ...others].entries()) {
      await client.query(
        `insert into calendar_entry (organisation_id, calendar_id, event_id, tick, start_time, end_time)
         select e.organisation_id, $2, e.id, e.last_modified_at, e.start_time, e.end_time
         from event e where e.organisation_id = $1 and e.id % 20 >= $3 * 10`,
        [owner.organisationId, who.calendarId, share],
      );
    }
  }
  await client.query("update calendar set clock = '2026-02-01T00:00:00Z'");
  await client.query("vacuum analyze event, calendar_entry");
  client.release(true);
});
afterAll(() => world.close());

const window = { startAt: "2023-03-01T00:00:00Z", endAt: "2023-03-08T00:00:00Z" };
const filters: Record<string, object> = {
  "an attendee": { attendeeEmail: "guest7@x.test" },
  "a contact": { contactId: 7 },
  "a record": { relatedTo: { type: "Contact", id: "7" } },
  "an iCalendar UID": { iCalUid: "uid-700" },
  words: { text: "number 777" },
  "what it makes of the time": { showAs: "free" },
  "that it takes place, as most do": { status: "confirmed" },
  "a type and a property": { type: "call", property: { key: "stage", value: 5 } },
  "beginnings of words, and a run without blanks": { text: "numb 77 東京" },
};
const scopes: Record<string, () => object> = {
  "the own calendar": () => ({}),
  "a colleague's calendar": () => ({ calendarIds: [ada.calendarId] }),
  "two calendars": () => ({ calendarIds: [ada.calendarId, ben.calendarId] }),
  "the organisation": () => ({ scope: "ORGANISATION" }),
};
const LIST =
  "query($f: EventFilter, $o: EventOrder!) { events(filter: $f, orderBy: $o, first: 50) { edges { node { id } } } }";

const combinations = Object.keys(scopes).flatMap((scope) =>
  ["none", ...Object.keys(filters)].flatMap((filter) =>
    [true, false].flatMap((bounded) =>
      ["START", "LAST_CHANGE"].map((order) => [scope, filter, bounded, order] as const),
    ),
  ),
);

test("every combination of filters is read through indexes, never by a scan of the table", async () => {
  const scans: string[] = [];
  for (const [scope, filter, bounded, order] of combinations) {
    const f = { ...scopes[scope]!(), ...filters[filter], ...(bounded && window) };
    const statements = await statementsOf(async () => {
      const { errors } = await ben.graphql(LIST, { f, o: order });
      expect(errors).toBeUndefined();
    });
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) {
      const plan = await planOf(statement);
      if (/Seq Scan on (event|calendar_entry)/.test(plan)) {
        scans.push(`${scope}, ${filter}, ${bounded ? "window" : "all time"}, ${order}\n${plan}`);
      }
    }
  }
  expect(scans.join("\n\n")).toBe("");
});

test("a beginning of a word reads what its own organisation has of it, and a part of a name its records", async () => {
  const [one] = await statementsOf(() =>
    ben.graphql(LIST, { f: { scope: "ORGANISATION", text: "NUMB 77" }, o: "START" }),
  );
  const plan = await planOf(one!);
  expect(plan).toMatch(/Bitmap Index Scan on event_(word|\d+_event_words_idx) .*actual.* rows=111\b/);
  const query = jest.spyOn(world.db.pool, "query");
  await ben.rest("GET", "/records?q=Ñame 77&limit=10");
  const sent = query.mock.calls.map(([config]) => config as unknown as Statement);
  query.mockRestore();
  const [records] = sent.filter(({ text }) => text.includes("from record r"));
  expect(await planOf(records!)).toMatch(/Bitmap Index Scan on record_name_part /);
});

test.each([
  ["a window of a week", "/events?startAt=2023-03-01T00:00:00Z&endAt=2023-03-08T00:00:00Z"],
  ["a page of all", "/events?limit=100"],
  ["a feed page", "/events?since=2026-01-01T00:00:05Z&limit=100"],
  ["a feed page of both kinds", "/events?since=2026-01-01T00:00:05Z&limit=100&showDeleted=true"],
  ["a feed page without one's own", "/events?since=2026-01-01T00:00:05Z&limit=100&excludeOwn=true"],
  ["tombstones", "/deletedEvents?since=2026-01-01T00:00:05Z&limit=100"],
  ["a manifest page", "/events/manifest?limit=100"],
])("%s touches pages in proportion to its rows, not to the calendar", async (_name, path) => {
  const statements = await statementsOf(() => ada.rest("GET", path));
  for (const statement of statements) {
    const plan = await planOf(statement);
    expect(plan).not.toMatch(/Seq Scan on (event|calendar_entry)/);
    const buffers = [.../shared hit=(\d+)(?: read=(\d+))?/.exec(plan)!]
      .slice(1)
      .reduce((sum, n) => sum + Number(n ?? 0), 0);
    expect(buffers).toBeLessThan(1_500);
  }
});
