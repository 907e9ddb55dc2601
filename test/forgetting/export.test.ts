// What is kept of a person, for themselves: all of theirs, of what they share with others their own part, and in pieces.
import { readCommand } from "../../src/commands/commands";
import { dumpOf, holding } from "../support/dump";
import { runCommand } from "../support/run-command";
import { openWorld, testConfig, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

const TIMES = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const EXPORT = `query($email: String!) { personExport(email: $email) }`;

let world: World;
let admin: Person;

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0 });
  admin = await world.person({ name: "Admin", role: "admin" });
});
afterAll(() => world.close());

const command = (...words: string[]): ReturnType<typeof runCommand> => runCommand(world, ...words);

const made = async (who: Person, path: string, body: object, headers = {}): Promise<any> => {
  const reply = await who.rest("POST", path, body, headers);
  expect([200, 201]).toContain(reply.status);
  return reply.body;
};

const exported = async (email: string): Promise<{ text: string; lines: any[] }> => {
  const { data, errors } = await admin.graphql(EXPORT, { email });
  expect(errors).toBeUndefined();
  const text: string = data.personExport;
  const lines = text.split("\n").slice(0, -1);
  return { text, lines: lines.map((line) => JSON.parse(line)) };
};

/** Eve in the midst of others, each of whom has "foreign" in every name and address. */
async function shareEverything(): Promise<{ eve: Person; ben: Person }> {
  const eve = await world.person({ name: "Eve Stone", email: "eve@x.co" });
  const ben = await world.person({ name: "Ben Foreign", email: "ben@foreign.co" });
  const contact = await made(admin, "/contacts", {
    name: "Eve Stone",
    emails: ["eve@x.co", "eve@home.co", "desk@foreign.co"],
  });
  await made(admin, "/contacts?allowDuplicate=true", {
    name: "Cy Foreign",
    emails: ["cy@foreign.co", "ben@foreign.co", "desk@foreign.co"],
  });
  let keys = 0;
  const key = (): Record<string, string> => ({
    "Idempotency-Key": `${++keys} of ben@foreign.co and eve@x.co`,
  });
  const former = await made(
    admin,
    "/contacts?allowDuplicate=true",
    { name: "Dan Foreign", emails: ["dan@foreign.co"] },
    key(),
  );
  const save = `mutation($records: [RecordInput!]!) { saveRecords(records: $records) { id } }`;
  for (const records of [
    [{ type: "Account", name: "Works", emails: ["front@foreign.co", "eve@home.co"] }],
    [{ id: former.id, emails: ["dan@foreign.co", "eve@home.co"] }],
    [{ id: former.id, emails: ["dan@foreign.co"] }],
  ])
    expect((await admin.graphql(save, { records })).errors).toBeUndefined();
  const guests = [
    { emailAddress: "gil@foreign.co", name: "Gil Foreign" },
    { userId: eve.id, status: "Accepted" },
    { userId: ben.id },
    { contactId: Number(contact.id), emailAddress: "desk@foreign.co", name: "Eve Stone" },
  ];
  const words = {
    subject: "Shared",
    description: "from ben@foreign.co to <eve@x.co>. Not: gil%40foreign.co, mailto:gil@foreign.co",
    location: "gil@foreign.co",
    conferenceUrl: "https://meet.co/?for=ben%40foreign.co&and=eve%40x.co",
    properties: { by: "ben@foreign.co", emailAddress: "gil@foreign.co" },
  };
  for (const [who, more] of [
    [ben, {}],
    [eve, {}],
    [ben, { organizerEmail: "olaf@foreign.co", organizerName: "Olaf Foreign" }],
    [eve, { organizerEmail: "ben@foreign.co" }],
  ] as [Person, object][]) {
    const event = { ...TIMES, ...words, attendees: guests, relatedTo: { contactIds: [contact.id] }, ...more };
    const { id } = await made(who, "/events", event, key());
    await who.rest("PATCH", `/events/${id}`, { attendees: [...guests, { emailAddress: "hal@foreign.co" }] });
    await who.rest("PATCH", `/events/${id}`, {
      organizerEmail: "ivo@foreign.co",
      organizerName: "Ivo Foreign",
    });
    await who.rest("PATCH", `/events/${id}`, { organizerEmail: "eve@home.co", organizerName: "Eve Stone" });
    await who.rest("POST", "/series", { ...event, recurrence: { rrule: "FREQ=WEEKLY;COUNT=2" } }, key());
  }
  await eve.through("Eve Stone's and ben@foreign.co's phone");
  await ben.through("Ben Foreign with Eve Stone");
  const { organisationId, calendarId, tokenId } = admin;
  await world.sql.query(
    `insert into webhook (organisation_id, user_id, name, url, secret)
     values ($1, $2, 'eve@x.co, ben@foreign.co', 'https://h.co/?of=eve%40x.co&and=ben%40foreign.co', sha256('s'))`,
    [organisationId, admin.id],
  );
  await world.sql.query(
    `insert into sync_notice (organisation_id, calendar_id, token_id, at, request_id, request, field, message)
     values ($1, $2, $3, now(), 'r', 'PATCH /events', 'organizerEmail', 'neither eve@x.co nor ben@foreign.co')`,
    [organisationId, calendarId, tokenId],
  );
  return { eve, ben };
}

describe("a person who shares everything with others", () => {
  let eve: Person;

  beforeAll(async () => {
    ({ eve } = await shareEverything());
  });

  test("is exported without anybody else's address or name, wherever one may stand", async () => {
    const { text, lines } = await exported("eve@x.co");
    expect(lines.filter((line) => /foreign/i.test(JSON.stringify(line)))).toEqual([]);
    expect(text).not.toMatch(/"hash"|"secret"/);
  });

  test("is exported with all that is their own: entries and answers, links, words, records and acts", async () => {
    const { lines } = await exported("EVE@x.co");
    const of = (kind: string): any[] => lines.filter((line) => line.kind === kind);
    const kinds = [...new Set(lines.map(({ kind }) => kind))].sort();
    expect(kinds).toEqual(
      [
        ...["act", "event", "history", "idempotencyKey", "record", "series", "syncNotice", "token"],
        ...["user", "webhook"],
      ].sort(),
    );
    const single = of("event").filter(({ seriesId }) => seriesId === undefined);
    expect(single).toHaveLength(4);
    for (const event of single) {
      expect(event.description).toMatch(/^from \(an address\) to <eve@x\.co>\. Not: /);
      expect(event.attendees).toContainEqual(
        expect.objectContaining({ userId: eve.id, emailAddress: "eve@x.co" }),
      );
      expect(event.relatedTo).toMatchObject([{ type: "Contact" }]);
    }
    expect(single.filter(({ organizerEmail }) => organizerEmail === "eve@home.co").length).toBeGreaterThan(0);
    expect(of("record").map(({ type, name, emails }) => [type, name, emails])).toEqual(
      expect.arrayContaining([
        ["Contact", "Eve Stone", ["eve@x.co", "eve@home.co"]],
        ["Account", "Works", ["eve@home.co"]],
        ["Contact", null, []],
      ]),
    );
    expect(of("history").map(({ changes }) => JSON.stringify(changes))).toContainEqual(
      expect.stringMatching(/"organizerEmail": ?\[null, ?"eve@home\.co"\]/),
    );
    expect(of("idempotencyKey").map(({ answer }) => answer.says?.length ?? 0)).toContain(3);
    expect(
      of("act")
        .map(({ changes }) => JSON.stringify(changes))
        .join("\n"),
    ).toContain("eve@home.co");
  });
});

test("more than 16 MiB are refused before they are gathered, naming the command line, which writes them piece by piece", async () => {
  await made(admin, "/events", { ...TIMES, attendees: [{ emailAddress: "big@x.co" }] });
  await world.sql.query(
    `insert into event (organisation_id, owner_id, start_time, end_time, timezone, organizer_email, description)
     select $1, $2, '2030-01-01', '2030-01-01', 'UTC', 'big@x.co', repeat('x', 100000) from generate_series(1, 180)`,
    [world.organisationId, admin.id],
  );
  const asked = jest.spyOn(world.db.pool, "query");
  const { errors } = await admin.graphql(EXPORT, { email: "big@x.co" });
  const pieces = asked.mock.calls.filter(([{ text }]) => text.includes("export_events")).length;
  asked.mockRestore();
  expect(errors?.[0]).toMatchObject({
    message: expect.stringMatching(/16 MiB.*tidemark person export/),
    extensions: { code: "bad_request", details: [{ field: "email" }] },
  });
  // Each about a megabyte.
  expect(pieces).toBeGreaterThan(10);
  expect(pieces).toBeLessThan(18);
  let [longest, bytes] = [0, 0];
  const run = readCommand(["person", "export", "--email", "big@x.co", "--org", "Test"]);
  await run.command.run({
    config: testConfig(world.databaseUrl),
    given: run.given,
    say: () => undefined,
    write: (text) =>
      Promise.resolve(void ([longest, bytes] = [Math.max(longest, text.length), bytes + text.length])),
    open: () => Promise.resolve(world.db),
  });
  expect(bytes).toBeGreaterThan(18_000_000);
  expect(longest).toBeLessThan(1_300_000);
});

test("a subject that looks like a list of people stands in nobody's way", async () => {
  const { email } = await world.person({ name: "Pat Project", email: "pat@x.co" });
  for (const [subject, key] of [
    ["[{Project}] kick-off", "one"],
    ["[{}, 3]", "two"],
    ["event", "three"],
  ] as const)
    await made(
      admin,
      "/events",
      { ...TIMES, subject, attendees: [{ emailAddress: email, name: "Pat Project" }] },
      { "Idempotency-Key": `a key for ${key}` },
    );
  const { lines } = await exported(email);
  const answers = lines.filter(({ kind }) => kind === "idempotencyKey" || kind === "key");
  expect(JSON.stringify(answers).match(/pat@x\.co/g)).toHaveLength(3);
});

test("somebody who stands in history alone is found without --org, to be exported and to be erased", async () => {
  const organisationId = await world.organisation("Archive");
  const keeper = await world.person({ organisationId });
  const { id } = await made(keeper, "/events", { ...TIMES, attendees: [{ emailAddress: "once@x.co" }] });
  await keeper.rest("PATCH", `/events/${id}`, { attendees: [] });
  const { written } = await command("person", "export", "--email", "Once@x.co");
  expect(
    written
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).kind),
  ).toEqual(["history", "history"]);
  const { answer } = await command("person", "erase", "--email", "once@x.co");
  expect(answer).toMatchObject({ events: 0, history: 2 });
  expect(holding(await dumpOf(world.sql, organisationId), ["once@x.co"])).toEqual([]);
  expect(await command("person", "erase", "--email", "once@x.co")).toMatchObject({
    answer: { address: null, history: 0 },
    said: ["Nothing is kept of once@x.co."],
  });
});
