// Refusals at the GraphQL door: the catalogue's codes in `extensions`, whatever was sent and however it was malformed.
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person();
});
afterAll(() => world.close());

interface Sent {
  method?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
  search?: string;
}

async function send({
  method = "POST",
  body,
  headers,
  search = "",
}: Sent): Promise<{ status: number; json: any }> {
  const reply = await fetch(`${world.url}/graphql${search}`, {
    method,
    headers: { Authorization: `Bearer ${ada.token}`, "Content-Type": "application/json", ...headers },
    body,
  });
  const text = await reply.text();
  expect([text.slice(0, 20), text.includes("node_modules")]).toEqual([expect.stringMatching(/^\{/), false]);
  return { status: reply.status, json: JSON.parse(text) };
}

test("an input field that nobody knows is told once, not once a row", async () => {
  const inputs = Array.from({ length: 8 }, (_, row) => ({
    subject: `${row}`,
    startTime: "2026-03-02T15:00:00Z",
    ...{ colour: "red", size: row },
  }));
  const document = "mutation($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { id } }";
  const { errors } = await ada.graphql(document, { inputs });
  const details = errors?.flatMap(({ extensions }) => extensions.details);
  expect(details?.map(({ field }) => field)).toEqual(["inputs[0].colour", "inputs[0].size"]);
});

const post = (body: unknown): Promise<{ status: number; json: any }> => send({ body: JSON.stringify(body) });

const extensionsOf = ({ json }: { json: any }): any => json.errors[0].extensions;

test.each([
  ["half a body", { body: '{"query":' }],
  ["a list of nothing", { body: "[]" }],
  ["a text", { body: '"query"' }],
  ["no query", { body: "{}" }],
  ["a query that is a number", { body: '{"query":1}' }],
  ["a query that is empty", { body: '{"query":""}' }],
  ["variables that are a list", { body: '{"query":"{ me { id } }","variables":[1]}' }],
  ["half a document", { body: '{"query":"{ me {"}' }],
  ["U+0000 in a document", { body: '{"query":"{ me\\u0000 { id } }"}' }],
  ["a lone surrogate in a document", { body: '{"query":"{ me\\ud800 { id } }"}' }],
  ["an operation that is not there", { body: '{"query":"query A { me { id } }","operationName":"B"}' }],
  ["a body of another type", { body: "{ me { id } }", headers: { "Content-Type": "text/plain" } }],
  ["a body that is no gzip", { body: "{}", headers: { "Content-Encoding": "gzip" } }],
  ["two operations at once", { body: '[{"query":"{ me { id } }"},{"query":"{ me { id } }"}]' }],
] as [string, Sent][])("%s is bad_request", async (_what, sent) => {
  const requestId = 'mine-"$&\\';
  const reply = await send({ ...sent, headers: { ...sent.headers, "X-Request-Id": requestId } });
  expect([reply.status < 500, extensionsOf(reply)]).toEqual([
    true,
    {
      code: expect.stringMatching(/^(bad_request|unsupported_media_type)$/),
      requestId,
      details: [],
    },
  ]);
});

test.each([
  [
    "a body without its type",
    { body: '{"query":"{ me { id } }"}', headers: { "Content-Type": "text/plain" } },
    /^Send Content-Type: application\/json; /,
  ],
  [
    "a GET as a page of another site could send it",
    { method: "GET", search: "?query={me{id}}", headers: { "Content-Type": "text/plain" } },
    /with a GET, Apollo-Require-Preflight: true/,
  ],
  [
    "a document as the body",
    { body: "{ me { id } }", headers: { "Content-Type": "application/graphql" } },
    /^Send Content-Type: application\/json, and a JSON object such as /,
  ],
  [
    "an answer without quotation marks",
    { body: JSON.stringify({ query: "mutation { respondToEvent(id: 1, status: ACCEPTED) { id } }" }) },
    /Write it as text: "ACCEPTED"\.$/,
  ],
  [
    "a field of a list, not of its rows",
    { body: JSON.stringify({ query: "{ events { subject } }" }) },
    /The rows of a list are in edges \{ node \{ … \} \}\.$/,
  ],
] as [string, Sent, RegExp][])("the refusal of %s says what to send", async (_what, sent, says) => {
  const { status, json } = await send(sent);
  expect([status, json.errors[0].message]).toEqual([400, expect.stringMatching(says)]);
});

test("a body of more than 1 MiB is too_large", async () => {
  const reply = await post({ query: `{ me { id } } #${"x".repeat(2 ** 20)}` });
  expect([reply.status, extensionsOf(reply).code]).toEqual([413, "too_large"]);
});

test.each([
  ["an unknown field", "{ me { colour } }"],
  ["an unknown argument", "{ event(uid: 1) { id } }"],
  ["no selection", "{ me }"],
  ["a selection of a scalar", "{ me { id { x } } }"],
  ["an unknown enum value", "{ events(orderBy: COLOUR) { totalCount } }"],
  ["a missing argument", "{ event { id } }"],
  ["an unknown fragment", "{ me { ...x } }"],
  ["a fragment of itself", "{ me { ...x } } fragment x on User { ...x }"],
  ["an unknown variable", "{ event(id: $id) { id } }"],
  ["a subscription over POST", "subscription { nothing { id } }"],
  ["a Long that is a word", "{ events(filter: {contactId: abc}) { totalCount } }"],
  ["a Long of 2^64", "{ events(filter: {contactId: 18446744073709551616}) { totalCount } }"],
  ["a DateTime that is true", "{ events(filter: {startAt: true}) { totalCount } }"],
  ["first of 2^40", "{ events(first: 1099511627776) { totalCount } }"],
  ["first together with last", "{ events(first: 1, last: 1) { totalCount } }"],
  ["after together with last", '{ events(last: 1, after: "MTox") { totalCount } }'],
])("%s is bad_request", async (_what, query) => {
  const reply = await post({ query });
  expect(extensionsOf(reply)).toMatchObject({ code: "bad_request", requestId: expect.any(String) });
});

test("documents that nest by the ten thousand are refused and break nothing", async () => {
  const deep = (open: string, close: string): string => open.repeat(20_000) + close.repeat(20_000);
  for (const query of [
    deep("{a", "}"),
    `{ events(filter: ${deep("{a:", "}")}) { totalCount } }`,
    deep("[", "]"),
  ]) {
    const reply = await post({ query });
    expect([reply.status, extensionsOf(reply).code]).toEqual([400, "bad_request"]);
  }
  const query = "query($filter: EventFilter) { events(filter: $filter) { totalCount } }";
  const filter = `${'{"text":'.repeat(20_000)}1${"}".repeat(20_000)}`;
  const reply = await send({ body: `{"query":"${query}","variables":{"filter":${filter}}}` });
  expect(extensionsOf(reply).code).toBe("bad_request");
});

test("a null for an argument that has a default stands for the default", async () => {
  const query = `query ($flag: Boolean, $size: Int, $order: EventOrder) {
    calendars(all: $flag) { id }
    events(orderBy: $order, first: $size) { totalCount }
    changes(first: $size, excludeOwn: $flag, includeDeleted: $flag) { hasMore }
    deletedEvents(first: $size, excludeOwn: $flag) { hasMore }
    records(first: $size) { pageInfo { hasNextPage } }
  }`;
  const none = await post({ query });
  const { json } = await post({ query, variables: { flag: null, size: null, order: null } });
  expect(json).toEqual(none.json);
  expect(json.errors).toBeUndefined();
  const batches = `mutation ($atomic: Boolean) {
    createEvents(inputs: [], atomic: $atomic) { id }
    updateEvents(items: [], atomic: $atomic) { id }
    deleteEvents(ids: [], atomic: $atomic) { id }
  }`;
  const written = await post({ query: batches, variables: { atomic: null } });
  expect(written.json.data).toEqual({ createEvents: [], updateEvents: [], deleteEvents: [] });
});

test("one field's fault leaves the others' answers", async () => {
  const { json } = await post({ query: '{ me { id } other: event(id: "x") { id } }' });
  expect(json.data).toEqual({ me: { id: ada.id }, other: null });
  expect(json.errors).toMatchObject([
    { path: ["other"], extensions: { code: "bad_request", details: [{ field: "id" }] } },
  ]);
});

test.each([
  ["U+0000", "a\u0000b"],
  ["a lone surrogate", "a\ud800"],
])("%s in any argument is refused or finds nothing, and is no defect", async (_what, odd) => {
  const calls = [
    "{ event(id: $t) { id } }",
    "{ events(filter: {text: $t}) { totalCount } }",
    "{ events(filter: {iCalUid: $t}) { totalCount } }",
    "{ events(filter: {attendeeEmail: $t}) { totalCount } }",
    "{ events(after: $t) { totalCount } }",
    "{ users(emails: [$t]) { id } }",
    "{ records(q: $t) { edges { cursor } } }",
    "{ records(after: $t) { edges { cursor } } }",
    "{ records(emails: [$t]) { edges { cursor } } }",
  ];
  for (const call of calls) {
    const { errors } = await ada.graphql(`query($t: ${/id: \$t/.test(call) ? "ID" : "String"}!) ${call}`, {
      t: odd,
    });
    expect([call, errors?.[0]?.extensions.code]).toEqual([call, "bad_request"]);
  }
  const mutations = [
    `respondToEvent(id: "1", status: $t) { id }`,
    `saveRecords(records: [{type: Contact, name: $t}]) { id }`,
    `saveRecords(records: [{type: Contact, name: "n", emails: [$t]}]) { id }`,
    `createToken(userId: "${ada.id}", name: $t) { id }`,
  ];
  for (const call of mutations) {
    const { errors } = await ada.graphql(`mutation($t: String!) { ${call} }`, { t: odd });
    expect([call, errors?.[0]?.extensions.code]).toEqual([call, "bad_request"]);
  }
});

test("records are refused as they are written: wrong accounts, changed types, unknown ids, too many", async () => {
  const save = async (...records: object[]): Promise<any> => {
    const { data, errors } = await ada.graphql(
      "mutation($r: [RecordInput!]!) { saveRecords(records: $r) { id } }",
      {
        r: records,
      },
    );
    const { code, details } = errors?.[0]?.extensions ?? {};
    return errors ? [code, details.map((detail: any) => detail.field)] : data.saveRecords;
  };
  const [contact] = await save({ type: "Contact", name: "C" });
  const other = await world.person({ organisationId: await world.organisation() });
  const theirs = await other.rest("POST", "/contacts", { name: "T" });
  expect(await save({ type: "Contact" })).toEqual(["bad_request", ["records[0].name"]]);
  expect(await save({ name: "x" })).toEqual(["bad_request", ["records[0].type"]]);
  expect(await save({ type: "Lead", name: "" })).toEqual(["bad_request", ["records[0].name"]]);
  expect(await save({ id: contact.id, type: "Lead" })).toEqual(["bad_request", ["records[0].type"]]);
  expect(await save({ id: contact.id, accountId: contact.id })).toEqual([
    "bad_request",
    ["records[0].accountId"],
  ]);
  expect(await save({ id: theirs.body.id, name: "mine" })).toEqual(["not_found", []]);
  expect(await save({ id: "999999", name: "mine" })).toEqual(["not_found", []]);
  const many = Array.from({ length: 501 }, () => ({ type: "Lead", name: "x" }));
  expect(await save(...many)).toEqual(["bad_request", ["records"]]);
  // All of them or none.
  expect(await save({ type: "Lead", name: "only half" }, { id: "999999", name: "x" })).toEqual([
    "not_found",
    [],
  ]);
  expect((await ada.rest("GET", "/records?q=only half")).body.records).toEqual([]);
});
