// The hour of load under which instances end (npm run faults:hour), as half a minute; and that it finds what is wrong.
import { ensureBuilt } from "../support/child";
import { hangUp } from "../prove/http";
import { spendHour, type Wish } from "./hour";

const WISH: Wish = { minutes: 0.4, seed: "short", rate: 40, clients: 8, everySeconds: 5 };

beforeAll(ensureBuilt);
afterAll(hangUp);

test("under load, with an instance ended every few seconds, nothing is lost, made twice or answered with a defect", async () => {
  const report = await spendHour(WISH);
  console.log(report);
  expect(report.examples).toEqual([]);
  expect(report.faults).toBe(0);
  expect(report.kills).toBeGreaterThan(0);
  expect(report.stops).toBeGreaterThan(0);
  expect(report.operations).toBeGreaterThan(50);
});

test("an event that vanishes is found lost, and one that is there twice is found made twice", async () => {
  const wish = { ...WISH, minutes: 0.15, everySeconds: 60 };
  const { faults, lost, duplicates } = await spendHour({
    ...wish,
    meddle: async (instances) => {
      for (let made = 0; made < 20;) {
        const [row] = await instances.query("select count(*) as n from event where subject like 'diarist%'");
        made = Number(row?.n);
      }
      await instances.query("delete from event where subject like 'diarist1 %'");
      await instances.query(
        `insert into event (organisation_id, owner_id, subject, start_time, end_time)
         select organisation_id, owner_id, subject, start_time, end_time from event where subject like 'diarist2 %'`,
      );
    },
  });
  expect([faults > 0, lost > 0, duplicates > 0]).toEqual([true, true, true]);
});
