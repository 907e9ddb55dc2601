// The other tenant, as a process of its own, so that an attacker's client does not slow it down: small requests at a calm
// pace, each begun at its time however long the one before takes.
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What the parent says first. */
export interface Told {
  url: string;
  token: string;
  eventId: string;
  everyMs: number;
}

export interface Sample {
  kind: string;
  ms: number;
  /** Why it was refused; null: it was answered. */
  refusal: string | null;
}

/** As long as sync clients wait. */
const PATIENCE_MS = 35_000;
/** Of one measurement: what it left open afterwards would be taken for the attacker's. */
let agent = new Agent({ keepAlive: true });

interface Small {
  method: string;
  path: string;
  body?: object;
}

const KINDS: Record<string, (told: Told, number: number) => Small> = {
  "an event by its id": ({ eventId }) => ({ method: "GET", path: `/api/v1/events/${eventId}` }),
  "a poll of what has changed": () => ({
    method: "GET",
    path: `/api/v1/events?since=${encodeURIComponent(new Date().toISOString())}&limit=100`,
  }),
  "a create": (_, number) => ({
    method: "POST",
    path: "/api/v1/events",
    body: {
      ...{ subject: `Call ${number}`, startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T15:30:00Z" },
    },
  }),
  "a query": () => ({
    method: "POST",
    path: "/graphql",
    body: { query: "{ me { id name } events(first: 5) { edges { node { id subject startTime } } } }" },
  }),
};
const NAMES = Object.keys(KINDS);

function ask({ url, token }: Told, { method, path, body }: Small): Promise<string | null> {
  return new Promise((resolve) => {
    const text = body && JSON.stringify(body);
    const sent = request(
      `${url}${path}`,
      {
        ...{ method, agent, timeout: PATIENCE_MS },
        headers: {
          Authorization: `Bearer ${token}`,
          ...(text !== undefined && {
            "Content-Type": "application/json",
            "Content-Length": Buffer.byteLength(text),
          }),
        },
      },
      (reply) => {
        let said = "";
        reply.setEncoding("utf8").on("data", (piece: string) => (said += piece));
        reply.on("end", () => {
          const good = (reply.statusCode ?? 0) < 300 && !said.startsWith('{"errors"');
          resolve(good ? null : `${reply.statusCode} ${said.slice(0, 200)}`);
        });
        reply.on("error", (error) => resolve(error.message));
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("nothing came in time")));
    sent.on("error", (error) => resolve(error.message));
    sent.end(text);
  });
}

/** What it asks at a time at most, when all is quiet. */
const CONNECTIONS = 4;

/** Its clients keep their connections: of those that connect anew each waits its turn with whoever else does (test/bench/RESULTS.md). */
const connect = (told: Told): Promise<unknown> =>
  Promise.all(
    Array.from({ length: CONNECTIONS }, () =>
      ask(told, (KINDS["an event by its id"] as (typeof KINDS)[string])(told, 0)),
    ),
  );

let measuring: { over: boolean; done: Promise<Sample[]> } | null = null;
let number = 0;

async function measure(told: Told, state: { over: boolean }): Promise<Sample[]> {
  const samples: Promise<Sample>[] = [];
  for (let next = performance.now(); !state.over; next += told.everyMs) {
    await sleep(Math.max(0, next - performance.now()));
    const kind = NAMES[number++ % NAMES.length] as string;
    const from = performance.now();
    const small = (KINDS[kind] as (typeof KINDS)[string])(told, number);
    samples.push(ask(told, small).then((refusal) => ({ kind, ms: performance.now() - from, refusal })));
  }
  return Promise.all(samples);
}

process.on("message", (message: { begin?: Told; end?: true }) => {
  const { begin } = message;
  if (begin) {
    const state = { over: false };
    const done = connect(begin).then(() => {
      process.send?.("connected");
      return measure(begin, state);
    });
    measuring = Object.assign(state, { done });
  } else if (message.end && measuring) {
    measuring.over = true;
    void measuring.done.then((samples) => {
      agent.destroy();
      agent = new Agent({ keepAlive: true });
      process.send?.(samples);
    });
  }
});
process.on("disconnect", () => process.exit());
