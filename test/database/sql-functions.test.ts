// What PostgreSQL does at every write: its functions answer as ones do that are written to be read, and what they cost
// grows with what they are given, not with the square of it.
import fc from "fast-check";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;

/** The same answers, by looking through one list for each entry of another. */
const PLAINLY = `
  create schema plainly;
  create function plainly.event_keys(org bigint, attendees jsonb, related_to jsonb) returns text[] language sql as $$
    select array(
      select k from jsonb_array_elements(attendees) with ordinality as list (one, position), lateral (values
        (1, 'e:' || org || ':' || address_key(one ->> 'emailAddress')), (2, 'u:' || org || ':' || (one ->> 'userId')),
        (3, 'c:' || org || ':' || (one ->> 'contactId'))) as keyed (place, k)
      where k is not null order by position, place)
    || array(
      select 'r:' || org || ':' || (one ->> 'type') || ':' || (one ->> 'id')
      from jsonb_array_elements(related_to) with ordinality as list (one, position) order by position)
  $$;
  create function plainly.still_departed(departed bigint[], attendees jsonb, owner_id bigint) returns bigint[] language sql as $$
    select coalesce(array_agg(distinct d order by d), '{}') from unnest(departed) d
    where d <> owner_id and exists (
      select from jsonb_array_elements(attendees) a where a ->> 'userId' = d::text and a ->> 'status' = 'Declined')
  $$;
  create function plainly.event_calendars(e event) returns bigint[] language sql as $$
    select array(
      select c.id from calendar c where c.organisation_id = e.organisation_id and (c.user_id = e.owner_id or exists (
        select from jsonb_array_elements(e.attendees) a
        where a ->> 'userId' = c.user_id::text and not (a ->> 'userId')::bigint = any (e.left_user_ids)))
      order by c.id)
  $$;`;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person();
  for (let n = 0; n < 5; n++) await world.person();
  await world.sql.query(PLAINLY);
});
afterAll(() => world.close());

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 2 });
const userId = (): fc.Arbitrary<number> => fc.integer({ min: 0, max: 9 }).map((n) => Number(ada.id) + n);
const attendee = (): fc.Arbitrary<object> =>
  fc.record(
    {
      userId: maybe(userId().map(String)),
      emailAddress: maybe(fc.string({ unit: "grapheme", maxLength: 8 }).map(withoutNul)),
      contactId: maybe(fc.integer({ min: 1, max: 1_000 })),
      name: maybe(fc.constantFrom("A", "")),
      status: fc.constantFrom("Accepted", "Declined", "NoResponse"),
    },
    { requiredKeys: ["status"] },
  );
const withoutNul = (text: string): string => text.replaceAll("\0", "");
const attendees = (): fc.Arbitrary<string> =>
  fc.array(attendee(), { maxLength: 12 }).map((list) => JSON.stringify(list));
const links = fc
  .array(fc.record({ type: fc.constantFrom("Contact", "Lead"), id: fc.integer({ min: 1 }).map(String) }), {
    maxLength: 4,
  })
  .map((list) => JSON.stringify(list));

async function agree(call: string, plainly: string, values: unknown[]): Promise<void> {
  const { rows } = await world.sql.query<{ ours: unknown; plain: unknown }>(
    `select ${call} as ours, ${plainly} as plain`,
    values,
  );
  expect(rows[0]!.ours).toEqual(rows[0]!.plain);
}

test("the keys of any list of attendees and links are those of each, in their order", async () => {
  await fc.assert(
    fc.asyncProperty(attendees(), links, (people, linked) =>
      agree("event_keys(7, $1, $2)", "plainly.event_keys(7, $1, $2)", [people, linked]),
    ),
    { numRuns: 200 },
  );
});

test("who has left stays so while they are on the list as Declined, whatever the lists", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(userId(), { maxLength: 15 }), attendees(), userId(), (left, people, owner) =>
      agree("still_departed($1, $2, $3)", "plainly.still_departed($1, $2, $3)", [left, people, owner]),
    ),
    { numRuns: 200 },
  );
});

test("an event is held by the calendars of its owner and of whoever is invited and has not left", async () => {
  const event = `jsonb_populate_record(null::event, jsonb_build_object('organisation_id', $1::bigint, 'owner_id', $2::bigint,
    'attendees', $3::jsonb, 'left_user_ids', $4::jsonb))`;
  await fc.assert(
    fc.asyncProperty(userId(), attendees(), fc.array(userId(), { maxLength: 6 }), (owner, people, left) =>
      agree(`event_calendars(${event})`, `plainly.event_calendars(${event})`, [
        world.organisationId,
        owner,
        people,
        JSON.stringify(left),
      ]),
    ),
    { numRuns: 200 },
  );
});

test("holding all of a list is what <@ says", async () => {
  const ids = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(ids, ids, (many, few) =>
      agree("holds_all($1, $2)", "$2::bigint[] <@ $1::bigint[]", [many, few]),
    ),
    { numRuns: 200 },
  );
});

test("the keys of a list of 1 MB are found by reading it once, not once for each attendee", async () => {
  await world.sql.query("create table wide (attendees jsonb)");
  await world.sql.query(
    `insert into wide select jsonb_agg(jsonb_build_object('userId', i::text, 'emailAddress', i || '@x.test', 'name',
       (select string_agg(md5(i || '-' || k), '') from generate_series(1, 28) k), 'status', 'NoResponse'))
     from generate_series(1, 1000) i`,
  );
  const { rows } = await world.sql.query<{ "QUERY PLAN": [{ Plan: { "Shared Hit Blocks": number } }] }>(
    "explain (analyze, buffers, format json) select event_keys(1, attendees, '[]') from wide",
  );
  const size = await world.sql.query<{ pages: number }>(
    "select pg_table_size('wide') / 8192 as pages from wide",
  );
  // Both looks at the length of the list and at its entries: a few readings, each of every page and its index.
  expect(rows[0]!["QUERY PLAN"][0].Plan["Shared Hit Blocks"]).toBeLessThan(10 * Number(size.rows[0]!.pages));
});

const list =
  "(select jsonb_agg(jsonb_build_object('userId', i::text, 'status', 'Declined')) from generate_series(1, 100000) i)";
const numbers = "array(select i::bigint from generate_series(1, 100000) i)";

// A second at most each; were each entry compared with each, minutes.
test.each([
  ["who has left", `still_departed(${numbers}, ${list}, 1)`],
  ["what is held", `holds_all(${numbers}, ${numbers} || 0::bigint)`],
  ["the keys", `event_keys(1, ${list}, '[]')`],
  ["the canonical list", `canonical_attendees(${list})`],
  ["the difference of two lists", `list_change(${list}, '[]'::jsonb || ${list})`],
])(
  "%s of a hundred thousand people: in less than half a minute",
  async (_name, call) => {
    const client = await world.sql.connect();
    await client.query("set statement_timeout = '30s'");
    await client.query(`select ${call}`);
    client.release(true);
  },
  60_000,
);
