// What Node's parser refuses before there is a request: header fields that are too long, a request that never ends, bytes
// that are no HTTP. It is answered in the one shape of refusals, on the bare socket, which then closes.
import { randomUUID } from "node:crypto";
import { STATUS_CODES, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { endConnection } from "./connections";
import { headTooLarge, Problem } from "../errors";
import { problemJson } from "./problem";

export const MAX_HEADERS = "16 KiB";

type Unreadable = NodeJS.ErrnoException & { rawPacket?: Buffer };

/** Has the server answer so. */
export function answerUnreadable(server: Server): void {
  const answered = new WeakSet<Socket>();
  server.on("clientError", (error: Unreadable, stream) => {
    const socket = stream as Socket;
    // What comes after it cannot be read either.
    if (answered.has(socket)) return;
    if (error.code === "ECONNRESET" || !socket.writable || hasBegun(socket)) {
      socket.destroy();
      return;
    }
    answered.add(socket);
    refuseOnSocket(socket, problemOf(error), isHead(error));
  });
}

/** Answers a refusal on a socket that no request is read from any more, and ends it. */
export function refuseOnSocket(socket: Socket, problem: Problem, withoutBody = false): void {
  const [head, json] = inBytes(problem);
  endConnection(socket, withoutBody ? head : head + json);
}

function problemOf({ code }: NodeJS.ErrnoException): Problem {
  if (code === "HPE_HEADER_OVERFLOW") return headTooLarge(MAX_HEADERS);
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new Problem("bad_request", 408, "The request did not arrive in time.");
  }
  return new Problem("bad_request", 400, "This is no HTTP request.");
}

/** Node keeps an answer under way on its socket: bytes of ours in the middle of it would be taken for the rest of it. */
const hasBegun = (socket: Socket): boolean =>
  (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true;

/** Such a request has no body in its answer, whatever is wrong with it. */
const isHead = ({ rawPacket }: Unreadable): boolean => rawPacket?.toString("latin1", 0, 5) === "HEAD ";

function inBytes(problem: Problem): [head: string, json: string] {
  const requestId = randomUUID();
  const json = problemJson(problem, requestId);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(json)}`,
    `X-Request-Id: ${requestId}`,
    ...Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}`),
    "Connection: close",
    "",
    "",
  ].join("\r\n");
  return [head, json];
}
