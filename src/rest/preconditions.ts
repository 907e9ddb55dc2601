// If-Match and If-None-Match on single events (RFC 9110, section 13.1).
import { badRequest } from "../errors";

const ENTITY_TAGS = /^(?:\*|(?:W\/)?"[^"]*"(?:[ \t]*,[ \t]*(?:W\/)?"[^"]*")*)$/;

function readTags(header: string | undefined, field: string): string[] | null {
  if (header === undefined) return null;
  const given = header.trim();
  if (!ENTITY_TAGS.test(given)) {
    throw badRequest({ field, message: `${field} must be * or entity tags such as "1042-1767225600000".` });
  }
  return given === "*" ? ["*"] : (given.match(/(?:W\/)?"[^"]*"/g) ?? []);
}

/** Proxies that compress make tags of ours weak (`W/"…"`); they name the same version. */
const names = (tags: readonly string[], etag: string): boolean =>
  tags.some((tag) => tag === "*" || tag.replace(/^W\//, "") === etag);

/** Whether an event of this entity tag is one of the versions named; undefined where none is. */
export function readIfMatch(header: string | undefined): ((etag: string) => boolean) | undefined {
  const tags = readTags(header, "If-Match");
  return tags ? (etag) => names(tags, etag) : undefined;
}

/** Whether the client's copy is still good. */
export function isFresh(header: string | undefined, etag: string): boolean {
  return names(readTags(header, "If-None-Match") ?? [], etag);
}
