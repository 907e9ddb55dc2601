// The command line: what each command is called and takes, and how its words are read.
import { parseArgs } from "node:util";
import { exportCalendar, importCalendar } from "./calendar-files";
import {
  addRecord,
  addUser,
  disableUser,
  enableUser,
  grant,
  listUsers,
  transferEvents,
  updateUser,
} from "./directory";
import {
  addOrganisation,
  closeOne,
  deleteOne,
  listOrganisations,
  renameOrganisation,
  setUp,
  updateOrganisation,
} from "./organisations";
import { personErase, personExport } from "./people";
import { createToken, listTokens, revokeToken } from "./tokens";
import { migrateOnly, printOpenApi, printSchema, sweep } from "./upkeep";
import { UsageError, type Arguments, type Run } from "./command";

export interface Command {
  /** What it does, in a sentence, for its `--help`. */
  does: string;
  /** After the command's own words: `FILE.ics`, `NAME`. */
  words?: readonly string[];
  /** `--email E` is required, `[--org NAME]` is not, `[--email E]…` may come again. */
  options?: readonly string[];
  /** The options that an input's field goes by where it is not the field's own name: `{ expiresAt: "--expires" }`. */
  fields?: Readonly<Record<string, string>>;
  /** The object to print on standard output; null when the command has written there itself. */
  run(run: Run): Promise<object | null>;
}

const ORG = "[--org NAME]";
const KIND = ["[--kind person|room|equipment|team]", "[--capacity N]"];
const PERSON = ["--email E", "--name N", "--timezone Z"];

const COMMANDS: Readonly<Record<string, Command>> = {
  setup: {
    does: "Adds an organisation with its first admin, and makes that admin a token.",
    options: ["--org NAME", ...PERSON, "[--token-name CLIENT]"],
    run: setUp,
  },
  "org add": { does: "Adds an organisation.", words: ["NAME"], run: addOrganisation },
  "org list": { does: "Lists the organisations.", run: listOrganisations },
  "org rename": {
    does: "Gives an organisation another name.",
    words: ["OLD", "NEW"],
    run: renameOrganisation,
  },
  "org update": {
    does: "Says who signs an organisation's users in, and what colleagues see of each other's events.",
    options: ["--org NAME", "[--issuer URL]", "[--domain DOMAIN]…", "[--colleagues-see DETAILS|BUSY]"],
    run: updateOrganisation,
  },
  "org close": {
    does: "Closes an organisation for good: its tokens end, nobody signs in, its webhooks pause.",
    words: ["NAME"],
    run: closeOne,
  },
  "org delete": {
    does: "Removes an organisation with all that it has, after closing it, and says what went.",
    words: ["NAME"],
    options: ["--yes NAME"],
    run: deleteOne,
  },
  "user add": {
    does: "Adds a user.",
    options: ["--org NAME", ...PERSON, "[--role admin|member]", ...KIND, "[--alias E]…"],
    fields: { aliases: "--alias" },
    run: addUser,
  },
  "user list": {
    does: "Lists users, disabled ones too: of one organisation, or of all.",
    options: [ORG],
    run: listUsers,
  },
  "user update": {
    does: "Changes a user.",
    options: [
      ...["--email E", ORG, "[--new-email E]", "[--name N]", "[--timezone Z]", "[--role admin|member]"],
      ...[...KIND, "[--max-tokens N]", "[--alias E]…"],
    ],
    fields: { email: "--new-email", aliases: "--alias" },
    run: updateUser,
  },
  "user disable": {
    does: "Disables a user: their tokens die, their events stay.",
    options: ["--email E", ORG],
    run: disableUser,
  },
  "user enable": { does: "Lets a disabled user back in.", options: ["--email E", ORG], run: enableUser },
  "token create": {
    does: "Makes a user's access token, which is shown this once.",
    options: ["--email E", "--name CLIENT", "[--scopes read,write|feed]", "[--expires ISO]", ORG],
    fields: { expiresAt: "--expires", userId: "--email" },
    run: createToken,
  },
  "token list": { does: "Lists a user's access tokens.", options: ["--email E", ORG], run: listTokens },
  "token revoke": {
    does: "Ends an access token, and those that it made.",
    words: ["ID"],
    options: [ORG],
    run: revokeToken,
  },
  "events transfer": {
    does: "Gives all events of one user to another.",
    options: ["--from E", "--to E", ORG],
    run: transferEvents,
  },
  grant: {
    does: "Lets a user read another's calendar, or act in it as its user; none takes it back.",
    options: ["--calendar-of E", "--to E", "--access read|write|none", ORG],
    fields: { userId: "--to" },
    run: grant,
  },
  "record add": {
    does: "Adds a record of the CRM.",
    options: [
      "--org NAME",
      "--type Contact|Account|Opportunity|Lead",
      "--name N",
      "[--email E]…",
      "[--account-id ID]",
    ],
    fields: { emails: "--email" },
    run: addRecord,
  },
  "person export": {
    does: "Writes all that is kept of a person, as lines of JSON.",
    options: ["--email E", ORG],
    run: personExport,
  },
  "person erase": {
    does: "Takes a person's address, name and records out of everything, or with --texts only names the texts that hold them.",
    options: ["--email E", ORG, "[--texts]"],
    run: personErase,
  },
  import: {
    does: "Brings an iCalendar file into a user's calendar.",
    words: ["FILE.ics"],
    options: ["--email E", ORG, "[--prune]"],
    run: importCalendar,
  },
  export: {
    does: "Writes a user's calendar as iCalendar.",
    options: ["--email E", ORG, "[--out FILE]"],
    run: exportCalendar,
  },
  migrate: { does: "Brings the database up to this version.", run: migrateOnly },
  sweep: {
    does: "Forgets what is older than the retention.",
    options: ["[--retention-days N]"],
    run: sweep,
  },
  schema: { does: "Prints the GraphQL schema.", run: printSchema },
  openapi: { does: "Prints the OpenAPI document.", run: printOpenApi },
};

const STARTS =
  "Runs the service until it gets SIGTERM. Its settings are environment variables, such as PORT and DATABASE_URL.";

/**
 * How commands are called: those whose first words are among these, with what each takes and does; without words, what there
 * is and what each does. Where no command is meant, a list of all would only hide what was wrong.
 */
export function usage(words = ""): string {
  if (words === "") {
    const does = [
      ["start", "Starts the service."],
      ...Object.entries(COMMANDS).map(([name, command]) => [name, command.does]),
    ];
    const width = Math.max(...does.map(([name = ""]) => name.length));
    const lines = does.map(([name = "", what]) => `  tidemark ${name.padEnd(width)}  ${what}`);
    return [
      "Usage:",
      ...lines,
      "",
      "`tidemark COMMAND --help` says what one takes; `tidemark --version`.",
    ].join("\n");
  }
  if (begins(words, "start")) return `Usage:\n  tidemark start\n      ${STARTS}`;
  const asked = Object.keys(COMMANDS).filter((name) => begins(words, name) || begins(name, words));
  if (asked.length === 0) return "Usage:\n  tidemark --help  lists the commands";
  const told = asked.map((name) => `${lineOf(name)}\n      ${COMMANDS[name]?.does}`);
  return ["Usage:", ...told].join("\n");
}

const begins = (text: string, start: string): boolean => `${text} `.startsWith(`${start} `);

function lineOf(name: string): string {
  const { words = [], options = [] } = COMMANDS[name] as Command;
  return ["  tidemark", name, ...words, ...options].join(" ");
}

/** Finds the command that the words begin with and reads the rest. Throws a UsageError. */
export function readCommand(argv: readonly string[]): { command: Command; given: Arguments } {
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

function readWords(name: string, { words = [], options = [] }: Command, argv: readonly string[]): Arguments {
  const known = options.map((option) => ({
    name: /--([\w-]+)/.exec(option)?.[1] ?? "",
    needed: !option.startsWith("["),
    // `[--prune]` takes no value.
    type: /--[\w-]+\]$/.test(option) ? ("boolean" as const) : ("string" as const),
  }));
  const { values, positionals } = parse(known, argv);
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
  known: readonly { name: string; type: "boolean" | "string" }[],
  argv: readonly string[],
): { values: Record<string, string[] | undefined>; positionals: string[] } {
  try {
    const options = Object.fromEntries(
      known.map(({ name, type }) => [name, { type, multiple: true } as const]),
    );
    const { values, positionals } = parseArgs({
      args: [...argv],
      options,
      allowPositionals: true,
      strict: true,
    });
    const texts = Object.entries(values).map(([name, given]) => [name, [given ?? []].flat().map(String)]);
    return { values: Object.fromEntries(texts) as Record<string, string[]>, positionals };
  } catch (error) {
    // parseArgs throws its own TypeErrors for words that do not fit, and nothing else.
    const { message, code } = error as Error & { code?: string };
    // Its advice goes on about dashes, which nobody meant.
    throw new UsageError(code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" ? `${message.split(". ")[0]}.` : message);
  }
}
