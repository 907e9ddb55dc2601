/**
 * Addresses in a text that somebody typed or pasted: `a@x.test, b@x.test; c@x.test`, `Name <address>`, one a line.
 * What is no address is kept apart, each piece with the reason.
 */
import { say } from "../languages/say";
export interface NamedAddress {
  address: string;
  name: string | null;
}

export interface Unread {
  text: string;
  /** Why it is no address, as the rest of a sentence: "it has no “@”". */
  why: string;
}

export interface Addresses {
  read: NamedAddress[];
  unread: Unread[];
}

const MAX_ADDRESS = 320;
/** "Doe, Jane <jane@x.test>", as Outlook has it between semicolons. */
const LAST_NAME_FIRST = /^[^@<>"]*,[^@<>"]*<[^<>]+>$/;
const MAILTO = /^mailto:/i;

export function addressesIn(text: string): Addresses {
  const found: Addresses = { read: [], unread: [] };
  const chunks = split(text, ";\n\r\t");
  for (const chunk of chunks) {
    const isOne = chunks.length > 1 && LAST_NAME_FIRST.test(chunk);
    for (const part of isOne ? [chunk] : split(chunk, ",")) {
      for (const piece of wordsOf(part)) take(piece, found);
    }
  }
  return found;
}

function take(piece: string, { read, unread }: Addresses): void {
  const given = namedIn(piece);
  const why = faultOf(given.address);
  if (why === null) read.push(given);
  else unread.push({ text: piece, why });
}

/** The pieces between separators, but for those within quotes and angle brackets. */
function split(text: string, separators: string): string[] {
  // A quote that is never closed holds nothing together.
  const quotes = (text.match(/"/g) ?? []).length % 2 === 0;
  const pieces = [""];
  let [quoted, bracketed] = [false, false];
  for (const sign of text) {
    if (sign === '"' && quotes) quoted = !quoted;
    else if (!quoted && sign === "<") bracketed = true;
    else if (!quoted && sign === ">") bracketed = false;
    if (separators.includes(sign) && !quoted && !bracketed) pieces.push("");
    else pieces[pieces.length - 1] += sign;
  }
  return pieces.map((piece) => piece.trim()).filter(Boolean);
}

/** Addresses with nothing but blanks between them are several; anything else with blanks is one piece. */
function wordsOf(part: string): string[] {
  const words = part.split(/\s+/);
  return words.every((word) => faultOf(namedIn(word).address) === null) ? words : [part];
}

function namedIn(piece: string): NamedAddress {
  const [, name = "", inner] = /^([^<]*)<([^<>]*)>$/s.exec(piece) ?? [];
  if (inner === undefined) return { address: piece.replace(MAILTO, "").trim(), name: null };
  const bare = name
    .trim()
    .replace(/^"(.*)"$/s, "$1")
    .replace(/\\(.)/gsu, "$1")
    .trim();
  return { address: inner.trim().replace(MAILTO, "").trim(), name: bare || null };
}

function faultOf(address: string): string | null {
  const [before = "", after, ...more] = address.split("@");
  if (after === undefined) return say("it has no “@”");
  if (more.length > 0) return say("it has more than one “@”");
  if (before === "") return say("nothing stands before its “@”");
  if (after === "") return say("nothing stands after its “@”");
  if (/\s/.test(address)) return say("it has a blank in it");
  if (/[<>"()[\]\\,;:\p{Cc}]/u.test(address)) return say("it has signs that no address has");
  if (/^\.|\.$|\.\./.test(after)) return say("its domain has a dot too many");
  if ([...address].length > MAX_ADDRESS)
    return say("it is longer than {most} characters", { most: MAX_ADDRESS });
  return null;
}
