// How many streams an access token has open at once on this instance: subscriptions, over WebSocket or as server-sent
// events, and lists so long that they are sent piece by piece.
import type { Caller } from "../context";
import { rateLimited } from "../errors";
import { counts } from "../telemetry/counts";

const STREAMS_MOST = 200;
const RETRY_MS = 5_000;

export class Streams {
  private readonly open = new Map<string | null, number>();

  constructor(private readonly most = STREAMS_MOST) {}

  /** Counts a stream until the function it answers is called. Refuses with `rate_limited`. */
  begin({ tokenId }: Caller): () => void {
    const count = this.open.get(tokenId) ?? 0;
    if (count >= this.most) {
      counts.limited.streams++;
      throw rateLimited(`This access token has ${this.most} streams open and`, RETRY_MS);
    }
    this.open.set(tokenId, count + 1);
    return () => this.end(tokenId);
  }

  private end(tokenId: string | null): void {
    const left = (this.open.get(tokenId) ?? 0) - 1;
    if (left > 0) this.open.set(tokenId, left);
    else this.open.delete(tokenId);
  }
}
