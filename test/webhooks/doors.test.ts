// Webhooks at both doors: the same rows, the same refusals.
import { deleteWebhooks, makeWebhook, Receiver, verify } from "../support/receiver";
import { insertEvent } from "../support/plain-sql";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let root: Person;
let ada: Person;
let receiver: Receiver;

beforeAll(async () => {
  world = await openWorld({ webhookInternalHosts: ["127.0.0.1"] });
  receiver = await Receiver.open();
  [root, ada] = [await world.person({ role: "admin" }), await world.person()];
});
afterEach(async () => {
  await deleteWebhooks(world);
});
afterAll(async () => {
  await receiver.close();
  await world.close();
});

const FIELDS = `id name url calendarId userId content skipTokenId createdAt state because behindSeconds failingSince
  lastStatus delivered`;

test("over REST a webhook is made, read, changed, called, rewound, given another secret and ended as over GraphQL", async () => {
  const input = { name: "CRM", url: receiver.url(), calendarId: ada.calendarId, content: "events" };
  const made = await root.rest("POST", "/webhooks", { ...input, unknown: 1 });
  expect([made.status, made.headers.get("location")]).toEqual([
    201,
    `/api/v1/webhooks/${made.body.webhook.id}`,
  ]);
  const { id } = made.body.webhook;
  const { data } = await root.graphql(`{ webhook(id: ${id}) { ${FIELDS} } webhooks { ${FIELDS} } }`);
  expect(made.body.webhook).toEqual(data.webhook);
  expect(data.webhook).toMatchObject({
    ...input,
    ...{ content: "EVENTS", userId: root.id, state: "ON", because: null, skipTokenId: null, delivered: 0 },
    ...{ behindSeconds: 0, failingSince: null, lastStatus: null },
  });
  expect((await root.rest("GET", `/webhooks/${id}`)).body).toEqual(data.webhook);
  expect((await root.rest("GET", "/webhooks")).body).toEqual({ records: data.webhooks, length: 1 });

  const event = await insertEvent(world.sql, ada);
  const [message] = await receiver.messages(1);
  verify(made.body.secret, message!);
  expect(receiver.rows[0].event).toEqual((await ada.rest("GET", `/events/${event.id}`)).body);

  const called = await root.rest("POST", `/webhooks/${id}/test`);
  expect([called.status, called.body]).toMatchObject([
    200,
    { status: 204, error: null, type: "webhook.test" },
  ]);
  const rotated = await root.rest("POST", `/webhooks/${id}/rotate`);
  expect([rotated.status, rotated.body.webhook.id]).toEqual([200, id]);
  expect(rotated.body.secret).not.toBe(made.body.secret);
  const rewound = await root.rest("POST", `/webhooks/${id}/rewind`, { since: "2020-01-01T00:00:00Z" });
  expect([rewound.status, rewound.body.id]).toEqual([200, id]);
  const messages = await receiver.messages(3);
  verify(rotated.body.secret, messages[2]!);
  expect(messages[2]!.body.data.records[0].id).toBe(event.id);
  const patched = await root.rest("PATCH", `/webhooks/${id}`, { paused: true, name: "off" });
  expect(patched.body).toMatchObject({ state: "PAUSED", because: "An admin paused it.", name: "off" });
  expect((await root.rest("DELETE", `/webhooks/${id}`)).status).toBe(204);
  expect((await root.rest("GET", `/webhooks/${id}`)).body.code).toBe("not_found");
  expect((await root.rest("DELETE", `/webhooks/${id}`)).status).toBe(404);
});

test("a list of webhooks comes in pages", async () => {
  const ids = [];
  for (let i = 0; i < 3; i++) ids.push((await makeWebhook(root, { url: receiver.url(`/${i}`) })).id);
  const first = await root.rest("GET", "/webhooks?limit=2");
  expect(first.body.records.map((row: any) => row.id)).toEqual(ids.slice(0, 2));
  const second = await root.rest("GET", `/webhooks?limit=2&pageToken=${first.body.nextPageToken}`);
  expect(second.body).toMatchObject({ records: [{ id: ids[2] }], length: 1 });
  expect(second.body.nextPageToken).toBeUndefined();
});

const NEW = { name: "w", url: "https://8.8.8.8/" };

test.each<[string, object, string[]]>([
  ["no name", { url: NEW.url }, ["name"]],
  ["an empty name", { ...NEW, name: "" }, ["name"]],
  ["no address", { name: "w" }, ["url"]],
  ["an address that is no text", { ...NEW, url: 5 }, ["url"]],
  ["an address that is not public", { ...NEW, url: "https://10.0.0.1/" }, ["url"]],
  ["another content", { ...NEW, content: "ALL" }, ["content"]],
  ["a since that is none", { ...NEW, since: "yesterday" }, ["since"]],
  ["a since in seconds", { ...NEW, since: 1772463600 }, ["since"]],
  ["a token that is not there", { ...NEW, skipTokenId: "999999999" }, ["skipTokenId"]],
  ["a calendar that is none", { ...NEW, calendarId: "x" }, ["calendarId"]],
  ["several faults", { name: 1, url: null, content: null }, ["name", "url", "content"]],
])("both doors refuse a webhook with %s", async (_what, input, fields) => {
  const rest = await root.rest("POST", "/webhooks", input);
  expect([rest.status, rest.body.code]).toEqual([400, "bad_request"]);
  expect(rest.body.details.map(({ field }: any) => field)).toEqual(fields);
  const { errors } = await root.graphql(
    "mutation($input: WebhookInput!) { createWebhook(input: $input) { secret } }",
    {
      input,
    },
  );
  expect(errors?.[0]?.extensions.code).toBe("bad_request");
  const { rows } = await world.sql.query("select from webhook");
  expect(rows).toEqual([]);
});

test("a calendar of nobody's is not found, and members may neither make webhooks nor see them", async () => {
  expect((await root.rest("POST", "/webhooks", { ...NEW, calendarId: "999999999" })).status).toBe(404);
  expect((await ada.rest("POST", "/webhooks", NEW)).body.code).toBe("forbidden");
  expect((await ada.rest("POST", "/webhooks", {})).body.code).toBe("forbidden");
  expect((await ada.rest("GET", "/webhooks")).body.code).toBe("forbidden");
  const { errors } = await ada.graphql("{ webhooks { id } }");
  expect(errors?.[0]?.extensions.code).toBe("forbidden");
});

test("a rewind without an instant, or with none, is refused and changes nothing", async () => {
  const { id } = await makeWebhook(root, { url: receiver.url() });
  for (const body of [{}, { since: null }, { since: "soon" }]) {
    const { status, body: said } = await root.rest("POST", `/webhooks/${id}/rewind`, body);
    expect([status, said.details.map(({ field }: any) => field)]).toEqual([400, ["since"]]);
  }
});
