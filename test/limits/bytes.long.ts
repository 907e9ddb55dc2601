// Bytes are counted where rows are: pages and batches of events that are few and large.
import { crowd, insertLarge, LONG_TEXT } from "../support/large-events";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

const MIB = 1024 * 1024;
const PAGE = 4 * MIB;
/** An event of these tests, and what stands around it. */
const ONE_MORE = MIB;

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** All pages of a list, each as it came. */
async function pagesOf(who: Person, path: string): Promise<{ text: string; body: any }[]> {
  const pages: { text: string; body: any }[] = [];
  for (let token: string | undefined; pages.length === 0 || token !== undefined;) {
    const query = token === undefined ? "" : `&pageToken=${encodeURIComponent(token)}`;
    const { status, body, text } = await who.rest("GET", `${path}${query}`);
    expect({ status, code: body.code }).toEqual({ status: 200, code: undefined });
    pages.push({ text, body });
    token = body.nextPageToken;
  }
  return pages;
}

const idsOf = (pages: { body: any }[]): string[] =>
  pages.flatMap(({ body }) => body.records.map(({ id }: { id: string }) => id));

describe("a page of large events", () => {
  let owner: Person;
  let ids: string[];

  beforeAll(async () => {
    owner = await world.person();
    ids = await insertLarge(world.sql, owner, { count: 40, perTick: 1 });
  });

  it.each([
    ["an interval", "/events?startAt=2026-01-01T00:00:00Z&limit=1000"],
    ["all events", "/events?limit=1000"],
    ["a feed", "/events?since=1970-01-01T00:00:00Z&limit=1000"],
    ["a feed of both kinds", "/events?since=1970-01-01T00:00:00Z&showDeleted=true&limit=1000"],
  ])("of %s has some four mebibytes, and the pages together have every event once", async (_what, path) => {
    const pages = await pagesOf(owner, path);
    expect(pages.length).toBeGreaterThan(3);
    for (const { text, body } of pages) {
      expect(Buffer.byteLength(text)).toBeLessThan(PAGE + ONE_MORE);
      expect(body).toMatchObject({ length: body.records.length });
    }
    expect(idsOf(pages)).toEqual(ids);
    expect(pages[0]?.body.records[0].description).toBe(LONG_TEXT);
    expect(pages.at(-1)?.body.nextDeltaToken).toBeDefined();
  });

  it("is a whole list without a limit, with every event once", async () => {
    for (const path of ["/events", "/events?since=1970-01-01T00:00:00Z"]) {
      const { body } = await owner.rest("GET", path);
      expect(body.records.map(({ id }: any) => id)).toEqual(ids);
      expect(body).toMatchObject({ length: 40, nextDeltaToken: expect.any(String) });
      expect(body.nextPageToken).toBeUndefined();
    }
  });

  it("of GraphQL says that more follows, forwards and backwards, and the pages together have every event once", async () => {
    const walk = async (size: string, from: string): Promise<string[]> => {
      const found: string[] = [];
      for (let cursor: string | null = null; ;) {
        const { data, errors }: any = await owner.graphql(
          `query ($cursor: String) { events(${size}: 1000, ${from}: $cursor) {
            edges { node { id description } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
          { cursor },
        );
        expect(errors).toBeUndefined();
        const { edges, pageInfo } = data.events;
        expect(edges.length).toBeLessThan(12);
        const page = edges.map(({ node }: any) => node.id);
        if (size === "first") found.push(...page);
        else found.unshift(...page);
        if (!(size === "first" ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return found;
        cursor = size === "first" ? pageInfo.endCursor : pageInfo.startCursor;
      }
    };
    expect(await walk("first", "after")).toEqual(ids);
    expect(await walk("last", "before")).toEqual(ids);
  });

  it("of changes says so too, and its cursor goes on", async () => {
    const found: string[] = [];
    for (let after: string | null = null; ;) {
      const { data, errors }: any = await owner.graphql(
        `query ($after: String) { changes(first: 1000, after: $after) {
          records { id event { description } } endCursor hasMore watermark } }`,
        { after },
      );
      expect(errors).toBeUndefined();
      const { records, endCursor, hasMore, watermark } = data.changes;
      expect(records.length).toBeLessThan(12);
      found.push(...records.map(({ id }: any) => id));
      expect(watermark === null).toBe(hasMore);
      if (!hasMore) break;
      after = endCursor;
    }
    expect(found).toEqual(ids);
  });

  it("is refused together with others of one answer, which comes to too much, naming the size that fits", async () => {
    const lists = Array.from(
      { length: 12 },
      (_, index) => `e${index}: events(first: 10) { edges { node { description } } }`,
    );
    const { data, errors } = await owner.graphql(`{ ${lists.join(" ")} }`);
    expect(data ?? null).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(/16 MiB.*first: \d+ fits/),
      extensions: { code: "bad_request", requestId: expect.any(String) },
    });
    const fits = Number(/first: (\d+)/.exec(errors?.[0]?.message ?? "")?.[1]);
    const smaller = lists.map((list) => list.replace("first: 10", `first: ${fits}`));
    expect((await owner.graphql(`{ ${smaller.join(" ")} }`)).errors).toBeUndefined();
  });

  it("is refused with many names for one text, which come to too much", async () => {
    const texts = Array.from({ length: 15 }, (_, index) => `d${index}: description`);
    for (const more of ["", " owner { name }"]) {
      const { data, errors } = await owner.graphql(
        `{ events(first: 10) { edges { node { ${texts.join(" ")}${more} } } } }`,
      );
      expect(data ?? null).toBeNull();
      expect(errors?.[0]).toMatchObject({
        message: expect.stringContaining("16 MiB"),
        extensions: { code: "bad_request" },
      });
    }
  });
});

describe("a tick of large events", () => {
  let owner: Person;
  let ids: string[];
  const MANY = 30;

  beforeAll(async () => {
    owner = await world.person();
    const first = await insertLarge(world.sql, owner, { count: 1, description: "small" });
    const tick = await insertLarge(world.sql, owner, { count: MANY });
    const last = await insertLarge(world.sql, owner, { count: 1, description: "small" });
    ids = [...first, ...tick, ...last];
  });

  it("is never split by a page, however large it is", async () => {
    const pages = await pagesOf(owner, "/events?since=1970-01-01T00:00:00Z&limit=1");
    expect(pages.map(({ body }) => body.records.length)).toEqual([1, MANY, 1]);
    expect(pages.map(({ body }) => body.length)).toEqual([1, MANY, 1]);
    expect(idsOf(pages)).toEqual(ids);
    const all = await pagesOf(owner, "/events?since=1970-01-01T00:00:00Z&limit=1000");
    expect(idsOf(all)).toEqual(ids);
    for (const { body } of all) {
      const ticks = new Set(body.records.map((row: any) => row.lastModifiedAt));
      expect(
        all.filter((page) => page.body.records.some((row: any) => ticks.has(row.lastModifiedAt))),
      ).toHaveLength(1);
    }
  });

  it("is whole where one's own changes are left out, and with the last page comes the watermark", async () => {
    const pages = await pagesOf(owner, "/events?since=1970-01-01T00:00:00Z&excludeOwn=true&limit=2");
    expect(idsOf(pages)).toEqual(ids);
    expect(pages.at(-1)?.body.nextDeltaToken >= pages.at(-1)?.body.records.at(-1).lastModifiedAt).toBe(true);
  });

  it("that is larger than an answer may be is passed by whoever asks for little of each event", async () => {
    const stranger = await world.person();
    const tick = await insertLarge(world.sql, stranger, { count: 90 });
    const ask = (fields: string) =>
      stranger.graphql(`{ changes(first: 1) { records { ${fields} } endCursor hasMore watermark } }`);
    const { errors } = await ask("event { id description }");
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(/16 MiB.*without `description`/),
      extensions: { code: "bad_request" },
    });
    const { data } = await ask("id event { subject startTime lastModifiedAt owner { id } }");
    expect(data.changes.records.map(({ id }: any) => id)).toEqual(tick);
    expect(data.changes.records[0].event).toMatchObject({ subject: "Large 0", owner: { id: stranger.id } });
  });

  it("is whole in GraphQL too", async () => {
    const pages: string[][] = [];
    for (let after: string | null = null; pages.length === 0 || after !== null;) {
      const { data, errors }: any = await owner.graphql(
        "query ($after: String) { changes(first: 1, after: $after) { records { id } endCursor hasMore } }",
        { after },
      );
      expect(errors).toBeUndefined();
      pages.push(data.changes.records.map(({ id }: any) => id));
      after = data.changes.hasMore ? data.changes.endCursor : null;
    }
    expect(pages).toEqual([ids.slice(0, 1), ids.slice(1, -1), ids.slice(-1)]);
  });
});

describe("a batch", () => {
  const times = { startTime: "2026-03-02T10:00:00Z", endTime: "2026-03-02T11:00:00Z" };
  const TEXT = "n".repeat(100_000);
  const CREATE = (count: number): string =>
    `mutation ($e: EventInput!) { createEvents(inputs: [${"$e,".repeat(count)}]) { id error { code message details { field } } } }`;
  const count = async (owner: Person): Promise<number> =>
    Number(
      (await world.sql.query("select count(*) from event where owner_id = $1", [owner.id])).rows[0].count,
    );

  it("that comes to more than 16 MiB is refused as a whole, though it is small on the wire", async () => {
    const owner = await world.person();
    const { data, errors } = await owner.graphql(CREATE(500), { e: { ...times, description: TEXT } });
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([
      { message: expect.stringContaining("16 MiB"), extensions: { code: "too_large" } },
    ]);
    expect(await count(owner)).toBe(0);
    expect((await owner.graphql(CREATE(3), { e: { ...times, description: TEXT } })).errors).toBeUndefined();
    expect(await count(owner)).toBe(3);
  });

  it("with more than 10,000 attendees in all is refused as a whole, naming its list", async () => {
    const owner = await world.person();
    const attendees = Array.from({ length: 1_000 }, (_, n) => ({ emailAddress: `g${n}@x.test` }));
    const { data, errors } = await owner.graphql(CREATE(11), { e: { ...times, attendees } });
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining("10,000"),
        extensions: { code: "bad_request", details: [{ field: "inputs" }] },
      },
    ]);
    expect(await count(owner)).toBe(0);
    const { data: done } = await owner.graphql(CREATE(10), { e: { ...times, attendees } });
    expect(done.createEvents.filter(({ id }: any) => id !== null)).toHaveLength(10);
  });

  it("of small changes to large events counts what they come to", async () => {
    const owner = await world.person();
    const ids = await insertLarge(world.sql, owner, { count: 60 });
    const items = (some: string[]): object[] => some.map((id) => ({ id, input: { subject: "Changed" } }));
    const UPDATE =
      "mutation ($items: [EventPatchItem!]!) { updateEvents(items: $items) { id error { code } } }";
    const { data, errors } = await owner.graphql(UPDATE, { items: items(ids) });
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: "too_large" } }]);
    const { rows } = await world.sql.query(
      "select count(*) from event where owner_id = $1 and subject = 'Changed'",
      [owner.id],
    );
    expect(Number(rows[0].count)).toBe(0);
    expect((await owner.graphql(UPDATE, { items: items(ids.slice(0, 3)) })).errors).toBeUndefined();
  });

  it("counts with the other batches of its request", async () => {
    const owner = await world.person();
    const one = `createEvents(inputs: [${"$e,".repeat(100)}]) { id }`;
    const { errors } = await owner.graphql(`mutation ($e: EventInput!) { a: ${one} b: ${one} }`, {
      e: { ...times, description: TEXT },
    });
    expect(errors).toMatchObject([{ extensions: { code: "too_large" } }]);
    expect(await count(owner)).toBe(100);
  });
});

it("a page of meetings with a thousand long names each is answered", async () => {
  const owner = await world.person();
  const ids = await insertLarge(world.sql, owner, { count: 12, description: null, attendees: crowd("ж") });
  const pages = await pagesOf(owner, "/events?limit=1000");
  expect(idsOf(pages)).toEqual(ids);
  const { data } = await owner.graphql(
    "{ events(first: 1000) { edges { node { id attendees { name } } } pageInfo { hasNextPage } } }",
  );
  expect(data.events.pageInfo.hasNextPage).toBe(true);
});

describe("JSON that is short and holds much", () => {
  const MANY: [string, string, unknown][] = [
    ["of 350,000 objects", "100,000 values", { inputs: Array.from({ length: 340_000 }, () => ({})) }],
    [
      "whose object has 50,000 fields",
      "100 fields",
      { inputs: [Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, 1]))] },
    ],
  ];
  const CREATE = "mutation ($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { id } }";

  it.each(MANY)("%s is refused at both doors, and says so", async (_what, bound, json) => {
    const owner = await world.person();
    const refusal = { code: "bad_request", message: expect.stringContaining(bound) };
    const rest = await owner.rest("POST", "/events", json);
    expect(rest).toMatchObject({ status: 400, body: refusal });
    const { errors } = await owner.graphql(CREATE, json as Record<string, unknown>);
    expect(errors).toMatchObject([
      { message: refusal.message, extensions: { code: "bad_request", requestId: expect.any(String) } },
    ]);
  });

  test("nested 1,000 deep is refused as variables of GraphQL; a key that REST does not know may hold it", async () => {
    const owner = await world.person();
    const json = { inputs: JSON.parse(`${"[".repeat(1_000)}${"]".repeat(1_000)}`) as unknown };
    const { errors } = await owner.graphql(CREATE, json);
    expect(errors).toMatchObject([{ message: expect.stringContaining("50 levels") }]);
    const times = { startTime: "2026-03-02T10:00:00Z", endTime: "2026-03-02T11:00:00Z" };
    expect(await owner.rest("POST", "/events", { ...times, ...json })).toMatchObject({ status: 201 });
  });
});

describe("what has no pages of its own", () => {
  it("counts too: the end of a feed has some four mebibytes, and says that there is more", async () => {
    const owner = await world.person();
    const ids = await insertLarge(world.sql, owner, { count: 40, perTick: 1 });
    const { data } = await owner.graphql(
      "{ syncView { latestChanges(first: 1000) { records { id event { description } } hasMore } } }",
    );
    const { records, hasMore } = data.syncView.latestChanges;
    expect(Buffer.byteLength(JSON.stringify(records))).toBeLessThan(PAGE + ONE_MORE);
    expect(records.map(({ id }: any) => id)).toEqual(ids.reverse().slice(0, records.length));
    expect({ hasMore, some: records.length > 3 }).toEqual({ hasMore: true, some: true });
  });

  it("is refused where what an answer leads to comes to too much: records with many addresses", async () => {
    const owner = await world.person();
    const name = "n".repeat(300);
    await world.sql.query(
      `insert into record (organisation_id, id, type, name, emails)
       select $1, n, 'Contact', 'C' || n, array(select n || '-' || e || '-${name}@x.test' from generate_series(1, 50) e)
       from generate_series(1, 1200) n`,
      [owner.organisationId],
    );
    await world.sql.query(
      `insert into event (organisation_id, owner_id, subject, start_time, end_time, related_to)
       select $1, $2, '', '2026-03-02T10:00:00Z', '2026-03-02T11:00:00Z',
         (select jsonb_agg(jsonb_build_object('type', 'Contact', 'id', (p * 50 + n)::text, 'name', 'C'))
          from generate_series(1, 50) n)
       from generate_series(0, 23) p`,
      [owner.organisationId, owner.id],
    );
    const ask = (first: number) =>
      owner.graphql(`{ events(first: ${first}) { edges { node { relatedTo { record { emails } } } } } }`);
    const { data, errors } = await ask(24);
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([
      { message: expect.stringContaining("16 MiB"), extensions: { code: "bad_request" } },
    ]);
    expect((await ask(2)).errors).toBeUndefined();
  });

  it("is refused in bytes as they go on the wire, at any way that it is printed", async () => {
    const owner = await world.person();
    await insertLarge(world.sql, owner, { count: 8, description: "あ".repeat(90_000) });
    const texts = Array.from({ length: 9 }, (_, index) => `d${index}: description`).join(" ");
    for (const more of ["", " owner { name }"]) {
      const { data, errors } = await owner.graphql(
        `{ events(first: 8) { edges { node { ${texts}${more} } } } }`,
      );
      expect(data ?? null).toBeNull();
      expect(errors?.[0]).toMatchObject({ message: expect.stringContaining("16 MiB") });
    }
    const { errors } = await owner.graphql(
      `{ events(first: 7) { edges { node { d: description e: description } } } }`,
    );
    expect(errors).toBeUndefined();
  });
});
