// What a command is given to run with.
import type { Config } from "../config";
import type { Database } from "../database/database";

/** The words do not make a command: exit code 2. */
export class UsageError extends Error {}

/** What a command was given: its option values and the words that belong to none. */
export interface Arguments {
  /** A value that must be there. */
  required: (name: string) => string;
  optional: (name: string) => string | undefined;
  all: (name: string) => string[];
  words: readonly string[];
}

export interface Run {
  config: Config;
  given: Arguments;
  /** For a person, on standard error. */
  say: (line: string) => void;
  /** Opens the database at the first call; it is closed when the command ends. */
  open: () => Promise<Database>;
  /** Writes to standard output, in pieces. */
  write: (text: string) => Promise<void>;
}
