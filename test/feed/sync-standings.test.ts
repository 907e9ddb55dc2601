// Is everything working? Every calendar of an organisation with its clients, the worst first; and what a feed's rows are called.
import { make } from "../support/events";
import { openWorld, type Person, type World } from "../support/world";
import { eventually } from "../support/wait";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;
let ben: Person;
let cleo: Person;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  const organisationId = await world.organisation();
  ada = await world.person({ organisationId, name: "Ada", role: "admin" });
  [ben, cleo] = [
    await world.person({ organisationId, name: "Ben" }),
    await world.person({ organisationId, name: "Cleo" }),
  ];
});

const LIST = `query ($state: SyncState, $client: String, $first: Int, $after: String) {
  syncStandings(state: $state, client: $client, first: $first, after: $after) {
    clientNames pageInfo { hasNextPage endCursor }
    edges { node { state calendar { name } client { name waiting refusedCode } } } } }`;

async function list(variables: Record<string, unknown> = {}, who = ada): Promise<any> {
  const { data, errors } = await who.graphql(LIST, variables);
  expect(errors).toBeUndefined();
  return data.syncStandings;
}

const rowsOf = ({ edges }: any): string[] =>
  edges.map(({ node }: any) => [node.state, node.calendar.name, node.client?.name ?? "-"].join(" "));

/** As if what is there had been there for so long: entries are written by triggers alone. */
async function inHalfAnHour(look: () => Promise<void>): Promise<void> {
  const clock = (text: string) =>
    world.sql.query(
      `create or replace function tidemark_now() returns timestamptz language sql volatile as '${text}'`,
    );
  await clock("select clock_timestamp() + interval ''30 minutes''");
  await look().finally(() => clock("select clock_timestamp()"));
}

const FEED = "/events?showDeleted=true";

test("an admin sees every calendar with its clients, the worst first, by state, by client and page by page", async () => {
  const [sync, mirror, gone] = [
    await ben.through("BrightSync"),
    await cleo.through("BrightSync"),
    await cleo.through("Mirror"),
  ];
  for (const who of [sync, mirror, gone]) await who.rest("GET", FEED);
  await eventually(async () =>
    expect(rowsOf(await list()).filter((row) => /IN_STEP/.test(row))).toHaveLength(3),
  );
  await make(ben, { subject: "Not fetched" });
  await cleo.graphql(`mutation { revokeToken(id: "${gone.tokenId}") { id } }`);
  await mirror.rest("GET", "/events?since=nonsense");
  const expected = ["REFUSED Cleo BrightSync", "BEHIND Ben BrightSync", "NOBODY Ada -", "ENDED Cleo Mirror"];
  await eventually(async () =>
    expect(rowsOf(await list()).filter((row) => /REFUSED/.test(row))).toHaveLength(1),
  );
  await inHalfAnHour(async () => {
    const all = await list();
    expect(rowsOf(all)).toEqual(expected);
    expect(all.clientNames).toEqual(["BrightSync", "Mirror"]);
    expect(all.edges.map(({ node }: any) => node.client?.waiting ?? null)).toEqual([0, 1, null, 0]);
    expect(all.edges[0].node.client.refusedCode).toBe("bad_request");
    expect(rowsOf(await list({ state: "BEHIND" }))).toEqual([expected[1]]);
    expect(rowsOf(await list({ client: "Mirror" }))).toEqual([expected[3]]);
    expect(rowsOf(await list({ client: "Mirror", state: "BEHIND" }))).toEqual([]);
    const found: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { edges, pageInfo }: any = await list({ first: 1, after });
      found.push(...rowsOf({ edges }));
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    expect(found).toEqual(expected);
  });
});

test("a calendar is silent after an hour without a word, rooms and other organisations are none of it, and only admins ask", async () => {
  const room = `mutation { createUser(input: {name: "Blue room", email: "blue@rooms.test", timezone: "UTC", kind: room}) { id } }`;
  await ada.graphql(room);
  const sync = await ben.through("BrightSync");
  await sync.rest("GET", FEED);
  await eventually(async () => expect(rowsOf(await list())).toContain("IN_STEP Ben BrightSync"));
  await world.sql.query(
    "update sync_client set heard_at = heard_at - interval '2 hours' where token_id = $1",
    [sync.tokenId],
  );
  expect(rowsOf(await list())).toEqual(["SILENT Ben BrightSync", "NOBODY Ada -", "NOBODY Cleo -"]);
  const other = await world.person({
    organisationId: await world.organisation(),
    name: "Zoe",
    role: "admin",
  });
  expect(rowsOf(await list({}, other))).toEqual(["NOBODY Zoe -"]);
  expect((await ben.graphql(LIST)).errors?.[0]?.extensions.code).toBe("forbidden");
});

test.each([
  [{ first: 0 }, "first"],
  [{ first: 201 }, "first"],
  [{ after: "nonsense" }, "after"],
  [{ after: Buffer.from('[1,"x","1","2"]').toString("base64url") }, "after"],
  [{ after: Buffer.from("[1,null,null,null]").toString("base64url") }, "after"],
])("%j is refused, and %s is named", async (variables, field) => {
  const { errors } = await ada.graphql(LIST, variables);
  expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field }] });
});

const FEED_END = `query ($calendarId: ID) { syncView(calendarId: $calendarId) {
  latestChanges(first: 10) { records { id kind reason subject } } } }`;

async function feedEnd(who: Person, calendarId?: string): Promise<any> {
  const { data, errors } = await who.graphql(FEED_END, { calendarId });
  expect(errors).toBeUndefined();
  return data.syncView.latestChanges.records;
}

test("a feed's rows say what was made, changed and deleted, and a deleted event's subject to whoever had it to the end", async () => {
  const invited = { attendees: [{ userId: cleo.id }] };
  const [made, changed, deleted, left] = [
    await make(ben, { subject: "Made" }),
    await make(ben, { subject: "Before" }),
    await make(ben, { subject: "Deleted", private: true, ...invited }),
    await make(ben, { subject: "Left", ...invited }),
  ];
  await ben.rest("PATCH", `/events/${changed}`, { subject: "After" });
  await cleo.rest("DELETE", `/events/${left}`);
  await ben.rest("PATCH", `/events/${left}`, { subject: "Secret", private: true });
  await ben.rest("DELETE", `/events/${deleted}`);
  const own = await feedEnd(ben);
  expect(own).toContainEqual({ id: made, kind: "created", reason: null, subject: "Made" });
  expect(own).toContainEqual({ id: changed, kind: "changed", reason: null, subject: "After" });
  const removed = { id: deleted, kind: "deleted", reason: "deleted", subject: "Deleted" };
  const gone = (subject: string | null) => ({ id: left, kind: "changed", reason: "left", subject });
  expect(own).toContainEqual(removed);
  expect(await feedEnd(cleo)).toEqual([removed, gone("Private")]);
  expect(await feedEnd(ada, cleo.calendarId)).toEqual([removed, gone("Secret")]);
  await ben.rest("DELETE", `/events/${left}`);
  expect(await feedEnd(cleo)).toEqual([removed, gone(null)]);
  expect(await feedEnd(ada, cleo.calendarId)).toEqual([removed, gone("Secret")]);
});
