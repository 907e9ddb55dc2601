// Every connection that is open: so many at most, none of which outlives the service.
import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Whoever connects beyond it is not let in until somebody leaves. */
export const MAX_CONNECTIONS = 10_000;
/** How long somebody who was refused may take to hang up. */
const LINGER_MS = 2_000;

export class Connections {
  private readonly open = new Set<Socket>();
  /** Those that speak HTTP: a WebSocket looks after its own pace. */
  private readonly requesting = new Set<Socket>();

  constructor(server: Server, most = MAX_CONNECTIONS) {
    server.maxConnections = most;
    // A connection is announced once more when an upgrade on it was ignored (src/server/upgrades.ts).
    server.on("connection", (socket: Socket) => {
      if (this.open.has(socket)) return;
      // Each answer that waits behind others of its connection listens for its end.
      socket.setMaxListeners(0);
      this.open.add(socket);
      this.requesting.add(socket);
      socket.once("close", () => {
        this.open.delete(socket);
        this.requesting.delete(socket);
      });
    });
  }

  get requestingNow(): Iterable<Socket> {
    return this.requesting;
  }

  /** From here on it is no HTTP connection. */
  upgraded(socket: Socket): void {
    this.requesting.delete(socket);
  }

  /** Cuts all of them, whatever they do. */
  cut(): void {
    for (const socket of this.open) socket.destroy();
  }
}

/**
 * Says the last thing on a connection and has it closed: what still comes is thrown away, so that the answer is not lost
 * to a reset, and a client that does not hang up is cut after a moment.
 */
export function endConnection(socket: Socket, lastWords: string): void {
  const cut = (): void => void socket.destroy();
  const late = setTimeout(cut, LINGER_MS).unref();
  socket.on("error", cut);
  socket.once("close", () => clearTimeout(late));
  socket.once("end", cut);
  socket.resume();
  socket.end(lastWords);
}
