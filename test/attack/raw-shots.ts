// What is written to the bare socket: HTTP that is none, bodies that never end, fields that are too long, frames of a
// WebSocket that break its rules.
import { createHash } from "node:crypto";
import type { GraphQLSchema } from "graphql";
import { operationJson } from "./graphql-shots";
import type { Shot } from "./shot";
import { hostile, toJson, type Draw } from "./values";

type Make = (draw: Draw, authorization: string) => string[];

const head = (line: string, authorization: string, more = ""): string =>
  `${line}\r\nHost: x\r\nAuthorization: ${authorization}\r\n${more}`;
const post = (authorization: string, more: string): string =>
  head("POST /api/v1/events HTTP/1.1", authorization, `Content-Type: application/json\r\n${more}`);

const bytes = ({ random }: Draw, count: number): string =>
  Array.from({ length: count }, () => String.fromCharCode(random.below(256))).join("");

/** By name, so that a report says what it was. */
export const RAW: Readonly<Record<string, Make>> = {
  garbage: (draw) => [bytes(draw, 1 + draw.random.below(600))],
  "a TLS hello": () => ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "x".repeat(200)],
  "no version": (_, auth) => [head("GET /api/v1/me", auth, "\r\n")],
  "another version": (_, auth) => [head("GET /api/v1/me HTTP/9.9", auth, "\r\n")],
  "HTTP/1.0": (_, auth) => [head("GET /api/v1/me HTTP/1.0", auth, "\r\n")],
  "the preface of HTTP/2": () => ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  "an address of raw bytes": (draw, auth) => [
    head(`GET /api/v1/events/\xff\xfe?q=\xe9 HTTP/1.1`, auth, "\r\n"),
  ],
  "a whole URL": (_, auth) => [head("GET http://evil.test/api/v1/me HTTP/1.1", auth, "\r\n")],
  "a URL with no path": (_, auth) => [head("GET http:// HTTP/1.1", auth, "\r\n")],
  "two slashes": (_, auth) => [head("GET //evil.test/%2e%2e/api/v1/me HTTP/1.1", auth, "\r\n")],
  "an asterisk": (_, auth) => [head("OPTIONS * HTTP/1.1", auth, "\r\n")],
  "a proxy's CONNECT": (_, auth) => [head("CONNECT evil.test:443 HTTP/1.1", auth, "\r\n")],
  "fields of 20,000 bytes": (_, auth) => [
    head("GET /api/v1/me HTTP/1.1", auth, `X-Long: ${"x".repeat(20_000)}\r\n\r\n`),
  ],
  "an address of 20,000 bytes": (_, auth) => [
    head(`GET /api/v1/events?q=${"x".repeat(20_000)} HTTP/1.1`, auth, "\r\n"),
  ],
  "three thousand fields": (_, auth) => [
    head("GET /api/v1/me HTTP/1.1", auth, `${"a: b\r\n".repeat(3_000)}\r\n`),
  ],
  "a field that is no field": (_, auth) => [head("GET /api/v1/me HTTP/1.1", auth, "no colon\r\n\r\n")],
  "a NUL in a field": (_, auth) => [head("GET /api/v1/me HTTP/1.1", auth, "X: a\0b\r\n\r\n")],
  "two Authorization fields": (_, auth) => [
    head("GET /api/v1/me HTTP/1.1", auth, `Authorization: Bearer tmk_other\r\n\r\n`),
  ],
  "no Host": (_, auth) => [`GET /api/v1/me HTTP/1.1\r\nAuthorization: ${auth}\r\n\r\n`],
  "two Hosts": (_, auth) => [head("GET /api/v1/me HTTP/1.1", auth, "Host: y\r\n\r\n")],
  "a length and chunks": (_, auth) => [
    post(
      auth,
      "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
    ),
  ],
  "two lengths": (_, auth) => [post(auth, "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x")],
  "a negative length": (_, auth) => [post(auth, "Content-Length: -1\r\n\r\n{}")],
  "an endless length": (_, auth) => [post(auth, `Content-Length: ${"9".repeat(30)}\r\n\r\n{}`)],
  "a length beyond the limit": (_, auth) => [post(auth, "Content-Length: 99999999\r\n\r\n{}")],
  "a body cut short": (_, auth) => [post(auth, 'Content-Length: 5000\r\n\r\n{"subject":"')],
  "a chunk that lies": (_, auth) => [post(auth, "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")],
  "a chunk cut short": (_, auth) => [post(auth, "Transfer-Encoding: chunked\r\n\r\nffff\r\n{}")],
  "chunks within chunks": (_, auth) => [post(auth, "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n")],
  "a gzip that is none": (_, auth) => [post(auth, "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx")],
  "bytes that are no UTF-8": (_, auth) => [
    post(auth, 'Content-Length: 17\r\n\r\n{"subject":"\xff\xfe\xc0"}'),
  ],
  "requests in a pipeline": (_, auth) => [head("GET /api/v1/me HTTP/1.1", auth, "\r\n").repeat(20)],
  "a request and garbage behind it": (draw, auth) => [
    head("GET /api/v1/me HTTP/1.1", auth, "\r\n") + bytes(draw, 100),
  ],
  "a slow head": (_, auth) => [
    "GET /api/v1/me HT",
    "TP/1.1\r\nHo",
    `st: x\r\nAuthorization: ${auth}`,
    "\r\n\r\n",
  ],
  "a head that never ends": (_, auth) => [head("GET /api/v1/me HTTP/1.1", auth)],
  "nothing at all": () => [],
  "an upgrade elsewhere": (_, auth) => [upgrade("/api/v1/events", auth)],
  "an upgrade of another kind": (_, auth) => [upgrade("/graphql", auth).replace("websocket", "h2c")],
  "an upgrade with a bad key": (_, auth) => [upgrade("/graphql", auth, "x")],
  "an upgrade to no protocol of ours": (_, auth) => [
    upgrade("/graphql", auth).replace("graphql-transport-ws", "x"),
  ],
};

export const NAMES_RAW = Object.keys(RAW);

const KEY = createHash("sha1").update("attack").digest("base64").slice(0, 22) + "==";

function upgrade(path: string, authorization: string, key = KEY): string {
  const fields = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`;
  return head(
    `GET ${path} HTTP/1.1`,
    authorization,
    `${fields}Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
  );
}

export function rawShot(draw: Draw, authorization: string | null): Shot {
  const name = draw.random.pick(NAMES_RAW);
  const pieces = RAW[name]?.(draw, authorization ?? "") ?? [];
  return { door: "raw", home: draw.home, method: "raw", path: name, headers: {}, pieces };
}

/** A frame of a WebSocket: masked as a client's must be, or not. */
function frame(
  opcode: number,
  payload: string,
  { fin = true, masked = true, length = payload.length } = {},
): string {
  const first = String.fromCharCode((fin ? 0x80 : 0) | opcode);
  const mask = masked ? 0x80 : 0;
  const size =
    length < 126
      ? String.fromCharCode(mask | length)
      : length < 65_536
        ? String.fromCharCode(mask | 126, length >> 8, length & 255)
        : String.fromCharCode(
            mask | 127,
            0,
            0,
            0,
            0,
            ...[24, 16, 8, 0].map((shift) => (length >>> shift) & 255),
          );
  return first + size + (masked ? "\0\0\0\0" : "") + payload;
}

const text = (payload: string): string => frame(1, Buffer.from(payload, "utf8").toString("latin1"));

const BAD_FRAMES: readonly ((draw: Draw) => string)[] = [
  (draw) => bytes(draw, 40),
  () => frame(1, "{}", { masked: false }),
  () => frame(3, "x"),
  () => frame(0x41, "x"),
  () => frame(0, "continued"),
  () => frame(9, "p".repeat(126)),
  () => frame(9, "ping", { fin: false }),
  () => frame(1, "\xff\xfe"),
  () => frame(2, "\0\0\0"),
  () => frame(8, "\x03"),
  () => frame(8, "\x00\x01bye"),
  () => frame(1, "{}", { length: 2 ** 31 }),
  () => frame(1, '{"type":', { fin: false }) + frame(1, "x"),
  () => text('{"type":"pong","payload":{}}'),
];

/** A WebSocket: greeted or not, then messages good and bad, then frames that break its rules. */
export function socketShot(schema: GraphQLSchema, draw: Draw, authorization: string | null): Shot {
  const { random, home } = draw;
  const message = (): string => {
    const kind = random.weighted({ subscribe: 60, odd: 20, complete: 10, ping: 10 });
    if (kind === "subscribe") {
      return `{"id":${JSON.stringify(String(random.below(3)))},"type":"subscribe","payload":${operationJson(schema, draw)}}`;
    }
    if (kind === "odd")
      return toJson({ type: hostile(draw), id: hostile(draw), payload: hostile(draw) }, random);
    return kind === "complete" ? '{"id":"1","type":"complete"}' : '{"type":"ping"}';
  };
  const greeting = random.chance(0.9)
    ? toJson(
        { type: "connection_init", payload: random.chance(0.9) ? { authorization } : hostile(draw) },
        random,
      )
    : message();
  const messages = [greeting, ...Array.from({ length: random.below(5) }, message)];
  const pieces = [
    upgrade("/graphql", random.chance(0.1) ? (authorization ?? "") : ""),
    ...messages.map(text),
  ];
  if (random.chance(0.4)) pieces.push(random.pick(BAD_FRAMES)(draw));
  return { door: "socket", home, method: "socket", path: "/graphql", headers: {}, pieces };
}
