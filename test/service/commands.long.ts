// The command line and the life of a service, as processes of their own on a database of their own.
import { execFile } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { readCommand } from "../../src/commands/commands";
import { UsageError } from "../../src/commands/command";
import { printedSchema } from "../../src/graphql/schema";
import {
  ensureBuilt,
  environment,
  killServices,
  ROOT,
  run,
  type Running,
  startService,
  tidemark,
} from "../support/child";
import { eventually } from "../support/wait";
import { callRest, cloneDatabase, type RestReply } from "../support/world";

// Each test starts programs, on a machine that may be busy with others.
let database: Awaited<ReturnType<typeof cloneDatabase>>;
let settings: Record<string, string>;
let service: Running;
let room: string;

beforeAll(async () => {
  await ensureBuilt();
  room = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-commands-"));
  database = await cloneDatabase();
  settings = { DATABASE_URL: database.url, DATA_DIR: path.join(room, "unused"), DEMO: "off" };
  service = await startService(settings);
  await command("org", "add", "Acme");
  await command(...userWords("Acme", "ada@acme.test", "Ada"), "--role", "admin");
  await command(...userWords("Acme", "ben@acme.test", "Ben"));
});

afterAll(async () => {
  await killServices();
  await database.drop();
  fs.rmSync(room, { recursive: true, force: true });
});

const userWords = (org: string, email: string, name: string): string[] => [
  ...["user", "add", "--org", org, "--email", email],
  ...["--name", name, "--timezone", "Europe/Paris"],
];

/** Runs a command that must succeed and answers the object it prints. */
async function command(...words: string[]): Promise<Record<string, unknown>> {
  const outcome = await tidemark(words, settings);
  expect(outcome).toMatchObject({ code: 0 });
  expect(outcome.stdout.trimEnd().split("\n")).toHaveLength(1);
  return JSON.parse(outcome.stdout) as Record<string, unknown>;
}

async function tokenOf(email: string, ...more: string[]): Promise<{ id: string; token: string }> {
  const words = ["token", "create", "--email", email, "--name", "test", ...more];
  return (await command(...words)) as { id: string; token: string };
}

const rest = (token: string, method: string, route: string, body?: unknown): Promise<RestReply> =>
  callRest(service.url, token, { method, path: route, body });

function file(name: string, lines: readonly string[]): string {
  const full = path.join(room, name);
  fs.writeFileSync(full, `${lines.join("\r\n")}\r\n`);
  return full;
}

describe("an organisation is set up while the service runs", () => {
  test("a token made on the command line opens the service at once, and is shut within 5 s of being revoked", async () => {
    const { id, token } = await tokenOf("ada@acme.test", "--scopes", "read");
    expect(token).toMatch(/^tmk_[\w-]{43}$/);
    const me = await rest(token, "GET", "/me");
    expect(me.body).toMatchObject({ email: "ada@acme.test", role: "admin", timezone: "Europe/Paris" });
    const refused = await rest(token, "POST", "/contacts", { name: "C" });
    expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });

    const revoked = await command("token", "revoke", id);
    expect(revoked).toMatchObject({ id, name: "test" });
    const deadline = performance.now() + 5_000;
    let last = await rest(token, "GET", "/me");
    while (last.status === 200 && performance.now() < deadline) {
      await sleep(100);
      last = await rest(token, "GET", "/me");
    }
    expect(last).toMatchObject({ status: 401, body: { code: "token.dead" } });
  });

  test("a user's tokens are listed with where they came from, and an administrator of the machine allows more", async () => {
    await command(...userWords("Acme", "lister@acme.test", "Lister"));
    expect(await command("user", "update", "--email", "lister@acme.test", "--max-tokens", "1")).toMatchObject(
      { name: "Lister" },
    );
    const { id } = await tokenOf("lister@acme.test");
    const words = ["--email", "lister@acme.test"];
    const [second, wrong] = await Promise.all([
      tidemark(["token", "create", ...words, "--name", "n"], settings),
      tidemark(["user", "update", ...words, "--max-tokens", "many"], settings),
    ]);
    expect(second.stderr).toMatch(/1 live access tokens/);
    expect(wrong.stderr).toMatch(/^--max-tokens must be a whole number/);
    expect(await command("token", "list", ...words)).toEqual([
      {
        ...{ id, name: "test", scopes: ["read", "write"], issuer: null, madeBy: null },
        ...{ createdAt: expect.any(String), expiresAt: null, revokedAt: null, lastUsedAt: null },
      },
    ]);
  });

  test("an organisation names its issuer and domains, and takes them away", async () => {
    const update = (...words: string[]): Promise<object> =>
      command("org", "update", "--org", "Acme", ...words);
    const issuer = "https://login.acme.test/";
    expect(
      await update("--issuer", issuer, "--domain", "Acme.test,b.test", "--domain", "c.test"),
    ).toMatchObject({
      ...{ name: "Acme", issuer, domains: ["acme.test", "b.test", "c.test"] },
    });
    expect(await update("--domain", "")).toMatchObject({ issuer, domains: [] });
    expect(await update("--issuer", "")).toMatchObject({ issuer: null, domains: [] });
  });

  test("each add prints the row with its id", async () => {
    const organisation = await command("org", "add", "Globex");
    expect(organisation).toEqual({ id: expect.stringMatching(/^\d+$/), name: "Globex" });
    const [user, account] = await Promise.all([
      command(...userWords("Globex", "gus@globex.test", "Gus")),
      command("record", "add", "--org", "Globex", "--type", "account", "--name", "Initech"),
    ]);
    expect(user).toEqual({
      id: expect.stringMatching(/^\d+$/),
      email: "gus@globex.test",
      aliases: [],
      name: "Gus",
      timezone: "Europe/Paris",
      role: "member",
      calendarId: expect.stringMatching(/^\d+$/),
      orgId: organisation.id,
    });
    const contact = await command(
      ...["record", "add", "--org", "Globex", "--type", "Contact", "--name", "Dana", "--email", "d@x.test"],
      ...["--email", "dana@x.test", "--account-id", String(account.id)],
    );
    expect(contact).toEqual({
      id: expect.stringMatching(/^\d+$/),
      type: "Contact",
      name: "Dana",
      emails: ["d@x.test", "dana@x.test"],
      accountId: account.id,
    });
  });

  test("setup makes an organisation, its first admin and a token that works; what is wrong with one leaves none", async () => {
    const words = [
      "setup",
      "--org",
      "Umbrella",
      "--email",
      "una@umbrella.test",
      "--name",
      "Una",
      "--timezone",
    ];
    const wrong = await tidemark([...words, "Mars/Base"], settings);
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toMatch(/^--timezone must/);
    const made = (await command(...words, "Asia/Seoul")) as {
      organisation: object;
      token: string;
      user: object;
    };
    expect(made.organisation).toEqual({ id: expect.stringMatching(/^\d+$/), name: "Umbrella" });
    const me = await rest(made.token, "GET", "/me");
    expect(me.body).toMatchObject({ email: "una@umbrella.test", role: "admin", timezone: "Asia/Seoul" });
    const again = await tidemark([...words, "Asia/Seoul"], settings);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toMatch(/already exists/);
  });

  test("organisations and users are listed, and an organisation gets another name", async () => {
    await command("org", "add", "Before");
    await command(...userWords("Before", "bea@before.test", "Bea"));
    await command("user", "disable", "--email", "bea@before.test");
    expect(await command("org", "rename", "Before", "After")).toMatchObject({ name: "After" });
    const [organisations, users, everybody] = (await Promise.all([
      command("org", "list"),
      command("user", "list", "--org", "After"),
      command("user", "list"),
    ])) as unknown as Record<string, unknown>[][];
    const names = organisations!.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["Acme", "After"]));
    expect(names).not.toContain("Before");
    expect(users).toEqual([expect.objectContaining({ email: "bea@before.test", disabled: true })]);
    expect(everybody!.map(({ email }) => email)).toEqual(
      expect.arrayContaining(["ada@acme.test", "bea@before.test"]),
    );
    const refused = await tidemark(["org", "rename", "After", "Acme"], settings);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/already exists/) });
    const nobody = await tidemark(["org", "rename", "Before", "Later"], settings);
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringMatching(/"Before" does not exist/) });
  });

  test("a user's zone changes, their events move to a colleague, and disabling them kills their token", async () => {
    await command(...userWords("Acme", "leaver@acme.test", "Leaver"));
    const { token } = await tokenOf("leaver@acme.test");
    const meeting = {
      subject: "Handover",
      startTime: "2026-03-02T15:00:00Z",
      endTime: "2026-03-02T16:00:00Z",
    };
    const made = await rest(token, "POST", "/events", meeting);
    expect(made.status).toBe(201);
    expect(
      await command("user", "update", "--email", "LEAVER@acme.test", "--timezone", "Asia/Tokyo"),
    ).toMatchObject({
      timezone: "Asia/Tokyo",
      name: "Leaver",
    });
    const moved = await command("events", "transfer", "--from", "leaver@acme.test", "--to", "ben@acme.test");
    expect(moved).toEqual({ transferred: 1 });
    const { token: ben } = await tokenOf("ben@acme.test");
    const seen = await rest(ben, "GET", `/events/${made.body.id}`);
    expect(seen.body).toMatchObject({ subject: "Handover" });
    expect(await command("user", "disable", "--email", "leaver@acme.test")).toMatchObject({ disabled: true });
    const again = await tidemark(["token", "create", "--email", "leaver@acme.test", "--name", "x"], settings);
    expect(again).toMatchObject({ code: 1, stdout: "" });
  });

  test("sweep tells what it purged and before when; migrate finds nothing left to do", async () => {
    const [swept, migrated] = await Promise.all([
      command("sweep", "--retention-days", "30"),
      command("migrate"),
    ]);
    expect(swept).toEqual({
      before: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      purged: expect.any(Number),
      forgotten: expect.any(Number),
    });
    expect(migrated).toEqual({ migrations: [] });
  });

  test("npm runs the same program, and prints nothing of its own on standard output", async () => {
    const outcome = await run("npm", ["run", "--silent", "tidemark", "--", "schema"], settings);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toBe(printedSchema());
  });
});

describe("what the command line refuses", () => {
  const WRONG: [why: string, words: string[]][] = [
    ["no command at all", []],
    ["a command nobody knows", ["nope"]],
    ["half a command", ["org"]],
    ["a word too few", ["org", "add"]],
    ["a word too many", ["org", "add", "Acme", "Inc"]],
    ["a word where none belongs", ["migrate", "now"]],
    ["a missing option", ["user", "add", "--org", "Acme", "--email", "x@x.test", "--name", "X"]],
    ["an option nobody knows", ["token", "create", "--email", "x@x.test", "--name", "n", "--shoe-size", "9"]],
    ["an option without its value", ["export", "--email"]],
    ["a file without a user", ["import", "team.ics"]],
  ];
  test.each(WRONG)("%s is wrong usage", (_why, words) => {
    expect(() => readCommand(words)).toThrow(UsageError);
  });

  test("wrong usage exits with 2, says what is wrong and how it goes, and leaves standard output empty", async () => {
    const outcomes = await Promise.all([
      tidemark(["org"], settings),
      tidemark(["sweep", "--retention-days", "soon"], settings),
      tidemark(["sweep", "--retention-days", "0"], settings),
    ]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcomes[0].stderr).toContain("tidemark org add NAME");
    expect(outcomes[1].stderr).toContain("tidemark sweep [--retention-days N]");
    expect(outcomes[0].stderr).toContain('"org" is no command');
    for (const { stderr } of outcomes.slice(1))
      expect(stderr).toContain("--retention-days must be a whole number of days, from 1");
  });

  test("a word that is no command is said by itself, with where they are listed, and not above a page of them", async () => {
    const { code, stderr } = await tidemark(["strat"], settings);
    expect([code, stderr.split("\n")[0]]).toEqual([2, '"strat" is no command.']);
    expect(stderr).toContain("tidemark --help");
    expect(stderr.split("\n").length).toBeLessThan(6);
    expect((await tidemark(["token", "create", "--mail", "a@b.test"], settings)).stderr).toMatch(
      /^Unknown option '--mail'\.\n/,
    );
    expect((await tidemark(["start", "--help"], settings)).stdout).toContain("Runs the service until");
    const secret = await tidemark(["token", "revoke", "tmk_abc"], settings);
    expect([secret.code, secret.stderr]).toEqual([1, expect.stringContaining("`token list` shows")]);
  });

  test("--help alone says on standard output what each command does, and exits with 0", async () => {
    const { code, stdout } = await tidemark(["--help"], settings);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}tidemark start +Starts the service\.$/m);
    expect(stdout).toMatch(/^ {2}tidemark import +Brings an iCalendar file into a user's calendar\.$/m);
    expect(stdout).toContain("tidemark COMMAND --help");
  });

  test("each command says on --help how it is called and what it does, and half a command says it of all that begin so", async () => {
    const [one, all, version] = await Promise.all([
      tidemark(["token", "create", "--help"], settings),
      tidemark(["token", "--help"], settings),
      tidemark(["--version"], settings),
    ]);
    expect(one).toMatchObject({ code: 0, stderr: "" });
    expect(one.stdout).toMatch(/^Usage:\n {2}tidemark token create --email E .*\n +Makes .*\n$/);
    expect(all.stdout.match(/tidemark token \w+/g)).toEqual([
      "tidemark token create",
      "tidemark token list",
      "tidemark token revoke",
    ]);
    expect(all.stdout.match(/^ {2}tidemark/gm)).toHaveLength(3);
    expect(version).toMatchObject({ code: 0, stderr: "" });
    expect(version.stdout).toMatch(
      /^tidemark \d+\.\d+\.\d+ \(Node\.js \d+\.\d+\.\d+, time zone data \d{4}[a-z](; Node\.js \d+\.\d+\.\d+ has \d{4}[a-z])?\)\n$/,
    );
  });

  test("what cannot be done exits with 1 and one line that says why", async () => {
    const refusals: [words: string[], reason: RegExp][] = [
      [["org", "add", "Acme"], /already exists/],
      [userWords("Nowhere", "x@x.test", "X"), /no organisation "Nowhere"/],
      [["export", "--email", "nobody@acme.test"], /no user nobody@acme\.test/],
      [
        ["token", "create", "--email", "ben@acme.test", "--name", "n", "--expires", "soon"],
        /^--expires must/,
      ],
      [["token", "revoke", "999999"], /no token 999999/],
      [["import", path.join(room, "missing.ics"), "--email", "ben@acme.test"], /missing\.ics cannot be read/],
      [["import", room, "--email", "ben@acme.test"], new RegExp(`^${room} cannot be read`)],
      [
        ["grant", "--calendar-of", "ben@acme.test", "--to", "ben@acme.test", "--access", "read"],
        /^--to must not be the calendar's own user/,
      ],
      [["import", file("not.ics", ["Dear all,"]), "--email", "ben@acme.test"], /no iCalendar file/],
    ];
    const outcomes = await Promise.all(refusals.map(([words]) => tidemark(words, settings)));
    outcomes.forEach(({ code, stdout, stderr }, index) => {
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(refusals[index]![1]);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    });
  });

  test("an address that two organisations know needs --org, and the refusal names both", async () => {
    await command("org", "add", "Hooli");
    await Promise.all([
      command(...userWords("Acme", "twin@both.test", "Twin")),
      command(...userWords("Hooli", "twin@both.test", "Twin")),
    ]);
    const words = ["token", "create", "--email", "twin@both.test", "--name", "n"];
    const [vague, exact] = await Promise.all([
      tidemark(words, settings),
      tidemark([...words, "--org", "Hooli"], settings),
    ]);
    expect(vague).toMatchObject({ code: 1, stdout: "" });
    expect(vague.stderr).toMatch(/"Acme", "Hooli".*--org/);
    expect(exact.code).toBe(0);
  });

  test("a token whose id two organisations have is revoked in the one that --org names", async () => {
    const { id, token } = await tokenOf("ben@acme.test");
    await command("org", "add", "Restored");
    const { orgId } = (await command(...userWords("Restored", "ben@restored.test", "Ben"))) as {
      orgId: string;
    };
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `insert into access_token (organisation_id, id, user_id, name, hash, scopes) overriding system value
       select organisation_id, $2, id, 'theirs', sha256('theirs'), array['read'] from app_user where organisation_id = $1`,
      [orgId, id],
    );
    const vague = await tidemark(["token", "revoke", id], settings);
    expect(vague).toMatchObject({ code: 1, stdout: "" });
    expect(vague.stderr).toMatch(/"Acme", "Restored".*--org/);
    expect(await command("token", "revoke", id, "--org", "Restored")).toMatchObject({ id, name: "theirs" });
    expect((await rest(token, "GET", "/me")).status).toBe(200);
    const { rows } = await client.query(
      "select o.name, t.revoked_at is null as alive from access_token t join organisation o on o.id = t.organisation_id where t.id = $1 order by 1",
      [id],
    );
    await client.end();
    expect(rows).toEqual([
      { name: "Acme", alive: true },
      { name: "Restored", alive: false },
    ]);
  });

  test("all faults of the settings are reported at once, without the password in one of them", async () => {
    const faults = await tidemark(["start"], {
      PORT: "99999",
      DEMO: "maybe",
      LOG_LEVEL: "loud",
      RETENTION_DAYS: "0",
      DATABASE_URL: "mysql://ada:hunter2@db/tidemark",
      CORS_ORIGINS: "crm.example",
      FRAME_ANCESTORS: "*",
      OIDC_ISSUER: "https://login.example",
    });
    expect(faults).toMatchObject({ code: 1, stdout: "" });
    const names =
      "PORT DEMO LOG_LEVEL RETENTION_DAYS DATABASE_URL CORS_ORIGINS FRAME_ANCESTORS OIDC_AUDIENCE";
    for (const name of names.split(" ")) expect(faults.stderr).toContain(name);
    expect(faults.stderr.trimEnd().split("\n")).toHaveLength(8);
    expect(faults.stderr).not.toContain("hunter2");
  });

  test("a database that does not answer is one line and exit 1", async () => {
    const nowhere = { ...settings, DATABASE_URL: "postgres://tidemark:hunter2@127.0.0.1:1/tidemark" };
    const outcome = await tidemark(["migrate"], nowhere);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(outcome.stderr).toContain("ECONNREFUSED");
    expect(outcome.stderr).not.toContain("hunter2");
  });
});

describe("a service", () => {
  test("says that it lives, that it is ready, and what it measures", async () => {
    const [health, ready, metrics] = await Promise.all(
      ["healthz", "readyz", "metrics"].map((name) => fetch(`${service.url}/${name}`)),
    );
    expect([health?.status, ready?.status, metrics?.status]).toEqual([200, 200, 200]);
    expect(await metrics?.text()).toMatch(/^process_cpu_user_seconds_total [\d.]+$/m);
  });

  test("shows a browser the calendar at the address of the ready line, and the explorer beside it", async () => {
    const headers = { Accept: "text/html" };
    const [page, explorer] = await Promise.all(
      ["/", "/graphql"].map(async (path) => (await fetch(`${service.url}${path}`, { headers })).text()),
    );
    expect(page).toMatch(/<title>[^<]*Tidemark/);
    expect(explorer).toContain("<title>Tidemark GraphQL</title>");
  });

  test("prints nothing on standard output but the ready line", () => {
    expect(service.stdout()).toBe(`Tidemark ready: ${service.url}/ (REST /api/v1, GraphQL /graphql)\n`);
  });

  test("a port that is taken is one line and exit 1", async () => {
    const port = new URL(service.url).port;
    const outcome = await tidemark(["start"], { ...settings, PORT: port, LOG_LEVEL: "silent" });
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr.trimEnd().split("\n")).toEqual([expect.stringContaining(port)]);
  });

  test("told to stop, it takes no new work, finishes what it has begun, and exits with 0", async () => {
    const { token } = await tokenOf("ada@acme.test");
    const leaving = await startService(settings);
    const { hostname, port } = new URL(leaving.url);
    const body = JSON.stringify({
      subject: "Last one",
      startTime: "2026-03-02T15:00:00Z",
      endTime: "2026-03-02T16:00:00Z",
    });
    const socket = net.connect(Number(port), hostname);
    socket.setEncoding("utf8");
    let answer = "";
    socket.on("data", (piece: string) => (answer += piece));
    socket.write(
      `POST /api/v1/events HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body.slice(0, 20)}`,
    );
    await sleep(200);
    const stopped = leaving.stop();
    await eventually(() => expect(fetch(`${leaving.url}/healthz`)).rejects.toThrow());
    socket.write(body.slice(20));
    await once(socket, "close");
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(await stopped).toBe(0);
  });

  test("npm start hands a SIGTERM on to the service", async () => {
    const child = execFile("npm", ["start"], { cwd: ROOT, env: environment({ ...settings, PORT: "0" }) });
    const [pid] = await new Promise<[number]>((resolve, reject) => {
      child.stdout?.on("data", (piece: string) => piece.includes("Tidemark ready") && resolve([child.pid!]));
      child.once("close", () => reject(new Error("npm start ended before the service was ready")));
    });
    process.kill(pid, "SIGTERM");
    const [code] = (await once(child, "close")) as [number | null];
    expect(code).toBe(0);
    const { stdout } = await promisify(execFile)("ps", ["-eo", "ppid,pid,args"]);
    expect(stdout).not.toMatch(new RegExp(`^\\s*${pid}\\s`, "m"));
  });

  test("without its database it lives and is not ready, and calls are told to come again", async () => {
    const lost = await cloneDatabase();
    const lonely = await startService({ ...settings, DATABASE_URL: lost.url });
    await lost.drop();
    const [health, ready, call] = await Promise.all([
      fetch(`${lonely.url}/healthz`),
      fetch(`${lonely.url}/readyz`),
      fetch(`${lonely.url}/api/v1/me`, { headers: { Authorization: "Bearer tmk_x" } }),
    ]);
    expect([health.status, ready.status, call.status]).toEqual([200, 503, 503]);
    expect(await call.json()).toMatchObject({ code: "unavailable", details: [] });
    expect(call.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await lonely.stop()).toBe(0);
  });
});
