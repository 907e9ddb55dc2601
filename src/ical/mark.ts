// How an export of ours names the event that it wrote: by its id and when it was made, since other installations have the
// same ids, though hardly made in the same millisecond.

const MARK = /^[1-9]\d{0,15}-\d{1,15}$/;
const MADE_UP = /^([1-9]\d{0,15}-\d{1,15})@tidemark$/;

/** `1042-1767225600000`. */
export const markOf = ({ id, createdAt }: { id: string; createdAt: string }): string =>
  `${id}-${Date.parse(createdAt)}`;

/** The UID of an event that has none of its own. */
export const uidOfMark = (mark: string): string => `${mark}@tidemark`;

/** The mark in such a UID; null where it is another kind of UID. */
export const markIn = (uid: string): string | null => MADE_UP.exec(uid)?.[1] ?? null;

/** The id in a mark; null where it is none. */
export const idInMark = (mark: string): string | null =>
  MARK.test(mark) ? (mark.split("-")[0] ?? null) : null;
