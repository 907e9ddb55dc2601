// The connection that look-ups of one row share.
import { openWorld, type Person, type World } from "../support/world";

const SIZE = 3;
const AT = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };

let world: World;
let ada: Person;

beforeEach(async () => {
  world = await openWorld({ databasePool: SIZE });
  ada = await world.person();
});
afterEach(() => world.close());

test("a poll that finds nothing waits for none of the connections that others hold", async () => {
  await ada.rest("POST", "/events", AT);
  const { nextDeltaToken } = (await ada.rest("GET", "/events")).body;
  const held = await Promise.all(Array.from({ length: SIZE }, () => world.db.pool.connect()));
  try {
    const poll = await ada.rest("GET", `/events?deltaToken=${nextDeltaToken}&showDeleted=true`);
    expect([poll.status, poll.body.records]).toEqual([200, []]);
  } finally {
    for (const client of held) client.release();
  }
});

test("hundreds of polls at once are each answered for the calendar that they asked", async () => {
  const people = [ada, ...(await Promise.all([world.person(), world.person(), world.person()]))];
  const ids = await Promise.all(
    people.map(async (one) => (await one.rest("POST", "/events", AT)).body.id as string),
  );
  const polls = Array.from({ length: 240 }, (_, n) => n % people.length);
  const answers = await Promise.all(polls.map((n) => people[n]!.rest("GET", "/events?since=0")));
  expect(answers.map(({ body }) => body.records.map(({ id }: { id: string }) => id))).toEqual(
    polls.map((n) => [ids[n]]),
  );
});

test("where the connection of look-ups breaks, what is asked on it is 503 at most, and what is asked next has another", async () => {
  const poll = (): ReturnType<Person["rest"]> => ada.rest("GET", "/events?since=0&limit=1");
  expect((await poll()).status).toBe(200);
  const { rowCount } = await world.sql.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and query like '%from try_calendar_barrier(%'`,
  );
  expect(rowCount).toBe(1);
  const statuses = [(await poll()).status];
  while (statuses.at(-1) !== 200 && statuses.length < 20) statuses.push((await poll()).status);
  expect(statuses.at(-1)).toBe(200);
  expect(statuses.slice(0, -1).filter((status) => status !== 503)).toEqual([]);
});
