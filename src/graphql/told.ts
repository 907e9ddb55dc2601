// What the logs say of an operation: its route is the name of what it asks for first, its refusal that of its first error.
import type {
  GraphQLRequestContextDidResolveOperation,
  GraphQLRequestContextWillSendResponse,
} from "@apollo/server";
import {
  Kind,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { RequestContext } from "../context";
import type { Telemetry } from "../metrics/telemetry";
import type { Refusal, Tally } from "../telemetry/tally";

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

/** Why an operation was refused, as its first error says; null where none says it in a word of the catalogue. */
export function refusalOf(errors: readonly GraphQLFormattedError[] = []): Refusal | null {
  const [error] = errors;
  const { code, details = [] } = (error?.extensions ?? {}) as Partial<Refusal>;
  return error && typeof code === "string" ? { code, message: error.message, details } : null;
}

export function noteRefusal({
  contextValue,
  response: { body },
}: GraphQLRequestContextWillSendResponse<RequestContext>): void {
  if (body.kind === "single") contextValue.tally.refusal = refusalOf(body.singleResult.errors);
}

/** What of the operation's writes was passed over. */
export function tellPassedOver({
  contextValue,
  response: { body },
}: GraphQLRequestContextWillSendResponse<RequestContext>): void {
  const { passedOver } = contextValue.tally;
  if (body.kind !== "single" || passedOver.length === 0) return;
  body.singleResult.extensions = { ...body.singleResult.extensions, passedOver };
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
