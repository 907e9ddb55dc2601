// Refuses an answer that turned out too large (src/access/answer-size.ts).
import type { GraphQLRequestContextWillSendResponse } from "@apollo/server";
import type { FormattedExecutionResult } from "graphql";
import { badSyntax } from "../errors";
import type { RequestContext } from "../context";
import { formatProblem } from "./errors";
import { answerSizeOf, MAX_ANSWER_BYTES, TOO_LARGE, TOO_MANY } from "../access/answer-size";

type Sent = GraphQLRequestContextWillSendResponse<RequestContext>;

/** An answer that is too large is refused as a whole, with one error. A mutation's has been done, and is bounded by that. */
export function keepSize({ contextValue, operation, response: { body } }: Sent): void {
  if (body.kind !== "single") return;
  const size = answerSizeOf(contextValue);
  const { errors, data } = body.singleResult;
  const isTooLarge = errors?.some(({ message }) => message === TOO_LARGE) ?? false;
  const tooMany = errors?.find(({ message }) => message === TOO_MANY);
  if (tooMany) {
    body.singleResult = { data: null, errors: [tooMany] };
  } else if (isTooLarge || (operation?.operation === "query" && !size.isHarmless && !fits(data))) {
    // Where in the answer that was found out depends on how it was made.
    const problem = badSyntax(size.refusal);
    const error = formatProblem({ message: problem.message }, problem, contextValue.requestId);
    body.singleResult = { data: null, errors: [error] };
  }
}

/** Whether it comes to no more than an answer may. */
function fits(data: FormattedExecutionResult["data"]): boolean {
  let room = MAX_ANSWER_BYTES;
  const take = (value: unknown): boolean => {
    if (typeof value === "string") room -= value.length;
    else if (typeof value !== "object" || value === null) room -= 4;
    else for (const key in value) if (!takeField(key, (value as Record<string, unknown>)[key])) return false;
    return room >= 0;
  };
  const takeField = (key: string, value: unknown): boolean => {
    room -= key.length + 4;
    return take(value);
  };
  return take(data);
}
