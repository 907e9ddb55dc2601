// The requests that could hold the event loop longest, each as large as the bounds let it be.
import type { Ground, Somebody } from "../attack/siege/ground";

export interface Request {
  method: string;
  path: string;
  token?: string;
  body?: string;
  headers?: Record<string, string>;
}

/** Asked as somebody would tell it. */
export type Requests = Record<string, (ground: Ground) => Request>;

const JSON_HEADERS = { "Content-Type": "application/json" };
const WHEN = { startTime: "2027-01-04T10:00:00Z", endTime: "2027-01-04T11:00:00Z" };
/** Under a mebibyte, with what stands around it. */
const BODY = 1_040_000;
const EMOJI = "😀".repeat(100_000);

export const repeat = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => one(index)).join(" ");

export const graphql =
  (query: string, variables: object = {}, whose: (ground: Ground) => Somebody | undefined = memberOf) =>
  (ground: Ground): Request => ({
    ...{ method: "POST", path: "/graphql", headers: JSON_HEADERS, token: whose(ground)?.token },
    body: JSON.stringify({ query, variables }),
  });

const rest =
  (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  (ground: Ground): Request => ({
    ...{ method, path: `/api/v1${path}`, token: memberOf(ground)?.token },
    headers: { ...JSON_HEADERS, ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });

const memberOf = ({ attackers }: Ground): Somebody | undefined => attackers[1];
const adminOf = ({ attackers }: Ground): Somebody | undefined => attackers[0];
const gluttonOf = ({ glutton }: Ground): Somebody => glutton;
const hostOf = ({ host }: Ground): Somebody => host;
const nobody = (): undefined => undefined;

const guests = (count: number, name = "n"): object[] =>
  Array.from({ length: count }, (_, index) => ({ emailAddress: `guest${index}@elsewhere.test`, name }));

const chain = (count: number, fields: string): string =>
  repeat(count, (n) => `fragment F${n} on Event { ${fields} ...F${n + 1} }`);
const EVENT = "{ event(id: 1) { ...F0 } }";

const DOCUMENTS: Requests = {
  "one field 9,900 times": graphql(`{ me { ${"id ".repeat(9_900)} } }`),
  "one object with arguments 1,100 times": graphql(`{ ${"event(id: 1) { id } ".repeat(1_100)} }`),
  "one nested object 900 times": graphql(`{ ${"me { calendar { id user { id } } } ".repeat(900)} }`),
  "900 fragments in a chain": graphql(`
    ${EVENT}
    ${chain(900, "id")}
    fragment F900 on Event {
      id
    }
  `),
  "1,000 fragments side by side": graphql(
    `{ event(id: 1) { ${repeat(1_000, (n) => `...F${n}`)} } } ${repeat(1_000, (n) => `fragment F${n} on Event { id }`)}`,
  ),
  "390 fragments that double at every step": graphql(`
    ${EVENT}
    ${repeat(390, (n) => `fragment F${n} on Event { a: parent { ...F${n + 1} } b: parent { ...F${n + 1} } }`)}
    fragment F500 on Event {
      id
    }
  `),
  "600 operations over 600 fragments": graphql(`
    ${repeat(600, (n) => `query Q${n} { ...F0 }`)}
    ${repeat(600, (n) => `fragment F${n} on Query { ...F${n + 1} }`)}
    fragment F600 on Query {
      me {
        id
      }
    }
  `),
  "300 operations over 300 fragments with 900 uses of a variable": graphql(`
    ${repeat(300, (n) => `query Q${n}($i: ID!) { ...F0 }`)}
    ${repeat(300, (n) => `fragment F${n} on Query { ${n < 150 ? "event(id: $i) { id }" : ""} ...F${n + 1} }`)}
    fragment F300 on Query {
      me {
        id
      }
    }
  `),
  "700 subscriptions to one fragment of 4,000 fields": graphql(
    `${repeat(700, (n) => `subscription S${n} { ...F }`)} fragment F on Subscription { ${"eventChanged { id } ".repeat(1_000)} }`,
  ),
  "2,000 fields that there are not": graphql(`{ ${repeat(9_000, (n) => `f${n}`)} }`),
  "3,000 variables": graphql(
    `query (${repeat(1_600, (n) => `$v${n}: ID`)}) { users(emails: [${repeat(1_600, (n) => `$v${n}`)}]) { id } }`,
  ),
  "9,900 values in a list": graphql(`{ records(emails: [${'"a" '.repeat(9_900)}]) { edges { cursor } } }`),
  "9,900 values in a list of the wrong type": graphql(
    `{ records(emails: [${"1 ".repeat(9_900)}]) { edges { cursor } } }`,
  ),
  "an object nested 190 times": graphql(
    `{ events(filter: ${"{text: ".repeat(190)}1${"}".repeat(190)}) { totalCount } }`,
  ),
  "directives on 1,900 fields": graphql(`{ me { ${"id @include(if: true) ".repeat(1_200)} } }`),
  "a mebibyte of comment": graphql(`
    ${"#{\n".repeat(250_000)}
    {
      nothing
    }
  `),
  "a mebibyte in one text": graphql(`{ event(id: ${JSON.stringify("9".repeat(BODY - 100))}) { id } }`),
  "a mebibyte in one block of lines": graphql(`{ event(id: """${" \\n".repeat(250_000)}""") { id } }`),
  "a mebibyte in one name": graphql(`{ ${"a".repeat(BODY)} }`),
};

const REACH =
  "{ __schema { types { fields { type { ofType { ofType { fields { type { ofType { name } } args { name } } } } } } } } }";
const SCHEMA: Requests = {
  "the schema, deep": graphql(REACH, {}, nobody),
  "the schema, deep and 15 times": graphql(
    `{ ${repeat(8, (n) => `a${n}: __schema { types { fields { type { ofType { fields { name } } } } } }`)} }`,
    {},
    nobody,
  ),
  "the schema's inputs, in a circle": graphql(
    "{ __schema { types { inputFields { type { inputFields { type { name } } } } fields { args { type { inputFields { type { name } } } } } } } }",
    {},
    nobody,
  ),
  "3,000 names of __typename for each type": graphql(
    `{ __schema { types { ${repeat(3_000, (n) => `t${n}: __typename`)} fields { ${repeat(3, (n) => `u${n}: __typename`)} } } } }`,
    {},
    nobody,
  ),
};

const SCALARS =
  "allDay createdAt deleted description endTime iCalUid id lastModifiedAt location organizerEmail organizerName ownerId parentId private startTime subject timezone";
const aliased = (fields: string, count: number): string =>
  repeat(count, (n) =>
    fields
      .split(" ")
      .map((field) => `a${n}_${field}: ${field}`)
      .join(" "),
  );
const page = (first: number, fields: string): string =>
  `{ events(first: ${first}) { edges { node { ${fields} } } } }`;
const TYPENAMES = repeat(2_400, (n) => `t${n}: __typename`);

const ANSWERS: Requests = {
  "1,000 events with 2,400 names of __typename": graphql(page(1_000, TYPENAMES)),
  "the same with their owners": graphql(page(1_000, `${TYPENAMES} owner { id }`)),
  "1,000 events with all fields": graphql(page(1_000, SCALARS)),
  "the same with their owners ": graphql(page(1_000, `${SCALARS} owner { id }`)),
  "1,000 events with 15 names for each field": graphql(page(1_000, aliased(SCALARS, 15))),
  "the same with their owners  ": graphql(page(1_000, `${aliased(SCALARS, 15)} owner { id }`)),
  "1,000 events with 15 names for short fields, and their owners": graphql(
    page(1_000, `${aliased("allDay deleted private parentId id location", 15)} owner { id }`),
  ),
  "1,000 events with everything around them": graphql(
    page(
      500,
      "owner { id name email } attendees { name user { id } contact { id name } } relatedTo { recordId record { name } } parent { id } children { id }",
    ),
  ),
  "meetings of 1,000 guests": graphql(
    page(50, "attendees { userId emailAddress contactId name status }"),
    {},
    hostOf,
  ),
  "meetings of 1,000 guests with 15 names for each field": graphql(
    page(40, `attendees { ${aliased("userId contactId status", 15)} }`),
    {},
    hostOf,
  ),
  "the same with their users": graphql(
    page(40, `attendees { ${aliased("userId contactId status", 15)} user { id } }`),
    {},
    hostOf,
  ),
  "meetings of 1,000 guests with 700 names of __typename": graphql(
    page(40, `attendees { ${repeat(700, (n) => `t${n}: __typename`)} user { id } }`),
    {},
    hostOf,
  ),
  "texts of just under 16 MiB": graphql(page(40, "description"), {}, gluttonOf),
  "the same, otherwise printed": graphql(page(40, "description owner { id }"), {}, gluttonOf),
  "texts of more than 16 MiB": graphql(page(10, aliased("description", 15)), {}, gluttonOf),
  "the same, otherwise printed ": graphql(
    page(10, `${aliased("description", 15)} owner { id }`),
    {},
    gluttonOf,
  ),
  "200 records with 10 events each": graphql(
    "{ records(type: Contact, first: 200) { edges { node { id events(first: 10) { edges { node { id subject attendees { name } } } } } } } }",
  ),
  "450 records with 14 names for their events": graphql(
    `{ records(type: Contact, first: 450) { edges { node { ${repeat(14, (n) => `a${n}: events(first: 1, filter: {startAt: 0}) { edges { node { id } } }`)} } } } }`,
  ),
  "a manifest of 200,000 rows": graphql("{ manifest { id lastModifiedAt } }", {}, adminOf),
  "a manifest of 200,000 rows at REST": (ground) => ({
    ...{ method: "GET", path: "/api/v1/events/manifest", token: adminOf(ground)?.token },
  }),
  "a digest of 200,000 rows": graphql("{ digest { count } }", {}, adminOf),
  "when 50 users are busy for 100 days": (ground) =>
    graphql(
      'query ($ids: [ID!]!) { freeBusy(userIds: $ids, startAt: "2026-01-05T00:00:00Z", endAt: "2026-04-14T00:00:00Z") { userId busy { startAt endAt } } }',
      {
        ids: [...ground.attackers.map(({ id }) => id), ...ground.guestIds.slice(0, 40)],
      },
    )(ground),
  "history of 20 large changes": (ground) =>
    graphql(
      page(
        1,
        "history(first: 1000) { edges { node { at kind client user { name } fields { field before after } } } }",
      ),
      {},
      adminOf,
    )(ground),
};

const lists =
  (path: string, whose: (ground: Ground) => Somebody | undefined): ((ground: Ground) => Request) =>
  (ground) => ({ method: "GET", path: `/api/v1${path}`, token: whose(ground)?.token });

const LISTS: Requests = {
  "a page of 1,000": lists("/events?limit=1000", memberOf),
  "a whole calendar of 2,000": lists("/events", memberOf),
  "a feed of 200,000": lists("/events?since=1970-01-01T00:00:00Z", adminOf),
  "a page of texts": lists("/events?limit=1000", gluttonOf),
  "a whole calendar of texts": lists("/events", gluttonOf),
  "a feed page of texts": lists("/events?since=1970-01-01T00:00:00Z&showDeleted=true&limit=1000", gluttonOf),
  "a page of crowds": lists("/events?limit=1000", hostOf),
  "a whole calendar of crowds": lists("/events", hostOf),
};

const BATCH =
  "mutation ($e: EventInput!) { createEvents(inputs: [LIST]) { id event { id } error { code details { field } } } }";
const same = (count: number): string => BATCH.replace("LIST", "$e ".repeat(count));
const many = (count: number, each: number): object[] =>
  Array.from({ length: count }, () => ({ ...WHEN, attendees: guests(each) }));
const CREATE =
  "mutation ($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { id event { id } error { code details { field } } } }";

const WRITES: Requests = {
  "one event 500 times": graphql(same(500), { e: WHEN }),
  "one event of 20 attendees 500 times": graphql(same(500), { e: { ...WHEN, attendees: guests(20) } }),
  "one event of 1,000 attendees 10 times": graphql(same(10), { e: { ...WHEN, attendees: guests(1_000) } }),
  "one event of 1,000 attendees 500 times": graphql(same(500), { e: { ...WHEN, attendees: guests(1_000) } }),
  "one text of 100,000 emoji 40 times": graphql(same(40), { e: { ...WHEN, description: EMOJI } }),
  "one text of 100,000 emoji 500 times": graphql(same(500), { e: { ...WHEN, description: EMOJI } }),
  "a batch of 10,000 attendees": graphql(CREATE, { inputs: many(500, 20) }),
  "a batch of 10,000 attendees who are all at fault": graphql(CREATE, {
    inputs: Array.from({ length: 500 }, () => ({
      ...WHEN,
      attendees: Array.from({ length: 20 }, () => ({ contactId: 1e15 })),
    })),
  }),
  "a change of 500 events with 10,000 attendees": (ground) =>
    graphql("mutation ($items: [EventPatchItem!]!) { updateEvents(items: $items) { id error { code } } }", {
      items: mine(ground).map((id) => ({ id, input: { attendees: guests(20) } })),
    })(ground),
  "a change of 500 events with one list of 20 attendees": (ground) =>
    graphql(
      "mutation ($items: [EventPatchItem!]!) { updateEvents(items: $items) { id event { attendees { name } } error { code } } }",
      {
        items: mine(ground).map((id) => ({ id, input: { attendees: guests(20, "m") } })),
      },
    )(ground),
  "a create of 1,000 attendees with long names": rest("POST", "/events", {
    ...WHEN,
    attendees: guests(1_000, "n".repeat(960)),
  }),
  "the same under a key": rest(
    "POST",
    "/events",
    { ...WHEN, attendees: guests(1_000, "n".repeat(960)) },
    { "Idempotency-Key": "same" },
  ),
  "a create of emoji": rest("POST", "/events", { ...WHEN, description: EMOJI, location: "😀".repeat(250) }),
  "a change to 1,000 attendees": (ground) =>
    rest("PUT", `/events/${mine(ground)[0]}`, { ...WHEN, attendees: guests(1_000, "n".repeat(960)) })(ground),
  "the same again, with other names": (ground) =>
    rest("PATCH", `/events/${mine(ground)[0]}`, { attendees: guests(1_000, "m".repeat(960)) })(ground),
  "a deletion of 500": (ground) =>
    graphql("mutation ($ids: [ID!]!) { deleteEvents(ids: $ids) { id error { code } } }", {
      ids: mine(ground),
    })(ground),
};

/** Events of the member's, some of which are deleted at last. */
const mine = ({ mineIds }: Ground & { mineIds?: string[] }): string[] => mineIds ?? [];

const long = (length: number): string => "a".repeat(length);
const JSONS: Requests = {
  "half a million brackets": rest("POST", "/events", "[".repeat(500_000) + "]".repeat(500_000)),
  "350,000 empty objects": rest("POST", "/events", `{"attendees":[${"{},".repeat(340_000)}{}]}`),
  "99,000 attendees at fault": rest("POST", "/events", {
    ...WHEN,
    attendees: Array.from({ length: 99_000 }, () => 1),
  }),
  "1,000 attendees at fault in every field": rest("POST", "/events", {
    attendees: Array.from({ length: 1_000 }, () => ({
      emailAddress: 1,
      name: 1,
      status: 1,
      userId: {},
      contactId: {},
    })),
  }),
  "variables of 99,000 values": graphql(
    "query ($e: [String!]) { records(emails: $e) { edges { cursor } } }",
    {
      e: Array.from({ length: 90_000 }, () => "a@b.tt"),
    },
  ),
  "variables of 99,000 values of the wrong type": graphql(
    "query ($e: [String!]) { records(emails: $e) { edges { cursor } } }",
    {
      e: Array.from({ length: 99_000 }, () => 1),
    },
  ),
  "variables of 99,000 events": graphql(CREATE, { inputs: Array.from({ length: 99_000 }, () => ({})) }),
  "variables of 20,000 calendars": graphql("query ($f: EventFilter) { events(filter: $f) { totalCount } }", {
    f: { calendarIds: Array.from({ length: 99_000 }, (_, n) => String(n)) },
  }),
};

const LONG_TEXTS: Requests = Object.fromEntries([
  ...(
    [
      ["timezone", long(BODY)],
      ["timezone", "_".repeat(BODY)],
      ["startTime", long(BODY)],
      ["startTime", `2027-01-04T10:00:00.${"0".repeat(BODY - 100)}Z`],
      ["startTime", "1".repeat(BODY - 100)],
      ["parentId", "9".repeat(BODY - 100)],
      ["description", `<${"a ".repeat(49_000)}`],
      ["description", "<".repeat(100_000)],
      ["subject", " ".repeat(BODY - 100)],
      ["iCalUid", "@".repeat(BODY - 100)],
    ] as const
  ).map(([field, text], index) => [
    `${field} of ${text.length.toLocaleString("en")} letters (${index})`,
    rest("POST", "/events", { ...WHEN, [field]: text }),
  ]),
  ...([long(100_000), `${long(99_000)}@${long(900)}`, "@.".repeat(50_000)] as const).map(
    (emailAddress, index) => [
      `an address of 100,000 letters (${index})`,
      rest("POST", "/events", { ...WHEN, attendees: [{ emailAddress }] }),
    ],
  ),
  [
    "a tag of 15,000 letters",
    rest("PATCH", "/events/1", { subject: "x" }, { "If-Match": `"${'","'.repeat(3_500)}"` }),
  ],
  ["a token of 15,000 letters", rest("GET", `/events?pageToken=${long(15_000)}`)],
  [
    "an id of a mebibyte of digits",
    graphql("query ($id: ID!) { event(id: $id) { id } }", { id: "9".repeat(BODY - 100) }),
  ],
  [
    "a time of a mebibyte",
    graphql("query ($s: DateTime) { changes(since: $s) { endCursor } }", { s: "1".repeat(BODY - 100) }),
  ],
  [
    "a search for a mebibyte",
    graphql("query ($q: String) { events(filter: { text: $q }) { totalCount } }", {
      q: "a ".repeat(510_000),
    }),
  ],
]) as Requests;

export const REQUESTS: Readonly<Record<string, Requests>> = {
  "documents of 10,000 tokens or a mebibyte": DOCUMENTS,
  "the schema, without a token": SCHEMA,
  "answers of GraphQL": ANSWERS,
  "lists at REST": LISTS,
  "bodies and variables of a mebibyte": JSONS,
  "long texts": LONG_TEXTS,
  writes: WRITES,
};
