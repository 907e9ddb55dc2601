// excludeOwn hides what the caller did and nothing else, also where the caller overtakes somebody else's change.
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let web: Person;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  ada = await world.person();
  web = await ada.through("web");
});
afterAll(() => world.close());

const meeting = { startTime: "2027-01-01T10:00:00Z", endTime: "2027-01-01T11:00:00Z" };

async function create(person: Person, subject: string): Promise<string> {
  return (await person.rest("POST", "/events", { ...meeting, subject })).body.id as string;
}

interface Page {
  records: { id: string }[];
  watermark: string | null;
  endCursor: string;
  hasMore: boolean;
}

async function page(since: string, after: string | null, first: number): Promise<Page> {
  const query = `query ($since: DateTime, $after: String, $first: Int!) {
    changes(since: $since, after: $after, first: $first, excludeOwn: true) { records { id } watermark endCursor hasMore } }`;
  return (await ada.graphql(query, { since, after, first })).data.changes as Page;
}

test("a stranger's change that the caller overtakes between two pages comes with the second", async () => {
  const since = (await ada.rest("GET", "/events")).body.nextDeltaToken as string;
  const theirs = await create(web, "theirs, overtaken");
  const first = await create(web, "first page");
  await create(web, "first page, too");
  await create(web, "second page");
  await web.rest("PATCH", `/events/${theirs}`, { location: "theirs" });
  const begun = await page(since, null, 2);
  expect(begun).toMatchObject({ hasMore: true, records: [{ id: first }, {}] });
  await ada.rest("PATCH", `/events/${theirs}`, { subject: "mine" });
  const ended = await page(since, begun.endCursor, 100);
  expect(ended.records.map(({ id }) => id)).toContain(theirs);
  expect(ended.hasMore).toBe(false);
  expect(await page(ended.watermark!, null, 100)).toMatchObject({ records: [] });
});

test("a stranger's change that the caller overtakes while a feed is read is in that answer or the next", async () => {
  const since = (await ada.rest("GET", "/events")).body.nextDeltaToken as string;
  const theirs = await create(web, "theirs, overtaken");
  const { pool } = world.db;
  const query = pool.query.bind(pool);
  const overtakes = jest.spyOn(pool, "query");
  overtakes.mockImplementation(async (statement) => {
    // The statement that reads the entries; the clock has been read.
    if (statement.text.includes("with ties")) {
      overtakes.mockRestore();
      await ada.rest("PATCH", `/events/${theirs}`, { subject: "mine" });
    }
    return query(statement);
  });
  const poll = async (from: string) =>
    (await ada.rest("GET", `/events?showDeleted=true&excludeOwn=true&since=${from}`)).body;
  const first = await poll(since);
  const second = await poll(first.nextDeltaToken as string);
  expect([...first.records, ...second.records].map(({ id }) => id)).toEqual([theirs]);
});
