// Lists by name: a place in them is a name and the id that settles ties.
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

/** SQL that goes beyond a place, or nothing. `bind` adds a parameter and answers its placeholder. */
export const beyondName = (
  { after }: Pick<NameWindow, "after">,
  [name, id]: readonly [string, string],
  bind: (value: unknown) => string,
): string => (after ? ` and (${name}, ${id}) > (${bind(after.name)}, ${bind(after.id)}::bigint)` : "");
