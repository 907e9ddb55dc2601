// From nothing goes on to its end: a calendar whose tombstones were swept is read whole, page by page, at every door, and
// a subscription that begins with nothing can be broken off and taken up again anywhere.
import { TRANSPORTS } from "../support/live";
import { openWorld, type Person, type World } from "../support/world";

const MEETING = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const EPOCH = "1970-01-01T00:00:00.000Z";
/** More than a page of a subscription. */
const EVENTS = 120;

let world: World;
let ada: Person;
let live: string[];

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0 });
});
afterAll(() => world.close());

const sweep = () => world.sql.query("insert into sweep (before) values (now() + interval '1 minute')");

async function make(count: number): Promise<string[]> {
  const inputs = Array.from({ length: count }, (_, n) => ({ ...MEETING, subject: `Event ${n}` }));
  const mutation = "mutation ($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { id } }";
  const { data } = await ada.graphql(mutation, { inputs });
  return (data.createEvents as { id: string }[]).map(({ id }) => id);
}

async function remove(ids: readonly string[]): Promise<void> {
  await ada.graphql("mutation ($ids: [ID!]!) { deleteEvents(ids: $ids) { id } }", { ids });
}

/** Live events of many ticks, and later than all of them a floor. */
beforeEach(async () => {
  ada = await world.person();
  live = [];
  for (let made = 0; made < EVENTS; made += 10) live.push(...(await make(10)));
  await remove(await make(20));
  await sweep();
});

const idsOf = (rows: unknown): string[] => (rows as { id: string }[]).map(({ id }) => id);

describe("REST", () => {
  test.each(["/events?since=0&", "/events?showDeleted=true&", "/events?deltaToken=0&"])(
    "%s goes on by its page tokens to the end",
    async (path) => {
      const found: string[] = [];
      for (let more = ""; ;) {
        const { status, body } = await ada.rest("GET", `${path}limit=50${more}`);
        expect([status, body.code]).toEqual([200, undefined]);
        found.push(...idsOf(body.records));
        expect(Boolean(body.nextDeltaToken)).toBe(!body.nextPageToken);
        if (body.nextDeltaToken) break;
        more = `&pageToken=${body.nextPageToken}`;
      }
      expect(found).toEqual(live);
      expect((await ada.rest("GET", "/events?since=0")).body.records).toHaveLength(EVENTS);
    },
  );

  test("deletedEvents goes on after a sweep in the middle of it", async () => {
    const gone = await make(30);
    for (let n = 0; n < 30; n += 10) await remove(gone.slice(n, n + 10));
    const first = await ada.rest("GET", "/deletedEvents?limit=10");
    expect(first.body.records).toHaveLength(10);
    await sweep();
    const second = await ada.rest("GET", `/deletedEvents?limit=10&pageToken=${first.body.nextPageToken}`);
    expect([second.status, second.body.records]).toEqual([200, []]);
  });

  test("a since above the floor goes on after a sweep that has not passed what was read", async () => {
    const since = (await ada.rest("GET", "/events?since=0")).body.nextDeltaToken as string;
    const gone = await make(1);
    await remove(gone);
    const more = await make(10);
    await ada.rest("PATCH", `/events/${more[0]}`, { subject: "later" });
    const path = `/events?since=${since}&showDeleted=true&limit=10`;
    const first = await ada.rest("GET", path);
    await sweep();
    expect((await ada.rest("GET", path)).status).toBe(410);
    const second = await ada.rest("GET", `${path}&pageToken=${first.body.nextPageToken}`);
    expect([second.status, idsOf(second.body.records)]).toEqual([200, [more[0]]]);
  });

  test("what went since the first page and was swept is not passed over: the client begins anew", async () => {
    const first = await ada.rest("GET", "/events?showDeleted=true&limit=50");
    await remove(live.slice(0, 1));
    await sweep();
    const path = `/events?showDeleted=true&limit=50&pageToken=${first.body.nextPageToken}`;
    const second = await ada.rest("GET", path);
    expect([second.status, second.body.code]).toEqual([410, "syncToken.expired"]);
  });
});

describe("GraphQL", () => {
  test.each(["changes", `changes(since: "${EPOCH}")`, "changes(includeDeleted: false)"])(
    "%s goes on by its cursors to the end",
    async (field) => {
      const asked = field.includes("(") ? field.replace(")", ", ") : `${field}(`;
      const query = `query ($after: String) { ${asked}after: $after, first: 50) { records { id } endCursor hasMore watermark } }`;
      const found: string[] = [];
      let watermark: string | null = null;
      for (let after: string | null = null; watermark === null;) {
        const { data, errors } = await ada.graphql(query, { after });
        expect(errors).toBeUndefined();
        found.push(...idsOf(data.changes.records));
        expect(data.changes.hasMore).toBe(data.changes.watermark === null);
        after = data.changes.endCursor as string;
        watermark = data.changes.watermark as string | null;
      }
      expect(found).toEqual(live);
      const poll = await ada.graphql(`{ changes(since: "${watermark}") { records { id } } }`);
      expect(poll.data).toEqual({ changes: { records: [] } });
    },
  );

  test("deletedEvents goes on by its cursors after a sweep in the middle of it", async () => {
    const gone = await make(30);
    for (let n = 0; n < 30; n += 10) await remove(gone.slice(n, n + 10));
    const query =
      "query ($after: String) { deletedEvents(after: $after, first: 10) { records { id } endCursor hasMore } }";
    const begun = (await ada.graphql(query)).data.deletedEvents;
    expect([idsOf(begun.records), begun.hasMore]).toEqual([gone.slice(0, 10), true]);
    await sweep();
    const { data, errors } = await ada.graphql(query, { after: begun.endCursor as string });
    expect([errors, data.deletedEvents.records, data.deletedEvents.hasMore]).toEqual([undefined, [], false]);
  });
});

describe.each(TRANSPORTS)("a subscription over %s", (_name, follow) => {
  test("from nothing sends all there is, and then what comes", async () => {
    const heard = await follow(world.url, ada.token, { since: EPOCH });
    await heard.until(({ changes, errors }) => changes.length === EVENTS || errors.length > 0);
    expect([heard.errors, idsOf(heard.changes)]).toEqual([[], live]);
    const [later] = await make(1);
    await heard.until(({ changes }) => changes.length > EVENTS);
    expect(heard.changes.at(-1)).toMatchObject({
      id: later,
      watermark: heard.changes.at(-1)!.lastModifiedAt,
    });
    await heard.stop();
  });

  test("from nothing is taken up again from the watermark of any of its rows, and nothing is missed", async () => {
    const heard = await follow(world.url, ada.token, { since: EPOCH });
    await heard.until(({ changes }) => changes.length === EVENTS);
    await heard.stop();
    const marks = heard.changes.map(({ watermark }) => watermark);
    // Before the floor nothing but the epoch is safe; with the last row all is covered.
    expect(new Set(marks.slice(0, -1))).toEqual(new Set([EPOCH]));
    for (const at of [0, 49, 50, EVENTS - 2, EVENTS - 1]) {
      const [later] = await make(1);
      const again = await follow(world.url, ada.token, { since: marks[at] });
      await again.until(({ changes, errors }) => idsOf(changes).includes(later!) || errors.length > 0);
      expect(again.errors).toEqual([]);
      const known = new Set([...idsOf(heard.changes.slice(0, at + 1)), ...idsOf(again.changes)]);
      expect(live.filter((id) => !known.has(id))).toEqual([]);
      await again.stop();
      live.push(later!);
      heard.changes.push(...again.changes.slice(-1));
    }
  });
});
