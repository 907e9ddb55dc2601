// The tenant condition of every statement is needed: each is taken away in turn, in a database where another organisation
// has the same ids, and then an answer changes or somebody else's rows do. (That every statement has one is checked over
// the whole run: test/support/recorded-statements.ts.)
import pg from "pg";
import { issueToken } from "../../src/access/tokens";
import { openDatabase } from "../../src/database/open";
import { TEST_PARTITIONS } from "../support/global-setup";
import { isLong } from "../support/long-form";
import { EQUIVALENT } from "../support/equivalent-conditions";
import { graphql, rest, type At, type Known, type Step } from "../support/tenant-steps";
import { importFiles, makeSeries, seriesReads, seriesWrites } from "../support/tenant-steps-series";
import { makeWebhooks, webhookReads, webhookWrites } from "../support/tenant-steps-webhooks";
import { withoutTenant } from "../support/recorded-statements";
import { contentOf, mirror, THEIRS_ALONE } from "../support/two-tenants";
import { callGraphQL, callRest, cloneDatabase, openWorld, testConfig, type World } from "../support/world";

const CONDITION =
  /(\bby_(?:start|change)\(\w+\.organisation_id\)|(?:"?\w+"?\.)?"?organisation_id"?)(\s*=\s*)\$(\d+)/gi;
const TIMES = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const [OURS, THEIRS] = [2, 1];

let world: World;
let template: { url: string; drop: () => Promise<void> };
const tokens: Known = {};
const id: Known = {};
let instant = "";

beforeAll(async () => {
  process.env.TIDEMARK_TEST_STATEMENTS = "";
  world = await openWorld({ webhookInternalHosts: ["127.0.0.1"] });
  template = await cloneDatabase();
  await build();
});
afterAll(async () => {
  await template.drop();
  await world.close();
});

const meetingOf = (): object => ({
  ...TIMES,
  subject: "Meeting zebra",
  attendees: [{ userId: id.ben }, { contactId: id.contact }],
  relatedTo: { contactIds: [id.contact] },
});

async function build(): Promise<void> {
  const db = await openDatabase(testConfig(template.url), () => undefined);
  const sql = new pg.Pool({ connectionString: template.url });
  await sql.query("insert into organisation (name) values ('Theirs'), ('Ours')");
  for (const [name, role] of [
    ["admin", "admin"],
    ["ada", "member"],
    ["ben", "member"],
    ["cleo", "member"],
  ] as const) {
    const { rows } = await sql.query<{ id: string }>(
      "insert into app_user (organisation_id, email, name, timezone, role) values ($1, $2, $3, 'UTC', $4) returning id",
      [OURS, `${name}@x.co`, name, role],
    );
    id[name] = rows[0]!.id;
    const issued = await issueToken(db.dataSource.manager, {
      organisationId: String(OURS),
      userId: id[name],
      name: "test",
    });
    tokens[name] = issued.secret;
    id[`${name}Token`] = issued.token.id;
    const calendar = await sql.query<{ id: string }>("select id from calendar where user_id = $1", [
      id[name],
    ]);
    id[`${name}Calendar`] = calendar.rows[0]!.id;
  }
  await sql.query("update app_user set max_tokens = 2 where name = 'admin'");
  const room = await sql.query<{ id: string }>(
    "insert into app_user (organisation_id, email, name, timezone, kind, capacity) values ($1, 'blue@x.co', 'Blue', 'UTC', 'room', 8) returning id",
    [OURS],
  );
  id.blue = room.rows[0]!.id;
  await db.close();
  const service = await world.instance({ databaseUrl: template.url, rateLimitPerMinute: 0 });
  const post = async (path: string, body: unknown, headers = {}, who = "ada"): Promise<string> =>
    (await callRest(service.url, tokens[who]!, { method: "POST", path, body, headers })).body.id as string;
  const patch = (path: string, body: unknown): Promise<unknown> =>
    callRest(service.url, tokens.ada!, { method: "PATCH", path, body });
  id.account = await post("/contacts", { name: "Acme", email: "acme@x.co" });
  id.contact = await post("/contacts", { name: "Dana", email: "dana@x.co" });
  id.extra = await post("/contacts", { name: "Extra", email: "extra@x.co" });
  const meeting = meetingOf();
  for (const name of "one two three four five six seven eight nine ten eleven twelve".split(" ")) {
    id[name] = await post("/events", { ...meeting, iCalUid: `uid-${name}` }, { "Idempotency-Key": name });
  }
  id.child = await post("/events", { ...meeting, parentId: id.one });
  await makeSeries(id, meeting, { post, patch, sql });
  await importFiles(id, { post, patch, sql });
  id.secret = await post("/events", { ...meeting, private: true, attendees: [] });
  id.kept = await post("/events", { ...TIMES, subject: "Kept" });
  id.declined = await post("/events", { ...TIMES, attendees: [{ userId: id.ben, status: "Declined" }] });
  await post("/events", { ...meeting, private: true, attendees: [], parentId: id.one }, {}, "ben");
  id.bens = await post("/events", { ...meeting, attendees: [] }, {}, "ben");
  id.cleos = await post("/events", { ...meeting, attendees: [], iCalUid: "uid-two" }, {}, "cleo");
  await post("/events", { ...meeting, startTime: "2026-02-20T00:00:00Z", endTime: "2026-03-05T00:00:00Z" });
  await sql.query(
    "insert into calendar_grant (organisation_id, user_id, calendar_id, access) values ($1, $2, $3, 'read')",
    [OURS, id.cleo, id.benCalendar],
  );
  await makeWebhooks(id, sql, OURS);
  const gone = await post("/events", meeting);
  await callRest(service.url, tokens.ada!, { method: "DELETE", path: `/events/${gone}` });
  id.gone = gone;
  await service.close();
  await mirror(sql, String(OURS), String(THEIRS), {
    event: id.one!,
    removed: gone,
    record: id.contact,
    user: id.cleo!,
    elsewhere: id.cleos,
    colleagues: id.bens,
    occurrence: id.seen0!,
    series: id.seenSeries!,
  });
  // Theirs goes on.
  await sql.query("delete from event where organisation_id = $1 and id = $2", [OURS, id.twelve]);
  const { rows } = await sql.query<{ at: string }>(
    `select to_char(tidemark_now() at time zone 'UTC' + interval '10 ms', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`,
  );
  instant = rows[0]!.at;
  await sql.end();
}

const EVENT = `subject description attendees { name status user { name } contact { name } }
  relatedTo { name record { name account { name } } } owner { name } parent { subject } children { subject }`;
/** A write: it is tried on a database of its own. */
const writing = (step: Step): Step => ({ ...step, writes: true });
/** Reads first, then writes that keep out of each other's way. */
const steps = (): Step[] => [
  rest("GET", "/me"),
  rest("GET", "/users"),
  rest("GET", "/users?email=ben@x.co"),
  rest("GET", "/contacts?email=dana@x.co"),
  rest("GET", `/contacts/${id.contact}`),
  rest("GET", `/contacts/${id.contact}/events`),
  rest("GET", `/accounts/${id.account}/events?rollUp=false`),
  rest("GET", "/records?q=dana&type=Contact"),
  rest("GET", "/calendars"),
  rest("GET", "/calendars?all=true", undefined, "admin"),
  rest("GET", `/events?calendarId=${id.benCalendar}`, undefined, "admin"),
  rest("GET", "/events"),
  rest("GET", "/events?startAt=2026-03-02T00:00:00Z&endAt=2026-03-03T00:00:00Z"),
  rest("GET", "/events?since=0"),
  rest("GET", "/events?since=0&showDeleted=true&excludeOwn=true", undefined, "ben"),
  rest("GET", "/events?since=0&startAt=2026-03-02T00:00:00Z&endAt=2026-03-03T00:00:00Z"),
  rest("GET", "/deletedEvents?since=0"),
  rest("GET", "/events?iCalUid=uid-two"),
  rest("GET", "/events/manifest"),
  rest("GET", "/events/digest?by=month"),
  rest("GET", `/events/${id.one}`),
  rest("GET", `/events/${id.gone}?showDeleted=true`),
  rest("GET", "/events?limit=3"),
  rest("GET", `/events?calendarId=${THEIRS_ALONE.calendar}`, undefined, "admin"),
  graphql(`{ events(filter: { calendarIds: [${THEIRS_ALONE.calendar}] }) { edges { node { subject } } } }`),
  graphql(`{ event(id: ${THEIRS_ALONE.event}) { subject } }`),
  graphql(`{ event(id: ${THEIRS_ALONE.event}) { subject } }`, "admin"),
  graphql(`{ event(id: ${id.one}) { ${EVENT} } }`),
  graphql(`{ event(id: ${id.child}) { ${EVENT} } }`, "cleo"),
  graphql(
    `
      {
        events(filter: { scope: ORGANISATION }) {
          totalCount
          edges {
            node {
              subject
            }
          }
        }
      }
    `,
    "cleo",
  ),
  graphql(`
    {
      events(filter: { scope: ORGANISATION, text: "zebra" }) {
        edges {
          node {
            subject
          }
        }
      }
    }
  `),
  graphql(
    `{ events(filter: { scope: ORGANISATION, contactId: ${id.contact} }) { edges { node { subject } } } }`,
  ),
  graphql(
    `{ events(filter: { calendarIds: [${id.benCalendar}, ${id.adaCalendar}] }) { edges { node { subject } } } }`,
  ),
  graphql(
    `{ freeBusy(userIds: [${id.ben}, ${id.cleo}], startAt: "2026-03-02T00:00:00Z", endAt: "2026-03-03T00:00:00Z") { userId busy { startAt endAt } } }`,
  ),
  graphql(
    `{ findTimes(input: { userIds: [${id.ben}], rooms: [${id.blue}], durationMinutes: 60, stepMinutes: 60, startAt: "2026-03-02T00:00:00Z", endAt: "2026-03-03T00:00:00Z" }) { suggestions { startAt rooms } } }`,
  ),
  graphql(
    `{ findTimes(input: { optionalUserIds: [${id.ben}], capacity: 2, durationMinutes: 60, startAt: "2026-03-02T09:00:00Z", endAt: "2026-03-02T10:00:00Z" }) { suggestions { rooms } } }`,
  ),
  graphql(
    `{ record(type: Contact, id: ${id.contact}) { name events { totalCount edges { node { subject } } } } }`,
  ),
  graphql(`
    {
      changes {
        records {
          id
          event {
            subject
          }
          deleted
        }
      }
    }
  `),
  graphql(
    `{ event(id: ${id.one}) { subject history { edges { node { kind client user { name } fields { field after } } } } } }`,
    "admin",
  ),
  graphql("{ tokens { id name madeBy } }"),
  graphql(
    `
      {
        adminHistory {
          edges {
            node {
              kind
              client
              user {
                name
              }
              fields {
                field
                after
              }
            }
          }
        }
      }
    `,
    "admin",
  ),
  graphql(`{ adminHistory(subject: user, subjectId: ${id.ben}) { edges { node { kind } } } }`, "admin"),
  graphql(
    `
      {
        personExport(email: "dana@x.co")
      }
    `,
    "admin",
  ),
  graphql(
    `
      {
        personExport(email: "ben@x.co")
      }
    `,
    "admin",
  ),
  graphql(`{ calendarGrants(calendarId: ${id.benCalendar}) { userId access user { name } } }`, "admin"),
  ...webhookReads(id),
  ...seriesReads(id),
  rest("GET", "/calendars", undefined, "cleo"),
  rest("GET", `/events?calendarId=${id.benCalendar}`, undefined, "cleo"),
  rest("GET", `/events?calendarId=${id.adaCalendar}`, undefined, "cleo"),
  graphql(`{ event(id: ${id.secret}) { subject } }`, "cleo"),
  graphql(`{ events(filter: { calendarIds: [${id.benCalendar}] }) { edges { node { subject } } } }`),
  graphql("{ organisation { name colleaguesSee } }"),
  graphql(`{ event(id: ${id.declined}) { subject viewer { role masked } } }`, "ben"),
  graphql("{ users(includeDisabled: true) { name disabled } }"),
  graphql(`{ tokens(userId: ${id.ben}) { id name madeBy } }`, "admin"),
  ...[
    rest("POST", "/events", { ...meetingOf(), iCalUid: "uid-one" }, "ada", { "Idempotency-Key": "one" }),
    rest("POST", "/events?calendarId=primary", { ...meetingOf(), iCalUid: "uid-twelve" }, "ada", {
      "Idempotency-Key": "twelve",
    }),
    graphql(
      `mutation { createEvent(input: { startTime: "${TIMES.startTime}", endTime: "${TIMES.endTime}", attendees: [{ userId: ${id.ben} }, { emailAddress: "dana@x.co" }], relatedTo: [{ type: Contact, id: ${id.contact} }], parentId: ${id.one} }) { attendees { name contactId } relatedTo { name } parentId } }`,
    ),
    rest("PATCH", `/events/${id.two}`, { subject: "Changed", attendees: [{ userId: id.cleo }] }),
    rest("PUT", `/events/${id.three}`, { ...TIMES, subject: "Put" }),
    rest("DELETE", `/events/${id.four}`),
    rest("DELETE", `/events/${id.five}`, undefined, "ben"),
    rest("DELETE", `/events/${THEIRS_ALONE.event}`),
    graphql(
      `mutation { respondToEvent(id: ${id.six}, status: "Accepted") { attendees { name status } } }`,
      "ben",
    ),
    graphql(
      `mutation { updateEvents(items: [{ id: ${id.seven}, input: { location: "x", attendees: [{ userId: ${id.ben} }] } }, { id: ${id.eight}, input: { location: "y" } }]) { event { subject location } error { code } } }`,
    ),
    graphql(
      `mutation { deleteEvents(ids: [${id.nine}, ${id.gone}, ${THEIRS_ALONE.removed}]) { id error { code } } }`,
    ),
    graphql(`mutation { deleteEvent(id: ${id.ten}) { reason } }`, "cleo"),
    graphql(`mutation { deleteEvent(id: ${THEIRS_ALONE.event}) { reason } }`, "cleo"),
    // The creator of what its organiser claims, and whoever leaves what they only kept, are on the list by their names.
    graphql(
      `mutation {
        a: updateEvent(id: ${id.kept}, input: { organizerEmail: "admin@x.co", attendees: [] }) { id }
        b: updateEvent(id: ${id.kept}, input: { subject: "Claimed" }) { ownerId attendees { name status } }
        c: updateEvent(id: ${id.kept}, input: { organizerEmail: "boss@client.co", attendees: [{ userId: ${id.ben} }] }) { ownerId }
        d: deleteEvent(id: ${id.kept}) { reason }
        e: updateEvent(id: ${id.kept}, input: { subject: "Handed on" }) { ownerId attendees { name status } }
      }`,
      "admin",
    ),
    rest("POST", "/events?matchICalUid=true", { ...meetingOf(), iCalUid: "uid-thirteen" }),
    ...seriesWrites(id, meetingOf()),
    graphql(`mutation { deleteEvent(id: ${id.eleven}) { lastModifiedAt } }`),
    graphql(
      `mutation { saveRecords(records: [{ id: ${id.account}, type: Contact, name: "Acme 2", emails: [] }]) { name } }`,
    ),
    graphql(
      `mutation { saveRecords(records: [{ id: ${THEIRS_ALONE.record}, type: Contact, name: "x", emails: [] }]) { name } }`,
    ),
    rest("POST", "/contacts?allowDuplicate=false", { name: "Dana 2", email: "dana@x.co" }),
    rest("POST", "/contacts", { name: "Eli", email: "eli@x.co" }, "ada", { "Idempotency-Key": "eli" }),
    graphql(`mutation { archiveRecords(ids: [${id.extra}]) { name } }`, "admin"),
    graphql(`mutation { restoreRecords(ids: [${THEIRS_ALONE.record}]) { name } }`, "admin"),
    graphql(`mutation { mergeRecords(from: [${id.extra}], into: ${id.contact}) { name emails } }`, "admin"),
    graphql(`mutation { updateUser(id: ${id.cleo}, input: { name: "Cleo 2" }) { name timezone } }`, "admin"),
    graphql(
      `
        mutation {
          createUser(input: { name: "Else", email: "else@x.co", timezone: "UTC", aliases: ["e@x.co"] }) {
            email
            aliases
          }
        }
      `,
      "admin",
    ),
    graphql(
      `mutation { updateUser(id: ${id.ben}, input: { aliases: ["BEN@x.co", "b@x.co"] }) { aliases } }`,
      "admin",
    ),
    graphql(
      `mutation { transferEvent(id: ${id.secret}, to: ${id.cleo}) { subject ownerId viewer { role } } }`,
    ),
    graphql(`mutation { transferEvent(id: ${THEIRS_ALONE.event}, to: ${id.cleo}) { subject } }`, "admin"),
    graphql(`mutation { transferEvents(from: ${id.ben}, to: ${id.admin}) }`, "admin"),
    graphql(
      `mutation { createToken(userId: ${id.admin}, name: "n") { accessToken { userId madeBy } } }`,
      "admin",
    ),
    graphql(`mutation { revokeToken(id: ${THEIRS_ALONE.token}) { name } }`, "admin"),
    graphql(`mutation { revokeToken(id: ${id.benToken}) { name } }`, "admin"),
    graphql(
      `mutation { setCalendarGrant(calendarId: ${id.adaCalendar}, userId: ${id.admin}, access: READ) { id access } }`,
      "admin",
    ),
    graphql(
      `mutation { setCalendarGrant(calendarId: ${id.benCalendar}, userId: ${id.cleo}, access: null) { id access } }`,
      "admin",
    ),
    ...webhookWrites(id),
    graphql(`mutation { disableUser(id: ${id.ben}) { name } }`, "admin"),
    graphql(`mutation { enableUser(id: ${id.admin}) { name disabled } }`, "admin"),
    graphql(
      `
        mutation {
          erasePerson(email: "nobody@x.co") {
            address
            texts {
              eventId
            }
          }
        }
      `,
      "admin",
    ),
  ].map(writing),
];

interface Mutation {
  text: string;
  /** Which of its conditions. */ nth: number;
}
/** Takes one condition away, but keeps its parameter known. */
const mutated = (text: string, nth: number): string => {
  let at = 0;
  return text.replace(CONDITION, (whole, _column: string, _equals: string, parameter: string) =>
    at++ === nth ? `$${parameter}::bigint is not null` : whole,
  );
};

const { query } = pg.Client.prototype as unknown as { query: (this: object, ...args: unknown[]) => unknown };

/** What is sent by whom at the moment, and what of it is changed. */
const wire: { step: string; sent: Map<string, Set<string>>; mutation?: Mutation } = {
  step: "",
  sent: new Map(),
};

function listen(): void {
  jest.spyOn(pg.Client.prototype, "query").mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const given = args[0] as { text?: string; name?: string } | string;
    const text = typeof given === "string" ? given : given.text;
    if (text !== undefined && this.constructor !== pg.Client) {
      if (!wire.sent.has(text)) wire.sent.set(text, new Set());
      wire.sent.get(text)!.add(wire.step);
      const { mutation } = wire;
      if (text === mutation?.text) {
        const changed = mutated(text, mutation.nth);
        if (typeof given === "string") args[0] = changed;
        // Prepared under its name it would be taken for the other one.
        else Object.assign(given, { text: changed, name: undefined });
      }
    }
    return query.apply(this, args);
  });
}

interface Stage {
  /** The answers to these, and what the other organisation has after them. */
  play: (wanted: Step[], mutation?: Mutation) => Promise<Map<string, string>>;
  end: () => Promise<void>;
}

/** A service on a database of its own, a copy of the template. */
async function open(): Promise<Stage> {
  const { url, drop } = await cloneDatabase(new URL(template.url).pathname.slice(1));
  const sql = new pg.Pool({ connectionString: url, max: 1 }).on("error", () => undefined);
  const service = await world.instance({ databaseUrl: url, rateLimitPerMinute: 0 });
  const at: At = {
    rest: async (who, method, path, body, headers) => {
      const reply = await callRest(service.url, tokens[who]!, { method, path, body, headers });
      return [reply.status, reply.text, reply.headers.get("tidemark-now")];
    },
    graphql: async (who, text) => {
      const { data, errors } = await callGraphQL(service.url, tokens[who]!, { query: text });
      return [data, errors?.map(({ message }) => message)];
    },
  };
  return {
    play: async (wanted, mutation) => {
      const answers = new Map<string, string>();
      wire.mutation = mutation;
      for (const { name, ask } of wanted) {
        wire.step = name;
        const answer = await ask(at).catch((error: Error) => error.message);
        answers.set(name, normal(JSON.stringify(answer)));
      }
      wire.mutation = undefined;
      answers.set("the other organisation's rows", await contentOf(sql, String(THEIRS)));
      return answers;
    },
    end: async () => {
      await service.close();
      await sql.end();
      await drop();
    },
  };
}

async function alone(wanted: Step[], mutation?: Mutation): Promise<Map<string, string>> {
  const stage = await open();
  return stage.play(wanted, mutation).finally(stage.end);
}

/** An answer without what differs from run to run: request ids, instants of this run, signed tokens. */
const normal = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<id>")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (at) => (at > instant ? "<now>" : at))
    .replace(/nextPageToken\\":\\"[^"\\]+/g, "nextPageToken");

const whereOneTable = TEST_PARTITIONS > 0 ? test.skip : test; // In partitions each condition is said twice.

whereOneTable(
  "each tenant condition that is taken away changes an answer, or somebody else's rows",
  async () => {
    listen();
    const all = steps();
    const sound = await alone(all);
    const differs = (answers: Map<string, string>): boolean =>
      [...answers].some(([name, answer]) => answer !== sound.get(name));
    const mutations = [...wire.sent].flatMap(([text, names]) =>
      [...text.matchAll(CONDITION)].map((_, nth) => ({
        text,
        nth,
        by: all.filter(({ name }) => names.has(name)),
      })),
    );
    // What follows stands on this: a part of the steps is answered as it was among all of them.
    const part = await alone(all.filter((_, index) => index % 2 === 0));
    for (const [name, answer] of part) expect([name, answer]).toEqual([name, sound.get(name)]);

    const reading = await open();
    const missed: string[] = [];
    // In the short form every third one, by its text: another one is looked at where a statement changes.
    const looked = mutations.filter(({ text, nth }) => isLong || (text.length + nth) % 3 === 0);
    for (const { by, ...mutation } of looked) {
      const reads = by.filter(({ writes }) => !writes);
      const writes = by.filter((step) => step.writes);
      const isCaught =
        (reads.length > 0 && differs(await reading.play(reads, mutation))) ||
        (writes.length > 0 && differs(await alone(writes, mutation)));
      if (!isCaught) missed.push(`${mutation.nth}: ${mutation.text.replace(/\s+/g, " ").trim()}`);
    }
    await reading.end();
    console.log(
      `${looked.length} of ${mutations.length} conditions of ${wire.sent.size} statements were taken away, one at a time`,
    );
    expect(looked.length).toBeGreaterThan(isLong ? 150 : 30);
    expect(missed.filter((text) => !EQUIVALENT.some(([pattern]) => pattern.test(text)))).toEqual([]);
  },
  420_000,
);

test("the check of the whole run finds a statement that names no organisation, or only joins by it", () => {
  const wrong = [
    "select subject from event where id = $1",
    'UPDATE "app_user" SET "name" = $1 WHERE "id" = $2',
    "delete from calendar_entry where event_id = $1",
    "select u.name from event e join app_user u on u.organisation_id = e.organisation_id and u.id = e.owner_id where e.id = $1",
  ];
  const right = [
    "select subject from event where organisation_id = $1 and id = $2",
    'INSERT INTO "record"("organisation_id", "name") VALUES ($1, $2)',
    "select clock, floor, passed from try_calendar_barrier($1, $2)",
    "select value from secret where name = $1",
  ];
  expect(withoutTenant([...wrong, ...right])).toEqual(wrong);
});
