// Lists: their envelope, their order, their windows, and that pages come to the same as the whole.
import fc from "fast-check";
import { EVENT, graphql } from "../support/doors";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOON = Date.parse("2026-03-02T12:00:00Z");
const at = (ms: number): string => new Date(ms).toISOString();
const ids = (rows: any[]): string[] => rows.map((row) => row.id);

async function list(who: Person, path: string): Promise<any> {
  const { status, body } = await who.rest("GET", path);
  expect([status, body.message]).toEqual([200, undefined]);
  expect(body.length).toBe(body.records.length);
  return body;
}

async function create(who: Person, startTime: unknown, endTime: unknown, more: object = {}): Promise<any> {
  const { status, body } = await who.rest("POST", "/events", { startTime, endTime, ...more });
  expect([status, body.message]).toEqual([201, undefined]);
  return body;
}

describe("the envelope", () => {
  test("an empty list is a list, and says from where to go on", async () => {
    const nobody = await world.person();
    for (const path of ["/events", "/events?since=0", "/events?since=0&showDeleted=true", "/deletedEvents"]) {
      const body = await list(nobody, path);
      expect(body).toEqual({ records: [], nextDeltaToken: expect.stringMatching(/^\d{4}-.*Z$/), length: 0 });
      expect(await list(nobody, `${path}${path.includes("?") ? "&" : "?"}limit=10`)).toEqual(body);
    }
    expect(await list(nobody, "/contacts")).toEqual({ records: [], length: 0 });
    const users = await list(nobody, "/users?email=person0@nowhere.test");
    expect(users).toEqual({ records: [], length: 0 });
  });

  test("nextPageToken is there only where more follows, nextDeltaToken only on the last page", async () => {
    const ada = await world.person();
    for (let count = 0; count < 4; count++) await create(ada, NOON, NOON);
    await ada.rest("DELETE", `/events/${(await create(ada, NOON, NOON)).id}`);
    for (const path of [
      "/events?x=1",
      "/events?since=0",
      "/events?endAt=9000000000000",
      "/events?deltaToken=0",
    ]) {
      const page = await list(ada, `${path}&limit=3`);
      expect(Object.keys(page)).toEqual(["records", "nextPageToken", "length"]);
      expect(page.nextPageToken).toMatch(/^[\w.-]{20,}$/);
      const last = await list(ada, `${path}&limit=3&pageToken=${page.nextPageToken}`);
      expect(Object.keys(last)).toEqual(["records", "nextDeltaToken", "length"]);
      expect(last.length).toBe(1);
      expect(Object.keys(await list(ada, `${path}&limit=4`))).toEqual([
        "records",
        "nextDeltaToken",
        "length",
      ]);
    }
  });
});

describe("a window", () => {
  let ada: Person;
  const window = (startAt: number | null, endAt: number | null, more = ""): string =>
    `/events?${[startAt === null ? "" : `startAt=${at(startAt)}`, endAt === null ? "" : `endAt=${at(endAt)}`, more].filter(Boolean).join("&")}`;

  beforeEach(async () => {
    ada = await world.person();
  });

  test("holds what overlaps it, half open: touching an edge is outside, no length counts where it starts", async () => {
    const [from, to] = [NOON, NOON + HOUR_MS];
    const cases: [string, number, number, boolean][] = [
      ["ends where the window starts", from - HOUR_MS, from, false],
      ["ends a millisecond later", from - HOUR_MS, from + 1, true],
      ["starts where the window ends", to, to + HOUR_MS, false],
      ["starts a millisecond earlier", to - 1, to + HOUR_MS, true],
      ["lies inside", from + 1, to - 1, true],
      ["is the window", from, to, true],
      ["covers it", from - HOUR_MS, to + HOUR_MS, true],
      ["no length, at the start", from, from, true],
      ["no length, inside", from + 1, from + 1, true],
      ["no length, at the end", to, to, false],
      ["no length, just before", from - 1, from - 1, false],
      ["began the day before", from - DAY_MS, from + 1, true],
      ["began a millisecond more than a day before", from - DAY_MS - 1, from + 1, true],
      ["began long before and ended with the day before", from - 40 * DAY_MS, from, false],
      ["began years before", from - 4000 * DAY_MS, from + 1, true],
      ["lasts from 1970 to 9999", 0, Date.parse("9999-12-31T23:59:59.999Z"), true],
    ];
    const inside: string[] = [];
    for (const [subject, start, end, expected] of cases) {
      const { id } = await create(ada, start, end, { subject });
      if (expected) inside.push(id);
    }
    const { records } = await list(ada, window(from, to));
    const wanted = cases.filter(([, , , expected]) => expected).map(([subject]) => subject);
    expect(records.map((row: any) => row.subject).sort()).toEqual(wanted.sort());
    expect(ids((await graphql.interval(ada, { startAt: at(from), endAt: at(to) })).value)).toEqual(
      ids(records),
    );
    const feed = await list(ada, window(from, to, "since=0"));
    expect(ids(feed.records).sort()).toEqual(inside.sort());
  });

  test("either bound alone is fine", async () => {
    const early = await create(ada, NOON, NOON + HOUR_MS);
    const late = await create(ada, NOON + 2 * HOUR_MS, NOON + 3 * HOUR_MS);
    expect((await list(ada, window(NOON + HOUR_MS, null))).records).toEqual([late]);
    expect((await list(ada, window(NOON + HOUR_MS - 1, null))).records).toEqual([early, late]);
    expect((await list(ada, window(null, NOON + 2 * HOUR_MS))).records).toEqual([early]);
    expect((await list(ada, window(null, NOON))).records).toEqual([]);
    expect((await list(ada, window(0, null))).records).toEqual([early, late]);
  });

  test("an all-day event is found on its UTC dates", async () => {
    const event = await create(ada, "2026-03-02", null, { allDay: true });
    const day = Date.parse("2026-03-02T00:00:00Z");
    expect((await list(ada, window(day + DAY_MS - 1, day + DAY_MS))).records).toEqual([event]);
    expect((await list(ada, window(day + DAY_MS, day + 2 * DAY_MS))).records).toEqual([]);
  });

  test("events come by start, then id; the watermark is the clock from before the first page was read", async () => {
    const second = await create(ada, NOON, NOON + HOUR_MS);
    const third = await create(ada, NOON, NOON);
    const first = await create(ada, NOON - 30 * DAY_MS, NOON + 1);
    const page = await list(ada, window(NOON, NOON + 1, "limit=1"));
    expect(page.records).toEqual([first]);
    const late = await create(ada, NOON - 60 * DAY_MS, NOON + 1);
    const rest = await list(ada, window(NOON, NOON + 1, `limit=5&pageToken=${page.nextPageToken}`));
    expect(rest.records).toEqual([second, third]);
    expect(rest.nextDeltaToken).toBe(first.lastModifiedAt);
    // The pages began before this one was made; polling from their token finds it.
    expect((await list(ada, `/events?since=${rest.nextDeltaToken}`)).records).toEqual([late]);
  });

  test("any window of any events holds exactly those that overlap it", async () => {
    const times = fc.tuple(fc.integer({ min: -60, max: 60 }), fc.constantFrom(0, 1, 5, 23, 24, 25, 48, 1000));
    const events = await Promise.all(
      fc
        .sample(times, { numRuns: 60, seed: 7 })
        .map(([start, hours]) => create(ada, NOON + start * HOUR_MS, NOON + (start + hours) * HOUR_MS)),
    );
    const bound = fc.option(fc.integer({ min: -80, max: 80 }).map((hours) => NOON + hours * HOUR_MS));
    await fc.assert(
      fc.asyncProperty(bound, bound, async (from, to) => {
        fc.pre(from === null || to === null || from < to);
        const overlaps = events.filter(({ startTime, endTime }) => {
          const [start, end] = [Date.parse(startTime as string), Date.parse(endTime as string)];
          if (to !== null && start >= to) return false;
          return from === null || end > from || (start === end && start >= from);
        });
        const order = (a: any, b: any): number =>
          Date.parse(a.startTime) - Date.parse(b.startTime) || Number(a.id) - Number(b.id);
        expect((await list(ada, window(from, to))).records).toEqual([...overlaps].sort(order));
      }),
      { numRuns: 30 },
    );
  });
});

describe("pages come to the whole", () => {
  let ada: Person;
  beforeAll(async () => {
    ada = await world.person({ role: "admin" });
    for (let count = 0; count < 20; count++) {
      await create(ada, NOON + (count % 4) * HOUR_MS, NOON + (count % 7) * 12 * HOUR_MS + 5 * HOUR_MS);
    }
    // Twenty changes of one transaction: some share a tick, which a page of the feed does not split.
    await world.sql.query(`update event set subject = 'shared' where owner_id = $1 and id % 3 = 0`, [ada.id]);
    const { records } = await list(ada, "/events");
    for (const { id } of records.slice(3, 10)) await ada.rest("DELETE", `/events/${id}`);
    for (let count = 0; count < 12; count++) {
      await ada.rest("POST", "/contacts", { name: `C ${count % 5}`, email: `c${count}@acme.co` });
      await world.person({ name: `Same name ${count % 3}` });
    }
  });

  const whole = async (path: string, limit: number): Promise<any[]> => {
    const rows: any[] = [];
    let token = "";
    for (let page = 0; page < 100; page++) {
      const body = await list(ada, `${path}&limit=${limit}${token}`);
      rows.push(...(body.records as any[]));
      if (body.nextPageToken === undefined) return rows;
      expect(body.records.length).toBeGreaterThan(0);
      token = `&pageToken=${body.nextPageToken}`;
    }
    throw new Error("The pages do not end.");
  };

  test.each([
    "/events?a=b",
    `/events?startAt=${at(NOON + 6 * HOUR_MS)}`,
    `/events?startAt=${at(NOON + 5 * HOUR_MS)}&endAt=${at(NOON + 40 * DAY_MS)}`,
    "/events?since=0",
    "/events?since=0&showDeleted=true",
    `/events?showDeleted=true&endAt=${at(NOON + 2 * HOUR_MS)}`,
    "/deletedEvents?a=b",
    "/contacts?a=b",
    "/records?q=c",
    "/users?a=b",
    "/calendars?all=true",
  ])("of %s, whatever the limit", async (path) => {
    const { records } = await list(ada, path);
    expect(records.length).toBeGreaterThan(2);
    expect(new Set(ids(records)).size).toBe(records.length);
    for (const limit of [1, 3, records.length, 1000]) {
      expect([limit, await whole(path, limit)]).toEqual([limit, records]);
    }
  });

  test("a page may be followed by the whole rest", async () => {
    for (const path of ["/events?a=b", "/events?since=0&showDeleted=true", "/users?a=b"]) {
      const { records, ...end } = await list(ada, path);
      const page = await list(ada, `${path}&limit=2`);
      const rest = await list(ada, `${path}&pageToken=${page.nextPageToken}`);
      expect([...page.records, ...rest.records]).toEqual(records);
      expect(rest.nextDeltaToken).toBe(end.nextDeltaToken);
    }
  });

  test("forwards and backwards through GraphQL, by start and by last change", async () => {
    const query = `query($orderBy: EventOrder!, $first: Int, $after: String, $last: Int, $before: String) {
      events(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { ${EVENT} } } } }`;
    const { records } = await list(ada, "/events");
    const newest = [...records].sort(
      (a, b) => Date.parse(b.lastModifiedAt) - Date.parse(a.lastModifiedAt) || Number(b.id) - Number(a.id),
    );
    for (const [orderBy, expected] of [
      ["START", records],
      ["LAST_CHANGE", newest],
    ] as const) {
      for (const size of [1, 5]) {
        const [forwards, backwards]: [any[], any[]] = [[], []];
        let place: object = { first: size };
        for (let more = true; more;) {
          const { events } = (await ada.graphql(query, { orderBy, ...place })).data;
          expect(events.totalCount).toBe(expected.length);
          expect(events.pageInfo.hasPreviousPage).toBe(forwards.length > 0);
          forwards.push(...events.edges.map((edge: any) => edge.node));
          more = events.pageInfo.hasNextPage;
          place = { first: size, after: events.pageInfo.endCursor };
        }
        place = { last: size };
        for (let more = true; more;) {
          const { events } = (await ada.graphql(query, { orderBy, ...place })).data;
          expect(events.pageInfo.hasNextPage).toBe(backwards.length > 0);
          backwards.unshift(...events.edges.map((edge: any) => edge.node));
          more = events.pageInfo.hasPreviousPage;
          place = { last: size, before: events.pageInfo.startCursor };
        }
        expect([orderBy, size, forwards, backwards]).toEqual([orderBy, size, expected, expected]);
      }
    }
  });

  test("changes and deletedEvents by their cursors, a tick never split, the watermark with the last page", async () => {
    const { records } = await list(ada, "/events?since=0&showDeleted=true");
    const deleted = (await list(ada, "/deletedEvents")).records;
    for (const first of [1, 3, 1000]) {
      const [changes, removed]: [string[], string[]] = [[], []];
      for (const [field, found] of [
        ["changes", changes],
        ["deletedEvents", removed],
      ] as const) {
        const query = `query($after: String) { ${field}(after: $after, first: ${first}) { records { id } endCursor watermark hasMore } }`;
        let after: string | null = null;
        for (let more = true; more;) {
          const { data }: { data: any } = await ada.graphql(query, { after });
          found.push(...ids(data[field].records as any[]));
          after = data[field].endCursor as string;
          more = data[field].hasMore as boolean;
          expect(data[field].watermark).toEqual(more ? null : expect.stringMatching(/Z$/));
        }
        // After the last page: nothing, until something changes.
        const { data }: { data: any } = await ada.graphql(query, { after });
        expect(data[field]).toMatchObject({ records: [], hasMore: false, watermark: expect.any(String) });
      }
      expect([changes, removed]).toEqual([ids(records), ids(deleted)]);
    }
  });

  test("rows of a page have no watermark: a client that took one would lose the rest of the page", async () => {
    const { data } = await ada.graphql(
      "{ changes(first: 3) { records { watermark event { owner { id } } } } }",
    );
    expect(data.changes.records.map(({ watermark }: any) => watermark)).toEqual([null, null, null]);
    const printed = await ada.graphql("{ changes(first: 3) { records { watermark } } }");
    expect(printed.data.changes.records).toEqual(Array(3).fill({ watermark: null }));
  });

  test("a feed's cursor is good for that feed, that since and that caller, and not when it was touched", async () => {
    const admin = await world.person({ role: "admin", organisationId: ada.organisationId });
    const other = await ada.through("another");
    const since = "2001-01-01T00:00:00Z";
    const get = (who: Person, field: string, after: string, selection = "endCursor") =>
      who.graphql(`query($after: String) { ${field.replace(")", ", after: $after)")} { ${selection} } }`, {
        after,
      });
    const made = await ada.graphql(`{ changes(since: "${since}", first: 1) { endCursor } }`);
    const cursor = made.data.changes.endCursor as string;
    const feed = `changes(since: "${since}", first: 1)`;
    for (const fine of [
      feed,
      "changes(first: 500)",
      `changes(since: "${since}", calendarId: ${ada.calendarId})`,
    ]) {
      expect([fine, (await get(ada, fine, cursor)).errors]).toEqual([fine, undefined]);
    }
    const refusals = await Promise.all([
      get(ada, "deletedEvents(first: 1)", cursor),
      get(ada, `changes(since: "${since}", includeDeleted: false)`, cursor),
      get(ada, `changes(since: "${since}", excludeOwn: true)`, cursor),
      get(ada, `changes(since: "2002-01-01T00:00:00Z")`, cursor),
      get(ada, `changes(since: "1970-01-01T00:00:00Z")`, cursor),
      get(admin, `changes(calendarId: ${ada.calendarId})`, cursor),
      get(admin, feed, cursor),
      ...[`${cursor}x`, `${cursor}=`, cursor.slice(1), cursor.slice(0, -1), "", "x", since].map((after) =>
        get(ada, feed, after),
      ),
      ...Array.from({ length: cursor.length }, (_, at) =>
        get(ada, feed, `${cursor.slice(0, at)}${cursor[at] === "B" ? "C" : "B"}${cursor.slice(at + 1)}`),
      ),
    ]);
    for (const { errors } of refusals) {
      expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field: "after" }] });
    }
    // What is left out is the client's own: another client's cursor would be of another list.
    const own = `changes(since: "${since}", excludeOwn: true, first: 1)`;
    const begun = (await ada.graphql(`{ ${own} { endCursor } }`)).data.changes.endCursor as string;
    expect((await get(ada, own, begun)).errors).toBeUndefined();
    expect((await get(other, own, begun)).errors?.[0]?.extensions.code).toBe("bad_request");
  });
});

describe("the feed at rest", () => {
  test("since is exclusive; from its own watermark it is empty, and from beyond the clock too", async () => {
    const ada = await world.person();
    const [first, second] = [await create(ada, NOON, NOON), await create(ada, NOON, NOON)];
    const feed = await list(ada, "/events?since=1970-01-01T00:00:00Z");
    expect(feed.records).toEqual([first, second]);
    expect(feed.nextDeltaToken).toBe(second.lastModifiedAt);
    expect((await list(ada, `/events?since=${first.lastModifiedAt}`)).records).toEqual([second]);
    const nothing = { records: [], nextDeltaToken: feed.nextDeltaToken, length: 0 };
    for (const cursor of ["since", "deltaToken"]) {
      expect(await list(ada, `/events?${cursor}=${feed.nextDeltaToken}`)).toEqual(nothing);
      expect(await list(ada, `/events?${cursor}=2999-01-01T00:00:00Z`)).toEqual(nothing);
    }
  });

  test("an id is live or removed, never both", async () => {
    const ada = await world.person();
    const { id } = await create(ada, NOON, NOON);
    await ada.rest("DELETE", `/events/${id}`);
    expect(ids((await list(ada, "/events?since=0")).records)).toEqual([]);
    expect(ids((await list(ada, "/deletedEvents?since=0")).records)).toEqual([id]);
    expect(ids((await list(ada, "/events?since=0&showDeleted=true")).records)).toEqual([id]);
    expect(ids((await list(ada, "/events")).records)).toEqual([]);
  });
});

describe("single events and their versions", () => {
  let ada: Person;
  let event: any;
  let tag: string;
  beforeEach(async () => {
    ada = await world.person();
    event = await create(ada, NOON, NOON, { subject: "One" });
    tag = `"${event.id}-${Date.parse(event.lastModifiedAt)}"`;
  });

  test("the ETag is strong and can be built by the client; POST has a Location", async () => {
    const made = await ada.rest("POST", "/events", { startTime: NOON, endTime: NOON });
    expect(made.headers.get("location")).toBe(`/api/v1/events/${made.body.id}`);
    expect(made.headers.get("etag")).toBe(`"${made.body.id}-${Date.parse(made.body.lastModifiedAt)}"`);
    expect((await ada.rest("GET", `/events/${event.id}`)).headers.get("etag")).toBe(tag);
    const changed = await ada.rest("PATCH", `/events/${event.id}`, { subject: "Two" });
    expect(changed.headers.get("etag")).toBe(`"${event.id}-${Date.parse(changed.body.lastModifiedAt)}"`);
    expect(changed.headers.get("etag")).not.toBe(tag);
  });

  test("If-None-Match answers 304 without a body while the version is the same", async () => {
    const get = (value: string) =>
      ada.rest("GET", `/events/${event.id}`, undefined, { "If-None-Match": value });
    for (const value of [tag, `W/${tag}`, "*", `"x", ${tag}`]) {
      const { status, text, headers } = await get(value);
      expect([value, status, text, headers.get("etag")]).toEqual([value, 304, "", tag]);
    }
    for (const value of ['"x"', `"${event.id}-0"`]) expect((await get(value)).status).toBe(200);
    await ada.rest("PATCH", `/events/${event.id}`, { subject: "Two" });
    expect((await get(tag)).status).toBe(200);
  });

  test.each(["PATCH", "PUT", "DELETE"])(
    "If-Match on %s: 412 with the current event for any other version",
    async (method) => {
      const body = method === "DELETE" ? undefined : { subject: "Two", startTime: NOON, endTime: NOON };
      const write = (value: string) => ada.rest(method, `/events/${event.id}`, body, { "If-Match": value });
      for (const value of ['"x"', 'W/"x"', `"${event.id}-0"`]) {
        const refused = await write(value);
        expect([value, refused.status, refused.body.code]).toEqual([value, 412, "precondition_failed"]);
        expect(refused.body.current).toEqual(event);
      }
      expect((await ada.rest("GET", `/events/${event.id}`)).body).toEqual(event);
      expect((await write(`"x", W/${tag}`)).status).toBe(method === "DELETE" ? 204 : 200);
      expect((await write("*")).status).toBe(method === "DELETE" ? 204 : 200);
      const gone = await ada.rest(method, "/events/999999", body, { "If-Match": tag });
      expect(gone.status).toBe(404);
    },
  );

  test("DELETE is 204, and again 204 while the tombstone stands; what never was is 404", async () => {
    for (let time = 0; time < 3; time++) {
      const { status, text } = await ada.rest("DELETE", `/events/${event.id}`);
      expect([status, text]).toEqual([204, ""]);
    }
    expect((await ada.rest("DELETE", "/events/999999")).status).toBe(404);
    const feed = await list(ada, "/deletedEvents");
    expect(ids(feed.records)).toEqual([event.id]);
    expect((await ada.rest("GET", `/events/${event.id}`)).status).toBe(404);
    const removed = await ada.rest("GET", `/events/${event.id}?showDeleted=true`);
    expect(removed.body).toEqual(feed.records[0]);
  });
});
