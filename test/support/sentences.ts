// What the pages say, as the source has it: each sentence that is asked for in the reader's language, and where; what is
// written into the markup without asking; and the files of the translations beside them.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { ROOT } from "./child";

const WEB = path.join(ROOT, "src/web");
export const LANGUAGES = ["de", "es", "fr"] as const;
export type Wording = string | Record<string, string>;

export interface Sentence {
  text: string;
  /** Whether it has a form for each kind of number. */
  plural: boolean;
  /** Such as "src/web/sync/app.tsx:42". */
  where: string;
}

export interface Source {
  sentences: Sentence[];
  /** Calls whose sentence is no text that can be read here. */
  unread: string[];
  /** Text of the markup that is said in English to everybody. */
  bare: string[];
}

export const fileOf = (language: string): string => path.join(WEB, "languages", `${language}.json`);

export const wordingsOf = (language: string): Record<string, Wording> =>
  JSON.parse(readFileSync(fileOf(language), "utf8")) as Record<string, Wording>;

/** By the name of the function: which of its arguments the sentence is. */
const CALLS: Readonly<Record<string, number>> = { say: 0, sayWith: 0, many: 2 };
/** Attributes that somebody reads or hears. */
const TOLD = /^(aria-label|title|placeholder|alt|label|hint|data-label|send)$/;
/** Names, which are the same everywhere, and what a program is told. */
const NAMES = /^(Tidemark|BrightSync|REST|GraphQL|https:\/\/|tmk_…)$/;

/** All files of the pages but those that are no pages of ours, in a steady order. */
const filesOf = (): string[] =>
  readdirSync(WEB, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/^(explorer|docs|languages)\/|^api\/operations/.test(name))
    .sort();

export function readSource(): Source {
  const source: Source = { sentences: [], unread: [], bare: [] };
  for (const name of filesOf()) readFile(name, source);
  return source;
}

function readFile(name: string, source: Source): void {
  const text = readFileSync(path.join(WEB, name), "utf8");
  const kind = name.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, kind);
  const whereOf = (node: ts.Node): string =>
    `src/web/${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
  // Other functions have these names, too.
  const [, imported = ""] = /import \{([^}]*)\} from "[./]*languages\/say"/.exec(text) ?? [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && imported.includes(node.expression.getText()))
      readCall(node, whereOf(node), source);
    const bare = bareOf(node);
    if (bare !== null) source.bare.push(`${whereOf(node)} “${bare}”`);
    ts.forEachChild(node, visit);
  };
  visit(file);
}

function readCall(node: ts.CallExpression, where: string, { sentences, unread }: Source): void {
  const name = ts.isIdentifier(node.expression) ? node.expression.text : "";
  const index = CALLS[name];
  if (index === undefined) return;
  const given = node.arguments[index];
  if (given && ts.isStringLiteral(given))
    sentences.push({ text: given.text, plural: name === "many", where });
  else unread.push(where);
}

/** The text of a piece of markup that nothing translates; null of everything else. */
function bareOf(node: ts.Node): string | null {
  if (ts.isJsxText(node)) return isCode(node) ? null : proseIn(node.text);
  if (!ts.isJsxAttribute(node) || !TOLD.test(node.name.getText())) return null;
  return node.initializer && ts.isStringLiteral(node.initializer) ? proseIn(node.initializer.text) : null;
}

const isCode = ({ parent }: ts.JsxText): boolean =>
  ts.isJsxElement(parent) && parent.openingElement.tagName.getText() === "code";

const proseIn = (text: string): string | null => {
  const told = text.trim().replace(/\s+/g, " ");
  return /\p{L}{2}/u.test(told) && !NAMES.test(told) ? told : null;
};

/** `{name}` and `{count}`, in the order of the alphabet. */
export const placesIn = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name))].sort();
