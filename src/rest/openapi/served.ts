// The description as it is served, to anybody: the OpenAPI document, made once, and the page to browse it.
import type { Request, Response } from "express";
import { hashOf } from "../../http/asset";
import { asPage } from "../../http/page";
import { NOT_MODIFIED } from "../answers";
import { IF_NONE_MATCH } from "../parameters";
import { isFresh } from "../preconditions";
import type { OpenRoute } from "../route";
import { ROUTES } from "../routes";
import { DOCS_PAGE, DOCS_POLICY } from "./docs-page";
import { openApiDocument, type OpenApiDocument } from "./document";

export const OPEN_ROUTES: readonly OpenRoute[] = [
  {
    method: "GET",
    path: "/openapi.json",
    name: "getOpenApi",
    tag: "Description",
    summary: "This document",
    description: "OpenAPI 3.1, made of what the service itself works by. Without a token.",
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
    tag: "Description",
    summary: "A page to browse it",
    description: "For a browser. Without a token; what is tried from it takes one.",
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
}

const versionOf = (text: string): Version => ({ text, etag: `"${hashOf(text)}"` });

const page = versionOf(DOCS_PAGE);
let document: Version | undefined;

function sendDocument(req: Request, res: Response): void {
  document ??= versionOf(JSON.stringify(describedApi()));
  send(req, res.type("json"), document);
}

function sendPage(req: Request, res: Response): void {
  send(req, asPage(res, DOCS_POLICY), page);
}

/** Asked for anew each time, and sent where it is another one. */
function send(req: Request, res: Response, { text, etag }: Version): void {
  res.set({ ETag: etag, "Cache-Control": "no-cache" });
  if (isFresh(req.get(IF_NONE_MATCH.name), etag)) res.status(304).end();
  else res.send(text);
}
