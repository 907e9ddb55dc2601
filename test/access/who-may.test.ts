// What somebody with little say must not achieve in two steps.
import { setTimeout as sleep } from "node:timers/promises";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;
let cleo: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada" });
  ben = await world.person({ name: "Ben" });
  cleo = await world.person({ name: "Cleo" });
});
afterAll(() => world.close());

const meeting = (more: object = {}): object => ({
  subject: "A",
  startTime: "2026-03-02T15:00:00Z",
  endTime: "2026-03-02T16:00:00Z",
  ...more,
});

test("nobody brings back somebody who has left by inviting them again, but the owner, who names the version", async () => {
  const list = [{ userId: ben.id }, { userId: cleo.id, status: "Accepted" }];
  const { body } = await ada.rest("POST", "/events", meeting({ attendees: list }));
  await cleo.rest("DELETE", `/events/${body.id}`);
  await ben.rest("PATCH", `/events/${body.id}`, { attendees: [{ userId: ben.id }] });
  await ben.rest("PATCH", `/events/${body.id}`, { attendees: list });
  const { body: after } = await ada.rest("GET", `/events/${body.id}`);
  expect(after.attendees.map(({ status }: { status: string }) => status)).toEqual(["NoResponse", "Declined"]);
  expect((await cleo.rest("GET", `/events/${body.id}`)).status).toBe(404);
  // Nor does a copy of the owner's that names no version.
  const copy = await ada.rest("PATCH", `/events/${body.id}`, { attendees: list });
  expect((await cleo.rest("GET", `/events/${body.id}`)).status).toBe(404);
  const version = { "If-Match": copy.headers.get("etag")! };
  await ada.rest("PATCH", `/events/${body.id}`, { attendees: list }, version);
  expect((await cleo.rest("GET", `/events/${body.id}`)).status).toBe(200);
});

test("a token that dies makes none that outlives it, and is dead the moment it expires", async () => {
  const dying = async (ms: number): Promise<Person> => {
    const person = await ben.through("mortal");
    await world.sql.query("update access_token set expires_at = now() + $2 * interval '1 ms' where id = $1", [
      person.tokenId,
      ms,
    ]);
    return person;
  };
  const long = await dying(3_600_000);
  const make =
    'mutation($u: ID!, $at: DateTime) { createToken(userId: $u, name: "x", expiresAt: $at) { id } }';
  for (const at of [null, "2099-01-01T00:00:00Z"]) {
    const { errors } = await long.graphql(make, { u: ben.id, at });
    expect(errors?.[0]?.extensions.details[0].field).toBe("expiresAt");
  }
  const left = async ({ tokenId }: Person): Promise<number> => {
    const { rows } = await world.sql.query<{ ms: number }>(
      "select extract(epoch from expires_at - clock_timestamp())::float * 1000 as ms from access_token where id = $1",
      [tokenId],
    );
    return rows[0]!.ms;
  };
  // One that dies too soon for a slow machine to ask with it proves nothing.
  for (let ms = 500; ; ms *= 2) {
    const mortal = await dying(ms);
    const { status } = await mortal.rest("GET", "/me");
    const rest = await left(mortal);
    if (status !== 200) expect(rest).toBeLessThan(0);
    if (rest < 0) continue;
    expect(status).toBe(200);
    await sleep(rest + 10);
    expect((await mortal.rest("GET", "/me")).body.code).toBe("token.dead");
    break;
  }
});

test("a list without one's own changes has a tag of its own for each client", async () => {
  const one = await ada.through("one");
  const other = await ada.through("other");
  await one.rest("POST", "/events", meeting({ subject: "by one" }));
  const path = "/events?since=0&excludeOwn=true";
  const etag = (await one.rest("GET", path)).headers.get("etag") ?? "";
  expect((await other.rest("GET", path, undefined, { "If-None-Match": etag })).status).toBe(200);
});

test("the Location of an event made in somebody else's calendar leads to it", async () => {
  const admin = await world.person({ role: "admin" });
  const made = await admin.rest("POST", `/events?calendarId=${ben.calendarId}`, meeting());
  const location = (made.headers.get("location") ?? "").replace("/api/v1", "");
  expect((await admin.rest("GET", location)).body.id).toBe(made.body.id);
});

test("relatedTo with a misspelled key is refused, it does not clear the links", async () => {
  const reply = await ada.rest("POST", "/events", meeting({ relatedTo: { contactID: 5 } }));
  expect([reply.status, reply.body.details[0].field]).toEqual([400, "relatedTo"]);
});

test("a browser that asks for GraphiQL gets a policy that names nobody else", async () => {
  const reply = await fetch(`${world.url}/graphql?ui=graphiql`, { headers: { Accept: "text/html" } });
  expect(reply.headers.get("content-security-policy")).not.toMatch(/https:/);
});
