// The doors of live updates: who is let in, that they are doors like the others, and what bad clients come to.
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import {
  EVENT_CHANGED,
  followWs,
  greeted,
  openInstance,
  rawSocket,
  say,
  wsClient,
  wsUrl,
  type Instance,
} from "../support/live";
import { begin, rollbackAll, untilWaiting } from "../support/plain-sql";
import { Wire } from "../support/wire";
import { callGraphQL, openWorld, type Person, type World } from "../support/world";
import { until } from "../support/wait";

const MEETING = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

let world: World;
let ada: Person;
let instance: Instance;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person();
  instance = await openInstance(world.databaseUrl);
});
afterAll(async () => {
  await instance.stop();
  await world.close();
});

describe("who is let in", () => {
  test("a socket without a token, or with an unknown one, is closed as 4401 unauthorized", async () => {
    for (const payload of [undefined, {}, { authorization: "Bearer tmk_nobody" }, { authorization: 7 }]) {
      const { socket, closed } = await rawSocket(instance.url);
      say(socket, { type: "connection_init", payload });
      expect(await closed).toEqual([4401, expect.stringMatching(/^unauthorized: /)]);
    }
  });

  test("a socket with a dead token is closed as 4403 token.dead", async () => {
    const phone = await ada.through("phone");
    await world.sql.query("update access_token set revoked_at = now() where id = $1", [phone.tokenId]);
    const { socket, closed } = await rawSocket(instance.url);
    say(socket, { type: "connection_init", payload: { Authorization: `Bearer ${phone.token}` } });
    expect(await closed).toEqual([4403, "token.dead"]);
  });

  test("a subscription before the greeting is 4401", async () => {
    const { socket, closed } = await rawSocket(instance.url);
    say(socket, { id: "1", type: "subscribe", payload: { query: EVENT_CHANGED } });
    expect((await closed)[0]).toBe(4401);
  });

  test("the header is understood in the first message, in any case, and on the request, Bearer or Basic", async () => {
    const basic = `Basic ${Buffer.from(`ada:${ada.token}`).toString("base64")}`;
    for (const [payload, headers] of [
      [{ AUTHORIZATION: basic }, {}],
      [{ authorization: `bearer ${ada.token}` }, {}],
      [undefined, { Authorization: `Bearer ${ada.token}` }],
    ] as [object | undefined, Record<string, string>][]) {
      const { socket, heard } = await rawSocket(instance.url, headers);
      say(socket, { type: "connection_init", payload });
      await until(() => heard.length === 1);
      expect(JSON.parse(heard[0]!)).toEqual({ type: "connection_ack" });
      socket.terminate();
    }
  });

  test("the request's header does not count from another site's page", async () => {
    const elsewhere = { Authorization: `Bearer ${ada.token}`, Origin: "https://elsewhere.test" };
    const { socket, closed } = await rawSocket(instance.url, elsewhere);
    say(socket, { type: "connection_init" });
    expect((await closed)[0]).toBe(4401);
  });

  test("a stream without a token is 401 unauthorized, as at the HTTP door", async () => {
    const stream = await fetch(`${instance.url}/graphql`, {
      method: "POST",
      headers: { Accept: "text/event-stream", "Content-Type": "application/json" },
      body: JSON.stringify({ query: EVENT_CHANGED }),
    });
    expect(stream.status).toBe(401);
    expect(stream.headers.get("www-authenticate")).toContain("Bearer");
    expect(await stream.json()).toMatchObject({ errors: [{ extensions: { code: "unauthorized" } }] });
  });

  test("a token without the read scope is forbidden", async () => {
    const writer = await ada.through("writer", ["write"]);
    const heard = await followWs(instance.url, writer.token);
    await heard.until(({ errors }) => errors.length > 0);
    expect(heard.errors[0]!.extensions.code).toBe("forbidden");
    await heard.stop();
  });
});

describe("any operation", () => {
  const inputs = { input: { subject: "Over the socket", ...MEETING } };

  test("queries and mutations over the socket answer as over HTTP", async () => {
    const client = wsClient(instance.url, ada.token);
    const ask = async (query: string, variables?: Record<string, unknown>) =>
      (await client.iterate({ query, variables }).next()).value as unknown;
    const create = "mutation ($input: EventInput!) { createEvent(input: $input) { subject } }";
    expect(await ask(create, inputs)).toEqual({ data: { createEvent: { subject: "Over the socket" } } });
    for (const [query, variables] of [
      ["{ me { email } event(id: 1) { id } }"],
      ["{ event(id: $id) { id } }", {}],
      ['mutation { deleteEvent(id: "99999") { id } }'],
    ] as [string, Record<string, unknown>?][]) {
      const { data, errors } = await callGraphQL(instance.url, ada.token, { query, variables });
      const answer = await ask(query, variables).catch((error: unknown) => ({ errors: error }));
      const withoutIds = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value ?? null).replace(/"requestId":"[^"]+"/g, '"requestId":""'));
      expect(withoutIds(answer)).toEqual(
        withoutIds({ ...(data !== undefined && { data }), ...(errors && { errors }) }),
      );
    }
    await client.dispose();
  });

  test.each([
    ["that does not parse", "subscription {", /Syntax Error/],
    ["with unknown fields", "subscription { eventChanged { colour } }", /Cannot query field/],
    [
      "with two fields",
      "subscription { a: eventChanged { id } b: eventChanged { id } }",
      /only one top level/,
    ],
    [
      "that is too deep",
      `subscription { eventChanged { event ${"{ parent ".repeat(12)}{ id }${" }".repeat(12)} } }`,
      /levels deep/,
    ],
    ["with ten thousand aliases", `subscription { eventChanged { ${aliases(3_000)} } }`, /aliases/],
    ["of ten thousand tokens", `subscription { eventChanged { ${"id ".repeat(11_000)} } }`, /tokens/],
    [
      "with fragments in circles",
      "subscription { eventChanged { ...A } } fragment A on EventChange { ...A }",
      /spread/,
    ],
  ])("a subscription %s is a bad_request at both transports", async (_what, query, message) => {
    const client = wsClient(instance.url, ada.token);
    const refused = await client
      .iterate({ query })
      .next()
      .catch((errors: unknown) => errors);
    const extensions = { code: "bad_request", requestId: expect.any(String) as string, details: [] };
    expect(refused).toMatchObject([{ message: expect.stringMatching(message) as string, extensions }]);
    await client.dispose();
    const stream = await streamed({ query });
    expect(stream).toMatch(/^:\n\nevent: next\ndata: \{"errors":\[\{.*\}\n\nevent: complete\ndata:\n\n$/s);
    expect(stream).toMatch(message);
    expect(await instance.isReady()).toBe(true);
  });

  test("a stream answers queries too, and refuses mutations over GET", async () => {
    expect(await streamed({ query: "{ me { email } }" })).toContain(
      `event: next\ndata: {"data":{"me":{"email":"${ada.email}"}}}\n\nevent: complete`,
    );
    const headers = { Accept: "text/event-stream", Authorization: `Bearer ${ada.token}` };
    const got = await fetch(`${instance.url}/graphql?query=${encodeURIComponent("{ me { email } }")}`, {
      headers,
    });
    expect(await got.text()).toContain(ada.email);
    const refused = await fetch(`${instance.url}/graphql?query=${encodeURIComponent("mutation { x }")}`, {
      headers,
    });
    expect(refused.status).toBe(405);
  });

  test("a subscription that asks for JSON is told where to go", async () => {
    const { status, errors } = await callGraphQL(instance.url, ada.token, { query: EVENT_CHANGED });
    expect(status).toBe(400);
    expect(errors).toMatchObject([{ message: expect.stringContaining("text/event-stream") as string }]);
    expect(errors![0]!.extensions.code).toBe("bad_request");
  });

  test.each([
    ["no query", {}, "query"],
    ["variables that are a list", { query: "{ me { id } }", variables: [] }, "variables"],
    ["an operation name that is none", { query: "{ me { id } }", operationName: 7 }, "operationName"],
  ])("a stream with %s is a bad_request that names the field", async (_what, body, field) => {
    const reply = await post(body);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({
      errors: [{ extensions: { code: "bad_request", details: [{ field }] } }],
    });
  });
});

function aliases(count: number): string {
  return Array.from({ length: count }, (_, n) => `a${n}: id`).join(" ");
}

const post = (body: unknown) =>
  fetch(`${instance.url}/graphql`, {
    method: "POST",
    headers: {
      Accept: "text/event-stream",
      Authorization: `Bearer ${ada.token}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify(body),
  });
async function openSubscriptions(): Promise<number> {
  const metrics = await (await fetch(`${instance.url}/metrics`)).text();
  return Number(/^tidemark_subscriptions (\d+)/m.exec(metrics)?.[1]);
}
const streamed = async (body: unknown): Promise<string> => (await post(body)).text();

describe("bad clients", () => {
  test.each([
    ["no JSON", "{", 4400],
    ["an unknown type", JSON.stringify({ type: "shout" }), 4400],
    ["no message at all", "null", 4400],
    ["a subscription without id", JSON.stringify({ type: "subscribe", payload: { query: "{ a }" } }), 4400],
    ["a frame of 2 MiB", "x".repeat(2 << 20), 1009],
    ["a second greeting", JSON.stringify({ type: "connection_init" }), 4429],
  ])("a socket that sends %s is closed, and nobody else's", async (_what, frame, code) => {
    const bystander = await greeted(instance.url, ada);
    const { socket, closed } = await greeted(instance.url, ada);
    socket.send(frame);
    expect((await closed)[0]).toBe(code);
    expect(await instance.isReady()).toBe(true);
    expect(bystander.socket.readyState).toBe(WebSocket.OPEN);
    bystander.socket.terminate();
  });

  test("bytes that are no WebSocket frames end their connection alone", async () => {
    const { port } = new URL(instance.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
    );
    await once(socket, "data");
    socket.write(Buffer.alloc(4_096, 0xff));
    socket.on("error", () => undefined).resume();
    await once(socket, "close");
    expect(await instance.isReady()).toBe(true);
  });

  /** A list that is not answered while the table is locked, and a subscription right behind it. */
  async function streamBehindList(): Promise<Wire> {
    const lock = await begin(world);
    await lock.query("lock table record in access exclusive mode");
    const wire = new Wire(instance.url);
    const head = ["HTTP/1.1", "Host: x", `Authorization: Bearer ${ada.token}`].join("\r\n");
    const body = JSON.stringify({ query: EVENT_CHANGED });
    wire.send(
      `GET /api/v1/records ${head}`,
      "",
      `POST /graphql ${head}`,
      "Accept: text/event-stream",
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
      "",
      body,
    );
    await untilWaiting(world, 1);
    await sleep(500); // What came with it has been read.
    return wire;
  }

  test("a stream asked for behind an unanswered request is refused: nothing of it could leave", async () => {
    const wire = await streamBehindList();
    await rollbackAll();
    expect((await wire.reply()).status).toBe(200);
    const { status, body } = await wire.reply();
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: "bad_request" } }] });
    wire.socket.destroy();
  });

  test("a stream asked for there does not outlive its client", async () => {
    const wire = await streamBehindList();
    wire.socket.destroy();
    await wire.end();
    await until(async () => (await openSubscriptions()) === 0);
    await rollbackAll();
  });

  test("an upgrade elsewhere is 404, one without the protocol is told so", async () => {
    const elsewhere = new WebSocket(wsUrl(instance.url).replace("/graphql", "/elsewhere"));
    const [error] = (await once(elsewhere, "error")) as [Error];
    expect(error.message).toContain("404");
    const other = new WebSocket(wsUrl(instance.url));
    expect(await once(other, "close")).toEqual([4406, expect.anything()]);
  });

  test("beyond a hundred operations a socket's next one is refused", async () => {
    const { socket, heard } = await greeted(instance.url, ada);
    for (let id = 1; id <= 101; id++) {
      say(socket, { id: String(id), type: "subscribe", payload: { query: EVENT_CHANGED } });
    }
    await until(() => heard.length === 2);
    expect(JSON.parse(heard[1]!)).toMatchObject({
      id: "101",
      type: "error",
      payload: [{ extensions: { code: "bad_request" } }],
    });
    socket.terminate();
  });

  test("an id that is taken is 4409", async () => {
    const { socket, closed } = await greeted(instance.url, ada);
    for (let time = 0; time < 2; time++) {
      say(socket, { id: "1", type: "subscribe", payload: { query: EVENT_CHANGED } });
    }
    expect((await closed)[0]).toBe(4409);
  });
});
