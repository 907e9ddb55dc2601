// What becomes of a webhook whose receiver fails, is slow, goes away or comes back; and of one whose user may no longer.
import { act, deleteWebhooks, makeWebhook, readWebhook, Receiver, verify } from "../support/receiver";
import { insertEvent, updateEvent } from "../support/plain-sql";
import { Random } from "../support/random";
import { eventually, until } from "../support/wait";
import { keepRetention } from "../../src/retention";
import { giveBack, takeLeases } from "../../src/webhooks/leases";
import { openWorld, testConfig, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let root: Person;
let ada: Person;
let receiver: Receiver;

beforeAll(async () => {
  world = await openWorld({ webhookInternalHosts: ["127.0.0.1"] });
});
beforeEach(async () => {
  receiver = await Receiver.open();
  const organisationId = await world.organisation();
  root = await world.person({ role: "admin", organisationId });
  ada = await world.person({ organisationId });
});
afterEach(async () => {
  await deleteWebhooks(world);
  await receiver.close();
});
afterAll(() => world.close());

const make = (more: object = {}): Promise<{ id: string; secret: string }> =>
  makeWebhook(root, { url: receiver.url(), calendarId: ada.calendarId, ...more });

/** Nobody waits for the next call any longer. */
const dueNow = (): Promise<unknown> => world.sql.query("update webhook_cursor set next_at = '-infinity'");

/** How long after the last call the next one is due, in seconds. */
async function pause(): Promise<number> {
  const { rows } = await world.sql.query<{ s: string }>(
    "select extract(epoch from next_at - tried_at) s from webhook_cursor where failing_since is not null",
  );
  return Number(rows[0]?.s);
}

const eventuallyShows = (id: string, expected: object): Promise<void> =>
  eventually(async () => expect(await readWebhook(root, id)).toMatchObject(expected));

test("after a failure the same page comes again, later and later, and is told once it is taken", async () => {
  receiver.answer = (_message, nth) => (nth < 9 ? 500 : 204);
  const { id } = await make();
  const { id: event } = await insertEvent(world.sql, ada);
  const pauses = [5, 30, 300, 1_800, 7_200, 18_000, 36_000, 43_200, 43_200];
  for (const [index, seconds] of pauses.entries()) {
    await eventually(async () => expect((await readWebhook(root, id)).attempts).toHaveLength(index + 1));
    const found = await pause();
    expect(found).toBeGreaterThanOrEqual(seconds);
    expect(found).toBeLessThan(seconds * 1.2);
    await dueNow();
  }
  await eventuallyShows(id, {
    state: "ON",
    because: null,
    failingSince: null,
    lastStatus: 204,
    delivered: 1,
  });
  const messages = await receiver.messages(10);
  expect(new Set(messages.map((message) => message.id)).size).toBe(1);
  expect(new Set(messages.map(({ text }) => text)).size).toBe(1);
  expect(receiver.rows[9].id).toBe(event);
});

test("while it fails it says so, and why, and how far behind it is; changes of one event come as one row", async () => {
  receiver.answer = () => 500;
  const { id } = await make();
  const { id: event } = await insertEvent(world.sql, ada);
  await eventuallyShows(id, {
    state: "FAILING",
    because: "The receiver answered 500.",
    lastStatus: 500,
    delivered: 0,
    failingSince: expect.any(String),
    behindSeconds: expect.any(Number),
  });
  expect((await readWebhook(root, id)).behindSeconds).toBeGreaterThan(0);
  for (const subject of ["a", "b", "c"]) await updateEvent(world.sql, event, `subject = '${subject}'`);
  receiver.answer = () => 204;
  await dueNow();
  await eventuallyShows(id, { state: "ON", delivered: 1, behindSeconds: 0 });
  expect(receiver.received.at(-1)!.body.data.records).toHaveLength(1);
  expect(receiver.received.at(-1)!.id).not.toBe(receiver.received[0]!.id);
});

test.each([429, 503])("%d with Retry-After is tried again after that", async (status) => {
  receiver.answer = () => [status, { "Retry-After": "120" }];
  await make();
  await insertEvent(world.sql, ada);
  await eventually(async () => expect(await pause()).toBeGreaterThanOrEqual(120));
  expect(await pause()).toBeLessThan(150);
  const date = new Date(Date.now() + 600_000).toUTCString();
  receiver.answer = () => [status, { "Retry-After": date }];
  await dueNow();
  await eventually(async () => expect(await pause()).toBeGreaterThan(500));
  expect(await pause()).toBeLessThan(700);
});

test("410 pauses it, and resumed it goes on where it stood", async () => {
  receiver.answer = () => 410;
  const { id } = await make();
  const { id: event } = await insertEvent(world.sql, ada);
  await eventuallyShows(id, {
    state: "PAUSED",
    because: "The receiver answered 410: it is gone.",
    lastStatus: 410,
  });
  receiver.answer = () => 200;
  await dueNow();
  const second = await insertEvent(world.sql, ada);
  expect(await act(root, `updateWebhook(id: ${id}, input: {paused: false}) { state because }`)).toEqual({
    state: "ON",
    because: null,
  });
  await eventuallyShows(id, { delivered: 2 });
  expect(
    receiver.received.slice(1).flatMap(({ body }) => body.data.records.map((row: any) => row.id)),
  ).toEqual([event, second.id]);
});

test("an admin pauses and resumes it, and nothing that changed meanwhile is lost", async () => {
  const { id } = await make();
  await act(root, `updateWebhook(id: ${id}, input: {paused: true}) { state }`);
  const { id: event } = await insertEvent(world.sql, ada);
  await eventuallyShows(id, { state: "PAUSED", because: "An admin paused it." });
  await act(root, `updateWebhook(id: ${id}, input: {paused: false, name: "again"}) { state }`);
  await eventuallyShows(id, { state: "ON", delivered: 1, name: "again" });
  expect(receiver.rows.map((row) => row.id)).toEqual([event]);
});

test("it is paused when nothing was taken for five days, and not where something was", async () => {
  receiver.answer = () => 500;
  const { id } = await make();
  await insertEvent(world.sql, ada);
  await eventuallyShows(id, { state: "FAILING" });
  await world.sql.query(
    `update webhook_cursor set failing_since = tidemark_now() - interval '6 days', next_at = '-infinity',
       delivered_at = tidemark_now() - interval '4 days'`,
  );
  await eventually(async () => expect((await readWebhook(root, id)).attempts).toHaveLength(2));
  expect(await readWebhook(root, id)).toMatchObject({ state: "FAILING" });
  await world.sql.query(
    "update webhook_cursor set delivered_at = tidemark_now() - interval '6 days', next_at = '-infinity'",
  );
  await eventuallyShows(id, { state: "PAUSED", because: "Nothing was taken for five days." });
});

test("a redirect is a failure, and is not followed", async () => {
  const other = await Receiver.open();
  receiver.answer = () => [302, { Location: other.url() }];
  const { id } = await make();
  await insertEvent(world.sql, ada);
  await eventuallyShows(id, { state: "FAILING", lastStatus: 302 });
  expect((await readWebhook(root, id)).because).toContain("redirect");
  expect(other.received).toEqual([]);
  await other.close();
});

test("of an answer without an end the status counts, and its sender is hung up on", async () => {
  let hungUp = false;
  receiver.answer = () => (response) => {
    response.writeHead(200).on("close", () => (hungUp = true));
    const more = (): void => void (hungUp || (response.write("x".repeat(1_000)), setTimeout(more, 1)));
    more();
  };
  const { id } = await make();
  await insertEvent(world.sql, ada);
  await eventuallyShows(id, { state: "ON", lastStatus: 200, delivered: 1 });
  await until(() => hungUp);
});

test("an answer that breaks off before its head is a failure", async () => {
  receiver.answer = () => (response) => response.socket?.end("HTTP/1.1 20");
  const { id } = await make();
  await insertEvent(world.sql, ada);
  await eventuallyShows(id, {
    state: "FAILING",
    lastStatus: null,
    because: expect.stringContaining("cannot be reached"),
  });
});

test("fifteen seconds of silence are a failure, and others' webhooks do not wait for them", async () => {
  receiver.answer = () => () => undefined;
  const { id } = await make();
  await makeWebhook(root, { url: receiver.url("/2") });
  const elsewhere = await world.organisation();
  const [admin, eve] = [
    await world.person({ role: "admin", organisationId: elsewhere }),
    await world.person({ organisationId: elsewhere }),
  ];
  const quick = await Receiver.open();
  await makeWebhook(admin, { url: quick.url() });
  await insertEvent(world.sql, ada);
  await receiver.messages(2);
  const before = receiver.received.length;
  for (let i = 1; i <= 5; i++) {
    await insertEvent(world.sql, eve);
    await until(() => quick.rows.length >= i);
  }
  expect(receiver.received).toHaveLength(before);
  await eventuallyShows(id, { state: "FAILING", because: "No answer came within 15 s.", lastStatus: null });
  await quick.close();
});

test("a delivery whose instance died before it moved the cursor comes again under the same id", async () => {
  receiver.answer = async (_message, nth) => {
    if (nth > 0) return 204;
    // Another one has the cursor in hand, and was killed.
    await world.sql.query(
      "update webhook_cursor set leased_by = 'somebody', leased_at = tidemark_now() - interval '25 s'",
    );
    return 204;
  };
  const { id } = await make();
  await insertEvent(world.sql, ada);
  const messages = await receiver.messages(2);
  expect(messages[1]!.id).toBe(messages[0]!.id);
  await eventuallyShows(id, { state: "ON", delivered: 1 });
});

test("what was read long before it could be sent is not sent where another delivery has gone on", async () => {
  const { id } = await make();
  await world.sql.query("update webhook_cursor set next_at = 'infinity'");
  await insertEvent(world.sql, ada);
  const client = await world.sql.connect();
  await client.query("begin");
  await client.query("lock table calendar_entry in access exclusive mode");
  await dueNow();
  const inHand = async (): Promise<boolean> =>
    (await world.sql.query("select from webhook_cursor where leased_by is not null")).rows.length > 0;
  await until(inHand);
  await world.sql.query("update webhook_cursor set leased_by = 'somebody', leased_at = tidemark_now()");
  await client.query("commit");
  client.release();
  await world.sql.query("update webhook_cursor set leased_at = tidemark_now() - interval '25 s'");
  await eventuallyShows(id, { state: "ON", delivered: 1 });
  expect((await readWebhook(root, id)).attempts).toHaveLength(1);
  expect(await receiver.messages(1)).toHaveLength(1);
});

test("a clock that was set back holds nobody up", async () => {
  receiver.answer = (_message, nth) => (nth === 0 ? 500 : 204);
  const { id } = await make();
  await insertEvent(world.sql, ada);
  await eventuallyShows(id, { state: "FAILING" });
  await world.sql.query(
    `update webhook_cursor set next_at = tidemark_now() + interval '1 hour', tried_at = tidemark_now() + interval '59 minutes',
       leased_at = tidemark_now() + interval '59 minutes', leased_by = 'somebody'`,
  );
  await eventuallyShows(id, { state: "ON", delivered: 1 });
});

test("what was changed before the clock was set back waits, and is told to wait, until it is taken", async () => {
  receiver.answer = () => 500;
  const { id } = await make();
  await world.sql.query("alter table calendar disable trigger calendar_guard");
  await world.sql.query(
    "update calendar set clock = date_trunc('milliseconds', tidemark_now()) + interval '1 hour' where id = $1",
    [ada.calendarId],
  );
  await world.sql.query("alter table calendar enable trigger calendar_guard");
  await insertEvent(world.sql, ada);
  await eventuallyShows(id, { state: "FAILING" });
  expect((await readWebhook(root, id)).behindSeconds).toBeGreaterThan(0);
  receiver.answer = () => 204;
  await dueNow();
  await eventuallyShows(id, { state: "ON", delivered: 1, behindSeconds: 0 });
});

test.each([
  ["disabled", (id: string) => `disableUser(id: ${id}) { id }`, "Its user is disabled."],
  [
    "no admin any more",
    (id: string) => `updateUser(id: ${id}, input: {role: member}) { id }`,
    "Its user is no longer an admin.",
  ],
])("it ends when its user is %s, in the middle of a call too", async (_what, mutation, because) => {
  const other = await world.person({ role: "admin", organisationId: root.organisationId });
  let hungUp = false;
  receiver.answer = () => (response) => void response.on("close", () => (hungUp = true));
  const { id } = await make();
  await insertEvent(world.sql, ada);
  await receiver.messages(1);
  await act(other, mutation(root.id));
  expect(await readWebhook(other, id)).toMatchObject({ state: "PAUSED", because });
  await until(() => hungUp);
  await insertEvent(world.sql, ada);
  const refusal = await act(other, `updateWebhook(id: ${id}, input: {paused: false}) { state }`);
  expect(refusal.extensions).toMatchObject({ code: "conflict", details: [{ field: "paused" }] });
  await eventually(async () => {
    const { rows } = await world.sql.query("select from webhook_cursor where leased_by is not null");
    expect(rows).toEqual([]);
  });
  expect(receiver.received).toHaveLength(1);
});

test("for a day after its secret was changed both sign", async () => {
  const { id, secret } = await make();
  const rotated = await act(root, `rotateWebhookSecret(id: ${id}) { secret webhook { id } }`);
  expect(rotated.secret).not.toBe(secret);
  await insertEvent(world.sql, ada);
  const [first] = await receiver.messages(1);
  expect(first!.headers["webhook-signature"]).toMatch(/^v1,\S{44} v1,\S{44}$/);
  verify(secret, first!);
  verify(rotated.secret, first!);
  await world.sql.query("update webhook set old_until = tidemark_now() - interval '1 s'");
  await insertEvent(world.sql, ada);
  const [, second] = await receiver.messages(2);
  verify(rotated.secret, second!);
  expect(() => verify(secret, second!)).toThrow();
});

test("a test call tells nothing, is signed, and says what came of it", async () => {
  const { id, secret } = await make();
  receiver.answer = (_message, nth) => (nth === 0 ? 204 : 418);
  const attempt = "status ms error type rows messageId calendarId";
  const good = await act(root, `testWebhook(id: ${id}) { ${attempt} }`);
  const [message] = await receiver.messages(1);
  verify(secret, message!);
  expect(message!.body).toMatchObject({ type: "webhook.test", data: { webhookId: id } });
  expect(good).toEqual({
    ...{ status: 204, ms: expect.any(Number), error: null, type: "webhook.test", rows: 0, calendarId: null },
    messageId: message!.id,
  });
  expect(await act(root, `testWebhook(id: ${id}) { status error }`)).toEqual({
    status: 418,
    error: "The receiver answered 418.",
  });
  expect((await readWebhook(root, id)).attempts).toHaveLength(2);
});

test("two instances and a receiver that fails: the last version of every event is told, and watermarks only rise", async () => {
  const random = new Random("webhooks");
  receiver.answer = (_message, nth) => (nth % 4 === 1 ? [503, { "Retry-After": "1" }] : 204);
  const people = [ada, await world.person({ organisationId: ada.organisationId })];
  const other = await world.instance();
  await makeWebhook(root, { url: receiver.url() });
  const events: string[] = [];
  for (let i = 0; i < 60; i++) {
    if (events.length < 10) {
      events.push((await insertEvent(world.sql, people[i % 2]!, { attendees: people })).id);
    } else await updateEvent(world.sql, random.pick(events), `subject = '${i}'`);
  }
  const { rows: last } = await world.sql.query<{ id: string; at: Date }>(
    "select id, last_modified_at at from event where organisation_id = $1",
    [ada.organisationId],
  );
  const told = (): Map<string, string> =>
    new Map(
      receiver.received.flatMap(({ body }, nth) =>
        nth % 4 === 1 ? [] : body.data.records.map((row: any) => [row.id, row.lastModifiedAt]),
      ),
    );
  await eventually(() =>
    expect(Object.fromEntries(told())).toEqual(
      Object.fromEntries(last.map(({ id, at }) => [id, at.toISOString()])),
    ),
  );
  const taken = receiver.received.filter((_message, nth) => nth % 4 !== 1);
  for (const { calendarId } of people) {
    const marks = taken
      .map(({ body: { data } }) => data)
      .filter((data) => data.calendarId === calendarId)
      .map(({ watermark }) => watermark as string);
    expect(marks).toEqual([...new Set(marks)].sort());
  }
  await other.close();
});

test("calls are remembered for a day, and of a webhook that is called very often the last thousand", async () => {
  const [{ id }, { id: other }] = [await make(), await make()];
  const attempts = `insert into webhook_attempt (organisation_id, webhook_id, at, message_id, type, rows, ms)
    select organisation_id, id, tidemark_now() - $2::interval, 'm', 'calendar.changed', 1, 1 from webhook, generate_series(1, $3)
    where id = $1`;
  await world.sql.query(attempts, [id, "1 hour", 1_003]);
  await world.sql.query(attempts, [other, "25 hours", 5]);
  await world.sql.query(attempts, [other, "23 hours", 2]);
  const config = testConfig(world.databaseUrl);
  await until(async () => (await keepRetention(world.db, config)) !== null);
  const { rows } = await world.sql.query(
    "select count(*)::int from webhook_attempt group by webhook_id order by webhook_id",
  );
  expect(rows.map(({ count }) => count)).toEqual([1_000, 2]);
});

test("one place is each organisation's in turn, however many others have as much to tell all the time", async () => {
  const people = await Promise.all(
    [1, 2, 3].map(async () => world.person({ organisationId: await world.organisation() })),
  );
  const on = await world.db.pool.connect();
  try {
    // Not committed: the service that runs does not see them.
    await on.query("begin");
    await on.query(
      `with made as (
         insert into webhook (organisation_id, user_id, calendar_id, name, url, secret)
         select organisation_id, user_id, id, 'w', 'http://127.0.0.1:9/', decode(repeat('00', 32), 'hex')
         from calendar where id = any ($1) returning organisation_id, id, calendar_id)
       insert into webhook_cursor (organisation_id, webhook_id, calendar_id, covered)
       select organisation_id, id, calendar_id, '2001-01-01' from made`,
      [people.map(({ calendarId }) => calendarId)],
    );
    const served = new Set<string>();
    for (let look = 0; look < 100; look++)
      for (const lease of await takeLeases(on, { most: 1, busy: [] })) {
        served.add(lease.calendarId);
        await giveBack(on, lease);
      }
    expect([...served].sort()).toEqual(people.map(({ calendarId }) => calendarId).sort());
  } finally {
    await on.query("rollback");
    on.release();
  }
});

test("the 21st webhook of an organisation is refused, whoever makes them at once", async () => {
  const made = await Promise.allSettled(Array.from({ length: 25 }, () => make()));
  expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
  const { errors } = await root.graphql(
    `mutation { createWebhook(input: {name: "w", url: "${receiver.url()}"}) { secret } }`,
  );
  expect(errors?.[0]?.extensions.code).toBe("conflict");
  const { data } = await root.graphql("{ webhooks { id } }");
  expect(data.webhooks).toHaveLength(20);
  await act(root, `deleteWebhook(id: ${data.webhooks[0].id}) { id }`);
  await make();
});
