// Refuses an answer that turned out too large (src/access/answer-size.ts).
import type { GraphQLRequestContextWillSendResponse } from "@apollo/server";
import { badSyntax } from "../errors";
import type { RequestContext } from "../context";
import { formatProblem } from "./errors";
import { Printed } from "./printed";
import {
  answerSizeOf,
  MAX_ANSWER_BYTES,
  TOO_LARGE,
  TOO_MANY,
  TOO_MANY_VALUES,
  type AnswerSize,
} from "../access/answer-size";
import { Pauses } from "../turns/pauses";

type Sent = GraphQLRequestContextWillSendResponse<RequestContext>;

/**
 * An answer that is too large is refused as a whole, with one error. A mutation's has been done, and is bounded by that. What
 * is not small is printed here, in pieces.
 */
export async function keepSize({ contextValue, operation, response: { body } }: Sent): Promise<void> {
  if (body.kind !== "single") return;
  const size = answerSizeOf(contextValue);
  const { errors, data } = body.singleResult;
  const tooMany = errors?.find(({ message }) => message === TOO_MANY || message === TOO_MANY_VALUES);
  if (tooMany) {
    body.singleResult = { data: null, errors: [tooMany] };
    return;
  }
  // Where in the answer that was found out depends on how it was made.
  const isTooLarge = errors?.some(({ message }) => message === TOO_LARGE) ?? false;
  if (data == null && !isTooLarge) return;
  const printed =
    isTooLarge || data == null ? null : await printedWithin(data, size, operation?.operation === "query");
  if (printed) {
    body.singleResult = { ...body.singleResult, data: printed };
    return;
  }
  const problem = badSyntax(size.refusal);
  const error = formatProblem({ message: problem.message }, problem, contextValue.requestId);
  body.singleResult = { data: null, errors: [error] };
}

/** More values are printed in pieces. */
const MAX_AT_ONCE = 10_000;

class TooLarge extends Error {}

/** The data as it is sent; null where it comes to more than an answer may, in bytes of UTF-8. What is small stays as it is. */
async function printedWithin(
  data: object,
  size: AnswerSize,
  isBounded: boolean,
): Promise<Record<string, unknown> | null> {
  const isSmall = size.isHarmless && size.valuesSoFar <= MAX_AT_ONCE;
  if (isSmall || !Object.values(data).some(isObject)) return data as Record<string, unknown>;
  const room = { bytes: isBounded ? MAX_ANSWER_BYTES : Infinity, pauses: new Pauses() };
  try {
    return new Printed(await printInPieces(data, room)) as unknown as Record<string, unknown>;
  } catch (error) {
    if (error instanceof TooLarge) return null;
    throw error;
  }
}

interface Room {
  bytes: number;
  pauses: Pauses;
}

/** As `JSON.stringify` prints it, with pauses between its objects. Throws TooLarge once there is no room. */
async function printInPieces(value: unknown, room: Room): Promise<string> {
  if (value instanceof Printed) return within(room, value.text);
  if (typeof value !== "object" || value === null || !Object.values(value).some(isObject))
    return within(room, JSON.stringify(value));
  const isList = Array.isArray(value);
  const parts: string[] = [];
  for (const [key, one] of Object.entries(value)) {
    const text = await printInPieces(one, room);
    parts.push(isList ? text : `${JSON.stringify(key)}:${text}`);
    // With what stands around it, such as a comma; names are ASCII.
    room.bytes -= isList ? 1 : key.length + 4;
    const pause = room.pauses.take();
    if (pause) await pause;
  }
  return isList ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

function within(room: Room, text: string): string {
  room.bytes -= Buffer.byteLength(text);
  if (room.bytes < 0) throw new TooLarge();
  return text;
}
