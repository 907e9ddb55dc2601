/** The page at /api/v1/docs, where a person reads the OpenAPI document and tries it: Swagger UI, served from here. */
import { AssetFolder } from "../../http/asset-folder";
import { ICON } from "../../explorer/style";
import { pagePolicy } from "../../http/page";

export const DOCS_ASSETS = new AssetFolder("/api/v1/docs/assets");

// The page is dark where the browser's settings are; Swagger UI takes that from a class.
const BOOT = `"use strict";
const dark = matchMedia("(prefers-color-scheme: dark)");
const shade = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", shade);
shade();
SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#stage",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  // Its badge would send the document's address to somebody else.
  validatorUrl: null,
});
`;

const STYLE = `:root { color-scheme: light dark; }
body { margin: 0; }
html.dark-mode body { background: #1c2022; }
.swagger-ui .info { margin: 24px 0; }
.swagger-ui .info .title small.version-stamp { background-color: #0b6bcb; }
.swagger-ui .scheme-container { padding: 16px 0; box-shadow: none; border-block: 1px solid #8884; }
.swagger-ui .renderedMarkdown p { line-height: 1.5; }
html.dark-mode .swagger-ui .examples-select__section-label { color: #e4e6e6; }
noscript { display: block; padding: 24px; font: 16px/1.5 system-ui, sans-serif; }
`;

const assets = {
  script: DOCS_ASSETS.ofPackage("swagger-ui-dist", "swagger-ui-bundle.js"),
  style: DOCS_ASSETS.ofPackage("swagger-ui-dist", "swagger-ui.css"),
  boot: DOCS_ASSETS.own("docs", "js", BOOT),
  own: DOCS_ASSETS.own("docs", "css", STYLE),
  icon: DOCS_ASSETS.own("tidemark", "svg", ICON),
};

// Swagger UI carries its pictures in its style sheet.
export const DOCS_POLICY = pagePolicy({
  "script-src": "'self'",
  "style-src": "'self'",
  "img-src": "'self' data:",
  "connect-src": "'self'",
});

export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tidemark REST</title>
<link rel="icon" href="${assets.icon}">
<link rel="stylesheet" href="${assets.style}">
<link rel="stylesheet" href="${assets.own}">
<script src="${assets.script}" defer></script>
<script src="${assets.boot}" defer></script>
</head>
<body>
<noscript>This page needs JavaScript; <a href="/api/v1/openapi.json">the document it shows</a> does not.</noscript>
<main id="stage"></main>
</body>
</html>
`;
