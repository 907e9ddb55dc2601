// By which rules this process reckons the clocks of time zones: Node.js carries them, and an old one knows no new ones.

/** The release of the time zone database, such as `2026c`; "" where Node.js does not say. */
export const ZONE_DATA = process.versions.tz ?? "";

/** The newest release that was known when this was written, and the Node.js that has it. */
const NEWEST = { data: "2026c", node: "24.20.0" };

/** When releases came out. */
const RELEASED: Readonly<Record<string, string>> = {
  "2024a": "2024-02-01",
  "2024b": "2024-09-04",
  "2025a": "2025-01-15",
  "2025b": "2025-03-22",
  "2025c": "2025-12-10",
};

/** When a release came out; of one that is not in the list, the end of its year. Null where it is none. */
function releasedAt(data: string): number | null {
  const year = /^(\d{4})[a-z]+$/.exec(data)?.[1];
  return year === undefined ? null : Date.parse(RELEASED[data] ?? `${year}-12-31`);
}

/** What is told of the time zone data in use. */
export interface ZoneDataTold {
  version: string;
  /** Whether it came out more than a year ago. */
  isOld: boolean;
  newer: string | null;
}

/** Which Node.js has newer data than this; null where none is known. */
export const newerZoneData = (data = ZONE_DATA): string | null =>
  data < NEWEST.data ? `Node.js ${NEWEST.node} has ${NEWEST.data}` : null;

/** What is told of `data` at an instant, in milliseconds. */
export function zoneDataAt(now: number, data = ZONE_DATA): ZoneDataTold {
  const released = releasedAt(data);
  const yearAgo = new Date(now);
  yearAgo.setUTCFullYear(yearAgo.getUTCFullYear() - 1);
  return {
    version: data === "" ? "unknown" : data,
    isOld: released !== null && released < yearAgo.getTime(),
    newer: newerZoneData(data),
  };
}

/** The warning for data of more than a year ago; null where there is nothing to warn of. */
export const zoneDataWarning = ({ version, isOld, newer }: ZoneDataTold): string | null =>
  isOld
    ? `the time zone data ${version} is more than a year old: where governments have changed clocks since, times are wrong; ` +
      (newer ?? "a newer Node.js has newer data")
    : null;
