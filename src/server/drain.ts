// How the listener ends: what is in flight is answered, and clients go elsewhere without losing a request on the way.
//
// A connection that is closed at the moment its client sends a request is a request that fails, and a client must not
// repeat a POST that may have been heard. So every answer first says `Connection: close`, for a moment in which
// connections that are in use are given up by their clients; and what is closed by us, the listener with whoever waits at
// it and then the idle connections, is closed just after everything that had arrived was read.
import { once } from "node:events";
import { Server as NetServer } from "node:net";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import type { HttpServer } from "./http-server";

const GRACE_MS = 1_000;
const SWEEP_MS = 100;
/** What is in flight has so long to be finished: the process is to be gone within ten seconds, whatever it has to close besides. */
export const DRAIN_MS = 8_000;
/** A turn of the event loop so short that next to nothing can have arrived during it. */
const QUIET_MS = 0.3;
/** So long such a turn is waited for. */
const MAX_READ_MS = 1_000;

/** Resolves when no connection is left: after `DRAIN_MS` what is left is cut, sockets that were upgraded too. */
export async function drain({ server, endStreams, cut }: HttpServer): Promise<void> {
  const closed = once(server, "close");
  const late = setTimeout(cut, DRAIN_MS);
  const streams = endStreams(); // From here on answers say that the connection closes.
  const isRead = allIsReadAt(server);
  await isRead();
  // The listener alone: an HTTP server that closes cuts its idle connections at once.
  NetServer.prototype.close.call(server);
  const over = new AbortController();
  const sweeping = sweepIdle(server, isRead, over.signal);
  await streams;
  await closed;
  over.abort();
  await sweeping;
  clearTimeout(late);
}

/** Closes connections as they become idle. */
async function sweepIdle(
  server: HttpServer["server"],
  isRead: () => Promise<void>,
  over: AbortSignal,
): Promise<void> {
  for (let pause = GRACE_MS; !over.aborted; pause = SWEEP_MS) {
    await sleep(pause, undefined, { signal: over }).catch(() => undefined);
    await isRead();
    server.closeIdleConnections();
  }
}

/**
 * Waits for a turn of the event loop that had little to do and let nobody in, right after it has read what there was. Node.js lets in
 * one connection a turn: whoever still waits when the listener closes is reset.
 */
function allIsReadAt(server: HttpServer["server"]): () => Promise<void> {
  let letIn = 0;
  server.on("connection", () => letIn++);
  return async () => {
    const deadline = performance.now() + MAX_READ_MS;
    for (let from = performance.now(); from < deadline; from = performance.now()) {
      const before = letIn;
      await turn();
      if (letIn === before && performance.now() - from < QUIET_MS) return;
    }
  };
}
