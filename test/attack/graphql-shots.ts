// Requests of the GraphQL door, made of the schema: operations as its users write them, and as nobody should.
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from "graphql";
import { HOSTILE } from "../support/hostile-operations";
import type { Shot } from "./shot";
import { byName, hostile, Raw, someText, toJson, WEIRD_TEXTS, Word, type Draw } from "./values";

const ODD_FRAGMENTS = [
  "{ __schema { types { name } } }",
  "@skip(if: true)",
  "...on Query { me { id } }",
  "... {",
  '"""',
  "\u0000",
  "#",
  "$x",
  "__typename",
  "query",
  "💥",
  "@deprecated",
  "fragment F on Event { ...F }",
];

/** What is asked, and the values it goes with. */
class Operation {
  readonly variables: [name: string, type: string, value: unknown][] = [];

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly draw: Draw,
  ) {}

  text(): string {
    const { random } = this.draw;
    const kind = random.weighted({ query: 60, mutation: 36, subscription: 4 });
    const root = this.rootOf(kind);
    const fields = Array.from(
      { length: random.weighted({ one: 80, two: 20 }) === "one" ? 1 : 2 },
      (_, index) => {
        const field = random.pick(Object.values(root.getFields()));
        return `f${index}: ${this.field(field, random.weighted({ "2": 40, "4": 40, "9": 18, "14": 2 }))}`;
      },
    );
    const declared = this.variables.map(([name, type]) => `$${name}: ${type}`).join(", ");
    return `${kind} Q${declared && `(${declared})`} { ${fields.join(" ")} }`;
  }

  private rootOf(kind: "query" | "mutation" | "subscription"): GraphQLObjectType {
    const type =
      kind === "query"
        ? this.schema.getQueryType()
        : kind === "mutation"
          ? this.schema.getMutationType()
          : this.schema.getSubscriptionType();
    if (!type) throw new Error(`The schema has no ${kind}.`);
    return type;
  }

  private field({ name, args, type }: GraphQLField<unknown, unknown>, levels: number | string): string {
    const { random } = this.draw;
    const given = args.filter((one) => random.chance(isNonNullType(one.type) ? 0.97 : 0.3));
    const list = given.map((one) => `${one.name}: ${this.argument(one)}`).join(", ");
    return `${name}${list && `(${list})`}${this.selection(type, Number(levels) - 1)}`;
  }

  private selection(type: GraphQLOutputType, levels: number): string {
    const { random } = this.draw;
    const named = getNamedType(type);
    if (!isObjectType(named)) return random.chance(0.005) ? " { id }" : "";
    const fields = Object.values(named.getFields()).filter((field) => isLeafType(getNamedType(field.type)));
    const further = Object.values(named.getFields()).filter((field) => !isLeafType(getNamedType(field.type)));
    const chosen = fields.filter(() => random.chance(0.6)).map((field) => this.field(field, 0));
    if (levels > 0 && further.length > 0) chosen.push(this.field(random.pick(further), levels));
    return ` { ${chosen.length > 0 ? chosen.join(" ") : "__typename"} }`;
  }

  private argument({ name, type }: GraphQLArgument): string {
    const { random } = this.draw;
    const value = this.value(type, name);
    if (random.chance(0.3) && !isRaw(value)) return literal(value);
    const variable = `v${this.variables.length}`;
    this.variables.push([variable, random.chance(0.01) ? "Int" : String(type), value]);
    return `$${variable}`;
  }

  private value(type: GraphQLInputType, name: string, depth = 0): unknown {
    const { random } = this.draw;
    if (random.chance(this.draw.hostility)) return hostile(this.draw);
    const bare = getNullableType(type);
    if (isListType(bare)) {
      const of = bare.ofType;
      return Array.from({ length: random.below(4) }, () => this.value(of, name, depth + 1));
    }
    if (isEnumType(bare)) return new Word(random.pick(bare.getValues()).name);
    if (isInputObjectType(bare)) {
      const fields = Object.values(bare.getFields());
      const kept = fields.filter((field) => random.chance(isNonNullType(field.type) ? 0.97 : 0.4));
      return Object.fromEntries(
        kept.map((field) => [field.name, this.value(field.type, field.name, depth + 1)]),
      );
    }
    const scalar = String(bare);
    if (scalar === "Boolean") return random.chance(0.5);
    const named = byName(name, this.draw);
    if (scalar === "Int" || scalar === "Long") return Number(named ?? 1 + random.below(50)) || 1;
    return named ?? someText(this.draw);
  }
}

const isRaw = (value: unknown): boolean =>
  value instanceof Raw ||
  (typeof value === "object" &&
    value !== null &&
    !(value instanceof Word) &&
    Object.values(value).some(isRaw));

/** A value as it stands in a document. Not every key is a name there, which is one more thing to refuse. */
function literal(value: unknown): string {
  if (value instanceof Word) return value.word;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, one]) => `${key}: ${literal(one)}`)
      .join(", ")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

function mutated(text: string, { random }: Draw): string {
  const [from, to] = [random.below(text.length + 1), random.below(text.length + 1)].sort((a, b) => a - b);
  return random.pick([
    text.slice(0, from),
    text.slice(0, from) + text.slice(to),
    text.slice(0, from) + random.pick(ODD_FRAGMENTS) + text.slice(from),
    text.slice(0, to) + text.slice(from),
    text.replace(/\w+/, random.pick(WEIRD_TEXTS)),
  ]);
}

/** An operation and its variables, as the JSON that any of the doors takes. */
export function operationJson(schema: GraphQLSchema, draw: Draw): string {
  const { random } = draw;
  const operation = new Operation(schema, draw);
  const text = operation.text();
  const query = random.chance(0.08) ? mutated(text, draw) : text;
  const values = operation.variables.filter(() => !random.chance(0.01));
  const members = [`"query":${JSON.stringify(query)}`];
  members.push(
    `"variables":{${values.map(([name, , value]) => `"${name}":${toJson(value, random)}`).join(",")}}`,
  );
  if (random.chance(0.05)) members.push(`"operationName":${toJson(hostile(draw), random)}`);
  if (random.chance(0.03)) members.push(`"extensions":${toJson(hostile(draw), random)}`);
  if (random.chance(0.02)) members.push(`"variables":${toJson(hostile(draw), random)}`);
  return `{${members.join(",")}}`;
}

export function graphQLShot(schema: GraphQLSchema, draw: Draw, authorization: string | null): Shot {
  const { random, home } = draw;
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (authorization !== null) headers.Authorization = authorization;
  if (random.chance(0.02)) headers.Accept = random.pick(["text/event-stream", "text/csv", "*/*;q=0"]);
  if (random.chance(0.02)) headers["Content-Type"] = random.pick(["text/plain", "application/graphql", "x"]);
  const shot: Shot = { door: "graphql", home, method: "POST", path: "/graphql", headers };
  if (random.chance(0.01)) {
    const made = random.pick(HOSTILE)[1]();
    return { ...shot, headers: { ...headers, ...made.headers }, body: made.body };
  }
  const body = operationJson(schema, draw);
  if (!random.chance(0.04)) return { ...shot, body: random.chance(0.02) ? mutated(body, draw) : body };
  return { ...shot, ...asGet(body, draw) };
}

function asGet(body: string, { random }: Draw): Pick<Shot, "method" | "path"> {
  const query = /"query":("(?:[^"\\]|\\.)*")/.exec(body)?.[1];
  const text = query === undefined ? "" : (JSON.parse(query) as string);
  const search = `query=${encodeURIComponent(text.slice(0, 4_000).toWellFormed())}`;
  return { method: random.pick(["GET", "GET", "PUT", "DELETE", "OPTIONS"]), path: `/graphql?${search}` };
}
