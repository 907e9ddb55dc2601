// Calendar files through the command line: in, in again, out, and in elsewhere.
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { importCalendar } from "../../src/commands/calendar-files";
import { readCommand } from "../../src/commands/commands";
import { ensureBuilt, environment, type Outcome, PROGRAM, ROOT, tidemark } from "../support/child";
import { openWorld, type Person, type World } from "../support/world";

// Each test starts programs, on a machine that may be busy with others.
const DAY_MS = 86_400_000;

let world: World;
let room: string;

beforeAll(async () => {
  await ensureBuilt();
  room = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-files-"));
  world = await openWorld();
});

afterAll(async () => {
  await world.close();
  fs.rmSync(room, { recursive: true, force: true });
});

const run = (...words: string[]): Promise<Outcome> =>
  tidemark(words, { DATABASE_URL: world.databaseUrl, DATA_DIR: path.join(room, "unused") });

interface Counts {
  created: number;
  updated: number;
  unchanged: number;
  problems: number;
  components: number;
  series: number;
  cancelled: number;
  outsideWindow: number;
  superseded: number;
}

async function importAs(person: Person, file: string): Promise<Counts & { stderr: string }> {
  const { code, stdout, stderr } = await run("import", file, "--email", person.email);
  expect({ code, lines: stdout.trimEnd().split("\n").length }).toEqual({ code: 0, lines: 1 });
  return { ...(JSON.parse(stdout) as Counts), stderr };
}

async function exportOf(person: Person): Promise<string> {
  const outcome = await run("export", "--email", person.email);
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  return outcome.stdout;
}

function write(name: string, text: string): string {
  const file = path.join(room, name);
  fs.writeFileSync(file, text);
  return file;
}

type Row = Record<string, unknown> & { attendees: { emailAddress: string; name: string; status: string }[] };

/** What a file can carry of a person's events, without the organiser, who is another one in each calendar. */
async function contentOf(person: Person, organiser: string): Promise<unknown[]> {
  const { body } = await person.rest("GET", "/events");
  const rows = (body as { records: Row[] }).records;
  return rows.map((row) => ({
    ...Object.fromEntries(
      "subject description location startTime endTime allDay private timezone iCalUid"
        .split(" ")
        .map((name) => [name, row[name]]),
    ),
    attendees: row.attendees
      .filter(({ emailAddress }) => emailAddress !== organiser)
      .map(({ emailAddress, name, status }) => ({ emailAddress, name, status })),
  }));
}

/** The date so many days from today, as a calendar file writes it. */
function date(days: number): string {
  const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return new Date(midnight + days * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "");
}

const vevent = (...lines: string[]): string[] => ["BEGIN:VEVENT", ...lines, "END:VEVENT"];

const FILE = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//Test//Test//EN",
  ...vevent(
    "UID:kickoff@files.test",
    `DTSTART;TZID=America/New_York:${date(1)}T100000`,
    "DURATION:PT90M",
    "SUMMARY:Kick-off\\, part 1",
    "DESCRIPTION:First line\\nSecond line\\; with a \\\\",
    "LOCATION:Room 4",
    "CLASS:PRIVATE",
    "ATTENDEE;CN=Zoë;PARTSTAT=TENTATIVE:mailto:zoe@elsewhere.test",
    "ATTENDEE;PARTSTAT=DECLINED:mailto:Yan@Elsewhere.test",
  ),
  ...vevent(
    "UID:holiday@files.test",
    `DTSTART;VALUE=DATE:${date(10)}`,
    `DTEND;VALUE=DATE:${date(12)}`,
    "SUMMARY:Away",
  ),
  ...vevent(
    "UID:weekly@files.test",
    `DTSTART:${date(2)}T090000Z`,
    `DTEND:${date(2)}T093000Z`,
    "RRULE:FREQ=WEEKLY;COUNT=4",
    `EXDATE:${date(9)}T090000Z`,
    "SUMMARY:Weekly",
  ),
  ...vevent(
    "UID:weekly@files.test",
    `RECURRENCE-ID:${date(16)}T090000Z`,
    `DTSTART:${date(17)}T140000Z`,
    `DTEND:${date(17)}T143000Z`,
    "SUMMARY:Weekly\\, moved",
  ),
  ...vevent("UID:broken@files.test", "SUMMARY:When?"),
  ...vevent("UID:off@files.test", `DTSTART:${date(3)}T090000Z`, "STATUS:CANCELLED", "SUMMARY:Called off"),
  "END:VCALENDAR",
];

test("a file goes in with its broken part reported by line, and the same file again changes nothing", async () => {
  const ada = await world.person({ email: "ada@files.test", timezone: "Europe/London" });
  const file = write("team.ics", FILE.join("\r\n"));
  const first = await importAs(ada, file);
  expect(first).toMatchObject({ created: 5, updated: 0, unchanged: 0, problems: 1 });
  expect(first).toMatchObject({ components: 6, series: 1, cancelled: 1, outsideWindow: 0, superseded: 0 });
  const brokenAt = FILE.indexOf("UID:broken@files.test");
  expect(first.stderr).toMatch(new RegExp(`^${file}:${brokenAt}: VEVENT: .+\n$`));

  const { body } = await ada.rest("GET", "/events");
  expect(body.records).toMatchObject([
    {
      subject: "Kick-off, part 1",
      description: "First line\nSecond line; with a \\",
      private: true,
      timezone: "America/New_York",
      iCalUid: "kickoff@files.test",
      attendees: [
        { name: "Zoë", status: "Tentative" },
        { emailAddress: "Yan@Elsewhere.test", status: "Declined" },
      ],
    },
    { subject: "Weekly", startTime: iso(2, "09:00") },
    { subject: "Away", allDay: true, startTime: iso(10, "00:00"), endTime: iso(12, "00:00") },
    { subject: "Weekly, moved", startTime: iso(17, "14:00") },
    { subject: "Weekly", startTime: iso(23, "09:00") },
  ]);

  expect(await importAs(ada, file)).toMatchObject({ created: 0, updated: 0, unchanged: 5, problems: 1 });
  const feed = await ada.rest("GET", `/events?showDeleted=true&since=${body.nextDeltaToken}`);
  expect(feed.body).toMatchObject({ records: [], nextDeltaToken: body.nextDeltaToken });

  const moved = FILE.map((line) => (line === "LOCATION:Room 4" ? "LOCATION:Room 5" : line));
  const third = await importAs(ada, write("team.ics", moved.join("\n")));
  expect(third).toMatchObject({ created: 0, updated: 1, unchanged: 4 });
  const changes = await ada.rest("GET", `/events?showDeleted=true&since=${body.nextDeltaToken}`);
  expect(changes.body.records).toMatchObject([{ iCalUid: "kickoff@files.test", location: "Room 5" }]);
});

const iso = (days: number, time: string): string =>
  `${date(days).replace(/(....)(..)(..)/, "$1-$2-$3")}T${time}:00.000Z`;

test("what is exported reads back the same in another calendar, also to a program that writes it again", async () => {
  const ben = await world.person({ email: "ben@files.test", timezone: "Asia/Kolkata" });
  const elsewhere = await world.organisation();
  const cleo = await world.person({ email: "cleo@files.test", organisationId: elsewhere });
  const counts = await importAs(ben, write("ben.ics", FILE.join("\r\n")));
  await ben.rest("POST", "/events", {
    subject: "Only here — ☕ \\ ; ,",
    description: `${"long ".repeat(50)}\nend`,
    startTime: iso(5, "15:00"),
    endTime: iso(5, "15:00"),
  });
  const exported = await exportOf(ben);
  const back = await importAs(cleo, write("export.ics", exported));
  expect(back).toMatchObject({ created: counts.created + 1, problems: 0, components: counts.created + 1 });

  const [given, taken] = [await contentOf(ben, ben.email), await contentOf(cleo, ben.email)];
  const without = (row: unknown): unknown => ({ ...(row as object), iCalUid: null });
  expect(taken.map(without)).toEqual(given.map(without));
  const again = await importAs(ben, write("export.ics", exported));
  expect(again).toMatchObject({ created: 0, updated: 0, unchanged: counts.created + 1 });
});

test("one's own export changes nothing, neither events without a UID nor meetings of others", async () => {
  const organisationId = await world.organisation();
  const host = await world.person({ email: "host@files.test", organisationId });
  const guest = await world.person({ email: "guest@files.test", organisationId });
  const attendees = [{ userId: guest.id, status: "Tentative" }, { emailAddress: "Room@files.test" }];
  const times = { startTime: iso(4, "09:00"), endTime: iso(4, "10:00") };
  await host.rest("POST", "/events", { subject: "Review", ...times, attendees });
  await host.rest("POST", "/events", {
    subject: "Off",
    allDay: true,
    startTime: "2026-05-04",
    private: true,
  });
  const before = (await host.rest("GET", "/events")).body;
  for (const [person, count] of [
    [host, 2],
    [guest, 1],
  ] as const) {
    const back = await importAs(person, write("own.ics", await exportOf(person)));
    expect(back).toMatchObject({ created: 0, updated: 0, unchanged: count, problems: 0 });
  }
  expect((await host.rest("GET", "/events")).body).toEqual(before);
  const renamed = (await exportOf(host)).replace("SUMMARY:Review", "SUMMARY:Retrospective");
  expect(await importAs(host, write("own.ics", renamed))).toMatchObject({
    created: 0,
    updated: 1,
    unchanged: 1,
  });
  const { body } = await guest.rest("GET", "/events");
  expect((body as { records: object[] }).records).toMatchObject([
    { subject: "Retrospective", iCalUid: null },
  ]);
});

test("an export goes to a file where one is named", async () => {
  const dora = await world.person({ email: "dora@files.test" });
  await importAs(dora, write("dora.ics", FILE.join("\r\n")));
  const out = path.join(room, "out.ics");
  const outcome = await run("export", "--email", dora.email, "--out", out);
  expect(outcome.code).toBe(0);
  expect(JSON.parse(outcome.stdout)).toEqual({ file: out, exported: 1 });
  expect(fs.readFileSync(out, "utf8")).toBe(await exportOf(dora));
  const nowhere = await run("export", "--email", dora.email, "--out", path.join(room, "no/such/folder.ics"));
  expect(nowhere).toMatchObject({ code: 1, stdout: "" });
  expect(nowhere.stderr).toMatch(/^.*folder\.ics cannot be written: .*\n$/);
});

test("an export whose reader has had enough, such as head, ends with 0 and says nothing", async () => {
  const eve = await world.person({ email: "eve@files.test" });
  const child = spawn(process.execPath, [PROGRAM, "export", "--email", eve.email], {
    env: environment({ DATABASE_URL: world.databaseUrl }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (stderr += piece));
  const [code] = (await once(child, "close")) as [number | null];
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

/** Imports in this process, through the same function; answers the counts. */
async function importHere(person: Person, file: string): Promise<Counts> {
  const { given } = readCommand(["import", file, "--email", person.email]);
  const said: string[] = [];
  const counts = (await importCalendar({
    config: undefined as never,
    given,
    say: (line) => said.push(line),
    write: () => Promise.reject(new Error("An import writes nothing but its counts")),
    open: () => Promise.resolve(world.db),
  })) as Counts;
  expect(said).toHaveLength(counts.problems);
  return counts;
}

const folders = [path.join(ROOT, "test/data"), process.env.SAMPLE_ICS_DIR ?? ""].filter(Boolean);

test.each(folders)(
  "every file of %s goes in whole, and again without a trace",
  async (folder) => {
    const files = fs.readdirSync(folder).filter((name) => name.endsWith(".ics"));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      const person = await world.person();
      const file = path.join(folder, name);
      const first = await importHere(person, file);
      const written = fs.readFileSync(file, "utf8").match(/^BEGIN:VEVENT\s*$/gim) ?? [];
      expect({ name, components: first.components }).toEqual({ name, components: written.length });
      const { body } = await person.rest("GET", "/events");
      expect({ name, length: body.length }).toEqual({ name, length: first.created });
      const second = await importHere(person, file);
      expect({ name, ...second }).toEqual({
        ...{ name, ...first },
        ...{ created: 0, updated: 0, unchanged: first.created },
      });
      const feed = await person.rest("GET", `/events?showDeleted=true&since=${body.nextDeltaToken}`);
      expect({ name, rows: feed.body.records }).toEqual({ name, rows: [] });
    }
  },
  240_000,
);
