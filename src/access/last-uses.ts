// When each access token was last used, as an instance hears it: gathered in memory, in constant time and space for each,
// and written every few seconds in one statement (migrations/functions/limits.sql), for each token once a minute at most. A crash loses
// what was gathered since.
import type { Caller } from "../entities/caller";
import { textRow, type Queryable } from "../database/text-rows";
import type { Log } from "../telemetry/log";
import { Trouble } from "../telemetry/trouble";
import { WriteBehind } from "../telemetry/write-behind";

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
  private readonly later: WriteBehind;

  constructor(
    private readonly pool: Queryable,
    log: Log,
  ) {
    const trouble = new Trouble(log, "when tokens were last used cannot be written; it is tried again");
    this.later = new WriteBehind(() => this.write(), trouble);
  }

  /** Notes that the caller's token is used, at the cost of a look into a map. */
  note({ organisationId, tokenId }: Caller): void {
    if (tokenId === null || this.later.isClosed) return;
    const at = performance.now();
    const key = `${organisationId} ${tokenId}`;
    const before = this.known.get(key);
    if (before !== undefined && at - before < EXACT_TO_MS) return;
    if (this.known.size >= MAX_TOKENS) this.known.clear();
    this.known.set(key, at);
    if (this.due.size < MAX_TOKENS) this.due.set(key, { organisationId, tokenId, at });
    this.later.due();
  }

  /** Writes what there is, and notes no more. */
  close(): Promise<void> {
    return this.later.close();
  }

  private async write(): Promise<void> {
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
    } catch (error) {
      this.due = new Map([...written, ...this.due]);
      throw error;
    }
  }
}
