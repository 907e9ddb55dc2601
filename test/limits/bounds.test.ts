// What one operation may ask for at the GraphQL door: depth, aliases, cost.
import fc from "fast-check";
import {
  getIntrospectionQuery,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  parse,
  type OperationDefinitionNode,
} from "graphql";
import { boundsProblem, Scales } from "../../src/graphql/bounds";
import { getSchema } from "../../src/graphql/schema";
import { ofDepth, times } from "../support/hostile-operations";
import { modelOf, sampleOperation } from "../support/operation-model";

const schema = getSchema();
const refusal = (
  document: string,
  variables?: Record<string, unknown>,
  operationName?: string,
): string | null => boundsProblem(schema, parse(document), operationName, variables)?.message ?? null;

describe("Depth", () => {
  test("12 levels are allowed and 13 are not, the leaf included", () => {
    expect(refusal(ofDepth(12))).toBeNull();
    expect(refusal(ofDepth(13))).toBe("The operation is 13 levels deep; the limit is 12.");
  });

  test("fragments add no level and hide none", () => {
    const through = (levels: number): string => `
      { event(id: 1) { ...A ... on Event { ... { id } } } }
      fragment A on Event { ${"parent { ".repeat(levels - 2)}...B${" }".repeat(levels - 2)} }
      fragment B on Event { id }`;
    expect(refusal(through(12))).toBeNull();
    expect(refusal(through(13))).toMatch("13 levels deep");
  });

  test("__typename is no level, and a field left out by @include is one", () => {
    expect(refusal(ofDepth(13).replace("{ id }", "{ parent { __typename } }"))).toMatch("13 levels");
    expect(refusal(ofDepth(12).replace("{ id }", "{ parent { __typename } }"))).toBeNull();
    expect(refusal(ofDepth(13).replace("{ id }", "{ id @include(if: false) }"))).toMatch("13 levels");
  });
});

describe("Aliases", () => {
  const aliased = (count: number): string => `{ ${times(count, (i) => `a${i}: me { id }`)} me { id } }`;

  test("15 aliases of one field are allowed and 16 are not", () => {
    expect(refusal(aliased(15))).toBeNull();
    expect(refusal(aliased(16))).toBe("Query.me has 16 aliases; the limit is 15.");
  });

  test("aliases of one field count together wherever they are, also in fragments", () => {
    const spread = `{ me { ...A ${times(8, (i) => `b${i}: name`)} } } fragment A on User { ${times(8, (i) => `a${i}: name`)} }`;
    expect(refusal(spread)).toBe("User.name has 16 aliases; the limit is 15.");
  });

  test("the same alias in many places is one, and different fields have their own", () => {
    expect(
      refusal(`{ ${times(15, (i) => `a${i}: me { n: name e: email } b${i}: users { n: name }`)} }`),
    ).toBeNull();
  });
});

describe("Cost", () => {
  const costOf = (selection: string, variables: Record<string, unknown> = {}, head = "query"): number => {
    const document = parse(`${head} { ${selection} }`);
    const operation = document.definitions[0] as OperationDefinitionNode;
    return new Scales({ schema, document, operation, variables }).weighOperation().cost;
  };

  test.each([
    ["an object costs 1 and scalars nothing", "me { id name email }", 1],
    ["a list of scalars costs nothing", "record(type: Contact, id: 1) { emails }", 1],
    ["a list without a size counts 5 times", "calendars { user { id } }", 10],
    ["a page counts its rows", "events(first: 7) { edges { node { id } } }", 1 + 7 * 2],
    ["`last` is a size too", "events(last: 8) { edges { cursor } }", 1 + 8],
    ["a connection without a size has 100 rows", "events { edges { cursor } totalCount }", 101],
    ["the default of the argument counts", "changes { records { event { id } } }", 1 + 100 * 2],
    ["pageInfo is outside of the rows", "events(first: 9) { pageInfo { endCursor } }", 2],
    [
      "more than 1,000 counts 1,000: the resolver refuses it",
      "records(first: 2147483647) { edges { cursor } }",
      1001,
    ],
    ["no rows and fewer count as one", "records(first: -5) { edges { cursor } }", 2],
    [
      "lists within lists multiply",
      "events(first: 10) { edges { node { attendees { user { id } } children { relatedTo { record { id } } } } } }",
      1 + 10 * (1 + (1 + 5 * 2 + 5 * (1 + 5 * 2))),
    ],
    ["aliases add up", "a: me { id } b: me { id }", 2],
    ["what @skip leaves out counts", "me @skip(if: true) { id }", 1],
  ])("%s", (_, selection, cost) => {
    expect(costOf(selection)).toBe(cost);
  });

  test("sizes come from variables, and from their defaults", () => {
    const events = "events(first: $n) { edges { cursor } }";
    expect(costOf(events, { n: 30 }, "query($n: Int)")).toBe(31);
    expect(costOf(events, {}, "query($n: Int = 40)")).toBe(41);
    expect(costOf(events, { n: 30 }, "query($n: Int = 40)")).toBe(31);
    expect(costOf(events, { n: null }, "query($n: Int = 40)")).toBe(101);
    expect(costOf(events, {}, "query($n: Int)")).toBe(101);
  });

  test("depth, aliases and cost of any operation are those of a model that expands every fragment", () => {
    fc.assert(
      fc.property(sampleOperation(schema), ({ document, variables, operation }) => {
        const ast = parse(document);
        const definition = ast.definitions[0] as OperationDefinitionNode;
        const scales = new Scales({ schema, document: ast, operation: definition, variables });
        const { depth, cost } = scales.weighOperation();
        const [, aliases] = scales.mostAliased();
        expect({ depth, cost, aliases }).toEqual(modelOf(operation));
      }),
      { numRuns: 300 },
    );
  });

  test("a fragment on a connection takes the size of the field it is spread in", () => {
    const rows = "fragment Rows on EventConnection { edges { node { id } } }";
    const document = `{ a: events(first: 1000) { ...Rows } b: events(first: 1000) { ...Rows } ${times(8, (i) => `c${i}: events(first: 1000) { ...Rows }`)} }`;
    const below = rows.replace(
      "id }",
      "parent { owner { id } parent { parent { parent { parent { parent { parent { id } } } } } } } }",
    );
    expect(refusal(`${document} ${rows}`)).toBeNull();
    expect(refusal(`${document} ${below}`)).toMatch("costs 100,010; the limit is 100,000.");
  });

  test("a page of 1,000 events with attendees and links is within bounds; with everything below it is not", () => {
    const page = (below: string): string =>
      `{ events(first: 1000) { edges { node { owner { id } attendees { name ${below} } relatedTo { recordId } } } } }`;
    expect(refusal(page(""))).toBeNull();
    expect(refusal(page("user { id } contact { id account { id } }"))).toBeNull();
    const all = page("user { id } contact { events(first: 5) { edges { node { id attendees { name } } } } }");
    expect(refusal(all)).toMatch("The operation costs 203,001; the limit is 100,000.");
  });

  test("every fault is told at once", () => {
    const all = `{ ${times(16, (i) => `a${i}: events(first: 1000) ${"{ edges { node { children { parent "}{ id }${" } } } }"}`)} }`;
    expect(refusal(all)).toMatch(/^Query.events has 16 aliases; .* The operation costs 192,016; /);
  });

  test("only the operation that runs is weighed", () => {
    const both = `query Deep ${ofDepth(13)} query Flat { me { id } }`;
    expect(refusal(both, {}, "Flat")).toBeNull();
    expect(refusal(both, {}, "Deep")).toMatch("13 levels deep");
  });

  test("fragments that double at every step are weighed at once", () => {
    const chain = times(
      500,
      (i) => `fragment F${i} on Event { a: parent { ...F${i + 1} } b: parent { ...F${i + 1} } }`,
    );
    const document = parse(`{ event(id: 1) { ...F0 } } ${chain} fragment F500 on Event { id }`);
    const before = performance.now();
    expect(boundsProblem(schema, document)?.message).toMatch(
      /502 levels deep; .* costs 9,007,199,254,740,991; /,
    );
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test("an operation that was within bounds is weighed again where it asks for another size", () => {
    const document = parse(
      "query ($first: Int, $more: Int = 1) { events(first: $first) { edges { node { history(first: $more) { edges { cursor } } } } } }",
    );
    const weigh = (variables: Record<string, unknown>): string | undefined =>
      boundsProblem(schema, document, null, variables)?.message;
    for (const within of [{ first: 100 }, { first: 100, more: 1 }, {}]) {
      expect(weigh(within)).toBeUndefined();
      expect(weigh({ first: 1_000, more: 100 })).toMatch(/costs [\d,]+; the limit is/);
      expect(weigh({ ...within, more: 1_000 })).toMatch(/costs [\d,]+; the limit is/);
    }
  });

  test("the list of every page and connection says that it has the page's rows", () => {
    const declared: string[] = [];
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        const page = getNamedType(field.type);
        if (!field.args.some(({ name }) => name === "first") || !isObjectType(page)) continue;
        // A list that is asked for by its size is weighed by it.
        if (isListType(getNullableType(field.type))) continue;
        const lists = Object.values(page.getFields()).filter((one) => isListType(getNullableType(one.type)));
        expect(lists.map(({ extensions }) => extensions.rowsOfPage)).toEqual([true]);
        declared.push(`${type.name}.${field.name}`);
      }
    }
    expect(declared).toEqual(
      expect.arrayContaining([
        "Query.events",
        "Query.changes",
        "Query.deletedEvents",
        "Query.records",
        "Record.events",
      ]),
    );
  });
});

describe("Introspection", () => {
  test("is outside of the limits for data: explorers and code generators ask for all of it", () => {
    const everything = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    expect(refusal(everything)).toBeNull();
    expect(refusal(`${everything.replace("__schema", `me { id } __schema`)}`)).toBeNull();
  });

  test("has limits of its own", () => {
    const deep = `{ __type(name: "Event") { ${"ofType { ".repeat(30)} name ${"}".repeat(30)} } }`;
    expect(refusal(deep)).toBe("The introspection is 32 levels deep; the limit is 30.");
    const wide = `{ ${times(16, (i) => `t${i}: __type(name: "Event") { name }`)} }`;
    expect(refusal(wide)).toMatch("Query.__type has 16 aliases; the limit is 15.");
    const lists = "fields { args { type { fields { args { type { inputFields { type { name } } } } } } } }";
    expect(refusal(`{ __schema { types { ${lists} } } }`)).toMatch(
      /The introspection costs 3\d,\d{3}; the limit is 10,000/,
    );
  });
});
