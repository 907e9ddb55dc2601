/**
 * The page a browser gets at GET /graphql, where a person explores the API: Apollo Sandbox, or GraphiQL where
 * Apollo's servers do not answer. Clients that ask for JSON or send a query never meet it.
 */
import type { Request, RequestHandler } from "express";
import { asPage, pagePolicy } from "../http/page";
import { PAGE_ASSETS } from "./assets";
import { SANDBOX_SCRIPT } from "./boot";
import { EXAMPLE_OPERATIONS } from "./operations";

// GraphiQL's dialogs and Sandbox's frame bring inline styles; scripts stay ours and Apollo's.
const OWN_SOURCES = pagePolicy({
  "connect-src": "'self'",
  "style-src": "'self' 'unsafe-inline'",
  "img-src": "'self' data:",
  "font-src": "data:",
});

/** With `?ui=graphiql` the browser itself refuses every request to anybody else. */
export const GRAPHIQL_POLICY = `${OWN_SOURCES}; script-src 'self'`;
export const SANDBOX_POLICY = `${OWN_SOURCES}; script-src 'self' ${new URL(SANDBOX_SCRIPT).origin}; frame-src https://sandbox.embed.apollographql.com`;

const EXAMPLE_LINKS = EXAMPLE_OPERATIONS.map(({ name }) => `<li><a href="?example=${name}">${name}</a></li>`);

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tidemark GraphQL</title>
<link rel="icon" href="${PAGE_ASSETS.icon}">
<link rel="stylesheet" href="${PAGE_ASSETS.style}">
<script src="${PAGE_ASSETS.script}" defer></script>
</head>
<body data-state="loading">
<header>
<h1><img src="${PAGE_ASSETS.icon}" alt="">Tidemark <small>GraphQL</small></h1>
<p class="where" role="status">
<span data-in="loading">Loading Apollo Sandbox…</span>
<span data-in="sandbox">Apollo Sandbox</span>
<span data-in="graphiql">GraphiQL, served from here</span>
<span data-in="fallback">Apollo Sandbox cannot be reached; this is GraphiQL, served from here</span>
<span data-in="broken">The explorer could not be loaded; the browser's console says why</span>
<noscript>The explorer needs JavaScript; the API itself does not.</noscript>
</p>
<p class="hint"><span data-in="sandbox graphiql fallback">Your token goes in place of <code>tmk_...</code> under Headers</span></p>
<details data-in="sandbox"><summary>Examples</summary><ul>${EXAMPLE_LINKS.join("")}</ul></details>
<a data-in="loading sandbox" href="?ui=graphiql">Use GraphiQL, which works offline</a>
<a data-in="graphiql" href="?">Use Apollo Sandbox</a>
<a data-in="fallback broken" href="?">Try again</a>
</header>
<main id="stage"></main>
</body>
</html>
`;

// JSON first: where a client has no preference (curl's */*), it is no browser.
const ANSWERS = ["application/json", "application/graphql-response+json", "text/event-stream", "text/html"];

const queryOf = ({ originalUrl }: Request): URLSearchParams => new URLSearchParams(originalUrl.split("?")[1]);
const wantsPage = (req: Request) => !queryOf(req).has("query") && req.accepts(ANSWERS) === "text/html";

/** For `app.get("/graphql", …)`, in front of Apollo Server; whoever is no browser passes through. */
export const explorerPage: RequestHandler = (req, res, next) => {
  res.vary("Accept");
  if (!wantsPage(req)) {
    next();
    return;
  }
  asPage(res, queryOf(req).get("ui") === "graphiql" ? GRAPHIQL_POLICY : SANDBOX_POLICY).send(PAGE);
};
