// The REST door: finds the route, runs it, sends its answer. What a route does is in routes.ts; what is refused, and
// how, in src/errors.ts.
import type { Request, RequestHandler, Response } from "express";
import { asSent } from "../turns/held";
import type { Gate } from "../access/gate";
import { requireScope, type Context } from "../context";
import { methodNotAllowed, notAcceptable, notFound, toProblem } from "../errors";
import { logRefusal, type Log } from "../telemetry/log";
import { readBody } from "../http/body";
import { answerList, listEtag, type ListAnswer, type ListRequest } from "./list";
import type { PageTokens } from "./page-token";
import type { HeaderParameter } from "./query";
import { isFresh } from "./preconditions";
import { problemJson } from "../http/problem";
import { Query } from "./query";
import { OPEN_ROUTES } from "./openapi/served";
import { tallyOf } from "../telemetry/tally";
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
    throw notFound("This address");
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

const RANGES = ["application/json", "application/*", "*/*"];

/** Whether an Accept header lets JSON through. A type's parameters, such as a charset, say nothing of that. */
function takesJson(accept = ""): boolean {
  if (accept.trim() === "") return true;
  const ranges = accept
    .toLowerCase()
    .split(",")
    .map((range) => range.split(";").map((part) => part.trim()));
  const closest = RANGES.find((wanted) => ranges.some(([type]) => type === wanted));
  return ranges.some(
    ([type, ...parameters]) => type === closest && !parameters.some((one) => /^q *= *0(?:\.0*)?$/.test(one)),
  );
}

export interface Door {
  /** Who calls, and on what; refuses with 401. */
  contextOf(req: Request, res: Response): Promise<Context>;
  tokens: PageTokens;
  log: Log;
  /** It has let the caller in; the facade tells it the outcome of the request. */
  gate: Gate;
}

/** Everything under /api/v1. Who calls is settled first, then the route, then the rest. */
export function restFacade(door: Door): RequestHandler {
  return async (req, res) => {
    try {
      const open = ["GET", "HEAD"].includes(req.method) ? findOpen(req.path) : undefined;
      if (open) {
        tallyOf(res).route = open.path;
        open.serve(req, res);
        return;
      }
      const ctx = await door.contextOf(req, res);
      const match = findRoute(req);
      if (!takesJson(req.headers.accept)) throw notAcceptable();
      await run(door, { ctx, ...match }, req, res);
    } catch (error) {
      refuse(door, error, res);
    }
  };
}

async function run(
  door: Door,
  { ctx, route, params }: Match & { ctx: Context },
  req: Request,
  res: Response,
): Promise<void> {
  ctx.tally.route = route.path;
  const [, search = ""] = /\?(.*)$/s.exec(req.originalUrl) ?? [];
  const query = new Query(search, route.parameters);
  // Who may not write learns that, not what is wrong with their body.
  if (route.method !== "GET") requireScope(ctx, "write");
  const answer = await route.call({
    ctx,
    params,
    query,
    header: (declared) => readHeader(req, route, declared),
    body: () => readBody(req, res),
  });
  if ("list" in answer) {
    const { tokens, gate } = door;
    await sendList(res, { ctx, route: route.path, query, tokens, gate }, answer.list);
    return;
  }
  if (answer.status === 304) door.gate.limits.spare(ctx.caller);
  res.status(answer.status).set(answer.headers ?? {});
  if ("json" in answer) ctx.held.become(sendJson(res, answer.json));
  else res.end();
}

function readHeader(req: Request, route: Route, declared: HeaderParameter): string | undefined {
  if (!route.parameters.includes(declared)) throw new Error(`The route does not declare ${declared.name}.`);
  return req.get(declared.name);
}

/** Answers how many bytes it comes to. */
function sendJson(res: Response, json: string): number {
  const sent = asSent(json);
  const length = Buffer.byteLength(sent);
  res.setHeader("Content-Type", "application/json; charset=utf-8");
  res.setHeader("Content-Length", length);
  res.end(sent);
  return length;
}

/** An unchanged list is not read at all. */
async function sendList(res: Response, request: ListRequest, list: ListAnswer): Promise<void> {
  const { read, version, isNews } = list;
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
  const answer = await answerList(request, read);
  if (typeof answer === "string") {
    request.ctx.held.become(sendJson(res.status(200), answer));
  } else {
    // Its answer takes as long as the reader likes: it is counted among the streams of its token.
    request.gate.leave(res);
    await sendPieces(res, answer);
  }
}

/** Streams; waits while the reader dawdles, and stops when they hang up. */
async function sendPieces(res: Response, pieces: AsyncIterable<string>): Promise<void> {
  res.status(200).setHeader("Content-Type", "application/json; charset=utf-8");
  for await (const piece of pieces) {
    if (res.destroyed || res.req.socket.destroyed) return;
    if (!res.write(piece)) await drained(res);
  }
  res.end();
}

/** Until the reader has taken what was written, or is gone. An answer that waits behind another one of its connection is not told. */
function drained(res: Response): Promise<void> {
  const { socket } = res.req;
  return new Promise((resolve) => {
    const done = (): void => {
      res.off("drain", done).off("close", done);
      socket.off("close", done);
      resolve();
    };
    res.on("drain", done).on("close", done);
    socket.on("close", done);
  });
}

/** Answers a refusal. Midway through a stream the connection breaks: it must not end as if it were complete. */
function refuse({ log }: Door, error: unknown, res: Response): void {
  const problem = toProblem(error);
  const requestId = String(res.getHeader("X-Request-Id"));
  tallyOf(res).code = problem.code;
  logRefusal(log, problem, requestId, error);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.removeHeader("ETag");
  res.status(problem.status).set(problem.headers);
  sendJson(res, problemJson(problem, requestId));
}
