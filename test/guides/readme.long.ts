// The commands and queries of the README and of the guides, each file run from top to bottom against a service, and the
// answers it shows. What the schema and the explorer tell a newcomer is held to the same standard.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import {
  buildSchema,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
  validate,
} from "graphql";
import { EXAMPLE_OPERATIONS } from "../../src/web/explorer/examples";
import { printedSchema } from "../../src/graphql/schema";
import { ensureBuilt, environment, killServices, ROOT, startService } from "../support/child";
import { type Block, blocksOf, GUIDES, textOf } from "../support/guides";
import { callGraphQL, cloneDatabase, type GraphQLReply } from "../support/world";

/** The guides with commands and queries, each run on a first start of its own; how many answers it shows at least. */
const RUN: [file: string, answers: number][] = [
  ["README.md", 3],
  ["src/rest/README.md", 13],
  ["src/graphql/README.md", 1],
  ["deploy/README.md", 2],
];
const BLOCKS: readonly Block[] = GUIDES.flatMap(blocksOf);
/** Another project's commands: test/graphql/typed-client.test.ts and test/rest/rest-client.long.ts have such a project. */
const ELSEWHERE = "## A typed client in one command";
/** What the tests themselves stand for: a clone, its packages, its tests. */
const SETUP = /^npm ci && npm (start|test)\n$/;
const EXPORT = /^export (\w+)=\S+( # .*)?$/gm;

const readSchema = (): GraphQLSchema => buildSchema(textOf("schema.graphql"));

describe("the README and the guides", () => {
  const hasCurl = spawnSync("curl", ["--version"]).status === 0;
  if (!hasCurl && process.env.TIDEMARK_NO_SKIPS) throw new Error("The guides' commands need curl.");
  if (!hasCurl) console.warn("There is no curl here: the guides' commands are not tested.");

  test("the README starts and tests with two commands that exist", () => {
    const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
    const setups = blocksOf("README.md").flatMap(({ text }) => SETUP.exec(text)?.[1] ?? []);
    expect(setups).toEqual(["start", "test"]);
    for (const name of setups) expect(Object.keys(scripts)).toContain(name);
  });

  test("npm ci finds in the lock file what it wants on any platform, or it would refuse on all of them", () => {
    const { packages } = JSON.parse(textOf("package-lock.json")) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const missing = Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${folder}/node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });

  test("no other guide has commands or queries", () => {
    const files = BLOCKS.filter(({ language }) => ["sh", "graphql"].includes(language)).map(
      ({ file }) => file,
    );
    expect([...new Set(files)].sort()).toEqual(RUN.map(([file]) => file).sort());
  });

  (hasCurl ? test : test.skip).each(RUN)(
    "%s shows what its commands and queries answer, run from top to bottom on a first start",
    async (file, answers) => {
      await ensureBuilt();
      const room = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-readme-"));
      const database = await cloneDatabase();
      const settings = { DATABASE_URL: database.url, DATA_DIR: path.join(room, "unused") };
      try {
        const service = await startService(settings);
        const reader = new Reader(room, { ...settings, TIDEMARK_URL: service.url }, service.demoToken!);
        reader.output = service.stdout();
        for (const block of blocksOf(file)) if (block.section !== ELSEWHERE) await reader.read(block);
        expect(reader.checked).toBeGreaterThanOrEqual(answers);
        await service.stop();
      } finally {
        await killServices();
        await database.drop();
        fs.rmSync(room, { recursive: true, force: true });
      }
    },
    240_000,
  );

  test("the operators' guide names every setting and every command there is", () => {
    const guide = textOf("deploy/README.md");
    const config = textOf("src/config.ts");
    const settings = [...config.matchAll(/(?:text|whole|oneOf)\("([A-Z_]+)"/g)].map((match) => match[1]!);
    const commands = textOf("src/commands/commands.ts");
    const table = commands.slice(commands.indexOf("COMMANDS"), commands.indexOf("export function usage"));
    const names = [...table.matchAll(/^ {2}"?([a-z][a-z ]*)"?: \{/gm)].map((match) => match[1]!);
    expect(settings.length).toBeGreaterThan(10);
    expect(names.length).toBeGreaterThan(10);
    for (const name of [...settings, ...names]) expect(guide).toMatch(new RegExp(`\`${name}[\` ]`));
  });
});

/** Somebody who does what a guide says and compares what they see with what it shows. */
class Reader {
  output = "";
  checked = 0;

  constructor(
    private readonly room: string,
    private readonly known: Record<string, string>,
    private readonly token: string,
  ) {
    known.TIDEMARK_TOKEN = token;
  }

  async read({ file, language, text, line }: Block): Promise<void> {
    const where = `${file}:${line}`;
    if (SETUP.test(text)) return;
    if (language === "sh") this.output = await this.run(text, where);
    else if (language === "graphql") this.output = await this.query(text, where);
    else if (language === "json") this.compare(JSON.parse(text), JSON.parse(lastLine(this.output)), where);
    else if (language === "text")
      expect({ where, text: this.output }).toEqual({ where, text: pattern(text) });
    else throw new Error(`${where}: nothing is known of ${language}.`);
  }

  private async run(text: string, where: string): Promise<string> {
    for (const [, name] of text.matchAll(EXPORT)) this.export(name!);
    const commands = text
      .replace(EXPORT, "")
      .replace(/\b(?:ada|calendar)\.ics/g, (file) => path.join(this.room, file));
    if (commands.trim() === "") return this.output;
    const shell = spawn("bash", ["-euo", "pipefail", "-c", commands], {
      cwd: ROOT,
      env: environment(this.known),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    shell.stdout.setEncoding("utf8").on("data", (piece: string) => (output += piece));
    const [code] = (await once(shell, "close")) as [number | null];
    expect({ where, code }).toEqual({ where, code: 0 });
    return output;
  }

  /** Takes the value from the last answer, as the comment beside the `export` tells a person to. */
  private export(name: string): void {
    if (name in this.known) return;
    const answer = JSON.parse(lastLine(this.output)) as Record<string, string>;
    this.known[name] = answer[name.endsWith("_ID") ? "id" : "nextDeltaToken"]!;
  }

  private async query(query: string, where: string): Promise<string> {
    if (query.startsWith("subscription")) return this.subscribe(query, where);
    const { data, errors } = await callGraphQL(this.known.TIDEMARK_URL!, this.token, { query });
    expect({ where, errors }).toEqual({ where, errors: undefined });
    return JSON.stringify(data);
  }

  /** Answers the first that is heard: of all that was changed so far. */
  private async subscribe(query: string, where: string): Promise<string> {
    const reply = await fetch(`${this.known.TIDEMARK_URL}/graphql`, {
      method: "POST",
      headers: {
        Accept: "text/event-stream",
        Authorization: `Bearer ${this.token}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ query, variables: { since: "1970-01-01T00:00:00Z" } }),
    });
    let heard = "";
    for await (const piece of reply.body!) {
      heard += Buffer.from(piece).toString();
      if (heard.includes("data: ") && heard.endsWith("\n\n")) break;
    }
    const { data, errors } = JSON.parse(/^data: (.*)$/m.exec(heard)![1]!) as GraphQLReply;
    expect({ where, errors }).toEqual({ where, errors: undefined });
    return JSON.stringify(data);
  }

  /** Each field shown is in the answer; "…" stands for anything. */
  private compare(shown: unknown, actual: unknown, where: string): void {
    this.checked++;
    expect({ where, answer: actual }).toMatchObject({ where, answer: loose(shown) });
  }
}

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? "";

const pattern = (text: string): unknown => {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", "[^]*");
  return expect.stringMatching(new RegExp(`^${escaped.replace(/:4000/g, ":\\d+")}$`));
};

function loose(shown: unknown): unknown {
  if (typeof shown === "string") return shown.includes("…") ? pattern(shown) : shown;
  if (Array.isArray(shown)) return shown.map(loose);
  if (typeof shown !== "object" || shown === null) return shown;
  return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, loose(value)]));
}

interface Described {
  name: string;
  description?: string | null;
}

/** A type with everything in it that can have a description. */
function described(type: GraphQLNamedType): Described[] {
  const within = (parts: readonly Described[]): Described[] =>
    parts.map(({ name, description }) => ({ name: `${type.name}.${name}`, description }));
  const fields =
    isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
      ? Object.values<Described & { args?: readonly Described[] }>(type.getFields())
      : [];
  return [
    // The three roots are named by the language.
    ...(["Query", "Mutation", "Subscription"].includes(type.name) ? [] : [type]),
    ...within(isEnumType(type) ? type.getValues() : []),
    ...within(fields),
    ...within(fields.flatMap(({ args = [] }) => args)),
  ];
}

describe("the schema", () => {
  test("schema.graphql is what the code makes; when it is not, run npm run schema", () => {
    expect(textOf("schema.graphql")).toBe(printedSchema());
  });

  test("describes every type, field, argument, input field and enum value", () => {
    const types = Object.values(readSchema().getTypeMap()).filter(
      (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
    );
    const silent = types.flatMap(described).filter(({ description }) => !description?.trim());
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  const examples: [name: string, document: string][] = [
    ...EXAMPLE_OPERATIONS.map(({ name, document }): [string, string] => [`the explorer's ${name}`, document]),
    ...BLOCKS.filter(({ language }) => language === "graphql").map(
      ({ file, line, text }): [string, string] => [`${file}:${line}`, text],
    ),
  ];
  test.each(examples)("%s is a valid operation", (_name, document) => {
    expect(validate(readSchema(), parse(document))).toEqual([]);
  });

  test("an example of the explorer has the variables it declares", () => {
    for (const { name, document, variables = {} } of EXAMPLE_OPERATIONS) {
      const declared = parse(document).definitions.flatMap((definition) =>
        definition.kind === "OperationDefinition"
          ? (definition.variableDefinitions ?? []).map(({ variable }) => variable.name.value)
          : [],
      );
      expect({ name, variables: Object.keys(variables) }).toEqual({ name, variables: declared });
    }
  });
});
