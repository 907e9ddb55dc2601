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
import type { Database } from "../database/database";
import { columns, selectRow, sql, text } from "../database/rows";
import { textRow } from "../database/text-rows";
import { badSyntax, noSuchAddress, notFound } from "../errors";
import { toProblem } from "../failures";
import { graphQLDoor } from "../graphql/door";
import type { GraphQLEngine } from "../graphql/operation";
import type { EventStreams } from "../graphql/sse";
import { logRefusal, type Log } from "../telemetry/log";
import { RequestContext } from "../context";
import { restFacade } from "../rest/facade";
import { FEED_PATH, feedDoor } from "../rest/feed-door";
import { PageTokens } from "../rest/page-token";
import { REST_TERMS } from "../rest/terms";
import { REQUEST_ID_FORM } from "../rest/parameters";
import { problemJson } from "../http/problem";
import { readNow } from "../series/today";
import { tallyOf } from "../telemetry/tally";
import { zoneDataAt } from "../values/zone-data";
import { explorerPage, sandboxPage } from "./explorer";
import { signIn } from "./sign-in";
import { missingPage, sendMissingPage, webPages } from "./web-pages";

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
  "Preference-Applied",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "Tidemark-Now",
  "Tidemark-Passed-Over",
  "WWW-Authenticate",
  "X-Request-Id",
];

export async function createApp({ config, engine, streams, metrics }: AppParts): Promise<Express> {
  const { db, log, gate } = engine;
  const contextOf = async (req: Request, res: Response): Promise<RequestContext> => {
    const caller = await gate.admit(req, res, ["GET", "HEAD"].includes(req.method) ? gate.light : gate.heavy);
    const requestId = String(res.getHeader("X-Request-Id"));
    const ctx = new RequestContext(db, caller, requestId, false, tallyOf(res));
    ctx.terms = REST_TERMS;
    return ctx;
  };
  const tokens = new PageTokens(await readSecret(db, "page-token"));
  const { corsOrigins } = config;
  const toCallers = [forCallers, whereFromElsewhere(cors(corsOptions(corsOrigins)))];

  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", false);
  app.use(identifyRequest, HARDENED, requireHost);
  // The doors come first: each address that is looked at before them costs a poll more than finding its route does.
  app.use(
    "/api/v1",
    toCallers,
    keepForeignWritesOut(corsOrigins),
    restFacade({ contextOf, tokens, log, gate }),
  );
  app.all(FEED_PATH, forCallers, feedDoor(db, { tokens, log, gate }));
  app.get("/graphql", explorerPage);
  app.get("/graphql/sandbox", sandboxPage);
  app.get("/graphql/*other", missingPage);
  app.use("/graphql", toCallers, graphQLDoor(engine, streams, keepForeignWritesOut(corsOrigins)));
  app.use("/sign-in", signIn(config, gate, log));
  app.use(webPages(config.frameAncestors));
  app.get("/healthz", (_req, res) => void res.json({ status: "ok" }));
  app.get("/readyz", readiness(db, log));
  app.get("/metrics", metrics);
  app.use(({ path }, _res) => {
    throw /^\/api(\/|$)/.test(path) ? noSuchAddress() : notFound("This address");
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

/** Without it nobody can tell what an HTTP/1.1 request is for (RFC 9112). */
const requireHost: RequestHandler = ({ headers, httpVersion }, _res, next) => {
  if (headers.host === undefined && httpVersion === "1.1")
    throw badSyntax("An HTTP/1.1 request has a Host field.");
  next();
};

/** What is answered at the doors is for who called, and asked for anew each time; what is for anybody says so itself. */
const forCallers: RequestHandler = (_req, res, next) => {
  res.setHeader("Cache-Control", "private, no-cache");
  res.vary("Authorization, Origin, Accept-Encoding");
  next();
};

/** A browser sends along what its user once typed, whichever page asks it to. */
const keepForeignWritesOut =
  (allowed: readonly string[]): RequestHandler =>
  (req, res, next) => {
    if (!isWrite(req) || !isForeign(req, allowed)) return next();
    const problem = foreignWrite();
    tallyOf(res).refusal = problem;
    throw problem;
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
      const { version, isOld } = zoneDataAt(await readNow(db.pool));
      res.json({ status: "ready", timeZoneData: version, timeZoneDataIsOld: isOld, ...standbyOf(db) });
    } catch (error) {
      const { message } = toProblem(error);
      log.warn({ requestId: String(res.getHeader("X-Request-Id")), err: error }, `not ready: ${message}`);
      res.status(503).set("Retry-After", "1").json({ status: "unavailable", reason: message });
    }
  };

/** The service is ready without it: what it does not answer, the primary does. */
function standbyOf({ standby }: Database): { standby?: object } {
  if (!standby) return {};
  const { trouble, behindSeconds } = standby.state;
  const behind = Number.isFinite(behindSeconds) ? Math.round(behindSeconds * 10) / 10 : null;
  return { standby: { answers: trouble === null, behindSeconds: behind, trouble } };
}

const SECRET = columns({ value: text("encode(value, 'hex')") });

async function readSecret(db: Database, name: string): Promise<Buffer> {
  const secret = await selectRow(db.pool, SECRET, sql`select ${SECRET} from secret where name = ${name}`);
  if (!secret) throw new Error(`The secret "${name}" is missing from the database.`);
  return Buffer.from(secret.value, "hex");
}

/** Whatever is refused outside the two doors: to a program as at these, to a person who looks for a page as one. */
const refuse =
  (log: Log): ErrorRequestHandler =>
  async (error, req, res, next) => {
    if (res.headersSent) return next(error);
    // A path whose escapes stand for no text.
    const problem = error instanceof URIError ? notFound("This address") : toProblem(error);
    const requestId = String(res.getHeader("X-Request-Id"));
    logRefusal(log, problem, requestId, error);
    if (problem.status === 404 && (await sendMissingPage(req, res))) return undefined;
    return res.status(problem.status).set(problem.headers).type("json").send(problemJson(problem, requestId));
  };
