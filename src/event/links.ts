// The records an event is linked to, after a write.
import type { RecordLink } from "../entities/event";
import type { Faults } from "../values/faults";
import { MAX_LINKS, type RecordRef } from "./link.inputs";
import type { KnownPeople } from "./people-of-write";

const aOrAn = (word: string): string => `${/^[AEIOU]/.test(word) ? "an" : "a"} ${word}`;

/**
 * The new list: links that stay, as they were stored, then new ones in the order given, each once. Names are copies
 * made when the link is. An unknown record, and a new link to an archived one, are not understood.
 */
export function mergeLinks(
  given: readonly RecordRef[],
  before: readonly RecordLink[],
  people: KnownPeople,
  faults: Faults,
): RecordLink[] {
  const key = ({ type, id }: RecordRef): string => `${type}:${id}`;
  // A record that was merged is meant by its survivor.
  const meant = given.map(({ type, id, at }) => ({ type, id: people.record(id)?.id ?? id, at }));
  const wanted = new Map(meant.map((ref) => [key(ref), ref]));
  const kept = before.filter((link) => wanted.delete(key(link)));
  const added: RecordLink[] = [];
  meant.forEach((ref, index) => {
    if (!wanted.delete(key(ref))) return;
    const record = people.record(ref.id);
    if (record?.type === ref.type && !record.archived)
      added.push({ type: ref.type, id: ref.id, name: record.name });
    else
      faults.notUnderstood(
        ref.at ?? `relatedTo[${index}].id`,
        `must be ${aOrAn(ref.type)} of the organisation`,
      );
  });
  const links = [...kept, ...added];
  if (links.length > MAX_LINKS)
    faults.add("relatedTo", `must have ${MAX_LINKS} entries at most, together with those that stay`);
  return links;
}
