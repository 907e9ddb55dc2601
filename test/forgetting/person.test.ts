// A person who is exported, and erased: what stays of them, and that nothing else is touched.
import { textRow } from "../../src/database/text-rows";
import { inTransaction } from "../../src/database/transaction";
import { EVENT_FIELDS } from "../../src/event/fields";
import { runCommand } from "../support/run-command";
import { openWorld, type Person, type World } from "../support/world";
import { dumpOf, holding } from "../support/dump";
import { until } from "../support/wait";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

const TIMES = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const WORDS = ["eve.stone@x.co", "eve@alias.co", "eve@home.co", "old.eve@x.co", "Eve Stone", "Evelyn S"];
const MASK = /^erased-\d+@erased\.invalid$/;

let world: World;
let admin: Person;
let other: Person;
let eve: Person;

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0 });
  admin = await world.person({ name: "Admin", role: "admin" });
  other = await world.person({ name: "Other" });
});
afterAll(() => world.close());

const codeOf = ({ errors }: { errors?: any[] }): unknown => errors?.[0]?.extensions.code;
const ERASE = `mutation($email: String!) { erasePerson(email: $email) { address userId events history records texts { eventId fields } } }`;
const erase = (email: string, by = admin) => by.graphql(ERASE, { email });
const post = async (who: Person, event: object, headers?: Record<string, string>): Promise<any> =>
  (await who.rest("POST", "/events", { ...TIMES, ...event }, headers)).body;

const command = (...words: string[]): ReturnType<typeof runCommand> => runCommand(world, ...words);

const LEFT_BY_REQUESTS = ["token_use", "rate_bucket", "sync_client", "sync_activity"];

/** What a dump holds beside what every request leaves behind. */
async function restOf(organisationId?: string): Promise<Record<string, string[]>> {
  const dump = await dumpOf(world.sql, organisationId);
  return Object.fromEntries(Object.entries(dump).filter(([table]) => !LEFT_BY_REQUESTS.includes(table)));
}

/** Eve in an organisation, wherever one can stand. */
async function people(organisationId?: string): Promise<any> {
  const wish = organisationId === undefined ? {} : { organisationId };
  const boss =
    organisationId === undefined ? admin : await world.person({ name: "Boss", role: "admin", ...wish });
  const colleague = organisationId === undefined ? other : await world.person({ name: "Colleague", ...wish });
  eve = await world.person({ name: "Eve Stone", email: "Old.Eve@x.co", ...wish });
  const own = await post(eve, { subject: "Own", attendees: [{ userId: colleague.id }] });
  const patch = `mutation($id: ID!) { updateUser(id: $id, input: {email: "Eve.Stone@x.co", aliases: ["eve@alias.co"]}) { id } }`;
  expect((await boss.graphql(patch, { id: eve.id })).errors).toBeUndefined();
  const { body: contact } = await boss.rest("POST", "/contacts", {
    name: "Evelyn S",
    emails: ["eve@home.co", "eve.stone@x.co"],
  });
  const invited = await post(
    colleague,
    {
      subject: "Invited",
      attendees: [
        { emailAddress: "someone@x.co", name: "Someone" },
        { emailAddress: "EVE@alias.co", status: "Accepted" },
        { emailAddress: "eve@home.co", name: "Evelyn S" },
      ],
      relatedTo: { contactIds: [contact.id] },
    },
    { "Idempotency-Key": `make-${boss.id}` },
  );
  const outside = await post(colleague, {
    subject: "From outside",
    organizerEmail: "eve@home.co",
    organizerName: "Evelyn S",
  });
  const recurring = await colleague.rest("POST", "/series", {
    ...{ ...TIMES, subject: "Each week", organizerEmail: "eve@alias.co" },
    ...{ attendees: [{ emailAddress: "eve@home.co", name: "Evelyn S" }] },
    recurrence: { rrule: "FREQ=WEEKLY;COUNT=2" },
  });
  expect(recurring.status).toBe(201);
  const gone = await post(colleague, { subject: "Gone", attendees: [{ emailAddress: "eve@home.co" }] });
  await colleague.rest("DELETE", `/events/${gone.id}`);
  await colleague.rest("PATCH", `/events/${invited.id}`, { subject: "Invited again" });
  await eve.through("Eve Stone's phone");
  const hook = await world.sql.query<{ id: string }>(
    `insert into webhook (organisation_id, user_id, name, url, secret)
     values ($1, $2, 'For Eve Stone', 'https://hooks.co/?of=eve%40home.co', sha256('s')) returning id`,
    [boss.organisationId, boss.id],
  );
  await world.sql.query(
    `insert into webhook_attempt (organisation_id, webhook_id, message_id, type, rows, ms, error)
     values ($1, $2, 'm', 'webhook.test', 0, 1, 'no eve@home.co here')`,
    [boss.organisationId, hook.rows[0]!.id],
  );
  await world.sql.query(
    `insert into sync_notice (organisation_id, calendar_id, token_id, at, request_id, request, field, message)
     values ($1, $2, $3, now(), 'r', 'PATCH /events', 'organizerEmail', 'eve@home.co is nobody')`,
    [boss.organisationId, boss.calendarId, boss.tokenId],
  );
  return { boss, colleague, eve, contact, own, invited, outside, gone };
}

describe("a person is erased", () => {
  let elsewhere: string;
  let before: Record<string, string[]>;
  let there: any;
  let watermark: string;

  beforeAll(async () => {
    elsewhere = await world.organisation("Elsewhere");
    await people(elsewhere);
    before = await restOf(elsewhere);
    there = await people();
    watermark = (await other.rest("GET", "/events?since=0")).body.nextDeltaToken;
    const reply = await erase("eve.STONE@x.co");
    expect(reply.errors).toBeUndefined();
    expect(reply.data.erasePerson).toMatchObject({
      address: expect.stringMatching(MASK),
      userId: there.eve.id,
      events: 5,
      texts: [],
    });
  });

  test("neither their addresses nor their names stand anywhere in a dump of the organisation", async () => {
    expect(holding(await dumpOf(world.sql, world.organisationId), WORDS)).toEqual([]);
  });

  test("not a byte of another organisation that knows them is touched", async () => {
    expect(await restOf(elsewhere)).toEqual(before);
    expect(holding(before, WORDS).length).toBeGreaterThan(10);
  });

  test("every client is told of each event that named them: meetings and answers stay", async () => {
    const { body } = await other.rest("GET", `/events?since=${watermark}`);
    const changed = Object.fromEntries(body.records.map((event: any) => [event.id, event]));
    const single = Object.keys(changed).filter((id) => changed[id].seriesId === null);
    expect(single.sort()).toEqual([there.own.id, there.invited.id, there.outside.id].sort());
    expect(body.records).toHaveLength(5);
    const mask = expect.stringMatching(MASK);
    expect(changed[there.invited.id]).toMatchObject({
      subject: "Invited again",
      attendees: [
        { emailAddress: "someone@x.co", name: "Someone" },
        { emailAddress: mask, name: null, contactId: null, userId: there.eve.id, status: "Accepted" },
      ],
      relatedTo: [],
    });
    expect(changed[there.outside.id]).toMatchObject({ organizerEmail: mask, organizerName: null });
    expect(changed[there.own.id]).toMatchObject({ organizerEmail: mask, ownerId: there.eve.id });
  });

  test("their tokens are dead, and they are a disabled user without a name whose events can be given away", async () => {
    const { data } = await admin.graphql(
      `{ users(includeDisabled: true) { id name email aliases disabled role } }`,
    );
    expect(data.users.find(({ id }: any) => id === there.eve.id)).toMatchObject({
      name: expect.stringMatching(/^erased-\d+$/),
      email: expect.stringMatching(MASK),
      ...{ aliases: [], disabled: true, role: "member" },
    });
    const give = `mutation($from: ID!, $to: ID!) { transferEvents(from: $from, to: $to) }`;
    expect((await admin.graphql(give, { from: there.eve.id, to: other.id })).data).toEqual({
      transferEvents: 1,
    });
    expect((await other.rest("GET", `/events/${there.own.id}`)).body).toMatchObject({
      organizerEmail: other.email,
    });
  });

  test("their record is archived and blank, and is found by no address", async () => {
    expect((await other.rest("GET", "/contacts?email=eve@home.co")).body.records).toEqual([]);
    const { rows } = await world.sql.query(
      "select name, emails, former_emails, archived_at is not null as archived from record where organisation_id = $1 and id = $2",
      [world.organisationId, there.contact.id],
    );
    expect(rows).toEqual([
      { name: expect.stringMatching(/^erased-\d+$/), emails: [], former_emails: [], archived: true },
    ]);
  });

  test("once more, by any of their addresses, it changes nothing, and nor does an address that nobody has", async () => {
    const was = await restOf();
    for (const email of ["eve.stone@x.co", "eve@home.co", "nobody@nowhere.co"]) {
      const { data } = await erase(email);
      expect(data.erasePerson).toEqual({
        ...{ address: null, userId: null, events: 0, history: 0, records: 0, texts: [] },
      });
    }
    expect(await restOf()).toEqual(was);
    expect((await command("person", "erase", "--email", "nobody@nowhere.co")).answer).toMatchObject({
      events: 0,
    });
  });
});

test("an erasure that was broken off is taken up by the same address, under the same new one", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 4; n++)
    ids.push((await post(other, { attendees: [{ emailAddress: "mid@x.co", name: "Mid Way" }] })).id);
  const org = world.organisationId;
  const begun = await world.sql.query("select * from begin_erasure($1, 'mid@x.co')", [org]);
  const { id, person, mask } = begun.rows[0];
  await inTransaction(world.db, async ({ client }) => {
    const text = "select erase_events($1, null, $2, $3::tidemark_person, $4)::text";
    const { rows } = await world.sql.query(
      "select count(*)::int as n from event where organisation_id = $1",
      [org],
    );
    await textRow(client, { text, values: [org, id, person, rows[0].n - 2] });
  });
  expect(holding(await dumpOf(world.sql, org), ["mid@x.co"]).length).toBeGreaterThan(0);
  const { data } = await erase("Mid@x.co");
  expect(data.erasePerson).toMatchObject({ address: mask, events: 4 });
  expect(holding(await dumpOf(world.sql, org), ["mid@x.co", "Mid Way"])).toEqual([]);
  for (const event of ids)
    expect((await other.rest("GET", `/events/${event}`)).body.attendees).toMatchObject([
      { emailAddress: mask },
    ]);
});

test("texts are named and left alone, by the option alone without erasing anything", async () => {
  const { id } = await post(other, {
    ...{ subject: "Lunch with Tex Ters", description: "call tex@x.co", properties: { by: "Tex Ters" } },
    attendees: [{ emailAddress: "tex@x.co", name: "Tex Ters" }],
  });
  const was = await restOf(world.organisationId);
  const found = { eventId: id, fields: ["subject", "description", "properties"] };
  const only = await command("person", "erase", "--email", "tex@x.co", "--texts");
  expect(only.answer).toEqual({ texts: [found] });
  expect(await restOf(world.organisationId)).toEqual(was);
  const done = await command("person", "erase", "--email", "tex@x.co", "--org", "Test");
  expect(done.answer).toMatchObject({ events: 1, texts: [found] });
  expect((await other.rest("GET", `/events/${id}`)).body).toMatchObject({
    subject: "Lunch with Tex Ters",
    attendees: [{ emailAddress: expect.stringMatching(MASK), name: null }],
  });
});

test("every field of an event that may hold a text of somebody's is looked through for the person", async () => {
  // Words of a list, and what an erasure replaces itself.
  const others = ["timezone", "showAs", "status", "recurrenceId", "organizerEmail", "organizerName"];
  const content = {
    subject: "Zed Quill",
    description: "Zed Quill",
    location: "Zed Quill",
    type: "Zed Quill",
  };
  const { id } = await post(other, {
    ...{ ...content, conferenceUrl: "https://meet.test/zed@x.co", properties: { by: "Zed Quill" } },
    ...{ iCalUid: "zed@x.co", attendees: [{ emailAddress: "zed@x.co", name: "Zed Quill" }] },
  });
  const { answer } = await command("person", "erase", "--email", "zed@x.co", "--texts");
  const held = await textRow(world.db.pool, {
    text: "select to_jsonb(e)::text from event e where organisation_id = $1 and id = $2",
    values: [world.organisationId, id],
  });
  const row = JSON.parse(held?.[0] ?? "") as Record<string, unknown>;
  const texts = EVENT_FIELDS.filter(
    ({ name, column }) =>
      !others.includes(name) && (name === "properties" || typeof row[column] === "string"),
  )
    .filter(({ name }) => !/Time$|At$/.test(name))
    .map(({ name }) => name);
  expect(texts.length).toBeGreaterThan(5);
  expect(answer).toEqual({ texts: [{ eventId: id, fields: expect.arrayContaining(texts) as string[] }] });
});

test("all that is kept of a person is exported as lines of JSON, and nobody else's addresses", async () => {
  const ex = await world.person({ name: "Ex Port", email: "ex@x.co" });
  const { id } = await post(ex, {
    subject: "Kept",
    attendees: [{ emailAddress: "stranger@x.co" }, { userId: other.id }],
  });
  await ex.rest("PATCH", `/events/${id}`, { attendees: [{ emailAddress: "ex@x.co" }] });
  await admin.rest("POST", "/contacts", { name: "Ex Port", email: "ex@x.co" });
  const { written } = await command("person", "export", "--email", "EX@x.co", "--org", "Test");
  const lines = written
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ kind }) => kind).sort()).toEqual(
    ["act", "act", "event", "history", "history", "history", "record", "token", "user"].sort(),
  );
  expect(lines.find(({ kind }) => kind === "event")).toMatchObject({ id, subject: "Kept" });
  expect(written).not.toMatch(/stranger@x\.co|hash|secret/);
  const query = `query($email: String!) { personExport(email: $email) }`;
  const { data } = await admin.graphql(query, { email: "ex@x.co" });
  expect(data.personExport.split("\n").sort()).toEqual(written.split("\n").sort());
  expect((await admin.graphql(query, { email: "nobody@x.co" })).data).toEqual({ personExport: "" });
  expect(await command("person", "export", "--email", "nobody@x.co")).toMatchObject({
    written: "",
    said: ["Nothing is kept of nobody@x.co."],
  });
});

test("an address that stands in several organisations is refused on the command line until one is named", async () => {
  await expect(command("person", "erase", "--email", "eve@home.co")).resolves.toMatchObject({
    answer: { address: expect.stringMatching(MASK) },
  });
  await post(other, { attendees: [{ emailAddress: "twice@x.co" }] });
  const far = await world.person({ organisationId: await world.organisation("Far") });
  await post(far, { organizerEmail: "twice@x.co" });
  await expect(command("person", "erase", "--email", "twice@x.co")).rejects.toThrow(
    'twice@x.co is kept in "Far", "Test": say which with --org.',
  );
});

test("only admins may: members and tokens that only read are refused, and so is what is no address", async () => {
  expect(codeOf(await erase("x@x.co", other))).toBe("forbidden");
  expect(codeOf(await other.graphql(`{ personExport(email: "x@x.co") }`))).toBe("forbidden");
  const reader = await admin.through("reader", ["read"]);
  expect(codeOf(await erase("x@x.co", reader))).toBe("forbidden");
  for (const email of ["", "a\u0001b"]) {
    const reply = await erase(email);
    expect(reply.errors?.[0]?.extensions).toMatchObject({
      code: "bad_request",
      details: [{ field: "email" }],
    });
  }
});

test("the last admin is not erased, until somebody else is one; an admin may then erase themselves", async () => {
  const organisationId = await world.organisation("Lonely");
  const last = await world.person({ organisationId, role: "admin", email: "last@x.co", name: "Last One" });
  const heir = await world.person({ organisationId });
  const refused = await erase("last@x.co", last);
  expect(refused.errors?.[0]?.extensions).toMatchObject({ code: "conflict", details: [{ field: "email" }] });
  expect((await last.rest("GET", "/me")).status).toBe(200);
  await last.graphql(`mutation($id: ID!) { updateUser(id: $id, input: {role: admin}) { id } }`, {
    id: heir.id,
  });
  expect((await erase("last@x.co", last)).data.erasePerson).toMatchObject({ userId: last.id });
  expect(holding(await dumpOf(world.sql, organisationId), ["last@x.co", "Last One"])).toEqual([]);
});

test("what is written while an erasure is under way is erased by its end", async () => {
  const org = world.organisationId;
  await post(other, { attendees: [{ emailAddress: "meanwhile@x.co" }] });
  const { rows } = await world.sql.query("select id, person from begin_erasure($1, 'meanwhile@x.co')", [org]);
  await world.sql.query(
    "update erasure set event_id = 1000000000, history_event_id = 1000000000 where id = $1",
    [rows[0].id],
  );
  const late = await post(other, { organizerEmail: "meanwhile@x.co" });
  const gone = await post(other, { attendees: [{ emailAddress: "meanwhile@x.co" }] });
  await other.rest("DELETE", `/events/${gone.id}`);
  await world.sql.query("update erasure set event_id = 0 where id = $1", [rows[0].id]);
  // They, and another organisation, write more meanwhile than is looked through at a time, and more in one tick.
  await world.sql.query(
    `insert into event_history (organisation_id, event_id, at, kind, changes)
     select org, 1, h.at + interval '1 ms' * (n / 1500), 'changed', '{}'
     from (select max(at) as at from event_history) h, unnest($1::bigint[]) org, generate_series(1, 6000) n`,
    [[org, await world.organisation()]],
  );
  const last = await post(other, { attendees: [{ emailAddress: "meanwhile@x.co" }] });
  await other.rest("DELETE", `/events/${last.id}`);
  await erase("meanwhile@x.co");
  expect(holding(await dumpOf(world.sql, org), ["meanwhile@x.co"])).toEqual([]);
  expect((await other.rest("GET", `/events/${late.id}`)).body.organizerEmail).toMatch(MASK);
});

test("others write while an erasure looks through answers, series and acts that were there before", async () => {
  await post(other, { attendees: [{ emailAddress: "slow@x.co" }] }, { "Idempotency-Key": "slow" });
  await world.sql.query(
    "update idempotency_key set created_at = now() - interval '1 hour' where key = 'slow'",
  );
  const holder = await world.sql.connect();
  await holder.query("begin");
  await holder.query("select from idempotency_key where key = 'slow' for update");
  const erasure = erase("slow@x.co");
  await until(async () => {
    const { rows } = await world.sql.query(
      "select from pg_locks where not granted and locktype = 'transactionid'",
    );
    return rows.length > 0;
  });
  expect((await other.rest("POST", "/events", TIMES)).status).toBe(201);
  const patch = { aliases: [`other-${Date.now()}@x.co`] };
  const changed = await admin.graphql(
    `mutation($id: ID!, $patch: UserPatch!) { updateUser(id: $id, input: $patch) { id } }`,
    { id: other.id, patch },
  );
  expect(changed.errors).toBeUndefined();
  await holder.query("rollback");
  holder.release();
  expect((await erasure).data.erasePerson).toMatchObject({ address: expect.stringMatching(MASK), events: 1 });
  expect(holding(await dumpOf(world.sql, world.organisationId), ["slow@x.co"])).toEqual([]);
});

test("an organiser from outside whom no list and no record knows goes with every name that they had, out of history too", async () => {
  const una = { organizerEmail: "una@far.co", organizerName: "Una Far" };
  const change = async (id: string, patch: object): Promise<void> => {
    expect((await other.rest("PATCH", `/events/${id}`, patch)).status).toBe(200);
  };
  const standing = await post(other, una);
  await change(standing.id, { organizerName: "Una F. Far" });
  const replaced = await post(other, { ...una, organizerName: "Miss Una" });
  await change(replaced.id, { organizerName: "Una Far" });
  await change(replaced.id, { organizerEmail: "vic@far.co", organizerName: "Vic" });
  await change(replaced.id, { organizerName: "Victor" });
  const gone = await post(other, { ...una, organizerName: "Una Before" });
  await change(gone.id, { organizerName: "Una After" });
  await other.rest("DELETE", `/events/${gone.id}`);
  const about = await post(other, { subject: "Call Una F. Far" });
  const { written } = await command("person", "export", "--email", "una@far.co");
  for (const name of ["Miss Una", "Una Before", "Una After"]) expect(written).toContain(name);
  expect(written).not.toContain("Vic");
  const { data } = await erase("una@far.co");
  expect(data.erasePerson).toMatchObject({ events: 1, texts: [{ eventId: about.id, fields: ["subject"] }] });
  await change(about.id, { subject: "Call" });
  const left = holding(await dumpOf(world.sql, world.organisationId), ["una"]);
  expect(left.filter((row) => !row.includes(`"Call Una F. Far"`))).toEqual([]);
  expect(holding(await dumpOf(world.sql, world.organisationId), ["Victor"])).not.toEqual([]);
});

test("the name that an owner has in a series goes with them, and stays behind where the series is given away", async () => {
  const make = async (who: Person): Promise<{ id: string; event: string }> => {
    const body = { ...TIMES, subject: "Each week", recurrence: { rrule: "FREQ=WEEKLY;COUNT=2" } };
    const { id } = (await who.rest("POST", "/series", body)).body;
    const event = (await who.rest("GET", "/events")).body.records.find(
      ({ seriesId }: any) => seriesId === id,
    );
    return { id, event: event.id };
  };
  const fay = await world.person({ name: "Fay", email: "fay@x.co" });
  const gus = await world.person({ name: "Gus", email: "gus@x.co" });
  const [hers, his] = [await make(fay), await make(gus)];
  for (const [who, { event }, organizerName] of [
    [fay, hers, "Fay Long"],
    [gus, his, "Gus Long"],
  ] as const)
    expect((await who.rest("PATCH", `/events/${event}?scope=all`, { organizerName })).status).toBe(200);
  const give = `mutation { transferEvents(from: ${gus.id}, to: ${other.id}) }`;
  expect((await admin.graphql(give)).errors).toBeUndefined();
  const told = await other.graphql(`{ series(id: ${his.id}) { organizerEmail organizerName } }`);
  expect(told.data.series).toEqual({ organizerEmail: other.email, organizerName: "Other" });
  expect((await erase("fay@x.co")).errors).toBeUndefined();
  expect((await erase("gus@x.co")).errors).toBeUndefined();
  expect(holding(await dumpOf(world.sql, world.organisationId), ["Fay", "Gus Long"])).toEqual([]);
});
