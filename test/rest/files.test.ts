// Calendar files over REST: what an import answers and refuses, and what an export is.

import { request } from "node:http";
import { calendar, vevent } from "../support/calendar-text";
import { openWorld, type Person, type RestReply, type World } from "../support/world";

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const AS_FILE = { "Content-Type": "text/calendar" };
const send = (person: Person, file: string, query = "", headers = {}): Promise<RestReply> =>
  person.rest("POST", `/import${query}`, file, { ...AS_FILE, ...headers });

const on = (uid: string, day: string, ...lines: string[]): string =>
  vevent(`UID:${uid}`, `DTSTART:202701${day}T090000Z`, "DURATION:PT1H", `SUMMARY:${uid}`, ...lines);

const subjectsOf = async (person: Person): Promise<string[]> =>
  ((await person.rest("GET", "/events")).body as { records: { subject: string }[] }).records.map(
    ({ subject }) => subject,
  );

test("an import makes what the file has, tells what it could not read, and the same file again changes nothing", async () => {
  const ada = await world.person();
  const file = calendar(on("a", "04"), on("b", "05", "TRANSP:GLASSY"), vevent("UID:c"));
  const made = await send(ada, file);
  expect([made.status, made.body]).toMatchObject([
    200,
    {
      ...{ created: 2, updated: 0, unchanged: 0, removed: 0, answered: 0, components: 3, problemCount: 2 },
      problems: [
        { line: 13, component: "VEVENT", message: '"GLASSY" is not known (TRANSP)' },
        { line: 15, component: "VEVENT", message: "This VEVENT has no DTSTART" },
      ],
    },
  ]);
  expect(made.headers.get("preference-applied")).toBe("handling=lenient");
  expect((await send(ada, file)).body).toMatchObject({ created: 0, unchanged: 2 });
  expect((await send(ada, calendar(on("a", "04"), on("x", "06")), "?prune=true")).body).toMatchObject({
    ...{ created: 1, unchanged: 1, removed: 1 },
  });
  expect(await subjectsOf(ada)).toEqual(["a", "x"]);
});

test.each([
  ["hello", {}, 400, "bad_request"],
  ["", {}, 400, "bad_request"],
  ["x".repeat(10 * 1024 * 1024 + 1), {}, 413, "too_large"],
  [calendar(), { "Content-Type": "application/json" }, 415, "unsupported_media_type"],
  [calendar(), { Accept: "text/html" }, 406, "not_acceptable"],
  [
    `BEGIN:VCALENDAR\r\n${"BEGIN:VEVENT\r\nEND:VEVENT\r\n".repeat(100_001)}END:VCALENDAR`,
    {},
    400,
    "bad_request",
  ],
])("a file like %.12s… with %j is %i", async (file, headers, status, code) => {
  const ada = await world.person();
  const reply = await send(ada, file, "", headers);
  expect([reply.status, reply.body.code]).toEqual([status, code]);
  expect(await subjectsOf(ada)).toEqual([]);
});

test("who may not write may not import, and nothing but POST is answered there", async () => {
  const ada = await world.person();
  const reader = await ada.through("reader", ["read"]);
  expect((await send(reader, calendar())).status).toBe(403);
  const reply = await ada.rest("GET", "/import");
  expect([reply.status, reply.headers.get("allow")]).toEqual([405, "POST"]);
  expect((await send(ada, calendar(), "?prune=maybe")).status).toBe(400);
});

test("a file that says it is in another character set, or comes compressed, is read by its octets", async () => {
  const ada = await world.person();
  const { gzipSync } = await import("node:zlib");
  const octets = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(calendar(on("é", "04")), "utf16le")]);
  const url = new URL(`${world.url}/api/v1/import`);
  const headers = {
    ...{ Authorization: `Bearer ${ada.token}`, "Content-Encoding": "gzip" },
    "Content-Type": "text/calendar; charset=utf-16; method=PUBLISH",
  };
  const status = await new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers }, (reply) => resolve(reply.resume().statusCode));
    sent.on("error", reject).end(gzipSync(octets));
  });
  expect([status, await subjectsOf(ada)]).toEqual([200, ["é"]]);
});

test("a calendar's file is another where its series alone has changed, for all who have it", async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const began = Date.now();
  const day = (days: number): string => new Date(began + days * 86_400_000).toISOString().slice(0, 10);
  const made = await ada.rest("POST", "/series", {
    ...{
      subject: "Weekly",
      startTime: `${day(3)}T09:00:00Z`,
      endTime: `${day(3)}T10:00:00Z`,
      timezone: "UTC",
    },
    ...{ attendees: [{ userId: ben.id }], recurrence: { rrule: "FREQ=WEEKLY" } },
  });
  const query = `{ series(id: ${made.body.id}) { occurrences(first: 1) { edges { node { id } } } } }`;
  const [{ node }] = (await ada.graphql(query)).data.series.occurrences.edges;
  const far = `${day(3 + 7 * 100)}T09:00:00`;
  for (const recurrence of [{ rrule: "FREQ=WEEKLY;UNTIL=20400101" }, { exdates: [far] }]) {
    const held = await Promise.all(
      [ada, ben].map(async (who) => (await who.rest("GET", "/events.ics")).headers.get("etag") ?? ""),
    );
    const changed = await ada.rest("PATCH", `/events/${node.id}?scope=all`, { recurrence });
    expect([changed.status, changed.body.details]).toEqual([200, undefined]);
    for (const [index, who] of [ada, ben].entries()) {
      const again = await who.rest("GET", "/events.ics", undefined, { "If-None-Match": held[index] ?? "" });
      expect(again.status).toBe(200);
    }
  }
});

test("the events of a calendar are a file, which is 304 until something changes", async () => {
  const organisationId = await world.organisation();
  const boss = await world.person({ organisationId, role: "admin" });
  const ada = await world.person({ organisationId, name: "Ada, mostly" });
  await send(ada, calendar(on("a", "04", "CLASS:PRIVATE"), on("b", "05")));
  const reply = await ada.rest("GET", "/events.ics", undefined, { Accept: "text/calendar" });
  expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/calendar; charset=utf-8"]);
  expect(reply.text).toMatch(/^BEGIN:VCALENDAR\r\n.*X-WR-CALNAME:Ada\\, mostly\r\n.*END:VCALENDAR\r\n$/s);
  expect(reply.text.match(/^UID:.*(?=\r)/gm)).toEqual(["UID:a", "UID:b"]);
  const held = { "If-None-Match": reply.headers.get("etag") ?? "" };
  expect((await ada.rest("GET", "/events.ics", undefined, held)).status).toBe(304);
  expect((await send(ada, reply.text)).body).toMatchObject({
    created: 0,
    updated: 0,
    removed: 0,
    unchanged: 2,
  });
  expect((await ada.rest("GET", "/events.ics", undefined, held)).status).toBe(304);
  await send(ada, calendar(on("c", "06")));
  expect((await ada.rest("GET", "/events.ics", undefined, held)).status).toBe(200);
  const asAdmin = await boss.rest("GET", `/events.ics?calendarId=${ada.calendarId}`);
  expect(asAdmin.text.match(/^SUMMARY:.*(?=\r)/gm)).toEqual(["SUMMARY:a", "SUMMARY:b", "SUMMARY:c"]);
  expect((await ada.rest("GET", `/events.ics?calendarId=${boss.calendarId}`)).status).toBe(403);
  expect((await ada.rest("GET", "/events.ics", undefined, { Accept: "application/json" })).status).toBe(406);
});

test("a calendar of more than a batch is a file as a whole, by start", async () => {
  const ada = await world.person();
  const many = Array.from({ length: 1_203 }, (_, index) =>
    on(`u${index}`, String((index % 28) + 1).padStart(2, "0")),
  );
  expect((await send(ada, calendar(...many))).body).toMatchObject({ created: 1_203, problemCount: 0 });
  const { text } = await ada.rest("GET", "/events.ics");
  const uids = text.match(/^UID:.*(?=\r)/gm) ?? [];
  expect([uids.length, new Set(uids).size]).toEqual([1_203, 1_203]);
  const starts = text.match(/^DTSTART;TZID=.*/gm) ?? [];
  expect([starts.length, starts]).toEqual([1_203, [...starts].sort()]);
  expect(text.endsWith("END:VCALENDAR\r\n")).toBe(true);
});
