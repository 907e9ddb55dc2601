// The command line: what each command is called and takes, and how its words are read.
import { parseArgs } from "node:util";
import { exportCalendar, importCalendar } from "./calendar-files";
import { addRecord, addUser, disableUser, transferEvents, updateUser } from "./directory";
import { addOrganisation, updateOrganisation } from "./organisations";
import { createToken, listTokens, revokeToken } from "./tokens";
import { migrateOnly, printOpenApi, printSchema, sweep } from "./upkeep";
import { UsageError, type Given, type Run } from "./command";

interface Command {
  /** After the command's own words: `FILE.ics`, `NAME`. */
  words?: readonly string[];
  /** `--email E` is required, `[--org NAME]` is not, `[--email E]…` may come again. */
  options?: readonly string[];
  /** The object to print on standard output; null when the command has written there itself. */
  run(run: Run): Promise<object | null>;
}

const ORG = "[--org NAME]";

const COMMANDS: Readonly<Record<string, Command>> = {
  "org add": { words: ["NAME"], run: addOrganisation },
  "org update": {
    options: ["--org NAME", "[--issuer URL]", "[--domain DOMAIN]…"],
    run: updateOrganisation,
  },
  "user add": {
    options: ["--org NAME", "--email E", "--name N", "--timezone Z", "[--role admin|member]"],
    run: addUser,
  },
  "user update": {
    options: [
      ...["--email E", ORG, "[--new-email E]", "[--name N]", "[--timezone Z]", "[--role admin|member]"],
      "[--max-tokens N]",
    ],
    run: updateUser,
  },
  "user disable": { options: ["--email E", ORG], run: disableUser },
  "token create": {
    options: ["--email E", "--name CLIENT", "[--scopes read,write]", "[--expires ISO]", ORG],
    run: createToken,
  },
  "token list": { options: ["--email E", ORG], run: listTokens },
  "token revoke": { words: ["ID"], options: [ORG], run: revokeToken },
  "events transfer": { options: ["--from E", "--to E", ORG], run: transferEvents },
  "record add": {
    options: [
      "--org NAME",
      "--type Contact|Account|Opportunity|Lead",
      "--name N",
      "[--email E]…",
      "[--account-id ID]",
    ],
    run: addRecord,
  },
  import: { words: ["FILE.ics"], options: ["--email E", ORG], run: importCalendar },
  export: { options: ["--email E", ORG, "[--out FILE]"], run: exportCalendar },
  migrate: { run: migrateOnly },
  sweep: { options: ["[--retention-days N]"], run: sweep },
  schema: { run: printSchema },
  openapi: { run: printOpenApi },
};

export function usage(): string {
  const lines = Object.entries(COMMANDS).map(([name, { words = [], options = [] }]) =>
    ["  tidemark", name, ...words, ...options].join(" "),
  );
  return ["Usage:", "  tidemark start", ...lines].join("\n");
}

/** Finds the command that the words begin with and reads the rest. Throws a UsageError. */
export function readCommand(argv: readonly string[]): { command: Command; given: Given } {
  const name = [argv.slice(0, 2).join(" "), argv[0] ?? ""].find((candidate) =>
    Object.hasOwn(COMMANDS, candidate),
  );
  const command = name === undefined ? undefined : COMMANDS[name];
  if (name === undefined || !command) {
    const words = argv.slice(0, 2).join(" ");
    throw new UsageError(words === "" ? "Say which command." : `"${words}" is no command.`);
  }
  return { command, given: readWords(name, command, argv.slice(name.split(" ").length)) };
}

function readWords(name: string, { words = [], options = [] }: Command, argv: readonly string[]): Given {
  const known = options.map((option) => ({
    name: /--([\w-]+)/.exec(option)?.[1] ?? "",
    needed: !option.startsWith("["),
  }));
  const { values, positionals } = parse(
    known.map((option) => option.name),
    argv,
  );
  for (const { name: option, needed } of known) {
    if (needed && !values[option]) throw new UsageError(`"${name}" needs --${option}.`);
  }
  if (positionals.length !== words.length) {
    throw new UsageError(`"${name}" takes ${words.length === 0 ? "no words of its own" : words.join(" ")}.`);
  }
  const all = (option: string): string[] => values[option] ?? [];
  const optional = (option: string): string | undefined => all(option).at(-1);
  const required = (option: string): string => {
    const value = optional(option);
    if (value === undefined) throw new UsageError(`"${name}" needs --${option}.`);
    return value;
  };
  return { words: positionals, all, optional, required };
}

function parse(
  names: readonly string[],
  argv: readonly string[],
): { values: Record<string, string[] | undefined>; positionals: string[] } {
  try {
    const options = Object.fromEntries(
      names.map((name) => [name, { type: "string", multiple: true } as const]),
    );
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    // parseArgs throws its own TypeErrors for words that do not fit, and nothing else.
    throw new UsageError((error as Error).message);
  }
}
