// Debian's python3-icalendar and python3-recurring-ical-events, which read what we write.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Debian's own, which has Debian's packages. */
const PROGRAM = "/usr/bin/python3";
const SCRIPT = join(__dirname, "expand.py");

export const hasSecondReaders = (): boolean =>
  spawnSync(PROGRAM, ["-c", "import icalendar, recurring_ical_events"]).status === 0;

/** Start, end, whether it is all-day, and what it is called. */
export type ReadRow = [start: string, end: string, allDay: boolean, subject: string];

/** The occurrences that they find in a file, of those that start within these dates. */
export function readElsewhere(text: string, from: string, to: string): ReadRow[] {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-second-"));
  try {
    const file = join(folder, "out.ics");
    writeFileSync(file, text);
    const { status, stdout, stderr } = spawnSync(PROGRAM, [SCRIPT, file, from, to], { encoding: "utf8" });
    if (status !== 0) throw new Error(`The second reader failed: ${stderr}`);
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as ReadRow);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
