// Any operation, for the doors that stream (WebSocket, server-sent events). A query or mutation goes through Apollo as at
// the HTTP door and answers once; a subscription, which Apollo does not run, is checked alike and answers until it ends.
import type { ApolloServer } from "@apollo/server";
import {
  createSourceEventStream,
  execute,
  getOperationAST,
  GraphQLError,
  parse,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from "graphql";
import type { Gate } from "../access/gate";
import { foreignWrite } from "../access/origin";
import type { Stream } from "../access/streams";
import type { Caller } from "../entities/caller";
import type { Database } from "../database/database";
import type { Hub } from "../live/hub";
import { LiveContext } from "../live/live-context";
import type { Log } from "../telemetry/log";
import { RequestContext } from "../context";
import { requireBoundedJson } from "../values/json-bounds";
import type { Tally } from "../telemetry/tally";
import type { Telemetry } from "../metrics/telemetry";
import { boundsProblem, MAX_DOCUMENT_TOKENS } from "./bounds";
import { formatError, MAX_ERRORS, problemOf, toldOnce } from "./errors";
import { requireModest } from "./document";
import { getSchema } from "./schema";
import { refusalOf, routeOf, type Results } from "./told";

/** What every door of GraphQL opens on. */
export interface GraphQLEngine {
  apollo: ApolloServer<RequestContext>;
  db: Database;
  gate: Gate;
  hub: Hub;
  log: Log;
  /** Whether the schema may be read. */
  introspection: boolean;
  telemetry: Telemetry;
  /** The queries and mutations of streaming doors that are under way. */
  answering: Set<Promise<unknown>>;
}

export interface Operation {
  caller: () => Promise<Caller>;
  requestId: string;
  tally: Tally;
  /** Asked by a page of another origin, which may not write. */
  foreign?: boolean;
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
  extensions?: Record<string, unknown> | null;
}

/** Why an operation answers no data, or no more, as it leaves the door. */
export class Refused extends Error {
  constructor(
    readonly errors: readonly GraphQLFormattedError[],
    /** What it would be answered over HTTP. */
    readonly status = 400,
  ) {
    super(errors[0]?.message);
  }

  get code(): unknown {
    return this.errors[0]?.extensions?.code;
  }
}

/** The answers of an operation, each made when it is asked for. Throws `Refused`; `return` ends it even as it waits. */
export function resultsOf(engine: GraphQLEngine, operation: Operation): Results {
  const end = new AbortController();
  const results = run(engine, operation, end.signal);
  const stream: Results = {
    next: () => results.next(),
    return: async () => {
      end.abort();
      return results.return();
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}

async function* run(
  engine: GraphQLEngine,
  operation: Operation,
  signal: AbortSignal,
): AsyncGenerator<FormattedExecutionResult, void, void> {
  try {
    requireModest(operation.query);
    requireBoundedJson(operation.variables, "variables");
    const document = parse(operation.query, { maxTokens: MAX_DOCUMENT_TOKENS });
    const kind = getOperationAST(document, operation.operationName)?.operation;
    if (kind === "mutation" && operation.foreign) throw foreignWrite();
    if (kind === "subscription") yield* subscribe(engine, operation, document, signal);
    else yield await answer(engine, operation, signal);
  } catch (error) {
    const refused =
      error instanceof Refused
        ? error
        : new Refused([formatted(engine, operation, error)], problemOf(error)?.status);
    Object.assign(operation.tally, { refusal: refusalOf(refused.errors), status: refused.status });
    throw refused;
  }
}

function formatted(
  engine: GraphQLEngine,
  { requestId }: Pick<Operation, "requestId">,
  error: unknown,
): GraphQLFormattedError {
  const cause = error instanceof Error ? error : new Error(String(error));
  const shown =
    error instanceof GraphQLError ? error : new GraphQLError(cause.message, { originalError: cause });
  return formatError(shown.toJSON(), shown, requestId, engine);
}

async function answer(
  { apollo, db, gate, answering }: GraphQLEngine,
  operation: Operation,
  signal: AbortSignal,
): Promise<FormattedExecutionResult> {
  const { requestId, tally, query, operationName, variables, extensions } = operation;
  const request = {
    query,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
  };
  const caller = await operation.caller();
  const contextValue = new RequestContext(db, caller, requestId, false, tally);
  const answer = gate.heavy.during(caller, signal, (stepAside) => {
    tally.stepAside = stepAside;
    return apollo.executeOperation(request, { contextValue });
  });
  answering.add(answer);
  const { body, http } = await answer.finally(() => answering.delete(answer));
  if (body.kind !== "single") throw new Error("Answers in parts are not switched on.");
  const { data, errors, extensions: told } = body.singleResult;
  if (data === undefined && errors) throw new Refused(errors, http.status);
  return { data, errors, ...(told && { extensions: told }) };
}

async function* subscribe(
  engine: GraphQLEngine,
  operation: Operation,
  document: DocumentNode,
  signal: AbortSignal,
): AsyncGenerator<FormattedExecutionResult, void, void> {
  const caller = await operation.caller();
  const stream = engine.gate.streams.begin(caller);
  try {
    yield* follow(engine, { ...operation, caller, stream }, document, signal);
  } finally {
    stream.end();
  }
}

async function* follow(
  engine: GraphQLEngine,
  operation: Omit<Operation, "caller"> & { caller: Caller; stream: Stream },
  document: DocumentNode,
  signal: AbortSignal,
): AsyncGenerator<FormattedExecutionResult, void, void> {
  const schema = getSchema();
  const { requestId, operationName, variables, caller, stream } = operation;
  const refuse = (errors: readonly GraphQLError[]): never => {
    throw new Refused(toldOnce(errors).map((error) => formatted(engine, operation, error)));
  };
  const faults = validate(schema, document, undefined, { maxErrors: MAX_ERRORS });
  if (faults.length > 0) refuse(faults);
  const tooMuch = boundsProblem(schema, document, operationName, variables);
  if (tooMuch) throw tooMuch;
  const asked = getOperationAST(document, operationName);
  if (asked) operation.tally.route = routeOf(asked);

  const contextValue = new LiveContext(engine.db, caller, requestId, { hub: engine.hub, signal, stream });
  const args: ExecutionArgs = {
    schema,
    document,
    operationName,
    variableValues: variables,
    contextValue,
    options: { maxCoercionErrors: MAX_ERRORS },
  };
  const changes = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in changes)) return refuse(changes.errors ?? []);
  try {
    for await (const change of changes) {
      const { data, errors } = await execute({ ...args, rootValue: change });
      operation.tally.rows++;
      yield { data, ...(errors && { errors: errors.map((error) => formatted(engine, operation, error)) }) };
    }
  } finally {
    contextValue.held.end();
  }
}
