// The GraphQL door: who calls, the body, Apollo. Whatever is refused before Apollo sees it has Apollo's shape.
import { HeaderMap } from "@apollo/server";
import { type ErrorRequestHandler, type RequestHandler, Router } from "express";
import { whileAtWork } from "../access/requests";
import type { Caller } from "../entities/caller";
import { unauthorized } from "../errors";
import { toProblem } from "../failures";
import { logRefusal } from "../telemetry/log";
import { RequestContext } from "../context";
import { bodyProblem, jsonReader } from "../http/body";
import { endWith } from "../http/compressed";
import { requireBoundedJson } from "../values/json-bounds";
import { tallyOf } from "../telemetry/tally";
import { REQUEST_ID_HERE } from "./apollo";
import { formatProblem } from "./errors";
import type { GraphQLEngine } from "./operation";
import { requireModest } from "./document";
import type { EventStreams } from "./sse";

/** The handlers of /graphql, in order; `guard` comes before who calls is looked up. */
export function graphQLDoor(engine: GraphQLEngine, streams: EventStreams, guard: RequestHandler): Router {
  const refuse: ErrorRequestHandler = (error, _req, res, next) => {
    if (res.headersSent) return next(error);
    const problem = toProblem(bodyProblem(error));
    tallyOf(res).refusal = problem;
    const requestId = String(res.getHeader("X-Request-Id"));
    logRefusal(engine.log, problem, requestId, error);
    const answer = { errors: [formatProblem({ message: problem.message }, problem, requestId)] };
    return res.status(problem.status).set(problem.headers).json(answer);
  };
  return Router().use(
    guard,
    identifyCaller(engine),
    jsonReader,
    keepModest,
    streams.serve,
    askApollo(engine),
    refuse,
  );
}

const keepModest: RequestHandler = (req, _res, next) => {
  const { query } = (req.body ?? {}) as { query?: unknown };
  // Beside the variables it holds a few texts.
  if (req.body) requireBoundedJson(req.body, "The body");
  requireModest(req.method === "GET" ? new URLSearchParams(req.url.split("?")[1]).get("query") : query);
  next();
};

const askApollo =
  ({ apollo }: GraphQLEngine): RequestHandler =>
  async (req, res) => {
    const context = res.locals.context as RequestContext;
    const headers = new HeaderMap();
    for (const [name, value] of Object.entries(req.headers)) headers.set(name, String(value));
    const [, search = ""] = /(\?[^#]*)/.exec(req.url) ?? [];
    const httpGraphQLRequest = { method: req.method, headers, search, body: req.body as unknown };
    const answer = await whileAtWork(res, () =>
      apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: () => Promise.resolve(context) }),
    );
    if (answer.body.kind !== "complete") throw new Error("Answers in parts are not switched on.");
    const { status = 200 } = answer;
    const text = status < 400 ? answer.body.string : named(answer.body.string, context.requestId);
    res.statusCode = status;
    for (const [name, value] of answer.headers) res.setHeader(name, value);
    const length = endWith(res, text);
    if (!context.anonymous) context.held.become(length);
  };

const named = (refusal: string, requestId: string): string =>
  refusal.replace(JSON.stringify(REQUEST_ID_HERE), () => JSON.stringify(requestId));

/** A token that is sent must be good; without one there is the schema to read, and no caller. */
function identifyCaller({ db, gate }: GraphQLEngine): RequestHandler {
  return async (req, res, next) => {
    const { authorization } = req.headers;
    const anonymous = authorization === undefined;
    if (anonymous) gate.passStranger(req);
    const caller = anonymous ? noCaller : await gate.admit(req, res);
    const requestId = String(res.getHeader("X-Request-Id"));
    res.locals.context = new RequestContext(db, caller, requestId, anonymous, tallyOf(res));
    next();
  };
}

/** Stands where a caller would; looking at anything of it is refused. */
const noCaller = new Proxy({} as Caller, {
  get() {
    throw unauthorized("Send an access token: Authorization: Bearer tmk_…");
  },
});
