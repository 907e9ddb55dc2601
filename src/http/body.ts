// The body of a REST request: a JSON object in UTF-8, 1 MiB at most, or a calendar file of 10 MiB.
import express, { type Request, type RequestHandler, type Response } from "express";
import { badSyntax, bodyTooSlow, Problem, tooLarge, unsupportedMediaType } from "../errors";
import { turn } from "../turns/pauses";
import { requireBoundedJson, requireBoundedText } from "../values/json-bounds";
import { isObject } from "../values/rules";

export const CALENDAR_TYPE = "text/calendar";
export const MAX_BODY_BYTES = 1024 * 1024;
/** What takes a millisecond or more to parse. */
const LONG_BODY = 64 * 1024;
/** For a body to arrive once it is its request's turn, which keeps a place meanwhile. */
const MAX_BODY_S = 10;
export const MAX_CALENDAR_BYTES = 10 * 1024 * 1024;
const MAX_CALENDAR_S = 60;

/** The same reader of bodies, which gives up on those that are too slow. */
const inTime =
  (reader: RequestHandler, seconds = MAX_BODY_S): RequestHandler =>
  (req, res, next) => {
    const late = setTimeout(() => {
      // What comes of it still is not waited for.
      if (!res.headersSent) res.setHeader("Connection", "close");
      done(bodyTooSlow(seconds));
    }, seconds * 1_000);
    let isDone = false;
    const done = (error?: unknown): void => {
      clearTimeout(late);
      if (!isDone) next(error);
      isDone = true;
    };
    void reader(req, res, done);
  };

const raw = inTime(express.raw({ type: () => true, limit: MAX_BODY_BYTES }));
const rawCalendar = inTime(express.raw({ type: () => true, limit: MAX_CALENDAR_BYTES }), MAX_CALENDAR_S);
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads the body; refuses what is not a JSON object. No Content-Type counts as JSON. */
export async function readBody(req: Request, res: Response): Promise<Record<string, unknown>> {
  requireJson(req.headers["content-type"]);
  await readWith(raw, { req, res, limit: MAX_BODY_BYTES });
  if (Buffer.isBuffer(req.body)) requireBoundedText(req.body, "The body", "left alone");
  const body: unknown = parse(req.body);
  if (!isObject(body)) throw badSyntax("The body must be a JSON object.");
  // A key that nobody knows is ignored, whatever is in it.
  requireBoundedJson(body, "The body", "left alone");
  return body;
}

interface BodyOf {
  req: Request;
  res: Response;
  /** In bytes. */
  limit: number;
}

/** Reads the body into `req.body`. Refuses, before it has arrived where it says so itself, one that is too large. */
async function readWith(reader: RequestHandler, { req, res, limit }: BodyOf): Promise<void> {
  const most = `${limit / (1024 * 1024)} MiB`;
  // express would wait for all of it first, and a client that expects `100 Continue` or a refusal waits too.
  if (Number(req.headers["content-length"]) > limit) throw tooLarge(most);
  await new Promise<void>((resolve, reject) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an Error, though bodyProblem returns `unknown`
    const refuse = (error: unknown): void => reject(bodyProblem(error, most));
    void reader(req, res, (error?: unknown) => (error === undefined ? resolve() : refuse(error)));
  });
  // Several that arrive at once are looked through one after the other, and not all before anybody else's turn.
  if (Buffer.isBuffer(req.body) && req.body.length >= LONG_BODY) await turn();
}

/** Reads the body that is a calendar file, whatever its octets are. No Content-Type counts as `text/calendar`. */
export async function readCalendarBody(req: Request, res: Response): Promise<Buffer> {
  const [type = ""] = (req.headers["content-type"] ?? CALENDAR_TYPE).split(";");
  if (type.trim().toLowerCase() !== CALENDAR_TYPE)
    throw unsupportedMediaType(`The body must be ${CALENDAR_TYPE}.`);
  await readWith(rawCalendar, { req, res, limit: MAX_CALENDAR_BYTES });
  return Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
}

function requireJson(contentType: string | undefined): void {
  if (contentType === undefined) return;
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  if (!/^application\/(?:[\w.-]+\+)?json$/.test(type.trim())) {
    throw unsupportedMediaType("Bodies are JSON: send Content-Type: application/json.");
  }
  const charset = parameters.map((one) => /^ *charset *= *"?([^"]*)"? *$/.exec(one)?.[1]).find((one) => one);
  if (charset && charset !== "utf-8" && charset !== "utf8") throw unsupportedMediaType("Bodies are UTF-8.");
}

function parse(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) throw badSyntax("The body must be a JSON object.");
  try {
    return JSON.parse(utf8.decode(body));
  } catch (error) {
    // Only these two: a TypeError for bytes that are no UTF-8, a SyntaxError for text that is no JSON.
    if (error instanceof TypeError) throw badSyntax("The body must be UTF-8.");
    throw badSyntax(`The body must be JSON: ${(error as SyntaxError).message}.`);
  }
}

const rawJson = inTime(express.raw({ type: "application/json", limit: MAX_BODY_BYTES }));

/** Reads a body of JSON, as `express.json` does; one of another type is left alone. */
export const jsonReader: RequestHandler = async (req, res, next) => {
  await readWith(rawJson, { req, res, limit: MAX_BODY_BYTES });
  if (Buffer.isBuffer(req.body)) {
    requireJson(req.headers["content-type"]);
    requireBoundedText(req.body, "The body");
    const body: unknown = req.body.length === 0 ? {} : parse(req.body);
    if (typeof body !== "object" || body === null) throw badSyntax("The body must be JSON.");
    req.body = body;
  }
  next();
};

/** What express' body reader refuses, in our words; anything else as it is. */
export function bodyProblem(error: unknown, limit = "1 MiB"): unknown {
  if (error instanceof Problem) return error;
  const { type, status } = error as { type?: string; status?: number };
  const problems: Record<string, () => Problem> = {
    "entity.too.large": () => tooLarge(limit),
    "encoding.unsupported": () =>
      unsupportedMediaType("This Content-Encoding is not understood; send gzip or none."),
    "request.aborted": () => badSyntax("The request was aborted."),
    "request.size.invalid": () => badSyntax("The body is not as long as Content-Length says."),
  };
  const known = problems[type ?? ""];
  if (known) return known();
  return status === 400 ? badSyntax("The body cannot be read.") : error;
}
