// Requests of the GraphQL door that must be refused: too deep, too long, too costly, out of shape.

export interface Sent {
  body: string;
  headers?: Record<string, string>;
}

export const ask = (query: unknown, variables?: unknown): Sent => ({
  body: JSON.stringify({ query, variables }),
});

/** A query with so many levels of fields, the leaf included. */
export const ofDepth = (levels: number): string =>
  `{ event(id: 1) ${"{ parent ".repeat(levels - 2)}{ id }${" }".repeat(levels - 2)} }`;

export const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(" ");

const nested = (open: string, close: string, levels: number, inside = ""): string =>
  `${open.repeat(levels)}${inside}${close.repeat(levels)}`;
const long = "x".repeat(1_000_000);

export const HOSTILE: readonly [string, () => Sent][] = [
  ["a depth of 13", () => ask(ofDepth(13))],
  ["16 aliases of one field", () => ask(`{ ${times(16, (i) => `a${i}: me { id }`)} }`)],
  ["ten thousand aliases", () => ask(`{ ${times(10_000, (i) => `a${i}: me { id }`)} }`)],
  [
    "too high a cost",
    () => ask("{ events(first: 1000) { edges { node { children { children { children { id } } } } } } }"),
  ],
  [
    "too high a cost through a variable",
    () =>
      ask(
        "query($n: Int) { records(first: $n) { edges { node { events(first: 50) { edges { node { id } } } } } } }",
        { n: 1000 },
      ),
  ],
  ["a document of a million bytes", () => ask(`{ me { id } } # ${long}\n{`)],
  ["a million tokens", () => ask(`{ ${"a ".repeat(500_000)} }`)],
  ["directives by the thousand", () => ask(`{ me { id ${"@skip(if: false) ".repeat(1_500)} } }`)],
  ["unknown directives by the thousand", () => ask(`{ me { id ${times(3_000, (i) => `@d${i}`)} } }`)],
  ["unknown fields by the thousand", () => ask(`{ me { ${times(5_000, (i) => `f${i}`)} } }`)],
  ["one field three thousand times", () => ask(`{ ${"me { id } ".repeat(2_400)} }`)],
  [
    "fragments in a circle",
    () => ask("{ me { ...A } } fragment A on User { ...B } fragment B on User { ...A }"),
  ],
  ["a fragment within itself", () => ask("{ me { ...A } } fragment A on User { ...A }")],
  [
    "fragments that double at every step",
    () =>
      ask(
        `{ event(id: 1) { ...F0 } } ${times(500, (i) => `fragment F${i} on Event { a: parent { ...F${i + 1} } b: parent { ...F${i + 1} } }`)} fragment F500 on Event { id }`,
      ),
  ],
  ...[100, 1_000, 2_200, 4_500].flatMap((levels): [string, () => Sent][] => [
    [
      `fields nested ${levels} times`,
      () => ask(`{ event(id: 1) { ${nested("parent { ", "} ", levels, "id ")} } }`),
    ],
    [
      `inline fragments nested ${levels} times around nothing known`,
      () => ask(`{ ${nested("... { ", "} ", levels, "nothing ")} }`),
    ],
    [`a list nested ${levels} times`, () => ask(`{ users(emails: ${nested("[", "]", levels)}) { id } }`)],
    [
      `an object nested ${levels} times`,
      () => ask(`{ events(filter: ${nested("{ a: ", "} ", levels, "1")}) { totalCount } }`),
    ],
    [
      `a type nested ${levels} times`,
      () => ask(`query($a: ${nested("[", "]", levels, "Int")}) { me { id } }`),
    ],
    [
      `introspection nested ${levels} times`,
      () => ask(`{ __schema { types { ${nested("ofType { ", "} ", levels, "name ")} } } }`),
    ],
  ]),
  ["an int of 40 digits", () => ask(`{ events(first: ${"9".repeat(40)}) { totalCount } }`)],
  ["an int of a million digits", () => ask(`{ events(first: ${"9".repeat(1_000_000)}) { totalCount } }`)],
  [
    "an int of 40 digits as a variable",
    () => ({
      body: `{"query":"query($n: Int) { events(first: $n) { totalCount } }","variables":{"n":${"9".repeat(40)}}}`,
    }),
  ],
  ["a name of a million letters", () => ask(`{ ${long} }`)],
  [
    "a string of a million letters where an int belongs",
    () => ask(`{ events(first: "${long}") { totalCount } }`),
  ],
  [
    "a variable of a million letters where an int belongs",
    () => ask("query($n: Int) { events(first: $n) { totalCount } }", { n: long }),
  ],
  [
    "thirty unknown keys beside a description of a million letters",
    () =>
      ask("mutation($input: EventInput!) { createEvent(input: $input) { id } }", {
        input: {
          description: long,
          ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, i])),
        },
      }),
  ],
  [
    "a variable nested 200,000 times",
    () => ({
      body: `{"query":"query($e: [String!]) { users(emails: $e) { id } }","variables":{"e":${nested("[", "]", 200_000)}}}`,
    }),
  ],
  [
    "an object variable nested 100,000 times",
    () => ({
      body: `{"query":"query($f: EventFilter) { events(filter: $f) { totalCount } }","variables":{"f":${nested('{"relatedTo":', "}", 70_000, "1")}}}`,
    }),
  ],
  [
    "a list of a hundred thousand wrong values",
    () => ask("query($e: [String!]) { users(emails: $e) { id } }", { e: Array(100_000).fill(1) }),
  ],
  ["a missing variable", () => ask("query($id: ID!) { event(id: $id) { id } }")],
  ["an unknown argument", () => ask("{ me(colour: 1) { id } }")],
  [
    "an unknown operation name",
    () => ({
      body: JSON.stringify({ query: "query A { me { id } } query B { me { id } }", operationName: "C" }),
    }),
  ],
  ["no operation name where there are two", () => ask("query A { me { id } } query B { me { id } }")],
  ["a document without an operation", () => ask("fragment A on User { id }")],
  ["a type definition", () => ask("type Query { a: Int }")],
  ["an empty document", () => ask("")],
  ["no query", () => ({ body: "{}" })],
  ["a query that is a number", () => ask(42)],
  ["variables that are a list", () => ask("{ me { id } }", [1])],
  ["variables that are text", () => ask("{ me { id } }", "{}")],
  [
    "a batch of operations",
    () => ({ body: JSON.stringify([{ query: "{ me { id } }" }, { query: "{ me { id } }" }]) }),
  ],
  ["a body that is no JSON", () => ({ body: "{" })],
  ["a body that is null", () => ({ body: "null" })],
  ["no body", () => ({ body: "" })],
  ["a NUL in the document", () => ask("{ me { id } }\u0000")],
  ["a lone surrogate in the document", () => ({ body: '{"query":"{ me { id \\ud800 } }"}' })],
  [
    "a form a browser would send without asking",
    () => ({
      body: "query=%7Bme%7Bid%7D%7D",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    }),
  ],
  [
    "text a browser would send without asking",
    () => ({ body: '{"query":"{ me { id } }"}', headers: { "Content-Type": "text/plain" } }),
  ],
  [
    "a persisted query of another version",
    () => ({
      body: '{"query":"{ me { id } }","extensions":{"persistedQuery":{"version":9,"sha256Hash":"00"}}}',
    }),
  ],
  [
    "a persisted query under another document's hash",
    () => ({
      body: '{"query":"{ me { id } }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}',
    }),
  ],
];
