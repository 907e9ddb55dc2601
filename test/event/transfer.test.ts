// One event that gets another owner.
import { openWorld, type GraphQLReply, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

let world: World;
let admin: Person;
let ada: Person;
let ben: Person;
let cleo: Person;

const TIMED = { subject: "Review", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

beforeAll(async () => {
  world = await openWorld();
  admin = await world.person({ name: "Root", role: "admin" });
  ada = await world.person({ name: "Ada" });
  ben = await world.person({ name: "Ben" });
  cleo = await world.person({ name: "Cleo", email: "cleo@x.co" });
});
afterAll(() => world.close());

const newEvent = async (more: object = {}): Promise<any> =>
  (await ada.rest("POST", "/events", { ...TIMED, ...more })).body;

const transfer = (by: Person, id: string, to: string): Promise<GraphQLReply> =>
  by.graphql(
    "mutation($id: ID!, $to: ID!) { transferEvent(id: $id, to: $to) { id subject ownerId lastModifiedAt viewer { role masked } } }",
    { id, to },
  );
const codeOf = ({ errors }: GraphQLReply): unknown => errors?.[0]?.extensions.code;
const feedRow = async (who: Person, id: string): Promise<any> => {
  const { body } = await who.rest("GET", "/events?since=0&showDeleted=true");
  return body.records.find((row: { id: string }) => row.id === id);
};

test("its owner gives it away, and the feed of everybody in it says so at one tick", async () => {
  const event = await newEvent({ attendees: [{ userId: ben.id }], private: true });
  const { data } = await transfer(ada, event.id, cleo.id);
  // Ada is not on the list: it is a colleague's private event to her now.
  expect(data.transferEvent).toMatchObject({
    id: event.id,
    subject: "Private",
    viewer: { role: "COLLEAGUE", masked: true },
  });
  const rows = await Promise.all([ada, ben, cleo].map((who) => feedRow(who, event.id)));
  expect(rows[0]).toMatchObject({ deleted: true, reason: "left" });
  for (const row of rows.slice(1)) {
    expect(row).toMatchObject({ ownerId: cleo.id, organizerEmail: "cleo@x.co", deleted: false });
  }
  expect(new Set(rows.map(({ lastModifiedAt }) => lastModifiedAt))).toEqual(
    new Set([data.transferEvent.lastModifiedAt]),
  );
  expect(data.transferEvent.lastModifiedAt > event.lastModifiedAt).toBe(true);
});

test("an owner who is on the list goes on as an attendee, and one who had left has it again", async () => {
  const event = await newEvent({ attendees: [{ userId: ada.id }, { userId: cleo.id }] });
  await cleo.rest("DELETE", `/events/${event.id}`);
  expect((await transfer(ada, event.id, cleo.id)).data.transferEvent).toMatchObject({
    ownerId: cleo.id,
    viewer: { role: "ATTENDEE" },
  });
  expect((await cleo.rest("GET", `/events/${event.id}`)).status).toBe(200);
});

test("an admin transfers anybody's; an attendee, a colleague and who has left do not", async () => {
  const event = await newEvent({ attendees: [{ userId: ben.id }] });
  for (const who of [ben, cleo]) expect(codeOf(await transfer(who, event.id, who.id))).toBe("forbidden");
  await ben.rest("DELETE", `/events/${event.id}`);
  expect(codeOf(await transfer(ben, event.id, ben.id))).toBe("forbidden");
  expect((await feedRow(ada, event.id)).ownerId).toBe(ada.id);
  expect((await transfer(admin, event.id, cleo.id)).data.transferEvent.ownerId).toBe(cleo.id);
});

test("to its owner, it is no change", async () => {
  const event = await newEvent();
  const { data } = await transfer(ada, event.id, ada.id);
  expect(data.transferEvent).toMatchObject({
    lastModifiedAt: event.lastModifiedAt,
    viewer: { role: "OWNER" },
  });
});

test("nobody who is disabled, unknown or of another organisation gets it, and nothing is changed", async () => {
  const event = await newEvent();
  const leaver = await world.person();
  const stranger = await world.person({ organisationId: await world.organisation() });
  await world.sql.query("update app_user set disabled_at = now() where id = $1", [leaver.id]);
  expect(codeOf(await transfer(ada, event.id, leaver.id))).toBe("conflict");
  for (const to of [stranger.id, "999999999"])
    expect(codeOf(await transfer(ada, event.id, to))).toBe("not_found");
  for (const id of ["999999999", (await stranger.rest("POST", "/events", TIMED)).body.id])
    expect(codeOf(await transfer(ada, id, ben.id))).toBe("not_found");
  const malformed = await transfer(ada, event.id, "ben");
  expect([codeOf(malformed), malformed.errors?.[0]?.extensions.details[0].field]).toEqual([
    "bad_request",
    "to",
  ]);
  expect(await feedRow(ada, event.id)).toEqual(event);
});
