// What is wrong with an answer: nothing a defect of ours would say, no shape but the one of refusals, no word of somebody else.
import { requireDescribed } from "../support/description";
import type { Shot } from "./shot";
import type { Home } from "./values";

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** src/rest/README.md, "Errors": each code, and the status it comes with. */
const STATUS_OF: Readonly<Record<string, readonly number[]>> = {
  bad_request: [400, 408],
  "token.notValid": [400],
  unauthorized: [401],
  "token.dead": [401],
  forbidden: [403],
  not_found: [404],
  method_not_allowed: [405],
  not_acceptable: [406],
  conflict: [409],
  "syncToken.expired": [410],
  precondition_failed: [412],
  too_large: [413, 431],
  unsupported_media_type: [415],
  "idempotency.mismatch": [422],
  rate_limited: [429],
};
/** Of a protocol that GraphQL's clients speak. */
const PROTOCOL_CODES = ["PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_SUPPORTED"];
const STACK = /\n\s+at |node_modules|\.[jt]s:\d+|select .+ from |pg_catalog|syntax error at or near/i;

/** What is wrong with the answer to a shot; nothing, as a rule. */
export function faultsOf(shot: Shot, answer: Answer, homes: readonly Home[]): string[] {
  const faults = isOperators(shot) ? [] : [...leaks(shot.home, withoutRequestId(answer.text), homes)];
  try {
    if (shot.door === "rest" || shot.door === "page") requireRest(shot, answer);
    else if (shot.door === "graphql") requireGraphQL(shot, answer);
    else requireBytes(answer.text);
  } catch (error) {
    faults.push((error as Error).message);
  }
  return faults;
}

/** What it counts by the name of a client is for the operator, who sees all organisations. */
const isOperators = ({ door, path }: Shot): boolean => door === "page" && /^\/metrics\/?(\?|$)/.test(path);

/** The text, less the request id: the caller may have chosen it, and then it may look like anything. */
const withoutRequestId = (text: string): string =>
  text.replaceAll(/"requestId":"(?:[^"\\]|\\.)*"/g, "").replaceAll(/^x-request-id: .*$/gim, "");

function* leaks(home: Home, text: string, homes: readonly Home[]): Generator<string> {
  for (const other of homes) {
    if (other === home) continue;
    if (text.includes(other.marker))
      yield `the answer holds a text of another organisation (${other.marker})`;
    if (text.includes(`"${other.year}-`))
      yield `the answer holds a time of another organisation (${other.year})`;
  }
}

/** An address that leads out of the API, as `..` does, is a page's, which tells people that it is not there. */
const isPage = (path: string, headers: Headers): boolean =>
  !path.startsWith("/api/") && headers.get("content-type")?.startsWith("text/html") === true;

function requireRest({ method, path, body }: Shot, { status, headers, text }: Answer): void {
  if (status >= 500) throw new Error(`status ${status}: ${text.slice(0, 500)}`);
  if (method === "GET" && status === 404 && isPage(path, headers)) return;
  const json = headers.get("content-type")?.startsWith("application/json") === true && text !== "";
  const parsed: unknown = json ? JSON.parse(text) : null;
  if (status >= 400 && method !== "HEAD") requireProblem(parsed, status, headers.get("x-request-id"), text);
  if (path.startsWith("/api/v1") && method !== "OPTIONS") {
    requireDescribed({
      method,
      path: path.slice("/api/v1".length),
      // Its byte order mark is no part of what it says.
      sent: body?.replace(/^\uFEFF/, ""),
      status,
      headers,
      text,
      body: parsed,
    });
  }
}

function requireProblem(problem: unknown, status: number, requestId: string | null, text: string): void {
  const said = `${status}: ${text.slice(0, 500)}`;
  if (typeof problem !== "object" || problem === null) throw new Error(`a refusal of no shape, ${said}`);
  const { code, message, requestId: id, details, current, ...more } = problem as Record<string, unknown>;
  if (Object.keys(more).length > 0) throw new Error(`a refusal with more than its shape, ${said}`);
  if (current !== undefined && status !== 412 && !(status === 409 && isContact(current)))
    throw new Error(`a refusal with an event, ${said}`);
  if (typeof code !== "string" || !STATUS_OF[code]?.includes(status))
    throw new Error(`a code out of place, ${said}`);
  if (id !== requestId) throw new Error(`a request id that is not the field's, ${said}`);
  requireWords(message, details, said);
}

/** The one that has the address already. */
const isContact = (current: unknown): boolean =>
  typeof current === "object" && current !== null && "type" in current && current.type === "Contact";

function requireWords(message: unknown, details: unknown, said: string): void {
  if (typeof message !== "string" || message === "") throw new Error(`a refusal without a message, ${said}`);
  if (STACK.test(message)) throw new Error(`a refusal that tells of our inside, ${said}`);
  const wellMade = (detail: unknown): boolean => {
    const { field, message: why, ...more } = detail as Record<string, unknown>;
    return typeof field === "string" && typeof why === "string" && Object.keys(more).length === 0;
  };
  if (!Array.isArray(details) || !details.every(wellMade))
    throw new Error(`details of another shape, ${said}`);
}

function requireGraphQL({ method }: Shot, { status, headers, text }: Answer): void {
  const said = `${status}: ${text.slice(0, 500)}`;
  if (status >= 500) throw new Error(`status ${said}`);
  if (status === 204 && method === "OPTIONS") return;
  const type = headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream")) return requireEvents(text);
  if (type.startsWith("text/html") && method === "GET") return;
  // Before there is an address there is no door: such refusals have REST's shape.
  if (status === 431) return requireProblem(JSON.parse(text), status, headers.get("x-request-id"), text);
  if (!/^application\/(graphql-response\+)?json/.test(type))
    throw new Error(`an answer of type "${type}", ${said}`);
  requireResult(JSON.parse(text), status, headers.get("x-request-id"), said);
}

function requireResult(result: unknown, status: number, requestId: string | null, said: string): void {
  const { data, errors, extensions = {}, ...more } = result as Record<string, unknown>;
  const beside = { ...more, ...without(extensions as Record<string, unknown>, "passedOver") };
  if (Object.keys(beside).length > 0) throw new Error(`an answer with more than its shape, ${said}`);
  if (errors === undefined && (typeof data !== "object" || data === null))
    throw new Error(`no data and no errors, ${said}`);
  if (errors === undefined) return;
  if (!Array.isArray(errors) || errors.length === 0) throw new Error(`errors that are none, ${said}`);
  for (const error of errors as Record<string, unknown>[]) requireError(error, status, requestId, said);
}

const without = (object: Record<string, unknown>, ...keys: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

function requireError(
  error: Record<string, unknown>,
  status: number,
  requestId: string | null,
  said: string,
): void {
  const { message, extensions, ...around } = error;
  const more = without(around, "path", "locations");
  if (Object.keys(more).length > 0) throw new Error(`an error with more than its shape, ${said}`);
  const { code, requestId: id, details, ...beside } = (extensions ?? {}) as Record<string, unknown>;
  const others = without(beside, "current");
  if (Object.keys(others).length > 0) throw new Error(`extensions with more than their shape, ${said}`);
  const known = typeof code === "string" && (code in STATUS_OF || PROTOCOL_CODES.includes(code));
  if (!known) throw new Error(`an error of the code ${String(code)}, ${said}`);
  if (requestId !== null && id !== requestId)
    throw new Error(`a request id that is not the field's, ${said}`);
  if (status >= 400 && STATUS_OF[code]?.includes(status) === false)
    throw new Error(`a code out of place, ${said}`);
  requireWords(message, details, said);
}

/** Server-sent events: each result as any other. */
function requireEvents(text: string): void {
  for (const [, json] of text.matchAll(/^event: next\ndata: (.*)$/gm)) {
    requireResult(JSON.parse(json as string), 200, null, (json as string).slice(0, 500));
  }
}

/** Whatever came over a bare socket, in Latin-1: answers of HTTP, then perhaps frames. */
function requireBytes(text: string): void {
  for (const [, status] of text.matchAll(/(?:^|\r\n|\})HTTP\/1\.1 (\d{3}) /g)) {
    if (Number(status) >= 500) throw new Error(`status ${status}: ${text.slice(0, 500)}`);
  }
  const [head = "", ...rest] = text.split("\r\n\r\n");
  if (/^HTTP\/1\.1 101 /.test(head)) return requireFrames(text.slice(head.length + 4));
  requireRefusal(head, rest.join("\r\n\r\n"));
}

function requireRefusal(head: string, rest: string): void {
  const refused = /^HTTP\/1\.1 (4\d\d) /.exec(head)?.[1];
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  if (refused === undefined || length === 0) return;
  if (!/^content-type: application\/json/im.test(head)) return;
  const body = Buffer.from(rest.slice(0, length), "latin1").toString("utf8");
  const requestId = /^x-request-id: (.*)$/im.exec(head)?.[1]?.trim() ?? null;
  const parsed = JSON.parse(body) as object;
  if ("errors" in parsed) requireResult(parsed, Number(refused), requestId, body.slice(0, 500));
  else requireProblem(parsed, Number(refused), requestId, body);
}

/** What the service does not do: close a socket for a fault of its own. 1011 is the protocol's word for it, 4500 ours. */
function requireFrames(bytes: string): void {
  const data = Buffer.from(bytes, "latin1");
  for (let at = 0; at + 2 <= data.length;) {
    const opcode = (data[at] as number) & 15;
    let length = (data[at + 1] as number) & 127;
    let from = at + 2;
    if (length === 126 && from + 2 <= data.length) [length, from] = [data.readUInt16BE(from), from + 2];
    else if (length === 127 && from + 8 <= data.length)
      [length, from] = [Number(data.readBigUInt64BE(from)), from + 8];
    const payload = data.subarray(from, from + length);
    if (opcode === 8 && payload.length >= 2)
      requireClose(payload.readUInt16BE(0), payload.toString("utf8", 2));
    if (opcode === 1 && payload.length === length) requireMessage(payload.toString("utf8"));
    at = from + length;
  }
}

function requireClose(code: number, reason: string): void {
  if (code === 1011 || code === 4500) throw new Error(`a socket closed with ${code} (${reason})`);
}

function requireMessage(text: string): void {
  const { type, payload } = JSON.parse(text) as { type: string; payload?: unknown };
  if (type === "next") requireResult(payload, 200, null, text.slice(0, 500));
  if (type === "error") requireResult({ errors: payload }, 200, null, text.slice(0, 500));
}
