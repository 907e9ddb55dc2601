// PostgreSQL goes away and comes back: 503 at both doors meanwhile, and nobody has to restart anything. A proxy of our
// own stands between the service and the server, so that the server the other tests share stays up. The service is a
// process of its own: an error that nobody listens for would end it.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { connectTo, tie } from "../support/step-proxy";
import { callGraphQL, callRest, openWorld, type Person, type RestReply, type World } from "../support/world";

let world: World;
let ada: Person;
let proxy: Proxy;
let service: { url: string; process: ChildProcessByStdio<null, Readable, null> };

/** Passes connections on to PostgreSQL until it is cut; then refuses them until it is mended. */
class Proxy {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  port = 0;

  constructor(private readonly target: URL) {}

  async mend(): Promise<void> {
    this.server = createServer((near) => {
      const far = connectTo(this.target);
      tie(near, far, this.sockets);
      near.pipe(far).pipe(near);
    });
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as { port: number }).port;
  }

  async cut(): Promise<void> {
    const closed = this.server && once(this.server, "close");
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

const TIMED = { subject: "Kick-off", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person();
  const target = new URL(world.databaseUrl);
  proxy = new Proxy(target);
  await proxy.mend();
  const through = new URL(target);
  through.searchParams.delete("host");
  through.hostname = "localhost";
  through.port = String(proxy.port);
  service = await startService(through.toString());
});
afterAll(async () => {
  const { exitCode } = service.process;
  if (exitCode === null) {
    service.process.kill("SIGKILL");
    await once(service.process, "exit");
  }
  await proxy.cut();
  await world.close();
});

async function startService(databaseUrl: string): Promise<typeof service> {
  const child = spawn(process.execPath, ["-r", "@swc-node/register", "src/main.ts", "start"], {
    cwd: join(__dirname, "../.."),
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, PORT: "0", DEMO: "off", LOG_LEVEL: "silent" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^Tidemark ready: (http:\S+)\/ /.exec(line) ?? [];
    if (url) return { url, process: child };
  }
  throw new Error("The service ended before it was ready.");
}

const ask = (method: string, path: string, body?: unknown): Promise<RestReply> =>
  callRest(service.url, ada.token, { method, path, body });

/** Asks until the answer is none of an outage, 10 s at most. */
async function recovered(method: string, path: string, body?: unknown): Promise<RestReply> {
  for (let attempt = 0; ; attempt++) {
    const reply = await ask(method, path, body);
    if (reply.status !== 503 || attempt === 100) return reply;
    await sleep(100);
  }
}

function expectUnavailable(reply: RestReply): void {
  expect([reply.status, reply.body]).toEqual([
    503,
    { code: "unavailable", message: expect.any(String), requestId: expect.any(String), details: [] },
  ]);
  expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(reply.text).not.toMatch(/ECONN|127\.0\.0\.1|terminat/);
}

test("while the database is away both doors answer 503 with Retry-After, and recover by themselves", async () => {
  const { body: event } = await ask("POST", "/events", TIMED);
  for (let outage = 0; outage < 2; outage++) {
    await proxy.cut();
    const calls: [string, string, unknown?][] = [
      ["GET", "/me"],
      ["GET", "/events"],
      ["GET", `/events/${event.id}`],
      ["GET", "/deletedEvents?since=0"],
      ["POST", "/events", TIMED],
      ["PATCH", `/events/${event.id}`, { subject: "x" }],
      ["DELETE", `/events/${event.id}`],
      ["POST", "/contacts", { name: "C" }],
    ];
    for (const [method, path, body] of calls) expectUnavailable(await ask(method, path, body));

    const graphql = (query: string) => callGraphQL(service.url, ada.token, { query });
    for (const query of [
      "{ me { id } }",
      "{ events { edges { node { id } } } }",
      'mutation { deleteEvent(id: "1") { id } }',
    ]) {
      const { errors } = await graphql(query);
      expect(errors?.[0]?.extensions).toMatchObject({ code: "unavailable", details: [] });
    }
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(503);

    await proxy.mend();
    const back = await recovered("GET", `/events/${event.id}`);
    expect([back.status, back.body]).toEqual([200, event]);
    expect((await recovered("GET", "/events")).body.records).toEqual([event]);
    expect((await graphql("{ me { id } }")).data.me.id).toBe(ada.id);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  }
});

test("somebody unknown is told that the database is away, not that the token is wrong", async () => {
  const stranger = "tmk_unknown";
  await proxy.cut();
  expectUnavailable(await callRest(service.url, stranger, { method: "GET", path: "/me" }));
  const { errors, status } = await callGraphQL(service.url, stranger, { query: "{ me { id } }" });
  expect([status, errors?.[0]?.extensions.code]).toEqual([503, "unavailable"]);
  await proxy.mend();
  for (let attempt = 0; attempt < 100; attempt++) {
    const reply = await callRest(service.url, stranger, { method: "GET", path: "/me" });
    if (reply.status !== 503) break;
    await sleep(100);
  }
  expect((await callRest(service.url, stranger, { method: "GET", path: "/me" })).status).toBe(401);
});

test("a server that ends every connection in mid-write costs 503 at most, never a 500 or half a write", async () => {
  const before = (await recovered("GET", "/events")).body.length as number;
  let made = 0;
  const writers = Array.from({ length: 4 }, async () => {
    for (let at = 0; at < 15; at++) {
      const reply = await ask("POST", "/events", TIMED);
      if (reply.status === 201) made++;
      else expectUnavailable(reply);
    }
  });
  const stop = { now: false };
  const killer = (async () => {
    while (!stop.now) {
      await world.sql.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`);
      await sleep(40);
    }
  })();
  await Promise.all(writers).finally(() => (stop.now = true));
  await killer;
  const after = (await recovered("GET", "/events")).body.length as number;
  // A commit whose answer was lost is there without having been counted; nothing that was answered is missing.
  expect(after - before).toBeGreaterThanOrEqual(made);
  expect(after - before).toBeLessThanOrEqual(60);
  expect((await recovered("POST", "/events", TIMED)).status).toBe(201);
});

test("the service outlived all of this", () => {
  expect([service.process.exitCode, service.process.signalCode]).toEqual([null, null]);
});
