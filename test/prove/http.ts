// HTTP as a sync client does it: connections kept open, no answer told from a refusal, and nothing taken for an answer
// that did not arrive whole.
import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";

/** The connection broke, or nothing came in time: the server may have acted or not. */
export class NoAnswer extends Error {}

export interface Call {
  method: string;
  path: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** On a connection of its own, for it is going to be cut. */
  alone?: boolean;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  /** JSON, parsed; null where there is none. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever is on the wire
  body: any;
}

/** What BrightSync's client waits. */
const PATIENCE_MS = 35_000;

const kept = new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 256 });

/** Closes the connections that were kept. */
export const hangUp = (): void => kept.destroy();

export function call(base: string, { method, path, token, body, headers, alone }: Call): Promise<Reply> {
  const text = body === undefined ? null : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const lost = (error: Error): void =>
      reject(error instanceof SyntaxError ? error : new NoAnswer(`${method} ${path}: ${error.message}`));
    const sent = request(
      `${base}${path}`,
      {
        method,
        agent: alone ? false : kept,
        timeout: PATIENCE_MS,
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(text !== null && {
            "content-type": "application/json",
            "content-length": String(Buffer.byteLength(text)),
          }),
          ...headers,
        },
      },
      (reply) => void receive(reply).then(resolve, lost),
    );
    sent.on("error", lost);
    sent.on("timeout", () => sent.destroy(new Error("nothing came in time")));
    sent.end(text ?? undefined);
  });
}

async function receive(reply: IncomingMessage): Promise<Reply> {
  let text = "";
  reply.setEncoding("utf8");
  for await (const piece of reply) text += piece;
  if (!reply.complete) throw new Error("the answer ended early");
  const json = reply.headers["content-type"]?.startsWith("application/json") === true && text !== "";
  return { status: reply.statusCode ?? 0, headers: reply.headers, body: json ? JSON.parse(text) : null };
}
