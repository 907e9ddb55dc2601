// The REST door: finds the route, runs it, sends its answer. What a route does is in the …-routes.ts that routes.ts
// joins; what is refused, and how, in src/errors.ts.
import type { Request, RequestHandler, Response } from "express";
import type { Writable } from "node:stream";
import type { Gate } from "../access/gate";
import { whileAtWork } from "../access/requests";
import { requireScope, type RequestContext } from "../context";
import { methodNotAllowed, noSuchAddress, notAcceptable } from "../errors";
import { toProblem } from "../failures";
import { logRefusal, type Log } from "../telemetry/log";
import { readBody, readCalendarBody } from "../http/body";
import { endWith, pieceWriter } from "../http/compressed";
import { answerList, listEtag, type ListAnswer, type ListRequest } from "./list";
import type { PageTokens } from "./page-token";
import type { HeaderParameter } from "./query";
import { passedOverHeader } from "./headers";
import { IF_MATCH, PREFER } from "./parameters";
import { isFresh, readIfMatch } from "./preconditions";
import { problemJson } from "../http/problem";
import { Query } from "./query";
import { OPEN_ROUTES } from "./openapi/served";
import { isOver, whenOver } from "../telemetry/over";
import { tallyOf } from "../telemetry/tally";
import { Handling, readPrefer } from "../values/handling";
import type { OpenRoute, Route } from "./route";
import { ROUTES } from "./routes";

interface Match {
  route: Route;
  params: Record<string, string>;
}

const table = ROUTES.map((route) => ({ route, parts: route.path.split("/").slice(1) }));
/** The routes whose path has no parameter, by path. */
const exact = new Map<string, Match[]>();
for (const { path } of ROUTES.filter((route) => !route.path.includes("/:"))) {
  exact.set(
    path,
    ROUTES.filter((route) => route.path === path).map((route) => ({ route, params: {} })),
  );
}

const withoutSlash = (path: string): string => (path.endsWith("/") ? path.slice(0, -1) : path);

function findMatches(path: string): Match[] {
  const given = path.split("/").slice(1);
  return table.flatMap(({ route, parts }) => {
    if (parts.length !== given.length) return [];
    const params: Record<string, string> = {};
    const fits = parts.every((part, index) => {
      const text = given[index] ?? "";
      if (!part.startsWith(":")) return part === text;
      params[part.slice(1)] = text;
      return text !== "";
    });
    return fits ? [{ route, params }] : [];
  });
}

/** The row for a request: `not_found`, or `method_not_allowed` with what the address answers. */
function findRoute({ method, path }: Request): Match {
  const address = withoutSlash(path);
  // A path without parameters goes before one with them: the `me` of /users/me is no id.
  const candidates = exact.get(address) ?? findMatches(address);
  if (candidates.length === 0) {
    if (findOpen(path)) throw methodNotAllowed("GET, HEAD");
    throw noSuchAddress();
  }
  const wanted = method === "HEAD" ? "GET" : method;
  const match = candidates.find(({ route }) => route.method === wanted);
  if (match) return match;
  const allow = candidates.map(({ route }) => route.method);
  throw methodNotAllowed([...allow, ...(allow.includes("GET") ? ["HEAD"] : [])].join(", "));
}

/** The row that anybody may read, by its address. */
const findOpen = (path: string): OpenRoute | undefined => {
  const address = withoutSlash(path);
  return OPEN_ROUTES.find((route) => route.path === address);
};

const JSON_TYPE = "application/json";

/** What a route answers, where it does not refuse. */
const mediaTypeOf = ({ answers }: Route): string =>
  answers.find(({ mediaType }) => mediaType !== undefined)?.mediaType ?? JSON_TYPE;

/** Whether an Accept header lets a type through. A type's parameters, such as a charset, say nothing of that. */
function takes(mediaType: string, accept = ""): boolean {
  if (accept.trim() === "") return true;
  const wanted = [mediaType, mediaType.replace(/\/.*/, "/*"), "*/*"];
  const ranges = accept
    .toLowerCase()
    .split(",")
    .map((range) => range.split(";").map((part) => part.trim()));
  const closest = wanted.find((range) => ranges.some(([type]) => type === range));
  return ranges.some(
    ([type, ...parameters]) => type === closest && !parameters.some((one) => /^q *= *0(?:\.0*)?$/.test(one)),
  );
}

export interface FacadeParts {
  /** Who calls, and on what; refuses with 401. */
  contextOf(req: Request, res: Response): Promise<RequestContext>;
  tokens: PageTokens;
  log: Log;
  /** It has let the caller in; the facade tells it the outcome of the request. */
  gate: Gate;
}

/** Everything under /api/v1. Who calls is settled first, then the route, then the rest. */
export function restFacade(parts: FacadeParts): RequestHandler {
  return async (req, res) => {
    try {
      const open = ["GET", "HEAD"].includes(req.method) ? findOpen(req.path) : undefined;
      if (open) {
        tallyOf(res).route = open.path;
        await open.serve(req, res);
        return;
      }
      const ctx = await parts.contextOf(req, res);
      const match = findRoute(req);
      const mediaType = mediaTypeOf(match.route);
      if (!takes(mediaType, req.headers.accept)) throw notAcceptable(mediaType);
      await whileAtWork(res, () => run(parts, { ctx, ...match }, req, res));
    } catch (error) {
      refuse(parts, error, res);
    }
  };
}

async function run(
  parts: FacadeParts,
  { ctx, route, params }: Match & { ctx: RequestContext },
  req: Request,
  res: Response,
): Promise<void> {
  ctx.tally.route = route.path;
  if (route.method !== "GET") {
    ctx.handling = readPrefer(req.get(PREFER.name), Handling.LENIENT);
    res.setHeader("Preference-Applied", `handling=${ctx.handling}`);
  }
  const [, search = ""] = /\?(.*)$/s.exec(req.originalUrl) ?? [];
  const query = new Query(search, route.parameters);
  // Who may not write learns that, not what is wrong with their body.
  requireScope(ctx, route.method === "GET" ? "read" : "write");
  if (route.parameters.includes(IF_MATCH)) ctx.ifMatch = readIfMatch(req.get(IF_MATCH.name));
  const answer = await route.call({
    ctx,
    params,
    query,
    header: (declared) => readHeader(req, route, declared),
    body: async <Input = Record<string, unknown>>() => (await readBody(req, res)) as Input,
    calendar: () => readCalendarBody(req, res),
  });
  if ("list" in answer) {
    const { tokens, gate } = parts;
    await sendList(res, { ctx, route: pathOf(route, params), query, tokens, gate }, answer.list);
    return;
  }
  const { passedOver } = ctx.tally;
  if (passedOver.length > 0) res.setHeader("Tidemark-Passed-Over", passedOverHeader(passedOver));
  if (answer.status === 304) parts.gate.limits.spare(ctx.caller);
  res.status(answer.status).set(answer.headers ?? {});
  if ("json" in answer) ctx.held.become(sendJson(res, answer.json));
  else res.end();
}

/** As it was asked: the lists of two records are two lists. */
const pathOf = ({ path }: Route, params: Record<string, string>): string =>
  Object.entries(params).reduce((given, [name, value]) => given.replace(`:${name}`, () => value), path);

function readHeader(req: Request, route: Route, declared: HeaderParameter): string | undefined {
  if (!route.parameters.includes(declared)) throw new Error(`The route does not declare ${declared.name}.`);
  return req.get(declared.name);
}

/** Answers how many bytes it comes to. */
const sendJson = (res: Response, json: string): number => endWith(typed(res, JSON_TYPE), json);

function typed(res: Response, mediaType: string): Response {
  res.setHeader("Content-Type", `${mediaType}; charset=utf-8`);
  return res;
}

/** An unchanged list is not read at all. */
export async function sendList(res: Response, request: ListRequest, list: ListAnswer): Promise<void> {
  const { version, isNews, file } = list;
  const mediaType = file?.mediaType ?? JSON_TYPE;
  if (version) {
    const etag = listEtag(request, version);
    res.setHeader("ETag", etag);
    if (isFresh(res.req.get("if-none-match"), etag)) {
      request.gate.limits.spare(request.ctx.caller);
      res.status(304).end();
      return;
    }
  }
  if (isNews === false) request.gate.limits.spare(request.ctx.caller);
  // From here on it holds a page of rows, until the reader has taken them.
  await request.gate.heavy.enter(request.ctx.caller, res);
  const answer = await answerList(request, list);
  typed(res.status(200), mediaType);
  if (typeof answer === "string") request.ctx.held.become(endWith(res, answer));
  else {
    // Its answer takes as long as the reader likes: it is counted among the streams of its token.
    request.gate.leave(res);
    await sendPieces(res, answer);
  }
}

/** Streams; waits while the reader dawdles, and stops when they hang up. */
async function sendPieces(res: Response, pieces: AsyncIterable<string>): Promise<void> {
  const writer = pieceWriter(res);
  for await (const piece of pieces) {
    if (isOver(res)) return;
    if (!writer.write(piece)) await drained(writer, res);
  }
  writer.end();
}

/** Until the reader has taken what was written, or is gone. */
function drained(writer: Writable, res: Response): Promise<void> {
  if (isOver(res)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      stop();
      writer.off("drain", done);
      resolve();
    };
    writer.once("drain", done);
    const stop = whenOver(res, done);
  });
}

/** Answers a refusal. Midway through a stream the connection breaks: it must not end as if it were complete. */
export function refuse({ log }: Pick<FacadeParts, "log">, error: unknown, res: Response): void {
  const problem = toProblem(error);
  const requestId = String(res.getHeader("X-Request-Id"));
  tallyOf(res).refusal = problem;
  logRefusal(log, problem, requestId, error);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.removeHeader("ETag");
  res.status(problem.status).set(problem.headers);
  sendJson(res, problemJson(problem, requestId));
}
