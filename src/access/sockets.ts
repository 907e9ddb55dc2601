// How many connections an access token, and an organisation, has open at once on this instance: WebSockets, streams, and those
// that wait for another request. A connection counts for the token that called on it last, since a proxy's serve many.
import type { Socket } from "node:net";
import type { Caller } from "../entities/caller";
import { Problem } from "../errors";
import { counts } from "../telemetry/counts";

export const MAX_SOCKETS = 1_000;
/** Of an organisation: the others have the rest of an instance's (src/http/connections.ts). */
export const MAX_SOCKETS_OF_ORGANISATION = 6_000;

export class Sockets {
  private readonly open = new Map<string, number>();
  private readonly owners = new WeakMap<Socket, Caller>();

  constructor(
    private readonly most = MAX_SOCKETS,
    private readonly mostOfOrganisation = MAX_SOCKETS_OF_ORGANISATION,
  ) {}

  /** Counts the connection until it closes or somebody else calls on it. Refuses with `rate_limited`. */
  hold(caller: Caller, socket: Socket): void {
    const owner = this.owners.get(socket);
    if (caller.tokenId === null || owner?.tokenId === caller.tokenId || socket.destroyed) return;
    const { ofToken, ofOrganisation } = keysOf(caller);
    const isNewThere = owner?.organisationId !== caller.organisationId;
    if (this.count(ofToken) >= this.most)
      throw tooMany(`This access token has ${this.most} connections open`);
    if (isNewThere && this.count(ofOrganisation) >= this.mostOfOrganisation)
      throw tooMany(`Your organisation has ${this.mostOfOrganisation} connections open on this instance`);
    for (const key of [ofToken, ofOrganisation]) this.open.set(key, this.count(key) + 1);
    this.owners.set(socket, caller);
    if (owner) this.release(owner);
    else socket.once("close", () => this.release(this.owners.get(socket)));
  }

  private count(key: string): number {
    return this.open.get(key) ?? 0;
  }

  private release(owner: Caller | undefined): void {
    if (!owner) return;
    const { ofToken, ofOrganisation } = keysOf(owner);
    for (const key of [ofToken, ofOrganisation]) {
      const left = this.count(key) - 1;
      if (left > 0) this.open.set(key, left);
      else this.open.delete(key);
    }
  }
}

const keysOf = ({ tokenId, organisationId }: Caller): { ofToken: string; ofOrganisation: string } => ({
  ofToken: `token ${tokenId}`,
  ofOrganisation: `organisation ${organisationId}`,
});

/** The connection itself goes too: it is one more. */
function tooMany(what: string): Problem {
  counts.limited.sockets++;
  return new Problem("rate_limited", 429, `${what}: close some, or use them again.`, {
    headers: { "Retry-After": "5", Connection: "close" },
  });
}
