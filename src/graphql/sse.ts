// Server-sent events at /graphql, for whom a proxy keeps from WebSocket: one operation a stream, as graphql-sse's
// "distinct connections" defines them. The streams are ours because that package's server pulls results faster than a
// client takes them; here the next is made when the last has left.
import type { IncomingMessage } from "node:http";
import { getOperationAST, parse } from "graphql";
import type { Request, RequestHandler, Response } from "express";
import { badRequest, badSyntax, methodNotAllowed, unauthorized } from "../errors";
import type { RequestContext } from "../context";
import { isOver, whenOver } from "../telemetry/over";
import { isObject } from "../values/rules";
import { stringifyResult } from "./printed";
import { Refused, resultsOf, type GraphQLEngine, type Operation } from "./operation";
import type { Results } from "./told";

/** How long a client may leave what was sent unread before it is cut off, at every door. */
export const SLOW_MS = 30_000;
/** How often a quiet subscriber is written to, at every door: proxies cut what is quiet for 30 to 60 s. */
export const PING_MS = 25_000;

const STREAM = "text/event-stream";
// JSON first: a client without a preference is none of ours.
const ANSWERS = ["application/json", "application/graphql-response+json", "multipart/mixed", STREAM];

export class EventStreams {
  private readonly open = new Map<Response, Results>();

  constructor(
    private readonly engine: GraphQLEngine,
    private readonly slowMs = SLOW_MS,
  ) {}

  /** For the stack of /graphql, after the body has been read; whoever wants no stream passes through. */
  readonly serve: RequestHandler = async (req, res, next) => {
    if (req.accepts(ANSWERS) !== STREAM) return next();
    const { caller, requestId, anonymous, tally } = res.locals.context as RequestContext;
    if (anonymous) throw unauthorized("Send an access token: Authorization: Bearer tmk_…");
    // Nothing of it would leave before the answers it waits behind.
    if (res.socket === null)
      throw badSyntax("Open a stream on a connection on which every earlier request has been answered.");
    const results = resultsOf(this.engine, {
      caller: () => Promise.resolve(caller),
      requestId,
      tally,
      ...readOperation(req),
    });
    // From here on it is an operation like those of a WebSocket.
    this.engine.gate.leave(res);
    this.open.set(res, results);
    whenOver(res, () => {
      this.open.delete(res);
      void results.return();
    });
    await this.stream(res, results);
  };

  /** Ends every stream without saying that its operation is complete, so that clients come back. */
  close(): void {
    for (const [res, results] of this.open) {
      res.end();
      void results.return();
    }
  }

  private async stream(res: Response, results: Results): Promise<void> {
    res.writeHead(200, {
      "Content-Type": `${STREAM}; charset=utf-8`,
      "Cache-Control": "private, no-cache, no-transform",
      "X-Accel-Buffering": "no",
    });
    const send = (text: string): Promise<void> => this.send(res, text);
    const ping = setInterval(() => void send(":\n\n"), PING_MS);
    whenOver(res, () => clearInterval(ping));
    // Some browsers take the answer for begun only when its first bytes are there.
    await send(":\n\n");
    try {
      for await (const result of results) await send(`event: next\ndata: ${stringifyResult(result)}\n\n`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      await send(`event: next\ndata: ${JSON.stringify({ errors: error.errors })}\n\n`);
    }
    if (!res.writableEnded) res.end("event: complete\ndata:\n\n");
  }

  /** Resolves when the text has left, or never will: a client that does not read is cut off. */
  private send(res: Response, text: string): Promise<void> {
    if (!res.writable || isOver(res)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(slow);
        stop();
        resolve();
      };
      const slow = setTimeout(() => res.destroy(), this.slowMs);
      const stop = whenOver(res, done);
      res.write(text, done);
    });
  }
}

/** The operation of a POST with a JSON body, or of a GET with parameters. */
function readOperation(req: Request): Omit<Operation, "caller" | "requestId" | "tally"> {
  const given =
    req.method === "GET" ? parametersOf(req) : req.method === "POST" ? (req.body as unknown) : null;
  if (given === null) throw methodNotAllowed("GET, POST");
  if (typeof given !== "object")
    throw badSyntax("Send the operation as JSON, with Content-Type: application/json.");
  const { query, operationName, variables, extensions } = given as Operation;
  const mistaken = (field: string, what: string): never => {
    throw badRequest({ field, message: `${field} must be ${what}.` });
  };
  if (typeof query !== "string") mistaken("query", "the text of an operation");
  if (operationName != null && typeof operationName !== "string") mistaken("operationName", "text");
  if (variables != null && !isObject(variables)) mistaken("variables", "an object");
  if (extensions != null && !isObject(extensions)) mistaken("extensions", "an object");
  if (req.method === "GET") refuseMutation(query, operationName);
  return { query, operationName, variables, extensions };
}

function parametersOf({ url }: IncomingMessage): Record<string, unknown> {
  const parameters = new URL(url ?? "", "http://localhost").searchParams;
  const json = (name: string): unknown => {
    const text = parameters.get(name);
    if (text === null) return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw badRequest({ field: name, message: `${name} must be JSON.` });
    }
  };
  return {
    query: parameters.get("query") ?? undefined,
    operationName: parameters.get("operationName"),
    variables: json("variables"),
    extensions: json("extensions"),
  };
}

function refuseMutation(query: string, operationName: string | null | undefined): void {
  let kind: string | undefined;
  try {
    kind = getOperationAST(parse(query), operationName)?.operation;
  } catch {
    return; // What is wrong with it is told in the stream.
  }
  if (kind === "mutation") throw methodNotAllowed("POST");
}
