// What Tidemark is delivered as: the package that `npm pack` makes, the container image, and the unit of systemd. The
// image is put together here by its own instructions, as far as that goes without a container engine.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { validate } from "dockerfile-utils";
import { ensureBuilt, killServices, ROOT, run, type Running, startService } from "../support/child";
import { callRest, cloneDatabase } from "../support/world";

const textOf = (name: string): string => fs.readFileSync(path.join(ROOT, name), "utf8");

let room: string;

beforeAll(async () => {
  await ensureBuilt();
  room = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-packed-"));
});

afterAll(async () => {
  await killServices();
  fs.rmSync(room, { recursive: true, force: true });
});

function folder(...names: string[]): string {
  const made = path.join(room, ...names);
  fs.mkdirSync(made, { recursive: true });
  return made;
}

interface Locked {
  dev?: boolean;
  devOptional?: boolean;
  optional?: boolean;
}

/** A node_modules with what runs in production and nothing that only builds or tests. */
function modulesFor(modules: string, { optional }: { optional: boolean }): void {
  const { packages } = JSON.parse(textOf("package-lock.json")) as { packages: Record<string, Locked> };
  for (const [place, locked] of Object.entries(packages)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(place)?.[1];
    const source = path.join(ROOT, place);
    if (!name || locked.dev || locked.devOptional || (locked.optional && !optional)) continue;
    if (!fs.existsSync(source)) continue;
    fs.mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    fs.symlinkSync(source, path.join(modules, name));
  }
}

/** Every page and document that is made of files in the installation. */
async function expectComplete({ url }: Running): Promise<void> {
  for (const address of ["/", "/records/1", "/sync", "/graphql", "/api/v1/docs", "/api/v1/openapi.json"]) {
    const answer = await fetch(url + address, { headers: { accept: "text/html,*/*" } });
    expect([address, answer.status]).toEqual([address, 200]);
    const html = await answer.text();
    for (const [, asset = ""] of html.matchAll(/(?:src|href)="([^":]+\.(?:js|css|svg))"/g)) {
      const { status } = await fetch(new URL(asset, url + address));
      expect([asset, status]).toEqual([asset, 200]);
    }
  }
}

const filesBelow = (place: string): string[] =>
  fs
    .readdirSync(place, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.includes("node_modules"))
    .map((name) => `${name} ${fs.statSync(path.join(place, name)).mtimeMs}`)
    .sort();

/** Starts it on a database elsewhere, uses it, stops it; answers what is new or other in these places. */
async function writtenBy(program: string, settings: Record<string, string>): Promise<string[]> {
  const [home, temporary] = [folder("home"), folder("temporary")];
  const places = [home, temporary, path.resolve(program, "../../..")];
  const before = places.flatMap(filesBelow);
  const database = await cloneDatabase();
  const service = await startService(
    { ...settings, DATABASE_URL: database.url, HOME: home, TMPDIR: temporary },
    program,
  );
  await expectComplete(service);
  expect(await service.stop()).toBe(0);
  await database.drop();
  return places.flatMap(filesBelow).filter((line) => !before.includes(line));
}

describe("the package", () => {
  let command: string;

  beforeAll(async () => {
    const packed = spawnSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", room], {
      cwd: ROOT,
      encoding: "utf8",
    });
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    const modules = folder("installed", "node_modules");
    const place = folder("installed", "node_modules", "tidemark");
    await run("tar", ["-xzf", path.join(room, filename), "-C", place, "--strip-components=1"], {});
    modulesFor(modules, { optional: true });
    const { bin } = JSON.parse(fs.readFileSync(path.join(place, "package.json"), "utf8")) as {
      bin: { tidemark: string };
    };
    command = path.join(place, bin.tidemark);
  });

  test("has a tidemark command, which starts on a PostgreSQL of its own and needs no package of the tests' or the build's", async () => {
    expect(fs.readFileSync(command, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    const dataDir = path.join(room, "data");
    const service = await startService({ DATA_DIR: dataDir }, command);
    await expectComplete(service);
    const me = await callRest(service.url, service.demoToken, { method: "GET", path: "/me" });
    expect(me.body).toMatchObject({ email: "ada@demo.test" });
    const exported = await run(process.execPath, [command, "export", "--email", "ada@demo.test"], {
      DATA_DIR: dataDir,
    });
    expect(exported.stdout).toContain("BEGIN:VEVENT");
    expect(await service.stop()).toBe(0);
  });

  test("holds no test, no source and no map", () => {
    const names = filesBelow(path.dirname(command)).join("\n");
    expect(names).not.toMatch(/\.map |\.ts |\.test\./);
  });

  test("has the guides for those who run or call it; what they link to is there, but for tests and the repository's own", () => {
    const place = path.resolve(command, "../../..");
    const guides = filesBelow(place)
      .map((line) => line.split(" ")[0] ?? "")
      .filter((name) => name.endsWith(".md"));
    expect(guides).toEqual(expect.arrayContaining(["README.md", "deploy/README.md", "src/rest/README.md"]));
    const dead = guides.flatMap((guide) =>
      [...fs.readFileSync(path.join(place, guide), "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)]
        .map(([, name = ""]) => path.join(path.dirname(guide), name))
        .filter((name) => !/^(?:test|\.github|Dockerfile|compose\.yaml)/.test(name))
        .filter((name) => !fs.existsSync(path.join(place, name))),
    );
    expect(dead).toEqual([]);
  });

  test("writes no file where it has a DATABASE_URL", async () => {
    expect(await writtenBy(command, { DEMO: "off" })).toEqual([]);
  });
});

/** What a build reads. */
const SOURCES = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "ormconfig.ts",
  ".swcrc",
  "src",
  "migrations",
];

test("npm start compiles what is not compiled yet, and nothing otherwise", async () => {
  // Beside: other tests run the program that stands here.
  const place = path.join(room, "sources");
  for (const name of SOURCES) fs.cpSync(path.join(ROOT, name), path.join(place, name), { recursive: true });
  fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(place, "node_modules"));
  const builtAt = async (): Promise<number> => {
    const built = await run("npm", ["--prefix", place, "run", "--silent", "fresh"], {});
    expect(built).toMatchObject({ code: 0 });
    return fs.statSync(path.join(place, "dist/.built")).mtimeMs;
  };
  const first = await builtAt();
  expect(fs.existsSync(path.join(place, "dist/src/main.js"))).toBe(true);
  expect(await builtAt()).toBe(first);
});

/** A Dockerfile's instructions, its lines joined. */
const instructions = (text: string): [word: string, rest: string][] =>
  text
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1).trim()]);

describe("the container", () => {
  const dockerfile = textOf("Dockerfile");
  const all = instructions(dockerfile);
  const last = all.slice(all.findLastIndex(([word]) => word === "FROM"));
  const settings = Object.fromEntries(
    last
      .filter(([word]) => word === "ENV")
      .flatMap(([, rest]) => rest.split(" ").map((pair) => pair.split("=") as [string, string])),
  );
  const health = JSON.parse(/CMD (\[.*\])$/.exec(dict(last).HEALTHCHECK ?? "")?.[1] ?? "[]") as string[];

  function dict(pairs: [string, string][]): Record<string, string> {
    return Object.fromEntries(pairs);
  }

  test("has a Dockerfile without a fault or a warning, whose program is nobody who may write", () => {
    expect(validate(dockerfile)).toEqual([]);
    expect(dict(last).USER).toBe("node");
    expect(last.findIndex(([word]) => word === "USER")).toBeGreaterThan(
      last.findLastIndex(([word]) => word === "COPY" || word === "RUN"),
    );
  });

  test("takes a Node.js that package.json allows", () => {
    const { engines } = JSON.parse(textOf("package.json")) as { engines: { node: string } };
    const majors = [...engines.node.matchAll(/\^(\d+)/g)].map(([, major]) => major);
    const images = all.filter(([word]) => word === "FROM").map(([, rest]) => rest);
    for (const image of images) expect(majors).toContain(/^node:(\d+)-/.exec(image)?.[1]);
  });

  test("lets into its build what it copies, and nothing else", () => {
    const allowed = textOf(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const copied = all
      .filter(([word, rest]) => word === "COPY" && !rest.startsWith("--from"))
      .flatMap(([, rest]) => rest.split(" ").slice(0, -1));
    expect([...new Set(copied)].sort()).toEqual(allowed.sort());
    for (const name of allowed) expect(fs.existsSync(path.join(ROOT, name))).toBe(true);
  });

  test("has in its image all that the program needs, which writes no file there", async () => {
    const image = folder("image");
    for (const [word, rest] of last) {
      if (word !== "COPY") continue;
      const names = rest.split(" ").filter((part) => !part.startsWith("--"));
      const target = path.join(image, names.pop() ?? "");
      for (const name of names.map((source) => source.replace(/^\/build\//, ""))) {
        const whole = names.length > 1 ? path.join(target, name) : target;
        if (name === "node_modules") modulesFor(folder("image", name), { optional: false });
        else fs.cpSync(path.join(ROOT, name), whole, { recursive: true });
      }
    }
    expect(await writtenBy(path.join(image, "dist/src/main.js"), { ...settings, PORT: "0" })).toEqual([]);
  });

  test("is healthy while the program answers, and unhealthy when nobody does", async () => {
    const database = await cloneDatabase();
    const service = await startService({ DATABASE_URL: database.url, DEMO: "off" });
    const check = async (): Promise<number | null> => {
      const [, ...words] = health;
      return (await run(process.execPath, words, { PORT: new URL(service.url).port })).code;
    };
    expect(await check()).toBe(0);
    await service.kill();
    expect(await check()).toBe(1);
    await database.drop();
  });

  test("has a compose.yaml that passes on every setting but where it listens and keeps files", () => {
    const named = [...textOf("src/config.ts").matchAll(/\("([A-Z][A-Z_]{3,})"/g)].map(
      ([, name = ""]) => name,
    );
    expect(named.length).toBeGreaterThan(20);
    const passed = [...textOf("compose.yaml").matchAll(/^ {6}([A-Z_]+):/gm)].map(([, name]) => name);
    const own = ["HOST", "PORT", "DATA_DIR"];
    expect([...new Set(named)].filter((name) => !own.includes(name) && !passed.includes(name))).toEqual([]);
  });

  test("has a compose.yaml without a fault or a warning", async () => {
    const settings = path.join(room, "dclint.json");
    // Double quotes are Prettier's.
    fs.writeFileSync(settings, '{ "rules": { "require-quotes-in-ports": [1, { "quoteType": "double" }] } }');
    const linted = await run(
      "npx",
      ["dclint", "--config", settings, "--max-warnings", "0", "compose.yaml"],
      {},
    );
    expect([linted.code, linted.stdout.trim()]).toEqual([0, ""]);
  });
});

const analyzer = spawnSync("systemd-analyze", ["--version"]).status === 0;
const reason = "No systemd-analyze here (Debian: apt-get install systemd).";
if (!analyzer) console.warn(`Skipped: the unit of systemd. ${reason}`);
const whereInstalled = analyzer || process.env.TIDEMARK_NO_SKIPS ? test : test.skip;

whereInstalled("the unit of systemd is without a fault, and shuts its program in", async () => {
  if (!analyzer) throw new Error(reason);
  const unit = path.join(ROOT, "deploy/tidemark.service");
  const verified = await run("systemd-analyze", ["verify", unit], {});
  expect([verified.code, verified.stderr]).toEqual([0, ""]);
  // From 0, safe, to 10 (100 for the option): what systemd itself finds of a unit that is shut in.
  const shut = await run("systemd-analyze", ["security", "--offline=true", "--threshold=20", unit], {});
  expect(shut.code).toBe(0);
});
