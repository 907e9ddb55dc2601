// Relay's rules for connections, held by `events` and `records`: pages in both directions, cursors that stay.
import fc from "fast-check";
import { statementsOf } from "../support/statements";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;
/** Ids in the order of each list. */
const whole: Record<string, string[]> = {};
const EVENTS = 23;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada" });
  // Starts and names that repeat: the id settles ties.
  for (let i = 0; i < EVENTS; i++) await addEvent(ada, `2026-03-0${1 + ((i * 5) % 7)}T09:00:00Z`);
  const records = Array.from({ length: 17 }, (_, i) => ({ type: "Lead", name: `Lead ${(i * 3) % 5}` }));
  await ada.graphql("mutation($records: [RecordInput!]!) { saveRecords(records: $records) { id } }", {
    records,
  });
  for (const order of ["START", "LAST_CHANGE"]) whole[order] = idsOf(await page(order, { first: 1000 }));
  whole.records = idsOf(await page("records", { first: 1000 }));
});
afterAll(() => world.close());

async function addEvent(who: Person, startTime: string, subject = "Meeting"): Promise<string> {
  const { body } = await who.rest("POST", "/events", { subject, startTime, endTime: startTime });
  return body.id;
}

interface PageWish {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

const PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }";

function ask(list: string, wish: PageWish, who = ada): ReturnType<Person["graphql"]> {
  if (list === "records") {
    return who.graphql(
      `query($first: Int = 100, $after: String) { page: records(first: $first, after: $after) { ${PAGE} } }`,
      { ...wish },
    );
  }
  return who.graphql(
    `query($order: EventOrder!, $first: Int, $after: String, $last: Int, $before: String) {
      page: events(orderBy: $order, first: $first, after: $after, last: $last, before: $before) { ${PAGE} } }`,
    { order: list, ...wish },
  );
}

async function page(list: string, wish: PageWish, who = ada): Promise<any> {
  const { data, errors } = await ask(list, wish, who);
  expect(errors).toBeUndefined();
  return data.page;
}

const idsOf = ({ edges }: any): string[] => edges.map(({ node }: any) => node.id);

/** All pages from one end to the other, in the order they were asked for. */
async function pages(list: string, size: number, backwards: boolean): Promise<any[]> {
  const all: any[] = [];
  let cursor: string | null = null;
  for (;;) {
    const one: any = await page(
      list,
      backwards ? { last: size, before: cursor } : { first: size, after: cursor },
    );
    all.push(one);
    if (!(backwards ? one.pageInfo.hasPreviousPage : one.pageInfo.hasNextPage)) return all;
    cursor = backwards ? one.pageInfo.startCursor : one.pageInfo.endCursor;
  }
}

const ORDERS = ["START", "LAST_CHANGE"];
const LISTS = [...ORDERS, "records"];

test("events come by start, then id, or newest change first", async () => {
  const nodes = async (order: string): Promise<any[]> => {
    const { data } = await ada.graphql(
      `{ events(orderBy: ${order}) { edges { node { id startTime lastModifiedAt } } } }`,
    );
    return data.events.edges.map(({ node }: any) => node);
  };
  const byStart = await nodes("START");
  const keys = byStart.map(({ startTime, id }) => `${startTime} ${id.padStart(9, "0")}`);
  expect(keys).toEqual([...keys].sort());
  const changes = (await nodes("LAST_CHANGE")).map(({ lastModifiedAt }) => lastModifiedAt);
  expect(changes).toEqual([...changes].sort().reverse());
  expect(byStart).toHaveLength(EVENTS);
});

test.each(LISTS)("%s: pages forwards, of any size, make up the whole", async (list) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (size) => {
      const all = await pages(list, size, false);
      expect(all.flatMap(idsOf)).toEqual(whole[list]);
      for (const [index, one] of all.entries()) {
        expect(one.edges.length).toBe(index < all.length - 1 ? size : one.edges.length);
        expect(one.pageInfo.hasNextPage).toBe(index < all.length - 1);
        expect(one.pageInfo.hasPreviousPage).toBe(index > 0);
        expect(one.pageInfo.startCursor).toBe(one.edges[0].cursor);
        expect(one.pageInfo.endCursor).toBe(one.edges.at(-1).cursor);
      }
    }),
    { numRuns: 6, examples: [[1], [EVENTS], [EVENTS - 1]] },
  );
});

test.each(ORDERS)(
  "%s: pages backwards, of any size, make up the whole, each in the list's own order",
  async (list) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (size) => {
        const all = await pages(list, size, true);
        expect([...all].reverse().flatMap(idsOf)).toEqual(whole[list]);
        for (const [index, one] of all.entries()) {
          expect(one.pageInfo.hasPreviousPage).toBe(index < all.length - 1);
          expect(one.pageInfo.hasNextPage).toBe(index > 0);
        }
      }),
      { numRuns: 6, examples: [[1], [EVENTS], [EVENTS - 1]] },
    );
  },
);

test.each(ORDERS)(
  "%s: every edge's cursor leads to what follows it, and to what precedes it",
  async (list) => {
    const { edges } = await page(list, { first: 1000 });
    for (const [index, { cursor }] of edges.entries()) {
      if (index % 4 !== 0) continue;
      expect(idsOf(await page(list, { first: 1000, after: cursor }))).toEqual(whole[list]?.slice(index + 1));
      expect(idsOf(await page(list, { last: 1000, before: cursor }))).toEqual(whole[list]?.slice(0, index));
      expect(idsOf(await page(list, { before: cursor }))).toEqual(whole[list]?.slice(0, index));
    }
  },
);

test("an empty page has no cursors and nothing around it", async () => {
  const nobody = await world.person();
  for (const order of ORDERS) {
    const { edges, pageInfo } = await page(order, { first: 5 }, nobody);
    expect(edges).toEqual([]);
    expect(pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: null,
      endCursor: null,
    });
  }
});

test("cursors stay where they are while others insert and delete: nothing twice, nothing skipped", async () => {
  const ben = await world.person({ name: "Ben" });
  const kept: string[] = [];
  for (let i = 0; i < 12; i++) kept.push(await addEvent(ben, `2026-04-${10 + i}T09:00:00Z`));
  const doomed = await addEvent(ben, "2026-04-13T12:00:00Z");
  const seen: string[] = [];
  let cursor: string | null = null;
  let more = true;
  while (more) {
    const one: any = await page("START", { first: 3, after: cursor }, ben);
    seen.push(...idsOf(one));
    ({ endCursor: cursor, hasNextPage: more } = one.pageInfo);
    // Before the cursor, after it, and the event that the cursor is at is deleted.
    await Promise.all([
      addEvent(ben, "2026-04-01T09:00:00Z", "Late before"),
      addEvent(ben, "2026-05-20T09:00:00Z", "Late after"),
      seen.includes(doomed) ? ben.rest("DELETE", `/events/${doomed}`) : null,
    ]);
    if (seen.length > 40) break;
    if (seen.length >= 15) more = false;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(kept.filter((id) => !seen.includes(id))).toEqual([]);
});

describe("Refused, naming the argument", () => {
  const refuses = async (list: string, wish: PageWish, field: string): Promise<void> => {
    const { data, errors } = await ask(list, wish);
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.extensions.code).toBe("bad_request");
    expect(errors?.[0]?.extensions.details.map((one: any) => one.field)).toEqual([field]);
  };
  const cursor = (text: string): string => Buffer.from(text).toString("base64url");
  const BAD_CURSORS = [
    "",
    "x",
    "☃",
    cursor("1"),
    cursor("a:b"),
    cursor("1:2:3"),
    cursor("-1:5"),
    cursor("99999999999999999:1"),
    cursor("5:0"),
    "x".repeat(10_000),
  ];

  test.each(ORDERS)("%s: sizes below 1 and above 1,000", async (list) => {
    for (const size of [0, -1, 1001, 2147483647]) {
      await refuses(list, { first: size }, "first");
      await refuses(list, { last: size }, "last");
    }
  });

  test("records: sizes below 1 and above 1,000", async () => {
    for (const size of [0, -1, 1001, 2147483647]) await refuses("records", { first: size }, "first");
  });

  test("a size that is no Int, in a variable", async () => {
    for (const size of [1.5, 2147483648, "5", true]) {
      const { data, errors } = await ask("START", { first: size as number });
      expect(data).toBeUndefined();
      expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field: "first" }] });
    }
  });

  test.each(ORDERS)("%s: what is no cursor", async (list) => {
    for (const bad of BAD_CURSORS) {
      await refuses(list, { first: 5, after: bad }, "after");
      await refuses(list, { last: 5, before: bad }, "before");
    }
  });

  test("records: what is no cursor", async () => {
    for (const bad of ["", "x", "☃", cursor("1"), cursor("a:b"), cursor("0:b"), cursor("1:\u0000")]) {
      await refuses("records", { first: 5, after: bad }, "after");
    }
  });

  test("both directions at once", async () => {
    const at = (await page("START", { first: 1 })).pageInfo.endCursor;
    await refuses("START", { first: 1, last: 1 }, "last");
    await refuses("START", { first: 1, before: at }, "before");
    await refuses("START", { last: 1, after: at }, "after");
  });
});

test("totalCount is of all that match, whatever the page, and counted only where it is selected", async () => {
  const counting = async (selection: string): Promise<{ counts: number; data: any }> => {
    let data: any;
    const texts = await statementsOf(async () => {
      ({ data } = await ada.graphql(`{ events(first: 2) { ${selection} } }`));
    });
    return { data, counts: texts.filter((text) => text.includes("count(")).length };
  };
  expect(await counting("edges { node { id } } pageInfo { hasNextPage }")).toMatchObject({ counts: 0 });
  expect(await counting("totalCount")).toEqual({ counts: 1, data: { events: { totalCount: EVENTS } } });
  const { data } = await ada.graphql(
    '{ events(filter: { startAt: "2026-03-03T00:00:00Z", endAt: "2026-03-04T00:00:00Z" }, last: 1) { totalCount edges { node { id } } } }',
  );
  const { data: all } = await ada.graphql(
    '{ events(filter: { startAt: "2026-03-03T00:00:00Z", endAt: "2026-03-04T00:00:00Z" }) { edges { node { id } } } }',
  );
  expect(data.events).toMatchObject({ totalCount: all.events.edges.length });
  expect(all.events.edges.length).toBeGreaterThan(1);
});
