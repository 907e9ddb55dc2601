// The streams that an access token has open on this instance: subscriptions, over WebSocket or as server-sent events, and
// lists so long that they are sent piece by piece. How many there are is bounded, and so is what all of them hold while
// their readers dawdle.
import type { Caller } from "../entities/caller";
import { rateLimited } from "../errors";
import { counts } from "../telemetry/counts";
import { MAX_PIECE_BYTES } from "../values/pages";

const MAX_STREAMS = 200;
const RETRY_MS = 5_000;
/** What the streams of a token hold together, but for the last piece that was read. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;
const MIN_PIECE_BYTES = 64 * 1024;

/** What a token has open. */
interface Open {
  streams: number;
  held: number;
  /** Those that wait until less is held. */
  line: (() => void)[];
}

export interface Stream {
  /**
   * What it held has been taken by its reader. Resolves, when there is room among its token's streams, with how many bytes
   * the next piece should have.
   */
  room(): Promise<number>;
  /** The piece is there, and came to so much. */
  hold(bytes: number): void;
  /**
   * The same, for what reads (HeldRows in src/database/bounded-rows.ts). Whoever reads has waited for room before: where it is
   * gone since, this refuses with `rate_limited` instead of waiting again, as it is somebody's turn.
   */
  reserve(): undefined;
  read(bytes: number): void;
  end(): void;
}

export class Streams {
  private readonly open = new Map<string | null, Open>();

  constructor(private readonly most = MAX_STREAMS) {}

  /** Counts a stream until it ends. Refuses with `rate_limited`. */
  begin({ tokenId }: Caller): Stream {
    const open = this.open.get(tokenId) ?? { streams: 0, held: 0, line: [] };
    if (open.streams >= this.most) {
      counts.limited.streams++;
      throw rateLimited(`This access token has ${this.most} streams open and`, RETRY_MS);
    }
    open.streams++;
    this.open.set(tokenId, open);
    return new OpenStream(open, () => {
      open.streams--;
      if (open.streams === 0) this.open.delete(tokenId);
    });
  }
}

class OpenStream implements Stream {
  private held = 0;
  private isOver = false;

  constructor(
    private readonly open: Open,
    private readonly over: () => void,
  ) {}

  async room(): Promise<number> {
    this.hold(0);
    while (this.open.held >= MAX_HELD_BYTES && !this.isOver) {
      await new Promise<void>((resolve) => this.open.line.push(resolve));
    }
    const share = Math.floor(MAX_HELD_BYTES / this.open.streams);
    const bytes = Math.min(Math.max(share, MIN_PIECE_BYTES), MAX_PIECE_BYTES);
    this.hold(bytes);
    return bytes;
  }

  hold(bytes: number): void {
    if (this.isOver) return;
    this.open.held += bytes - this.held;
    this.held = bytes;
    if (this.open.held < MAX_HELD_BYTES) this.open.line.shift()?.();
  }

  reserve(): undefined {
    if (this.open.held - this.held < MAX_HELD_BYTES) return undefined;
    throw rateLimited("The streams of this access token hold as much as they may, and", RETRY_MS);
  }

  read(bytes: number): void {
    this.hold(bytes);
  }

  end(): void {
    if (this.isOver) return;
    this.hold(0);
    this.isOver = true;
    this.over();
  }
}
