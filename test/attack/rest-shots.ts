// Requests of the REST door, made of what the OpenAPI document says: each address, parameter and body, as it should be
// and as it should not.
import { describedApi } from "../../src/rest/openapi/served";
import type { Schema } from "../../src/values/schema";
import type { Random } from "../support/random";
import type { Shot } from "./shot";
import { byName, hostile, Raw, someId, someText, toJson, WEIRD_TEXTS, type Draw } from "./values";

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  schema: Schema;
}

interface Operation {
  method: string;
  template: string;
  parameters: readonly Parameter[];
  /** Of its body; null where it has none. */
  type: string | null;
  body: Schema | null;
}

type DescribedOperation = {
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};

const document = describedApi();

function resolve<T>(value: T | { $ref: string }): T {
  if (typeof value !== "object" || value === null || !("$ref" in value)) return value;
  const path = value.$ref.split("/").slice(1);
  const found = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
  return resolve<T>(found as T);
}

/** The operations that the document describes. */
export const OPERATIONS: readonly Operation[] = Object.entries(
  document.paths as Record<string, Record<string, DescribedOperation>>,
).flatMap(([template, methods]) =>
  Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
    const [type = null, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
    return {
      method: method.toUpperCase(),
      template,
      parameters: parameters.map((parameter) => resolve<Parameter>(parameter)),
      type,
      body: content?.schema ?? null,
    };
  }),
);

const JSON_TYPE = "application/json";
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE"];
const TYPES = [
  "text/plain",
  "application/xml",
  "application/json; charset=utf-16",
  "multipart/form-data",
  "/",
];
const MAX_DEPTH = 4;

/** A value of a schema, as a client would write it, or not. */
function valueOf(given: Schema, name: string, draw: Draw, depth = 0): unknown {
  const { random } = draw;
  if (random.chance(draw.hostility)) return hostile(draw);
  const schema = resolve<Schema>(given) as Schema & {
    anyOf?: Schema[];
    enum?: unknown[];
    items?: Schema;
    properties?: Record<string, Schema>;
  };
  if (schema.anyOf) return valueOf(random.pick(schema.anyOf), name, draw, depth);
  if (schema.enum) return random.pick(schema.enum);
  const type = Array.isArray(schema.type) ? random.pick(schema.type as string[]) : schema.type;
  if (type === "null" || depth > MAX_DEPTH) return null;
  if (type === "boolean") return random.chance(0.5);
  if (type === "array") {
    return Array.from({ length: random.below(4) }, () => valueOf(schema.items ?? {}, name, draw, depth + 1));
  }
  if (type === "object") return objectOf(schema, draw, depth);
  return plainValue(type, name, draw);
}

function plainValue(type: unknown, name: string, draw: Draw): unknown {
  const { random } = draw;
  const named = byName(name, draw);
  if (type === "integer" || type === "number")
    return Number(named ?? random.below(100)) || Date.parse(String(named)) || 1;
  return named ?? someText(draw);
}

function objectOf(
  { properties = {}, required = [] }: { properties?: Record<string, Schema>; required?: readonly string[] },
  draw: Draw,
  depth: number,
): object {
  const { random } = draw;
  const kept = Object.entries(properties).filter(([key]) =>
    random.chance(required.includes(key) ? 0.95 : 0.5),
  );
  const entries = kept.map(([key, schema]) => [key, valueOf(schema, key, draw, depth + 1)]);
  if (random.chance(0.05)) entries.push([random.pick(WEIRD_TEXTS), hostile(draw)]);
  return Object.fromEntries(entries) as object;
}

function queryOf(operation: Operation, draw: Draw): string {
  const { random } = draw;
  const named = operation.parameters.filter((parameter) => parameter.in === "query" && random.chance(0.3));
  const pairs = named.map(({ name, schema }) => `${name}=${inAddress(valueOf(schema, name, draw), random)}`);
  if (pairs.length > 0 && random.chance(0.03)) pairs.push(random.pick(pairs));
  if (random.chance(0.03))
    pairs.push(`${encode(random.pick(WEIRD_TEXTS))}=${encode(random.pick(WEIRD_TEXTS))}`);
  if (random.chance(0.02)) pairs.push(random.pick(["&&&", "=", "%", "%ff", "?", "a[b]=c", "limit"]));
  return pairs.length > 0 ? `?${pairs.join("&")}` : "";
}

/** As much of a value as an address holds, whatever it is; now and then not in the way of an address. */
function inAddress(value: unknown, random: Random): string {
  const text = value instanceof Raw ? value.text : typeof value === "string" ? value : JSON.stringify(value);
  if (random.chance(0.01)) return random.pick(["%", "%zz", "%00", "%ff%fe", "%c0%af", "%ed%a0%80", "+"]);
  return encode(text.slice(0, 3_000));
}

/** A lone surrogate has no percent form: it travels as what UTF-8 would make of it. */
const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

function pathOf({ template }: Operation, draw: Draw): string {
  const { random } = draw;
  const filled = template.replace(/\{\w+\}/g, () =>
    random.chance(0.9) ? someId(draw) : inAddress(hostile(draw), random) || "%20",
  );
  if (random.chance(0.02))
    return `${filled}${random.pick(["/", "//", "/..", "/%2e%2e", ";a=b", "%00", "/x"])}`;
  return `/api/v1${filled}`;
}

function headersOf({ parameters }: Operation, draw: Draw): Record<string, string> {
  const { random } = draw;
  const headers: Record<string, string> = {};
  for (const { name, in: where, schema } of parameters) {
    if (where !== "header" || !random.chance(0.2)) continue;
    headers[name] = random.chance(0.5)
      ? `"${someId(draw)}-${random.below(2 ** 40)}"`
      : inHeader(valueOf(schema, name, draw));
  }
  if (random.chance(0.1))
    headers["X-Forwarded-For"] = random.pick(["1.2.3.4", "::1", "x".repeat(500), ", ,"]);
  if (random.chance(0.02))
    headers.Accept = random.pick(["text/html", "*/*;q=0", ",", "application/json;q=x"]);
  if (random.chance(0.05)) headers.Origin = random.pick(["https://evil.test", "null", "x"]);
  if (random.chance(0.02)) headers.Range = "bytes=0-1";
  if (random.chance(0.02)) headers.Expect = "100-continue";
  return headers;
}

/** What Node lets into a field; the rest is for the bare socket. */
const inHeader = (value: unknown): string =>
  (typeof value === "string" ? value : JSON.stringify(value instanceof Raw ? value.text : value))
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, "?")
    .slice(0, 3_000);

export function restShot(draw: Draw, authorization: string | null): Shot {
  const { random, home } = draw;
  const operation = random.pick(OPERATIONS);
  const headers = headersOf(operation, draw);
  if (authorization !== null) headers.Authorization = authorization;
  const method = random.chance(0.03) ? random.pick(METHODS) : operation.method;
  const shot: Shot = {
    door: "rest",
    home,
    method,
    path: pathOf(operation, draw) + queryOf(operation, draw),
    headers,
  };
  if (operation.body === null && !random.chance(0.02)) return shot;
  headers["Content-Type"] = random.chance(0.97) ? (operation.type ?? JSON_TYPE) : random.pick(TYPES);
  if (random.chance(0.02)) headers["Content-Encoding"] = random.pick(["gzip", "br", "x"]);
  const isFile = operation.type === "text/calendar";
  return { ...shot, body: isFile ? fileOf(draw) : bodyOf(operation.body ?? { type: "object" }, draw) };
}

/** A calendar file of events, some of whose lines are anything. */
function fileOf(draw: Draw): string {
  const { random } = draw;
  const line = (name: string, value: string): string => {
    const given = random.chance(draw.hostility) ? hostile(draw) : value;
    const text = typeof given === "string" ? given : toJson(given, random);
    return random.chance(0.03) ? text : `${name}:${text}`;
  };
  const event = (): string[] => [
    line("BEGIN", "VEVENT"),
    line("UID", someText(draw)),
    line("DTSTART", "20260302T100000Z"),
    line("DURATION", "PT1H"),
    line("SUMMARY", someText(draw)),
    line("RRULE", "FREQ=DAILY;COUNT=3"),
    line("ATTENDEE", "mailto:guest@client.test"),
    line("END", "VEVENT"),
  ];
  const events = Array.from({ length: random.below(3) }, event).flat();
  return [line("BEGIN", "VCALENDAR"), ...events, line("END", "VCALENDAR")].join(
    random.pick(["\r\n", "\n", "\r\n "]),
  );
}

function bodyOf(schema: Schema, draw: Draw): string {
  const { random } = draw;
  if (random.chance(0.02))
    return random.pick(["", "null", "[]", "1", '"x"', "{", "{]", "\ufeff{}", "{}{}", "\u0000"]);
  const text = toJson(valueOf(schema, "", draw), random);
  if (!random.chance(0.03)) return text;
  const cut = random.below(text.length + 1);
  return random.pick([text.slice(0, cut), text.slice(0, cut) + random.pick(WEIRD_TEXTS) + text.slice(cut)]);
}
