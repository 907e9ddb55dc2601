// The quick way of queries that ask for nothing of events but what is in their rows: nearly all. graphql-js executes them
// as it does all others, on a schema in which lists of events are leaves, printed as a whole. (test/bench: an answer of 500
// events costs a fourth.) An error is the one that the ordinary way would have met, at its place: nothing is run twice.
import { HeaderMap, type GraphQLRequestListener } from "@apollo/server";
import {
  defaultFieldResolver,
  execute,
  getNullableType,
  GraphQLNonNull,
  GraphQLScalarType,
  isListType,
  isNonNullType,
  isObjectType,
  locatedError,
  responsePathAsArray,
  type DocumentNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLFormattedError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from "graphql";
import type { RequestContext } from "../context";
import { Printed } from "./printed";
import { isPrintable, PRINTED, printerOf, under, Within } from "./printer";
import { buildSchema } from "./schema";
import { answerSizeOf } from "../access/answer-size";
import { Pauses } from "../turns/pauses";
import { valuesOf } from "./pieces";

const Leaf = new GraphQLScalarType({ name: "PrintedEvents", serialize: (value) => value });

let built: GraphQLSchema | undefined;

function printingSchema(): GraphQLSchema {
  return (built ??= withLeaves(buildSchema()));
}

function withLeaves(schema: GraphQLSchema): GraphQLSchema {
  for (const [typeName, fields] of Object.entries(PRINTED)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`${typeName} is no object type.`);
    for (const [name, of] of Object.entries(fields)) print(type.getFields()[name], of);
  }
  return schema;
}

function print(field: GraphQLField<unknown, RequestContext> | undefined, typeName: string): void {
  if (!field) throw new Error(`A field of ${typeName} is missing.`);
  const { resolve = defaultFieldResolver, type } = field;
  const isList = isListType(getNullableType(type));
  const printed = (
    found: unknown,
    context: RequestContext,
    info: GraphQLResolveInfo,
  ): Printed | null | Promise<Printed> => {
    if (found === null) return null;
    const one = printerOf(typeName, info);
    const counted = (each: unknown): string => {
      const text = one(each, context);
      answerSizeOf(context).print(Buffer.byteLength(text));
      return text;
    };
    const done = (text: string): Printed => {
      context.held.hold(text.length);
      return new Printed(text);
    };
    const failed = (error: unknown): never => {
      throw inPlace(error, info);
    };
    try {
      if (!isList) return done(counted(found));
      countValues(found as unknown[], typeName, { context, info });
      return printList(found as unknown[], counted)
        .then(done)
        .catch(failed);
    } catch (error) {
      return failed(error);
    }
  };
  field.type = isNonNullType(type) ? new GraphQLNonNull(Leaf) : Leaf;
  field.resolve = (source, args, context, info): unknown => {
    const found: unknown = resolve(source, args, context, info);
    return found instanceof Promise
      ? found.then((one: unknown) => printed(one, context, info))
      : printed(found, context, info);
  };
}

interface At {
  context: RequestContext;
  info: GraphQLResolveInfo;
}

function countValues(list: readonly unknown[], typeName: string, { context, info }: At): void {
  const type = info.schema.getType(typeName);
  if (isObjectType(type))
    answerSizeOf(context).addValues(list.length * valuesOf(type, info.fieldNodes, info));
}

/** With pauses: a page may be printed for as long as a usual request takes in all. */
async function printList(list: readonly unknown[], one: (each: unknown) => string): Promise<string> {
  const pauses = new Pauses();
  let index = 0;
  try {
    const printed: string[] = [];
    for (; index < list.length; index++) {
      printed.push(one(list[index]));
      const pause = pauses.take();
      if (pause) await pause;
    }
    return `[${printed.join(",")}]`;
  } catch (error) {
    throw under(index, error);
  }
}

/** As graphql-js tells an error, which names the innermost field. */
function inPlace(error: unknown, { path, fieldNodes }: GraphQLResolveInfo): unknown {
  if (!(error instanceof Within)) return error;
  return locatedError(error.cause, error.nodes ?? fieldNodes, [...responsePathAsArray(path), ...error.path]);
}

const printable = new WeakMap<DocumentNode, boolean>();

function mayBePrinted(document: DocumentNode): boolean {
  let known = printable.get(document);
  if (known === undefined) {
    known = isPrintable(document);
    printable.set(document, known);
  }
  return known;
}

type Printing = NonNullable<GraphQLRequestListener<RequestContext>["responseForOperation"]>;
/** Errors as they leave the door. */
type Tell = (errors: readonly GraphQLError[], context: RequestContext) => GraphQLFormattedError[];

export const printEvents =
  (tell: Tell): Printing =>
  async ({ document, request, contextValue }) => {
    if (!mayBePrinted(document)) return null;
    const { operationName, variables } = request;
    const result = await execute({
      schema: printingSchema(),
      document,
      operationName,
      variableValues: variables,
      contextValue,
    });
    const { data, errors } = result;
    // Nothing was run: Apollo has words of its own for variables that do not fit.
    if (data === undefined) return null;
    const singleResult = errors ? { errors: tell(errors, contextValue), data } : { data };
    return { http: { headers: new HeaderMap() }, body: { kind: "single", singleResult } };
  };
