// How deep the brackets of a document may stand in one another. What parses and checks a document goes down it by
// recursion, and Apollo calls it our own fault where that is too deep; so this comes first, and counts without.
import { Lexer, Source, TokenKind } from "graphql";
import { badSyntax } from "../errors";

/** More than the bounds of fields (bounds.ts) and any value can use. */
const MAX_NESTING = 200;

const OPENING = /[{[(]/g;
const OPENS: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSES: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** Refuses a document that is nested too deeply. What is no document is for the parser to refuse. */
export function requireShallow(text: unknown): void {
  if (typeof text !== "string" || (text.match(OPENING)?.length ?? 0) <= MAX_NESTING) return;
  const lexer = new Lexer(new Source(text));
  let levels = 0;
  try {
    while (levels <= MAX_NESTING && lexer.advance().kind !== TokenKind.EOF) {
      if (OPENS.has(lexer.token.kind)) levels++;
      else if (CLOSES.has(lexer.token.kind)) levels--;
    }
  } catch {
    return; // No token: the parser says where, with the line.
  }
  if (levels > MAX_NESTING) throw badSyntax("The document is nested too deeply.");
}
