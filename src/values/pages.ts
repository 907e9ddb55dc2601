// The sizes of pages, at both doors.
import { badRequest } from "../errors";

/** How many rows a page has where no size is asked for. */
export const PAGE_DEFAULT = 100;

/** How many it has at most; more is refused by the resolver, which names the argument. */
export const MAX_PAGE = 1_000;

/** A page ends where it comes to so many bytes of rows, but for the first of them and what its tick still has. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** And so does a piece of a list that is sent whole, or of what a subscription reads. */
export const MAX_PIECE_BYTES = 1024 * 1024;

/** What is read of a list that is sent whole before it is known to take several pieces. */
export const MAX_FIRST_PIECE_BYTES = 256 * 1024;

/** Declared on the list of a page or connection: it has as many rows as the field that made the page asks for. */
export const ROWS_OF_PAGE = { rowsOfPage: true };

/** How many rows a page has, 1 to 1,000. */
export function readSize(given: number | null | undefined, field: string): number | undefined {
  if (given == null) return undefined;
  if (Number.isInteger(given) && given >= 1 && given <= MAX_PAGE) return given;
  throw badRequest({ field, message: `${field} must be from 1 to ${MAX_PAGE}.` });
}
