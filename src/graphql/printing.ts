// The quick way of queries that ask for nothing of events but what is in their rows: nearly all. graphql-js executes them
// as it does all others, on a schema in which lists of events are leaves, printed as a whole. (test/bench: an answer of 500
// events costs a fourth.) Where it does not come to an answer without errors, the ordinary way does.
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
  type DocumentNode,
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from "graphql";
import type { RequestContext } from "../request-context";
import { Printed } from "./printed";
import { isPrintable, PRINTED, printerOf } from "./printer";
import { buildSchema } from "./schema";

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
  const printed = (found: unknown, context: RequestContext, info: GraphQLResolveInfo): Printed | null => {
    if (found === null) return null;
    const one = printerOf(typeName, info);
    const counted = (each: unknown): string => {
      const text = one(each, context);
      context.loaders.entries.print(text.length);
      return text;
    };
    if (!isList) return new Printed(counted(found));
    return new Printed(`[${(found as unknown[]).map(counted).join(",")}]`);
  };
  field.type = isNonNullType(type) ? new GraphQLNonNull(Leaf) : Leaf;
  field.resolve = (source, args, context, info): unknown => {
    const found: unknown = resolve(source, args, context, info);
    return found instanceof Promise
      ? found.then((one: unknown) => printed(one, context, info))
      : printed(found, context, info);
  };
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

export const printEvents: Printing = async ({ document, request, contextValue }) => {
  if (!mayBePrinted(document)) return null;
  const { operationName, variables } = request;
  const result = await execute({
    schema: printingSchema(),
    document,
    operationName,
    variableValues: variables,
    contextValue,
  });
  // The ordinary way finds the same errors, and tells them in the words of the catalogue. Queries may be run twice.
  if (result.errors) {
    contextValue.renew();
    return null;
  }
  const { data } = result;
  return { http: { headers: new HeaderMap() }, body: { kind: "single", singleResult: { data } } };
};
