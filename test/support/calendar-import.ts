// Imports a calendar file in this process, through the function that the command calls.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importCalendar } from "../../src/commands/calendar-files";
import { readCommand } from "../../src/commands/commands";
import type { Person, World } from "./world";

/** What the command prints, and what it says of the file's lines, without the name of the file. */
export interface Imported extends Record<string, unknown> {
  said: string[];
}

/** Imports what is in these bytes into a person's calendar. */
export async function importBytes(
  world: World,
  person: Person,
  bytes: Buffer | string,
  ...options: string[]
): Promise<Imported> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-import-"));
  const file = join(folder, "in.ics");
  writeFileSync(file, bytes);
  try {
    const { given } = readCommand(["import", file, "--email", person.email, ...options]);
    const said: string[] = [];
    const counts = await importCalendar({
      config: undefined as never,
      given,
      say: (line) => said.push(line.replace(`${file}:`, "")),
      write: () => Promise.reject(new Error("An import writes nothing but its counts")),
      open: () => Promise.resolve(world.db),
    });
    return { ...counts, said };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
