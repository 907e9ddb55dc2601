// A copy of one calendar, kept up to date by polling: what a sync client has in its hands.
import { createHash } from "node:crypto";
import { contentOf, type Row } from "./wire";

export interface Entry {
  tick: string;
  deleted: boolean;
  /** The month in which a live event starts, and all that it shows. */
  month: string;
  content: string;
}

export type Arrival = "news" | "again" | "stale";

export class Mirror {
  readonly entries = new Map<string, Entry>();

  /** Takes a row in; an older version than the one that is held is not. */
  take(row: Row): Arrival {
    const held = this.entries.get(row.id);
    const tick = row.lastModifiedAt;
    if (held?.tick === tick && held.deleted === row.deleted) return "again";
    if (held && held.tick > tick) return "stale";
    this.entries.set(
      row.id,
      row.deleted
        ? { tick, deleted: true, month: "", content: row.reason }
        : { tick, deleted: false, month: row.startTime.slice(0, 7), content: contentOf(row) },
    );
    return "news";
  }

  /** The manifest of what is held, `id:tick` by id. */
  manifest(): string[] {
    return this.live().map(([id, { tick }]) => `${id}:${tick}`);
  }

  /** The digest of what is held, month by month, as in src/rest/README.md, "Retention". */
  digest(): { month: string; count: number; hash: string }[] {
    const months = new Map<string, string[]>();
    for (const [id, { tick, month }] of this.live()) {
      months.set(month, [...(months.get(month) ?? []), `${id}:${tick}\n`]);
    }
    return [...months]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([month, lines]) => ({
        month,
        count: lines.length,
        hash: createHash("sha256").update(lines.join("")).digest("hex"),
      }));
  }

  private live(): [string, Entry][] {
    return [...this.entries].filter(([, { deleted }]) => !deleted).sort(([a], [b]) => Number(a) - Number(b));
  }
}

/** What of `a` is not in `b`, and the other way round, in a few words; null where they are the same. */
export function difference(a: readonly string[], b: readonly string[]): string | null {
  const [inA, inB] = [new Set(a), new Set(b)];
  const lacking = b.filter((line) => !inA.has(line));
  const extra = a.filter((line) => !inB.has(line));
  if (lacking.length + extra.length === 0) return null;
  return `lacks ${lacking.length} (${lacking.slice(0, 3).join(", ")}), has ${extra.length} of its own (${extra.slice(0, 3).join(", ")})`;
}
