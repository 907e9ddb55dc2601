// How much a token, an address and a connection may ask, and what they are told when it was too much.
import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { textRows } from "../../src/database/text-rows";
import { callGraphQL, callRest, openWorld, type Person, type RestReply, type World } from "../support/world";
import { greeted, openInstance, say, type Instance } from "../support/live";
import { eventually, until } from "../support/wait";

const SINCE = "2999-01-01T00:00:00.000Z";
let world: World;
afterEach(() => world.close());

const me = (who: Person): Promise<RestReply> => who.rest("GET", "/me");

async function times<T>(count: number, act: () => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (let i = 0; i < count; i++) done.push(await act());
  return done;
}
const allowedOf = (replies: { status: number }[]): number =>
  replies.filter(({ status }) => status === 200).length;

describe("the limit of a token", () => {
  test("so many requests at both doors together, then 429 with Retry-After and a share a second", async () => {
    world = await openWorld({ rateLimitPerMinute: 60 });
    const [ada, ben] = [await world.person(), await world.person()];
    const from = performance.now();
    const first = await me(ada);
    expect(first.headers.get("ratelimit-policy")).toBe('"token";q=60;w=60');
    expect(first.headers.get("ratelimit")).toBe('"token";r=59;t=1');

    await times(29, () => me(ada));
    const { headers } = await ada.graphql("{ me { id } }");
    expect(headers.get("ratelimit-policy")).toBe('"token";q=60;w=60');
    let allowed = 31;
    let refused = await me(ada);
    for (; refused.status === 200; refused = await me(ada)) allowed++;
    // A minute fills the bucket, so a second a sixtieth of it, unless it is full.
    expect(allowed).toBeGreaterThanOrEqual(60 - 1);
    expect(allowed).toBeLessThanOrEqual(60 + 1 + (performance.now() - from) / 1_000);
    expect([refused.status, refused.body.code, refused.body.details]).toEqual([429, "rate_limited", []]);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(refused.headers.get("ratelimit")).toBe('"token";r=0;t=60');
    // On a slow machine a second may have passed, and with it another request is due.
    let graphql = await ada.graphql("{ me { id } }");
    for (let more = 0; more < 10 && graphql.status === 200; more++)
      graphql = await ada.graphql("{ me { id } }");
    expect([graphql.status, graphql.errors?.[0]?.extensions.code]).toEqual([429, "rate_limited"]);
    expect(graphql.headers.get("retry-after")).toBe("1");

    expect((await me(ben)).status).toBe(200);
    expect((await me(await ada.through("other"))).status).toBe(200);
    await sleep(1_100);
    const later = (await times(20, () => me(ada))).map(({ status }) => status);
    expect([later[0], later.includes(429)]).toEqual([200, true]);
  });

  test("two instances together allow about the limit, and a token that was refused on one is soon refused on both", async () => {
    world = await openWorld({ rateLimitPerMinute: 320 });
    const ada = await world.person();
    const other = await world.instance();
    const there = (): Promise<RestReply> => callRest(other.url, ada.token, { method: "GET", path: "/me" });
    const from = performance.now();
    const replies = await times(400, async () => [await me(ada), await there()]);
    const filled = ((performance.now() - from) / 60_000) * 320;
    const allowed = allowedOf(replies.flat());
    expect(allowed).toBeGreaterThanOrEqual(320);
    expect(allowed).toBeLessThanOrEqual(320 + 2 * 20 + filled + 20);
    await other.close();
  });

  test("what is settled between instances is written a sixteenth of the limit at a time, not at each request", async () => {
    world = await openWorld({ rateLimitPerMinute: 1_600 });
    const ada = await world.person();
    const sent = jest.spyOn(world.db.pool, "query");
    const settled = (): number =>
      sent.mock.calls.filter(([query]) => JSON.stringify(query).includes("settle_rate_buckets")).length;
    const from = performance.now();
    await times(350, () => me(ada));
    await until(() => settled() >= 3);
    await sleep(100);
    expect(settled()).toBe(3);
    const { rows } = await world.sql.query<{ level: number }>("select level from rate_bucket");
    expect(rows[0]!.level).toBeGreaterThan(1_600 - 350);
    expect(rows[0]!.level).toBeLessThan(1_600 - 300 + ((performance.now() - from) / 60_000) * 1_600);
  });

  test("unchanged lists, events and polls that find nothing cost a twentieth of a request", async () => {
    world = await openWorld({ rateLimitPerMinute: 60 });
    const ada = await world.person();
    const from = performance.now();
    const tag = (await ada.rest("GET", "/events")).headers.get("etag")!;
    const polls = await times(200, () => ada.rest("GET", `/events?since=${SINCE}`));
    expect(allowedOf(polls)).toBe(200);
    const fresh = await times(200, () => ada.rest("GET", "/events", undefined, { "If-None-Match": tag }));
    expect(new Set(fresh.map(({ status }) => status))).toEqual(new Set([304]));
    // 21 of 60 are used, but for those that have come back meanwhile.
    let whole = 0;
    while ((await me(ada)).status === 200) whole++;
    expect(whole).toBeGreaterThan(60 - 22);
    expect(whole).toBeLessThanOrEqual(60 - 20 + (performance.now() - from) / 1_000);
  });

  test("0 sets no limit and sends no fields", async () => {
    world = await openWorld({ rateLimitPerMinute: 0 });
    const ada = await world.person();
    expect((await me(ada)).headers.get("ratelimit")).toBeNull();
  });
});

test("operations on a WebSocket count like requests", async () => {
  world = await openWorld();
  const ada = await world.person();
  const instance = await openInstance(world.databaseUrl, undefined, { rateLimitPerMinute: 2 });
  const { socket, heard } = await greeted(instance.url, ada);
  for (const id of ["1", "2", "3"])
    say(socket, { id, type: "subscribe", payload: { query: "{ me { id } }" } });
  while (heard.length < 6) await sleep(10);
  const errors = heard.filter((message) => message.includes('"type":"error"'));
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain('"code":"rate_limited"');
  socket.terminate();
  await instance.stop();
});

describe("tokens that are not good", () => {
  const guess = (url: string, from?: string): Promise<RestReply> =>
    callRest(url, "tmk_guess", {
      method: "GET",
      path: "/me",
      headers: from ? { "X-Forwarded-For": from } : {},
    });

  /** One is let off each fifth of a second; of ten at once others are not. */
  const ten = <T>(act: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 10 }, act));
  const statuses = async (act: () => Promise<RestReply>): Promise<number[]> =>
    (await ten(act)).map(({ status }) => status);

  /** Until they are too many: how many a slow machine needs for that, nobody knows. */
  const until429 = async (act: () => Promise<RestReply>): Promise<void> => {
    while (!(await statuses(act)).includes(429));
  };

  test("three hundred a minute from one address, then 429; good ones from there are let in all the time", async () => {
    const from = performance.now();
    world = await openWorld();
    const ada = await world.person();
    const replies: Awaited<ReturnType<typeof guess>>[] = [];
    while (!replies.some(({ status }) => status === 429))
      replies.push(...(await Promise.all(Array.from({ length: 8 }, () => guess(world.url)))));
    const counts = replies.filter(({ status }) => status === 401).length;
    expect(counts).toBeGreaterThanOrEqual(300);
    // Five more are let through with each second that it takes.
    const more = ((performance.now() - from) / 60_000) * 300;
    expect(counts).toBeLessThanOrEqual(300 + more + 5);
    const refused = replies.find(({ status }) => status === 429)!;
    expect(refused.body.code).toBe("rate_limited");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    for (const token of ["tmk_guess", null]) {
      const ask = () => callGraphQL(world.url, token, { query: "{ __typename }" });
      const codes = (await ten(ask)).map(({ status, errors }) => [status, errors?.[0]?.extensions.code]);
      expect(codes).toContainEqual([429, "rate_limited"]);
    }
    expect((await me(ada)).status).toBe(200);
    expect((await me(await ada.through("never seen"))).status).toBe(200);
    expect((await callRest(world.url, null, { method: "GET", path: "/me" })).status).toBe(401);
  });

  test("behind a proxy, TRUST_PROXY tells the clients apart; without it nobody can pretend to be another", async () => {
    world = await openWorld({ trustProxy: 1 });
    await until429(() => guess(world.url, "1.2.3.4, 2001:db8::1"));
    expect(await statuses(() => guess(world.url, "5.5.5.5, 2001:db8:0:0:ffff::2"))).toContain(429);
    expect(await statuses(() => guess(world.url, "2001:db8::1, 2001:db8:0:1::1"))).not.toContain(429);
    const direct = await world.instance({ trustProxy: 0 });
    await until429(() => guess(direct.url, `9.9.9.${Math.random()}`));
    expect(await statuses(() => guess(direct.url, "8.8.8.8"))).toContain(429);
    await direct.close();
  });
});

describe("a client that asks and does not read", () => {
  const SLOW_MS = 4_000;
  let instance: Instance;
  let ada: Person;

  beforeEach(async () => {
    world = await openWorld();
    ada = await world.person();
    await world.sql.query(
      `insert into event (organisation_id, owner_id, subject, description, start_time, end_time)
       select $1, $2, 'Long', repeat('x', 20000), '2026-03-02', '2026-03-02' from generate_series(1, 1000)`,
      [ada.organisationId, ada.id],
    );
    instance = await openInstance(world.databaseUrl, SLOW_MS);
  });
  afterEach(() => instance.stop());

  const ask = async (path: string): Promise<net.Socket> => {
    const { port } = new URL(instance.url);
    const socket = net.connect(Number(port), "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ada.token}\r\n\r\n`);
    return socket;
  };

  test("is cut off, and has held no database connection while it did not read", async () => {
    const socket = await ask("/api/v1/events");
    const closed = once(socket, "close");
    socket.pause();
    // The first batches are read, and then nothing is: every session is idle, none in a transaction.
    for (let quiet = 0; quiet < 5; await sleep(50)) {
      const { rows } = await world.sql.query(
        "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'",
      );
      quiet = rows.length === 0 ? quiet + 1 : 0;
    }
    // It was not cut off yet: a socket that does not read would not hear of it.
    expect(await instance.connections()).toBe(1);
    await instance.untilConnections(0);
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    socket.resume();
    await closed;
    // Neither JSON's end nor the end of a chunked body: nobody takes it for complete.
    expect(text.endsWith("0\r\n\r\n")).toBe(false);
    expect(text.length).toBeLessThan(20_000_000);
  });

  test("is served to the end where it is slow but steady", async () => {
    const socket = await ask("/api/v1/events");
    socket.setEncoding("utf8");
    let length = 0;
    let end = "";
    socket.on("data", (piece: string) => {
      length += piece.length;
      end = (end + piece).slice(-100);
      socket.pause();
      setTimeout(() => socket.resume(), 3);
    });
    while (!end.endsWith("0\r\n\r\n")) await sleep(20);
    expect(length).toBeGreaterThan(20_000_000);
    socket.destroy();
  });

  test("has up to two hundred streams open at once, and hears when it is one too many", async () => {
    const sockets = [await greeted(instance.url, ada), await greeted(instance.url, ada)];
    const query = "subscription { eventChanged { id } }";
    for (const { socket } of sockets)
      for (let id = 1; id <= 100; id++)
        say(socket, { id: String(id), type: "subscribe", payload: { query } });
    await eventually(async () => {
      const metrics = await (await fetch(`${instance.url}/metrics`)).text();
      expect(metrics).toMatch(/^tidemark_subscriptions 200$/m);
    });
    const list = await callRest(instance.url, ada.token, { method: "GET", path: "/events" });
    expect([list.status, list.body.code, list.headers.get("retry-after")]).toEqual([
      429,
      "rate_limited",
      "5",
    ]);
    const page = await callRest(instance.url, ada.token, { method: "GET", path: "/events?limit=10" });
    expect(page.status).toBe(200);
    say(sockets[0]!.socket, { id: "1", type: "complete" });
    await eventually(async () => {
      const again = await callRest(instance.url, ada.token, { method: "GET", path: "/events" });
      expect(again.status).toBe(200);
    });
    for (const { socket } of sockets) socket.terminate();
  });
});

test("a statement is given up after ten seconds, and a transaction that nobody goes on with after a minute", async () => {
  world = await openWorld();
  for (const [setting, value] of [
    ["statement_timeout", "10s"],
    ["idle_in_transaction_session_timeout", "1min"],
    ["TimeZone", "UTC"],
  ]) {
    const [row] = await textRows(world.db.pool, { text: `show ${setting}`, values: [] });
    expect([setting, row]).toEqual([setting, [value]]);
  }
});

describe("what is no request", () => {
  const send = async (bytes: string): Promise<string> => {
    const socket = net.connect(Number(new URL(world.url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(bytes);
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    await once(socket, "close");
    return text;
  };
  const bodyOf = (text: string): { code: string; message: string; requestId: string; details: unknown[] } =>
    JSON.parse(text.split("\r\n\r\n")[1]!);

  test("header fields and addresses that are too long are 431, bytes that are no HTTP are 400, in the usual shape", async () => {
    world = await openWorld();
    const long = "x".repeat(20_000);
    for (const [bytes, status, code] of [
      [`GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Long: ${long}\r\n\r\n`, "431", "too_large"],
      [`GET /api/v1/me?${long} HTTP/1.1\r\nHost: x\r\n\r\n`, "431", "too_large"],
      ["EHLO mail.test\r\n\r\n", "400", "bad_request"],
    ] as const) {
      const text = await send(bytes);
      expect(text.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
      expect(bodyOf(text)).toMatchObject({ code, details: [] });
      expect(bodyOf(text).requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test("an HTTP/1.1 request that names no host is 400 in the usual shape; one of HTTP/1.0 need not", async () => {
    world = await openWorld();
    const { token } = await world.person();
    const me = (version: string): string =>
      `GET /api/v1/me HTTP/${version}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;
    const refused = await send(me("1.1"));
    expect(refused.slice(0, 12)).toBe("HTTP/1.1 400");
    expect(bodyOf(refused)).toMatchObject({ code: "bad_request", details: [] });
    expect((await send(me("1.0"))).slice(0, 12)).toBe("HTTP/1.1 200");
  });

  test("an expectation that nobody knows is ignored", async () => {
    world = await openWorld();
    const { token } = await world.person();
    const text = await send(
      ["POST /api/v1/events HTTP/1.1", "Host: x", "Expect: wonders", `Authorization: Bearer ${token}`]
        .concat("Content-Length: 2", "Connection: close", "", "{}")
        .join("\r\n"),
    );
    expect(text.slice(0, 12)).toBe("HTTP/1.1 400");
    expect(bodyOf(text)).toMatchObject({ details: [{ field: "startTime" }, { field: "endTime" }] });
  });

  test("a HEAD request that is too long has no body in its answer", async () => {
    world = await openWorld();
    const text = await send(`HEAD /api/v1/me?${"x".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
    expect(text.split("\r\n\r\n")[1]).toBe("");
  });
});
