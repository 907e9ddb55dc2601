// What GraphQL over HTTP says of an operation that was answered nothing because the service could not, or because its token
// had too much under way: 503, or 429, so that programs and proxies that know no GraphQL know when to come again.
import type { GraphQLRequestContextWillSendResponse } from "@apollo/server";
import { Kind, type GraphQLError } from "graphql";
import type { RequestContext } from "../context";
import { problemOf } from "./errors";

const STATUS: Readonly<Record<string, number>> = { unavailable: 503, rate_limited: 429 };

interface Retry {
  status: number;
  seconds: number;
}

/** When to come again, by the errors of an operation: after the longest that one of them names. */
const retries = new WeakMap<RequestContext, Retry>();

/** Remembers what errors say of when to come again. */
export function noteRetry(errors: readonly GraphQLError[], context: RequestContext): void {
  for (const error of errors) {
    const problem = problemOf(error);
    const status = problem && STATUS[problem.code];
    if (!status) continue;
    const before = retries.get(context);
    const seconds = Number(problem.headers["Retry-After"] ?? 1);
    retries.set(context, {
      status: Math.max(status, before?.status ?? 0),
      seconds: Math.max(seconds, before?.seconds ?? 0),
    });
  }
}

/**
 * 503 or 429 where that kept every field from its answer. A mutation that was done, and whose answer could not be read, is
 * not to be tried again by itself; nor are several of which some may have been done.
 */
export function refuseUnanswered({
  contextValue,
  operation,
  response: { body, http },
}: GraphQLRequestContextWillSendResponse<RequestContext>): void {
  const retry = retries.get(contextValue);
  if (retry === undefined || body.kind !== "single") return;
  const { data, errors = [] } = body.singleResult;
  const failed = new Set(errors.map(({ path }) => path?.[0]));
  const isAnswered = Object.entries(data ?? {}).some(([key, value]) => value !== null || !failed.has(key));
  if (isAnswered) return;
  if (operation?.operation === "mutation") {
    if (asksForMuch(operation.selectionSet.selections) || errors.some(({ path = [] }) => path.length > 1))
      return;
  }
  http.status = retry.status;
  http.headers.set("Retry-After", String(retry.seconds));
}

const asksForMuch = (selections: readonly { kind: Kind }[]): boolean =>
  selections.length > 1 || selections.some(({ kind }) => kind !== Kind.FIELD);
