// Relay cursors: a place in an order, opaque to clients.
import { badRequest } from "../errors";
import { parseId } from "../values/ids";
import { parseInstant, toInstant, toMs } from "../values/instants";
import type { Position } from "./search";

export const encodeCursor = ({ at, id }: Position): string =>
  Buffer.from(`${toMs(at)}:${id}`).toString("base64url");

/** Refuses, as `bad_request` naming the argument, what is no cursor. */
export function decodeCursor(cursor: string, field: string): Position {
  const [ms = "", id, ...rest] = Buffer.from(cursor, "base64url").toString("latin1").split(":");
  const at = /^\d{1,15}$/.test(ms) ? parseInstant(ms) : null;
  const parsed = parseId(id);
  if (at === null || parsed === null || rest.length > 0) {
    throw badRequest({ field, message: `${field} must be a cursor of this list.` });
  }
  return { at: toInstant(toMs(at)), id: parsed };
}
