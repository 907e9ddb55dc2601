// Rules for what a client sends. A rule is declared once, on the field of an input class, and both doors read
// their input through it (readInput): GraphQL after its own coercion, REST straight from the JSON. What
// decorators need comes first, in whichever order input classes are imported.
import "reflect-metadata";
import { Field } from "type-graphql";
import { badRequest } from "../errors";
import { Faults } from "./faults";
import type { Handling } from "./handling";
import { zoneNameOf } from "./zone-names";
import { ID_OR_NONE_SCHEMA, ID_RULE, isNoId, parseId } from "./ids";
import { INSTANT_RULE, type GivenTime } from "./instants";
import { orNull, refTo, type Schema } from "./schema";
import { hasControlCharacters, textFault } from "./text";

type Reading<T> = (given: unknown, field: string, faults: Faults) => T | undefined;

/** Reads a value that is neither absent nor null; undefined after a fault was added. */
export interface Read<T> extends Reading<T> {
  /** What it takes. */
  readonly schema: Schema;
}

/** A way of reading, with the schema of what it takes. */
export const taking = <T>(schema: Schema, read: Reading<T>): Read<T> =>
  Object.assign((...args: Parameters<Reading<T>>) => read(...args), { schema });

export interface Rule<T> {
  read: Read<T>;
  /** What an explicit null stands for; without it null is refused. */
  onNull?: T | null;
  required?: boolean;
  /** Another rule, which judges several fields together, reports that this required one is missing. */
  judgedLater?: boolean;
  /** What the value says besides: of another field, where that is absent or null. */
  says?: { of: string; read: (given: unknown) => unknown };
}

export function text(
  most: number,
  { controls = true, least = 0 }: { controls?: boolean; least?: number } = {},
): Read<string> {
  const schema: Schema = {
    type: "string",
    ...(least > 0 && { minLength: least }),
    maxLength: most,
    ...(!controls && { pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]*$" }),
  };
  return taking(schema, (given, field, faults) => {
    if (typeof given !== "string") return faults.add(field, "must be text");
    const fault = textFault(given, most);
    if (fault) return faults.add(field, fault);
    if (given.length < least) return faults.add(field, "must not be empty");
    if (!controls && hasControlCharacters(given))
      return faults.add(field, "must not contain control characters");
    return given;
  });
}

/** The same without blanks around it. */
export function trimmed(most: number): Read<string> {
  const inner = text(most);
  return taking(inner.schema, (given, field, faults) =>
    inner(typeof given === "string" ? given.trim() : given, field, faults),
  );
}

export const flag = taking<boolean>({ type: "boolean" }, (given, field, faults) =>
  typeof given === "boolean" ? given : faults.add(field, "must be true or false"),
);

export const whole = (least: number, most: number): Read<number> =>
  taking({ type: "integer", minimum: least, maximum: most }, (given, field, faults) =>
    typeof given === "number" && Number.isInteger(given) && given >= least && given <= most
      ? given
      : faults.add(field, `must be a whole number from ${least} to ${most.toLocaleString("en")}`),
  );

export const id = taking<string>(
  ID_OR_NONE_SCHEMA,
  (given, field, faults) =>
    parseId(given) ?? (isNoId(given) ? faults.notUnderstood(field, ID_RULE) : faults.add(field, ID_RULE)),
);

/** An id given on its own, as an argument; refuses what is none. */
export function requireId(given: unknown, field: string): string {
  const read = parseId(given);
  if (read === null) throw badRequest({ field, message: `${field} ${ID_RULE}.` });
  return read;
}

/** Text or a number: what it means is decided with `allDay`. */
export const givenTime = taking<GivenTime>(
  { type: ["string", "number"], examples: ["2026-03-02T16:00:00+01:00", "2026-03-02"] },
  (given, field, faults) =>
    typeof given === "string" || typeof given === "number" ? given : faults.add(field, INSTANT_RULE),
);

/** A word that has to be known; what is no text at all is refused. */
export const known =
  <T>(parse: (given: string) => T | null, rule: string): Reading<T> =>
  (given, field, faults) =>
    typeof given === "string" ? (parse(given) ?? faults.notUnderstood(field, rule)) : faults.add(field, rule);

export const zone = taking<string>(
  { type: "string", examples: ["Europe/Paris"] },
  known(
    zoneNameOf,
    "must be an IANA time zone such as Europe/Paris, a Windows zone name, or an offset such as UTC+01:00",
  ),
);

/** One of a few words, in any case. */
export const word = <T extends string>(words: readonly T[]): Read<T> =>
  taking(
    { type: "string", examples: words },
    known(
      (given) => words.find((one) => one.toLowerCase() === given.toLowerCase()) ?? null,
      `must be one of ${words.join(", ")}`,
    ),
  );

export const listOf = <T>(read: Read<T>, most: number): Read<T[]> =>
  taking({ type: "array", items: read.schema, maxItems: most }, (given, field, faults) => {
    if (!Array.isArray(given)) return faults.add(field, "must be a list");
    if (given.length > most)
      return faults.add(field, `must have ${most.toLocaleString("en")} entries at most`);
    // What is missing was at fault, which is told, or was passed over.
    return given
      .map((one, index) => read(one, `${field}[${index}]`, faults))
      .filter((one) => one !== undefined);
  });

/** An object of an input class. */
export const objectOf = <T extends object>(type: Class<T>): Read<T> =>
  taking(refTo(type.name), (given, field, faults) => readFields(type, given, faults, field));

export const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === "object" && given !== null && !Array.isArray(given);

type Class<T> = new () => T;
type GraphQLType = Parameters<typeof Field>[0];

interface FieldRule extends Rule<unknown> {
  description: string;
}

const rulesByClass = new Map<object, Map<string, FieldRule>>();

interface InputFieldOptions<T> extends Rule<T> {
  description: string;
  /** Non-null in the GraphQL schema; `required` makes it so for both doors. */
  nullable?: boolean;
}

/** A field of an input class: its place in the GraphQL schema and its rule for both doors. */
export function InputField<T>(type: GraphQLType, options: InputFieldOptions<T>): PropertyDecorator {
  const { nullable = !options.required, ...rule } = options;
  const { description } = rule;
  return (target, key) => {
    const rules = rulesByClass.get(target.constructor) ?? new Map<string, FieldRule>();
    rulesByClass.set(target.constructor, rules.set(key as string, rule));
    Field(type as () => StringConstructor, { nullable, description })(target, key);
  };
}

function* rulesOf(target: object): Generator<[string, FieldRule]> {
  const parent: unknown = Object.getPrototypeOf(target);
  const own = rulesByClass.get(target) ?? new Map<string, FieldRule>();
  if (typeof parent === "function") {
    for (const [key, rule] of rulesOf(parent)) if (!own.has(key)) yield [key, rule];
  }
  yield* own;
}

/** What an input class takes, of all its fields or of those named. */
export function inputSchema(type: Class<object>, only?: readonly string[]): Schema {
  const rules = [...rulesOf(type)].filter(([key]) => only?.includes(key) ?? true);
  const required = rules.filter(([, rule]) => rule.required).map(([key]) => key);
  const properties = rules.map(([key, { read, onNull, description }]) => {
    const schema = onNull === undefined ? read.schema : orNull(read.schema);
    return [key, { ...schema, description }] as const;
  });
  return {
    type: "object",
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(properties),
  };
}

/**
 * The known keys of `given`, read by the rules of an input class: absent stays absent, null becomes what the rule
 * says. Unknown keys are passed over. Faults are added with their path under `path`.
 */
export function readFields<T extends object>(
  type: Class<T>,
  given: unknown,
  faults: Faults,
  path = "",
): T | undefined {
  if (!isObject(given)) return faults.add(path || "body", "must be an object");
  const result = new type() as Record<string, unknown>;
  const fieldOf = (key: string): string => (path ? `${path}.${key}` : key);
  for (const [key, rule] of rulesOf(type)) {
    const value = Object.hasOwn(given, key) ? given[key] : undefined;
    const read = readField(rule, value, fieldOf(key), faults);
    if (read !== undefined) result[key] = read;
  }
  for (const [key, of, said] of saidBesides(type, given)) {
    const rule = [...rulesOf(type)].find(([name]) => name === of)?.[1];
    const read = rule && readField(rule, said, fieldOf(key), faults);
    if (read !== undefined) result[of] = read;
  }
  return result as T;
}

/** What values say of other fields, which are absent or null. */
function* saidBesides(
  type: Class<object>,
  given: Record<string, unknown>,
): Generator<[key: string, of: string, said: unknown]> {
  for (const [key, { says }] of rulesOf(type)) {
    const said = says && given[says.of] == null ? says.read(given[key]) : null;
    if (says && said != null) yield [key, says.of, said];
  }
}

function readField(rule: Rule<unknown>, value: unknown, field: string, faults: Faults): unknown {
  if (value == null && rule.required) return rule.judgedLater ? undefined : faults.add(field, "is required");
  if (value === undefined) return undefined;
  if (value !== null) return rule.read(value, field, faults);
  return rule.onNull === undefined ? faults.add(field, "must not be null") : rule.onNull;
}

/** An input as it was read, and where what was passed over stands in it. */
export interface ReadInput<T> {
  input: T;
  passedOver?: readonly string[];
}

/** Like `readFields`, and throws `bad_request` naming every field at fault; what may be passed over is, where that is asked for. */
export function readGiven<T extends object>(
  type: Class<T>,
  given: unknown,
  handling: Handling,
): ReadInput<T> {
  const faults = new Faults(handling);
  const input = readFields(type, given, faults);
  faults.throwIfAny();
  return { input: input as T, passedOver: faults.passedOver };
}

/** Like `readFields`, and throws `bad_request` naming every field at fault. */
export function readInput<T extends object>(type: Class<T>, given: unknown, path = ""): T {
  const faults = new Faults();
  const result = readFields(type, given, faults, path);
  faults.throwIfAny();
  return result as T;
}
