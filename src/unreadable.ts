// What Node's parser refuses before there is a request: header fields that are too long, a request that never ends, bytes
// that are no HTTP. It is answered in the one shape of refusals, on the bare socket, which then closes.
import { randomUUID } from "node:crypto";
import { STATUS_CODES, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { Problem } from "./errors";
import { problemJson } from "./rest/problem";

const HEADERS_MOST = "16 KiB";

/** Has the server answer so. */
export function answerUnreadable(server: Server): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable || hasBegun(socket)) {
      socket.destroy();
      return;
    }
    socket.on("error", () => socket.destroy());
    socket.end(inBytes(problemOf(error)));
  });
}

function problemOf({ code }: NodeJS.ErrnoException): Problem {
  if (code === "HPE_HEADER_OVERFLOW") {
    const message = `The address and the header fields of a request may have ${HEADERS_MOST} at most.`;
    return new Problem("too_large", 431, message);
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new Problem("bad_request", 408, "The request did not arrive in time.");
  }
  return new Problem("bad_request", 400, "This is no HTTP request.");
}

/** Node keeps an answer under way on its socket: bytes of ours in the middle of it would be taken for the rest of it. */
const hasBegun = (socket: Duplex): boolean =>
  (socket as { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true;

function inBytes(problem: Problem): string {
  const requestId = randomUUID();
  const json = problemJson(problem, requestId);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(json)}`,
    `X-Request-Id: ${requestId}`,
    "Connection: close",
    "",
    json,
  ].join("\r\n");
}
