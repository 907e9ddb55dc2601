// Errors at the GraphQL door: the catalogue's codes in `extensions`, whatever went wrong and wherever.
import { unwrapResolverError } from "@apollo/server/errors";
import {
  GraphQLError,
  Kind,
  parse,
  visit,
  type DocumentNode,
  type GraphQLFormattedError,
  type Source,
} from "graphql";
import {
  badSyntax,
  methodNotAllowed,
  notAcceptable,
  Problem,
  unsupportedMediaType,
  type ProblemDetail,
} from "../errors";
import { toProblem } from "../failures";
import { logRefusal, type Log } from "../telemetry/log";
import { withTheWayOn } from "./wording";

/** Codes of the automatic persisted query protocol; its clients look for them. */
const PROTOCOL_CODES = new Set(["PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_SUPPORTED"]);

/** What the catalogue says of an error of graphql-js, Apollo or ours; null for the protocol's own. `suggests`: with names of the schema. */
export function problemOf(error: unknown, suggests = true): Problem | null {
  const original = unwrapResolverError(error);
  if (original instanceof Problem) return original;
  if (original instanceof GraphQLError) {
    if (original.originalError instanceof Problem) return original.originalError;
    if (PROTOCOL_CODES.has(String(original.extensions.code))) return null;
    return refusalOf(original, suggests);
  }
  return toProblem(original);
}

/** What graphql-js or Apollo refused: a bad request, unless Apollo answers it with a status of its own. */
function refusalOf(error: GraphQLError, suggests: boolean): Problem {
  const { status } = (error.extensions.http ?? {}) as { status?: number };
  if (status === 405) return methodNotAllowed("POST, and GET for queries,");
  if (status === 406) return notAcceptable();
  if (status === 415) return unsupportedMediaType(error.message);
  // The parser goes down a document by recursion.
  if (error.originalError instanceof RangeError) return badSyntax("The document is nested too deeply.");
  const told = suggests ? error.message : withoutSuggestion(error.message);
  const message = inShort(withTheWayOn(told, suggests));
  const details = detailsOf(error).map(({ field }) => ({ field: inShort(field), message }));
  return new Problem("bad_request", 400, message, { details });
}

/** graphql-js suggests names at the end of what it says, whichever of its rules speaks. */
function withoutSuggestion(text: string): string {
  const suggestion = text.endsWith("?") ? text.lastIndexOf(" Did you mean ") : -1;
  return suggestion < 0 ? text : text.slice(0, suggestion);
}

// graphql-js quotes the input at fault, however long it is.
const MAX_MESSAGE = 1_000;
const inShort = (text: string): string =>
  text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 103)} … ${text.slice(-100)}` : text;

/** An error as it leaves the GraphQL door. */
export function formatProblem(
  formatted: GraphQLFormattedError,
  problem: Problem,
  requestId: string,
): GraphQLFormattedError {
  const { code, message, details, current } = problem;
  const extensions = {
    code,
    requestId,
    details,
    ...(current != null && { current: JSON.parse(current) as unknown }),
  };
  return { ...formatted, message, extensions };
}

// graphql-js says where in the text only: these are its words (graphql 16, execution/values and ValuesOfCorrectType).
const AT_PATH = /^Variable "\$\w+" got invalid value .*? at "([^"]+)"; /s;
const AT_VARIABLE = /^Variable "\$(\w+)" /;
const UNKNOWN_FIELD = /Field "(\w+)" is not defined by type "\w+"\./;
const MISSING_FIELD = /Field "(\w+)" of required type "[^"]+" was not provided/;

/** The field to blame, as a path in the input; none for errors of the document itself. */
function detailsOf(error: GraphQLError): ProblemDetail[] {
  const field = fieldOfVariable(error) ?? fieldOfLiteral(error);
  return field === null ? [] : [{ field, message: error.message }];
}

/** For a variable: the path in it, below the argument it is given to. */
function fieldOfVariable({ message, source }: GraphQLError): string | null {
  const variable = AT_VARIABLE.exec(message)?.[1];
  if (variable === undefined || !source) return null;
  const inside = (AT_PATH.exec(message)?.[1] ?? variable).slice(variable.length);
  const missing = MISSING_FIELD.exec(message)?.[1] ?? UNKNOWN_FIELD.exec(message)?.[1];
  return pathOf(`${argumentOf(variable, source)}${inside}${missing ? `.${missing}` : ""}`.split("."));
}

/** Parsed once for all errors of a document. */
function documentOf(source: Source): DocumentNode {
  const document = documents.get(source) ?? parse(source);
  documents.set(source, document);
  return document;
}

const documents = new WeakMap<Source, DocumentNode>();

function argumentOf(variable: string, source: Source): string {
  let name = variable;
  visit(documentOf(source), {
    Argument({ name: argument, value }) {
      if (value.kind === Kind.VARIABLE && value.name.value === variable) name = argument.value;
    },
  });
  return name;
}

/** Paths start below an `input`, as on the REST door; a list of inputs keeps its name. */
const pathOf = (parts: readonly string[]): string =>
  (parts.length > 1 && /^(input|filter)$/.test(parts[0] ?? "") ? parts.slice(1) : parts).join(".");

/** For a value written into the document: the argument and the input fields around it. */
function fieldOfLiteral({ nodes, source, message }: GraphQLError): string | null {
  const place = nodes?.[0]?.loc;
  if (!place || !source) return null;
  const parts: string[] = [];
  visit(documentOf(source), {
    enter(node) {
      const { loc } = node;
      if (!loc || loc.start > place.start || loc.end < place.end) return false;
      if (node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD) parts.push(node.name.value);
      if (node.kind === Kind.LIST) {
        const index = node.values.findIndex(
          ({ loc: at }) => at && at.start <= place.start && at.end >= place.end,
        );
        if (index >= 0) parts.push(`${parts.pop() ?? ""}[${index}]`);
      }
      return undefined;
    },
  });
  return parts.length > 0 ? pathOf([...parts, ...(MISSING_FIELD.exec(message)?.slice(1) ?? [])]) : null;
}

// graphql-js's words for a key that an input type does not have, in the value of a variable.
const UNKNOWN_KEY = /^Variable "\$\w+" got invalid value .*(Field "\w+" is not defined by type "\w+"\.)/s;

/** A field that nobody knows, in each of five hundred inputs, is one mistake: the first tells of all. */
export function toldOnce<E extends { message: string }>(errors: readonly E[]): E[] {
  const told = new Set<string>();
  return errors.filter(({ message }) => {
    const unknown = UNKNOWN_KEY.exec(message)?.[1];
    if (unknown === undefined) return true;
    return told.size < told.add(unknown).size;
  });
}

// What is wrong with a document or its variables is told up to here: each fault may quote the input.
export const MAX_ERRORS = 20;

/** How errors are told: whether with names of the schema, and where defects are logged. */
export interface ErrorsTold {
  introspection: boolean;
  log: Log;
}

/** An error as it leaves the door; what is our own fault is logged. A schema that is hidden is not told by suggestions. */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  requestId: string,
  { introspection, log }: ErrorsTold,
): GraphQLFormattedError {
  const problem = problemOf(error, introspection);
  if (!problem) return { ...formatted, extensions: { ...formatted.extensions, requestId, details: [] } };
  logRefusal(log, problem, requestId);
  return formatProblem(formatted, problem, requestId);
}
