// What the log says of an operation: its route is the name of what it asks for first, its code that of its first error.
import type {
  GraphQLRequestContextDidResolveOperation,
  GraphQLRequestContextWillSendResponse,
} from "@apollo/server";
import {
  Kind,
  type FormattedExecutionResult,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { RequestContext } from "../context";
import type { Telemetry } from "../metrics/telemetry";
import type { Tally } from "../telemetry/tally";

/** The answers of an operation. */
export interface Results extends AsyncIterable<FormattedExecutionResult> {
  next(): Promise<IteratorResult<FormattedExecutionResult, void>>;
  return(): Promise<IteratorResult<FormattedExecutionResult, void>>;
}

/** Such as `query events`: only names of the schema, so it is asked of documents that have been found valid. */
export function routeOf({ operation, selectionSet }: OperationDefinitionNode): string {
  return `${operation} ${firstField(selectionSet) ?? "(fragment)"}`;
}

function firstField({ selections }: SelectionSetNode): string | null {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) return selection.name.value;
    if (selection.kind === Kind.INLINE_FRAGMENT) return firstField(selection.selectionSet);
  }
  return null;
}

export function noteRoute({
  contextValue,
  operation,
}: GraphQLRequestContextDidResolveOperation<RequestContext>): void {
  if (operation) contextValue.tally.route = routeOf(operation);
}

export function noteCode({
  contextValue,
  response: { body },
}: GraphQLRequestContextWillSendResponse<RequestContext>): void {
  const error = body.kind === "single" ? body.singleResult.errors?.[0] : undefined;
  const code = error?.extensions?.code;
  if (typeof code === "string") contextValue.tally.code = code;
}

/** The same answers, and word of the operation when it is over. */
export function told(results: Results, telemetry: Telemetry, tally: Tally, requestId: string): Results {
  let over = false;
  const tell = (): void => {
    if (over) return;
    over = true;
    telemetry.tellOperation(tally, requestId);
  };
  const stream: Results = {
    next: async () => {
      try {
        const result = await results.next();
        if (result.done) tell();
        return result;
      } catch (error) {
        tell();
        throw error;
      }
    },
    return: async () => {
      tell();
      return results.return();
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}
