// What is set up before anything is measured: a PostgreSQL with the data set, the built service on it, and the floors.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { functionFiles, numberedFiles } from "../../migrations";
import { startEmbedded } from "../../src/embedded/embedded";
import { migrate } from "../../src/database/migrate";
import { killServices, PROGRAM, ROOT, run, type Running, startProgram } from "../support/child";
import { addFloorTable, load } from "./data";

const DATABASE = "tidemark_bench";
const ANOTHER = "tidemark_bench_before";

export type Server = Running;

export interface Stage {
  databaseUrl: string;
  /** The process whose children are all of PostgreSQL. */
  postmaster: number;
  client: pg.Client;
  /** The URL of the same data set in a database of its own, as another build of the program migrates one. */
  ofAnother(program: string): Promise<string>;
  close(): Promise<void>;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Where the data set of so many events is kept. */
const folderOf = (events: number): string => path.join(tmpdir(), `tidemark-bench-${events}`);

/**
 * Does the work on a database with so many events, and stops all that it started. The data set of an earlier run of the
 * same size, in the same folder, is used again. The process ends with it.
 */
export function onStage(
  events: number,
  work: (stage: Stage) => Promise<void>,
  dataDir = folderOf(events),
): void {
  toTheEnd(withStage(events, work, dataDir));
}

/** The same, of which there may be several, one after another. */
export async function withStage(
  events: number,
  work: (stage: Stage) => Promise<void>,
  dataDir = folderOf(events),
): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  const stage = await openStage(dataDir, events);
  try {
    await work(stage);
  } finally {
    await stage.close();
  }
}

/** Ends the process with the work. */
export function toTheEnd(work: Promise<void>): void {
  work.then(
    () => process.exit(0), // Readers that are still at it are left alone.
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}

/** A data set that other migrations, or another loader, made is none of ours. */
function versionOfData(): string {
  const hash = createHash("sha256").update(readFileSync(path.join(__dirname, "data.ts")));
  hash.update(readFileSync(path.join(__dirname, "same-promises.ts")));
  for (const { text } of [...numberedFiles(), ...functionFiles()]) hash.update(text);
  return hash.digest("hex").slice(0, 16);
}

async function openStage(dataDir: string, events: number): Promise<Stage> {
  const server = await startEmbedded({ dataDir, log: say, env: process.env });
  const { host, port, user, password } = server.address;
  const urlOf = (database: string): string =>
    `postgres://${user}:${password}@localhost:${port}/${database}?host=${encodeURIComponent(host)}&sslmode=disable`;
  const mark = path.join(dataDir, `loaded-${events}-${versionOfData()}`);
  const fill = (database: string, migrated: (url: string) => Promise<void>): Promise<void> =>
    filled({ admin: urlOf("postgres"), database, url: urlOf(database), events, migrated });
  if (!existsSync(mark)) {
    await fill(DATABASE, async (url) => void (await migrate({ url })));
    writeFileSync(mark, "");
  }
  const client = new pg.Client({ connectionString: urlOf(DATABASE) });
  await client.connect();
  const postmaster = Number(readFileSync(path.join(host, "postmaster.pid"), "utf8").split("\n")[0]);
  return {
    databaseUrl: urlOf(DATABASE),
    postmaster,
    client,
    ofAnother: async (program) => {
      await fill(ANOTHER, async (url) => {
        const { code, stderr } = await run(process.execPath, [program, "migrate"], { DATABASE_URL: url });
        if (code !== 0) throw new Error(stderr);
      });
      return urlOf(ANOTHER);
    },
    close: async () => {
      await killServices();
      await client.end();
      await server.release();
    },
  };
}

/** Makes the database anew, with so many events. */
async function filled(wish: {
  admin: string;
  database: string;
  url: string;
  events: number;
  migrated: (url: string) => Promise<void>;
}): Promise<void> {
  const { database, url, events } = wish;
  say(`loading ${events} events into ${database}`);
  const admin = new pg.Client({ connectionString: wish.admin });
  await admin.connect();
  await admin.query(`drop database if exists ${database} with (force)`);
  await admin.query(`create database ${database}`);
  await admin.end();
  await wish.migrated(url);
  const loading = new pg.Client({ connectionString: url });
  await loading.connect();
  await load(loading, events);
  await addFloorTable(loading);
  await loading.end();
}

/** The service as a user runs it, with authentication, masking and every trigger. */
export const startService = (
  { databaseUrl }: Pick<Stage, "databaseUrl">,
  settings: Record<string, string> = {},
  program = PROGRAM,
): Promise<Server> =>
  startProgram(
    [program, "start"],
    { DATABASE_URL: databaseUrl, DEMO: "off", PORT: "0", LOG_LEVEL: "error", ...settings },
    /^Tidemark ready: (http:\/\/[\d.:]+)/m,
  );

export const startFloor = ({ databaseUrl }: Stage, style: "json" | "text" | "same"): Promise<Server> =>
  startProgram(
    ["-r", "@swc-node/register", path.join(__dirname, "floors.ts"), style, databaseUrl],
    {},
    /^Floor ready: (http:\/\/[\d.:]+)/m,
  );

/** Which PostGraphile is installed; throws where none is. */
export function peerVersion(): string {
  const about = path.join(ROOT, "node_modules/postgraphile/package.json");
  if (!existsSync(about))
    throw new Error('PostGraphile is not installed; test/README.md, "Speed", says how.');
  return (JSON.parse(readFileSync(about, "utf8")) as { version: string }).version;
}

/** PostGraphile on views of a table. */
export const startPeer = ({ databaseUrl }: Stage, table: "event" | "floor_event"): Promise<Server> =>
  startProgram(
    ["-r", "@swc-node/register", path.join(__dirname, "peer.ts"), table, databaseUrl],
    { NODE_ENV: "production", GRAPHILE_ENV: "production" },
    /^Peer ready: (http:\/\/[\d.:]+)/m,
  );
