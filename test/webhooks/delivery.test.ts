// What a receiver is told: every change, in order, once where it takes what it is told, as the feed has it.
import { act, deleteWebhooks, makeWebhook, readWebhook, Receiver, verify } from "../support/receiver";
import { insertEvent, updateEvent } from "../support/plain-sql";
import { eventually, until } from "../support/wait";
import { changedPage, MAX_BODY_BYTES } from "../../src/webhooks/letters";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

const TIMES = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

let world: World;
let root: Person;
let ada: Person;
let ben: Person;
let receiver: Receiver;

beforeAll(async () => {
  world = await openWorld({ webhookInternalHosts: ["127.0.0.1"] });
});
beforeEach(async () => {
  receiver = await Receiver.open();
  root = await world.person({ role: "admin" });
  [ada, ben] = [await world.person(), await world.person()];
});
afterEach(async () => {
  await deleteWebhooks(world);
  await receiver.close();
});
afterAll(() => world.close());

async function meet(who: Person, more: object = {}): Promise<any> {
  return (await who.rest("POST", "/events", { subject: "Kick-off", ...TIMES, ...more })).body;
}

test("a change is told as the contract has it, signed so that the official library takes it", async () => {
  const { id, secret } = await makeWebhook(root, { url: receiver.url(), calendarId: ada.calendarId });
  const event = await meet(ada);
  const [message] = await receiver.messages(1);
  verify(secret, message!);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(message!.headers).toMatchObject({
    "content-type": "application/json",
    "webhook-timestamp": expect.stringMatching(/^\d{10}$/),
    "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
  });
  const instant = expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/);
  expect(message!.body).toEqual({
    type: "calendar.changed",
    timestamp: instant,
    data: {
      organisationId: world.organisationId,
      webhookId: id,
      calendarId: ada.calendarId,
      userId: ada.id,
      since: instant,
      watermark: event.lastModifiedAt,
      hasMore: false,
      records: [{ id: event.id, deleted: false, lastModifiedAt: event.lastModifiedAt }],
    },
  });
});

test("with content EVENTS a row has the event as GET /events/{id} has it, and a removed one why it is gone", async () => {
  await makeWebhook(root, { url: receiver.url(), calendarId: ada.calendarId, content: "EVENTS" });
  const event = await meet(ada, { subject: 'Réunion "A" <b>\n', private: true });
  await receiver.messages(1);
  expect(receiver.rows[0]).toEqual({
    id: event.id,
    deleted: false,
    lastModifiedAt: event.lastModifiedAt,
    event,
  });
  await ada.rest("DELETE", `/events/${event.id}`);
  await receiver.messages(2);
  expect(receiver.rows[1]).toEqual({
    id: event.id,
    deleted: true,
    reason: "deleted",
    lastModifiedAt: expect.any(String),
  });
});

test("one that covers the organisation tells each event once, of its owner's calendar, whoever writes it", async () => {
  await makeWebhook(root, { url: receiver.url() });
  const meeting = await meet(ada, { attendees: [{ userId: ben.id }, { userId: root.id }] });
  await receiver.messages(1);
  expect(receiver.received[0]!.body.data).toMatchObject({ calendarId: ada.calendarId, userId: ada.id });
  const plain = await insertEvent(world.sql, ben, { attendees: [ada] });
  await until(() => receiver.rows.some(({ id }) => id === plain.id));
  const cleo = await world.person();
  const own = await meet(cleo, { attendees: [{ userId: ada.id }] });
  await until(() => receiver.rows.some(({ id }) => id === own.id));
  await act(root, `transferEvent(id: ${meeting.id}, to: ${ben.id}) { id }`);
  await until(() => receiver.rows.filter(({ id }) => id === meeting.id).length === 2);
  await ben.rest("DELETE", `/events/${meeting.id}`);
  await until(() => receiver.rows.some(({ deleted }) => deleted));
  await updateEvent(world.sql, plain.id, "subject = 'last'");
  await until(() => receiver.rows.filter(({ id }) => id === plain.id).length === 2);
  const told = receiver.received.flatMap(({ body: { data } }) =>
    data.records.map((row: any) => [row.id, data.calendarId, row.deleted]),
  );
  expect(told).toEqual([
    [meeting.id, ada.calendarId, false],
    [plain.id, ben.calendarId, false],
    [own.id, cleo.calendarId, false],
    [meeting.id, ben.calendarId, false],
    [meeting.id, ben.calendarId, true],
    [plain.id, ben.calendarId, false],
  ]);
});

test("of an event that the skipped token alone has changed nothing is told, of one that somebody else has changed too everything", async () => {
  const sync = await ada.through("BrightSync");
  await makeWebhook(root, {
    url: receiver.url(),
    calendarId: ada.calendarId,
    skipTokenId: sync.tokenId,
    content: "EVENTS",
  });
  await meet(sync, { subject: "own" });
  const shared = await meet(sync, { subject: "shared" });
  await ada.rest("PATCH", `/events/${shared.id}`, { location: "Paris" });
  await receiver.messages(1);
  expect(receiver.rows.map(({ event }) => [event.subject, event.location])).toEqual([["shared", "Paris"]]);
});

test("what the skipped token changes between two pages is told where somebody else changed it too", async () => {
  const sync = await ada.through("BrightSync");
  const ids: string[] = [];
  for (let i = 0; i < 101; i++) ids.push((await insertEvent(world.sql, ada, { subject: `${i}` })).id);
  receiver.answer = async (_message, nth) => {
    // The first page has been read by now, and ends before the last event.
    if (nth === 0) await sync.rest("PATCH", `/events/${ids[100]}`, { location: "Rome" });
    return 204;
  };
  await makeWebhook(root, {
    url: receiver.url(),
    calendarId: ada.calendarId,
    skipTokenId: sync.tokenId,
    since: 0,
  });
  await receiver.messages(2);
  expect(receiver.rows.map(({ id }) => id)).toEqual(ids);
});

test("from the epoch on everything is told, a hundred rows at a time, in the order of the feed", async () => {
  for (let i = 0; i < 250; i++) await insertEvent(world.sql, ada, { subject: `${i}` });
  await makeWebhook(root, { url: receiver.url(), calendarId: ada.calendarId, since: 0 });
  const messages = await receiver.messages(3);
  const { body } = await ada.rest("GET", "/events?since=0&showDeleted=true");
  expect(receiver.rows.map(({ id, lastModifiedAt }) => [id, lastModifiedAt])).toEqual(
    body.records.map((event: any) => [event.id, event.lastModifiedAt]),
  );
  expect(messages.map(({ body: { data } }) => [data.records.length, data.hasMore])).toEqual([
    [100, true],
    [100, true],
    [50, false],
  ]);
  const data = messages.map((message) => message.body.data);
  expect(data.map(({ since }) => since)).toEqual([
    "1970-01-01T00:00:00.000Z",
    data[0].watermark,
    data[1].watermark,
  ]);
});

test("a page has 256 KiB at most, more only to finish a tick, and a tick that is longer comes without its events", async () => {
  const text = "é".repeat(60_000);
  for (let i = 0; i < 5; i++) await meet(ada, { description: text });
  const inputs = Array.from({ length: 7 }, () => ({ ...TIMES, description: text }));
  const { data } = await ada.graphql(
    "mutation($inputs: [EventInput!]!) { createEvents(inputs: $inputs, atomic: true) { event { id lastModifiedAt } } }",
    { inputs },
  );
  const ticks = new Set(data.createEvents.map(({ event }: any) => event.lastModifiedAt));
  expect(ticks.size).toBe(1);
  await makeWebhook(root, {
    url: receiver.url(),
    calendarId: ada.calendarId,
    content: "EVENTS",
    since: 0,
  });
  await until(() => receiver.rows.length >= 12);
  const pages = receiver.received.map(({ body }) =>
    body.data.records.map(({ event }: any) => event !== undefined),
  );
  expect(pages).toEqual([[true, true], [true, true], [true], Array(7).fill(false)]);
  for (const { text: body } of receiver.received)
    expect(Buffer.byteLength(body)).toBeLessThan(256 * 1024 + 1_000);
});

test("rewound it tells again, and a user who comes later is covered too", async () => {
  const { id } = await makeWebhook(root, { url: receiver.url() });
  const { nextDeltaToken: before } = (await ada.rest("GET", "/events")).body;
  const first = await meet(ada);
  await receiver.messages(1);
  const late = await world.person();
  const second = await meet(late);
  await receiver.messages(2);
  expect(receiver.rows.map((row) => row.id)).toEqual([first.id, second.id]);
  await act(root, `rewindWebhook(id: ${id}, since: "${before}") { id }`);
  await until(() => receiver.rows.length >= 4);
  const again = receiver.rows.slice(2).map((row) => row.id);
  expect(again).toEqual(expect.arrayContaining([first.id, second.id]));
  await eventually(async () =>
    expect(await readWebhook(root, id)).toMatchObject({ behindSeconds: 0, state: "ON" }),
  );
});

test("a cursor below the floor says resync, and goes on from the watermark in it", async () => {
  const event = await meet(ada);
  await ada.rest("DELETE", `/events/${event.id}`);
  await world.sql.query("insert into sweep (before) values (tidemark_now() + interval '1 minute')");
  await makeWebhook(root, {
    url: receiver.url(),
    calendarId: ada.calendarId,
    since: "2026-01-01T00:00:00Z",
  });
  const [message] = await receiver.messages(1);
  const { nextDeltaToken: watermark } = (await ada.rest("GET", "/events")).body;
  expect(message!.body).toMatchObject({
    type: "calendar.resync",
    data: {
      organisationId: world.organisationId,
      webhookId: expect.any(String),
      calendarId: ada.calendarId,
      userId: ada.id,
      watermark,
    },
  });
  expect(Object.keys(message!.body.data)).toHaveLength(5);
  const next = await meet(ada);
  await receiver.messages(2);
  expect(receiver.received[1]!.body.data).toMatchObject({ since: watermark, records: [{ id: next.id }] });
});

test("a body has 256 KiB at most with all that is around its rows, but to finish a tick", () => {
  const at = (second: number): string => `2026-03-02T15:00:0${second}.000Z`;
  const told = { organisationId: "1", webhookId: "2", calendarId: "3", userId: "4", covered: at(0) };
  const view = (id: number, json: string): any => ({
    id: `${id}`,
    deleted: false,
    lastModifiedAt: at(id),
    json,
  });
  const page = (...views: any[]): any =>
    changedPage(told, "EVENTS", { views, watermark: at(views.length), hasMore: false });
  const bare = Buffer.byteLength(page(view(1, "0"), view(2, "0")).letter.body) - 2;
  const filling = (bytes: number): string => "1".repeat(bytes);
  const half = filling(100_000);
  const full = page(view(1, half), view(2, filling(MAX_BODY_BYTES - bare - half.length)));
  expect([full.rows, full.hasMore]).toEqual([2, false]);
  expect(Buffer.byteLength(full.letter.body)).toBe(MAX_BODY_BYTES);
  const over = page(view(1, half), view(2, filling(MAX_BODY_BYTES - bare - half.length + 1)));
  expect([over.rows, over.hasMore, over.watermark]).toEqual([1, true, at(1)]);
});
