// Random operations over a schema, and what they weigh by the plainest model there is: fragments written out in full,
// sizes by the names of the fields.
import fc from "fast-check";
import {
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from "graphql";

/** A field, how it is written, and what is selected below it. */
interface Selected {
  parent: string;
  name: string;
  alias: string | null;
  /** Of one of its arguments `first` and `last`; null: none of them is given. */
  size: { argument: string; rows: number; as: "literal" | "variable" | "default" } | null;
  sized: boolean;
  /** How many rows come where a sized one is given no size. */
  unasked: number;
  list: boolean;
  below: Selected[] | null;
  wrap: "plain" | "inline" | "fragment" | "fragment twice";
}

export interface SampleOperation {
  document: string;
  variables: Record<string, unknown>;
  operation: Selected[];
}

export interface Measures {
  depth: number;
  aliases: number;
  cost: number;
}

/** Queries up to seven levels deep. */
export function sampleOperation(schema: GraphQLSchema): fc.Arbitrary<SampleOperation> {
  const selections = new Map<string, fc.Arbitrary<Selected[]>>();
  const selectionOf = (type: GraphQLObjectType, levels: number): fc.Arbitrary<Selected[]> => {
    const key = `${type.name} ${levels}`;
    const known = selections.get(key);
    if (known) return known;
    const fields = Object.values(type.getFields()).filter((field) => levels >= levelsOf(field));
    const made = fc.array(fc.oneof(...fields.map((field) => selectedFrom(type, field, levels))), {
      minLength: 1,
      maxLength: 4,
    });
    selections.set(key, made);
    return made;
  };
  const selectedFrom = (
    parent: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    levels: number,
  ): fc.Arbitrary<Selected> => {
    const sizes = field.args.map(({ name }) => name).filter((name) => name === "first" || name === "last");
    const target = targetOf(field);
    return fc.record({
      parent: fc.constant(parent.name),
      name: fc.constant(field.name),
      alias: fc.option(fc.constantFrom("a", "b", "c")),
      size:
        sizes.length === 0
          ? fc.constant(null)
          : fc.option(
              fc.record({
                argument: fc.constantFrom(...sizes),
                rows: fc.integer({ min: 1, max: 1_000 }),
                as: fc.constantFrom("literal", "variable", "default"),
              }),
            ),
      sized: fc.constant(sizes.length > 0),
      unasked: fc.constant((field.args.find(({ name }) => name === "first")?.defaultValue as number) ?? 100),
      list: fc.constant(isListType(getNullableType(field.type))),
      below: target ? selectionOf(target, levels - 1) : fc.constant(null),
      wrap: fc.constantFrom("plain", "plain", "inline", "fragment", "fragment twice"),
    });
  };
  const root = schema.getQueryType();
  if (!root) throw new Error("The schema has no queries.");
  return selectionOf(root, 7).map((operation) => ({ ...written(operation), operation }));
}

function targetOf(field: GraphQLField<unknown, unknown>): GraphQLObjectType | null {
  const type = getNamedType(field.type);
  return isObjectType(type) ? type : null;
}

/** How many levels a field takes at least: some types have no field but objects. */
function levelsOf(field: GraphQLField<unknown, unknown>): number {
  const target = targetOf(field);
  if (!target) return 1;
  return Object.values(target.getFields()).some((one) => !targetOf(one)) ? 2 : 3;
}

/** The text of an operation, and the variables it is sent with. */
function written(operation: Selected[]): Omit<SampleOperation, "operation"> {
  const variables: Record<string, unknown> = {};
  const definitions: string[] = [];
  const fragments: string[] = [];
  const argumentOf = ({ size }: Selected): string => {
    if (!size) return "";
    if (size.as === "literal") return `(${size.argument}: ${size.rows})`;
    const name = `v${definitions.length}`;
    definitions.push(`$${name}: Int${size.as === "default" ? ` = ${size.rows}` : ""}`);
    if (size.as === "variable") variables[name] = size.rows;
    return `(${size.argument}: $${name})`;
  };
  const text = (one: Selected): string => {
    const below = one.below ? ` { ${one.below.map(text).join(" ")} }` : "";
    const field = `${one.alias ? `${one.alias}: ` : ""}${one.name}${argumentOf(one)}${below}`;
    if (one.wrap === "plain") return field;
    if (one.wrap === "inline") return `... on ${one.parent} { ... { ${field} } }`;
    const fragment = `F${fragments.length}`;
    fragments.push(`fragment ${fragment} on ${one.parent} { ${field} }`);
    return `...${fragment}${one.wrap === "fragment twice" ? ` ...${fragment}` : ""}`;
  };
  const body = operation.map(text).join(" ");
  const head = definitions.length > 0 ? `query(${definitions.join(", ")})` : "query";
  return { document: [`${head} { ${body} }`, ...fragments].join("\n"), variables };
}

/** Depth and cost by expansion, and the most aliases that one field has. */
export function modelOf(operation: readonly Selected[]): Measures {
  const aliases = new Map<string, Set<string>>();
  const costOf = (selected: readonly Selected[], page: number): number => {
    let cost = 0;
    for (const one of selected) {
      const field = `${one.parent}.${one.name}`;
      if (one.alias) aliases.set(field, (aliases.get(field) ?? new Set()).add(one.alias));
      const ofPage = /(Connection\.edges|Page\.records)$/.test(field);
      const own = one.size?.rows ?? (one.sized ? one.unasked : 5);
      const written = one.wrap === "fragment twice" ? 2 : 1;
      if (!one.below) {
        if (one.sized) cost += written * own;
        continue;
      }
      const rows = !one.list ? 1 : ofPage ? page : own;
      const object = field === "Series.occurrences" ? 10 : 1;
      cost += written * rows * (object + costOf(one.below, own));
    }
    return cost;
  };
  const depthOf = (selected: readonly Selected[]): number =>
    Math.max(...selected.map(({ below }) => 1 + (below ? depthOf(below) : 0)));
  const cost = costOf(operation, 5);
  return {
    depth: depthOf(operation),
    cost,
    aliases: Math.max(0, ...[...aliases.values()].map(({ size }) => size)),
  };
}
