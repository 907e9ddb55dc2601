// Lists of events are printed straight from their rows where a query asks for nothing beyond them. What is printed is,
// byte for byte, what graphql-js answers to the same question.
import { finishMessage, InMessage, Printed } from "../../src/graphql/printed";
import fc from "fast-check";
import { parse } from "graphql";
import { isPrintable } from "../../src/graphql/printer";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;
let ids: string[];

beforeAll(async () => {
  world = await openWorld();
  const organisationId = await world.organisation();
  ada = await world.person({ organisationId });
  ben = await world.person({ organisationId });
  const contact = await ada.graphql(
    `mutation { saveRecords(records: [{ type: Contact, name: "Zoë \\"Z\\" Ünal", emails: ["zoe@customer.test"] }]) { id } }`,
  );
  const relatedTo = [{ type: "Contact", id: contact.data.saveRecords[0].id }];
  const guests = [{ userId: ben.id, status: "Tentative" }, { emailAddress: "Zoe@customer.test" }];
  const times = { startTime: "2026-03-02T09:00:00.120Z", endTime: "2026-03-02T10:00:00Z" };
  const inputs = [
    { ...times, subject: "Plain" },
    {
      ...times,
      subject: 'Quotes " and \\ and \u2028 and \t and 👩‍🚀',
      description: "",
      location: null,
      iCalUid: "a@b",
    },
    { ...times, subject: "Full", attendees: guests, relatedTo, timezone: "Asia/Tokyo" },
    { ...times, subject: "Secret", private: true, attendees: [{ emailAddress: "x@y.z" }], relatedTo },
    {
      ...times,
      subject: "Words",
      showAs: "oof",
      type: 'a "b"',
      properties: { b: 'x "y"', a: -0.5, c: true },
    },
    { startTime: "2026-03-03", endTime: "2026-03-05", allDay: true, subject: "Days" },
  ];
  ids = [];
  for (const input of inputs) ids.push((await ada.rest("POST", "/events", input)).body.id);
  const child = await ada.rest("POST", "/events", { ...times, subject: "Child", parentId: Number(ids[0]) });
  ids.push(child.body.id);
  const gone = await ada.rest("POST", "/events", { ...times, subject: "Gone" });
  await ada.rest("DELETE", `/events/${gone.body.id}`);
});
afterAll(() => world.close());

const PLAIN =
  "id subject description location startTime endTime allDay private timezone showAs status type conferenceUrl properties guestsCanEdit parentId iCalUid seriesId recurrenceId ownerId organizerEmail organizerName createdAt lastModifiedAt deleted __typename".split(
    " ",
  );
const some = (names: readonly string[]): fc.Arbitrary<string[]> =>
  fc
    .subarray([...names], { minLength: 1 })
    .chain((chosen) => fc.shuffledSubarray(chosen, { minLength: chosen.length }));

const directive = fc.constantFrom(
  "",
  "",
  "",
  " @include(if: $yes)",
  " @skip(if: $yes)",
  " @include(if: true)",
);
const field = (name: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.boolean(), directive)
    .map(([aliased, condition]) => `${aliased ? `other_${name}: ` : ""}${name}${condition}`);

const fields = (names: readonly string[]): fc.Arbitrary<string> =>
  some(names).chain((chosen) => fc.tuple(...chosen.map(field)).map((parts) => parts.join(" ")));

const attendees = fields("userId emailAddress contactId name status __typename".split(" ")).map(
  (inner) => `attendees { ${inner} }`,
);
const links = fields("type recordId name __typename".split(" ")).map((inner) => `relatedTo { ${inner} }`);

/** A selection on Event; `id` keeps it from being empty when everything else is skipped. */
const selection = fc
  .tuple(fields(PLAIN), fc.option(attendees), fc.option(links), fc.constantFrom("flat", "inline", "spread"))
  .map(([plain, guests, linked, shape]) => {
    const inner = [plain, guests, linked].filter(Boolean).join(" ");
    if (shape === "inline") return { inner: `id ... on Event { ${inner} }`, fragment: "" };
    if (shape === "spread") return { inner: `id ...Some`, fragment: `fragment Some on Event { ${inner} }` };
    return { inner: `id ${inner}`, fragment: "" };
  });

const ROOTS: Record<string, (inner: string) => string> = {
  events: (inner) =>
    `events(first: 20, filter: { scope: ORGANISATION }) { __typename edges { __typename cursor node { ${inner} } again: node { subject } } pageInfo { hasNextPage } totalCount }`,
  changes: (inner) =>
    `changes(first: 20) { records { deleted event { ${inner} } id reason deletedAt lastModifiedAt watermark } watermark hasMore }`,
  event: (inner) => `one: event(id: ${ids[2]}) { ${inner} } none: event(id: 1) { ${inner} }`,
};

async function answers(person: Person, query: string): Promise<string> {
  const reply = await fetch(`${world.url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${person.token}` },
    body: JSON.stringify({ query, variables: { yes: true } }),
  });
  return `${reply.status} ${await reply.text()}`;
}

test("whatever is asked of events, it is answered as graphql-js answers it, byte for byte", async () => {
  await fc.assert(
    fc.asyncProperty(
      selection,
      fc.constantFrom(...Object.keys(ROOTS)),
      fc.boolean(),
      async ({ inner, fragment }, root, invited) => {
        const ask = (more: string): string =>
          `query Q($yes: Boolean!) { ...Declared ${ROOTS[root]?.(`${inner}${more}`)} }
           fragment Declared on Query { __typename @include(if: $yes) } ${fragment}`;
        const plain = ask("");
        // The same, but for a field that is left out: it keeps the query from being printed.
        const decoy = ask(" owner @include(if: false) { id }");
        expect([isPrintable(parse(plain)), isPrintable(parse(decoy))]).toEqual([true, false]);
        const person = invited ? ben : ada;
        expect(await answers(person, plain)).toBe(await answers(person, decoy));
      },
    ),
    { numRuns: 100 },
  );
});

test("masked events are printed masked", async () => {
  const { data } = await ben.graphql(
    `{ events(first: 20, filter: { scope: ORGANISATION }) { edges { node { id subject description attendees { name } relatedTo { recordId } ownerId iCalUid } } } }`,
  );
  const secret = data.events.edges.find(({ node }: { node: { id: string } }) => node.id === ids[3]).node;
  expect(secret).toEqual({
    id: ids[3],
    subject: "Private",
    description: null,
    attendees: [],
    relatedTo: [],
    ownerId: null,
    iCalUid: null,
  });
});

test("an answer with an error in it is graphql-js's own, and so is a mutation's", async () => {
  const wrong =
    "{ events(first: 2) { edges { node { id } } } changes(first: 0) { watermark records { id } } }";
  expect(isPrintable(parse(wrong))).toBe(true);
  const { data, errors } = await ada.graphql(wrong);
  expect(data).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: "bad_request", details: [{ field: "first" }] } }]);
  expect(isPrintable(parse("mutation { updateEvent(id: 1, input: {}) { id } }"))).toBe(false);
  expect(isPrintable(parse("{ __schema { types { name } } events { edges { node { id } } } }"))).toBe(false);
});

const named = (answer: string): string => answer.replaceAll(/"(requestId":"[^"]+"|column":\d+)/g, "");

test("a query that fails, in whole or in part, is answered as graphql-js answers it, byte for byte", async () => {
  const failing = [
    "{ events(first: 0) { edges { node { id } } } }",
    "{ me { id } events(first: 2) { edges { node { id subject } } } changes(first: 0) { watermark records { id } } }",
    `{ one: event(id: ${ids[0]}) { id attendees { name } } other: event(id: 0) { id } }`,
    '{ events(filter: { startAt: "2026-01-02T00:00:00Z", endAt: "2026-01-01T00:00:00Z" }) { edges { node { id } } } }',
    "{ records(first: 5) { edges { node { id events(first: 2000) { edges { node { id } } } } } } events { totalCount edges { cursor } } }",
  ];
  for (const plain of failing) {
    // Never asked, but it keeps the query from being printed.
    const decoy = plain.replace(/ \}$/, " decoy: event(id: 1) @include(if: false) { owner { id } } }");
    expect([isPrintable(parse(plain)), isPrintable(parse(decoy))]).toEqual([true, false]);
    const answer = await answers(ada, plain);
    expect(answer).toContain('"errors"');
    expect(named(answer)).toBe(named(await answers(ada, decoy)));
  }
});

test("what holds too many entries is refused where graphql-js would have met it", async () => {
  await world.sql.query(
    `insert into event (organisation_id, owner_id, start_time, end_time, attendees)
     select $1, $2, '2027-03-02T09:00:00Z', '2027-03-02T10:00:00Z', (
       select jsonb_agg(jsonb_build_object('emailAddress', 'guest' || n || '@many.test')) from generate_series(1, 1000) n)
     from generate_series(1, 30)`,
    [ada.organisationId, ada.id],
  );
  const ask = (more: string): string =>
    `{ events(first: 100, filter: { startAt: "2027-01-01T00:00:00Z" }) { edges { node { id guests: attendees { name ${more}} again: attendees { name } } } } }`;
  const answer = await answers(ada, ask(""));
  expect(answer.slice(0, 1_000)).toContain('"path":["events","edges",25,"node","guests"]');
  expect(named(answer)).toBe(named(await answers(ada, ask("user @include(if: false) { id } "))));
});

test("a door that streams has the same data, unprinted", async () => {
  const query = "{ events(first: 3) { edges { node { id subject attendees { name status } } } } }";
  const over = await fetch(`${world.url}/graphql`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "text/event-stream",
      Authorization: `Bearer ${ada.token}`,
    },
    body: JSON.stringify({ query }),
  });
  const lines = (await over.text()).split("\n");
  const line = lines.find((one) => one.startsWith("data: {"))?.slice("data: ".length);
  expect(JSON.parse(line ?? "null")).toEqual({ data: (await ada.graphql(query)).data });
});

test("an answer on a socket is printed once: what was printed of it is put into the message as it is", () => {
  const parse = jest.spyOn(JSON, "parse");
  const answer = { data: { events: { edges: new Printed('[{"node":{"subject":"\\"q\\""}}]') }, n: 1 } };
  const message = finishMessage(JSON.stringify({ id: "1", type: "next", payload: new InMessage(answer) }));
  expect(parse).not.toHaveBeenCalled();
  parse.mockRestore();
  expect(JSON.parse(message)).toEqual({
    id: "1",
    type: "next",
    payload: { data: { events: { edges: [{ node: { subject: '"q"' } }] }, n: 1 } },
  });
  expect(finishMessage('{"type":"complete"}')).toBe('{"type":"complete"}');
});
