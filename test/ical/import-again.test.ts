// What an import does to what earlier imports made: a newer file replaces, an older one changes nothing, an answer is an
// answer, and one's own export leaves no trace.

import fc from "fast-check";
import { asUser } from "../../src/commands/as-caller";
import { importFile } from "../../src/files/import";
import { sourceOf } from "../../src/ical/octets";
import { calendar, vevent } from "../support/calendar-text";
import { exportText } from "../support/calendar-export";
import { importBytes, type Imported } from "../support/calendar-import";
import { openWorld, type Person, type World } from "../support/world";

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(() => world.close());

interface Row {
  id: string;
  subject: string;
  startTime: string;
  iCalUid: string;
  attendees: { emailAddress: string; status: string }[];
}

const bring = (person: Person, ...lines: string[]): Promise<Imported> =>
  importBytes(world, person, calendar(...lines));

/** Somebody whom no colleague's file is about. */
const loner = async (wish: { timezone?: string } = {}): Promise<Person> =>
  world.person({ ...wish, organisationId: await world.organisation() });

const rowsOf = async (person: Person): Promise<Row[]> =>
  ((await person.rest("GET", "/events")).body as { records: Row[] }).records;

const startsOf = async (person: Person): Promise<string[]> =>
  (await rowsOf(person)).map(({ startTime, subject }) => `${startTime.slice(0, 16)} ${subject}`);

const exportOf = (person: Person): Promise<string> => exportText(world, person);

const daily = (count: number, ...lines: string[]): string =>
  vevent(
    "UID:d",
    "DTSTART:20270104T090000Z",
    "DURATION:PT1H",
    `RRULE:FREQ=DAILY;COUNT=${count}`,
    "SUMMARY:d",
    ...lines,
  );

const single = (...lines: string[]): string =>
  vevent("UID:s", "DTSTART:20270104T090000Z", "DURATION:PT1H", ...lines);

test("a shortened series loses its ghosts, which leave tombstones, and a longer one grows again", async () => {
  const ada = await loner();
  await bring(ada, daily(4, "SEQUENCE:1"));
  const before = await rowsOf(ada);
  expect(await bring(ada, daily(2, "SEQUENCE:2"))).toMatchObject({ removed: 2, unchanged: 2, created: 0 });
  expect((await rowsOf(ada)).map(({ id }) => id)).toEqual(before.slice(0, 2).map(({ id }) => id));
  const { body } = await ada.rest("GET", "/deletedEvents");
  expect((body as { records: Row[] }).records.map(({ id }) => id)).toEqual(
    before.slice(2).map(({ id }) => id),
  );
  expect(await bring(ada, daily(4, "SEQUENCE:1"))).toMatchObject({ removed: 0, created: 0, updated: 0 });
  expect(await rowsOf(ada)).toHaveLength(2);
  expect(await bring(ada, daily(3, "SEQUENCE:3"))).toMatchObject({ created: 1, unchanged: 2 });
});

test("a series that is moved keeps the events of its days, with what people have said", async () => {
  const ada = await loner();
  await bring(ada, daily(2));
  const before = await rowsOf(ada);
  const moved = daily(2).replace("T090000Z", "T140000Z");
  expect(await bring(ada, moved)).toMatchObject({ updated: 2, created: 0, removed: 0 });
  expect((await rowsOf(ada)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect(await startsOf(ada)).toEqual(["2027-01-04T14:00 d", "2027-01-05T14:00 d"]);
  expect(await bring(ada, moved)).toMatchObject({ unchanged: 2, updated: 0 });
});

test("a series becomes a single event and the other way round, the event of that day staying", async () => {
  const ada = await loner();
  const one = vevent("UID:d", "DTSTART:20270104T090000Z", "DURATION:PT1H", "SUMMARY:d");
  await bring(ada, one);
  const [first] = await rowsOf(ada);
  expect(await bring(ada, daily(3))).toMatchObject({ created: 2, updated: 1 });
  expect((await rowsOf(ada))[0]?.id).toBe(first?.id);
  expect(await bring(ada, one)).toMatchObject({ removed: 2, updated: 1 });
  expect((await rowsOf(ada)).map(({ id, iCalUid }) => [id, iCalUid])).toEqual([[first?.id, "d"]]);
});

test.each([
  ["SEQUENCE", "SEQUENCE:3", "SEQUENCE:2"],
  ["LAST-MODIFIED", "LAST-MODIFIED:20260105T000000Z", "LAST-MODIFIED:20260104T000000Z"],
  ["DTSTAMP", "DTSTAMP:20260105T000000Z", "DTSTAMP:20260104T000000Z"],
  [
    "LAST-MODIFIED of one SEQUENCE",
    "SEQUENCE:1\r\nLAST-MODIFIED:20260105T000000Z",
    "SEQUENCE:1\r\nLAST-MODIFIED:20260104T000000Z",
  ],
  [
    "SEQUENCE before LAST-MODIFIED",
    "SEQUENCE:2\r\nLAST-MODIFIED:20260101T000000Z",
    "SEQUENCE:1\r\nLAST-MODIFIED:20260104T000000Z",
  ],
])("an older copy, by %s, changes nothing", async (_, newer, older) => {
  const ada = await loner();
  await bring(ada, single("SUMMARY:new", newer));
  expect(await bring(ada, single("SUMMARY:old", older))).toMatchObject({ unchanged: 1, updated: 0 });
  expect(await startsOf(ada)).toEqual(["2027-01-04T09:00 new"]);
  await bring(ada, single("SUMMARY:newest", newer));
  expect(await startsOf(ada)).toEqual(["2027-01-04T09:00 newest"]);
});

test("what was cancelled stays away from older copies, as a whole and by the instance", async () => {
  const ada = await loner();
  await bring(ada, single("SEQUENCE:1"), daily(3, "SEQUENCE:1"));
  const gone = ["UID:s", "STATUS:CANCELLED", "SEQUENCE:2"];
  const instance = ["UID:d", "RECURRENCE-ID:20270105T090000Z", "SEQUENCE:2"];
  const report = await bring(ada, "METHOD:CANCEL", vevent(...gone), vevent(...instance));
  expect(report).toMatchObject({ removed: 2, cancelled: 2, problems: 0 });
  await bring(ada, single("SEQUENCE:1"), daily(3, "SEQUENCE:1"));
  expect(await startsOf(ada)).toEqual(["2027-01-04T09:00 d", "2027-01-06T09:00 d"]);
  await bring(ada, daily(3, "SEQUENCE:3"));
  expect(await rowsOf(ada)).toHaveLength(3);
});

test("an older cancellation changes nothing, and a cancelled series goes with its changed instances", async () => {
  const ada = await loner();
  const changed = vevent(
    "UID:d",
    "RECURRENCE-ID:20270105T090000Z",
    "DTSTART:20270105T120000Z",
    "SUMMARY:changed",
  );
  await bring(ada, daily(2, "SEQUENCE:4"), changed);
  expect(await bring(ada, daily(2, "SEQUENCE:3", "STATUS:CANCELLED"))).toMatchObject({ removed: 0 });
  expect(await bring(ada, daily(2, "SEQUENCE:5", "STATUS:CANCELLED"))).toMatchObject({ removed: 2 });
  expect(await rowsOf(ada)).toEqual([]);
});

test.each([
  ["a date for a time", "RECURRENCE-ID;VALUE=DATE:20270105"],
  ["midnight for a time", "RECURRENCE-ID;TZID=Europe/London:20270105T000000"],
  ["another zone", "RECURRENCE-ID;TZID=Europe/Berlin:20270105T100000"],
])("an instance alone in a file, its place written as %s, is that instance", async (_, place) => {
  const ada = await loner({ timezone: "Europe/London" });
  await bring(ada, daily(2));
  const alone = vevent("UID:d", place, "DTSTART:20270105T120000Z", "SUMMARY:moved");
  expect(await bring(ada, alone)).toMatchObject({ updated: 1, created: 0 });
  expect(await startsOf(ada)).toEqual(["2027-01-04T09:00 d", "2027-01-05T12:00 moved"]);
});

test("THISANDFUTURE alone in a file changes all that the calendar has from there on", async () => {
  const ada = await loner();
  await bring(ada, daily(3));
  const place = "RECURRENCE-ID;RANGE=THISANDFUTURE:20270105T090000Z";
  await bring(ada, vevent("UID:d", place, "DTSTART:20270105T110000Z", "DURATION:PT30M", "SUMMARY:later"));
  expect(await startsOf(ada)).toEqual([
    "2027-01-04T09:00 d",
    "2027-01-05T11:00 later",
    "2027-01-06T11:00 later",
  ]);
});

test.each([
  ["of a series", daily(4)],
  ["of a series without an end", daily(4).replace("COUNT=4", "INTERVAL=1")],
  ["of single events", daily(4, "EXRULE:FREQ=DAILY;BYMONTH=7")],
])("a cancelled instance %s takes the future ones with it, with THISANDFUTURE", async (_, made) => {
  const ada = await loner();
  const cancelled = (place: string, sequence: number): Promise<Imported> =>
    bring(ada, "METHOD:CANCEL", vevent("UID:d", `SEQUENCE:${sequence}`, place));
  await bring(ada, made.replace("UID:d", "UID:d\r\nSEQUENCE:2"));
  const place = "RECURRENCE-ID;RANGE=THISANDFUTURE:20270106T090000Z";
  expect(await cancelled(place, 1)).toMatchObject({ removed: 0, problems: 0 });
  expect(await cancelled(place, 3)).toMatchObject({ cancelled: 1, problems: 0 });
  expect(await startsOf(ada)).toEqual(["2027-01-04T09:00 d", "2027-01-05T09:00 d"]);
  const { rows } = await world.sql.query("select expanded_until from series where owner_id = $1", [ada.id]);
  expect(rows.filter(({ expanded_until: until }) => until !== null)).toEqual([]);
  expect(await cancelled(place, 4)).toMatchObject({ removed: 0, problems: 0 });
  expect(await cancelled(place.replace("0106", "0104"), 5)).toMatchObject({ removed: 2 });
  expect(await rowsOf(ada)).toEqual([]);
  await bring(ada, made.replace("UID:d", "UID:d\r\nSEQUENCE:6"));
  expect((await startsOf(ada)).slice(0, 4)).toEqual(
    ["04", "05", "06", "07"].map((day) => `2027-01-${day}T09:00 d`),
  );
});

test("a REPLY is the answer of whom it lists, and not of the organiser that it names", async () => {
  const ada = await loner();
  const boss = "ORGANIZER:mailto:boss@x.test";
  const people = ["ATTENDEE;PARTSTAT=TENTATIVE:mailto:boss@x.test", "ATTENDEE:mailto:a@x.test"];
  await bring(ada, "METHOD:REQUEST", single("SEQUENCE:2", boss, ...people));
  const lines = ["UID:s", "SEQUENCE:2", boss, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.test"];
  expect(await bring(ada, "METHOD:REPLY", vevent(...lines))).toMatchObject({ answered: 1, problems: 0 });
  expect(await rowsOf(ada)).toMatchObject([
    {
      attendees: [
        { emailAddress: "boss@x.test", status: "Tentative" },
        { emailAddress: "a@x.test", status: "Accepted" },
      ],
    },
  ]);
});

test("whoever organises under an alias is no guest of their own meeting", async () => {
  const ada = await loner();
  await world.sql.query("update app_user set aliases = '{ada@alias.test}' where id = $1", [ada.id]);
  await bring(ada, single("ORGANIZER:mailto:Ada@Alias.test", "ATTENDEE:mailto:a@x.test"));
  const [row] = await rowsOf(ada);
  expect(row).toMatchObject({ attendees: [{ emailAddress: "a@x.test" }] });
});

test("a REPLY changes that attendee's answer and nothing else; COUNTER, REFRESH and strangers change nothing", async () => {
  const ada = await loner();
  const people = ["ATTENDEE:mailto:a@x.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x.test"];
  await bring(
    ada,
    "METHOD:REQUEST",
    single("SUMMARY:meeting", "DESCRIPTION:agenda", "SEQUENCE:2", ...people),
  );
  const answer = (method: string, sequence: number, person: string): Promise<Imported> =>
    bring(
      ada,
      `METHOD:${method}`,
      vevent("UID:s", `SEQUENCE:${sequence}`, `ATTENDEE;PARTSTAT=${person}`, "SUMMARY:other"),
    );
  expect(await answer("REPLY", 2, "DECLINED:mailto:A@x.test")).toMatchObject({ answered: 1, problems: 0 });
  expect(await answer("REPLY", 1, "ACCEPTED:mailto:a@x.test")).toMatchObject({ answered: 0 });
  expect(await answer("COUNTER", 2, "ACCEPTED:mailto:a@x.test")).toMatchObject({ answered: 0, problems: 1 });
  expect(await answer("REFRESH", 2, "ACCEPTED:mailto:a@x.test")).toMatchObject({ answered: 0, problems: 1 });
  const stranger = await answer("REPLY", 2, "ACCEPTED:mailto:c@x.test");
  expect(stranger.said).toEqual(
    ["2: VEVENT: c@x.test is not invited to this meeting: the answer was left out"].map((text) =>
      text.replace("2: ", "3: "),
    ),
  );
  expect(await rowsOf(ada)).toMatchObject([
    {
      subject: "meeting",
      description: "agenda",
      attendees: [
        { emailAddress: "a@x.test", status: "Declined" },
        { emailAddress: "b@x.test", status: "Accepted" },
      ],
    },
  ]);
});

test("a file that knows of no answer undoes none", async () => {
  const ada = await loner();
  const listed = (answer: string): string =>
    single("SUMMARY:m", `ATTENDEE;PARTSTAT=${answer}:mailto:a@x.test`);
  await bring(ada, listed("ACCEPTED"));
  expect(await bring(ada, listed("NEEDS-ACTION"))).toMatchObject({ unchanged: 1, updated: 0 });
  expect(await bring(ada, listed("DECLINED"))).toMatchObject({ updated: 1 });
});

test("--prune takes away what earlier files brought and this one does not have, within its span and nothing else", async () => {
  const ada = await loner();
  const on = (uid: string, day: string): string =>
    vevent(`UID:${uid}`, `DTSTART:202701${day}T090000Z`, "DURATION:PT1H", `SUMMARY:${uid}`);
  await bring(ada, on("a", "04"), on("b", "05"), on("c", "06"), on("later", "20"));
  const times = { startTime: "2027-01-05T12:00:00Z", endTime: "2027-01-05T13:00:00Z" };
  await ada.rest("POST", "/events", { subject: "by hand", ...times });
  const file = calendar(on("a", "04"), on("c", "06"));
  const cut = file.replace("END:VCALENDAR\r\n", "");
  expect(await importBytes(world, ada, cut, "--prune")).toMatchObject({ removed: 0, problems: 2 });
  expect(await importBytes(world, ada, file)).toMatchObject({ removed: 0, unchanged: 2 });
  expect(await importBytes(world, ada, file, "--prune")).toMatchObject({ removed: 1, unchanged: 2 });
  expect((await startsOf(ada)).map((row) => row.slice(17))).toEqual(["a", "by hand", "c", "later"]);
});

test("one's own export changes nothing in anybody's calendar, whatever it holds", async () => {
  const organisationId = await world.organisation();
  const [ada, ben, cleo] = await Promise.all(
    ["ada", "ben", "cleo"].map((name) =>
      world.person({ email: `${name}@round.test`, organisationId, timezone: "Europe/Paris" }),
    ),
  );
  if (!ada || !ben || !cleo) throw new Error("Three people were asked for.");
  const word = fc.string({ unit: "grapheme", maxLength: 12 }).filter((one) => !one.includes("\0"));
  const start = fc.date({ min: new Date("2026-01-01"), max: new Date("2028-01-01"), noInvalidDate: true });
  const event = fc.record({
    subject: word,
    description: fc.option(fc.constantFrom("a\r\nb", "one\ttwo", "\u0007bell", "x".repeat(200), "\\n;,")),
    location: fc.option(word),
    private: fc.boolean(),
    allDay: fc.boolean(),
    start,
    minutes: fc.nat(3_000),
    iCalUid: fc.option(fc.constantFrom("one@x", "two@x")),
    showAs: fc.constantFrom("busy", "free", "tentative", "outOfOffice"),
    status: fc.constantFrom("confirmed", "tentative"),
    type: fc.option(word),
    conferenceUrl: fc.option(fc.constant("https://meet.test/a,b;c?d=%20")),
    properties: fc.dictionary(
      fc.constantFrom("stage", "Amount_1"),
      fc.oneof(word, fc.integer(), fc.boolean()),
    ),
    organizer: fc.constantFrom(
      {},
      { organizerEmail: "Eve <eve@x.test>" },
      { organizerEmail: "cleo@round.test" },
    ),
    guests: fc.subarray([
      { userId: ben.id, status: "Tentative", type: "optional" },
      { emailAddress: "Room <r@x.test>", type: "resource" },
    ]),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 5 }), async (events) => {
      for (const { start: from, minutes, guests, organizer, ...rest } of events) {
        const end = new Date(from.getTime() + minutes * 60_000 + 7);
        const times = { startTime: from.toISOString(), endTime: end.toISOString() };
        const made = await ada.rest("POST", "/events", {
          ...rest,
          ...organizer,
          ...times,
          attendees: guests,
        });
        expect(made.status).toBe(201);
      }
      const people = [ada, ben, cleo];
      const before = await Promise.all(
        people.map(async (person) => (await person.rest("GET", "/events")).body),
      );
      const exports = [await exportOf(ada), await exportOf(ben)];
      for (const person of people) {
        for (const text of exports) {
          const report = await importBytes(world, person, text);
          expect(report).toMatchObject({ created: 0, updated: 0, removed: 0, answered: 0 });
        }
      }
      expect(
        await Promise.all(people.map(async (person) => (await person.rest("GET", "/events")).body)),
      ).toEqual(before);
    }),
    { numRuns: 4 },
  );
});

test("whoever hangs up in the middle of a file has nothing pruned that comes later in it", async () => {
  const ada = await loner();
  const meetings = Array.from({ length: 600 }, (_, n) =>
    vevent(`UID:many-${n}`, "DTSTART:20270104T090000Z", "DURATION:PT1H", `SUMMARY:${n}`),
  );
  const file = Buffer.from(calendar(...meetings));
  expect(await importBytes(world, ada, file)).toMatchObject({ created: 600 });
  const ctx = await asUser(world.db, ada.email, undefined);
  const progress = (): void => void (ctx.tally.isOver = true);
  const report = await importFile(ctx, sourceOf(file), { prune: true, progress });
  expect(report).toMatchObject({ removed: 0 });
  expect(report.unchanged).toBeLessThan(600);
});

test("an own export is older than what was changed since, and newer text in it goes in", async () => {
  const ada = await loner();
  await ada.rest("POST", "/events", {
    subject: "a",
    startTime: "2027-01-04T09:00:00Z",
    endTime: "2027-01-04T10:00:00Z",
  });
  const text = await exportOf(ada);
  expect(await importBytes(world, ada, text.replace("SUMMARY:a", "SUMMARY:b"))).toMatchObject({ updated: 1 });
  const [row] = await rowsOf(ada);
  await world.sql.query("update event set last_modified_at = last_modified_at where id = $1", [row?.id]);
  const stale = text.replace(/LAST-MODIFIED:\d{8}/, "LAST-MODIFIED:20200101");
  expect(await importBytes(world, ada, stale)).toMatchObject({ updated: 0, unchanged: 1 });
  expect(await startsOf(ada)).toEqual(["2027-01-04T09:00 b"]);
});

test("an invitation that a colleague's calendar has already is theirs to change", async () => {
  const organisationId = await world.organisation();
  const host = await world.person({ organisationId, email: "host@again.test" });
  const guest = await world.person({ organisationId, email: "guest@again.test" });
  await bring(host, single("SUMMARY:m", "ATTENDEE:mailto:guest@again.test"));
  expect(await bring(guest, single("SUMMARY:other", "ATTENDEE:mailto:guest@again.test"))).toMatchObject({
    created: 0,
    updated: 0,
    unchanged: 1,
  });
  expect(await bring(guest, "METHOD:CANCEL", single("SUMMARY:other"))).toMatchObject({ removed: 0 });
  expect(await startsOf(host)).toEqual(["2027-01-04T09:00 m"]);
});
