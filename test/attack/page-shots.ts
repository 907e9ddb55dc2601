// Requests beside the two doors: pages, their files, health and metrics, and addresses that lead nowhere, with escapes that
// mean nothing, climb, or end too soon.
import type { Shot } from "./shot";
import { hostile, Raw, someId, toJson, type Draw } from "./values";

/** `{}` is where something is put that does not belong. */
const PLACES = [
  "/",
  "/{}",
  "/assets/{}",
  "/assets/index-{}.js",
  "/assets/{}/x.css",
  "/records/{}",
  "/records/Contact/{}",
  "/records/{}/1",
  "/records/{}/{}/x",
  "/sync",
  "/sync/{}",
  "/metrics",
  "/metrics/{}",
  "/docs",
  "/docs/{}",
  "/api/{}",
  "/api/v1{}",
  "/explorer/{}",
  "/explorer-assets/{}",
  "/favicon.ico",
  "/.well-known/{}",
  "/healthz",
  "/healthz/{}",
  "/readyz",
  "/readyz/{}",
] as const;

/** Escapes that are none, that decode to no text, that climb, and names that mean something elsewhere. */
const BAD_ESCAPES = [
  ...["%", "%z", "%zz", "%2", "%%", "%u0041", "%ff", "%c0%af", "%ed%a0%80", "%f0%28%8c%28", "%00", "x%00.js"],
  ...[
    "..",
    "%2e%2e",
    "..%2f..%2fpackage.json",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..",
    "%252e%252e%252f",
  ],
  ...[
    "//evil.test",
    "%2f%2fevil.test",
    ";a=b",
    "%0d%0aX-Evil:%201",
    "__proto__",
    "constructor",
    ".",
    ".git",
    "%20",
  ],
];
const METHODS = ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"];

export function pageShot(draw: Draw, authorization: string | null): Shot {
  const { random, home } = draw;
  const path = random.pick(PLACES).replaceAll("{}", () => part(draw));
  const query = random.chance(0.2) ? `?${part(draw)}=${part(draw)}` : "";
  const headers: Record<string, string> = {};
  if (authorization !== null && random.chance(0.5)) headers.Authorization = authorization;
  if (random.chance(0.2))
    headers["Accept-Encoding"] = random.pick(["br", "gzip;q=0", "*", ",", "identity;q=0"]);
  if (random.chance(0.2)) headers["If-None-Match"] = random.pick(["*", "W/", '"', '"a", W/"b"']);
  if (random.chance(0.1)) headers.Range = random.pick(["bytes=0-", "bytes=9-1", "lines=1"]);
  const method = random.chance(0.15) ? random.pick(METHODS) : "GET";
  const shot: Shot = { door: "page", home, method, path: path + query, headers };
  if (!["POST", "PUT"].includes(method)) return shot;
  headers["Content-Type"] = random.pick(["application/json", "text/plain", "x"]);
  return { ...shot, body: toJson(hostile(draw), random) };
}

function part(draw: Draw): string {
  const { random } = draw;
  const kind = random.weighted({ escape: 60, id: 20, hostile: 20 });
  if (kind === "escape") return random.pick(BAD_ESCAPES);
  if (kind === "id") return someId(draw);
  const value = hostile(draw);
  const text = value instanceof Raw ? value.text : typeof value === "string" ? value : JSON.stringify(value);
  return encodeURIComponent(text.slice(0, 3_000).toWellFormed());
}
