// If-Match and If-None-Match on single events (RFC 9110, section 13.1).
import { badRequest } from "../errors";
import { always, type Condition } from "../event/conditions";

const ENTITY_TAGS = /^(?:\*|(?:W\/)?"[^"]*"(?:[ \t]*,[ \t]*(?:W\/)?"[^"]*")*)$/;

function readTags(header: string | undefined, field: string): string[] | null {
  if (header === undefined) return null;
  const given = header.trim();
  if (!ENTITY_TAGS.test(given)) {
    throw badRequest({ field, message: `${field} must be * or entity tags such as "1042-1767225600000".` });
  }
  return given === "*" ? ["*"] : (given.match(/(?:W\/)?"[^"]*"/g) ?? []);
}

/** Strong comparison: a weak tag never matches. */
export function ifMatch(header: string | undefined): Condition {
  const tags = readTags(header, "If-Match");
  if (tags === null) return always;
  return (current) => tags.some((tag) => tag === "*" || tag === current.etag);
}

/** Whether the client's copy is still good. Weak comparison. */
export function isFresh(header: string | undefined, etag: string): boolean {
  const tags = readTags(header, "If-None-Match");
  return tags?.some((tag) => tag === "*" || tag.replace(/^W\//, "") === etag) ?? false;
}
