// Apollo Server over our schema. Its errors speak the catalogue's language (src/graphql/errors.ts).
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, Kind, type GraphQLFormattedError, type OperationDefinitionNode } from "graphql";
import { AsyncLocalStorage } from "node:async_hooks";
import type { RequestContext } from "../request-context";
import { badSyntax, unauthorized, type Problem } from "../errors";
import type { Log } from "../log";
import { boundsProblem, DOCUMENT_MOST_TOKENS } from "./bounds";
import { Documents } from "./documents";
import { keepSize } from "./entries";
import { formatProblem, problemOf } from "./errors";
import { stringifyResult } from "./printed";
import { printEvents } from "./printing";
import { getSchema } from "./schema";
import { noteOperation } from "./told";

/** The id of the request being answered: Apollo formats some errors before there is a context. */
export const currentRequest = new AsyncLocalStorage<string>();

// What is wrong with a document or its variables is told up to here: each fault may quote the input.
export const MOST_ERRORS = 20;

interface ApolloOptions {
  introspection: boolean;
  log: Log;
}

export function createApollo({ introspection, log }: ApolloOptions): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema: getSchema(),
    introspection,
    csrfPrevention: true,
    cache: "bounded",
    documentStore: new Documents(),
    parseOptions: { maxTokens: DOCUMENT_MOST_TOKENS },
    validationOptions: { maxErrors: MOST_ERRORS },
    executionOptions: { maxCoercionErrors: MOST_ERRORS },
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    logger: {
      debug: () => {},
      info: () => {},
      warn: (text) => log.warn(text),
      error: (text) => log.error(text),
    },
    formatError: (formatted, error) => formatError(formatted, error, currentRequest.getStore() ?? "", log),
    stringifyResult: (result) => `${stringifyResult(result)}\n`,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // It would be called for every field of every answer, and there are no hints here to follow.
      ApolloServerPluginCacheControlDisabled(),
      requireToken,
      sendElsewhere,
      keepBounds,
      keepSize,
      noteOperation,
      printEvents,
    ],
  });
}

/** An error as it leaves the door; what is our own fault is logged. */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  requestId: string,
  log: Log,
): GraphQLFormattedError {
  const problem = problemOf(error);
  if (!problem) return { ...formatted, extensions: { ...formatted.extensions, requestId, details: [] } };
  if (problem.status >= 500) log.error({ requestId, err: problem.cause ?? problem }, problem.message);
  return formatProblem(formatted, problem, requestId);
}

const asGraphQLError = (problem: Problem): GraphQLError =>
  new GraphQLError(problem.message, {
    originalError: problem,
    extensions: { http: { status: problem.status, headers: new Map(Object.entries(problem.headers)) } },
  });

const asksForSchemaOnly = (operation: OperationDefinitionNode | undefined): boolean =>
  operation?.operation === "query" &&
  operation.selectionSet.selections.every(
    (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith("__"),
  );

/** Whoever sent no token may read the schema, so that explorers and code generators work, and nothing else. */
const requireToken: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () =>
    Promise.resolve({
      didResolveOperation: ({ contextValue, operation }) => {
        if (contextValue.anonymous && !asksForSchemaOnly(operation)) {
          throw asGraphQLError(unauthorized("Send an access token: Authorization: Bearer tmk_…"));
        }
        return Promise.resolve();
      },
    }),
};

/** Apollo would take a subscription for a query. */
const sendElsewhere: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () =>
    Promise.resolve({
      didResolveOperation: ({ operation }) => {
        if (operation?.operation === "subscription") {
          const how = "over WebSocket, or as server-sent events with Accept: text/event-stream.";
          throw asGraphQLError(badSyntax(`Subscriptions are answered ${how}`));
        }
        return Promise.resolve();
      },
    }),
};

const keepBounds: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () =>
    Promise.resolve({
      didResolveOperation: ({ schema, document, request }) => {
        const problem = boundsProblem(schema, document, request.operationName, request.variables);
        if (problem) throw asGraphQLError(problem);
        return Promise.resolve();
      },
    }),
};
