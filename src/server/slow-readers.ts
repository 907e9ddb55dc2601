// Clients that ask and do not read. What was written for them waits in memory, so a connection is cut when in a while
// (30 s) it took neither all that was waiting for it nor a mebibyte of it. Looked at now and then for all connections,
// whichever door they came to; a request pays nothing for it.
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Connections } from "../http/connections";

const LOOKS = 6;
const PROGRESS_BYTES = 1 << 20;

interface Backlog {
  /** performance.now() when it was first seen. */
  since: number;
  /** How many bytes the client must have taken to be let off. */
  target: number;
}

/**
 * Cuts them off from here on. A list that is being sent to them ends there: it holds no database connection meanwhile.
 * WebSockets look after themselves, and tell the client why they close (src/graphql/socket.ts).
 */
export function cutSlowReaders(server: Server, connections: Connections, patienceMs: number): void {
  const behind = new WeakMap<Socket, Backlog>();
  const look = (): void => {
    const now = performance.now();
    for (const socket of connections.requestingNow)
      if (isTooSlow(socket, behind, now, patienceMs)) socket.destroy();
  };
  const timer = setInterval(look, patienceMs / LOOKS).unref();
  server.on("close", () => clearInterval(timer));
}

function isTooSlow(
  socket: Socket,
  behind: WeakMap<Socket, Backlog>,
  now: number,
  patienceMs: number,
): boolean {
  const taken = bytesTaken(socket);
  const waiting = socket.bytesWritten - taken;
  const backlog = behind.get(socket);
  if (backlog && taken < backlog.target) return now - backlog.since > patienceMs;
  if (waiting === 0) behind.delete(socket);
  else behind.set(socket, { since: now, target: taken + Math.min(waiting, PROGRESS_BYTES) });
  return false;
}

/** How much has gone to the operating system. The public count grows by whole writes, of which one may have megabytes. */
function bytesTaken(socket: Socket): number {
  const { _handle: handle } = socket as { _handle?: { bytesWritten: number; writeQueueSize: number } | null };
  return handle ? handle.bytesWritten - handle.writeQueueSize : socket.bytesWritten - socket.writableLength;
}
