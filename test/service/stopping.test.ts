// The real program, whatever its sockets do: no descriptor stays behind, and SIGTERM ends it within ten seconds.
import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureBuilt, killServices, startService, type Running } from "../support/child";
import { greetedAs } from "../support/live";
import { Wire } from "../support/wire";
import { eventually } from "../support/wait";
import { cloneDatabase } from "../support/world";

const H2C = [
  "Connection: Upgrade, HTTP2-Settings",
  "Upgrade: h2c",
  "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
];
const WEBSOCKET = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
const KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
const STREAM = JSON.stringify({ query: "subscription { eventChanged { id } }" });

let database: { url: string; drop: () => Promise<void> };
let service: Running;
let token: string;

beforeAll(async () => {
  await ensureBuilt();
  database = await cloneDatabase();
  service = await startService({ DATABASE_URL: database.url });
  token = service.demoToken!;
});
afterAll(async () => {
  await killServices();
  await database.drop();
});

const head = (line: string, ...fields: string[]): string =>
  [`${line} HTTP/1.1`, "Host: x", ...fields, "", ""].join("\r\n");

/** How many sockets the process has open, to its database too. */
const sockets = (): number =>
  readdirSync(`/proc/${service.pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${service.pid}/fd/${fd}`).startsWith("socket:");
    } catch {
      return false; // Closed while they were read.
    }
  }).length;

const whereProc = process.platform === "linux" ? test : test.skip;
if (process.platform !== "linux") console.warn("Skipped: descriptors are counted in /proc.");

whereProc("a thousand refused or ignored upgrades, of each kind, leave no descriptor open", async () => {
  await fetch(`${service.url}/readyz`);
  const before = sockets();
  const kinds: [what: string, text: string, then: (wire: Wire) => void][] = [
    [
      "body after the answer",
      head("POST /x", ...H2C, "Content-Length: 5"),
      ({ socket }) => socket.end("hello"),
    ],
    ["no body ever", head("POST /x", ...H2C, "Content-Length: 5"), ({ socket }) => socket.destroy()],
    ["closed one half", head("GET /x", ...H2C), ({ socket }) => socket.end()],
    ["no handshake", head("GET /graphql", ...WEBSOCKET), ({ socket }) => socket.end("more")],
    ["a handshake, and gone", head("GET /graphql", ...WEBSOCKET, KEY), ({ socket }) => socket.destroy()],
  ];
  for (const [, text, then] of kinds) {
    for (let round = 0; round < 10; round++) {
      const wires = Array.from({ length: 100 }, () => new Wire(service.url, { allowHalfOpen: true }));
      for (const wire of wires) wire.send(text);
      await Promise.all(wires.map((wire) => (text.includes("Content-Length") ? sleep(50) : wire.reply())));
      for (const wire of wires) then(wire);
    }
  }
  await eventually(() => expect(sockets()).toBeLessThanOrEqual(before));
});

test("SIGTERM ends it within ten seconds, with exit code 0, whatever its sockets do", async () => {
  const bearer = `Authorization: Bearer ${token}`;
  const json = "Content-Type: application/json";
  const stream = head(
    "POST /graphql",
    bearer,
    json,
    "Accept: text/event-stream",
    `Content-Length: ${STREAM.length}`,
  );
  const wires = [
    "", // Connected, and silent.
    "GET /api/v1/me HTTP/1.1\r\nHost: x\r\n", // A head that never ends.
    head("POST /api/v1/events", bearer, "Content-Length: 100"), // A body that never comes.
    head("POST /api/v1/events", bearer, ...H2C, "Content-Length: 100"),
    head("GET /api/v1/me", bearer), // Idle after an answer.
    head("GET /api/v1/me", bearer, ...H2C),
    head("GET /graphql", ...WEBSOCKET, KEY), // Upgraded, and it never closes.
    head("GET /graphql", ...WEBSOCKET), // Refused, and it stays.
    "no HTTP at all\r\n\r\n",
    stream + STREAM, // Never read.
    stream + STREAM + head("GET /api/v1/me", bearer, ...H2C), // Waits for an answer that does not end.
    stream + STREAM + head("GET /graphql", ...WEBSOCKET, KEY),
  ].flatMap((text) =>
    [false, true].map((half) => {
      const wire = new Wire(service.url, { allowHalfOpen: true });
      if (half) wire.socket.end(text);
      else wire.send(text);
      return wire;
    }),
  );
  const greeted = await greetedAs(service.url, token);
  greeted.socket.pause(); // Deaf: it will not hear that it is to close.
  await sleep(300);
  wires.forEach((wire, index) => index % 3 === 0 && wire.socket.pause());
  const from = performance.now();
  expect(await service.stop()).toBe(0);
  // Ten seconds, and five for a busy machine.
  expect(performance.now() - from).toBeLessThan(15_000);
  for (const wire of wires) wire.socket.destroy();
  greeted.socket.terminate();
});
