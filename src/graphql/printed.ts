// JSON that is ready to be sent, within an answer that is not: lists of events are printed from their rows
// (src/graphql/printer.ts) and are not to be taken apart and printed once more.
import { randomBytes } from "node:crypto";
import type { FormattedExecutionResult } from "graphql";

/** Stands for printed JSON while an answer is turned to text. No text of anybody's can hold it. */
const MARK = `printed ${randomBytes(24).toString("hex")}`;
const QUOTED = `"${MARK}"`;

/** What was met while an answer is turned to text; null at any other time. */
let met: string[] | null = null;

export class Printed {
  constructor(readonly text: string) {}

  /** Outside the printing of an answer, JSON.stringify gets the value itself. */
  toJSON(): unknown {
    if (met === null) return JSON.parse(this.text);
    met.push(this.text);
    return MARK;
  }
}

/** The answer's JSON, as `JSON.stringify` would have it were nothing printed before. */
export function stringifyResult(result: FormattedExecutionResult): string {
  const printed: string[] = (met = []);
  let text: string;
  try {
    text = JSON.stringify(result);
  } finally {
    met = null;
  }
  if (printed.length === 0) return text;
  const pieces = text.split(QUOTED);
  return pieces.map((piece, index) => piece + (printed[index] ?? "")).join("");
}

/** The answer that graphql-ws is about to print within a message; null at any other time. */
let within: string | null = null;

/** An answer on its way into a message of graphql-ws, which prints that itself: `finishMessage` puts the answer in. */
export class InMessage {
  constructor(private readonly result: FormattedExecutionResult) {}

  toJSON(): string {
    within = stringifyResult(this.result);
    return MARK;
  }
}

/** The message as it is sent. It was printed just before, so that no other is in between. */
export function finishMessage(text: string): string {
  if (within === null) return text;
  const [before, after] = text.split(QUOTED);
  const message = after === undefined ? text : `${before}${within}${after}`;
  within = null;
  return message;
}
