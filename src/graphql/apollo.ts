// Apollo Server over our schema. Its errors speak the catalogue's language (src/graphql/errors.ts).
import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContextDidResolveOperation,
  type GraphQLRequestListener,
} from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, Kind, type OperationDefinitionNode } from "graphql";
import { randomUUID } from "node:crypto";
import type { RequestContext } from "../context";
import { badSyntax, unauthorized, type Problem } from "../errors";
import { boundsProblem, MAX_DOCUMENT_TOKENS } from "./bounds";
import { Documents } from "./documents";
import { keepSize } from "./answer-size";
import { formatError, MAX_ERRORS, toldOnce, type ErrorsTold } from "./errors";
import { stringifyResult } from "./printed";
import { printEvents } from "./printing";
import { getSchema } from "./schema";
import { noteRefusal, noteRoute, tellPassedOver } from "./told";
import { noteRetry, refuseUnanswered } from "./unanswered";

/** Which request an error is of: Apollo tells that just before it has the error formatted, and not while. */
const requestOf = new WeakMap<object, string>();

/**
 * Stands for the request id in what Apollo refuses before it knows of a request: the door puts the id in its place. An
 * AsyncLocalStorage, once used, would cost every promise of the process more than that (test/bench/RESULTS.md).
 */
export const REQUEST_ID_HERE = `unknown-${randomUUID()}`;

export function createApollo({ introspection, log }: ErrorsTold): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema: getSchema(),
    introspection,
    csrfPrevention: true,
    cache: "bounded",
    documentStore: new Documents(),
    parseOptions: { maxTokens: MAX_DOCUMENT_TOKENS },
    validationOptions: { maxErrors: MAX_ERRORS },
    executionOptions: { maxCoercionErrors: MAX_ERRORS },
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    logger: {
      debug: () => {},
      info: () => {},
      warn: (text) => log.warn(text),
      error: (text) => log.error(text),
    },
    formatError: (formatted, error) =>
      formatError(formatted, error, requestOf.get(error as object) ?? REQUEST_ID_HERE, {
        introspection,
        log,
      }),
    stringifyResult: (result) => `${stringifyResult(result)}\n`,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // It would be called for every field of every answer, and there are no hints here to follow.
      ApolloServerPluginCacheControlDisabled(),
      everyOperation({ introspection, log }),
    ],
  });
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

type Resolved = GraphQLRequestContextDidResolveOperation<RequestContext>;

/** Whoever sent no token may read the schema, so that explorers and code generators work, and nothing else. */
function requireToken({ contextValue, operation }: Resolved): void {
  if (contextValue.anonymous && !asksForSchemaOnly(operation)) {
    throw asGraphQLError(unauthorized("Send an access token: Authorization: Bearer tmk_…"));
  }
}

/** Apollo would take a subscription for a query. */
function sendElsewhere({ operation }: Resolved): void {
  if (operation?.operation !== "subscription") return;
  const how = "over WebSocket, or as server-sent events with Accept: text/event-stream.";
  throw asGraphQLError(badSyntax(`Subscriptions are answered ${how}`));
}

function keepBounds({ schema, document, request }: Resolved): void {
  const problem = boundsProblem(schema, document, request.operationName, request.variables);
  if (problem) throw asGraphQLError(problem);
}

const listener = (options: ErrorsTold): GraphQLRequestListener<RequestContext> => ({
  didResolveOperation(resolved) {
    requireToken(resolved);
    sendElsewhere(resolved);
    keepBounds(resolved);
    noteRoute(resolved);
    return Promise.resolve();
  },
  // Errors of what is printed are told here: Apollo has them told only of what it ran itself.
  responseForOperation: printEvents((errors, context) => {
    noteRetry(errors, context);
    return errors.map((error) => formatError(error.toJSON(), error, context.requestId, options));
  }),
  didEncounterErrors({ contextValue, errors }) {
    for (const error of errors) requestOf.set(error, contextValue.requestId);
    noteRetry(errors, contextValue);
    return Promise.resolve();
  },
  async willSendResponse(sent) {
    const { body } = sent.response;
    if (body.kind === "single" && body.singleResult.errors)
      body.singleResult.errors = toldOnce(body.singleResult.errors);
    await keepSize(sent);
    tellPassedOver(sent);
    noteRefusal(sent);
    refuseUnanswered(sent);
  },
});

/** All of ours in one plugin: each one costs Apollo a few promises a request. */
function everyOperation(options: ErrorsTold): ApolloServerPlugin<RequestContext> {
  const same = listener(options);
  return { requestDidStart: () => Promise.resolve(same) };
}
