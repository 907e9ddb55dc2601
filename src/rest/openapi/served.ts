// The description as it is served, to anybody: the OpenAPI document, made once, and the page to browse it.
import type { Request, Response } from "express";
import { hashOf } from "../../http/asset";
import { builtPage } from "../../http/built";
import { endWith, packed } from "../../http/compressed";
import { asPage, pagePolicy } from "../../http/page";
import { NOT_MODIFIED } from "../answers";
import { IF_NONE_MATCH } from "../parameters";
import { isFresh } from "../preconditions";
import type { OpenRoute } from "../route";
import { ROUTES } from "../routes";
import { openApiDocument, type OpenApiDocument } from "./document";

export const OPEN_ROUTES: readonly OpenRoute[] = [
  {
    method: "GET",
    path: "",
    name: "getApi",
    parameters: [],
    answers: [
      {
        status: 200,
        description: "Where the description is.",
        schema: {
          type: "object",
          properties: { documentation: { type: "string" }, openapi: { type: "string" } },
          required: ["documentation", "openapi"],
        },
      },
    ],
    serve: (_req, res) => void res.json({ documentation: "/api/v1/docs", openapi: "/api/v1/openapi.json" }),
  },
  {
    method: "GET",
    path: "/openapi.json",
    name: "getOpenApi",
    parameters: [IF_NONE_MATCH],
    answers: [
      { status: 200, description: "The document.", schema: { type: "object" }, headers: ["ETag"] },
      NOT_MODIFIED,
    ],
    serve: sendDocument,
  },
  {
    method: "GET",
    path: "/docs",
    name: "getDocs",
    parameters: [IF_NONE_MATCH],
    answers: [
      {
        status: 200,
        description: "The page.",
        schema: { type: "string" },
        mediaType: "text/html",
        headers: ["ETag"],
      },
      NOT_MODIFIED,
    ],
    serve: sendPage,
  },
];

/** The document of everything under /api/v1. */
export const describedApi = (): OpenApiDocument => openApiDocument([...ROUTES, ...OPEN_ROUTES]);

interface Version {
  text: string;
  etag: string;
  /** Compressed once: anybody may ask, and as often as they like. */
  packed?: Promise<Buffer>;
}

const versionOf = (text: string): Version => ({ text, etag: `"${hashOf(text)}"` });

let document: Version | undefined;

function sendDocument(req: Request, res: Response): void {
  document ??= versionOf(JSON.stringify(describedApi()));
  send(req, res.type("json"), document);
}

// Swagger UI carries its pictures in its style sheet.
const DOCS_POLICY = pagePolicy({
  "script-src": "'self'",
  "style-src": "'self'",
  "img-src": "'self' data:",
  "connect-src": "'self'",
});

async function sendPage(req: Request, res: Response): Promise<void> {
  const html = await builtPage("docs.html");
  send(req, asPage(res, DOCS_POLICY), versionOf(html.toString()));
}

/** Asked for anew each time, and sent where it is another one. */
function send(req: Request, res: Response, version: Version): void {
  const { text, etag } = version;
  res.set({ ETag: etag, "Cache-Control": "no-cache" });
  if (isFresh(req.get(IF_NONE_MATCH.name), etag)) res.status(304).end();
  else endWith(res, text, (whole) => (version.packed ??= packed(whole)));
}
