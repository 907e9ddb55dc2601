// Series in calendar files: a rule in a file is a series, whose newer versions change it; an export of one is a rule again, and
// changes nothing where it is imported.

import { asUser } from "../../src/commands/as-caller";
import { CalendarExport } from "../../src/files/export";
import { Kept } from "../../src/files/kept";
import { calendar, vevent } from "../support/calendar-text";
import { importBytes, type Imported } from "../support/calendar-import";
import { exportText } from "../support/calendar-export";
import { clockFromToday, dayFromToday } from "../support/plain-sql";
import * as inFiles from "../support/series-in-files";
import { FOUR, override, rowsOf, startsOf, weekly } from "../support/series-in-files";
import { openWorld, type Person, type World } from "../support/world";

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await world.sql.query(clockFromToday());
});

afterAll(() => world.close());

const bring = (person: Person, ...lines: string[]): Promise<Imported> =>
  inFiles.bring(world, person, ...lines);
const loner = (wish?: { timezone?: string }): Promise<Person> => inFiles.loner(world, wish);
const seriesOf = (person: Person): Promise<Record<string, string>[]> => inFiles.seriesOf(world, person);
const overridesOf = (person: Person): Promise<string[]> => inFiles.overridesOf(world, person);
const other = (uid: string, ...lines: string[]): string =>
  vevent(`UID:${uid}`, "DTSTART:20270104T120000Z", "DURATION:PT1H", `SUMMARY:${uid}`, ...lines);

test("a rule in a file is a series, with its exceptions, dates beside it and what occurrences say for themselves", async () => {
  const ada = await loner();
  const report = await bring(
    ada,
    weekly(FOUR, "EXDATE;TZID=Europe/Paris:20270111T090000", "RDATE;TZID=Europe/Paris:20270112T090000"),
    override("18", "DTSTART;TZID=Europe/Paris:20270118T140000", "DURATION:PT1H", "SUMMARY:moved"),
  );
  expect(report).toMatchObject({ created: 4, problems: 0 });
  expect(await startsOf(ada)).toEqual([
    "01-04T08:00 weekly",
    "01-12T08:00 weekly",
    "01-18T13:00 moved",
    "01-25T08:00 weekly",
  ]);
  expect(await seriesOf(ada)).toEqual([
    {
      id: expect.anything() as string,
      rrule: "FREQ=WEEKLY;COUNT=4",
      first: "2027-01-04T09:00:00",
      zone: "Europe/Paris",
      rdates: "{2027-01-12T09:00:00}",
      exdates: "{2027-01-11T09:00:00}",
      deleted: "{}",
      subject: "weekly",
    },
  ]);
  expect(await overridesOf(ada)).toEqual(["2027-01-18T09:00:00 {endTime,startTime,subject}"]);
});

test.each([
  ["has an EXRULE", "RRULE:FREQ=DAILY;COUNT=3\r\nEXRULE:FREQ=DAILY;INTERVAL=9;COUNT=1", "it has an EXRULE"],
  ["has two rules", "RRULE:FREQ=DAILY;COUNT=3\r\nRRULE:FREQ=WEEKLY;COUNT=1", "more than one RRULE"],
  ["recurs by the hour", "RRULE:FREQ=HOURLY;COUNT=3", "FREQ=HOURLY"],
  ["has times of day", "RRULE:FREQ=DAILY;BYHOUR=9,10,11;COUNT=3", "times of day"],
  ["counts to thousands", "RRULE:FREQ=DAILY;UNTIL=20270106T235959Z;COUNT=5000", "COUNT"],
  ["ends before it starts", "RRULE:FREQ=DAILY;UNTIL=20200101T000000Z", "UNTIL is before its start"],
  ["never comes true", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "never comes true"],
])("a series that %s is taken in as single events, and told", async (_, rule, why) => {
  const ada = await loner();
  const { said } = await bring(ada, weekly(rule));
  expect(said.filter((line) => line.includes("taken in as single events"))).toEqual([
    expect.stringContaining(why),
  ]);
  expect((await rowsOf(ada)).length).toBeGreaterThan(0);
  expect(await seriesOf(ada)).toEqual([]);
});

test("a newer file changes the series, whose occurrences keep their ids, and the same again changes nothing", async () => {
  const ada = await loner();
  await bring(ada, weekly(FOUR, "SEQUENCE:1"));
  const before = await rowsOf(ada);
  const newer = weekly(FOUR, "SEQUENCE:2", "LOCATION:Hall", "EXDATE;TZID=Europe/Paris:20270111T090000")
    .replace("T090000\r\nDTEND", "T110000\r\nDTEND")
    .replace("T100000", "T120000")
    .replace("20270111T090000", "20270111T110000");
  expect(await bring(ada, newer)).toMatchObject({ updated: 3, removed: 1, created: 0 });
  const rows = await rowsOf(ada);
  expect(rows.map(({ id }) => id)).toEqual([0, 2, 3].map((index) => before[index]?.id));
  expect(rows.map(({ recurrenceId }) => recurrenceId)).toEqual(
    ["04", "18", "25"].map((day) => `2027-01-${day}T11:00:00`),
  );
  expect(await seriesOf(ada)).toMatchObject([
    { first: "2027-01-04T11:00:00", exdates: "{2027-01-11T11:00:00}", deleted: "{}" },
  ]);
  expect(await overridesOf(ada)).toEqual([]);
  const stand = [await rowsOf(ada), await seriesOf(ada)];
  expect(await bring(ada, newer)).toMatchObject({ updated: 0, created: 0, removed: 0, unchanged: 3 });
  expect(await bring(ada, weekly(FOUR, "SEQUENCE:1"))).toMatchObject({ updated: 0, created: 0, removed: 0 });
  expect([await rowsOf(ada), await seriesOf(ada)]).toEqual(stand);
});

test("what a file no longer has for an occurrence goes, and what somebody wrote there themselves stays", async () => {
  const ada = await loner();
  await bring(
    ada,
    weekly(FOUR, "SEQUENCE:1"),
    override("11", "DTSTART;TZID=Europe/Paris:20270111T120000", "SUMMARY:file's"),
  );
  const [, , third, fourth] = await rowsOf(ada);
  await ada.rest("PATCH", `/events/${third?.id}`, { subject: "mine" });
  await ada.rest("DELETE", `/events/${fourth?.id}`);
  await bring(ada, weekly(FOUR, "SEQUENCE:2", "LOCATION:Hall"));
  expect(await startsOf(ada)).toEqual(["01-04T08:00 weekly", "01-11T08:00 weekly", "01-18T08:00 mine"]);
  expect(await overridesOf(ada)).toEqual(["2027-01-18T09:00:00 {subject}"]);
  expect(await seriesOf(ada)).toMatchObject([{ deleted: "{2027-01-25T09:00:00}" }]);
});

test("a cancelled occurrence stays away from older files and comes back with a newer; a cancelled series is gone", async () => {
  const ada = await loner();
  await bring(ada, weekly(FOUR, "SEQUENCE:1"));
  await bring(ada, "METHOD:CANCEL", override("11", "SEQUENCE:2"));
  await bring(ada, weekly(FOUR, "SEQUENCE:1"));
  expect(await rowsOf(ada)).toHaveLength(3);
  await bring(ada, weekly(FOUR, "SEQUENCE:3"));
  expect(await rowsOf(ada)).toHaveLength(4);
  expect(await seriesOf(ada)).toMatchObject([{ deleted: "{}", exdates: "{}" }]);
  expect(await bring(ada, weekly(FOUR, "SEQUENCE:4", "STATUS:CANCELLED"))).toMatchObject({ removed: 4 });
  expect([await rowsOf(ada), await seriesOf(ada)]).toEqual([[], []]);
});

test("a series becomes single events and a series again as its file has it, the events staying", async () => {
  const ada = await loner();
  await bring(ada, weekly(FOUR));
  const ids = (await rowsOf(ada)).map(({ id }) => id);
  await bring(ada, weekly(`${FOUR}\r\nEXRULE:FREQ=WEEKLY;BYMONTH=7`));
  expect(await seriesOf(ada)).toEqual([]);
  expect((await rowsOf(ada)).map(({ id, seriesId }) => [id, seriesId])).toEqual(ids.map((id) => [id, null]));
  await bring(ada, weekly(FOUR));
  expect((await rowsOf(ada)).map(({ id }) => id)).toEqual(ids);
  expect(await seriesOf(ada)).toMatchObject([{ rrule: "FREQ=WEEKLY;COUNT=4" }]);
  expect(new Set((await rowsOf(ada)).map(({ seriesId }) => seriesId)).size).toBe(1);
});

test("an answer to a series is that attendee's in each occurrence and in those to come, and to one in that one", async () => {
  const ada = await loner();
  const people = ["ATTENDEE:mailto:a@x.test", "ATTENDEE:mailto:b@x.test"];
  await bring(ada, weekly("RRULE:FREQ=WEEKLY", ...people));
  const answer = (status: string, ...lines: string[]): Promise<Imported> =>
    bring(ada, "METHOD:REPLY", vevent("UID:w", `ATTENDEE;PARTSTAT=${status}:mailto:a@x.test`, ...lines));
  await answer("ACCEPTED");
  await answer("DECLINED", "RECURRENCE-ID;TZID=Europe/Paris:20270111T090000");
  const said = (await rowsOf(ada)).map(({ attendees }) => attendees.map(({ status }) => status).join());
  expect(said[1]).toBe("Declined,NoResponse");
  expect(new Set(said.filter((_, index) => index !== 1))).toEqual(new Set(["Accepted,NoResponse"]));
  const { rows } = await world.sql.query<{ status: string }>(
    "select content -> 'attendees' -> 0 ->> 'status' as status from series where owner_id = $1",
    [ada.id],
  );
  expect(rows).toEqual([{ status: "Accepted" }]);
  expect(await overridesOf(ada)).toEqual([]);
  const before = await rowsOf(ada);
  await bring(ada, weekly("RRULE:FREQ=WEEKLY", ...people));
  expect(await rowsOf(ada)).toEqual(before);
});

test("a series that goes on for ever is made up to the horizon, and one that ends within two years whole", async () => {
  const ada = await loner();
  const start = dayFromToday(1).replaceAll("-", "");
  const meeting = (uid: string, rule: string): string =>
    vevent(`UID:${uid}`, `DTSTART:${start}T090000Z`, "DURATION:PT1H", `SUMMARY:${uid}`, rule);
  await bring(ada, meeting("ever", "RRULE:FREQ=WEEKLY"), meeting("ends", "RRULE:FREQ=WEEKLY;COUNT=90"));
  const rows = await rowsOf(ada);
  expect(rows.filter(({ subject }) => subject === "ever")).toHaveLength(53);
  expect(rows.filter(({ subject }) => subject === "ends")).toHaveLength(90);
});

test("an export has a series as one VEVENT with its rule, and another for each occurrence that says something else", async () => {
  const ada = await loner({ timezone: "Europe/Paris" });
  await bring(
    ada,
    weekly(FOUR, "EXDATE;TZID=Europe/Paris:20270125T090000"),
    override("18", "DTSTART;TZID=Europe/Paris:20270118T140000", "DURATION:PT1H", "SUMMARY:moved"),
  );
  const [first] = await rowsOf(ada);
  await ada.rest("DELETE", `/events/${first?.id}`);
  const text = (await exportText(world, ada)).replace(/\r\n /g, "");
  expect(text.match(/(?<=\r\nTZID:).*(?=\r)/g)).toEqual(["Europe/Paris"]);
  const lines = text.slice(text.lastIndexOf("END:VTIMEZONE")).split("\r\n");
  const wanted = /^(BEGIN|DTSTART|DTEND|RRULE|EXDATE|RECURRENCE-ID|SUMMARY|UID)/;
  expect(lines.filter((line) => wanted.test(line))).toEqual([
    "BEGIN:VEVENT",
    "UID:w",
    "DTSTART;TZID=Europe/Paris:20270104T090000",
    "DTEND;TZID=Europe/Paris:20270104T100000",
    "RRULE:FREQ=WEEKLY;COUNT=4",
    "EXDATE;TZID=Europe/Paris:20270104T090000",
    "EXDATE;TZID=Europe/Paris:20270125T090000",
    "SUMMARY:weekly",
    "BEGIN:VEVENT",
    "UID:w",
    "DTSTART;TZID=Europe/Paris:20270118T140000",
    "DTEND;TZID=Europe/Paris:20270118T150000",
    "RECURRENCE-ID;TZID=Europe/Paris:20270118T090000",
    "SUMMARY:moved",
  ]);
});

test("an export of many pages reads a series once, and one that was made meanwhile too", async () => {
  const ada = await loner();
  await bring(
    ada,
    weekly("RRULE:FREQ=WEEKLY;COUNT=12"),
    vevent(
      ...["UID:d", "DTSTART:20270104T100000Z", "DURATION:PT1H", "SUMMARY:d", "RRULE:FREQ=WEEKLY;COUNT=12"],
    ),
  );
  const whole = (await exportText(world, ada)).split("\r\n");
  const ctx = await asUser(world.db, ada.email, undefined);
  const reads = jest.spyOn(world.db.pool, "query");
  const file = new CalendarExport(ctx.caller.name, null);
  let rows: string[] = [];
  for (let [after, isMore]: [string | null, boolean] = [null, true]; isMore;) {
    const page = await file.page(ctx, { first: 3, after });
    rows = [...rows, ...page.rows];
    [after, isMore] = [page.pageInfo.endCursor, page.pageInfo.hasNextPage];
  }
  const asked = reads.mock.calls.filter(([statement]) => JSON.stringify(statement).includes("first_made"));
  reads.mockRestore();
  expect(asked).toHaveLength(1);
  expect((file.head + rows.join("") + file.foot).split("\r\n")).toEqual(whole);
});

test("what is kept of what was read comes to no more bytes than it may, what was wanted last staying", () => {
  const kept = new Kept<string>(10);
  for (const id of ["a", "b", "c"]) kept.keep(id, id, 3);
  expect(kept.get("a")).toBe("a");
  kept.keep("d", "d", 3);
  kept.keep("e", "e", 11);
  expect(["a", "b", "c", "d", "e"].map((id) => kept.get(id))).toEqual(Array(5).fill(undefined));
  for (const id of ["a", "b", "c", "d"]) kept.keep(id, id, 3);
  kept.keep("b", "b again", 3);
  expect(["a", "b", "c", "d"].map((id) => kept.get(id))).toEqual([undefined, "b again", "c", "d"]);
});

test("an export changes nothing in the calendar of its owner, of a guest who has left one, and of a colleague", async () => {
  const organisationId = await world.organisation();
  const [ada, ben, cleo] = await Promise.all([1, 2, 3].map(() => world.person({ organisationId })));
  if (!ada || !ben || !cleo) throw new Error("Three people were asked for.");
  await bring(ada, weekly("RRULE:FREQ=WEEKLY;COUNT=8", `ATTENDEE:mailto:${ben.email}`));
  const [first, second, third, fourth, fifth] = await rowsOf(ada);
  await ada.rest("PATCH", `/events/${first?.id}`, { subject: "own" });
  await ada.rest("DELETE", `/events/${second?.id}`);
  await ben.rest("DELETE", `/events/${third?.id}`);
  await ada.rest("PATCH", `/events/${fourth?.id}?scope=following`, { location: "Hall" });
  await ada.rest("PATCH", `/events/${fifth?.id}`, { status: "cancelled" });
  const people = [ada, ben, cleo];
  const stand = async (): Promise<unknown> => [await Promise.all(people.map(rowsOf)), await seriesOf(ada)];
  const before = await stand();
  expect(await seriesOf(ada)).toHaveLength(2);
  for (const text of [await exportText(world, ada), await exportText(world, ben)])
    for (const person of people)
      expect(await importBytes(world, person, text)).toMatchObject({ created: 0, updated: 0, removed: 0 });
  expect(await stand()).toEqual(before);
});

test("a colleague's file of a meeting that is in the organisation says that it is there, but for what is private", async () => {
  const organisationId = await world.organisation();
  const ada = await world.person({ organisationId });
  const ben = await world.person({ organisationId });
  const one = (uid: string, ...lines: string[]): string =>
    vevent(`UID:${uid}`, "DTSTART:20270104T090000Z", "DURATION:PT1H", "SUMMARY:m", ...lines);
  await bring(ada, one("open"), one("closed", "CLASS:PRIVATE"), weekly(FOUR));
  const report = await bring(ben, one("open"), one("closed", "CLASS:PRIVATE"), weekly(FOUR));
  expect(report).toMatchObject({ created: 1, unchanged: 5, problems: 2 });
  expect(report.said.map((line) => line.replace(/^\d+: /, ""))).toEqual(
    Array(2).fill("VEVENT: This event is there already: it is a colleague's"),
  );
  expect(await startsOf(ben)).toEqual(["01-04T09:00 m"]);
});

/** The series of weekly(FOUR), made by hand. */
const madeByHand = async (person: Person, iCalUid = "w"): Promise<void> => {
  const made = await person.rest("POST", "/series", {
    subject: "by hand",
    iCalUid,
    startTime: "2027-01-04T08:00:00Z",
    endTime: "2027-01-04T09:00:00Z",
    timezone: "Europe/Paris",
    recurrence: { rrule: "FREQ=WEEKLY;COUNT=4" },
  });
  expect(made.status).toBe(201);
};
const TWO = "RRULE:FREQ=WEEKLY;COUNT=2";

test.each([
  ["LAST-MODIFIED", "SEQUENCE:0\r\nLAST-MODIFIED:20250101T000000Z\r\nDTSTAMP:20990101T000000Z"],
  ["DTSTAMP", "SEQUENCE:0\r\nDTSTAMP:20250101T000000Z"],
])(
  "a file that is older by %s changes nothing of a series made here, nor does its cancellation",
  async (_, old) => {
    const ada = await loner();
    await madeByHand(ada);
    const before = [await rowsOf(ada), await seriesOf(ada)];
    for (const lines of [[weekly(TWO, old)], [weekly(TWO, old, "STATUS:CANCELLED")]])
      expect(await bring(ada, ...lines)).toMatchObject({ created: 0, updated: 0, removed: 0 });
    expect(await bring(ada, "METHOD:CANCEL", weekly(TWO, old))).toMatchObject({ removed: 0 });
    expect([await rowsOf(ada), await seriesOf(ada)]).toEqual(before);
  },
);

test("of one occurrence of a series made here, or of an event, an older file changes and cancels nothing, a newer does", async () => {
  const ada = await loner();
  await madeByHand(ada);
  const times = { startTime: "2027-01-04T12:00:00Z", endTime: "2027-01-04T13:00:00Z" };
  await ada.rest("POST", "/events", { subject: "single", iCalUid: "alone", ...times });
  const before = [await rowsOf(ada), await seriesOf(ada)];
  const place = "DTSTART;TZID=Europe/Paris:20270111T120000";
  for (const old of ["DTSTAMP:20250101T000000Z", "SEQUENCE:9\r\nLAST-MODIFIED:20250101T000000Z"]) {
    const nothing = { created: 0, updated: 0, removed: 0, problems: 0 };
    expect(await bring(ada, "METHOD:CANCEL", override("11", old), other("alone", old))).toMatchObject(
      nothing,
    );
    expect(await bring(ada, override("11", old, "STATUS:CANCELLED"))).toMatchObject(nothing);
    expect(await bring(ada, override("11", old, place), other("alone", old))).toMatchObject(nothing);
  }
  expect([await rowsOf(ada), await seriesOf(ada)]).toEqual(before);
  const newer = "DTSTAMP:20990101T000000Z";
  expect(await bring(ada, override("11", newer, place), other("alone", newer))).toMatchObject({ updated: 2 });
  const report = await bring(ada, "METHOD:CANCEL", override("11", newer), other("alone", newer));
  expect(report).toMatchObject({ removed: 2 });
  expect(await seriesOf(ada)).toMatchObject([{ deleted: "{2027-01-11T09:00:00}" }]);
});

test("a newer file changes a series made here, and takes away only what an import has brought", async () => {
  const ada = await loner();
  await madeByHand(ada);
  const ids = (await rowsOf(ada)).map(({ id }) => id);
  expect(await bring(ada, weekly(TWO))).toMatchObject({ created: 0, updated: 2, removed: 0 });
  const rows = await rowsOf(ada);
  expect(rows.map(({ id }) => id)).toEqual(ids);
  expect(rows.map(({ subject, seriesId }) => `${subject} ${seriesId !== null}`)).toEqual([
    ...["weekly true", "weekly true"],
    ...["by hand false", "by hand false"],
  ]);
  expect(await bring(ada, weekly("RRULE:FREQ=WEEKLY;COUNT=1"))).toMatchObject({ removed: 1 });
  expect((await rowsOf(ada)).map(({ id }) => id)).toEqual([0, 2, 3].map((index) => ids[index]));
});

test("an occurrence that somebody has deleted stays away where a newer file has the series at another time of day", async () => {
  const ada = await loner();
  const at = (hour: string, ...lines: string[]): string =>
    weekly(FOUR, ...lines)
      .replace("T090000", `T${hour}0000`)
      .replace("DTEND;TZID=Europe/Paris:20270104T100000", "DURATION:PT1H");
  await bring(ada, at("09", "SEQUENCE:1"));
  const [, second] = await rowsOf(ada);
  await ada.rest("DELETE", `/events/${second?.id}`);
  for (const [hour, sequence] of [
    ["11", 2],
    ["12", 3],
    ["09", 4],
  ] as const) {
    const newer = at(hour, `SEQUENCE:${sequence}`);
    expect(await bring(ada, newer)).toMatchObject({ created: 0, updated: 3, removed: 0 });
    expect(await bring(ada, newer)).toMatchObject({ created: 0, updated: 0, removed: 0 });
    const utc = String(Number(hour) - 1).padStart(2, "0");
    expect(await startsOf(ada)).toEqual(["04", "18", "25"].map((day) => `01-${day}T${utc}:00 weekly`));
    expect(await seriesOf(ada)).toMatchObject([{ deleted: `{2027-01-11T${hour}:00:00}`, exdates: "{}" }]);
  }
});

test("an own export from before somebody outside answered to one occurrence does not undo that answer", async () => {
  const ada = await loner();
  const people = ["ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.test", "ATTENDEE:mailto:b@x.test"];
  await bring(ada, weekly(FOUR, ...people));
  const text = await exportText(world, ada);
  const place = "RECURRENCE-ID;TZID=Europe/Paris:20270111T090000";
  const reply = vevent("UID:w", "ATTENDEE;PARTSTAT=DECLINED:mailto:a@x.test", place);
  expect(await bring(ada, "METHOD:REPLY", reply)).toMatchObject({ answered: 1 });
  const before = await rowsOf(ada);
  expect(before[1]?.attendees[0]?.status).toBe("Declined");
  expect(await importBytes(world, ada, text)).toMatchObject({ updated: 0, created: 0, removed: 0 });
  expect(await rowsOf(ada)).toEqual(before);
  await bring(ada, weekly(FOUR, "SEQUENCE:1", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:a@x.test"));
  const said = (await rowsOf(ada)).map(({ attendees }) => attendees.map(({ status }) => status).join());
  expect(said).toEqual(["Tentative", "Declined", "Tentative", "Tentative"]);
});

test("--prune ends an imported series that the file lacks, so that no more is made of it, and none made here", async () => {
  const ada = await loner();
  const on = (uid: string, day: string): string =>
    vevent(`UID:${uid}`, `DTSTART:2027${day}T120000Z`, "DURATION:PT1H", `SUMMARY:${uid}`);
  await madeByHand(ada, "hand");
  const place = "RECURRENCE-ID;TZID=Europe/Paris:20270111T090000";
  const instance = vevent("UID:hand", place, "DTSTART:20270111T100000Z", "SUMMARY:theirs");
  await bring(ada, weekly("RRULE:FREQ=WEEKLY"), instance);
  const file = calendar(on("first", "0103"), on("last", "0126"));
  expect(await importBytes(world, ada, file, "--prune")).toMatchObject({
    created: 2,
    removed: 5,
    problems: 0,
  });
  expect(await seriesOf(ada)).toMatchObject([{ subject: "by hand" }]);
  const left = (await rowsOf(ada)).filter(({ subject }) => subject === "weekly");
  expect(left.length).toBeGreaterThan(0);
  expect(left.every(({ seriesId, startTime }) => seriesId === null && startTime > "2027-01-26")).toBe(true);
});

/** Of four bytes. */
const LONG = "\u{1D11E}";
/** Plain SQL makes each occurrence of a series as long as 50 of them may not be together. */
const lengthen = (person: Person): Promise<unknown> =>
  world.sql.query("update event set description = repeat($2, 100000) where owner_id = $1", [person.id, LONG]);
const FIFTY = "RRULE:FREQ=WEEKLY;COUNT=50";

test("a series that comes to over 16 MiB is told by its line, and everything else of the file goes in", async () => {
  const ada = await loner();
  const people = ["ATTENDEE:mailto:a@x.test"];
  await bring(ada, weekly(FIFTY, "SEQUENCE:1", ...people));
  await lengthen(ada);
  const moved = weekly(FIFTY, "SEQUENCE:2", "LOCATION:Hall", ...people);
  const report = await bring(ada, moved, other("after"));
  expect(report).toMatchObject({ created: 1, updated: 50, problems: 1 });
  expect(report.said).toEqual([expect.stringMatching(/^2: VEVENT: The occurrences of this series come to/)]);
  const answer = vevent("UID:w", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.test");
  expect(await bring(ada, "METHOD:REPLY", answer)).toMatchObject({ answered: 50, problems: 0 });
  const { rows } = await world.sql.query<{ status: string }>(
    "select content -> 'attendees' -> 0 ->> 'status' as status from series where owner_id = $1",
    [ada.id],
  );
  expect(rows).toEqual([{ status: "Accepted" }]);
  const kept = weekly(`${FIFTY}\r\nEXRULE:FREQ=YEARLY;BYMONTH=7`, "SEQUENCE:3", "LOCATION:Hall", ...people);
  const long = `BEGIN:VEVENT\r\nDESCRIPTION:${LONG.repeat(100_000)}`;
  expect(await bring(ada, kept.replace("BEGIN:VEVENT", long))).toMatchObject({ created: 0 });
  expect(await seriesOf(ada)).toEqual([]);
  expect(await bring(ada, "METHOD:CANCEL", weekly("SEQUENCE:4"))).toMatchObject({ removed: 50, problems: 0 });
  expect(await startsOf(ada)).toEqual(["01-04T12:00 after"]);
});

test("--prune takes away a series that comes to over 16 MiB", async () => {
  const ada = await loner();
  await bring(ada, weekly(FIFTY));
  await lengthen(ada);
  const file = calendar(other("first"), other("last").replace("20270104", "20270601"));
  expect(await importBytes(world, ada, file, "--prune")).toMatchObject({ created: 2, problems: 0 });
  expect(await seriesOf(ada)).toEqual([]);
});

test("a series that would come to over 16 MiB is taken in as single events, and told", async () => {
  const ada = await loner();
  const long = `DESCRIPTION:${LONG.repeat(100_000)}`;
  const report = await bring(ada, weekly(FIFTY, long), other("after"));
  expect(report).toMatchObject({ created: 51, problems: 1 });
  expect(report.said).toEqual([expect.stringContaining("its occurrences come to over 16 MiB together")]);
  expect(await seriesOf(ada)).toEqual([]);
});
