// The server that takes writes dies and its standby is promoted: the service finds it, nothing acknowledged is lost, and
// what is asked meanwhile is answered 503.
import { setTimeout as sleep } from "node:timers/promises";
import { readConfig } from "../../src/config";
import { startCrm, type Crm } from "../support/crm";
import { keepWriting, writingAgain } from "../support/keep-alive-client";
import { startPair, type Pair } from "../support/postgres-pair";

const WITHIN_MS = 30_000;

let pair: Pair;
let crm: Crm;

/** Both servers, the standby first: whoever takes the first one that answers takes the wrong one. */
const both = (): string =>
  `postgres://tidemark@127.0.0.1:${pair.standby.port},127.0.0.1:${pair.primary.port}/crm` +
  "?sslmode=disable&target_session_attrs=read-write";

beforeAll(async () => {
  pair = await startPair();
  crm = await startCrm(pair.primary, { DATABASE_POOL: "4" }, both());
});
afterAll(async () => {
  await crm?.close();
  await pair?.remove();
});

test("a standby that is promoted takes over within seconds, and has all that was acknowledged", async () => {
  const stop = new AbortController();
  const WRITERS = 4;
  const { tried, ended } = keepWriting(crm.client, WRITERS, "writer", stop.signal);
  await sleep(1_500);
  await pair.primary.kill();
  const before = tried.made.length;
  await sleep(1_000);
  // Only a standby is left, and nobody writes to that.
  expect(tried.made.length).toBeLessThanOrEqual(before + WRITERS);
  expect((await fetch(`${crm.service.url}/readyz`)).status).toBe(503);
  await pair.standby.query("select pg_promote()");
  const took = await writingAgain(tried, WITHIN_MS);
  stop.abort();
  await ended;
  console.log(
    `${tried.made.length} written, ${tried.open.length} answered 503, well again ${Math.round(took)} ms after the promotion`,
  );
  expect(took).toBeLessThan(WITHIN_MS);
  expect(before).toBeGreaterThan(0);
  expect(tried.open.length).toBeGreaterThan(0);
  expect(tried.wrong).toEqual([]);

  const there = await crm.subjects();
  expect(tried.made.filter((subject) => !there.has(subject))).toEqual([]);
  const known = new Set([...tried.made, ...tried.open]);
  expect([...there].filter((subject) => subject.startsWith("writer") && !known.has(subject))).toEqual([]);
  expect((await fetch(`${crm.service.url}/readyz`)).status).toBe(200);
});

test("a URL of several servers must be one that the service can write to, and is not repeated where it is not", () => {
  const faultsOf = (url: string): string => {
    try {
      readConfig({ DATABASE_URL: url });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(faultsOf("postgres://u:secret@one,two:5433,[::1]:5434/db?target_session_attrs=primary")).toBe("");
  for (const url of [
    "postgres://u:secret@one,two/db?target_session_attrs=any",
    "postgres://u:secret@one/db?sslmode=disable&target_session_attrs=standby",
    "postgres://u:secret@one,,two/db",
    "postgres://u:secret@one,two:port/db",
  ]) {
    expect(faultsOf(url)).toMatch(/^DATABASE_URL must/);
    expect(faultsOf(url)).not.toContain("secret");
  }
});
