import type { IncomingMessage } from "node:http";

/** Where Express found who answers: the pattern of a route, or the place of a folder. */
export function mountedRoute(req: IncomingMessage): string {
  const { route, baseUrl } = req as { route?: { path?: unknown }; baseUrl?: string };
  if (typeof route?.path === "string") return route.path;
  return baseUrl ? baseUrl.toLowerCase() : "(none)";
}
