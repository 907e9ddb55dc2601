// Requests that offer to go on in another protocol (RFC 9110, 7.8). One upgrade is spoken here; every other is an offer
// that is passed over, and the request is served as if it had not been made: Java's HttpClient and `curl --http2` offer
// h2c with each.
//
// Node's parser stops behind the head of such a request as soon as anybody listens for upgrades, and leaves the connection
// to the listener. So the head goes back in front of what has not been read, without the offer, and the connection to the
// server as if it were new. That is done when all that was asked before on the connection has been answered: the server
// keeps the order of answers with the parser that it has let go.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

interface Upgrade {
  /** Whether the request is one for the protocol that is spoken. */
  speaks: (request: IncomingMessage) => boolean;
  /** Takes over its connection. */
  take: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
}

/** Has the server do so. Costs a request without an offer next to nothing, one with an offer a second parsing of its head. */
export function takeUpgrades(server: Server, { speaks, take }: Upgrade): void {
  // A head that is served again must be whole; Node leaves out what is beyond 1,000 fields, but for 0. Bytes are limited.
  server.maxHeadersCount = 0;
  const asked = new WeakMap<Socket, ServerResponse[]>();
  server.on("request", (request, response) => {
    const unanswered = asked.get(request.socket);
    if (unanswered) unanswered.push(response);
    else asked.set(request.socket, [response]);
    response.on("close", forget);
  });
  // Answers leave in the order of their requests.
  function forget(this: ServerResponse): void {
    const unanswered = asked.get(this.req.socket);
    if (unanswered?.[0] === this) unanswered.shift();
  }
  server.on("upgrade", (request: IncomingMessage, stream, head: Buffer) => {
    const socket = stream as Socket;
    const spoken = speaks(request);
    if (!spoken) socket.unshift(Buffer.concat([headWithoutOffer(request), head]));
    whenAnswered(socket, asked.get(socket) ?? [], () => {
      // The time that a connection may be idle is over.
      socket.setTimeout(0);
      if (spoken) take(request, socket, head);
      else server.emit("connection", socket);
    });
  });
}

function headWithoutOffer({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (name.toLowerCase() !== "upgrade") lines.push(`${name}: ${rawHeaders[i + 1]}`);
  }
  // The parser reads a byte as a character.
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** Calls back when none is left, at once where none is; never, where the connection ends before. */
function whenAnswered(socket: Socket, unanswered: readonly ServerResponse[], then: () => void): void {
  const cut = (): void => void socket.destroy();
  // What the parser did for the connection, which it has let go: answers are told when there is room again.
  const drain = (): void => void unanswered[0]?.emit("drain");
  const look = (): void => {
    if (unanswered[0]) {
      unanswered[0].once("close", look);
      return;
    }
    // Where the last answer ended the connection, it closes by itself.
    if (!socket.writable) return;
    socket.off("error", cut).off("drain", drain);
    then();
  };
  socket.on("error", cut).on("drain", drain);
  look();
}
