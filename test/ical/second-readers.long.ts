// What we write is read elsewhere: an export comes to the same occurrences in Debian's readers, and in another organisation.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exportText } from "../support/calendar-export";
import { importBytes } from "../support/calendar-import";
import { hasSecondReaders, readElsewhere, type ReadRow } from "../support/second-readers";
import { loner } from "../support/series-in-files";
import { openWorld, type Person, type World } from "../support/world";

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const whereInstalled = hasSecondReaders() || process.env.TIDEMARK_NO_SKIPS ? test : test.skip;

const DAY_MS = 86_400_000;
const dayAt = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

interface Row extends Record<string, unknown> {
  id: string;
  subject: string;
  startTime: string;
  endTime: string;
  allDay: boolean;
}

async function rowsOf(person: Person): Promise<Row[]> {
  const rows: Row[] = [];
  for (let token = ""; ;) {
    const { body } = (await person.rest("GET", `/events?limit=1000${token}`)) as {
      body: { records: Row[]; nextPageToken?: string };
    };
    rows.push(...body.records);
    if (!body.nextPageToken) return rows;
    token = `&pageToken=${encodeURIComponent(body.nextPageToken)}`;
  }
}

/** As a second reader tells them, those that start within these dates. */
const asRead = (rows: readonly Row[], from: string, to: string): ReadRow[] =>
  rows
    .map(({ startTime, endTime, allDay, subject }): ReadRow => [
      startTime.replace(".000Z", "Z"),
      endTime.replace(".000Z", "Z"),
      allDay,
      subject,
    ])
    .filter(([start]) => start >= from && start < to)
    .sort();

interface Made {
  eventId: string;
  at: (index: number) => Promise<string>;
}

async function makeSeries(
  person: Person,
  {
    rrule,
    days = 3,
    time = "09:30:00",
    ...more
  }: { rrule: string; days?: number; time?: string } & Record<string, unknown>,
): Promise<Made> {
  const startTime = `${dayAt(days)}T${time}Z`;
  const made = await person.rest("POST", "/series", {
    subject: rrule,
    startTime,
    endTime: new Date(Date.parse(startTime) + 5_400_000).toISOString(),
    recurrence: { rrule },
    ...more,
  });
  expect(made.status).toBe(201);
  const { id } = made.body as { id: string };
  const at = async (index: number): Promise<string> =>
    (
      await world.sql.query<{ id: string }>(
        "select id from event where series_id = $1 order by recurrence_id",
        [id],
      )
    ).rows[index]?.id ?? "";
  return { eventId: await at(0), at };
}

const ZONES = [
  ...["UTC", "Europe/Paris", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tehran"],
  ...["Australia/Lord_Howe", "Africa/Cairo", "Pacific/Chatham", "America/St_Johns", "Antarctica/Troll"],
];
const RULES = [
  ...[
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3;COUNT=40",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU",
  ],
  ...[
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
  ],
  `FREQ=WEEKLY;UNTIL=${dayAt(100).replaceAll("-", "")}`,
];

whereInstalled(
  "Debian's readers find in an export of series the occurrences that the calendar has, in every zone",
  async () => {
    const from = dayAt(-200);
    // As far as everything is made.
    const to = dayAt(300);
    for (const [index, timezone] of ZONES.entries()) {
      const ada = await loner(world, { timezone });
      // Of a time that comes twice in a night RFC 5545 means the first, and they take the second.
      const shown = { hour: "2-digit", hourCycle: "h23", timeZone: timezone } as const;
      const hour = Number(new Date("2026-01-01T00:00:00Z").toLocaleString("en", shown));
      const time = `${String((36 - hour) % 24).padStart(2, "0")}:30:00`;
      for (const rrule of RULES) await makeSeries(ada, { rrule, timezone, days: -150 + index * 7, time });
      const found = readElsewhere(await exportText(world, ada), from, to);
      expect([timezone, found]).toEqual([timezone, asRead(await rowsOf(ada), from, to)]);
      expect(found.length).toBeGreaterThan(400);
    }
  },
);

whereInstalled(
  "Debian's readers find what occurrences say for themselves, and nothing of what is deleted, excepted or was split off twice",
  async () => {
    const ada = await loner(world, { timezone: "Europe/Paris" });
    const zone = { timezone: "Europe/Paris" };
    const daily = await makeSeries(ada, { rrule: "FREQ=DAILY", ...zone });
    const change = (id: string, body: object, scope = ""): Promise<unknown> =>
      ada.rest("PATCH", `/events/${id}${scope}`, body);
    await change(await daily.at(1), { subject: "renamed; with, signs\nand a line" });
    await change(await daily.at(3), { startTime: `${dayAt(6)}T18:00:00Z`, endTime: `${dayAt(6)}T19:00:00Z` });
    await change(await daily.at(5), { startTime: dayAt(40), endTime: dayAt(42), allDay: true });
    await ada.rest("DELETE", `/events/${await daily.at(7)}`);
    await change(await daily.at(20), { subject: "split" }, "?scope=following");
    await change(await daily.at(4), { status: "cancelled" });
    const allDay = { startTime: dayAt(2), endTime: dayAt(4), allDay: true };
    const days = await makeSeries(ada, { rrule: "FREQ=WEEKLY", ...allDay });
    await ada.rest("DELETE", `/events/${await days.at(2)}`);
    await change(await days.at(3), { startTime: dayAt(24), endTime: dayAt(25) });
    const end = dayAt(60).replaceAll("-", "");
    await makeSeries(ada, {
      rrule: `FREQ=DAILY;INTERVAL=2;UNTIL=${end}`,
      ...zone,
      recurrence: {
        rrule: `FREQ=DAILY;INTERVAL=2;UNTIL=${end}`,
        exdates: [5, 9].map((day) => `${dayAt(day)}T10:30:00`).slice(0, 0),
        rdates: [`${dayAt(4)}T20:00:00`, `${dayAt(8)}T07:15:00`],
      },
    });
    const [from, to] = [dayAt(-10), dayAt(300)];
    const found = readElsewhere(await exportText(world, ada), from, to);
    expect(found).toEqual(asRead(await rowsOf(ada), from, to));
    expect(found.length).toBeGreaterThan(300);
  },
);

const folders = [join(__dirname, "../data"), process.env.SAMPLE_ICS_DIR ?? ""].filter(
  (folder) => folder !== "",
);

/** What an event says, wherever it stands. */
function wordsOf({ attendees, ...row }: Row): unknown {
  const { id, lastModifiedAt, createdAt, seriesId, ownerId, parentId, htmlLink, viewer, ...words } = row;
  void [id, lastModifiedAt, createdAt, ownerId, parentId, htmlLink, viewer];
  const people = (attendees as Record<string, unknown>[]).map(({ emailAddress, name, status, type }) => [
    ...[emailAddress, name, status, type],
  ]);
  return { ...words, isOfSeries: seriesId !== null, people };
}

test.each(folders)(
  "every file of %s is the same once it was exported and brought in elsewhere",
  async (folder) => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".ics"));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      // The same person elsewhere: who organises what has no organiser is whose calendar it is.
      const ada = await loner(world);
      await importBytes(world, ada, readFileSync(join(folder, name)));
      const text = await exportText(world, ada);
      const elsewhere = `elsewhere ${name}`;
      const organisationId = await world.organisation(elsewhere);
      const { email, name: called, timezone } = ada;
      const again = await world.person({ email, name: called, timezone, organisationId });
      const second = await importBytes(world, again, text, "--org", elsewhere);
      expect([name, second.problems]).toEqual([name, 0]);
      expect([name, (await rowsOf(again)).map(wordsOf)]).toEqual([name, (await rowsOf(ada)).map(wordsOf)]);
      if (!hasSecondReaders()) continue;
      // Of what is longer ago than a year no occurrences are made, and a file writes the rule whole.
      const [from, to] = [dayAt(-360), dayAt(300)];
      const found = readElsewhere(text, from, to);
      expect([name, found]).toEqual([name, asRead(await rowsOf(ada), from, to)]);
    }
  },
);
