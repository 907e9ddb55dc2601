// What `--version` says.
import { version } from "../../package.json";
import { newerZoneData, ZONE_DATA } from "../values/zone-data";

/** Which program this is, and by which rules it reckons the clocks of time zones: an old Node.js knows no new ones. */
export function versionLine(): string {
  const newer = newerZoneData();
  const hint = newer === null ? "" : `; ${newer}`;
  return `tidemark ${version} (Node.js ${process.versions.node}, time zone data ${ZONE_DATA || "unknown"}${hint})`;
}
