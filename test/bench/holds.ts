// npm run bench:holds: how long the worst requests that the bounds let in hold the event loop, each for itself, in ms of the
// main thread's processor time and by the clock; the work that is done when nobody asks, beside them.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import { readConfig } from "../../src/config";
import type { Database } from "../../src/database/database";
import { openDatabase } from "../../src/database/open";
import { layGround, SMALL_GROUND, type Ground } from "../attack/siege/ground";
import { startTarget, type Target } from "../attack/target";
import { repeat, REQUESTS, type Request } from "./hold-requests";
import { describeMachine, loadAverage } from "./machine";

const MAX_MS = 200;
const TIMES = 3;
const QUIET_MS = 3_000;
const MANY = 200_000;
const only = process.argv[2] ?? "";

interface Asked {
  /** HTTP's, with the code of a refusal. */
  told: string;
  ms: number;
  megabytes: number;
}

async function ask({ url }: Target, { method, path: where, token, body, headers }: Request): Promise<Asked> {
  const began = performance.now();
  const reply = await fetch(new URL(where, url), {
    method,
    headers: { ...headers, ...(token !== undefined && { Authorization: `Bearer ${token}` }) },
    body,
  });
  let bytes = 0;
  let first = "";
  for await (const piece of reply.body as AsyncIterable<Uint8Array>) {
    if (bytes === 0) first = Buffer.from(piece).toString("latin1").slice(0, 5_000);
    bytes += piece.length;
  }
  const code = /"code":"([^"]*)"/.exec(first)?.[1] ?? "";
  const message = process.env.WORDS ? (/"message":"([^"]{0,90})/.exec(first)?.[1] ?? "") : "";
  return {
    told: `${reply.status} ${code} ${message}`.trim(),
    ms: performance.now() - began,
    megabytes: bytes / 2 ** 20,
  };
}

const over: string[] = [];

async function measured(target: Target, name: string, act: () => Promise<Asked>): Promise<void> {
  let [work, hold] = [0, 0];
  let asked: Asked | undefined;
  for (let time = 0; time < TIMES; time++) {
    await target.forget();
    asked = await act();
    await sleep(50);
    work = Math.max(work, await target.longestWork());
    hold = Math.max(hold, await target.longestHold());
  }
  if (work > MAX_MS) over.push(name);
  const figures = [work, hold, asked?.ms ?? 0].map((ms) => ms.toFixed(0).padStart(7)).join("");
  console.log(`${figures}  ${(asked?.megabytes ?? 0).toFixed(1).padStart(5)}  ${name}: ${asked?.told}`);
}

/** A socket's messages, which come past the door of HTTP. */
async function onSocket(target: Target, token: string, messages: readonly string[]): Promise<Asked> {
  const began = performance.now();
  const socket = new WebSocket(`${target.url.href.replace("http", "ws")}graphql`, "graphql-transport-ws");
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
  await once(socket, "message");
  let [answers, bytes] = [0, 0];
  const ended = new Promise<string>((resolve) => {
    socket.on("message", (data: Buffer) => {
      bytes += data.length;
      if (!/"type":"next"/.test(data.subarray(0, 200).toString()) && ++answers >= messages.length)
        resolve("answered");
    });
    socket.on("close", (code) => resolve(`closed ${code}`));
  });
  for (const message of messages) socket.send(message);
  const told = await ended;
  socket.terminate();
  return { told, ms: performance.now() - began, megabytes: bytes / 2 ** 20 };
}

const subscribe = (id: number, query: string, variables: object = {}): string =>
  JSON.stringify({ id: String(id), type: "subscribe", payload: { query, variables } });

const SOCKETS: Record<string, string[]> = {
  "a ping of a mebibyte": [JSON.stringify({ type: "ping", payload: { a: "😀".repeat(250_000) } })],
  "a document of 10,000 tokens": [subscribe(1, `{ me { ${"id ".repeat(9_900)} } }`)],
  "a subscription of 10,000 tokens": [
    subscribe(1, `subscription { eventChanged { ${"id ".repeat(9_900)} } nothing }`),
  ],
  "100 documents of 10,000 tokens": Array.from({ length: 100 }, (_, n) =>
    subscribe(n, `{ me { ${"id ".repeat(9_900)} } nothing${n} }`),
  ),
  "variables of 350,000 values": [
    `{"id":"1","type":"subscribe","payload":{"query":"{me{id}}","variables":{"v":[${"{},".repeat(340_000)}1]}}}`,
  ],
  "a document of 190 brackets": [subscribe(1, `{ ${repeat(190, () => "a {")} b ${"}".repeat(190)} }`)],
};

/** Events by the hundred thousand, in the admin's calendar. */
async function fillCalendar({ dataSource }: Database, { attackers }: Ground): Promise<void> {
  await dataSource.transaction(async (manager) => {
    await manager.query("set local session_replication_role = replica");
    await manager.query("set local statement_timeout = 0");
    await manager.query(
      `with made as (
         insert into event (organisation_id, owner_id, subject, start_time, end_time, timezone, organizer_email, created_at, last_modified_at)
         select u.organisation_id, u.id, 'Many ' || n, s.at, s.at + interval '5 min', 'UTC', u.email, s.tick, s.tick
         from app_user u, generate_series(1, ${MANY}) n,
           lateral (select timestamptz '2026-01-05T08:00:00Z' + n * interval '6 min' as at,
             timestamptz '2025-06-01T00:00:00Z' + n * interval '1 ms' as tick) s
         where u.id = $1 returning organisation_id, owner_id, id, start_time, end_time, last_modified_at)
       insert into calendar_entry (organisation_id, calendar_id, event_id, tick, start_time, end_time)
       select m.organisation_id, c.id, m.id, m.last_modified_at, m.start_time, m.end_time
       from made m join calendar c on c.organisation_id = m.organisation_id and c.user_id = m.owner_id`,
      [attackers[0]?.id],
    );
  });
}

/** The admin's first event, changed 20 times from one large text to another. */
async function writeHistory({ dataSource }: Database, { attackers }: Ground): Promise<void> {
  for (let change = 0; change < 20; change++)
    await dataSource.query(
      `update event set description = repeat($2, 100000) where id =
         (select id from event where owner_id = $1 order by start_time, id limit 1)`,
      [attackers[0]?.id, change % 2 === 0 ? "😀" : "あ"],
    );
}

async function measureAll(target: Target, ground: Ground): Promise<void> {
  console.log("   work   hold     ms    MiB");
  await measured(target, "nothing", async () => {
    await sleep(QUIET_MS);
    return { told: "", ms: QUIET_MS, megabytes: 0 };
  });
  for (const [kind, requests] of Object.entries(REQUESTS)) {
    if (!kind.includes(only)) continue;
    console.log(kind);
    for (const [name, of] of Object.entries(requests))
      await measured(target, name, () => ask(target, of(ground)));
  }
  if (!"sockets".includes(only)) return;
  console.log("sockets");
  const token = ground.attackers[1]?.token ?? "";
  for (const [name, messages] of Object.entries(SOCKETS))
    await measured(target, name, () => onSocket(target, token, messages));
}

async function main(): Promise<void> {
  const home = await mkdtemp(path.join(tmpdir(), "tidemark-holds-"));
  const settings = { DATA_DIR: path.join(home, "data") };
  try {
    const db = await openDatabase(readConfig({ ...settings, DEMO: "off" }), () => undefined);
    const ground = await layGround(db, SMALL_GROUND);
    await fillCalendar(db, ground);
    await writeHistory(db, ground);
    const mineIds = (
      await db.dataSource.query<{ id: string }[]>(
        "select id from event where owner_id = $1 order by id limit 500",
        [ground.attackers[1]?.id],
      )
    ).map(({ id }) => id);
    const target = await startTarget({ ...settings, RATE_LIMIT_PER_MINUTE: "0" });
    console.log(`${describeMachine()}; load ${loadAverage().toFixed(2)}`);
    await measureAll(target, { ...ground, mineIds } as Ground);
    console.log(over.length === 0 ? `none over ${MAX_MS} ms` : `over ${MAX_MS} ms: ${over.join("; ")}`);
    console.log(target.complaints().join("\n"));
    await target.stop();
    await db.close();
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

main().then(
  () => process.exit(over.length === 0 ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exit(2);
  },
);
