// A connection by hand: bytes as they are sent, and answers taken apart as HTTP/1.1 says.
import net from "node:net";
import { WITHIN_MS } from "./wait";

export interface WireReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export class Wire {
  readonly socket: net.Socket;
  closed = false;
  private received = "";

  constructor(url: string, options: Partial<net.TcpNetConnectOpts> = {}) {
    this.socket = net.connect({ host: "127.0.0.1", port: Number(new URL(url).port), ...options });
    // As bytes: an answer's length is told in them.
    this.socket.setEncoding("latin1").on("data", (text: string) => (this.received += text));
    this.socket.on("error", () => undefined).on("close", () => (this.closed = true));
  }

  send(...lines: string[]): void {
    this.socket.write(lines.join("\r\n"));
  }

  /** The next answer, whole. Fails where the connection ends before. */
  async reply(method = "GET"): Promise<WireReply> {
    for (let from = performance.now(); ;) {
      const found = readReply(this.received, method);
      if (found) {
        this.received = found.rest;
        return found.reply;
      }
      if (this.closed || performance.now() - from > WITHIN_MS)
        throw new Error(`No answer, but: ${JSON.stringify(this.received.slice(0, 500))}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Waits until the other side has closed the connection. */
  async end(ms = WITHIN_MS): Promise<void> {
    for (const from = performance.now(); !this.closed;) {
      if (performance.now() - from > ms) throw new Error(`Still open after ${ms} ms.`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function readReply(text: string, method: string): { reply: WireReply; rest: string } | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  );
  const status = Number(first.split(" ")[1]);
  const [body, rest] =
    method === "HEAD" ? ["", text.slice(end + 4)] : readBody(text.slice(end + 4), headers, status);
  return body === null ? null : { reply: { status, headers, body: utf8(body) }, rest };
}

const utf8 = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

function readBody(
  text: string,
  headers: Record<string, string>,
  status: number,
): [body: string | null, rest: string] {
  if (status < 200 || status === 204 || status === 304) return ["", text];
  if (headers["transfer-encoding"] !== "chunked") {
    const length = Number(headers["content-length"]);
    return text.length < length ? [null, text] : [text.slice(0, length), text.slice(length)];
  }
  let [body, rest] = ["", text];
  for (;;) {
    const line = rest.indexOf("\r\n");
    const size = parseInt(rest, 16);
    if (line < 0 || rest.length < line + 4 + size) return [null, text];
    body += rest.slice(line + 2, line + 2 + size);
    rest = rest.slice(line + 4 + size);
    if (size === 0) return [body, rest];
  }
}
