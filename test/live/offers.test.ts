// Requests that offer to go on in another protocol: only a WebSocket at /graphql is taken up.
import { setTimeout as sleep } from "node:timers/promises";
import { followWs, fromThisInstant, openInstance } from "../support/live";
import { Wire } from "../support/wire";
import { openWorld, type Person, type World } from "../support/world";

const MEETING = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const H2C = [
  "Connection: Upgrade, HTTP2-Settings",
  "Upgrade: h2c",
  "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
];

let world: World;
let ada: Person;
let bearer: string;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person();
  bearer = `Authorization: Bearer ${ada.token}`;
});
afterAll(() => world.close());

const head = (line: string, ...fields: string[]): string =>
  [`${line} HTTP/1.1`, "Host: x", bearer, ...fields, "", ""].join("\r\n");
const meeting = (subject: string): string => JSON.stringify({ subject, ...MEETING });
const lengthOf = (body: string): string => `Content-Length: ${Buffer.byteLength(body)}`;
const subjects = async (): Promise<string[]> =>
  ((await ada.rest("GET", "/events")).body.records as { subject: string }[]).map(({ subject }) => subject);

describe("an offer of another protocol is passed over, and the request is served", () => {
  const offers: [what: string, fields: string[]][] = [
    ["h2c", H2C],
    ["h2c, in other letters", ["connection: keep-alive, upgrade", "UPGRADE: h2c"]],
    ["a protocol that nobody knows", ["Connection: upgrade", "Upgrade: tidemark/9"]],
    ["TLS", ["Connection: Upgrade", "Upgrade: TLS/1.2, HTTP/1.1"]],
    ["several, each in a line of its own", ["Connection: Upgrade", "Upgrade: h2c", "Upgrade: websocket"]],
    ["nothing", ["Connection: Upgrade", "Upgrade:"]],
  ];

  test.each(offers)("%s: every door and page, on one connection", async (_what, fields) => {
    const wire = new Wire(world.url);
    const query = JSON.stringify({ query: "{ me { email } }" });
    for (const [line, body, status, holds] of [
      ["GET /api/v1/me", "", 200, ada.email],
      ["POST /api/v1/events", meeting("Offered"), 201, "Offered"],
      ["POST /graphql", query, 200, ada.email],
      ["GET /graphql?query=%7Bme%7Bemail%7D%7D", "", 200, ada.email],
      ["GET /healthz", "", 200, "ok"],
      ["GET /nothing", "", 404, "not_found"],
      ["GET /api/v1/nothing", "", 404, "not_found"],
      ["GET /api/v1/me", "", 200, ada.email],
    ] as const) {
      const more = body ? ["Content-Type: application/json", lengthOf(body)] : [];
      wire.send(head(line, "Apollo-Require-Preflight: 1", ...fields, ...more) + body);
      const reply = await wire.reply();
      expect([line, reply.status]).toEqual([line, status]);
      expect(reply.body).toContain(holds);
      expect(reply.headers["x-request-id"]).toBeTruthy();
    }
    wire.socket.destroy();
  });

  test("a WebSocket anywhere but at /graphql, and one that is no GET", async () => {
    const socket = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    const wire = new Wire(world.url);
    wire.send(head("GET /api/v1/me", ...socket, key));
    expect((await wire.reply()).status).toBe(200);
    const query = JSON.stringify({ query: "{ me { email } }" });
    wire.send(
      head("POST /graphql", ...socket, key, "Content-Type: application/json", lengthOf(query)) + query,
    );
    expect((await wire.reply()).body).toContain(ada.email);
    wire.socket.destroy();
  });
});

describe("nothing of a request with an offer is lost or changed", () => {
  test("a body that comes late, in pieces, or in chunks", async () => {
    const wire = new Wire(world.url);
    const late = meeting("Late 🌊");
    wire.send(head("POST /api/v1/events", ...H2C, "Content-Type: application/json", lengthOf(late)));
    await sleep(100);
    wire.send(late.slice(0, 20));
    await sleep(50);
    wire.send(late.slice(20));
    expect(JSON.parse((await wire.reply()).body)).toMatchObject({ subject: "Late 🌊" });

    const chunked = meeting("In chunks");
    wire.send(head("POST /api/v1/events", ...H2C, "Transfer-Encoding: chunked"));
    for (const piece of [chunked.slice(0, 7), chunked.slice(7)]) {
      await sleep(30);
      wire.send(`${piece.length.toString(16)}\r\n${piece}\r\n`);
    }
    wire.send("0\r\n\r\n");
    expect(JSON.parse((await wire.reply()).body)).toMatchObject({ subject: "In chunks" });
    wire.socket.destroy();
  });

  test("a client that waits for 100 Continue gets it", async () => {
    const wire = new Wire(world.url);
    const body = meeting("Expected");
    wire.send(head("POST /api/v1/events", ...H2C, "Expect: 100-continue", lengthOf(body)));
    expect((await wire.reply()).status).toBe(100);
    wire.send(body);
    expect((await wire.reply()).status).toBe(201);
    wire.socket.destroy();
  });

  test("requests sent behind one another are answered all, in order, with offers and without", async () => {
    const wire = new Wire(world.url);
    const wishes = Array.from({ length: 40 }, (_, index) => {
      const body = meeting(`Pipelined ${index}`);
      const fields = index % 3 === 1 ? [] : H2C;
      return index % 2
        ? head("GET /api/v1/me", ...fields, `X-Request-Id: get-${index}`)
        : head("POST /api/v1/events", ...fields, `X-Request-Id: post-${index}`, lengthOf(body)) + body;
    });
    wire.send(wishes.join(""));
    for (let index = 0; index < wishes.length; index++) {
      const reply = await wire.reply();
      expect([reply.status, reply.headers["x-request-id"]]).toEqual(
        index % 2 ? [200, `get-${index}`] : [201, `post-${index}`],
      );
    }
    wire.socket.destroy();
    expect((await subjects()).filter((subject) => subject.startsWith("Pipelined"))).toHaveLength(20);
  });

  test("an offer behind a long list waits until all of the list has been read", async () => {
    const ben = await world.person();
    await world.sql.query(
      `insert into event (organisation_id, owner_id, subject, description, start_time, end_time)
       select $1, $2, 'Long', repeat('x', 5000), '2026-03-02', '2026-03-02' from generate_series(1, 2000)`,
      [ben.organisationId, ben.id],
    );
    const wire = new Wire(world.url);
    const mine = head("GET /api/v1/events").replace(ada.token, ben.token);
    wire.socket.pause();
    wire.send(mine + head("GET /api/v1/me", ...H2C));
    await sleep(500);
    wire.socket.resume();
    expect((JSON.parse((await wire.reply()).body) as { length: number }).length).toBe(2_000);
    expect((await wire.reply()).body).toContain(ada.email);
    wire.socket.destroy();
  });

  test("a client that has sent all and closed its half is answered like one without an offer", async () => {
    const answers = async (...fields: string[]): Promise<number> => {
      const wire = new Wire(world.url, { allowHalfOpen: true });
      wire.socket.end(head("GET /healthz", ...fields));
      const { status } = await wire.reply();
      await wire.end();
      return status;
    };
    expect(await answers(...H2C)).toBe(await answers());
  });

  test("what a head without an offer is refused for, one with an offer is too", async () => {
    const wire = new Wire(world.url);
    wire.send(`GET /api/v1/me HTTP/1.1\r\n${bearer}\r\n${H2C.join("\r\n")}\r\n\r\n`);
    expect((await wire.reply()).status).toBe(400); // No Host.
    wire.socket.destroy();
  });

  test("header fields come as they were sent: many, repeated, and bytes beyond ASCII", async () => {
    const many = Array.from({ length: 1_200 }, (_, index) => `A${index}: b`);
    const body = meeting("Behind 1,200 fields");
    const wire = new Wire(world.url);
    const keys = ["Idempotency-Key: first", "IDEMPOTENCY-key: second"];
    const sent =
      head("POST /api/v1/events", "X-Else: \u00e9", ...many, ...H2C, ...keys, lengthOf(body)) + body;
    wire.socket.write(Buffer.from(sent, "latin1"));
    expect((await wire.reply()).status).toBe(201);
    const again = await ada.rest("POST", "/events", body, { "Idempotency-Key": "first, second" });
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    wire.send(head("GET /api/v1/me"));
    expect((await wire.reply()).body).toContain(ada.email);
    wire.socket.destroy();
  });
});

describe("a WebSocket at /graphql", () => {
  test("is opened, behind an answer of the same connection too", async () => {
    const heard = await followWs(world.url, ada.token, fromThisInstant());
    await ada.rest("POST", "/events", { subject: "Heard", ...MEETING });
    await heard.until(({ subjects: all }) => all.includes("Heard"));
    await heard.stop();

    const wire = new Wire(world.url);
    const socket = ["Connection: Upgrade", "Upgrade: WebSocket", "Sec-WebSocket-Version: 13"];
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    wire.send(
      head("GET /api/v1/me") +
        head("GET /graphql", ...socket, key, "Sec-WebSocket-Protocol: graphql-transport-ws"),
    );
    expect((await wire.reply()).body).toContain(ada.email);
    expect((await wire.reply()).headers["sec-websocket-accept"]).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    wire.socket.destroy();
  });

  test("that is no handshake is refused in the one shape, and closed", async () => {
    const wire = new Wire(world.url);
    wire.send(head("GET /graphql", "Connection: Upgrade", "Upgrade: websocket"));
    const reply = await wire.reply();
    expect([reply.status, JSON.parse(reply.body)]).toEqual([
      400,
      expect.objectContaining({ code: "bad_request", details: [] }),
    ]);
    await wire.end();
  });
});

test("connections that offered, were refused, or closed one half leave nothing open", async () => {
  const instance = await openInstance(world.databaseUrl);
  const wires: Wire[] = [];
  for (let i = 0; i < 200; i++) {
    for (const [text, half] of [
      [head("POST /x", ...H2C, "Content-Length: 5"), false],
      [head("POST /x", ...H2C, "Content-Length: 5") + "hello", true],
      [head("GET /graphql", "Connection: Upgrade", "Upgrade: websocket"), true],
      ["no HTTP at all\r\n\r\n", true],
      [head("GET /api/v1/me", ...H2C), true],
    ] as const) {
      const wire = new Wire(instance.url, { allowHalfOpen: true });
      wires.push(wire);
      if (half) wire.socket.end(text);
      else wire.send(text);
    }
  }
  await sleep(500);
  for (const wire of wires) if (!wire.socket.writableEnded) wire.socket.end("hello");
  await instance.untilConnections(0);
  for (const wire of wires) await wire.end();
  await instance.stop();
});
