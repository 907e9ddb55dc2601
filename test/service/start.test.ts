// `tidemark start` with nothing but Node.js: the embedded PostgreSQL in a directory of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ensureBuilt,
  environment,
  killServices,
  PROGRAM,
  type Running,
  startService,
  tidemark,
} from "../support/child";
import { callRest, type RestReply } from "../support/world";

// Each test starts programs, on a machine that may be busy with others.
let room: string;
let settings: Record<string, string>;
let first: Running;
let token: string;

beforeAll(async () => {
  await ensureBuilt();
  room = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-start-"));
  settings = { DATA_DIR: path.join(room, "data") };
});

afterAll(async () => {
  await killServices();
  // What was killed leaves its server to a watchdog; a command that joins and leaves stops it.
  if (settings) await tidemark(["migrate"], settings);
  fs.rmSync(room, { recursive: true, force: true });
});

const get = ({ url }: Running, route: string): Promise<RestReply> =>
  callRest(url, token, { method: "GET", path: route });

const isRunning = (dataDir = settings.DATA_DIR!): boolean =>
  fs.existsSync(path.join(dataDir, "postgres/postmaster.pid"));

// One story, told in order: each test goes on where the one before it ended.
test("two first starts at once make one demo organisation, and each prints a token of its admin before the ready line", async () => {
  const [one, other] = await Promise.all([startService(settings), startService(settings)]);
  const tokens = [one, other].flatMap(({ demoToken }) => demoToken ?? []);
  expect(new Set(tokens).size).toBe(2);
  [token] = tokens as [string];
  first = one;
  expect(first.stdout()).toMatch(/^Demo token \(ada@demo\.test\): tmk_[\w-]+\n(.*\n)*Tidemark ready: /);
  const me = await get(first, "/me");
  expect(me.body).toMatchObject({ email: "ada@demo.test", role: "admin" });
  const users = await get(first, "/users");
  expect(users.body.records).toHaveLength(4);
  expect((await get(first, "/events")).body.records.length).toBeGreaterThan(40);
  const second = other;
  expect((await get(second, "/users")).body).toEqual(users.body);
  expect(await second.stop()).toBe(0);
  expect(isRunning()).toBe(true);
});

test("a command joins the running database", async () => {
  const outcome = await tidemark(["token", "create", "--email", "ben@demo.test", "--name", "web"], settings);
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  const { token: ben } = JSON.parse(outcome.stdout) as { token: string };
  const me = await callRest(first.url, ben, { method: "GET", path: "/me" });
  expect(me.body).toMatchObject({ email: "ben@demo.test" });
});

test("what was answered before a kill -9 is there after the next start, and the feed goes on", async () => {
  const [{ nextDeltaToken }, second] = await Promise.all([
    get(first, "/events").then(({ body }) => body as { nextDeltaToken: string }),
    startService(settings),
  ]);
  const made: string[] = [];
  const write = async (): Promise<void> => {
    for (;;) {
      const reply = await callRest(first.url, token, {
        method: "POST",
        path: "/events",
        body: { subject: "Kept", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" },
      });
      made.push(reply.body.id as string);
      if (made.length === 20) await Promise.all([first.kill(), second.kill()]);
    }
  };
  await expect(write()).rejects.toThrow();
  const next = await startService(settings);
  expect(next.demoToken).toBeNull();
  const { body } = await get(next, `/events?since=${nextDeltaToken}`);
  const kept = (body.records as { id: string }[]).map(({ id }) => id);
  // The one under way when the service was killed may have been committed without an answer.
  expect(kept.slice(0, made.length)).toEqual(made);
  expect(kept.length - made.length).toBeLessThanOrEqual(1);
  expect(await next.stop()).toBe(0);
  expect(isRunning()).toBe(false);
});

test("with DEMO=off an empty database stays empty, whatever start comes first", async () => {
  const empty = await startService({ DATA_DIR: path.join(room, "demo"), DEMO: "off" });
  expect(empty.stdout()).toBe(`Tidemark ready: ${empty.url}/ (REST /api/v1, GraphQL /graphql)\n`);
  expect(await empty.stop()).toBe(0);
});

test("each start prints another demo token until somebody has used one, and says after that how to make one", async () => {
  const demo = { DATA_DIR: path.join(room, "demo") };
  const tokens: string[] = [];
  for (let start = 0; start < 2; start++) {
    const service = await startService(demo);
    tokens.push(service.demoToken!);
    // The one that was lost still opens the service, as the latest one does.
    if (start === 1) {
      for (const one of tokens)
        expect(await callRest(service.url, one, { method: "GET", path: "/me" })).toMatchObject({
          status: 200,
        });
    }
    expect(await service.stop()).toBe(0);
  }
  expect(new Set(tokens).size).toBe(2);
  const used = await startService(demo);
  expect(used.demoToken).toBeNull();
  expect(used.stdout()).toMatch(
    /tidemark -- token create --email ada@demo\.test --name NAME\n(.*\n)*Tidemark ready: /,
  );
  expect(await used.stop()).toBe(0);
});

test("only a start makes a database: a command in a folder without one says how to name it, and leaves nothing behind", async () => {
  const dataDir = path.join(room, "elsewhere");
  for (const words of [["org", "add", "Acme"], ["migrate"]]) {
    const outcome = await tidemark(words, { DATA_DIR: dataDir });
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/no database in .*elsewhere: .*DATA_DIR.*DATABASE_URL/),
    ]);
    expect(fs.existsSync(dataDir)).toBe(false);
  }
});

test("a start whose port is taken says so before it writes anything", async () => {
  const taken = net.createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as net.AddressInfo;
  const dataDir = path.join(room, "busy");
  const outcome = await tidemark(["start"], { DATA_DIR: dataDir, PORT: String(port) });
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toMatch(new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is taken: .*PORT\\.\n$`));
  expect(fs.existsSync(dataDir)).toBe(false);
  taken.close();
});

/** Connects again and again, and prints how that went, each way once, until somebody listens. */
const knocking = (port: number): string => `
  const { connect } = require("node:net");
  const seen = new Set();
  const tell = (how) => seen.has(how) || (seen.add(how), console.log(how));
  const knock = () => {
    const socket = connect(${port}, "127.0.0.1");
    socket.on("error", (error) => { tell(error.code); knock(); });
    socket.on("connect", () => {
      // Whoever is reset is let in first; who is let in by the service hears of it.
      socket.on("data", () => { tell("answered"); process.exit(); });
      socket.write("GET /healthz HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n");
    });
  };
  knock();`;

test("whoever connects while it starts is refused, and never heard and reset", async () => {
  const free = net.createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as net.AddressInfo;
  free.close();
  const child = spawn(process.execPath, ["-e", knocking(port)]);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (said += piece));
  const ended = once(child, "close");
  await once(child.stdout, "data");
  const service = await startService({ ...settings, PORT: String(port) });
  await ended;
  expect(said.trim().split("\n")).toEqual(["ECONNREFUSED", "answered"]);
  await service.stop();
});

test.each([
  [
    "an address of another machine",
    { HOST: "192.0.2.1", PORT: "4999" },
    /^HOST is 192\.0\.2\.1, which is no address of this machine/,
  ],
  [
    "a name of no machine",
    { HOST: "nowhere.invalid", PORT: "4999" },
    /^HOST is nowhere\.invalid, which is no address of this machine/,
  ],
  [
    "a database that nobody serves",
    { PORT: "0", DATABASE_URL: "postgres://a:b@127.0.0.1:1/x" },
    /^The database of DATABASE_URL cannot be reached: .*ECONNREFUSED/,
  ],
])("%s is told by its setting, and not as something to try again", async (_what, settings, says) => {
  const outcome = await tidemark(["start"], { DATA_DIR: path.join(room, "unreached"), ...settings });
  expect(outcome).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(says) });
  expect(outcome.stderr).not.toContain("try again");
});

test("told to stop before it is ready, it ends with 0 and leaves no database running", async () => {
  const dataDir = path.join(room, "demo");
  const child = spawn(process.execPath, [PROGRAM, "start"], {
    env: environment({ DATA_DIR: dataDir, PORT: "0" }),
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => void (text.includes("Starting PostgreSQL") && child.kill("SIGTERM")));
  const [code] = (await once(child, "close")) as [number | null];
  expect(code).toBe(0);
  while (isRunning(dataDir)) await sleep(100);
});

test("a data directory that cannot be made is told in a sentence, with what to do instead", async () => {
  const taken = path.join(room, "taken");
  fs.writeFileSync(taken, "");
  for (const dataDir of [taken, "/proc/taken"]) {
    const outcome = await tidemark(["start"], { DATA_DIR: dataDir, LOG_LEVEL: "silent" });
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(outcome.stderr).toMatch(/^The embedded PostgreSQL in .*taken did not start.*set DATABASE_URL/);
  }
});
