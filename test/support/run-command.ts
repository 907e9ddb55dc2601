// A command of the command line, run in this process on the database of a world.
import { readCommand } from "../../src/commands/commands";
import { testConfig, type World } from "./world";

/* eslint-disable @typescript-eslint/no-explicit-any -- commands answer whatever they print: tests look into it freely */

/** What it answers, writes and says. */
export async function runCommand(
  { db, databaseUrl }: Pick<World, "db" | "databaseUrl">,
  ...words: string[]
): Promise<{ answer: any; written: string; said: string[] }> {
  const { command, given } = readCommand(words);
  const said: string[] = [];
  let written = "";
  const answer: any = await command.run({
    config: testConfig(databaseUrl),
    given,
    say: (line) => void said.push(line),
    write: (text) => Promise.resolve(void (written += text)),
    open: () => Promise.resolve(db),
  });
  return { answer, written, said };
}
