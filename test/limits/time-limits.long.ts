// What takes too long is cut, by what it is for, and the answer says which limit that was: at both doors, and behind a
// pooler, where a session cannot be given limits of its own.
import type { Config } from "../../src/config";
import { textRow, textRows } from "../../src/database/text-rows";
import { inTransaction } from "../../src/database/transaction";
import { statementsOf } from "../support/statements";
import { callGraphQL, callRest, openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ role: "admin" });
});
afterAll(() => world.close());

/** Does `work` while nobody can read events or entries. */
async function whileEventsAreLocked<T>(work: () => Promise<T>): Promise<T> {
  const locker = await world.sql.connect();
  try {
    await locker.query("begin; lock table event, calendar_entry in access exclusive mode");
    return await work();
  } finally {
    await locker.query("rollback");
    locker.release();
  }
}

const LIST = "This list took longer than 10 s: ask for less at once, or try again later.";
const SEARCH = "This search took longer than 10 s: ask for less at once, or try again later.";
const DIGEST = "This digest took longer than 30 s: ask for less at once, or try again later.";

const REST: [string, string][] = [
  ["/events?limit=5", LIST],
  ["/events?since=2026-01-01T00:00:00Z", LIST],
  ["/events/manifest", LIST],
  ["/events?iCalUid=a-b", SEARCH],
  ["/events/digest", DIGEST],
];
const GRAPHQL: [string, string][] = [
  ["{ events(first: 5) { edges { node { id } } } }", LIST],
  ["{ events(first: 5) { edges { node { id owner { id } } } } }", LIST],
  ['{ events(first: 5, filter: { text: "x", scope: ORGANISATION }) { edges { node { id } } } }', SEARCH],
];

/** How an instance gives its statements their limits. */
const WAYS: [string, () => Partial<Config>][] = [
  ["at the beginning of its sessions", () => ({})],
  ["that travel along, prepared", () => ({ databaseDirectUrl: world.databaseUrl })],
  [
    "that travel along, not prepared",
    () => ({ databaseDirectUrl: world.databaseUrl, databasePrepare: false }),
  ],
];

/** What is asked of an instance, each answer with the message that it should have. */
async function allOf(url: string, token: string): Promise<unknown[]> {
  const answers = await Promise.all([
    ...REST.map(async ([path, message]) => ({
      message,
      ...(await callRest(url, token, { method: "GET", path })),
    })),
    ...GRAPHQL.map(async ([query, message]) => {
      const { errors, ...reply } = await callGraphQL(url, token, { query });
      return { message, ...reply, body: { ...errors?.[0], code: errors?.[0]?.extensions.code as unknown } };
    }),
  ]);
  return answers.map(({ message, status, body, headers }) => ({
    should: [message, 503, "unavailable", message, true],
    is: [message, status, body.code, body.message, Number(headers.get("Retry-After")) > 0],
  }));
}

// All at once: a digest takes half a minute to be given up.
test("a list, a search and a digest are 503 after their limit, which is named, and the connections go on", async () => {
  // What is news is read: a feed that nothing happened in since is not.
  await ada.rest("POST", "/events", { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" });
  // The instances are of one process, where a token's answers are counted together: each is asked with one of its own.
  const tokens = await Promise.all(WAYS.map(async ([way]) => (await ada.through(way)).token));
  const instances = await Promise.all(
    WAYS.map(([, overrides]) => world.instance({ databasePool: 40, ...overrides() })),
  );
  const answers = await whileEventsAreLocked(() =>
    Promise.all(instances.map(({ url }, index) => allOf(url, tokens[index]!))),
  );
  for (const [index, [way]] of WAYS.entries()) {
    for (const { should, is } of answers[index] as { should: unknown[]; is: unknown[] }[])
      expect([`limits ${way}`, ...is]).toEqual([`limits ${way}`, ...should]);
    const after = await Promise.all(
      Array.from({ length: 12 }, () =>
        callRest(instances[index]!.url, ada.token, { method: "GET", path: "/events?limit=5" }),
      ),
    );
    expect(after.map(({ status }) => status)).toEqual(Array(12).fill(200));
  }
  await Promise.all(instances.map(({ close }) => close()));
});

test("a query that failed was run once, printed or not", async () => {
  const queries = [GRAPHQL[0]![0], GRAPHQL[1]![0]];
  const statements = await whileEventsAreLocked(() =>
    statementsOf(() => Promise.all(queries.map((query) => ada.graphql(query)))),
  );
  expect(statements.filter((text) => / event e/.test(text))).toHaveLength(queries.length);
});

test("what was answered in part is 200, with the error of the part that was not", async () => {
  const { status, data, errors } = await whileEventsAreLocked(() =>
    ada.graphql("{ me { id } event(id: 1) { id } }"),
  );
  expect([status, data.me.id, data.event]).toEqual([200, ada.id, null]);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["unavailable"]);
});

test.each([
  ["a session of its own", {}],
  ["a lent session", { databaseDirectUrl: "somewhere" }],
])(
  "with %s, a statement that writes has a minute, and leaves the session as it was",
  async (_name, overrides) => {
    const direct = "databaseDirectUrl" in overrides ? { databaseDirectUrl: world.databaseUrl } : {};
    const other = await openWorld(direct);
    const show = { text: "select current_setting('statement_timeout')", values: [] };
    const seen = await inTransaction(other.db, async ({ client }) => [
      await textRow(client, show),
      await textRow(client, { ...show, once: true }),
    ]);
    expect(seen).toEqual([["1min"], ["1min"]]);
    const reads = await Promise.all(Array.from({ length: 10 }, () => textRow(other.db.pool, show)));
    expect(new Set(reads.map(String))).toEqual(new Set(["10s"]));
    expect(await textRow(other.db.pool, { ...show, kind: "digest" })).toEqual(["30s"]);
    await expect(
      inTransaction(other.db, ({ client }) => textRows(client, { text: "select 1 / 0", values: [] })),
    ).rejects.toThrow("division by zero");
    expect(await textRow(other.db.pool, show)).toEqual(["10s"]);
    await other.close();
  },
);
