// Prints events straight from their rows: a selection of plain fields is compiled once into a list of small functions,
// each of which gives the JSON of one field. What it prints is what graphql-js would have answered, byte for byte.
import {
  GraphQLObjectType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLResolveInfo,
} from "graphql";
import { collectSubfields } from "graphql/execution/collectFields";
import { SHOWN_FIELDS, type EventView } from "../event/projection";
import type { EventChange, EventEdge } from "../event/event.types";
import type { RequestContext } from "../context";
import { getSchema } from "./schema";
import { answerSizeOf } from "../access/answer-size";

type Print<Value> = (value: Value, context: RequestContext) => string;

/** Fields by type that are printed; an operation that selects others of these types is executed as any other. */
const PLAIN: Readonly<Record<string, ReadonlySet<string>>> = {
  Event: new Set(SHOWN_FIELDS),
  Attendee: new Set(["userId", "emailAddress", "contactId", "name", "status", "type"]),
  RecordLink: new Set(["type", "recordId", "name"]),
  EventEdge: new Set(["cursor", "node"]),
  EventChange: new Set(["id", "event", "deleted", "reason", "deletedAt", "lastModifiedAt", "watermark"]),
  ManifestRow: new Set(["id", "lastModifiedAt"]),
};

/** Where printing begins: fields by type, and what they are, or are lists of. */
export const PRINTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Query: { event: "Event", manifest: "ManifestRow" },
  EventConnection: { edges: "EventEdge" },
  ChangePage: { records: "EventChange" },
};

/** Whether everything that a document asks of events can be printed, and there is something. */
export function isPrintable(document: DocumentNode): boolean {
  const types = new TypeInfo(getSchema());
  let printable = true;
  let worthwhile = false;
  const look = (field: FieldNode): void => {
    const name = field.name.value;
    const parent = types.getParentType()?.name ?? "";
    if (name.startsWith("__")) printable &&= name === "__typename";
    else printable &&= PLAIN[parent]?.has(name) ?? true;
    worthwhile ||= PRINTED[parent]?.[name] !== undefined;
  };
  visit(
    document,
    visitWithTypeInfo(types, {
      OperationDefinition: ({ operation }) => void (printable &&= operation === "query"),
      Field: look,
    }),
  );
  return printable && worthwhile;
}

/** A printer serves every request with the same document, unless variables decide what it prints. */
const kept = new WeakMap<FieldNode, Print<never>>();

export function printerOf<Value>(typeName: string, info: GraphQLResolveInfo): Print<Value> {
  const [node, ...more] = info.fieldNodes;
  const isAlways = node && more.length === 0 && !hasDirectives(info);
  const known = isAlways && kept.get(node);
  if (known) return known as Print<Value>;
  const print = compile<Value>(typeName, info.fieldNodes, info);
  if (isAlways) kept.set(node, print);
  return print;
}

const directed = new WeakMap<object, boolean>();

function hasDirectives({ operation, fragments }: GraphQLResolveInfo): boolean {
  let found = directed.get(operation);
  if (found === undefined) {
    found = false;
    const look = { Directive: () => void (found = true) };
    visit({ kind: Kind.DOCUMENT, definitions: [operation, ...Object.values(fragments)] }, look);
    directed.set(operation, found);
  }
  return found;
}

function compile<Value>(
  typeName: string,
  nodes: readonly FieldNode[],
  info: GraphQLResolveInfo,
): Print<Value> {
  const type = info.schema.getType(typeName);
  if (!(type instanceof GraphQLObjectType)) throw new Error(`${typeName} is no object type.`);
  const { schema, fragments, variableValues } = info;
  const fields = [...collectSubfields(schema, fragments, variableValues, type, nodes)];
  const parts = fields.map(([key, nodesOfField], index) => {
    const field = nodesOfField[0] as FieldNode;
    const isName = field.name.value === "__typename";
    const print = FIELDS[typeName]?.(field.name.value, nodesOfField, info) as Print<Value>;
    const start = `${index === 0 ? "" : ","}${JSON.stringify(key)}:`;
    return { key, nodes: nodesOfField, start, value: isName ? () => JSON.stringify(typeName) : print };
  });
  return (value, context) => {
    let out = "{";
    let at = parts[0];
    try {
      for (at of parts) out += at.start + at.value(value, context);
    } catch (error) {
      throw under(at?.key ?? "", error, at?.nodes);
    }
    return `${out}}`;
  };
}

/** An error, and where in what is printed it came up. */
export class Within extends Error {
  constructor(
    cause: unknown,
    readonly path: readonly (string | number)[],
    readonly nodes: readonly FieldNode[] | null,
  ) {
    super(undefined, { cause });
  }
}

/** The error, told to have come up under `key`. */
export function under(
  key: string | number,
  error: unknown,
  nodes: readonly FieldNode[] | null = null,
): Within {
  if (error instanceof Within) return new Within(error.cause, [key, ...error.path], error.nodes ?? nodes);
  return new Within(error, [key], nodes);
}

type FieldPrinter = (name: string, nodes: readonly FieldNode[], info: GraphQLResolveInfo) => Print<never>;

/** A field that JSON.stringify prints as it is. */
const asIs =
  (name: string): Print<Record<string, unknown>> =>
  (row) =>
    JSON.stringify(row[name] ?? null);

const FIELDS: Readonly<Record<string, FieldPrinter>> = {
  Event: (name, nodes, info) => {
    if (name === "attendees" || name === "relatedTo") {
      const print = compile<unknown>(name === "attendees" ? "Attendee" : "RecordLink", nodes, info);
      return (event: EventView, context) =>
        `[${answerSizeOf(context)
          .take(event[name])
          .map((one) => print(one, context))
          .join(",")}]`;
    }
    if (name === "deleted") return () => "false";
    const index = SHOWN_FIELDS.indexOf(name);
    return (event: EventView) => event.jsonOf(index);
  },
  Attendee: asIs,
  RecordLink: (name) => asIs(name === "recordId" ? "id" : name),
  ManifestRow: asIs,
  EventEdge: (name, nodes, info) => {
    if (name === "cursor") return asIs(name);
    const print = compile<EventView>("Event", nodes, info);
    return ({ node }: EventEdge, context) => print(node, context);
  },
  EventChange: (name, nodes, info) => {
    if (name !== "event") return asIs(name);
    const print = compile<EventView>("Event", nodes, info);
    return ({ event }: EventChange, context) => (event ? print(event, context) : "null");
  },
};
