// The scalars of the schema, by the rules of src/rest/README.md, "The fields". Inputs of type DateTime keep the text they were given: whether it is an
// instant or a date is only known with `allDay` (src/event/times.ts).
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { GraphQLJSONObject } from "graphql-scalars";
import { INSTANT_RULE, type GivenTime } from "./instants";
import { ID_RULE, parseId } from "./ids";

const givenTime = (value: unknown): GivenTime => {
  if (typeof value === "string" || typeof value === "number") return value;
  throw new GraphQLError(`DateTime ${INSTANT_RULE}.`);
};

const literal = (node: ValueNode): unknown => {
  if (node.kind === Kind.INT) return Number(node.value);
  return node.kind === Kind.STRING ? node.value : undefined;
};

export const DateTime = new GraphQLScalarType<GivenTime, string>({
  name: "DateTime",
  description:
    "An instant: RFC 3339 with an offset, or epoch milliseconds. Output is always UTC with three decimals, such " +
    "as `2026-03-02T15:00:00.000Z`. For all-day events also a date such as `2026-03-02`.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339",
  serialize: (value) => value as string,
  parseValue: givenTime,
  parseLiteral: (node) => givenTime(literal(node)),
});

const longId = (value: unknown): string => {
  // What programs write for "none" is for the field's own rule to judge.
  if (value === "" || value === 0) return String(value);
  const id = parseId(value);
  if (id !== null) return id;
  throw new GraphQLError(`Long ${ID_RULE}.`);
};

export const Long = new GraphQLScalarType<string, number>({
  name: "Long",
  description: "A 64-bit whole number below 2^53. Output is a JSON number; text is accepted on input.",
  serialize: (value) => Number(value),
  parseValue: longId,
  parseLiteral: (node) => longId(literal(node)),
});

export const LocalDateTime = new GraphQLScalarType<string, string>({
  name: "LocalDateTime",
  description: "A time on the wall, such as `2026-03-02T09:00:00`, or a date, such as `2026-03-02`.",
  serialize: (value) => value as string,
});

/** Texts, numbers, and yes or no, by name. */
export const Dictionary = GraphQLJSONObject;
