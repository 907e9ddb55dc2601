// Series whose files come again: what was deleted here stays away, what a file has alone finds its place, and an import that broke
// off in the middle is made good by the next.
import { extendSeries } from "../../src/series/extend";
import { createLog } from "../../src/telemetry/log";
import { asUser } from "../../src/commands/as-caller";
import { importFile } from "../../src/files/import";
import { sourceOf } from "../../src/ical/octets";
import { calendar, vevent } from "../support/calendar-text";
import { importBytes, type Imported } from "../support/calendar-import";
import { clockFromToday, dayFromToday } from "../support/plain-sql";
import * as inFiles from "../support/series-in-files";
import { FOUR, override, rowsOf, startsOf, weekly } from "../support/series-in-files";
import { openWorld, type Person, type World } from "../support/world";

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await setClock("0");
});
afterEach(() => setClock("0"));
afterAll(() => world.close());

/** The clock of the database, so much later than today. */
const setClock = (later: string): Promise<unknown> => world.sql.query(clockFromToday(later));

const bring = (person: Person, ...lines: string[]): Promise<Imported> =>
  inFiles.bring(world, person, ...lines);
const loner = (): Promise<Person> => inFiles.loner(world);
const seriesOf = (person: Person): Promise<Record<string, string>[]> => inFiles.seriesOf(world, person);

test.each([
  ["begins a day later", ["DAILY;INTERVAL=7", "04"], ["DAILY;INTERVAL=7", "05"], ["05", "19", "26"]],
  ["begins a week and a day later", ["WEEKLY;BYDAY=MO", "04"], ["WEEKLY", "12"], ["19", "26", "02"]],
  ["begins on the Sunday before", ["WEEKLY", "04"], ["WEEKLY", "03"], ["03", "17", "24"]],
  ["is on another weekday", ["WEEKLY;BYDAY=MO", "04"], ["WEEKLY;BYDAY=WE", "04"], ["04", "06", "20"]],
  ["is twice a week", ["WEEKLY;BYDAY=MO,WE", "04"], ["WEEKLY;BYDAY=TU,TH", "05"], ["05", "12", "14"]],
  ["is on another day of the month", ["MONTHLY", "04"], ["MONTHLY;BYDAY=1WE", "06"], ["06", "03", "07"]],
])(
  "an occurrence that somebody has deleted stays away where a newer file has a series that %s, and comes back with no other",
  async (_, [rule, day], [newRule, newDay], left) => {
    const ada = await loner();
    const on = (first: string, text: string, sequence: number): string =>
      vevent(
        "UID:w",
        `DTSTART:202701${first}T090000Z`,
        "SUMMARY:w",
        `RRULE:FREQ=${text};COUNT=4`,
        `SEQUENCE:${sequence}`,
      );
    await bring(ada, on(day ?? "", rule ?? "", 1));
    const [, second] = await rowsOf(ada);
    await ada.rest("DELETE", `/events/${second?.id}`);
    const before = await startsOf(ada);
    await bring(ada, on(newDay ?? "", newRule ?? "", 2));
    expect((await rowsOf(ada)).map(({ startTime }) => startTime.slice(8, 10))).toEqual(left);
    await bring(ada, on(day ?? "", rule ?? "", 3));
    expect(await startsOf(ada)).toEqual(before);
  },
);

/** The date so many weeks from now, as files write it. */
const inWeeks = (weeks: number): string => dayFromToday(weeks * 7).replaceAll("-", "");
const ever = (...lines: string[]): string =>
  vevent(
    "UID:e",
    `DTSTART:${inWeeks(1)}T090000Z`,
    "DURATION:PT1H",
    "SUMMARY:e",
    "RRULE:FREQ=WEEKLY",
    ...lines,
  );
const inPlace = (weeks: number, ...lines: string[]): string =>
  vevent("UID:e", `RECURRENCE-ID:${inWeeks(weeks)}T090000Z`, ...lines);
/** The occurrence, or what else there is, on the day so many weeks from now. */
const onDay = async (person: Person, weeks: number): Promise<string[]> => {
  const from = `${dayFromToday(weeks * 7)}T00:00:00Z`;
  const to = from.replace("T00:00:00", "T23:59:59");
  const rows = (
    (await person.rest("GET", `/events?startAt=${from}&endAt=${to}`)).body as { records: inFiles.Row[] }
  ).records;
  return rows.map(({ subject, seriesId }) => `${subject}${seriesId === null ? " alone" : ""}`);
};
const extend = async (): Promise<void> => {
  await setClock("300 days");
  await extendSeries(world.db, createLog("silent"));
};

test("an instance alone in a file, of a place that is not made yet, is the occurrence there, once the series gets so far too", async () => {
  const ada = await loner();
  await bring(ada, ever("SEQUENCE:1"));
  const moved = ["SEQUENCE:2", `DTSTART:${inWeeks(60)}T120000Z`, "DURATION:PT1H", "SUMMARY:moved"];
  expect(await bring(ada, inPlace(60, ...moved))).toMatchObject({ created: 1, problems: 0 });
  expect(await bring(ada, "METHOD:CANCEL", inPlace(61, "SEQUENCE:2"))).toMatchObject({ problems: 0 });
  expect(await onDay(ada, 60)).toEqual(["moved"]);
  expect(await bring(ada, inPlace(60, ...moved))).toMatchObject({ created: 0, updated: 0, unchanged: 1 });
  await extend();
  expect(await onDay(ada, 59)).toEqual(["e"]);
  expect(await onDay(ada, 60)).toEqual(["moved"]);
  expect(await onDay(ada, 61)).toEqual([]);
  expect(await onDay(ada, 62)).toEqual(["e"]);
  await bring(ada, ever("SEQUENCE:3"));
  expect(await onDay(ada, 60)).toEqual(["e"]);
  expect(await onDay(ada, 61)).toEqual(["e"]);
});

test("an instance that a file had alone before its series is the occurrence there, be it newer or older than the series", async () => {
  for (const sequence of [1, 3]) {
    const ada = await loner();
    const moved = [`DTSTART:${inWeeks(60)}T120000Z`, "DURATION:PT1H", "SUMMARY:moved"];
    await bring(ada, inPlace(60, `SEQUENCE:${sequence}`, ...moved));
    expect(await onDay(ada, 60)).toEqual(["moved alone"]);
    await bring(ada, ever("SEQUENCE:2"), inPlace(60, `SEQUENCE:${sequence}`, ...moved));
    expect(await onDay(ada, 60)).toEqual(["moved"]);
    await extend();
    expect(await onDay(ada, 60)).toEqual(["moved"]);
    await setClock("0");
  }
});

test("an instance alone in a file does not bring back what somebody has deleted", async () => {
  const ada = await loner();
  await bring(ada, weekly(FOUR, "SEQUENCE:1"));
  const [, second, third] = await rowsOf(ada);
  await ada.rest("DELETE", `/events/${second?.id}`);
  const alone = (day: string): string =>
    override(day, "SEQUENCE:2", `DTSTART;TZID=Europe/Paris:202701${day}T120000`, "SUMMARY:alone");
  expect(await bring(ada, alone("11"))).toMatchObject({ created: 0, updated: 0 });
  expect(await bring(ada, "METHOD:CANCEL", override("18", "SEQUENCE:2"))).toMatchObject({ removed: 1 });
  expect(await bring(ada, alone("18"))).toMatchObject({ created: 1, problems: 0 });
  expect(await startsOf(ada)).toEqual(["01-04T08:00 weekly", "01-18T11:00 alone", "01-25T08:00 weekly"]);
  expect((await rowsOf(ada)).map(({ seriesId }) => seriesId)).toEqual(Array(3).fill(third?.seriesId));
  expect(await seriesOf(ada)).toMatchObject([{ deleted: "{2027-01-11T09:00:00}" }]);
});
/** The database of an import that breaks off at its nth use: a statement by itself, or a transaction. */
function breakingAt(nth: number): { db: World["db"]; isBroken: () => boolean } {
  let [uses, isBroken] = [0, false];
  const counted =
    <A extends unknown[], R>(use: (...args: A) => R) =>
    (...args: A): R => {
      if (++uses < nth) return use(...args);
      isBroken = true;
      throw new Error("broken off");
    };
  const { pool } = world.db;
  const broken = Object.create(pool, {
    query: { value: counted(pool.query.bind(pool)) },
    connect: { value: counted(pool.connect.bind(pool)) },
  }) as typeof pool;
  return {
    db: Object.create(world.db, { pool: { value: broken } }) as World["db"],
    isBroken: () => isBroken,
  };
}

/** What its user sees, and what decides about files and changes to come. */
const standOf = async (person: Person): Promise<unknown> => ({
  rows: (await rowsOf(person)).map(({ subject, location, startTime, recurrenceId, seriesId }) =>
    [subject, location, startTime, recurrenceId, seriesId !== null].join(),
  ),
  overrides: await inFiles.overridesOf(world, person),
  series: (await seriesOf(person)).map(({ id, ...rest }) => [rest, id !== undefined]),
});

test("an import that breaks off, wherever it does, is made good by the same file, and by a newer one", async () => {
  const at = (hour: string, ...lines: string[]): string =>
    weekly("RRULE:FREQ=WEEKLY;COUNT=6", ...lines)
      .replace("T090000", `T${hour}0000`)
      .replace("DTEND;TZID=Europe/Paris:20270104T100000", "DURATION:PT1H");
  const own = (hour: string, day: string, ...lines: string[]): string =>
    vevent(
      ...["UID:w", `RECURRENCE-ID;TZID=Europe/Paris:202701${day}T${hour}0000`],
      ...[`DTSTART;TZID=Europe/Paris:202701${day}T${hour}0000`, "DURATION:PT1H", ...lines],
    );
  const stamp = "DTSTAMP:20250101T000000Z";
  const first = [at("09", stamp, "SEQUENCE:1"), own("09", "11", stamp, "SEQUENCE:1", "SUMMARY:theirs")];
  const second = [
    at(
      "11",
      stamp,
      "SEQUENCE:2",
      "LOCATION:Hall",
      "EXDATE;TZID=Europe/Paris:20270104T110000",
      "RDATE;TZID=Europe/Paris:20270105T110000",
    ),
    own("11", "25", stamp, "SEQUENCE:2", "SUMMARY:theirs"),
  ];
  const third = [at("12", stamp, "SEQUENCE:3", "LOCATION:Room")];
  const files = [first, second, third].map((lines) => calendar(...lines));
  const change = async (ada: Person): Promise<void> => {
    const [, , mine, gone] = await rowsOf(ada);
    await ada.rest("PATCH", `/events/${mine?.id}`, { subject: "mine" });
    await ada.rest("DELETE", `/events/${gone?.id}`);
  };
  const begun = async (brokenFile: number): Promise<Person> => {
    const ada = await loner();
    if (brokenFile === 0) return ada;
    await importBytes(world, ada, files[0] ?? "");
    await change(ada);
    return ada;
  };
  for (const broken of [0, 1]) {
    const stands = [];
    for (const next of [broken, broken + 1]) {
      const ada = await begun(broken);
      await importBytes(world, ada, files[broken] ?? "");
      await importBytes(world, ada, files[next] ?? "");
      stands.push(await standOf(ada));
    }
    for (let nth = 1, goesOn = true; goesOn; nth++) {
      for (const next of [broken, broken + 1]) {
        const ada = await begun(broken);
        const ctx = await asUser(world.db, ada.email, undefined);
        const { db, isBroken } = breakingAt(nth);
        await importFile({ ...ctx, db }, sourceOf(Buffer.from(files[broken] ?? ""))).catch(() => undefined);
        goesOn = isBroken();
        await importBytes(world, ada, files[next] ?? "");
        expect([broken, nth, next, await standOf(ada)]).toEqual([broken, nth, next, stands[next - broken]]);
      }
    }
  }
});

describe("an instance whose program counts its SEQUENCE by itself, as Exchange does,", () => {
  const stamped = (day: string): string => `DTSTAMP:202611${day}T120000Z`;
  const longer = override(
    "11",
    ...["SEQUENCE:7", stamped("10"), "SUMMARY:longer"],
    ...["DTSTART;TZID=Europe/Paris:20270111T090000", "DTEND;TZID=Europe/Paris:20270111T110000"],
  );
  const master = (day: string, ...lines: string[]): string =>
    weekly(FOUR, "SEQUENCE:0", stamped(day), ...lines);

  test.each([
    ["is back in its place", [], ["04 weekly", "11 weekly", "18 weekly", "25 weekly"]],
    ["is gone", ["EXDATE;TZID=Europe/Paris:20270111T090000"], ["04 weekly", "18 weekly", "25 weekly"]],
  ])("%s when a later file has it no longer, and no earlier file changes that", async (_how, lines, days) => {
    const ada = await loner();
    await bring(ada, master("10"), longer);
    const first = await rowsOf(ada);
    expect(first.map(({ subject }) => subject)).toEqual(["weekly", "longer", "weekly", "weekly"]);
    await bring(ada, master("11", ...lines));
    const after = await rowsOf(ada);
    expect(after.map(({ startTime, subject }) => `${startTime.slice(8, 10)} ${subject}`)).toEqual(days);
    expect(first.map(({ id }) => id)).toEqual(expect.arrayContaining(after.map(({ id }) => id)));
    await bring(ada, master("10"), longer);
    expect(await rowsOf(ada)).toEqual(after);
  });

  test("stays as a later mail has it when the earlier file comes again", async () => {
    const ada = await loner();
    await bring(ada, master("10"));
    await bring(ada, longer.replace(stamped("10"), stamped("12")));
    const after = await rowsOf(ada);
    expect(after[1]?.subject).toBe("longer");
    await bring(ada, master("10"));
    expect(await rowsOf(ada)).toEqual(after);
  });
});

test("what is over for longer than an import takes in moves along with its series, and is there once", async () => {
  const ada = await loner();
  const file = (hour: string, sequence: number, until = "20200127T080000Z"): string =>
    vevent(
      ...["UID:old", `SEQUENCE:${sequence}`, "SUMMARY:old", `RRULE:FREQ=WEEKLY;UNTIL=${until}`],
      ...[`DTSTART;TZID=Europe/Paris:20200106T${hour}0000`, "DURATION:PT1H"],
    );
  await bring(ada, file("09", 0));
  const before = await rowsOf(ada);
  expect(before.map(({ startTime }) => startTime)).toEqual(["2020-01-27T08:00:00.000Z"]);
  await bring(ada, file("08", 1));
  const moved = await rowsOf(ada);
  expect(moved.map(({ id, startTime }) => [id, startTime])).toEqual([
    [before[0]?.id, "2020-01-27T07:00:00.000Z"],
  ]);
});

test("dates that were excepted from a series and are none of its new rule are no longer told", async () => {
  const ada = await loner();
  await bring(ada, weekly("RRULE:FREQ=WEEKLY", "SEQUENCE:0", "EXDATE;TZID=Europe/Paris:20270111T090000"));
  expect(await seriesOf(ada)).toMatchObject([{ exdates: "{2027-01-11T09:00:00}" }]);
  const halved = weekly(
    "RRULE:FREQ=WEEKLY;INTERVAL=2",
    "SEQUENCE:1",
    "EXDATE;TZID=Europe/Paris:20270111T090000",
  );
  await bring(ada, halved);
  expect(await seriesOf(ada)).toMatchObject([{ exdates: "{}" }]);
});
