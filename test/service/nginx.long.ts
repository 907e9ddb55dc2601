// Two instances behind nginx, as deploy/nginx.conf sets it up.
import http2 from "node:http2";
import net from "node:net";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";
import { followSse, followWs, fromThisInstant, openInstance, type Instance } from "../support/live";
import { hasNginx, startNginx, type Nginx } from "../support/nginx";
import { eventually } from "../support/wait";
import { callRest, openWorld, type Person, type RestReply, type World } from "../support/world";

const reason = "No nginx (Debian: apt-get install nginx).";
if (!hasNginx()) console.warn(`Skipped: behind nginx. ${reason}`);
const whereInstalled = hasNginx() || process.env.TIDEMARK_NO_SKIPS ? describe : describe.skip;

const TIMES = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

whereInstalled("two instances behind nginx", () => {
  let world: World;
  let ada: Person;
  let first: Instance;
  let second: Instance;
  let nginx: Nginx;

  beforeAll(async () => {
    if (!hasNginx()) throw new Error(reason);
    world = await openWorld();
    ada = await world.person();
    const settings = { trustProxy: 1 };
    first = await openInstance(world.databaseUrl, undefined, settings);
    second = await openInstance(world.databaseUrl, undefined, settings);
    nginx = await startNginx([first.url, second.url]);
  });
  afterAll(async () => {
    await nginx.stop();
    await Promise.all([first.stop(), second.stop()]);
    await world.close();
  });

  const rest = (method: string, path: string, body?: unknown, headers = {}): Promise<RestReply> =>
    callRest(nginx.url, ada.token, { method, path, body, headers });

  test("requests reach both, and what one wrote the other answers", async () => {
    const first100 = await Promise.all(Array.from({ length: 100 }, () => rest("GET", "/me")));
    const left = first100.map(({ headers }) => Number(/r=(\d+)/.exec(headers.get("ratelimit")!)![1]));
    // Each counts for itself until it has a sixteenth of the limit to tell.
    expect(Math.min(...left)).toBeGreaterThan(6_000 - 70);
    for (let i = 0; i < 10; i++) {
      const made = await rest("POST", "/events", { subject: `E${i}`, ...TIMES });
      expect(made.status).toBe(201);
      const found = await rest("GET", `/events/${made.body.id}`, undefined, {
        "If-None-Match": made.headers.get("etag")!,
      });
      expect(found.status).toBe(304);
    }
  });

  test("with a certificate it speaks TLS and HTTP/2, and compressed answers come as the service made them", async () => {
    const session = http2.connect(nginx.tlsUrl, { rejectUnauthorized: false });
    const stream = session.request({
      ":path": "/api/v1/openapi.json",
      "accept-encoding": "gzip",
      authorization: `Bearer ${ada.token}`,
    });
    const [[headers], body] = await Promise.all([once(stream, "response"), buffer(stream)]);
    expect(headers).toMatchObject({ ":status": 200, "content-encoding": "gzip" });
    expect(headers).toHaveProperty("strict-transport-security");
    expect(JSON.parse(gunzipSync(body).toString())).toHaveProperty("openapi");
    session.destroy();
  });

  test("a calendar file of ten megabytes reaches the service", async () => {
    const file = `BEGIN:VCALENDAR\r\n${"X-NOTHING:".padEnd(70, "x")}\r\n`.padEnd(
      9_900_000,
      `X-A:${"b".repeat(60)}\r\n`,
    );
    const { status, body } = await rest("POST", "/import", file, { "Content-Type": "text/calendar" });
    expect([status, body]).toMatchObject([200, { created: 0 }]);
  });

  test("subscriptions over WebSocket and as server-sent events hear at once, whichever instance they are on", async () => {
    const since = fromThisInstant();
    const heard = await Promise.all([
      followWs(nginx.url, ada.token, since),
      followWs(nginx.url, ada.token, since),
      followSse(nginx.url, ada.token, since),
      followSse(nginx.url, ada.token, since),
    ]);
    const slowest: number[] = [];
    for (const subject of ["Live", "Live again", "Live once more"]) {
      await rest("POST", "/events", { subject, ...TIMES });
      const took = heard.map((one) => one.until(({ subjects }) => subjects.includes(subject)));
      slowest.push(Math.max(...(await Promise.all(took))));
    }
    // The look for what sends no hints comes every two seconds. The fewest of three: a machine may be busy.
    expect(Math.min(...slowest)).toBeLessThan(1_500);
    for (const one of heard) await one.stop();
  });

  test("refusals come in the service's own shape: too large, too long, no such address", async () => {
    const large = await rest("POST", "/events", { subject: "x".repeat(1_100_000) });
    expect([large.status, large.body.code]).toEqual([413, "too_large"]);
    const long = await fetch(`${nginx.url}/api/v1/events?x=${"y".repeat(20_000)}`);
    expect([long.status, ((await long.json()) as { code: string }).code]).toEqual([431, "too_large"]);
    expect((await rest("GET", "/nothing")).body.code).toBe("not_found");
  });

  test("what /metrics tells of all organisations is not passed on; the instances themselves tell it", async () => {
    for (const path of ["/metrics", "/metrics/", "/metrics?x", "//metrics", "/%6detrics"]) {
      const reply = await fetch(`${nginx.url}${path}`);
      expect([path, reply.status]).toEqual([path, 404]);
      expect(await reply.text()).not.toContain("tidemark_");
    }
    const refused = await fetch(`${nginx.url}/metrics`);
    expect([refused.headers.get("content-type"), await refused.json()]).toEqual([
      "application/json",
      {
        code: "not_found",
        message: "This address does not exist.",
        requestId: expect.any(String),
        details: [],
      },
    ]);
    expect(await (await fetch(`${first.url}/metrics`)).text()).toContain("tidemark_");
  });

  test("a long list that breaks midway breaks off for the client too", async () => {
    await world.sql.query(
      `insert into event (organisation_id, owner_id, subject, description, start_time, end_time)
       select $1, $2, 'Long', repeat('x', 20000), '2026-03-02', '2026-03-02' from generate_series(1, 2000)`,
      [ada.organisationId, ada.id],
    );
    const whole = await rest("GET", "/events");
    expect(whole.body.length).toBeGreaterThan(2_000);
    const third = await openInstance(world.databaseUrl);
    const alone = await startNginx([third.url, third.url]);
    const socket = net.connect(Number(new URL(alone.url).port), "127.0.0.1");
    const closed = once(socket, "close");
    socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ada.token}\r\n\r\n`);
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    await once(socket, "data");
    socket.pause();
    await sleep(500);
    const reads = jest.spyOn(third.db.pool, "query").mockImplementation(() => {
      throw new Error("Broken on purpose.");
    });
    socket.resume();
    await closed;
    reads.mockRestore();
    expect(text.startsWith("HTTP/1.1 200")).toBe(true);
    expect(text.endsWith("0\r\n\r\n")).toBe(false);
    await alone.stop();
    await third.stop();
  });

  test("tokens that are not good are counted for the address nginx saw, whatever the client writes", async () => {
    const guess = (): Promise<RestReply> =>
      callRest(nginx.url, "tmk_guess", {
        method: "GET",
        path: "/me",
        headers: { "X-Forwarded-For": `9.9.${Math.floor(Math.random() * 256)}.9` },
      });
    const replies: RestReply[] = [];
    const began = performance.now();
    const limited = (): boolean => replies.slice(-40).some(({ status }) => status === 429);
    for (let i = 0; i < 90 || (i < 900 && !limited()); i++) {
      replies.push(...(await Promise.all(Array.from({ length: 8 }, guess))));
    }
    const seconds = (performance.now() - began) / 1000;
    // Each instance has a count of its own: 300, of which five are forgotten each second, and the eight of a round.
    const counted = replies.filter(({ status }) => status === 401).length;
    expect(counted).toBeLessThan(2 * (300 + 5 * seconds + 8));
    expect(limited()).toBe(true);
    expect((await rest("GET", "/me")).status).toBe(200);
  });

  test("one of them stops while many call: no request fails", async () => {
    const statuses: number[] = [];
    let calling = true;
    const callers = Array.from({ length: 6 }, async () => {
      while (calling) statuses.push((await rest("GET", "/events?limit=5")).status);
    });
    const more = async (answers: number): Promise<void> => {
      const enough = statuses.length + answers;
      await eventually(() => Promise.resolve(expect(statuses.length).toBeGreaterThan(enough)));
    };
    await more(20);
    await second.stop();
    await more(20);
    calling = false;
    await Promise.all(callers);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    second = await openInstance(world.databaseUrl);
  });
});
