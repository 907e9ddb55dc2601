// What every assault has: a way to ask that reads answers and throws them away, bare sockets, an end to keep to, and a
// count of what came back.
import { Agent, request, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ground } from "./ground";

export interface Assault {
  /** As somebody would tell what was tried. */
  name: string;
  /** What the process may take for it, in MB: 150 where one token has it in flight, 300 where many do. */
  mayTakeMb: 150 | 300;
  /** Goes on until the pressure is over; answers what it found wrong besides 5xx and what is measured of all. */
  run(pressure: Pressure, ground: Ground): Promise<string[]>;
}

export interface Ask {
  method?: string;
  path: string;
  token?: string;
  body?: string;
  headers?: Record<string, string>;
}

export interface Reply {
  status: number;
  /** Of a refusal, at either door. */
  code: string | null;
  /** The beginning of the answer. */
  text: string;
}

const TEXT_KEPT = 20_000;
const BROKEN: Reply = { status: 0, code: null, text: "" };
const MISSED = /Cannot query field|Unknown argument|Unknown type|Syntax Error|is not defined by type/;
const AFTER_BREAK_MS = 50;

export class Pressure {
  /** How many answers there were of a kind: `200`, `503 unavailable`; `hung up` is what the end cut off. */
  readonly tally: Record<string, number> = {};
  /** The first answer of each kind of 5xx. */
  readonly examples: Record<string, string> = {};
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1_024 });
  private readonly sockets = new Set<Socket>();
  private readonly until: number;

  constructor(
    readonly url: URL,
    readonly ms: number,
  ) {
    this.until = performance.now() + ms;
  }

  get over(): boolean {
    return performance.now() >= this.until;
  }

  /** Asks; what is under way at the end is hung up on. Status 0: there was no answer. */
  async ask(ask: Ask): Promise<Reply> {
    const reply = await this.send(ask).catch(() => BROKEN);
    if (reply === BROKEN) {
      this.count("broken");
      await this.pause(AFTER_BREAK_MS);
    }
    if (reply.status === 0) return reply;
    const kind = reply.code === null ? String(reply.status) : `${reply.status} ${reply.code}`;
    this.count(kind);
    if (reply.status >= 500 || reply.code === "internal" || reply.code === "unavailable")
      this.examples[kind] ??= `${ask.method ?? "GET"} ${ask.path.slice(0, 200)}: ${reply.text.slice(0, 300)}`;
    return reply;
  }

  /** Throws where the schema knows nothing of what is asked: an attack that misses proves nothing. */
  async graphql(token: string, query: string, variables: object = {}): Promise<Reply> {
    const headers = { "Content-Type": "application/json" };
    const reply = await this.ask({
      ...{ method: "POST", path: "/graphql", token, headers },
      body: JSON.stringify({ query, variables }),
    });
    if (reply.code === "bad_request" && MISSED.test(reply.text))
      throw new Error(
        `The attack asks for what there is not: ${query.slice(0, 300)} ${reply.text.slice(0, 500)}`,
      );
    return reply;
  }

  /** So many at a time, one after another, until it is over. */
  async keepUp(atOnce: number, act: (number: number) => Promise<unknown>): Promise<void> {
    let next = 0;
    const one = async (): Promise<void> => {
      while (!this.over) await act(next++);
    };
    await Promise.all(Array.from({ length: atOnce }, one));
  }

  count(kind: string): void {
    this.tally[kind] = (this.tally[kind] ?? 0) + 1;
  }

  /** A bare connection, or null where none could be made. Whatever is still open at the end is destroyed. */
  async dial(): Promise<Socket | null> {
    const socket = connect({
      port: Number(this.url.port),
      host: this.url.hostname,
      allowHalfOpen: true,
    });
    this.sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket));
    const made = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("close", () => resolve(false));
    });
    return made ? socket : null;
  }

  /** Waits, but not beyond the end. */
  pause(ms: number): Promise<void> {
    return sleep(Math.max(0, Math.min(ms, this.until - performance.now())));
  }

  /** Closes all connections that are left. */
  release(): void {
    this.agent.destroy();
    for (const socket of this.sockets) socket.destroy();
  }

  private send({ method = "GET", path, token, body, headers }: Ask): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          ...{ hostname: this.url.hostname, port: this.url.port, agent: this.agent, method, path },
          headers: {
            ...(token !== undefined && { Authorization: `Bearer ${token}` }),
            ...(body !== undefined && { "Content-Length": String(Buffer.byteLength(body)) }),
            ...headers,
          },
        },
        (reply) => void received(reply).then(done, lost),
      );
      const end = setTimeout(
        () => {
          this.count("hung up");
          done({ status: 0, code: null, text: "" });
          sent.destroy();
        },
        Math.max(0, this.until - performance.now()),
      );
      const done = (reply: Reply): void => {
        clearTimeout(end);
        resolve(reply);
      };
      const lost = (error: Error): void => {
        clearTimeout(end);
        reject(error);
      };
      sent.on("error", lost);
      sent.end(body);
    });
  }
}

async function received(reply: IncomingMessage): Promise<Reply> {
  let text = "";
  reply.setEncoding("latin1");
  for await (const piece of reply as AsyncIterable<string>) if (text.length < TEXT_KEPT) text += piece;
  if (!reply.complete) throw new Error("an answer ended early");
  const refused = (reply.statusCode ?? 0) >= 400 || text.slice(0, 12).includes('"errors"');
  const code = refused ? (/"code":"([^"]*)"/.exec(text)?.[1] ?? null) : null;
  return { status: reply.statusCode ?? 0, code, text: text.slice(0, TEXT_KEPT) };
}
