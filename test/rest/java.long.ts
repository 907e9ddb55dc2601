// Clients that offer HTTP/2 with every request, as they come: Java's HttpClient through a whole first sync, and curl.
// Directly, and behind nginx.
import { execFile, spawnSync } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { openInstance, type Instance } from "../support/live";
import { hasNginx, startNginx, type Nginx } from "../support/nginx";
import { openWorld, type Person, type World } from "../support/world";

const PROGRAM = path.join(__dirname, "../java/FirstSync.java");
const missing = [
  ["java and javac (Debian: default-jdk-headless)", spawnSync("javac", ["-version"]).status === 0],
  ["curl", spawnSync("curl", ["--version"]).status === 0],
  ["nginx", hasNginx()],
].flatMap(([what, found]) => (found ? [] : [what]));
const reason = `There is no ${missing.join(", no ")}.`;
if (missing.length > 0) console.warn(`SKIPPED: clients that offer HTTP/2. ${reason}`);
const whereInstalled = missing.length === 0 || process.env.TIDEMARK_NO_SKIPS ? describe : describe.skip;

const run = promisify(execFile);

whereInstalled("a client that offers HTTP/2 with every request is served", () => {
  let world: World;
  let ada: Person;
  let second: Instance;
  let nginx: Nginx;
  const addresses: Record<string, () => string> = {
    directly: () => world.url,
    "behind nginx": () => nginx.url,
  };

  beforeAll(async () => {
    if (missing.length > 0) throw new Error(reason);
    world = await openWorld();
    ada = await world.person();
    second = await openInstance(world.databaseUrl);
    nginx = await startNginx([world.url, second.url]);
  });
  afterAll(async () => {
    await nginx.stop();
    await second.stop();
    await world.close();
  });

  test.each(Object.keys(addresses))("Java's HttpClient, a whole first sync, %s", async (where) => {
    for (let i = 0; i < 5; i++) {
      const times = { startTime: `2026-03-0${i + 1}T10:00:00Z`, endTime: `2026-03-0${i + 1}T11:00:00Z` };
      await ada.rest("POST", "/events", { subject: `Before ${i}`, ...times });
    }
    const { stdout } = await run("java", [PROGRAM, addresses[where]!(), ada.token]);
    const steps = stdout.trim().split("\n");
    expect(steps).toEqual(
      expect.arrayContaining([
        "me 200",
        "interval 200",
        "next page 200",
        "create 201",
        "patch 200",
        "stale 412",
      ]),
    );
    expect(steps.slice(-6)).toEqual([
      "delta 200",
      "GraphQL 200",
      "delete 204",
      "deleted 200",
      "not there 404",
      "done",
    ]);
  });

  test.each(Object.keys(addresses))("curl --http2, GET and POST with a body, %s", async (where) => {
    const curl = async (at: string, ...words: string[]): Promise<string> => {
      const told = ["-s", "--http2", "-w", " %{http_code}", "-H", `Authorization: Bearer ${ada.token}`];
      return (await run("curl", [...told, ...words, addresses[where]!() + at])).stdout;
    };
    const times = '"startTime":"2026-03-02T10:00:00Z","endTime":"2026-03-02T11:00:00Z"';
    expect(await curl("/api/v1/me")).toMatch(new RegExp(`"${ada.email}".* 200$`));
    expect(
      await curl("/api/v1/events", "-d", `{"subject":"Of curl",${times}}`, "-H", "Content-Type:"),
    ).toMatch(/"Of curl".* 201$/);
    const json = ["-H", "Content-Type: application/json"];
    expect(await curl("/graphql", "-d", '{"query":"{ me { email } }"}', ...json)).toMatch(/"me".*\s200$/s);
  });
});
