// The body of a REST request: a JSON object in UTF-8, 1 MiB at most.
import express, { type Request, type Response } from "express";
import { badSyntax, Problem, tooLarge, unsupportedMediaType } from "../errors";
import { requireBoundedJson } from "../values/json-bounds";
import { isObject } from "../values/rules";

export const BODY_MOST_BYTES = 1024 * 1024;

const raw = express.raw({ type: () => true, limit: BODY_MOST_BYTES });
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads the body; refuses what is not a JSON object. No Content-Type counts as JSON. */
export async function readBody(req: Request, res: Response): Promise<Record<string, unknown>> {
  requireJson(req.headers["content-type"]);
  // express would wait for all of it first, and a client that expects `100 Continue` or a refusal waits too.
  if (Number(req.headers["content-length"]) > BODY_MOST_BYTES) throw tooLarge("1 MiB");
  await new Promise<void>((resolve, reject) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an Error, though bodyProblem returns `unknown`
    raw(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(bodyProblem(error))));
  });
  const body: unknown = parse(req.body);
  if (!isObject(body)) throw badSyntax("The body must be a JSON object.");
  // A key that nobody knows is ignored, whatever is in it.
  requireBoundedJson(body, "The body", "left alone");
  return body;
}

function requireJson(contentType: string | undefined): void {
  if (contentType === undefined) return;
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  if (!/^application\/(?:[\w.-]+\+)?json$/.test(type.trim())) {
    throw unsupportedMediaType("Bodies are application/json.");
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

/** What express' body reader refuses, in our words; anything else as it is. */
export function bodyProblem(error: unknown): unknown {
  if (error instanceof Problem) return error;
  const { type, status } = error as { type?: string; status?: number };
  const problems: Record<string, () => Problem> = {
    "entity.too.large": () => tooLarge("1 MiB"),
    "encoding.unsupported": () =>
      unsupportedMediaType("This Content-Encoding is not understood; send gzip or none."),
    "charset.unsupported": () => unsupportedMediaType("Bodies are UTF-8."),
    "entity.parse.failed": () => badSyntax("The body must be JSON."),
    "request.aborted": () => badSyntax("The request was aborted."),
    "request.size.invalid": () => badSyntax("The body is not as long as Content-Length says."),
  };
  const known = problems[type ?? ""];
  if (known) return known();
  return status === 400 ? badSyntax("The body cannot be read.") : error;
}
