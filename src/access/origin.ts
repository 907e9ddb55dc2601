// Where a browser's request comes from. A browser adds what its user once typed (Basic) and what it may from any page, so
// a page of somewhere else must not be able to write with it.
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { forbidden, type Problem } from "../errors";

/** Of a request's own page, or of no page at all: programs send no Origin. */
export function isOwnOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  const own = `${page.protocol}//${host}`;
  // Both read as addresses: the port that goes without saying may be said. A proxy has TLS, so the scheme may differ.
  return /^https?:$/.test(page.protocol) && URL.canParse(own) && page.host === new URL(own).host;
}

/** Of a page that is neither our own nor of an allowed origin; `*` allows any. `null`, a page without an address, is foreign. */
export function isForeign({ headers }: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin } = headers;
  if (allowed.includes("*")) return false;
  if (origin === undefined) return headers["sec-fetch-site"] === "cross-site";
  return !allowed.includes(origin) && !isOwnOrigin(headers);
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether it may change something, going by its method. */
export const isWrite = ({ method }: IncomingMessage): boolean => !SAFE.has(method ?? "");

export const foreignWrite = (): Problem =>
  forbidden("A page of another origin may not write here, unless CORS_ORIGINS lists its origin.");
