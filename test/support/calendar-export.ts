// Exports a calendar in this process, through the function that the command calls.

import { exportCalendar } from "../../src/commands/calendar-files";
import { readCommand } from "../../src/commands/commands";
import type { Person, World } from "./world";

export async function exportText(world: World, person: Person): Promise<string> {
  let text = "";
  await exportCalendar({
    config: undefined as never,
    given: readCommand(["export", "--email", person.email]).given,
    say: () => undefined,
    write: (piece) => Promise.resolve(void (text += piece)),
    open: () => Promise.resolve(world.db),
  });
  return text;
}
