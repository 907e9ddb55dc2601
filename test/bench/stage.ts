// What is set up before anything is measured: a PostgreSQL with the data set, the built service on it, and the floors.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { startEmbedded } from "../../src/database/embedded";
import { migrate } from "../../src/database/migrate";
import { addFloorTable, load } from "./data";

const ROOT = path.resolve(__dirname, "../..");
const DATABASE = "tidemark_bench";

export interface Server {
  url: string;
  pid: number;
  child: ChildProcess;
}

export interface Stage {
  databaseUrl: string;
  /** The process whose children are all of PostgreSQL. */
  postmaster: number;
  client: pg.Client;
  start: (words: readonly string[], settings?: Record<string, string>) => Promise<Server>;
  close(): Promise<void>;
}

/** Opens the database in `dataDir`, where the data set of an earlier run of the same size is used again. */
export async function openStage(
  dataDir: string,
  events: number,
  say: (line: string) => void,
): Promise<Stage> {
  const server = await startEmbedded({ dataDir, log: say, env: process.env });
  const { host, port, user } = server.address;
  const urlOf = (database: string): string =>
    `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}&sslmode=disable`;
  const mark = path.join(dataDir, `loaded-${events}`);
  if (!existsSync(mark)) {
    say(`loading ${events} events`);
    const admin = new pg.Client({ connectionString: urlOf("postgres") });
    await admin.connect();
    await admin.query(`drop database if exists ${DATABASE} with (force)`);
    await admin.query(`create database ${DATABASE}`);
    await admin.end();
    await migrate({ url: urlOf(DATABASE) });
    const loading = new pg.Client({ connectionString: urlOf(DATABASE) });
    await loading.connect();
    await load(loading, events);
    await addFloorTable(loading);
    await loading.end();
    writeFileSync(mark, "");
  }
  const client = new pg.Client({ connectionString: urlOf(DATABASE) });
  await client.connect();
  const children: ChildProcess[] = [];
  const postmaster = Number(readFileSync(path.join(host, "postmaster.pid"), "utf8").split("\n")[0]);
  return {
    databaseUrl: urlOf(DATABASE),
    postmaster,
    client,
    start: async (words, settings = {}) => {
      const child = spawn(process.execPath, [...words], {
        cwd: ROOT,
        env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...settings },
        stdio: ["ignore", "pipe", "inherit"],
      });
      children.push(child);
      return { url: await ready(child), pid: child.pid ?? 0, child };
    },
    close: async () => {
      for (const child of children) await end(child);
      await client.end();
      await server.release();
    },
  };
}

/** The service as a user runs it, with authentication, masking and every trigger. */
export const startService = (
  { start, databaseUrl }: Stage,
  settings: Record<string, string> = {},
): Promise<Server> =>
  start([path.join(ROOT, "dist/src/main.js"), "start"], {
    DATABASE_URL: databaseUrl,
    DEMO: "off",
    PORT: "0",
    LOG_LEVEL: "error",
    ...settings,
  });

export const startFloor = ({ start, databaseUrl }: Stage, style: "json" | "text"): Promise<Server> =>
  start(["-r", "@swc-node/register", path.join(__dirname, "floors.ts"), style, databaseUrl]);

async function ready(child: ChildProcess): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      said += piece;
      const url = /ready: (http:\/\/[\d.:]+)/.exec(said)?.[1];
      if (url) resolve(url);
    });
    child.once("close", (code) => reject(new Error(`A server ended with ${code} before it was ready.`)));
  });
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "close");
}
