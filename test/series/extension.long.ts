// Two instances extend two hundred series that are all due at once: each occurrence is made once.
import { createLog } from "../../src/telemetry/log";
import { extendSeries, type Extension } from "../../src/series/extend";
import { openDatabase } from "../../src/database/open";
import { until } from "../support/wait";
import { openWorld, testConfig, type Person, type World } from "../support/world";

jest.setTimeout(600_000);

const SERIES = 200;
const AT_ONCE = 8;
const log = createLog("silent");

let world: World;
let people: Person[];

beforeAll(async () => {
  world = await openWorld();
  people = await Promise.all(["Ada", "Ben", "Cleo", "Dan"].map((name) => world.person({ name })));
});
afterAll(() => world.close());

async function make(number: number): Promise<void> {
  const at = new Date(Date.now() + (1 + (number % 7)) * 86_400_000).toISOString().slice(0, 10);
  const [owner, ...guests] = [0, 1, 2].map((index) => people[(number + index) % people.length]);
  const series = {
    subject: `Series ${number}`,
    ...{ startTime: `${at}T09:00:00Z`, endTime: `${at}T09:30:00Z`, timezone: "Europe/Paris" },
    attendees: guests.map((guest) => ({ userId: guest?.id })),
    recurrence: { rrule: "FREQ=WEEKLY" },
  };
  // Four calendars that eight at once write into: whoever waits for too long is told to come again, and does.
  await until(async () => {
    const made = await owner?.rest("POST", "/series", series);
    expect([201, 503]).toContain(made?.status);
    return made?.status === 201;
  });
}

const count = async (text: string): Promise<number> =>
  Number((await world.sql.query<{ n: string }>(`select count(*) as n from ${text}`)).rows[0]?.n);

test("two instances that look a year later make every occurrence of two hundred series once, and leave none due", async () => {
  for (let number = 0; number < SERIES; number += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => make(number + index)));
  const before = await count("event");
  expect(await count("series")).toBe(SERIES);
  await world.sql.query(`
    create or replace function tidemark_now() returns timestamptz language sql volatile
    as $$ select clock_timestamp() + interval '1 year' $$`);
  const others = await Promise.all(
    [1, 2].map(() => openDatabase(testConfig(world.databaseUrl), () => undefined)),
  );
  const done: Extension[] = [];
  const lookUntilDone = async (db: World["db"]): Promise<void> => {
    for (let isDue = true; isDue; isDue = (await count("series where extend_at <= tidemark_now()")) > 0)
      done.push(await extendSeries(db, log));
  };
  await Promise.all(others.map(lookUntilDone));
  for (const other of others) await other.close();
  const sum = (of: keyof Extension): number => done.reduce((all, one) => all + one[of], 0);
  expect(sum("failed")).toBe(0);
  expect(sum("extended")).toBe(SERIES);
  expect(sum("created")).toBe((await count("event")) - before);
  expect(await count("(select distinct series_id, recurrence_id from event) places")).toBe(
    await count("event"),
  );
  // Week after week from the first on, until a year from then.
  const { rows } = await world.sql.query<{ weeks: number; made: number; ahead: number }>(`
    select count(*)::int as made, 1 + (max(recurrence_id)::date - min(recurrence_id)::date) / 7 as weeks,
      max(recurrence_id)::date - tidemark_now()::date as ahead
    from event group by series_id`);
  expect(rows.filter(({ weeks, made }) => weeks !== made)).toEqual([]);
  expect(Math.min(...rows.map(({ ahead }) => ahead))).toBeGreaterThan(355);
  // Each is in the calendars of three.
  expect(await count("calendar_entry where removed_at is null")).toBe(3 * (await count("event")));
});
