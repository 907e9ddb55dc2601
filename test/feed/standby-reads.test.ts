// Reads of GraphQL that may be a little old (`maxStalenessSeconds`), by id and by interval, answered by a real standby whose
// replay is held up: how old they may be, what the caller has seen already, and whose word it is who may see what.
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../support/random";
import { StandbyWorld } from "../support/standby-world";
import { eventually, until } from "../support/wait";
import { callGraphQL, type GraphQLReply, type Person } from "../support/world";

let servers: StandbyWorld;
let ada: Person;
let admin: Person;

interface Event {
  id: string;
  subject: string;
  lastModifiedAt: string;
}
interface List {
  watermark: string | null;
  totalCount: number;
  pageInfo: { endCursor: string };
  edges: { node: Event }[];
}

const FIELDS = "id subject lastModifiedAt";
const DAY = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const WINDOW = { startAt: "2026-03-02T00:00:00Z", endAt: "2026-03-03T00:00:00Z" };

const ask = (query: string, variables: object, { token }: Person = ada): Promise<GraphQLReply> =>
  callGraphQL(servers.reading.url, token, { query, variables: variables as Record<string, unknown> });

const eventOf = async (
  variables: { id: string; seconds?: number; seen?: string },
  person?: Person,
): Promise<Event | null> => {
  const { data, errors } = await ask(
    `query ($id: ID!, $seconds: Int, $seen: DateTime) {
      event(id: $id, maxStalenessSeconds: $seconds, seen: $seen) { ${FIELDS} } }`,
    variables,
    person,
  );
  expect(errors).toBeUndefined();
  return data.event as Event | null;
};

const listOf = async (
  variables: {
    seconds?: number;
    seen?: string;
    filter?: object;
    first?: number;
    after?: string;
    order?: string;
  },
  person?: Person,
): Promise<List> => {
  const { data, errors } = await ask(
    `query ($filter: EventFilter, $seconds: Int, $seen: DateTime, $first: Int, $after: String, $order: EventOrder) {
      events(filter: $filter, maxStalenessSeconds: $seconds, seen: $seen, first: $first, after: $after, orderBy: $order) {
        watermark totalCount pageInfo { endCursor } edges { node { ${FIELDS} } } } }`,
    { filter: WINDOW, ...variables },
    person,
  );
  expect(errors).toBeUndefined();
  return data.events as List;
};

const subjectsOf = ({ edges }: List): string[] => edges.map(({ node }) => node.subject);

const create = async (subject: string, more: object = {}, by: Person = ada): Promise<Event> => {
  const { status, body } = await by.rest("POST", "/events", { subject, ...DAY, ...more });
  expect(status).toBe(201);
  return body as Event;
};
const rename = async ({ id }: Event, subject: string): Promise<Event> => {
  const { status, body } = await ada.rest("PATCH", `/events/${id}`, { subject });
  expect(status).toBe(200);
  return body as Event;
};

/** What `read` finds, and who answered it. */
const answered = async <T>(read: () => Promise<T>): Promise<{ found: T; by: string[] }> => {
  let found: T | undefined;
  const by = await servers.answeredBy(async () => void (found = await read()));
  return { found: found as T, by };
};

beforeAll(async () => {
  servers = await StandbyWorld.open();
  admin = await servers.world.person({ role: "admin" });
});
beforeEach(async () => {
  ada = await servers.world.person();
});
afterAll(async () => {
  await servers?.close();
});
afterEach(async () => {
  await servers.letGo().catch(() => undefined);
});

describe("an event by its id", () => {
  test("is the standby's, as it was, where the caller says how old it may be, and the primary's where nothing is said", async () => {
    const made = await create("first");
    await servers.holdUp();
    const changed = await rename(made, "second");
    const old = await answered(() => eventOf({ id: made.id, seconds: 30 }));
    expect(old).toMatchObject({ found: { subject: "first" }, by: ["answered"] });
    for (const seconds of [undefined, 0])
      expect(await answered(() => eventOf({ id: made.id, seconds }))).toMatchObject({
        found: { subject: "second" },
        by: [],
      });
    await servers.letGo();
    await servers.inStep();
    const now = await answered(() => eventOf({ id: made.id, seconds: 30, seen: changed.lastModifiedAt }));
    expect(now).toMatchObject({ found: { subject: "second" }, by: ["answered"] });
  });

  test("is not from before what the caller has seen: the answer to a write, or a watermark", async () => {
    const made = await create("first");
    await servers.holdUp();
    const { lastModifiedAt } = await rename(made, "second");
    const { data } = await ada.graphql("{ changes { watermark } }");
    for (const seen of [lastModifiedAt, data.changes.watermark as string])
      expect(await answered(() => eventOf({ id: made.id, seconds: 30, seen }))).toMatchObject({
        found: { subject: "second" },
        by: ["seen"],
      });
    const before = await answered(() => eventOf({ id: made.id, seconds: 30, seen: made.lastModifiedAt }));
    expect(before).toMatchObject({ found: { subject: "first" }, by: ["answered"] });
  });

  test("is the primary's where the standby has none, so that an id that was just told is never nothing", async () => {
    await servers.holdUp();
    const made = await create("new");
    expect(await answered(() => eventOf({ id: made.id, seconds: 30 }))).toMatchObject({
      found: { subject: "new" },
      by: ["seen"],
    });
    const newcomer = await servers.world.person();
    const theirs = await create("of a newcomer", {}, newcomer);
    expect(await eventOf({ id: theirs.id, seconds: 30 }, newcomer)).toMatchObject({
      subject: "of a newcomer",
    });
  });

  test("that was deleted is told as it was for so long, and no longer to whoever has seen its deletion", async () => {
    const made = await create("to be deleted");
    await servers.holdUp();
    const { data } = await ada.graphql("mutation ($id: ID!) { deleteEvent(id: $id) { lastModifiedAt } }", {
      id: made.id,
    });
    expect(await eventOf({ id: made.id, seconds: 30 })).toMatchObject({ subject: "to be deleted" });
    const seen = data.deleteEvent.lastModifiedAt as string;
    expect(await eventOf({ id: made.id, seconds: 30, seen })).toBeNull();
  });

  test("several in one answer: those of the caller's calendar are the standby's, the others the primary's", async () => {
    const bob = await servers.world.person();
    const mine = await create("mine");
    const bobs = await create("Bob's", {}, bob);
    await servers.holdUp();
    await rename(mine, "mine, later");
    await bob.rest("PATCH", `/events/${bobs.id}`, { subject: "Bob's, later" });
    const { data } = await ask(
      `query ($a: ID!, $b: ID!) {
        a: event(id: $a, maxStalenessSeconds: 30) { subject }
        b: event(id: $b, maxStalenessSeconds: 30) { subject }
        none: event(id: "9007199254740991", maxStalenessSeconds: 30) { subject }
        c: event(id: $a) { subject } }`,
      { a: mine.id, b: bobs.id },
    );
    expect(data).toEqual({
      a: { subject: "mine" },
      b: { subject: "Bob's, later" },
      none: null,
      c: { subject: "mine, later" },
    });
  });

  test("leads to people and other events as the primary has them", async () => {
    const parent = await create("parent");
    const child = await create("child", { parentId: Number(parent.id) });
    await servers.holdUp();
    await rename(parent, "parent, later");
    const { data } = await ask(
      `query ($id: ID!) { event(id: $id, maxStalenessSeconds: 30) { owner { id } viewer { role } parent { subject } } }`,
      { id: child.id },
    );
    expect(data.event).toEqual({
      owner: { id: ada.id },
      viewer: { role: "OWNER" },
      parent: { subject: "parent, later" },
    });
  });
});

describe("a list by interval", () => {
  test("is the standby's, with its own clock of the calendar as the watermark, from which a poll brings the rest", async () => {
    const made = await create("first");
    await servers.holdUp();
    await create("late");
    const { found, by } = await answered(() => listOf({ seconds: 30 }));
    expect(by).toEqual(["answered"]);
    expect(found).toMatchObject({ watermark: made.lastModifiedAt, totalCount: 1 });
    expect(subjectsOf(found)).toEqual(["first"]);
    const { data } = await ask(
      "query ($since: DateTime) { changes(since: $since) { records { event { subject } } } }",
      { since: found.watermark },
    );
    expect(data.changes.records).toEqual([{ event: { subject: "late" } }]);
    expect(subjectsOf(await listOf({}))).toEqual(["first", "late"]);
  });

  test("is the primary's where the caller has seen a later watermark", async () => {
    await create("first");
    await servers.holdUp();
    await create("late");
    const { watermark } = await listOf({});
    const { found, by } = await answered(() => listOf({ seconds: 30, seen: watermark as string }));
    expect(by).toEqual(["seen"]);
    expect(found).toMatchObject({ watermark, totalCount: 2 });
  });

  test("goes on at the standby from a first page that says its watermark, and at the primary from one that does not", async () => {
    for (const title of ["a", "b", "c"]) await create(title);
    await servers.holdUp();
    const first = await listOf({ seconds: 30, first: 2 });
    expect(subjectsOf(first)).toEqual(["a", "b"]);
    await create("d");
    const next = { seconds: 30, first: 2, after: first.pageInfo.endCursor };
    const there = await answered(() => listOf({ ...next, seen: first.watermark as string }));
    expect({ ...there, found: subjectsOf(there.found) }).toEqual({ found: ["c"], by: ["answered"] });
    const here = await answered(() => listOf(next));
    expect({ ...here, found: subjectsOf(here.found) }).toEqual({ found: ["c", "d"], by: [] });
  });

  test("by filter and by last change too; of several calendars, of the organisation, or of a granted one it is the primary's", async () => {
    const bob = await servers.world.person();
    const grant =
      "mutation ($c: ID!, $u: ID!) { setCalendarGrant(calendarId: $c, userId: $u, access: READ) { id } }";
    await bob.graphql(grant, { c: bob.calendarId, u: ada.id });
    const word = `word${randomInt(1e9)}`;
    await create(`${word} one`);
    await create(`${word} two`, {}, bob);
    await servers.holdUp();
    await create(`${word} late`);
    const by = async (filter: object, person = ada): Promise<unknown> => {
      const read = await answered(() => listOf({ seconds: 30, filter, order: "LAST_CHANGE" }, person));
      return [read.by, subjectsOf(read.found).map((subject) => subject.split(" ").at(-1))];
    };
    expect(await by({ text: word })).toEqual([["answered"], ["one"]]);
    expect(await by({ scope: "ORGANISATION", text: word })).toEqual([[], ["late", "two", "one"]]);
    expect(await by({ calendarIds: [ada.calendarId, bob.calendarId], text: word })).toEqual([
      [],
      ["late", "two", "one"],
    ]);
    expect(await by({ calendarIds: [bob.calendarId], text: word })).toEqual([[], ["two"]]);
    expect(await by({ calendarIds: [ada.calendarId], text: word }, admin)).toEqual([["answered"], ["one"]]);
  });
});

test("neither is older than was asked for", async () => {
  const made = await create("first");
  await servers.holdUp();
  await rename(made, "second");
  await until(async () => ((await servers.now()).behindSeconds ?? 0) > 2);
  const one = await answered(() => eventOf({ id: made.id, seconds: 2 }));
  expect(one).toMatchObject({ found: { subject: "second" }, by: ["behind"] });
  const list = await answered(() => listOf({ seconds: 2 }));
  expect({ ...list, found: subjectsOf(list.found) }).toEqual({ found: ["second"], by: ["behind"] });
});

test("a number of seconds or an instant that is none is refused, and the refusal names the argument", async () => {
  const refused = async (given: string): Promise<unknown> =>
    Promise.all(
      [`event(id: "1", ${given}) { id }`, `events(${given}) { totalCount }`].map(async (query) => {
        const { errors } = await ask(`{ ${query} }`, {});
        const { code, details } = errors?.[0]?.extensions as { code: string; details: { field: string }[] };
        return [code, ...details.map(({ field }) => field)];
      }),
    );
  for (const seconds of [-1, 3_601])
    expect(await refused(`maxStalenessSeconds: ${seconds}`)).toEqual(
      Array(2).fill(["bad_request", "maxStalenessSeconds"]),
    );
  expect(await refused('maxStalenessSeconds: 5, seen: "yesterday"')).toEqual(
    Array(2).fill(["bad_request", "seen"]),
  );
  expect(await refused('seen: "yesterday"')).toEqual(Array(2).fill(["bad_request", "seen"]));
});

describe("who may see what is the primary's word, however far the standby lags", () => {
  test("a token that was revoked is refused, and an admin who is none any more reads other people's calendars masked", async () => {
    const made = await create("Ada's", { private: true });
    const dead = await ada.through("to be revoked");
    const boss = await servers.world.person({ role: "admin" });
    await servers.holdUp();
    await servers.world.sql.query("update access_token set revoked_at = now() where id = $1", [dead.tokenId]);
    const { errors } = await ask(
      "query ($id: ID!) { event(id: $id, maxStalenessSeconds: 30) { id } }",
      made,
      dead,
    );
    expect(errors?.[0]?.extensions).toMatchObject({ code: "token.dead" });
    const theirs = { seconds: 30, filter: { calendarIds: [ada.calendarId] } };
    expect(await answered(async () => subjectsOf(await listOf(theirs, boss)))).toEqual({
      found: ["Ada's"],
      by: ["answered"],
    });
    await servers.world.sql.query("update app_user set role = 'member' where id = $1", [boss.id]);
    await eventually(async () => expect(subjectsOf(await listOf(theirs, boss))).toEqual(["Private"]));
  });

  test("what was granted, and what colleagues saw, is gone with the grant and the setting", async () => {
    const guest = await servers.world.person();
    const secret = await create("secret", { private: true });
    const open = await create("open");
    const grant = (access: string | null): Promise<GraphQLReply> =>
      ada.graphql(
        "mutation ($c: ID!, $u: ID!, $a: GrantAccess) { setCalendarGrant(calendarId: $c, userId: $u, access: $a) { id } }",
        { c: ada.calendarId, u: guest.id, a: access },
      );
    const set = (sees: string): Promise<GraphQLReply> =>
      admin.graphql(`mutation { updateOrganisation(input: { colleaguesSee: ${sees} }) { id } }`);
    await grant("READ");
    await servers.holdUp();
    expect(await eventOf({ id: secret.id, seconds: 30 }, guest)).toMatchObject({ subject: "secret" });
    await grant(null);
    expect((await set("BUSY")).errors).toBeUndefined();
    try {
      for (const { id } of [secret, open])
        expect(await eventOf({ id, seconds: 30 }, guest)).toMatchObject({ subject: "Private" });
    } finally {
      await set("DETAILS");
    }
  });

  test("a grant shows nothing that had left the calendar when it was given", async () => {
    const guest = await servers.world.person();
    const gone = await create("gone", { private: true });
    await servers.holdUp();
    await ada.rest("DELETE", `/events/${gone.id}`);
    await ada.graphql(
      "mutation ($c: ID!, $u: ID!) { setCalendarGrant(calendarId: $c, userId: $u, access: READ) { id } }",
      { c: ada.calendarId, u: guest.id },
    );
    const read = (): Promise<GraphQLReply> =>
      ask(
        `query ($c: ID!) { changes(calendarId: $c, maxStalenessSeconds: 30) { records { event { subject } } }
          events(filter: { calendarIds: [$c] }, maxStalenessSeconds: 30) { edges { node { subject } } } }`,
        { c: ada.calendarId },
        guest,
      );
    const { data } = await read();
    expect(data).toEqual({ changes: { records: [{ event: null }] }, events: { edges: [] } });
    expect(await eventOf({ id: gone.id, seconds: 30 }, guest)).toBeNull();
  });

  test("an event that was made private meanwhile is masked for a colleague", async () => {
    const guest = await servers.world.person();
    const made = await create("soon private");
    await servers.holdUp();
    await ada.rest("PATCH", `/events/${made.id}`, { private: true });
    expect(await eventOf({ id: made.id, seconds: 30 }, guest)).toMatchObject({ subject: "Private" });
  });
});

// Polls by watermark, lists and reads by id, at a primary and at a standby that stops and goes on, of events that come, change and
// go. The client says what it has seen, and of two copies of an event keeps the one with the later `lastModifiedAt`.
test("a client that mixes polls, lists and reads by id is answered by none of its reads what is older than it has, and ends with what there is", async () => {
  const random = new Random("standby reads");
  const events: Event[] = [];
  for (let number = 0; number < 6; number++) events.push(await create(`event ${number}`));
  const held = new Map<string, { tick: string; isLive: boolean }>();
  let seen = "1970-01-01T00:00:00.000Z";
  let since: string | null = null;
  const see = (instant: string): void => {
    if (instant > seen) seen = instant;
  };
  const tickOf = (id: string): string => held.get(id)?.tick ?? "";
  const keep = ({ id, lastModifiedAt: tick }: Pick<Event, "id" | "lastModifiedAt">, isLive = true): void => {
    if (tick > tickOf(id)) held.set(id, { tick, isLive });
    see(tick);
  };
  const poll = async (): Promise<void> => {
    const { data } = await ask(
      `query ($since: DateTime) { changes(since: $since, maxStalenessSeconds: 30) {
        watermark records { id deleted lastModifiedAt } } }`,
      { since },
    );
    for (const row of data.changes.records as (Event & { deleted: boolean })[]) keep(row, !row.deleted);
    since = data.changes.watermark as string;
    see(since);
  };
  const steps: (() => Promise<unknown>)[] = [
    () => rename(random.pick(events), `later ${random.below(1e9)}`),
    async () => events.push(await create("another")),
    async () => {
      if (events.length < 4) return;
      const [gone] = events.splice(random.below(events.length), 1);
      await ada.rest("DELETE", `/events/${gone?.id}`);
    },
    () => servers.pair.standby.query("select pg_wal_replay_pause()"),
    () => servers.letGo(),
    () => sleep(20),
    poll,
    async () => {
      const { id } = random.pick(events);
      const found = await eventOf({ id, seconds: 30, seen });
      expect(found && found.lastModifiedAt >= tickOf(id)).toBe(true);
      keep(found as Event);
    },
    async () => {
      const { edges, watermark } = await listOf({ seconds: 30, seen });
      expect(watermark !== null && watermark >= seen).toBe(true);
      for (const { node } of edges) {
        expect(node.lastModifiedAt >= tickOf(node.id)).toBe(true);
        keep(node);
      }
      see(watermark as string);
    },
  ];
  const before = await servers.answered();
  for (let step = 0; step < 250; step++) await random.pick(steps)();
  const after = await servers.answered();
  for (const result of ["answered", "seen"]) expect(after[result]).toBeGreaterThan(before[result] ?? 0);
  await servers.letGo();
  await servers.inStep();
  await poll();
  const live = [...held].filter(([, { isLive }]) => isLive).map(([id, { tick }]) => [id, tick]);
  const { edges } = await listOf({ first: 1_000 });
  expect(new Map(live as [string, string][])).toEqual(
    new Map(edges.map(({ node }) => [node.id, node.lastModifiedAt])),
  );
});
