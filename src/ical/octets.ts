// A file as lines of octets: folds are undone before anything is decoded, because they may cut a character. Memory does
// not grow with the file, nor with its longest line.

import { isUtf8 } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Something to read from, anywhere, without waiting. */
export interface Source {
  readonly size: number;
  /** The octets from `from` up to `to`, in a buffer that nobody writes to again. */
  read(from: number, to: number): Buffer;
}

/** A line with its folds undone, `NAME;PARAMETER=value:value`. */
export interface OctetLine {
  octets: Buffer;
  /** The number of the line of the file in which it begins. */
  line: number;
  /** Where it begins, and where the next one does. */
  from: number;
  to: number;
}

/** A part of a file. */
export interface Stretch {
  from: number;
  to: number;
  /** The number of its first line. */
  line: number;
}

/** A file that is no calendar at all, or none that can be read; said in this sentence. */
export class UnreadableFile extends Error {}

/** Of a longer line the rest is passed over: no field of ours holds as much. */
const MAX_LINE_OCTETS = 1024 * 1024;
/** UTF-16 is turned into UTF-8 at once. */
const MAX_UTF16_OCTETS = 64 * 1024 * 1024;
// By the mark, or by every other octet of the first two letters.
const BIG_ENDIAN = /^(?:\u00fe\u00ff|\0[^\0]\0[^\0])/;
const LITTLE_ENDIAN = /^(?:\u00ff\u00fe|[^\0]\0[^\0]\0)/;
const CHUNK = 64 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);
const LF = 10;
const CR = 13;
const TAB = 9;
const BLANK = 32;
const EQUALS = 61;
const QUOTED_PRINTABLE = /^[^:]*QUOTED-PRINTABLE/i;
const CHARSET = /^[^:]*;\s*CHARSET\s*=\s*"?([\w.-]+)/i;
const HEAD_LENGTH = 256;

/** An open file as a source. Its `close` has to be called. */
export function openFile(path: string): Source & { close: () => void } {
  const file = openSync(path, "r");
  const read = (from: number, to: number): Buffer => {
    const octets = Buffer.allocUnsafe(to - from);
    return octets.subarray(0, readSync(file, octets, 0, to - from, from));
  };
  const { size } = fstatSync(file);
  // A folder can be opened, and not read.
  readSync(file, Buffer.alloc(1), 0, 1, 0);
  return { size, read, close: () => closeSync(file) };
}

export const sourceOf = (octets: Buffer): Source => ({
  size: octets.length,
  read: (from, to) => octets.subarray(from, to),
});

/** The same file in UTF-8, without its byte order mark. A file of UTF-16 that is too large is an Error. */
export function withoutMark(source: Source): { source: Source; whole: Stretch; utf16: boolean } {
  const head = source.read(0, Math.min(4, source.size)).toString("latin1");
  const whole = { from: 0, to: source.size, line: 1 };
  if (head.startsWith("\u00ef\u00bb\u00bf")) return { source, whole: { ...whole, from: 3 }, utf16: false };
  const isBig = BIG_ENDIAN.test(head);
  if (!isBig && !LITTLE_ENDIAN.test(head)) return { source, whole, utf16: false };
  if (source.size > MAX_UTF16_OCTETS) {
    throw new UnreadableFile("This file is in UTF-16 and has over 64 MiB: save it as UTF-8");
  }
  const octets = Buffer.from(source.read(0, source.size - (source.size % 2)));
  const text = (isBig ? octets.swap16() : octets).toString("utf16le").replace(/^\ufeff/, "");
  const utf8 = sourceOf(Buffer.from(text));
  return { source: utf8, whole: { ...whole, to: utf8.size }, utf16: true };
}

/** So many lines as they stand in a file are looked at in a step. */
export const LINES_A_STEP = 1_000;

/**
 * The lines of a part of a file, unfolded. Blank ones go, also where one parts a line from its continuation. Null after each
 * thousand as they stand: a file may have millions that make no line.
 */
export function* octetLines(source: Source, stretch: Stretch): Generator<OctetLine | null> {
  let open: Unfolded | null = null;
  let pieces = 0;
  for (const piece of piecesOf(source, stretch)) {
    if (++pieces % LINES_A_STEP === 0) yield null;
    if (piece.octets.length === 0) continue;
    const first = piece.octets[0];
    if (open && (first === BLANK || first === TAB)) open.append(piece.octets.subarray(1), piece.to);
    else if (open?.endsSoftly()) open.append(piece.octets, piece.to);
    else {
      if (open) yield open.done();
      open = new Unfolded(piece);
    }
  }
  if (open) yield open.done();
}

/** A line that may still go on. */
class Unfolded {
  private readonly pieces: Buffer[];
  private length: number;

  constructor(private readonly first: OctetLine) {
    this.pieces = [first.octets];
    this.length = first.octets.length;
  }

  append(octets: Buffer, to: number): void {
    this.first.to = to;
    if (this.endsSoftly()) this.dropLast();
    const kept = octets.subarray(0, Math.max(0, MAX_LINE_OCTETS - this.length));
    // Of a line of nothing but folds not even these are kept.
    if (kept.length > 0) this.pieces.push(kept);
    this.length += kept.length;
  }

  /** Whether it ends as a line of vCalendar 1.0 does that goes on in the next: quoted-printable, with an equals sign. */
  endsSoftly(): boolean {
    if (this.pieces.at(-1)?.at(-1) !== EQUALS) return false;
    return QUOTED_PRINTABLE.test(this.first.octets.toString("latin1", 0, HEAD_LENGTH));
  }

  done(): OctetLine {
    const [only, ...others] = this.pieces;
    return others.length === 0 && only ? this.first : { ...this.first, octets: Buffer.concat(this.pieces) };
  }

  private dropLast(): void {
    const last = this.pieces.pop();
    if (last) this.pieces.push(last.subarray(0, -1));
    this.length--;
  }
}

/** The lines as they stand in the file, whichever line ends it has. */
function* piecesOf(source: Source, { from, to, line }: Stretch): Generator<OctetLine> {
  let [start, number, held, wasReturn]: [number, number, Buffer, boolean] = [from, line, NOTHING, false];
  for (let at = from; at < to;) {
    const chunk = source.read(at, Math.min(at + CHUNK, to));
    if (chunk.length === 0) break;
    const ends = lineEnds(chunk);
    let begun = wasReturn && chunk[0] === LF ? 1 : 0;
    for (let end = ends(begun); end < chunk.length; end = ends(begun)) {
      const isPair = chunk[end] === CR && chunk[end + 1] === LF;
      const next = end + (isPair ? 2 : 1);
      yield { octets: joined(held, chunk.subarray(begun, end)), line: number++, from: start, to: at + next };
      [held, begun, start] = [NOTHING, next, at + next];
    }
    wasReturn = chunk.at(-1) === CR;
    if (begun < chunk.length) held = joined(held, chunk.subarray(begun));
    else if (begun > 0 && held.length === 0) start = at + begun;
    at += chunk.length;
  }
  if (held.length > 0) yield { octets: held, line: number, from: start, to };
}

/** Where the next line ends that begins at an index, or beyond the chunk. Each octet is looked at twice at most. */
function lineEnds(chunk: Buffer): (from: number) => number {
  const find = (octet: number, from: number): number => {
    const found = chunk.indexOf(octet, from);
    return found < 0 ? chunk.length : found;
  };
  let [feed, turn] = [-1, -1];
  return (from) => {
    if (feed < from) feed = find(LF, from);
    if (turn < from) turn = find(CR, from);
    return Math.min(feed, turn);
  };
}

function joined(held: Buffer, more: Buffer): Buffer {
  const room = MAX_LINE_OCTETS - held.length;
  if (held.length === 0) return more.subarray(0, room);
  return room <= 0 ? held : Buffer.concat([held, more.subarray(0, room)]);
}

// TextDecoder of some Node.js versions leaves 0x80 to 0x9f of Windows-1252 as they are.
const WINDOWS_1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";
const LATIN = /^(?:windows-1252|cp1252|iso-?8859-1|latin1|us-ascii)$/i;

const decodeLatin = (octets: Buffer): string =>
  octets
    .toString("latin1")
    .replace(/[\u0080-\u009f]/g, (sign) => WINDOWS_1252.charAt(sign.charCodeAt(0) - 0x80));

/** A line's text: UTF-8, else what its CHARSET says, else Windows-1252. `guessed` where nothing said so. */
export function decode(octets: Buffer): { text: string; guessed: boolean } {
  const whole = octets.length < MAX_LINE_OCTETS ? octets : withoutTornCharacter(octets);
  if (isUtf8(whole)) return { text: whole.toString("utf8"), guessed: false };
  const said = CHARSET.exec(whole.toString("latin1", 0, HEAD_LENGTH))?.[1];
  const text = said === undefined ? null : decodeAs(said, whole);
  return { text: text ?? decodeLatin(whole), guessed: text === null };
}

/** The text in this character set; null for one that nobody knows. */
export function decodeAs(charset: string, octets: Buffer): string | null {
  if (LATIN.test(charset)) return decodeLatin(octets);
  try {
    return new TextDecoder(charset).decode(octets);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_ENCODING_NOT_SUPPORTED") return null;
    throw error;
  }
}

function withoutTornCharacter(octets: Buffer): Buffer {
  let end = octets.length;
  while (end > octets.length - 4 && ((octets[end - 1] ?? 0) & 0xc0) === 0x80) end--;
  return octets.subarray(0, ((octets[end - 1] ?? 0) & 0x80) === 0 ? octets.length : end - 1);
}
