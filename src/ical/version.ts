// Which of two versions of one event is the newer: by SEQUENCE, else by LAST-MODIFIED, else by DTSTAMP. What one of them
// does not say decides nothing.

import { type Properties } from "./property";
import { parseWall } from "./wall";

export interface Version {
  /** SEQUENCE. */
  sequence: number | null;
  /** LAST-MODIFIED, in milliseconds. */
  changed: number | null;
  /** DTSTAMP, in milliseconds. */
  stamped: number | null;
}

const WHOLE = /^\d{1,9}$/;

export function readVersion(properties: Properties): Version {
  const rawOf = (name: string): string => properties.get(name)?.[0]?.raw ?? "";
  const sequence = rawOf("sequence");
  return {
    sequence: WHOLE.test(sequence) ? Number(sequence) : null,
    changed: parseWall(rawOf("last-modified"))?.wall ?? null,
    stamped: parseWall(rawOf("dtstamp"))?.wall ?? null,
  };
}

/** Above zero where `one` is newer than `other`, below where it is older; zero where neither says. */
export function compareVersions(one: Version, other: Version): number {
  for (const key of ["sequence", "changed", "stamped"] as const) {
    const [a, b] = [one[key], other[key]];
    if (a !== null && b !== null && a !== b) return a - b;
  }
  return 0;
}
