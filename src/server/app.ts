// The Express application: the pages, both doors, the explorer, health and metrics. src/server/http-server.ts serves it.
import cors, { type CorsOptions } from "cors";
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import helmet from "helmet";
import { randomUUID } from "node:crypto";
import { foreignWrite, isForeign, isWrite } from "../access/origin";
import type { Config } from "../config";
import type { Context } from "../context";
import type { Database } from "../database/database";
import { textRow } from "../database/text-rows";
import { notFound, toProblem } from "../errors";
import { EXPLORER_ASSETS } from "../explorer/assets";
import { explorerPage } from "../explorer/page";
import { graphQLDoor } from "../graphql/door";
import type { GraphQLEngine } from "../graphql/operation";
import type { EventStreams } from "../graphql/sse";
import { logRefusal, type Log } from "../telemetry/log";
import { RequestContext } from "../context";
import { restFacade } from "../rest/facade";
import { DOCS_ASSETS } from "../rest/openapi/docs-page";
import { PageTokens } from "../rest/page-token";
import { REQUEST_ID_FORM } from "../rest/parameters";
import { problemJson } from "../http/problem";
import { tallyOf } from "../telemetry/tally";
import { webPages } from "./web-pages";

interface AppParts {
  config: Config;
  engine: GraphQLEngine;
  streams: EventStreams;
  /** What answers at /metrics. */
  metrics: RequestHandler;
}

const EXPOSED = [
  "ETag",
  "Idempotency-Replayed",
  "Location",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "WWW-Authenticate",
  "X-Request-Id",
];

export async function createApp({ config, engine, streams, metrics }: AppParts): Promise<Express> {
  const { db, log, gate } = engine;
  const contextOf = async (req: Request, res: Response): Promise<Context> => {
    const caller = await gate.admit(req, res, ["GET", "HEAD"].includes(req.method) ? gate.light : gate.heavy);
    const requestId = String(res.getHeader("X-Request-Id"));
    const ctx = new RequestContext(db, caller, requestId, false, tallyOf(res));
    ctx.forOneCalendar = true;
    return ctx;
  };
  const tokens = new PageTokens(await readSecret(db, "page-token"));
  const { corsOrigins } = config;
  const toCallers = [forCallers, whereFromElsewhere(cors(corsOptions(corsOrigins)))];

  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", false);
  app.use(identifyRequest, HARDENED);
  // The doors come first: each address that is looked at before them costs a poll more than finding its route does.
  app.use(DOCS_ASSETS.path, DOCS_ASSETS.handler);
  app.use(
    "/api/v1",
    toCallers,
    keepForeignWritesOut(corsOrigins),
    restFacade({ contextOf, tokens, log, gate }),
  );
  app.use(EXPLORER_ASSETS.path, EXPLORER_ASSETS.handler);
  app.get("/graphql", explorerPage);
  app.use("/graphql", toCallers, graphQLDoor(engine, streams, keepForeignWritesOut(corsOrigins)));
  app.use(webPages());
  app.get("/healthz", (_req, res) => void res.json({ status: "ok" }));
  app.get("/readyz", readiness(db, log));
  app.get("/metrics", metrics);
  app.use((_req, _res) => {
    throw notFound("This address");
  });
  app.use(refuse(log));
  return app;
}

/**
 * For every answer: they are data, and are to be taken for nothing else; pages set a policy of their own over this one. An
 * address may hold a token, as `#token=…` or by mistake, so nobody is told where a link was followed (Referrer-Policy,
 * which helmet sets). That browsers come by TLS only is for the proxy to say, which has the certificate.
 */
const HARDENED = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  strictTransportSecurity: false,
  // Origins of CORS_ORIGINS may read answers; a page of any other cannot even embed them.
  crossOriginResourcePolicy: { policy: "same-origin" },
  xFrameOptions: { action: "deny" },
  xPoweredBy: false,
});

/** A client's request id is taken over, so that both sides' logs can be laid side by side. */
const identifyRequest: RequestHandler = (req, res, next) => {
  const given = req.get("x-request-id");
  res.setHeader("X-Request-Id", given && REQUEST_ID_FORM.test(given) ? given : randomUUID());
  next();
};

/** What is answered at the doors is for who called, and asked for anew each time; what is for anybody says so itself. */
const forCallers: RequestHandler = (_req, res, next) => {
  res.setHeader("Cache-Control", "private, no-cache");
  res.vary("Authorization, Origin");
  next();
};

/** A browser sends along what its user once typed, whichever page asks it to. */
const keepForeignWritesOut =
  (allowed: readonly string[]): RequestHandler =>
  (req, res, next) => {
    if (!isWrite(req) || !isForeign(req, allowed)) return next();
    tallyOf(res).code = "forbidden";
    throw foreignWrite();
  };

/** Most clients are no browsers, and are spared the work. What is answered depends on the origin all the same (Vary). */
const whereFromElsewhere =
  (corsHandler: RequestHandler): RequestHandler =>
  (req, res, next) => {
    if (req.headers.origin === undefined) next();
    else corsHandler(req, res, next);
  };

const corsOptions = (origins: readonly string[]): CorsOptions => ({
  origin: origins.includes("*") ? "*" : [...origins],
  exposedHeaders: EXPOSED,
  maxAge: 600,
});

/** Ready: the database answers. (It was migrated before anything listened.) */
const readiness =
  (db: Database, log: Log): RequestHandler =>
  async (_req, res) => {
    try {
      await textRow(db.pool, { text: "select from calendar limit 1", values: [] });
      res.json({ status: "ready" });
    } catch (error) {
      const { message } = toProblem(error);
      log.warn({ requestId: String(res.getHeader("X-Request-Id")), err: error }, `not ready: ${message}`);
      res.status(503).set("Retry-After", "1").json({ status: "unavailable", reason: message });
    }
  };

async function readSecret(db: Database, name: string): Promise<Buffer> {
  const row = await textRow(db.pool, {
    text: "select encode(value, 'hex') from secret where name = $1",
    values: [name],
  });
  if (!row?.[0]) throw new Error(`The secret "${name}" is missing from the database.`);
  return Buffer.from(row[0], "hex");
}

/** Whatever is refused outside the two doors. */
const refuse =
  (log: Log): ErrorRequestHandler =>
  (error, _req, res, next) => {
    if (res.headersSent) return next(error);
    // A path whose escapes stand for no text.
    const problem = error instanceof URIError ? notFound("This address") : toProblem(error);
    const requestId = String(res.getHeader("X-Request-Id"));
    logRefusal(log, problem, requestId, error);
    return res.status(problem.status).set(problem.headers).type("json").send(problemJson(problem, requestId));
  };
