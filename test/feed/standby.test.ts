// A hot standby that answers polls (DATABASE_READ_URL): real servers, the one streaming from the other. Its replay is held
// up, it is killed and promoted, and it breaks statements off; whatever happens, nothing is missed and nothing comes twice.
import { setTimeout as sleep } from "node:timers/promises";
import { readConfig } from "../../src/config";
import { openDatabase } from "../../src/database/open";
import { textRows } from "../../src/database/text-rows";
import { StandbyWorld } from "../support/standby-world";
import { eventually, until } from "../support/wait";
import { callGraphQL, callRest, testConfig, type Person, type RestReply, type World } from "../support/world";

let servers: StandbyWorld;
let pair: StandbyWorld["pair"];
let world: World;
let reading: StandbyWorld["reading"];
let ada: Person;

const day = (title: string): object => ({
  subject: title,
  startTime: "2026-03-02T15:00:00Z",
  endTime: "2026-03-02T16:00:00Z",
});

const write = async (title: string): Promise<{ id: string; lastModifiedAt: string }> => {
  const { status, body } = await ada.rest("POST", "/events", day(title));
  expect(status).toBe(201);
  return body;
};

const poll = async (query: string, token = ada.token): Promise<RestReply> =>
  callRest(reading.url, token, { method: "GET", path: `/events?${query}` });

const subjectsOf = ({ body }: RestReply): string[] =>
  (body.records as { subject?: string }[]).map(({ subject }) => subject ?? "removed");

beforeAll(async () => {
  servers = await StandbyWorld.open();
  ({ pair, world, reading } = servers);
  ada = await world.person();
});
afterAll(async () => {
  await servers?.close();
});
afterEach(async () => {
  if (pair.standby.isRunning) await servers.letGo().catch(() => undefined);
});

test("a poll from a watermark of ours is answered by the standby, page by page and whole", async () => {
  const start = (await poll("showDeleted=true")).body.nextDeltaToken as string;
  for (const title of ["a", "b", "c"]) await write(title);
  await servers.inStep();
  expect(
    await servers.answeredBy(async () => {
      const whole = await poll(`deltaToken=${start}&showDeleted=true`);
      expect(subjectsOf(whole)).toEqual(["a", "b", "c"]);
      const first = await poll(`deltaToken=${start}&showDeleted=true&limit=2`);
      const rest = await poll(
        `deltaToken=${start}&showDeleted=true&limit=2&pageToken=${String(first.body.nextPageToken)}`,
      );
      expect([...subjectsOf(first), ...subjectsOf(rest)]).toEqual(["a", "b", "c"]);
      expect(rest.body.nextDeltaToken).toBe(whole.body.nextDeltaToken);
    }),
  ).toEqual(["answered"]);
});

describe("while the standby lags", () => {
  let token: string;
  let made: { id: string; lastModifiedAt: string };

  beforeEach(async () => {
    token = (await ada.rest("GET", "/events?showDeleted=true")).body.nextDeltaToken as string;
    await servers.holdUp();
    made = await write("late");
  });

  test("it answers its own clock as the watermark, and what it lacks comes once it is there, once", async () => {
    const early = await poll(`deltaToken=${token}&showDeleted=true`);
    expect(early.body).toMatchObject({ records: [], nextDeltaToken: token });
    await servers.letGo();
    await servers.inStep();
    const then = await poll(`deltaToken=${String(early.body.nextDeltaToken)}&showDeleted=true`);
    expect(subjectsOf(then)).toEqual(["late"]);
    const again = await poll(`deltaToken=${String(then.body.nextDeltaToken)}&showDeleted=true`);
    expect(again.body.records).toEqual([]);
  });

  test("whoever has seen a later watermark is answered by the primary", async () => {
    const later = (await ada.rest("GET", `/events?deltaToken=${token}&showDeleted=true`)).body
      .nextDeltaToken as string;
    expect(later >= made.lastModifiedAt).toBe(true);
    await write("latest");
    const by = await servers.answeredBy(async () =>
      expect(subjectsOf(await poll(`deltaToken=${later}&showDeleted=true`))).toEqual(["latest"]),
    );
    expect(by).toEqual(["seen"]);
  });

  test("what no single cursor of ours makes good is the primary's: an instant, two feeds, a window, one's own left out", async () => {
    const other = await ada.through("another client");
    const by = await servers.answeredBy(async () => {
      for (const query of [
        `since=${token}&showDeleted=true`,
        `deltaToken=${token}`,
        `deltaToken=${token}&showDeleted=true&startAt=2026-01-01T00:00:00Z`,
      ])
        expect(subjectsOf(await poll(query))).toEqual(["late"]);
      expect(
        subjectsOf(await poll(`deltaToken=${token}&showDeleted=true&excludeOwn=true`, other.token)),
      ).toEqual(["late"]);
      await ada.rest("DELETE", `/events/${made.id}`);
      const gone = await callRest(reading.url, ada.token, {
        method: "GET",
        path: `/deletedEvents?deltaToken=${token}`,
      });
      expect(gone.body.records).toMatchObject([{ id: made.id }]);
    });
    expect(by).toEqual([]);
  });

  test("a token that may not write leaves nothing of its own out, so the standby answers it", async () => {
    const reader = await ada.through("reader", ["read"]);
    const reply = await poll(`deltaToken=${token}&showDeleted=true&excludeOwn=true`, reader.token);
    expect(reply.body).toMatchObject({ records: [], nextDeltaToken: token });
  });

  test("a token that was revoked is refused at once, and so is a grant that was taken away", async () => {
    const other = await ada.through("to be revoked");
    const guest = await world.person();
    const grant = (access: string | null): Promise<unknown> =>
      ada.graphql(
        "mutation ($c: ID!, $u: ID!, $a: GrantAccess) { setCalendarGrant(calendarId: $c, userId: $u, access: $a) { id } }",
        { c: ada.calendarId, u: guest.id, a: access },
      );
    await grant("READ");
    await servers.letGo();
    await servers.holdUp();
    await world.sql.query("update access_token set revoked_at = now() where id = $1", [other.tokenId]);
    await grant(null);
    expect((await poll(`deltaToken=${token}&showDeleted=true`, other.token)).status).toBe(401);
    const theirs = await poll(
      `deltaToken=${token}&showDeleted=true&calendarId=${ada.calendarId}`,
      guest.token,
    );
    expect(theirs.status).toBe(403);
  });

  test("GraphQL's `changes` is the standby's where it says how old an answer may be, and it is not older", async () => {
    const changes = async (seconds: number | null): Promise<{ records: unknown[]; watermark: string }> => {
      const { data } = await callGraphQL(reading.url, ada.token, {
        query: `query ($since: DateTime, $seconds: Int) {
          changes(since: $since, maxStalenessSeconds: $seconds) { watermark records { event { subject } } } }`,
        variables: { since: token, seconds },
      });
      return data.changes;
    };
    expect(await changes(30)).toEqual({ records: [], watermark: token });
    expect((await changes(null)).records).toHaveLength(1);
    await until(async () => ((await servers.now()).behindSeconds ?? 0) > 2);
    expect((await changes(2)).records).toHaveLength(1);
    const { errors } = await callGraphQL(reading.url, ada.token, {
      query: "{ changes(maxStalenessSeconds: -1) { watermark } }",
    });
    expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request" });
  });
});

test("a statement that the standby breaks off for its recovery is the primary's", async () => {
  const config = testConfig(pair.primary.url("crm"), { databaseReadUrl: pair.standby.url("crm") });
  const db = await openDatabase(config, () => undefined);
  try {
    await until(() => db.standby?.state.trouble === null);
    const { organisationId } = world;
    const read = db.standby?.answer({ organisationId, tokenId: null }, (on) =>
      textRows(on, {
        text: "select pg_sleep(20) from calendar_entry where organisation_id = $1 limit 1",
        values: [organisationId],
      }),
    );
    await sleep(300);
    await pair.primary.query("begin; lock table calendar_entry in access exclusive mode; commit", "crm");
    expect(await read).toBeNull();
  } finally {
    await db.close();
  }
});

test("while the standby is down the primary answers; when it is back it answers again", async () => {
  const token = (await poll("showDeleted=true")).body.nextDeltaToken as string;
  await pair.standby.kill();
  await write("alone");
  const reply = await poll(`deltaToken=${token}&showDeleted=true`);
  expect(subjectsOf(reply)).toEqual(["alone"]);
  await eventually(async () => expect(await servers.now()).toMatchObject({ answers: false }));
  await pair.standby.start();
  await servers.inStep();
  await eventually(async () => expect(await servers.now()).toMatchObject({ answers: true, trouble: null }));
  const next = String(reply.body.nextDeltaToken);
  expect(await servers.answeredBy(() => poll(`deltaToken=${next}&showDeleted=true`))).toEqual(["answered"]);
});

test("a standby that hangs keeps nobody waiting for long", async () => {
  const token = (await poll("showDeleted=true")).body.nextDeltaToken as string;
  pair.standby.pause();
  try {
    await write("meanwhile");
    expect(subjectsOf(await poll(`deltaToken=${token}&showDeleted=true`))).toEqual(["meanwhile"]);
  } finally {
    pair.standby.resume();
  }
  await eventually(async () => expect(await servers.now()).toMatchObject({ answers: true }));
});

test("a standby that was promoted answers nothing any more", async () => {
  const token = (await poll("showDeleted=true")).body.nextDeltaToken as string;
  await pair.standby.query("select pg_promote()");
  // Of another history now: what it says of the calendar is nobody's truth.
  await pair.standby.query("update organisation set name = name", "crm");
  await write("on the primary");
  expect(subjectsOf(await poll(`deltaToken=${token}&showDeleted=true`))).toEqual(["on the primary"]);
  await eventually(async () =>
    expect(await servers.now()).toMatchObject({
      answers: false,
      trouble: "it takes writes, so it is no standby",
    }),
  );
});

test("the setting names one server, beside DATABASE_URL", () => {
  const faultsOf = (settings: Record<string, string>): string => {
    try {
      readConfig(settings);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const url = "postgres://u:secret@one/db";
  expect(faultsOf({ DATABASE_URL: url, DATABASE_READ_URL: url })).toBe("");
  expect(faultsOf({ DATABASE_READ_URL: url })).toMatch(/^DATABASE_READ_URL goes with DATABASE_URL/);
  expect(faultsOf({ DATABASE_URL: url, DATABASE_READ_URL: "postgres://u:secret@one,two/db" })).toBe(
    "DATABASE_READ_URL must name one server, a standby.",
  );
});
