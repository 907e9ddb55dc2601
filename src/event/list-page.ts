// Which page of a list is asked for.
import { badRequest } from "../errors";
import { MAX_PAGE_BYTES, PAGE_DEFAULT, readSize } from "../values/pages";
import { decodeCursor } from "./cursor";
import type { EventOrder, Position, Window } from "./search";

export interface ConnectionPage {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

export interface ListPage {
  size: number;
  backwards: boolean;
  beyond: Position | null;
}

/** One more than the page has, to see whether more follows. */
export const windowOf = ({ size, ...page }: ListPage, bytes = MAX_PAGE_BYTES): Window => ({
  limit: size + 1,
  bytes,
  ...page,
});

export function readPage({ first, after, last, before }: ConnectionPage, order: EventOrder): ListPage {
  if (first != null && last != null) {
    throw badRequest({ field: "last", message: "last must not be given together with first." });
  }
  const backwards = last != null || (first == null && before != null);
  const [cursor, field, other] = backwards ? [before, "before", after] : [after, "after", before];
  if (other != null) {
    const wrong = backwards ? "after" : "before";
    throw badRequest({ field: wrong, message: `${wrong} goes with ${backwards ? "first" : "last"}.` });
  }
  return {
    size: (backwards ? readSize(last, "last") : readSize(first, "first")) ?? PAGE_DEFAULT,
    backwards,
    beyond: cursor == null ? null : decodeCursor(cursor, order, field),
  };
}
