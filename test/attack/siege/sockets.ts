// Connections that do not do what connections do: upgrades to what nobody speaks, sockets that are half closed, that
// never finish, that are never read; and subscriptions by the hundred.
import { once } from "node:events";
import type { Socket } from "node:net";
import WebSocket from "ws";
import type { Ground } from "./ground";
import type { Assault, Pressure } from "./pressure";

const H2C =
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n";
const WEBSOCKET =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const PATHS = [
  "/x",
  "/",
  "/graphql",
  "/api/v1/events",
  "/api/v1/me",
  "/healthz",
  "/docs",
  "/assets/x",
  "/records/1",
];
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "PROPFIND"];
const BODY = '{"a":1}';
const HEARD_MS = 400;
const OPENED_MS = 3_000;

const head = (method: string, path: string, more = ""): string =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\n${more}`;
const withBody = `Content-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;

const heard = async (socket: Socket, pressure: Pressure): Promise<string> => {
  const said = once(socket, "data").then(([data]) => String(data));
  return Promise.race([said, pressure.pause(HEARD_MS).then(() => ""), once(socket, "close").then(() => "")]);
};

/** What a client may do after the head of a request that asks for an upgrade. */
const ENDINGS: readonly ((socket: Socket, pressure: Pressure) => Promise<unknown>)[] = [
  async (socket, pressure) => {
    await heard(socket, pressure);
    socket.write(BODY);
    await pressure.pause(20);
    socket.destroy();
  },
  async (socket, pressure) => {
    socket.write(BODY);
    await heard(socket, pressure);
    socket.end();
  },
  async (socket, pressure) => {
    socket.end();
    await heard(socket, pressure);
  },
  async (socket, pressure) => {
    await heard(socket, pressure);
    socket.write(BODY);
    socket.end();
    await pressure.pause(50);
  },
  async (socket) => Promise.resolve(socket.resetAndDestroy()),
];

async function upgrade(pressure: Pressure, number: number, token: string): Promise<void> {
  const method = METHODS[number % METHODS.length] as string;
  const path = PATHS[Math.floor(number / METHODS.length) % PATHS.length] as string;
  const kind = number % 3 === 0 && path !== "/graphql" ? WEBSOCKET : H2C;
  const socket = await pressure.dial();
  if (!socket) return;
  pressure.count("sockets");
  socket.on("data", () => undefined);
  socket.write(
    head(method, path, `${number % 2 === 0 ? `Authorization: Bearer ${token}\r\n` : ""}${kind}${withBody}`),
  );
  await (ENDINGS[number % ENDINGS.length] as (typeof ENDINGS)[number])(socket, pressure);
  // What the server leaves open at its end it leaves open for good.
  setTimeout(() => socket.destroy(), 500).unref();
}

/** Heads and bodies that begin and do not go on. */
const UNFINISHED: readonly ((token: string) => string)[] = [
  () => "",
  () => "GET /api/v1/me HT",
  (token) => head("GET", "/api/v1/me", `Authorization: Bearer ${token}\r\n`),
  (token) =>
    head(
      "POST",
      "/api/v1/events",
      `Authorization: Bearer ${token}\r\n${withBody.replace(/\d+/, "5000")}{"sub`,
    ),
  (token) =>
    head("POST", "/graphql", `Authorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"q`),
  (token) =>
    head(
      "GET",
      "/graphql",
      `Authorization: Bearer ${token}\r\n${WEBSOCKET}Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
    ),
  (token) => head("POST", "/api/v1/events", `Authorization: Bearer ${token}\r\n${H2C}${withBody}`),
];

export async function unfinished(pressure: Pressure, number: number, token: string): Promise<Socket | null> {
  const socket = await pressure.dial();
  if (!socket) return null;
  pressure.count("sockets");
  socket.on("data", () => undefined);
  socket.write((UNFINISHED[number % UNFINISHED.length] as (typeof UNFINISHED)[number])(token));
  if (number % 5 === 0) socket.end();
  return socket;
}

/** Asks for all there is and reads nothing of it. */
export async function unread(
  pressure: Pressure,
  token: string,
  path = "/api/v1/events",
): Promise<Socket | null> {
  const socket = await pressure.dial();
  if (!socket) return null;
  pressure.count("sockets");
  socket.pause();
  socket.write(head("GET", path, `Authorization: Bearer ${token}\r\n\r\n`));
  return socket;
}

const SUBSCRIBE = "subscription { eventChanged { id event { subject } } }";

/** A socket with so many subscriptions, which reads them; null where it was refused. */
export async function subscriber(
  pressure: Pressure,
  token: string,
  operations: number,
): Promise<WebSocket | null> {
  const socket = new WebSocket(
    `${pressure.url.origin.replace(/^http/, "ws")}/graphql`,
    "graphql-transport-ws",
  );
  socket.on("error", () => undefined);
  const opened = await Promise.race([
    once(socket, "open").then(() => true),
    once(socket, "close").then(() => false),
    pressure.pause(OPENED_MS).then(() => false),
  ]).catch(() => false);
  pressure.count(opened ? "WebSockets" : "WebSockets refused");
  if (!opened) {
    socket.terminate();
    return null;
  }
  socket.send(JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${token}` } }));
  await Promise.race([once(socket, "message"), once(socket, "close"), pressure.pause(2_000)]);
  // One too many of its token: it was told so, and closed.
  if (socket.readyState !== WebSocket.OPEN) return null;
  for (let id = 0; id < operations; id++)
    socket.send(JSON.stringify({ id: String(id), type: "subscribe", payload: { query: SUBSCRIBE } }));
  return socket;
}

/** Of the four that are being opened at a time, some may be told at the same moment that they are too many. */
const MOST_OPEN = 1_000 + 4;

async function flood(pressure: Pressure, { attackers }: Ground): Promise<string[]> {
  const [, , , , subscribing, writing] = attackers;
  const open = new Set<WebSocket>();
  await Promise.all([
    pressure.keepUp(4, async (number) => {
      if (open.size >= 1_100) return pressure.pause(200);
      const socket = await subscriber(pressure, subscribing?.token ?? "", number % 10 === 0 ? 100 : 1);
      if (!socket) return pressure.pause(20);
      open.add(socket);
      socket.on("close", () => open.delete(socket));
    }),
    pressure.keepUp(1, (number) =>
      pressure.graphql(
        writing?.token ?? "",
        `mutation { createEvent(input: {subject: "${number}", startTime: "2027-02-01T10:00:00Z", endTime: "2027-02-01T11:00:00Z",
           attendees: [{userId: "${subscribing?.id}"}]}) { id } }`,
      ),
    ),
  ]);
  const most = open.size;
  for (const socket of open) socket.terminate();
  return most > MOST_OPEN ? [`${most} sockets of one token were open at once`] : [];
}

export const SOCKETS: readonly Assault[] = [
  {
    name: "upgrades to h2c and WebSocket on every path, their bodies sent late, closed, half closed",
    mayTakeMb: 150,
    run: async (pressure, { attackers }) => {
      const { token = "" } = attackers[1] ?? {};
      await pressure.keepUp(16, (number) => upgrade(pressure, number, token));
      return [];
    },
  },
  {
    name: "sockets that never finish, and streams that are never read",
    // The streams are three tokens'.
    mayTakeMb: 300,
    run: async (pressure, { attackers, glutton, host }) => {
      const { token = "" } = attackers[1] ?? {};
      const readers = [glutton.token, host.token, token];
      for (let number = 0; number < 300 && !pressure.over; number++) {
        await unfinished(pressure, number, token);
        if (number % 3 === 0) await unread(pressure, readers[(number % 9) / 3] as string);
      }
      await pressure.pause(Infinity);
      return [];
    },
  },
  { name: "1,100 WebSockets of a token, some with 100 subscriptions", mayTakeMb: 300, run: flood },
];
