// Sends a shot and waits for what comes of it: an answer, or bytes on a bare socket until it closes or falls silent.
import { Agent, request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Shot } from "./shot";
import type { Answer } from "./verdict";

const PATIENCE_MS = 30_000;
/** A stream of events does not end by itself. */
const LISTENED_MS = 150;
const BETWEEN_PIECES_MS = 3;
const SILENCE_MS = 120;

export class Gun {
  private readonly kept = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(private readonly url: URL) {}

  async fire(shot: Shot): Promise<Answer> {
    if (shot.pieces) return { status: 0, headers: new Headers(), text: await this.overSocket(shot.pieces) };
    return this.overHttp(shot);
  }

  close(): void {
    this.kept.destroy();
  }

  private overHttp({ method, path, headers, body }: Shot): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.url;
      const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
      const sent = request(
        {
          hostname,
          port,
          method,
          path,
          headers: { ...headers, ...length },
          agent: this.kept,
          timeout: PATIENCE_MS,
        },
        (reply) => {
          receive(reply).then(resolve, reject);
        },
      );
      // An Expect or an upgrade is answered like anything else.
      sent.on("error", reject);
      sent.on("timeout", () => sent.destroy(new Error(`no answer in ${PATIENCE_MS} ms`)));
      sent.end(body);
    });
  }

  /** What comes back, in Latin-1. That the connection breaks is no fault: whether the service lives shows elsewhere. */
  private async overSocket(pieces: readonly string[]): Promise<string> {
    const socket = connect({ port: Number(this.url.port), host: this.url.hostname });
    let text = "";
    let heardAt = 0;
    let closed = false;
    socket.setEncoding("latin1").on("data", (piece: string) => {
      text += piece;
      heardAt = performance.now();
    });
    socket.on("error", () => (closed = true)).on("close", () => (closed = true));
    for (const piece of pieces) {
      if (closed) break;
      socket.write(piece, "latin1");
      await sleep(BETWEEN_PIECES_MS);
    }
    const writtenAt = performance.now();
    while (!closed && performance.now() - Math.max(heardAt, writtenAt) < SILENCE_MS) await sleep(5);
    socket.destroy();
    return text;
  }
}

async function receive(reply: IncomingMessage): Promise<Answer> {
  let text = "";
  const stream = reply.headers["content-type"]?.startsWith("text/event-stream") === true;
  const timer = stream ? setTimeout(() => reply.destroy(), LISTENED_MS) : undefined;
  reply.setEncoding("utf8");
  try {
    for await (const piece of reply) text += piece;
    if (!reply.complete) throw new Error("the answer ended early");
  } catch (error) {
    if (!stream) throw error;
  }
  clearTimeout(timer);
  const headers = new Headers();
  for (const [name, value] of Object.entries(reply.headers)) headers.set(name, String(value));
  return { status: reply.statusCode ?? 0, headers, text };
}
