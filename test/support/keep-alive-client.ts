// A client as careful as a proxy: keep-alive connections, the other instance where one refuses the connection (it never had
// the request), and nothing repeated otherwise. What fails for it, fails for everybody.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Reply {
  status: number;
  body: string;
  headers: http.IncomingHttpHeaders;
}

export interface Ask {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export class KeepAliveClient {
  private readonly agent: http.Agent;
  private turn = 0;

  constructor(
    private readonly ports: readonly number[],
    private readonly token: string,
    /** Connections to each instance. */
    maxSockets = 2,
  ) {
    this.agent = new http.Agent({ keepAlive: true, maxSockets });
  }

  /** Instances take turns; one that is not there is passed over. */
  async ask(wish: Ask): Promise<Reply> {
    for (let tried = 1; ; tried++) {
      const port = this.ports[this.turn++ % this.ports.length] as number;
      try {
        return await this.send(port, wish);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED" || tried > 50) throw error;
        await sleep(10);
      }
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private send(port: number, { method, path, body, headers }: Ask): Promise<Reply> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = http.request(
        {
          port,
          host: "127.0.0.1",
          method,
          path: `/api/v1${path}`,
          agent: this.agent,
          headers: {
            Authorization: `Bearer ${this.token}`,
            ...(payload !== undefined && {
              "Content-Type": "application/json",
              "Content-Length": String(Buffer.byteLength(payload)),
            }),
            ...headers,
          },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }),
          );
          response.on("error", reject);
          response.on("aborted", () => reject(new Error("The answer broke off.")));
        },
      );
      request.on("error", reject).end(payload);
    });
  }
}

/** A port that nobody listens on now, and that a service may be given again and again. */
export async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Waits until so many more events were made, while `meanwhile` is done again and again; for `withinMs` at most. Answers
 * how many milliseconds that took.
 */
export async function writingAgain(
  { made }: Tried,
  withinMs: number,
  meanwhile: () => Promise<void> | void = () => undefined,
): Promise<number> {
  const from = performance.now();
  const enough = made.length + AGAIN;
  while (made.length < enough && performance.now() - from < withinMs) {
    await meanwhile();
    await sleep(20);
  }
  return performance.now() - from;
}

const AGAIN = 20;

export interface Tried {
  /** Answered 201. */
  made: string[];
  /** Answered 503 with Retry-After: it may have been committed all the same. */
  open: string[];
  wrong: string[];
}

/** So many writers who create one event after another, of a subject of their own each, until `stop`. */
export function keepWriting(
  client: KeepAliveClient,
  writers: number,
  name: string,
  stop: AbortSignal,
): { tried: Tried; ended: Promise<unknown> } {
  const tried: Tried = { made: [], open: [], wrong: [] };
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; !stop.aborted; n++) {
      const subject = `${name}${writer}-${n}`;
      const event = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z", subject };
      const { status, body, headers } = await client.ask({ method: "POST", path: "/events", body: event });
      if (status === 201) tried.made.push(subject);
      else if (status === 503 && Number(headers["retry-after"]) > 0) tried.open.push(subject);
      else tried.wrong.push(`${status} ${body}`);
      if (status !== 201) await sleep(30);
    }
  };
  return { tried, ended: Promise.all(Array.from({ length: writers }, (_, writer) => write(writer))) };
}
