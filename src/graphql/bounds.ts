// How much one operation may ask for (src/graphql/README.md, "Limits of an operation"): weighed and refused before anything runs, at every transport.
import {
  getNamedType,
  getNullableType,
  getOperationAST,
  isCompositeType,
  isIntrospectionType,
  isListType,
  isUnionType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  typeFromAST,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { badSyntax, type Problem } from "../errors";
import { PAGE_DEFAULT, MAX_PAGE } from "../values/pages";
import { inDigits } from "../values/text";

/** How long a document may be; give it to `parse` as `maxTokens`. */
export const MAX_DOCUMENT_TOKENS = 10_000;

/** What a list without a size is taken to hold; what it does hold is counted as it is read (src/access/answer-size.ts). */
const ROWS_ASSUMED = 5;

interface Limits {
  depth: number;
  aliases: number;
  cost: number;
}

const MAX_OF_OPERATION: Limits = { depth: 12, aliases: 15, cost: 100_000 };
// The introspection of today's tools is 15 to 25 deep and costs some 3,000.
const MAX_OF_INTROSPECTION: Limits = { depth: 30, aliases: 15, cost: 10_000 };

/** What a selection asks for. */
export interface Weight {
  depth: number;
  /** What it costs, but for the rows of the page that it selects from. */
  cost: number;
  /** What each row of that page adds. */
  costPerRow: number;
}

/**
 * The refusal of an operation that is too deep, has too many aliases of one field, or costs too much; null for one
 * within bounds. The document must be valid. What @skip and @include leave out counts as if it were there.
 */
export function boundsProblem(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName?: string | null,
  variables?: Readonly<Record<string, unknown>> | null,
): Problem | null {
  const operation = getOperationAST(document, operationName);
  if (!operation) return null;
  const ask = { schema, document, operation, variables: variables ?? {} };
  if (isWithin(operation, ask.variables)) return null;
  const scales = new Scales(ask, isData);
  const faults = [
    ...faultsOf(scales, MAX_OF_OPERATION, "The operation", () => largestPages(ask)),
    ...faultsOf(new Scales(ask, isIntrospection), MAX_OF_INTROSPECTION, "The introspection", () => 0),
  ];
  if (faults.length > 0) return badSyntax(faults.join(" "));
  within.set(operation, scales.sizes);
  return null;
}

/** The largest size at which, asked of each page that is larger, the operation costs no more than it may; 0 where none is. */
function largestPages(ask: Ask): number {
  let [fits, tooLarge] = [0, MAX_PAGE];
  while (tooLarge - fits > 1) {
    const size = Math.floor((fits + tooLarge) / 2);
    if (new Scales(ask, isData, size).weighOperation().cost <= MAX_OF_OPERATION.cost) fits = size;
    else tooLarge = size;
  }
  return fits;
}

function faultsOf(scales: Scales, limits: Limits, what: string, largest: () => number): string[] {
  const { depth, cost } = scales.weighOperation();
  const [field, aliases] = scales.mostAliased();
  return [
    ...(depth > limits.depth ? [`${what} is ${depth} levels deep; the limit is ${limits.depth}.`] : []),
    ...(aliases > limits.aliases ? [`${field} has ${aliases} aliases; the limit is ${limits.aliases}.`] : []),
    ...(cost > limits.cost
      ? [
          `${what} costs ${shown(cost)}; the limit is ${shown(limits.cost)}. An object costs 1, times the ` +
            `size of the lists it is in (first or last; ${ROWS_ASSUMED} where there is none). ${adviceOf(largest())}`,
        ]
      : []),
  ];
}

const adviceOf = (largest: number): string =>
  largest > 0 ? `It fits with first: ${largest} (no page larger).` : "Ask for fewer lists within lists.";

const shown = (cost: number): string => inDigits(Math.min(cost, Number.MAX_SAFE_INTEGER));

/** Which fields count. */
type Counts = (parent: GraphQLCompositeType, name: string) => boolean;

const isData: Counts = (parent, name) => !name.startsWith("__") && !isIntrospectionType(parent);
const isIntrospection: Counts = (parent, name) =>
  name === "__schema" || name === "__type" || (isIntrospectionType(parent) && name !== "__typename");

interface Ask {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Readonly<Record<string, unknown>>;
}

/**
 * Operations that were found within bounds, with the variables that are sizes in them as they were then: a program asks the
 * same again and again, and weighing is a tenth of what a single event takes (test/bench/RESULTS.md).
 */
const within = new WeakMap<OperationDefinitionNode, ReadonlyMap<string, unknown>>();

function isWithin(operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): boolean {
  const sizes = within.get(operation);
  return sizes !== undefined && [...sizes].every(([name, size]) => variables[name] === size);
}

const WEIGHTLESS: Weight = { depth: 0, cost: 0, costPerRow: 0 };

/** Weighs an operation in one pass over its document: a fragment is weighed once, however often it is spread. */
export class Scales {
  /** The variables that are sizes, as far as it has weighed; nothing else of the variables weighs anything. */
  readonly sizes = new Map<string, unknown>();
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly weighed = new Map<string, Weight>();
  private readonly aliases = new Map<string, Set<string>>();

  constructor(
    private readonly ask: Ask,
    private readonly counts: Counts = isData,
    /** No page is taken to be larger. */
    private readonly largestPage: number = MAX_PAGE,
  ) {
    for (const definition of ask.document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
    }
  }

  weighOperation(): Weight {
    const { operation, schema } = this.ask;
    const root = schema.getRootType(operation.operation);
    return root ? this.weighSet(operation.selectionSet, root) : WEIGHTLESS;
  }

  /** The field with the most aliases so far, and how many. */
  mostAliased(): [string, number] {
    let most: [string, number] = ["", 0];
    for (const [field, names] of this.aliases) if (names.size > most[1]) most = [field, names.size];
    return most;
  }

  private weighSet({ selections }: SelectionSetNode, parent: GraphQLCompositeType): Weight {
    const sum = { ...WEIGHTLESS };
    for (const selection of selections) {
      const { depth, cost, costPerRow } = this.weigh(selection, parent);
      sum.depth = Math.max(sum.depth, depth);
      sum.cost += cost;
      sum.costPerRow += costPerRow;
    }
    return sum;
  }

  private weigh(selection: SelectionNode, parent: GraphQLCompositeType): Weight {
    if (selection.kind === Kind.FIELD) return this.weighField(selection, parent);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.weighFragment(selection.name.value);
    const type = selection.typeCondition && typeFromAST(this.ask.schema, selection.typeCondition);
    return this.weighSet(selection.selectionSet, isCompositeType(type) ? type : parent);
  }

  private weighFragment(name: string): Weight {
    const known = this.weighed.get(name);
    if (known) return known;
    const fragment = this.fragments.get(name);
    const type = fragment && typeFromAST(this.ask.schema, fragment.typeCondition);
    // Whoever comes back to a fragment while it is being weighed has not validated the document.
    this.weighed.set(name, WEIGHTLESS);
    const weight =
      fragment && isCompositeType(type) ? this.weighSet(fragment.selectionSet, type) : WEIGHTLESS;
    this.weighed.set(name, weight);
    return weight;
  }

  private weighField(node: FieldNode, parent: GraphQLCompositeType): Weight {
    const { name, alias, selectionSet } = node;
    // It weighs nothing, and is still a value of each object.
    if (alias && name.value === TypeNameMetaFieldDef.name && this.counts(parent, "name"))
      this.addAlias(`${parent.name}.${name.value}`, alias.value);
    const field = this.counts(parent, name.value) ? definitionOf(parent, name.value) : undefined;
    if (!field) return WEIGHTLESS;
    if (alias) this.addAlias(`${parent.name}.${name.value}`, alias.value);
    const type = getNamedType(field.type);
    const rows = this.rowsOf(field, node);
    if (!selectionSet || !isCompositeType(type)) {
      // Scalars that are asked for by their number are made one by one.
      return { depth: 1, cost: sizesOf(field).length > 0 ? rows : 0, costPerRow: 0 };
    }
    const inside = this.weighSet(selectionSet, type);
    const each = Number(field.extensions.cost ?? 1) + inside.cost + inside.costPerRow * rows;
    const depth = 1 + inside.depth;
    if (field.extensions.rowsOfPage) return { depth, cost: 0, costPerRow: each };
    return { depth, cost: isListType(getNullableType(field.type)) ? rows * each : each, costPerRow: 0 };
  }

  private addAlias(field: string, alias: string): void {
    const names = this.aliases.get(field);
    if (names) names.add(alias);
    else this.aliases.set(field, new Set([alias]));
  }

  /** How many rows a field asks for: the size it is given, else its default, else what a list is taken to hold. */
  private rowsOf(field: GraphQLField<unknown, unknown>, node: FieldNode): number {
    const sizes = sizesOf(field);
    if (sizes.length === 0) return ROWS_ASSUMED;
    const given = sizes.flatMap(({ name, defaultValue }) => this.sizeGiven(node, name) ?? defaultValue ?? []);
    const numbers = given.filter((size) => typeof size === "number");
    const size = numbers.length === 0 ? PAGE_DEFAULT : Math.max(1, ...numbers);
    return Math.min(size, this.largestPage);
  }

  private sizeGiven(node: FieldNode, argument: string): unknown {
    const value = node.arguments?.find(({ name }) => name.value === argument)?.value;
    if (value?.kind === Kind.INT) return Number(value.value);
    if (value?.kind !== Kind.VARIABLE) return undefined;
    const variable = value.name.value;
    const size = this.ask.variables[variable];
    this.sizes.set(variable, size);
    if (size !== undefined) return size;
    const fallback = this.ask.operation.variableDefinitions?.find(
      (definition) => definition.variable.name.value === variable,
    )?.defaultValue;
    return fallback?.kind === Kind.INT ? Number(fallback.value) : undefined;
  }
}

const sizesOf = ({ args }: GraphQLField<unknown, unknown>): GraphQLArgument[] =>
  args.filter(({ name }) => name === "first" || name === "last");

function definitionOf(
  parent: GraphQLCompositeType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  return isUnionType(parent) ? undefined : parent.getFields()[name];
}
