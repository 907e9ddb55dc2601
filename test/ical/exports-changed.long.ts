// Real exports of other programs, brought in, changed at their source and brought in again: the calendar is then what a fresh import
// of the newer file makes, and what people have answered in between stays. The files of test/data, and those of SAMPLE_ICS_DIR.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { importBytes } from "../support/calendar-import";
import {
  CHANGES,
  changedExport,
  readExport,
  writeExport,
  type Export,
  type Program,
} from "../support/changed-exports";
import { overridesOf, seriesOf } from "../support/series-in-files";
import { openWorld, type Person, type World } from "../support/world";

jest.setTimeout(600_000);

let world: World;

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0 });
});
afterAll(() => world.close());

/** Of whose users none is in a file, so that a colleague of Ada's can be put on every list. */
const BEN = "ben@colleague.test";
const withBen = (file: Export): Export => ({
  ...file,
  vevents: file.vevents.map((lines) => [...lines, `ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:${BEN}`]),
});

/** The database's clock, as if the file had just been written: what is long over is not taken in. */
const setClock = (ms: number): Promise<unknown> =>
  world.sql.query(`
    create or replace function tidemark_now() returns timestamptz language sql volatile
    as $$ select clock_timestamp() + interval '${ms - Date.now()} ms' $$`);

interface Row {
  id: string;
  said: { people: { email: string; name: string | null; status: string }[] } & Record<string, unknown>;
}

async function rowsOf(person: Person): Promise<Row[]> {
  const { rows } = await world.sql.query<Row>(
    `select e.id::text, jsonb_build_object('subject', e.subject, 'location', e.location, 'description', e.description,
       'start', e.start_time, 'end', e.end_time, 'allDay', e.all_day, 'zone', e.timezone, 'private', e.private,
       'showAs', e.show_as, 'status', e.status, 'place', e.recurrence_id, 'uid', e.i_cal_uid,
       'people', (select jsonb_agg(jsonb_build_object('email', a ->> 'emailAddress', 'name', a ->> 'name', 'status', a ->> 'status')
                    order by a ->> 'emailAddress') from jsonb_array_elements(e.attendees) a)) as said
     from event e where e.owner_id = $1 order by e.start_time, e.i_cal_uid, e.id`,
    [person.id],
  );
  return rows;
}

const others = ({ said }: Row): object => ({
  ...said,
  people: (said.people ?? []).map((one) => (one.email === BEN ? { email: BEN } : one)),
});

/** What a calendar has, without what tells one import from another, and without what Ben has answered. */
async function standOf(person: Person): Promise<unknown> {
  const series = (await seriesOf(world, person)).map(({ id: _id, ...rest }) => rest);
  const bySubject = series.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    rows: (await rowsOf(person)).map(others).map((row) => JSON.stringify(row)),
    series: bySubject,
    overrides: await overridesOf(world, person),
  };
}

const answersOf = async (person: Person): Promise<Map<string, string | undefined>> =>
  new Map(
    (await rowsOf(person)).map(({ id, said }) => [
      id,
      said.people.find(({ email }) => email === BEN)?.status,
    ]),
  );

/** A few answers of each kind, one to a whole series. */
async function answer(ben: Person, events: readonly string[]): Promise<void> {
  const few = events.slice(-40);
  const calls = few.map(
    (id, n) => `a${n}: respondToEvent(id: ${id}, status: "${n % 2 ? "Accepted" : "Declined"}") { id }`,
  );
  for (let from = 0; from < calls.length; from += 10) {
    const reply = await ben.graphql(`mutation { ${calls.slice(from, from + 10).join(" ")} }`);
    expect(reply.errors).toBeUndefined();
  }
}

/** Google and Exchange stamp all that they write; Exchange counts nothing in what it publishes. */
function programOf({ head }: Export): Program {
  const written = head.join("\n");
  const isExchange = /PRODID:Microsoft Exchange/.test(written);
  return { stampsAll: isExchange || /Google/.test(written), counts: !isExchange };
}

/** Both in a fresh organisation, with the file as it was; Ben has answered. */
async function people(): Promise<{ ada: Person; ben: Person; fresh: Person }> {
  const [here, elsewhere] = [await world.organisation(), await world.organisation()];
  const ada = await world.person({ name: "Ada", organisationId: here });
  const ben = await world.person({ name: "Ben", email: BEN, organisationId: here });
  return { ada, ben, fresh: await world.person({ name: "Ada", organisationId: elsewhere }) };
}

const FOLDERS = [join(__dirname, "../data"), process.env.SAMPLE_ICS_DIR ?? ""].filter((one) => one !== "");
const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".ics"))
    .map((name) => join(folder, name)),
);
if (!process.env.SAMPLE_ICS_DIR)
  test.skip("exports of SAMPLE_ICS_DIR are changed at their source (not set)", () => undefined);

const REDATED = ["series that end sooner", "series with half as many meetings"];

const CASES = FILES.flatMap((path) => {
  const file = withBen(readExport(readFileSync(path, "utf8")));
  return Object.entries(CHANGES).flatMap(([name, change]) => {
    const changed = changedExport(file, change, programOf(file));
    return changed ? [{ file: basename(path), name, before: file, after: changed }] : [];
  });
});

test.each(CASES)(
  "$file, brought in again with $name, comes to what it says",
  async ({ name, before, after }) => {
    const isRedated = REDATED.includes(name);
    const { ada, ben, fresh } = await people();
    await setClock(after.at + 3_600_000);
    const first = await importBytes(world, ada, writeExport(before));
    const had = [...(await answersOf(ada)).keys()];
    await answer(ben, had);
    const answers = await answersOf(ada);

    const second = await importBytes(world, ada, writeExport(after));
    await importBytes(world, fresh, writeExport(after));
    const stands = await standOf(ada);
    expect(stands).toEqual(await standOf(fresh));
    const now = await answersOf(ada);
    const ids = [...now.keys()];
    const lost = ids.filter((id) => answers.has(id) && answers.get(id) !== now.get(id));
    expect(lost).toEqual([]);
    // What has another date may be another event; all else keeps its id.
    const stayed = ids.filter((id) => answers.has(id)).length;
    if (!isRedated)
      expect({ stayed, first, second }).toMatchObject({ stayed: Math.min(had.length, ids.length) });

    expect(await importBytes(world, ada, writeExport(after))).toMatchObject({
      ...{ created: 0, updated: 0, removed: 0 },
    });
    // What says no time counts as the one at hand.
    if (!before.vevents.every((lines) => lines.some((line) => line.startsWith("DTSTAMP")))) return;
    await importBytes(world, ada, writeExport(before));
    expect(await standOf(ada)).toEqual(stands);
  },
);
