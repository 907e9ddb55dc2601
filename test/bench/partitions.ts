// npm run bench:partitions: what hash partitions by organisation cost. The same events in a database without partitions and in one with
// so many (16; another number may be named, and behind it how many events), each with a service of its own, asked alternately.
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { startEmbedded } from "../../src/embedded/embedded";
import { migrate } from "../../src/database/migrate";
import { killServices } from "../support/child";
import { EVENTS_A_USER, load } from "./data";
import { Load } from "./load";
import { describeMachine, loadAverage } from "./machine";
import { type Contender, type Figures, measure, typical } from "./measure";
import { OPERATIONS } from "./operations";
import { startService, toTheEnd } from "./stage";

const [PARTITIONS = 16, EVENTS = 200_000] = process.argv.slice(2).map(Number);
const ROUNDS = 3;
const FOR_MS = 1_000;
const CONNECTIONS = 4;

async function filled(admin: pg.Client, url: URL, partitions: number): Promise<string> {
  const name = `partitions_${partitions}`;
  await admin.query(`create database ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  await migrate({ url: own.toString() }, partitions);
  const client = new pg.Client({ connectionString: own.toString() });
  await client.connect();
  await load(client, EVENTS);
  await client.end();
  return own.toString();
}

const shown = ({ server, postgres }: Figures): string => `${server.toFixed(0)} + ${postgres.toFixed(0)}`;
const total = ({ server, postgres }: Figures): number => server + postgres;

async function compare(plain: Contender, parted: Contender, postmaster: number): Promise<void> {
  const how = { users: Math.ceil(EVENTS / EVENTS_A_USER), postmaster, forMs: FOR_MS };
  console.log(
    `| REST, us of processor | without | ${PARTITIONS} partitions | ratio |\n| --- | --- | --- | --- |`,
  );
  for (const operation of OPERATIONS) {
    const rounds: [Figures[], Figures[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      rounds[0].push(await measure(plain, operation, how));
      rounds[1].push(await measure(parted, operation, how));
    }
    const [without, within] = rounds.map(typical) as [Figures, Figures];
    const ratio = total(within) / total(without);
    console.log(`| ${operation.name} | ${shown(without)} | ${shown(within)} | ${ratio.toFixed(2)} |`);
  }
  console.log(`\n${EVENTS} events; ${describeMachine()}; load ${loadAverage()}`);
}

async function main(): Promise<void> {
  const dataDir = path.join(mkdtempSync(path.join(tmpdir(), "tidemark-partitions-")), "data");
  const server = await startEmbedded({ dataDir, log: () => undefined, env: process.env });
  const { host, port, user, password } = server.address;
  const url = new URL(
    `postgres://${user}:${password}@localhost:${port}/postgres?host=${encodeURIComponent(host)}&sslmode=disable`,
  );
  const admin = new pg.Client({ connectionString: url.toString() });
  await admin.connect();
  const contenders: Contender[] = [];
  for (const partitions of [0, PARTITIONS]) {
    const databaseUrl = await filled(admin, url, partitions);
    const service = await startService({ databaseUrl }, { RATE_LIMIT_PER_MINUTE: "0" });
    const asking = new Load(service.url, CONNECTIONS);
    contenders.push({ name: String(partitions), door: "rest", server: service, load: asking });
  }
  const postmaster = Number(readFileSync(path.join(host, "postmaster.pid"), "utf8").split("\n")[0]);
  const [plain, parted] = contenders as [Contender, Contender];
  await compare(plain, parted, postmaster);
  await killServices();
  await admin.end();
  await server.release();
}

toTheEnd(main());
