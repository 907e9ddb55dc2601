// From the events of somebody's calendar to the stretches of time in which they are busy.
import type { Instant } from "../values/instants";

/** Where two overlap, the kind that stands later in this list wins. */
export enum BusyKind {
  TENTATIVE = "TENTATIVE",
  BUSY = "BUSY",
  OUT_OF_OFFICE = "OUT_OF_OFFICE",
}

const KINDS = Object.values(BusyKind);

export interface BusyBlock {
  startAt: Instant;
  endAt: Instant;
  kind: BusyKind;
}

interface Window {
  startAt: Instant;
  endAt: Instant;
}

/**
 * The blocks in order, none overlapping another: what touches and is of one kind is one block, where kinds meet the
 * stronger wins. What lies outside the window is cut off. Costs a sort.
 */
export function mergeBlocks(blocks: readonly BusyBlock[], window: Window): BusyBlock[] {
  const edges = blocks.flatMap(({ startAt, endAt, kind }) => {
    const [from, to] = [later(startAt, window.startAt), earlier(endAt, window.endAt)];
    if (from >= to) return [];
    const place = KINDS.indexOf(kind);
    return [
      { at: from, place, step: 1 },
      { at: to, place, step: -1 },
    ];
  });
  edges.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const open = KINDS.map(() => 0);
  const merged: BusyBlock[] = [];
  edges.forEach(({ at, place, step }, index) => {
    open[place] = (open[place] as number) + step;
    const until = edges[index + 1]?.at;
    const kind = KINDS[open.findLastIndex((count) => count > 0)];
    if (until === undefined || until === at || !kind) return;
    const last = merged.at(-1);
    if (last?.kind === kind && last.endAt === at) last.endAt = until;
    else merged.push({ startAt: at, endAt: until, kind });
  });
  return merged;
}

const later = (a: Instant, b: Instant): Instant => (a > b ? a : b);
const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b);
