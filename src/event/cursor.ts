// Relay cursors: a place in an order, opaque to clients.
import { badRequest } from "../errors";
import { parseId } from "../values/ids";
import { LATEST_MS, toInstant, toMs } from "../values/instants";
import { EventOrder, type Position } from "./search";

/** What a cursor of an order begins with: the same numbers are another place in the other. */
const SIGN = { [EventOrder.START]: "", [EventOrder.LAST_CHANGE]: "c" };

export const encodeCursor = ({ at, id }: Position, order: EventOrder): string =>
  Buffer.from(`${SIGN[order]}${toMs(at)}:${id}`).toString("base64url");

/** Refuses, as `bad_request` naming the argument, what is no cursor of a list in this order. */
export function decodeCursor(cursor: string, order: EventOrder, field: string): Position {
  const text = Buffer.from(cursor, "base64url").toString("latin1");
  const [ms = "", id, ...rest] = text.slice(SIGN[order].length).split(":");
  const at = /^\d{1,15}$/.test(ms) && Number(ms) <= LATEST_MS ? toInstant(Number(ms)) : null;
  const parsed = parseId(id);
  if (!text.startsWith(SIGN[order]) || at === null || parsed === null || rest.length > 0) {
    throw badRequest({ field, message: `${field} must be a cursor of this list.` });
  }
  return { at, id: parsed };
}
