// The GraphQL door: who calls, the body, Apollo. Whatever is refused before Apollo sees it has Apollo's shape.
import { expressMiddleware } from "@as-integrations/express5";
import express, { type ErrorRequestHandler, type RequestHandler } from "express";
import type { Caller } from "../context";
import type { Database } from "../database/database";
import { toProblem, unauthorized } from "../errors";
import type { Log } from "../log";
import { RequestContext } from "../request-context";
import { BODY_MOST_BYTES, bodyProblem } from "../rest/body";
import { createApollo, currentRequest } from "./apollo";
import { formatProblem } from "./errors";

export interface GraphQLDoor {
  introspection: boolean;
  log: Log;
  db: Database;
  authenticate: (header: string | undefined) => Promise<Caller>;
}

/** The handlers of /graphql, in order. */
export async function graphQLDoor(door: GraphQLDoor): Promise<(RequestHandler | ErrorRequestHandler)[]> {
  const apollo = createApollo(door);
  await apollo.start();
  const refuse: ErrorRequestHandler = (error, _req, res, next) => {
    if (res.headersSent) return next(error);
    const problem = toProblem(bodyProblem(error));
    const requestId = String(res.getHeader("X-Request-Id"));
    if (problem.status >= 500) door.log.error({ requestId, err: problem.cause ?? error }, problem.message);
    const answer = { errors: [formatProblem({ message: problem.message }, problem, requestId)] };
    return res.status(problem.status).set(problem.headers).json(answer);
  };
  return [
    identifyCaller(door),
    express.json({ limit: BODY_MOST_BYTES }),
    rememberRequest,
    expressMiddleware(apollo, {
      context: ({ res }) => Promise.resolve(res.locals.context as RequestContext),
    }),
    refuse,
  ];
}

const rememberRequest: RequestHandler = (_req, res, next) =>
  currentRequest.run(String(res.getHeader("X-Request-Id")), next);

/** A token that is sent must be good; without one there is the schema to read, and no caller. */
function identifyCaller({ authenticate, db }: GraphQLDoor): RequestHandler {
  return async (req, res, next) => {
    const { authorization } = req.headers;
    const anonymous = authorization === undefined;
    const caller = anonymous ? nobody : await authenticate(authorization);
    res.locals.context = new RequestContext(db, caller, String(res.getHeader("X-Request-Id")), anonymous);
    next();
  };
}

/** Stands where a caller would; looking at anything of it is refused. */
const nobody = new Proxy({} as Caller, {
  get() {
    throw unauthorized("Send an access token: Authorization: Bearer tmk_…");
  },
});
