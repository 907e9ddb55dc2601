// Every assault of the siege, for three seconds each.
import { SMALL_GROUND } from "./siege/ground";
import { ASSAULTS, siege } from "./siege/siege";
import { ensureBuilt } from "../support/child";
import { cloneDatabase } from "../support/world";

beforeAll(ensureBuilt);

const MINUTES = 1.2;

test("a siege makes every assault, tells all of each, finds no defect, and the service ends at SIGTERM", async () => {
  const database = await cloneDatabase();
  const settings = { DATABASE_URL: database.url };
  const plan = { minutes: MINUTES, pool: 10, sizes: SMALL_GROUND, settings, only: null, timed: false };
  const report = await siege(plan).finally(() => database.drop());
  expect(report.assaults.map(({ name }) => name)).toEqual(ASSAULTS.map(({ name }) => name));
  for (const { name, tally, examples, neighbour, ...told } of report.assaults) {
    const attempts = Object.values(tally).reduce((sum, count) => sum + count, 0);
    expect([name, attempts > 0, neighbour.requests > 0, neighbour.refusals]).toEqual([name, true, true, []]);
    expect(Object.keys(told).sort()).toEqual(
      [
        ...["descriptorsAfter", "found", "longestHoldMs", "longestWorkMs"],
        ...["mayTakeMb", "residentPeak", "seconds"],
      ].sort(),
    );
    expect([name, ...Object.keys(examples).filter((kind) => !/^(200|503) unavailable$/.test(kind))]).toEqual([
      name,
    ]);
  }
  expect(report.quiet.requests).toBeGreaterThan(0);
  expect(report.faults).toEqual([]);
  expect(report.stoppedAfterMs).not.toBeNull();
});
