// How many access tokens a user has, who made them, when they were last used; and how much history they may make.
import { setTimeout as sleep } from "node:timers/promises";
import { issueToken } from "../../src/access/tokens";
import { followSse } from "../support/live";
import {
  callGraphQL,
  callRest,
  openWorld,
  type GraphQLReply,
  type Person,
  type World,
} from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const MAKE = 'mutation($u: ID!) { createToken(userId: $u, name: "n") { id token } }';
const REVOKE = "mutation($id: ID!) { revokeToken(id: $id) { id revokedAt } }";
const LIST =
  "query($u: ID) { tokens(userId: $u) { id userId name scopes createdAt expiresAt revokedAt lastUsedAt madeBy } }";

const make = (by: Person, of = by): Promise<GraphQLReply> => by.graphql(MAKE, { u: of.id });
const codesOf = (replies: GraphQLReply[]): string[] =>
  replies.map(({ errors }) => (errors?.[0]?.extensions.code as string) ?? "made");
const count = (codes: string[], code: string): number => codes.filter((one) => one === code).length;
const listed = async (by: Person, of = by): Promise<any[]> =>
  (await by.graphql(LIST, { u: of.id })).data.tokens as any[];
const statusOf = async (token: string): Promise<number> =>
  (await callRest(world.url, token, { method: "GET", path: "/me" })).status;
/** The same person with another token. */
const holding = (person: Person, { token, id }: { token: string; id: string }): Person => ({
  ...person,
  token,
  tokenId: id,
  graphql: (query, variables) => callGraphQL(world.url, token, { query, variables }),
});

describe("the live tokens of a user", () => {
  test("are twenty at most, however many are asked for at once", async () => {
    const ada = await world.person();
    const codes = codesOf(await Promise.all(Array.from({ length: 30 }, () => make(ada))));
    expect([count(codes, "made"), count(codes, "conflict")]).toEqual([19, 11]);
    const [refused] = (await make(ada)).errors ?? [];
    expect([refused?.extensions.code, refused?.extensions.details[0].field]).toEqual(["conflict", "userId"]);
    expect(refused?.message).toMatch(/20 live access tokens/);
  });

  test("are none of those that were revoked or have expired", async () => {
    const ada = await world.person();
    const first = (await make(ada)).data.createToken;
    for (let more = 0; more < 18; more++) await make(ada);
    expect(codesOf([await make(ada)])).toEqual(["conflict"]);
    await ada.graphql(REVOKE, { id: first.id });
    expect(codesOf([await make(ada), await make(ada)])).toEqual(["made", "conflict"]);
    await world.sql.query(
      "update access_token set expires_at = now() where id = (select max(id) from access_token where user_id = $1)",
      [ada.id],
    );
    expect(codesOf([await make(ada), await make(ada)])).toEqual(["made", "conflict"]);
  });

  test("are as many as an admin allows, whoever makes them", async () => {
    const [ada, admin] = [await world.person(), await world.person({ role: "admin" })];
    const allow = "mutation($u: ID!, $n: Int) { updateUser(id: $u, input: { maxTokens: $n }) { maxTokens } }";
    expect((await ada.graphql(allow, { u: ada.id, n: 30 })).errors?.[0]?.extensions.code).toBe("forbidden");
    expect((await admin.graphql(allow, { u: ada.id, n: 3 })).data.updateUser.maxTokens).toBe(3);
    const makers = [ada, admin, admin];
    const codes: string[] = [];
    for (const by of makers) codes.push(...codesOf([await make(by, ada)]));
    expect(codes).toEqual(["made", "made", "conflict"]);
    expect((await admin.graphql(allow, { u: ada.id, n: null })).data.updateUser.maxTokens).toBe(20);
    expect(codesOf([await make(ada)])).toEqual(["made"]);
    for (const n of [0, 1001]) {
      const { errors } = await admin.graphql(allow, { u: ada.id, n });
      expect(errors?.[0]?.extensions.details[0].field).toBe("maxTokens");
    }
  });

  test("cannot be made and revoked all day: two hundred are made within one", async () => {
    const ada = await world.person();
    await world.sql.query(
      `insert into access_token (organisation_id, user_id, name, hash, scopes, revoked_at, made_by, created_at)
       select organisation_id, user_id, 'n', sha256(id::text::bytea || n::text::bytea), scopes, now(), id,
         now() - interval '23 h' from access_token, generate_series(1, 200) n where id = $1`,
      [ada.tokenId],
    );
    const { errors } = await make(ada);
    expect(errors?.[0]?.extensions.code).toBe("rate_limited");
    const seconds = Number(/again in (\d+) s/.exec(errors?.[0]?.message ?? "")?.[1]);
    expect(Math.abs(seconds - 3_600)).toBeLessThan(300);
  });
});

test("making a token counts as a sixtieth of what its maker may ask in a minute", async () => {
  const ada = await world.person();
  const left = async (): Promise<number> =>
    Number(/r=(\d+)/.exec((await ada.rest("GET", "/me")).headers.get("ratelimit") ?? "")?.[1]);
  const from = performance.now();
  const before = await left();
  for (let more = 0; more < 10; more++) await make(ada);
  // What has come back meanwhile is a hundred a second.
  const after = await left();
  expect(after).toBeLessThan(before - 500 + (performance.now() - from) / 10);
});

describe("the list of a user's tokens", () => {
  test("says what each may do, which one made it, when it was last used and when it ended", async () => {
    const [ada, admin] = [await world.person(), await world.person({ role: "admin" })];
    const made = (await make(ada)).data.createToken;
    const byAdmin = (await make(admin, ada)).data.createToken;
    expect(await statusOf(made.token)).toBe(200);
    await ada.graphql(REVOKE, { id: byAdmin.id });
    let rows: any[] = [];
    for (let tries = 0; tries < 100; tries++) {
      rows = await listed(ada);
      if (rows.find(({ id }) => id === made.id)?.lastUsedAt !== null) break;
      await sleep(100);
    }
    const times = { createdAt: expect.any(String), lastUsedAt: expect.any(String) };
    const common = { userId: ada.id, scopes: ["read", "write"], expiresAt: null };
    expect(rows).toEqual([
      { id: made.id, name: "n", ...common, ...times, revokedAt: null, madeBy: ada.tokenId },
      { id: ada.tokenId, name: "test", ...common, ...times, revokedAt: null, madeBy: null },
      {
        id: byAdmin.id,
        name: "n",
        ...common,
        ...times,
        revokedAt: expect.any(String),
        lastUsedAt: null,
        madeBy: admin.tokenId,
      },
    ]);
    expect(Math.abs(Date.parse(rows[0].lastUsedAt) - Date.now())).toBeLessThan(60_000);
    expect((await listed(admin, ada)).map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  });

  test("has all that live and the last hundred that died", async () => {
    const ada = await world.person();
    await world.sql.query(
      `insert into access_token (organisation_id, user_id, name, hash, scopes, revoked_at)
       select organisation_id, user_id, 'dead', sha256(('d' || id || n)::bytea), scopes, now()
       from access_token, generate_series(1, 150) n where id = $1`,
      [ada.tokenId],
    );
    const names = (await listed(ada)).map(({ name }) => name);
    expect([names[0], names.length, new Set(names.slice(1))]).toEqual(["test", 101, new Set(["dead"])]);
  });
});

describe("revoking a token", () => {
  test("revokes what it made, in turn, and leaves what made it and what others made", async () => {
    const [ada, admin] = [await world.person(), await world.person({ role: "admin" })];
    const phone = await admin.through("phone");
    const [first, other] = [(await make(phone)).data.createToken, (await make(admin)).data.createToken];
    const second = (await make(holding(admin, first), ada)).data.createToken;
    const third = (await make(holding(ada, second))).data.createToken;
    await world.sql.query("update access_token set expires_at = now() where id = $1", [second.id]);
    expect(await statusOf(third.token)).toBe(200);
    await admin.graphql(REVOKE, { id: phone.tokenId });
    await sleep(3_500);
    const statuses = await Promise.all(
      [phone.token, first.token, second.token, third.token, other.token, admin.token, ada.token].map(
        statusOf,
      ),
    );
    expect(statuses).toEqual([401, 401, 401, 401, 200, 200, 200]);
  });

  test("ends the streams of what it made within five seconds", async () => {
    const ada = await world.person();
    const child = (await make(ada)).data.createToken;
    const stream = await followSse(world.url, child.token);
    await ada.graphql(REVOKE, { id: ada.tokenId });
    await stream.until(({ errors }) => errors.length > 0);
    expect(stream.errors[0]!.extensions.code).toBe("token.dead");
  });

  test("misses none that it is making at that moment", async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await world.person();
      const phone = await ada.through("phone");
      const making = Array.from({ length: 12 }, () => make(phone));
      await sleep(round * 4);
      await ada.graphql(REVOKE, { id: phone.tokenId });
      await Promise.all(making);
      const { rows } = await world.sql.query(
        "select id from access_token where made_by = $1 and revoked_at is null",
        [phone.tokenId],
      );
      expect(rows).toEqual([]);
    }
  });
});

describe("the history that a user makes", () => {
  const TIMES = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
  const used = async (person: Person): Promise<number> =>
    Number(
      (await world.sql.query("select bytes from history_use where user_id = $1", [person.id])).rows[0]
        ?.bytes ?? 0,
    );

  test("is counted for all their tokens, and beyond 1 GiB a day a change is refused until there is room", async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const other = await ada.through("other");
    let from = performance.now();
    // 12.4 kB are forgotten each second.
    const forgotten = (): number => (performance.now() - from) * 12.5;
    const { body } = await ada.rest("POST", "/events", {
      ...TIMES,
      subject: "E",
      description: "x".repeat(50_000),
    });
    await other.rest("PATCH", `/events/${body.id}`, { description: "y".repeat(50_000) });
    const before = await used(ada);
    expect(before).toBeGreaterThan(135_000 - forgotten());
    expect(before).toBeLessThan(165_000);
    from = performance.now();
    await world.sql.query("update history_use set bytes = $2, at = now() where user_id = $1", [
      ada.id,
      2 ** 30 - 10_000,
    ]);
    const refused = await other.rest("PATCH", `/events/${body.id}`, { description: "z".repeat(100_000) });
    expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
    expect(refused.body.message).toMatch(/1 GiB of history/);
    // 140 kB beyond.
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan((135_000 - forgotten()) / 12_500);
    expect(seconds).toBeLessThan(150_000 / 12_400 + 1);
    expect((await ada.rest("GET", `/events/${body.id}`)).body.description).toMatch(/^y/);
    const theirs = await ben.rest("POST", "/events", {
      ...TIMES,
      subject: "E",
      description: "x".repeat(50_000),
    });
    expect(theirs.status).toBe(201);
    await world.sql.query("update history_use set at = now() - interval '1 min' where user_id = $1", [
      ada.id,
    ]);
    expect((await ada.rest("PATCH", `/events/${body.id}`, { description: "z" })).status).toBe(200);
  });

  test("is counted on the whole where changes are small, though not one by one", async () => {
    const ada = await world.person();
    for (let batch = 0; batch < 4; batch++) {
      const inputs = Array.from({ length: 500 }, () => ({
        ...TIMES,
        subject: "E",
        description: "x".repeat(700),
      }));
      await ada.graphql("mutation($i: [EventInput!]!) { createEvents(inputs: $i) { id } }", { i: inputs });
    }
    const { rows } = await world.sql.query<{ bytes: string }>(
      `select sum(pg_column_size(changes)) as bytes from event_history h
       join access_token t on t.id = h.token_id where t.user_id = $1`,
      [ada.id],
    );
    const share = (await used(ada)) / Number(rows[0]!.bytes);
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(1.6);
  });

  test("is not counted for plain SQL", async () => {
    const ada = await world.person();
    await world.sql.query(
      `insert into event (organisation_id, owner_id, subject, description, start_time, end_time)
       values ($1, $2, 'E', repeat('x', 90000), '2026-03-02', '2026-03-02')`,
      [ada.organisationId, ada.id],
    );
    expect(await used(ada)).toBe(0);
  });
});

test("an organisation's token of the same number is told from another's", async () => {
  const there = await world.person({ organisationId: await world.organisation() });
  const ada = await world.person();
  const { errors } = await there.graphql(LIST, { u: ada.id });
  expect(errors?.[0]?.extensions.code).toBe("forbidden");
  const { token } = await issueToken(world.db.dataSource.manager, {
    organisationId: there.organisationId,
    userId: there.id,
    name: "theirs",
  });
  expect((await ada.graphql(REVOKE, { id: token.id })).errors?.[0]?.extensions.code).toBe("not_found");
});
