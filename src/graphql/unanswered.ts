// What GraphQL over HTTP says of an operation that was answered nothing because the service could not: 503, so that programs
// and proxies that know no GraphQL know when to come again.
import type { GraphQLRequestContextWillSendResponse } from "@apollo/server";
import { Kind, type GraphQLError } from "graphql";
import type { RequestContext } from "../context";
import { problemOf } from "./errors";

/** When to come again, by the errors of an operation: after the longest that one of them names. */
const retryAfter = new WeakMap<RequestContext, number>();

/** Remembers what errors say of when to come again. */
export function noteRetry(errors: readonly GraphQLError[], context: RequestContext): void {
  for (const error of errors) {
    const problem = problemOf(error);
    if (problem?.code !== "unavailable") continue;
    const seconds = Number(problem.headers["Retry-After"] ?? 1);
    retryAfter.set(context, Math.max(seconds, retryAfter.get(context) ?? 0));
  }
}

/**
 * 503 where `unavailable` kept every field from its answer. Of several mutations in one operation some may have been done,
 * whatever the answer says, and the whole is not to be tried again by itself.
 */
export function refuseUnanswered({
  contextValue,
  operation,
  response: { body, http },
}: GraphQLRequestContextWillSendResponse<RequestContext>): void {
  const seconds = retryAfter.get(contextValue);
  if (seconds === undefined || body.kind !== "single") return;
  const { data, errors = [] } = body.singleResult;
  const failed = new Set(errors.map(({ path }) => path?.[0]));
  const isAnswered = Object.entries(data ?? {}).some(([key, value]) => value !== null || !failed.has(key));
  if (isAnswered || (operation?.operation === "mutation" && asksForMuch(operation.selectionSet.selections)))
    return;
  http.status = 503;
  http.headers.set("Retry-After", String(seconds));
}

const asksForMuch = (selections: readonly { kind: Kind }[]): boolean =>
  selections.length > 1 || selections.some(({ kind }) => kind !== Kind.FIELD);
