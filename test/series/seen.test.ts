// Who sees what a series says, what is told of it, and how much of that one request may ask for.
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;
let cleo: Person;
let dan: Person;

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0 });
  ada = await world.person({ name: "Ada", email: "ada@x.co" });
  ben = await world.person({ name: "Ben", email: "ben@x.co" });
  cleo = await world.person({ name: "Cleo" });
  dan = await world.person({ name: "Dan" });
});
afterAll(() => world.close());

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */
async function ask(who: Person, query: string): Promise<any> {
  const reply = await who.graphql(query);
  expect(reply.errors).toBeUndefined();
  return Object.values(reply.data as object)[0];
}

/** The same days all along: a test that begins before midnight may end after it. */
const BEGAN = Date.now();
const day = (days: number): string => new Date(BEGAN + days * 86_400_000).toISOString().slice(0, 10);

interface Made {
  id: string;
  events: string[];
}

async function make(who: Person, more: object = {}, rrule = "FREQ=WEEKLY;COUNT=4"): Promise<Made> {
  const body = {
    ...{ subject: "Secret", startTime: `${day(3)}T09:00:00Z`, endTime: `${day(3)}T10:00:00Z` },
    ...{ timezone: "UTC", recurrence: { rrule }, ...more },
  };
  const made = await who.rest("POST", "/series", body);
  expect([made.status, made.body.details]).toEqual([201, undefined]);
  const { rows } = await world.sql.query<{ id: string }>(
    "select id::text from event where series_id = $1 order by recurrence_id",
    [made.body.id],
  );
  return { id: made.body.id, events: rows.map(({ id }) => id) };
}

describe("a private series", () => {
  const WORDS = "subject description location attendees { userId } organizerEmail organizerName iCalUid";
  const HIDDEN = {
    ...{ subject: "Private", description: null, location: null, attendees: [] },
    ...{ organizerEmail: null, organizerName: null, iCalUid: null },
  };
  const seen = async (who: Person, id: string): Promise<any> =>
    ask(who, `{ series(id: ${id}) { ${WORDS} } }`);
  const change = (id: string | undefined, scope: string, input: string): Promise<any> =>
    ask(ada, `mutation { updateSeries(eventId: ${id}, scope: ${scope}, input: {${input}}) { changed } }`);

  test("is masked for whoever was taken off it, be they in what is over or in an occurrence still", async () => {
    const attendees = [{ userId: ben.id }, { userId: cleo.id }];
    const made = await make(ada, { private: true, description: "Old", attendees });
    await world.sql.query(
      `update event set start_time = tidemark_now() - interval '2 days', end_time = tidemark_now() - interval '1 day'
       where id = $1`,
      [made.events[0]],
    );
    await change(made.events[1], "ALL", `description: "New", attendees: [{userId: ${cleo.id}}]`);
    // In one that is over, as Ben was; Dan is in one to come.
    await change(made.events[2], "THIS", `attendees: [{userId: ${cleo.id}}, {userId: ${dan.id}}]`);
    for (const who of [ben, dan]) {
      expect(await seen(who, made.id)).toEqual(HIDDEN);
      expect((await who.rest("GET", `/series/${made.id}`)).status).toBe(404);
    }
    expect(await seen(cleo, made.id)).toMatchObject({ description: "New", organizerEmail: "ada@x.co" });
    expect((await cleo.rest("GET", `/series/${made.id}`)).body.description).toBe("New");
    // What they have of it is told in full: there is no series from which it could be taken.
    for (const [who, event] of [
      [ben, made.events[0]],
      [dan, made.events[2]],
    ] as const) {
      const list = await who.rest("GET", "/events?series=overridden");
      expect(list.body.records.map(({ id }: any) => id)).toContain(event);
    }
  });

  test("is shown to whoever is let into the calendar of somebody on its list, and masked for who has left it", async () => {
    const made = await make(ada, { private: true, attendees: [{ userId: ben.id }, { userId: cleo.id }] });
    expect(await seen(dan, made.id)).toEqual(HIDDEN);
    const grant = (access: string): Promise<unknown> =>
      ask(
        cleo,
        `mutation { setCalendarGrant(calendarId: ${cleo.calendarId}, userId: ${dan.id}, access: ${access}) { id } }`,
      );
    await grant("READ");
    expect(await seen(dan, made.id)).toMatchObject({ subject: "Secret" });
    expect((await dan.rest("GET", `/series/${made.id}?calendarId=${cleo.calendarId}`)).status).toBe(200);
    await ask(cleo, `mutation { deleteSeries(eventId: ${made.events[1]}, scope: FOLLOWING) { changed } }`);
    expect(await seen(cleo, made.id)).toEqual(HIDDEN);
    expect(await seen(dan, made.id)).toEqual(HIDDEN);
    await grant("null");
    const list = await cleo.rest("GET", "/events?series=overridden");
    expect(list.body.records.map(({ id }: any) => id)).toContain(made.events[0]);
  });
});

test("whoever has left an occurrence that is private now leaves the others, and is told nothing of it", async () => {
  const made = await make(ada, { attendees: [{ userId: ben.id }] });
  expect((await ben.rest("DELETE", `/events/${made.events[0]}`)).status).toBe(204);
  const hide = `mutation { updateSeries(eventId: ${made.events[1]}, scope: ALL, input: {private: true}) { changed } }`;
  await ask(ada, hide);
  const condition = `ifLastModifiedAt: "2020-01-01T00:00:00Z"`;
  const gone = `mutation { deleteSeries(eventId: ${made.events[0]}, scope: FOLLOWING, ${condition}) { changed } }`;
  const reply = await ben.graphql(gone);
  expect(JSON.stringify(reply)).not.toContain("Secret");
  expect(reply).toMatchObject({ data: { deleteSeries: { changed: 3 } } });
  const again = await ben.rest("DELETE", `/events/${made.events[0]}?scope=all`, undefined, {
    "If-Match": '"x"',
  });
  expect([again.status, JSON.stringify(again.body)]).toEqual([204, expect.not.stringContaining("Secret")]);
});

describe("a series tells of its organiser", () => {
  const ORGANISER = "organizerEmail organizerName";
  const told = async (made: Made): Promise<unknown[]> => {
    const found = await ask(
      ada,
      `{ series(id: ${made.id}) { ${ORGANISER} occurrences(first: 1) { edges { node { ${ORGANISER} } } } } }`,
    );
    const { organizerEmail, organizerName, occurrences } = found;
    const { body } = await ada.rest("GET", `/series/${made.id}`);
    const shown = [organizerEmail, organizerName];
    expect([body.organizerEmail, body.organizerName]).toEqual(shown);
    const [{ node }] = occurrences.edges;
    expect([node.organizerEmail, node.organizerName]).toEqual(shown);
    return shown;
  };

  test.each([
    ["the owner", {}, ["ada@x.co", "Ada"]],
    ["a colleague", { organizerEmail: "ben@x.co" }, ["ben@x.co", "Ben"]],
    ["somebody outside", { organizerEmail: "boss@client.test" }, ["boss@client.test", null]],
    [
      "somebody outside by name",
      { organizerEmail: "boss@client.test", organizerName: "Boss" },
      ["boss@client.test", "Boss"],
    ],
  ])("as its occurrences do: %s", async (_who, said, shown) => {
    expect(await told(await make(ada, said))).toEqual(shown);
  });
});

describe("what one answer may ask of series", () => {
  test("counts: instants to come one by one, and pages of occurrences", async () => {
    const refused = async (query: string): Promise<string | undefined> =>
      (await ada.graphql(query)).errors?.[0]?.message;
    const upcoming = (first: number): string =>
      `{ events(first: 1000) { edges { node { series { upcoming(first: ${first}) } } } } }`;
    expect(await refused(upcoming(100))).toMatch("The operation costs 103,001; the limit is 100,000.");
    expect(await refused(upcoming(90))).toBeUndefined();
    const pages = (alias: string): string => `${alias}: occurrences(first: 1) { totalCount }`;
    const many = `{ events(first: 1000) { edges { node { series { ${[..."abcdefghij"].map(pages).join(" ")} } } } } }`;
    expect(await refused(many)).toMatch("The operation costs");
  });

  test("is worked out once for all occurrences of a series, and refused where it takes too long", async () => {
    const made = await make(ada, {}, "FREQ=DAILY;COUNT=200");
    const query = `{ events(first: 200, filter: {scope: ORGANISATION, seriesId: ${made.id}}) { edges { node {
      series { upcoming(first: 2) occurrences(first: 1) { edges { node { id } } } } } } } }`;
    const { edges } = await ask(ada, query);
    const answers = new Set(edges.map(({ node }: any) => JSON.stringify(node.series)));
    expect([edges.length, answers.size]).toEqual([200, 1]);
    // Leap days that are Mondays: there are not a hundred before the year 9999 that a few steps find.
    const rare = await make(ada, {}, "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO");
    const reply = await ada.graphql(`{ series(id: ${rare.id}) { upcoming(first: 100) } }`);
    expect(reply.errors?.[0]?.extensions).toMatchObject({
      code: "bad_request",
      details: [{ field: "upcoming" }],
    });
  });
});

describe("a list that the change of a series comes to", () => {
  const people = (count: number, domain: string): object[] =>
    Array.from({ length: count }, (_, n) => ({ emailAddress: `p${n}@${domain}` }));
  const records = async (): Promise<string[]> =>
    (
      await world.sql.query<{ id: string }>(
        `insert into record (organisation_id, type, name) select $1, 'Contact', 'C' || n from generate_series(1, 60) n
         returning id::text`,
        [world.organisationId],
      )
    ).rows.map(({ id }) => id);

  test("is refused by the name of its field where one occurrence has no room for it", async () => {
    const made = await make(ada, {}, "FREQ=DAILY;COUNT=3");
    const [first, second] = made.events;
    const own = await ada.rest("PATCH", `/events/${second}`, { attendees: people(600, "a.test") });
    expect(own.status).toBe(200);
    const [some, others] = [await records(), await records()];
    expect((await ada.rest("PATCH", `/events/${second}`, { relatedTo: { contactIds: some } })).status).toBe(
      200,
    );
    for (const [field, value] of [
      ["attendees", people(600, "b.test")],
      ["relatedTo", { contactIds: others }],
    ] as const) {
      const reply = await ada.rest("PATCH", `/events/${first}?scope=all`, { [field]: value });
      expect([reply.status, reply.body.code, reply.body.details?.[0]?.field]).toEqual([
        400,
        "bad_request",
        field,
      ]);
    }
    // Nothing is half done.
    expect((await ada.rest("GET", `/series/${made.id}`)).body).toMatchObject({
      attendees: [],
      relatedTo: [],
    });
  });

  test("is refused of a single event, too, where a guest adds more than it has room for", async () => {
    const attendees = [{ userId: ben.id }, ...people(998, "c.test")];
    const event = await ada.rest("POST", "/events", {
      ...{ startTime: `${day(3)}T09:00:00Z`, endTime: `${day(3)}T10:00:00Z`, attendees },
    });
    const reply = await ben.rest("PATCH", `/events/${event.body.id}`, { attendees: people(2, "d.test") });
    expect([reply.status, reply.body.details?.[0]?.field]).toEqual([400, "attendees"]);
  });
});

test("how somebody is invited is changed in every occurrence; what they have answered is kept, and told as passed over", async () => {
  const made = await make(
    ada,
    { attendees: [{ userId: ben.id }, { userId: cleo.id }] },
    "FREQ=DAILY;COUNT=4",
  );
  await ben.rest("PATCH", `/events/${made.events[2]}`, {
    attendees: [{ userId: ben.id, status: "Accepted" }],
  });
  const attendees = [
    { userId: ben.id, type: "optional", status: "Declined" },
    { userId: cleo.id, type: "required", status: "NoResponse" },
  ];
  const changed = await ada.rest("PATCH", `/events/${made.events[1]}?scope=following`, { attendees });
  expect([changed.status, changed.headers.get("Tidemark-Passed-Over")]).toEqual([200, "attendees[0].status"]);
  const { rows } = await world.sql.query(
    `select array(select array[a ->> 'type', a ->> 'status'] from jsonb_array_elements(e.attendees) a) as people
     from event e where e.id = any ($1) order by e.recurrence_id`,
    [made.events],
  );
  const required = ["required", "NoResponse"];
  expect(rows.map(({ people }) => people)).toEqual([
    [required, required],
    [["optional", "NoResponse"], required],
    [["optional", "Accepted"], required],
    [["optional", "NoResponse"], required],
  ]);
  const again = await ask(
    ada,
    `mutation { updateSeries(eventId: ${made.events[1]}, scope: FOLLOWING, handling: LENIENT,
      input: {attendees: [{userId: ${ben.id}, type: "optional"}, {userId: ${cleo.id}}]}) {
      changed series { attendees { type status } } } }`,
  );
  expect(again).toMatchObject({
    changed: 0,
    series: { attendees: [{ type: "optional", status: "NoResponse" }, {}] },
  });
});
