// When each access token was last used, as an instance hears it: gathered in memory, in constant time and space for each,
// and written every few seconds in one statement (migrations/functions/limits.sql), for each token once a minute at most. A crash loses
// what was gathered since.
import type { Caller } from "../entities/caller";
import { textRow, type Queryable } from "../database/text-rows";
import type { Log } from "../telemetry/log";

const WRITE_EVERY_MS = 3_000;
const EXACT_TO_MS = 60_000;
const MAX_TOKENS = 10_000;
const LOG = "select log_token_uses($1, $2, $3)";

interface Use {
  organisationId: string;
  tokenId: string;
  /** performance.now() */
  at: number;
}

export class LastUses {
  /** performance.now() of the use that was noted last, of those that need not be noted again yet. */
  private readonly known = new Map<string, number>();
  private due = new Map<string, Use>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private failing = false;
  private closed = false;

  constructor(
    private readonly pool: Queryable,
    private readonly log: Log,
  ) {}

  /** Notes that the caller's token is used, at the cost of a look into a map. */
  note({ organisationId, tokenId }: Caller): void {
    if (tokenId === null || this.closed) return;
    const at = performance.now();
    const key = `${organisationId} ${tokenId}`;
    const before = this.known.get(key);
    if (before !== undefined && at - before < EXACT_TO_MS) return;
    if (this.known.size >= MAX_TOKENS) this.known.clear();
    this.known.set(key, at);
    if (this.due.size < MAX_TOKENS) this.due.set(key, { organisationId, tokenId, at });
    this.timer ??= setTimeout(() => this.write(), WRITE_EVERY_MS).unref();
  }

  /** Writes what there is, and notes no more. */
  async close(): Promise<void> {
    this.closed = true;
    this.write();
    await this.writing;
  }

  /** One writing at a time; what comes meanwhile waits for the next. */
  private write(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.writeAll());
  }

  private async writeAll(): Promise<void> {
    const uses = [...this.due.values()];
    if (uses.length === 0) return;
    const written = this.due;
    this.due = new Map();
    const now = performance.now();
    const values = [
      uses.map(({ organisationId }) => organisationId),
      uses.map(({ tokenId }) => tokenId),
      uses.map(({ at }) => now - at),
    ];
    try {
      await textRow(this.pool, { text: LOG, values });
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.closed)
        this.log.warn({ err: error }, "when tokens were last used cannot be written; it is tried again");
      this.failing = true;
      this.due = new Map([...written, ...this.due]);
      if (!this.closed) this.timer ??= setTimeout(() => this.write(), WRITE_EVERY_MS).unref();
    }
  }
}
