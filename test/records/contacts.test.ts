// POST /contacts: a repeat makes no second contact, and neither does somebody else who has the address already.
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", email: "ada@x.co", role: "admin" });
  ben = await world.person({ name: "Ben", email: "ben@x.co" });
});

afterAll(() => world.close());

const post = (who: Person, body: object, key?: string, query = ""): ReturnType<Person["rest"]> =>
  who.rest("POST", `/contacts${query}`, body, key === undefined ? {} : { "Idempotency-Key": key });

test("the same key and content get the first answer again, whatever became of the contact", async () => {
  const body = { name: "Key", emails: ["key@y.co"] };
  const first = await post(ada, body, "k1");
  expect(first.status).toBe(201);
  expect(first.headers.get("Idempotency-Replayed")).toBeNull();
  await ada.graphql(
    `mutation { saveRecords(records: [{ id: "${first.body.id}", name: "Renamed" }]) { id } }`,
  );
  const again = await post(ada, { email: "KEY@y.co", name: "Key" }, "k1");
  expect(again.status).toBe(201);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get("Idempotency-Replayed")).toBe("true");
  expect(again.headers.get("Location")).toBe(first.headers.get("Location"));
});

test("the same key with other content is idempotency.mismatch, an event's key too; another user's key is their own", async () => {
  await post(ada, { name: "One" }, "k2");
  expect((await post(ada, { name: "Two" }, "k2")).body.code).toBe("idempotency.mismatch");
  const event = { subject: "E", startTime: "2026-03-02T10:00:00Z", endTime: "2026-03-02T11:00:00Z" };
  const made = await ada.rest("POST", "/events", event, { "Idempotency-Key": "k3" });
  expect(made.status).toBe(201);
  expect((await post(ada, { name: "E" }, "k3")).status).toBe(422);
  expect((await ada.rest("POST", "/events", event, { "Idempotency-Key": "k2" })).status).toBe(422);
  expect((await post(ben, { name: "Two" }, "k2")).status).toBe(201);
  expect((await post(ada, { name: "x" }, "k".repeat(256))).body.details[0].field).toBe("Idempotency-Key");
});

test("concurrent repeats make one contact, with a key as without", async () => {
  const keyed = await Promise.all(
    Array.from({ length: 6 }, () => post(ada, { name: "Race", email: "race@y.co" }, "k4")),
  );
  expect(keyed.map(({ status }) => status)).toEqual(keyed.map(() => 201));
  expect(new Set(keyed.map(({ body }) => body.id)).size).toBe(1);
  const bare = await Promise.all(
    Array.from({ length: 6 }, () => post(ada, { name: "Bare", email: "bare@y.co" })),
  );
  expect(bare.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(bare.filter(({ status }) => status === 409)).toHaveLength(5);
});

test("an address that a live contact has already is a conflict that shows that contact, and uses up no key", async () => {
  const first = (await post(ada, { name: "There", emails: ["there@y.co"] })).body;
  const second = await post(ben, { name: "Again", emails: ["new@y.co", "THERE@y.co"] }, "k5");
  expect(second.status).toBe(409);
  expect(second.body).toMatchObject({ code: "conflict", current: first });
  expect(second.body.details.map(({ field }: { field: string }) => field)).toEqual(["emails[1]"]);
  expect((await post(ben, { name: "Again", email: "there@y.co" })).body.details[0].field).toBe("emails[0]");
  const wanted = await post(ben, { name: "Again", emails: ["there@y.co"] }, "k5", "?allowDuplicate=true");
  expect(wanted.status).toBe(201);
  const third = await post(ben, { name: "Third", email: "there@y.co" });
  expect(third.body.current.id).toBe(first.id);
});

test("an Account's address, an archived contact's and another organisation's are free", async () => {
  await ada.graphql(
    `mutation { saveRecords(records: [{ type: Account, name: "A", emails: ["info@y.co"] }]) { id } }`,
  );
  expect((await post(ada, { name: "Info", email: "info@y.co" })).status).toBe(201);
  const gone = (await post(ada, { name: "Gone", email: "gone@y.co" })).body;
  await ada.graphql(`mutation { archiveRecords(ids: ["${gone.id}"]) { id } }`);
  expect((await post(ada, { name: "New", email: "gone@y.co" })).status).toBe(201);
  const stranger = await world.person({ organisationId: await world.organisation() });
  expect((await post(stranger, { name: "Elsewhere", email: "gone@y.co" })).status).toBe(201);
  expect((await post(ada, { name: "x" }, undefined, "?allowDuplicate=yes")).body.details[0].field).toBe(
    "allowDuplicate",
  );
});
