// The feed for calendar programs: a token of its own in the address, which reads one calendar as a file and nothing else.

import { callRest, openWorld, type Person, type World } from "../support/world";

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

interface Made {
  createToken: { id: string; token: string };
}

const MAKE = `mutation ($userId: ID!, $scopes: [TokenScope!]) {
  createToken(userId: $userId, name: "Phone", scopes: $scopes) { id token } }`;

const make = async (person: Person, scopes = ["feed"]) => person.graphql(MAKE, { userId: person.id, scopes });

async function feedOf(person: Person): Promise<Made["createToken"]> {
  return ((await make(person)).data as Made).createToken;
}

const read = (token: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${world.url}/ical/${token}.ics`, init);

const TIMES = { startTime: "2027-01-04T09:00:00Z", endTime: "2027-01-04T10:00:00Z" };

test("a feed is its user's calendar as a file, private events too, and 304 while nothing has changed", async () => {
  const ada = await world.person();
  const ben = await world.person();
  await ada.rest("POST", "/events", { ...TIMES, subject: "mine", private: true });
  await ben.rest("POST", "/events", { ...TIMES, subject: "Ben's" });
  const { token } = await feedOf(ada);
  const reply = await read(token);
  const text = await reply.text();
  expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/calendar; charset=utf-8"]);
  expect(reply.headers.get("cache-control")).toBe("private, no-cache");
  expect(text.match(/^(SUMMARY|REFRESH-INTERVAL).*(?=\r)/gm)).toEqual([
    "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
    "SUMMARY:mine",
  ]);
  const held = { headers: { "If-None-Match": reply.headers.get("etag") ?? "" } };
  expect((await read(token, held)).status).toBe(304);
  await ben.rest("POST", "/events", { ...TIMES, subject: "Ben's next" });
  expect((await read(token, held)).status).toBe(304);
  await ada.rest("POST", "/events", { ...TIMES, subject: "next" });
  expect((await read(token, held)).status).toBe(200);
  const head = await read(token, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  const posted = await read(token, { method: "POST" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("its token opens nothing else, and no other token opens a feed", async () => {
  const ada = await world.person();
  const { token } = await feedOf(ada);
  for (const path of ["/me", "/events", "/events.ics", "/calendars"]) {
    const reply = await callRest(world.url, token, { method: "GET", path });
    expect([path, reply.status, reply.body.code]).toEqual([path, 403, "forbidden"]);
  }
  const graphql = await fetch(`${world.url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "{ me { email } }" }),
  });
  const { errors } = (await graphql.json()) as { errors?: { extensions: { code: string } }[] };
  expect(errors?.[0]?.extensions.code).toBe("forbidden");
  const codeOf = async (given: string): Promise<unknown[]> => {
    const reply = await read(given);
    return [reply.status, ((await reply.json()) as { code: string }).code];
  };
  expect(await codeOf(ada.token)).toEqual([403, "forbidden"]);
  expect(await codeOf(`tmk_${"x".repeat(43)}`)).toEqual([401, "unauthorized"]);
  expect(await codeOf("nonsense")).toEqual([401, "unauthorized"]);
});

test("who may read makes one, alone among scopes, and revoking it ends it within five seconds", async () => {
  const ada = await world.person();
  const both = await make(ada, ["feed", "read"]);
  expect(both.errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field: "scopes" }] });
  const writer = await ada.through("writer", ["write"]);
  expect((await make(writer)).errors?.[0]?.extensions.code).toBe("forbidden");
  const { id, token } = await feedOf(ada);
  expect((await read(token)).status).toBe(200);
  const { data } = await ada.graphql("{ tokens { id scopes } }");
  expect((data as { tokens: object[] }).tokens).toContainEqual({ id, scopes: ["feed"] });
  await ada.graphql("mutation ($id: ID!) { revokeToken(id: $id) { id } }", { id });
  await new Promise((resolve) => setTimeout(resolve, 3_100));
  const reply = await read(token);
  expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([401, "token.dead"]);
});
