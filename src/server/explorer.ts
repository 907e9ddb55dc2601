/**
 * The page a browser gets at GET /graphql, where a person explores the API (src/web/explorer), and the frame in it.
 * Clients that ask for JSON or send a query never meet it.
 */
import type { Request, RequestHandler } from "express";
import { builtPage } from "../http/built";
import { asPage, pagePolicy } from "../http/page";

// GraphiQL's dialogs bring inline styles.
const EXPLORER_POLICY = pagePolicy({
  "script-src": "'self'",
  "frame-src": "'self'",
  "connect-src": "'self'",
  "style-src": "'self' 'unsafe-inline'",
  "img-src": "'self' data:",
  "font-src": "'self' data:",
});

// Without "allow-same-origin": to the browser this document is of no origin, so that Apollo's script reads neither the
// session storage, where a page of ours keeps a token, nor the page around it. Apollo's own frame inherits that.
const SANDBOX = [
  "allow-scripts",
  "allow-forms",
  "allow-modals",
  "allow-downloads",
  "allow-popups",
  "allow-popups-to-escape-sandbox",
];

const SANDBOX_POLICY = `${pagePolicy(
  {
    "script-src": "'self' https://embeddable-sandbox.cdn.apollographql.com",
    "frame-src": "https://sandbox.embed.apollographql.com",
    "connect-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
  },
  "'self'",
)}; sandbox ${SANDBOX.join(" ")}`;

// JSON first: where a client has no preference (curl's */*), it is no browser.
const ANSWERS = ["application/json", "application/graphql-response+json", "text/event-stream", "text/html"];

function wantsPage(req: Request): boolean {
  const sendsQuery = new URLSearchParams(req.originalUrl.split("?")[1]).has("query");
  return !sendsQuery && req.accepts(ANSWERS) === "text/html";
}

/** For `app.get("/graphql", …)`, in front of Apollo Server; whoever is no browser passes through. */
export const explorerPage: RequestHandler = async (req, res, next) => {
  res.vary("Accept");
  if (wantsPage(req)) asPage(res, EXPLORER_POLICY).send(await builtPage("explorer.html"));
  else next();
};

/** For `app.get("/graphql/sandbox", …)`: the frame with Apollo's script. */
export const sandboxPage: RequestHandler = async (_req, res) => {
  const html = await builtPage("sandbox.html");
  asPage(res, SANDBOX_POLICY).set("X-Frame-Options", "SAMEORIGIN").send(html);
};
