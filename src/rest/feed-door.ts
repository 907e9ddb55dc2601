// The feed for calendar programs: a user's calendar as a file, at an address that holds the secret of a token of its own. The
// address is told nowhere: neither in the log nor in metrics or traces.
import type { Request, RequestHandler, Response } from "express";
import { whileAtWork } from "../access/requests";
import { RequestContext } from "../context";
import type { Database } from "../database/database";
import { TokenScope } from "../entities/access-token";
import { methodNotAllowed } from "../errors";
import { tallyOf } from "../telemetry/tally";
import { refuse, sendList, type FacadeParts } from "./facade";
import { calendarFile } from "./file-routes";
import { IF_NONE_MATCH } from "./parameters";
import { Query } from "./query";

export const FEED_PATH = "/ical/:secret.ics";

/** Answers GET and HEAD as `GET /events.ics` does, 304 from one probe while nothing has changed. */
export function feedDoor(db: Database, parts: Pick<FacadeParts, "tokens" | "log" | "gate">): RequestHandler {
  return async (req, res) => {
    try {
      await sendFeed(db, parts, req, res);
    } catch (error) {
      refuse(parts, error, res);
    }
  };
}

async function sendFeed(
  db: Database,
  { tokens, gate }: Pick<FacadeParts, "tokens" | "gate">,
  req: Request,
  res: Response,
): Promise<void> {
  const tally = tallyOf(res);
  tally.route = FEED_PATH;
  if (!["GET", "HEAD"].includes(req.method)) throw methodNotAllowed("GET, HEAD");
  const caller = await gate.admitFeed(req, res, String(req.params.secret));
  // What is read here is the feed alone.
  const reader = { ...caller, scopes: [TokenScope.read] };
  const ctx = new RequestContext(db, reader, String(res.getHeader("X-Request-Id")), false, tally);
  const list = await calendarFile(ctx, null, true);
  const query = new Query("", [IF_NONE_MATCH]);
  await whileAtWork(res, () => sendList(res, { ctx, route: FEED_PATH, query, tokens, gate }, list));
}
