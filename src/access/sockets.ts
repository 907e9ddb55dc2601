// How many connections an access token has open at once on this instance: WebSockets, streams, and those that wait for
// another request. A connection counts for the token that called on it last, since a proxy's serve many.
import type { Socket } from "node:net";
import type { Caller } from "../entities/caller";
import { Problem } from "../errors";
import { counts } from "../telemetry/counts";

export const MAX_SOCKETS = 1_000;

export class Sockets {
  private readonly open = new Map<string, number>();
  private readonly owners = new WeakMap<Socket, string>();

  constructor(private readonly most = MAX_SOCKETS) {}

  /** Counts the connection until it closes or somebody else calls on it. Refuses with `rate_limited`. */
  hold({ tokenId }: Caller, socket: Socket): void {
    const owner = this.owners.get(socket);
    if (tokenId === null || owner === tokenId || socket.destroyed) return;
    const count = this.open.get(tokenId) ?? 0;
    if (count >= this.most) throw this.tooMany();
    this.open.set(tokenId, count + 1);
    this.owners.set(socket, tokenId);
    if (owner === undefined) socket.once("close", () => this.release(this.owners.get(socket)));
    else this.release(owner);
  }

  private release(tokenId: string | undefined): void {
    if (tokenId === undefined) return;
    const left = (this.open.get(tokenId) ?? 0) - 1;
    if (left > 0) this.open.set(tokenId, left);
    else this.open.delete(tokenId);
  }

  /** The connection itself goes too: it is one more. */
  private tooMany(): Problem {
    counts.limited.sockets++;
    const message = `This access token has ${this.most} connections open: close some, or use them again.`;
    return new Problem("rate_limited", 429, message, {
      headers: { "Retry-After": "5", Connection: "close" },
    });
  }
}
