// What the text of a document may be before anything is checked against the schema, whose rules take longer than the rest of
// a request where many fields have one name: each is compared with each, at every level and through every fragment.
import {
  Kind,
  parse,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { badSyntax } from "../errors";
import { MAX_DOCUMENT_TOKENS } from "./bounds";
import { requireShallow } from "./nesting";
import { inDigits } from "../values/text";

/** Of a document, comments and texts included. */
export const MAX_LETTERS = 256 * 1024;
/** Fields to look at, a fragment's wherever it is spread, and pairs of fields of one name. */
export const MAX_COMPARED = 50_000;
/** Nothing shorter can have more of them than the rules of the schema take in their stride. */
const SHORT = 2_000;
/** Deeper than any operation may be (bounds.ts). */
const MAX_LEVELS = 60;

/** Refuses, as `bad_request`, a document that is too long, too deep, or has too many fields of one name. */
export function requireModest(text: unknown): void {
  if (typeof text !== "string") return;
  if (text.length > MAX_LETTERS)
    throw badSyntax(
      `A document may have ${inDigits(MAX_LETTERS)} characters at most: send long values as variables.`,
    );
  requireShallow(text);
  const document = text.length > SHORT && parsed(text);
  if (document && !new Comparison(document).isModest())
    throw badSyntax(
      `The document has more than ${inDigits(MAX_COMPARED)} fields and pairs of fields of one name to compare, fragments ` +
        "wherever they are spread: ask for each field once.",
    );
}

/** What is no document is for the parser of the door to refuse. */
function parsed(text: string): DocumentNode | null {
  try {
    return parse(text, { maxTokens: MAX_DOCUMENT_TOKENS, noLocation: true });
  } catch {
    return null;
  }
}

class Comparison {
  private compared = 0;
  private readonly fragments = new Map<string, FragmentDefinitionNode>();

  constructor(private readonly document: DocumentNode) {
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
  }

  isModest(): boolean {
    return this.document.definitions.every(
      (definition) => !("selectionSet" in definition) || this.merge([definition.selectionSet], 1),
    );
  }

  /** Compares what selection sets that are merged have in one name; false once that is too much. */
  private merge(sets: readonly SelectionSetNode[], level: number): boolean {
    const byName = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    if (!sets.every((set) => this.collect(set, byName, spread))) return false;
    for (const fields of byName.values()) {
      this.compared += (fields.length * (fields.length - 1)) / 2;
      const below = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (this.compared > MAX_COMPARED) return false;
      if (below.length > 0 && level < MAX_LEVELS && !this.merge(below, level + 1)) return false;
    }
    return true;
  }

  private collect(
    { selections }: SelectionSetNode,
    byName: Map<string, FieldNode[]>,
    spread: Set<string>,
  ): boolean {
    this.compared += selections.length;
    if (this.compared > MAX_COMPARED) return false;
    return selections.every((selection) => {
      if (selection.kind === Kind.INLINE_FRAGMENT)
        return this.collect(selection.selectionSet, byName, spread);
      const { value: name } = (selection.kind === Kind.FIELD && selection.alias) || selection.name;
      if (selection.kind === Kind.FIELD) {
        const same = byName.get(name);
        if (same) same.push(selection);
        else byName.set(name, [selection]);
        return true;
      }
      const fragment = this.fragments.get(name);
      if (!fragment || spread.has(name)) return true;
      spread.add(name);
      return this.collect(fragment.selectionSet, byName, spread);
    });
  }
}
