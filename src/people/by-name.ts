// Lists by name: a place in them is a name and the id that settles ties.
import { nameOf, type Context } from "../context";
import { NOTHING, sql, type Raw, type Sql } from "../database/rows";
import { badRequest } from "../errors";
import { parseId } from "../values/ids";
import { textFault } from "../values/text";

export interface NamePlace {
  name: string;
  id: string;
}

/** A stretch of a list by name: `limit` rows beyond a place, or from the start. */
export interface NameWindow {
  limit: number;
  after?: NamePlace | null;
}

export const encodeName = ({ name, id }: NamePlace): string =>
  Buffer.from(`${id}:${name}`).toString("base64url");

/** The stretch that a door asks for as a piece of its list. */
export const windowOf = (ctx: Context): NameWindow | null =>
  ctx.piece
    ? {
        limit: ctx.piece.rows,
        after: decodeName(ctx.piece.place?.position, nameOf(ctx, "after")),
      }
    : null;

/** Refuses, as `bad_request` naming the argument, what is no place of such a list. */
export function decodeName(cursor: string | null | undefined, field: string): NamePlace | null {
  if (cursor == null) return null;
  const [, given, name] = /^(\d+):(.*)$/s.exec(Buffer.from(cursor, "base64url").toString("utf8")) ?? [];
  const id = parseId(given);
  if (id === null || name === undefined || textFault(name, 1_000)) {
    throw badRequest({ field, message: `${field} must be a cursor of this list.` });
  }
  return { id, name };
}

/** SQL that goes beyond a place, or nothing. `place` names the columns of name and id. */
export const beyondName = ({ after }: Pick<NameWindow, "after">, place: Raw): Sql =>
  after ? sql` and (${place}) > (${after.name}, ${after.id}::bigint)` : NOTHING;
