// Calendars of Google, Outlook and Apple that are changed there and brought in again, each change written as that program writes it:
// the calendar is then what a fresh import of the newer file makes, and again nothing changes.
import { calendar, vevent } from "../support/calendar-text";
import { importBytes } from "../support/calendar-import";
import { bring, loner, overridesOf, seriesOf } from "../support/series-in-files";
import { openWorld, type Person, type World } from "../support/world";

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** How a program writes what it has changed. */
interface Program {
  name: string;
  head: string[];
  zone: string;
  uid: string;
  /** Of the nth export: what every event has, and what one has that was changed `changes` times. */
  stamps: (nth: number, changes: number) => string[];
  /** The end of a rule at so many days from the first, at this hour in UTC. */
  until: (days: number, hour: number) => string;
  /** What follows a split goes on under. */
  splitUid: (days: number) => string;
  /** How one instance is cancelled. */
  cancels: "EXDATE" | "instance";
}

const DAY_MS = 86_400_000;
/** A Monday of next January; neither zone changes its clocks soon. */
const FIRST = Date.UTC(2027, 0, 4);
const day = (days: number): string =>
  new Date(FIRST + days * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "");
const stamp = (nth: number): string => `202611${String(nth).padStart(2, "0")}T120000Z`;

const PROGRAMS: Program[] = [
  {
    name: "Google",
    head: [
      "PRODID:-//Google Inc//Google Calendar 70.9054//EN",
      "VERSION:2.0",
      "METHOD:PUBLISH",
      "X-WR-TIMEZONE:Europe/Paris",
    ],
    zone: "Europe/Paris",
    uid: "37jkbgv9regint2hqhlmd9risn@google.com",
    // Every export has a DTSTAMP of its own; a moved meeting has another SEQUENCE.
    stamps: (nth, changes) => [
      `DTSTAMP:${stamp(nth)}`,
      `LAST-MODIFIED:${stamp(changes)}`,
      `SEQUENCE:${changes}`,
      "STATUS:CONFIRMED",
    ],
    until: (days, hour) => `${day(days)}T${String(hour).padStart(2, "0")}5959Z`,
    splitUid: (days) => `37jkbgv9regint2hqhlmd9risn_R${day(days)}T080000@google.com`,
    cancels: "EXDATE",
  },
  {
    name: "Google by invitation",
    head: ["PRODID:-//Google Inc//Google Calendar 70.9054//EN", "VERSION:2.0", "METHOD:REQUEST"],
    zone: "Europe/Paris",
    uid: "invite4risn@google.com",
    stamps: (nth, changes) => [`DTSTAMP:${stamp(nth)}`, `LAST-MODIFIED:${stamp(nth)}`, `SEQUENCE:${changes}`],
    until: (days, hour) => `${day(days)}T${String(hour).padStart(2, "0")}5959Z`,
    splitUid: (days) => `invite4risn_R${day(days)}T080000@google.com`,
    cancels: "instance",
  },
  {
    name: "Outlook",
    head: ["PRODID:Microsoft Exchange Server 2010", "VERSION:2.0", "METHOD:PUBLISH", "X-WR-CALNAME:Calendar"],
    zone: "W. Europe Standard Time",
    uid: "040000008200E00074C5B7101A82E00800000000F5E8",
    // Published calendars keep their SEQUENCE, and say nothing of when a meeting was changed.
    stamps: (nth) => [
      `DTSTAMP:${stamp(nth)}`,
      "SEQUENCE:0",
      "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
      "X-MICROSOFT-CDO-INSTTYPE:1",
    ],
    until: (days) => `${day(days)}T080000Z`,
    splitUid: () => "040000008200E00074C5B7101A82E00800000000A111",
    cancels: "EXDATE",
  },
  {
    name: "Apple",
    head: [
      "PRODID:-//Apple Inc.//macOS 14.6//EN",
      "VERSION:2.0",
      "CALSCALE:GREGORIAN",
      "X-APPLE-CALENDAR-COLOR:#CC73E1",
    ],
    zone: "Europe/Paris",
    uid: "6F1C2D7A-1B2C-4D5E-8F90-A1B2C3D4E5F6",
    // What is not changed keeps its DTSTAMP.
    stamps: (_nth, changes) => [
      `DTSTAMP:${stamp(changes)}`,
      `LAST-MODIFIED:${stamp(changes)}`,
      `SEQUENCE:${changes}`,
      `CREATED:${stamp(1)}`,
    ],
    until: (days) => `${day(days)}T225959Z`,
    splitUid: () => "0B9A8C7D-6E5F-4A3B-9C2D-1E0F9A8B7C6D",
    cancels: "EXDATE",
  },
];

/** A calendar at its source: a weekly meeting, of which one has moved, and a single one. */
interface Source {
  hour: number;
  until: number | null;
  /** Days whose meeting was cancelled, and by day the hour to which one was moved. */
  cancelled: number[];
  moved: Record<number, number>;
  guests: string[];
  split: { at: number; hour: number } | null;
  subject: string;
  alone: number | null;
  /** How often it was changed. */
  changes: number;
}

const BEFORE: Source = {
  ...{ hour: 9, until: null, cancelled: [], moved: { 14: 15 }, guests: ["b@x.test"], split: null },
  ...{ subject: "weekly", alone: 3, changes: 1 },
};

const CHANGES: [string, Partial<Source>][] = [
  ["moved by two hours", { hour: 11 }],
  ["renamed", { subject: "renamed" }],
  ["moved in one instance more", { moved: { 14: 15, 21: 16 } }],
  ["moved back in the instance that was moved", { moved: {} }],
  ["cancelled in one instance", { cancelled: [21] }],
  ["cancelled in the instance that was moved", { cancelled: [14], moved: {} }],
  ["shortened", { until: 35 }],
  ["shortened before the instance that was moved", { until: 7, moved: {} }],
  ["split in two", { until: 28, split: { at: 35, hour: 13 } }],
  ["split in two and called otherwise", { until: 28, split: { at: 35, hour: 9 }, subject: "renamed" }],
  ["given a guest more", { guests: ["b@x.test", "c@x.test"] }],
  ["left by its guest", { guests: [] }],
  ["without the single meeting", { alone: null }],
  [
    "another in everything",
    { hour: 8, subject: "renamed", cancelled: [7], moved: { 21: 17 }, until: 42, guests: ["c@x.test"] },
  ],
];

const hours = (hour: number): string => String(hour).padStart(2, "0");

function fileOf(program: Program, source: Source, nth: number): string[] {
  const { zone, uid } = program;
  const { hour, until, cancelled, moved, guests, split, subject, alone, changes } = source;
  const local = (days: number, at: number): string => `TZID=${zone}:${day(days)}T${hours(at)}0000`;
  const times = (days: number, at: number): string[] => [
    `DTSTART;${local(days, at)}`,
    `DTEND;${local(days, at + 1)}`,
  ];
  const people = [
    "ORGANIZER;CN=Boss:mailto:boss@x.test",
    ...guests.map(
      (address) => `ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:${address}`,
    ),
  ];
  const one = (of: string, ...lines: string[]): string =>
    vevent(`UID:${of}`, ...program.stamps(nth, changes), ...people, ...lines);
  const end = until === null ? "" : `;UNTIL=${program.until(until, hour - 1)}`;
  const excepted = program.cancels === "EXDATE" ? cancelled : [];
  const instances = program.cancels === "instance" ? cancelled : [];
  return [
    ...program.head,
    one(
      uid,
      ...times(0, hour),
      `RRULE:FREQ=WEEKLY${end};BYDAY=MO`,
      `SUMMARY:${subject}`,
      ...excepted.map((days) => `EXDATE;${local(days, hour)}`),
    ),
    ...Object.entries(moved).map(([days, at]) =>
      one(
        uid,
        ...times(Number(days), at),
        `RECURRENCE-ID;${local(Number(days), hour)}`,
        `SUMMARY:${subject}`,
      ),
    ),
    ...instances.map((days) =>
      one(
        uid,
        ...times(days, hour),
        `RECURRENCE-ID;${local(days, hour)}`,
        `SUMMARY:${subject}`,
        "STATUS:CANCELLED",
      ),
    ),
    ...(split
      ? [
          one(
            program.splitUid(split.at),
            ...times(split.at, split.hour),
            "RRULE:FREQ=WEEKLY;BYDAY=MO",
            `SUMMARY:${subject}`,
          ),
        ]
      : []),
    ...(alone === null
      ? []
      : [vevent("UID:alone@x.test", ...program.stamps(nth, 1), ...times(alone, 10), "SUMMARY:alone")]),
  ];
}

interface Row {
  [field: string]: unknown;
}

/** What the calendar has, without what tells one import from another. */
async function standOf(person: Person): Promise<unknown> {
  const { rows } = await world.sql.query<{ said: Row }>(
    `select jsonb_build_object('subject', e.subject, 'start', e.start_time, 'end', e.end_time, 'place', e.recurrence_id, 'uid', e.i_cal_uid,
       'people', (select jsonb_agg(a ->> 'emailAddress' order by a ->> 'emailAddress') from jsonb_array_elements(e.attendees) a)) as said
     from event e where e.owner_id = $1 order by e.start_time, e.i_cal_uid`,
    [person.id],
  );
  const series = (await seriesOf(world, person)).map(({ id, deleted, ...rest }) => [
    id !== undefined,
    deleted,
    rest,
  ]);
  return { rows: rows.map(({ said }) => said), series, overrides: await overridesOf(world, person) };
}

describe.each(PROGRAMS)("$name's calendar,", (program) => {
  test.each(CHANGES)("%s there, comes to what the newer file says", async (_name, change) => {
    const after = { ...BEFORE, ...change, changes: 2 };
    const [first, second] = [fileOf(program, BEFORE, 1), fileOf(program, after, 2)];
    const [ada, fresh] = [await loner(world), await loner(world)];
    // Whoever publishes a calendar no longer has what was deleted there: that goes with --prune alone.
    const prune = change.alone === null ? ["--prune"] : [];
    expect(await bring(world, ada, ...first)).toMatchObject({ problems: 0 });
    expect(await importBytes(world, ada, calendar(...second), ...prune)).toMatchObject({ problems: 0 });
    await bring(world, fresh, ...second);
    expect(await standOf(ada)).toEqual(await standOf(fresh));
    const again = await bring(world, ada, ...fileOf(program, after, 3));
    expect(again).toMatchObject({ created: 0, updated: 0, removed: 0, problems: 0 });
    // An older export that comes late changes nothing; that something was deleted no file says.
    if (change.alone === null) return;
    await bring(world, ada, ...first);
    expect(await standOf(ada)).toEqual(await standOf(fresh));
  });
});
