// JSON Schema (2020-12), in which an input's rule and an answer's shape say what they are: for the OpenAPI document.

export interface Schema {
  type?: string | readonly string[];
  description?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  anyOf?: readonly Schema[];
  allOf?: readonly Schema[];
  enum?: readonly unknown[];
  const?: unknown;
  examples?: readonly unknown[];
  default?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  $ref?: string;
}

const SCHEMAS = "#/components/schemas/";

export const refTo = (name: string): Schema => ({ $ref: SCHEMAS + name });

/** The names that a schema, or anything that holds schemas, refers to. */
export function* namesIn(part: unknown): Generator<string> {
  if (typeof part !== "object" || part === null) return;
  for (const [key, value] of Object.entries(part)) {
    if (key === "$ref" && typeof value === "string" && value.startsWith(SCHEMAS))
      yield value.slice(SCHEMAS.length);
    else yield* namesIn(value);
  }
}

export function orNull(schema: Schema): Schema {
  const { type, ...rest } = schema;
  if (type !== undefined && !schema.enum) return { ...rest, type: [type, "null"].flat() };
  const { description, ...plain } = schema;
  return { ...(description && { description }), anyOf: [plain, { type: "null" }] };
}
