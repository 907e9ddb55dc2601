// The records an event is linked to, after a write.
import type { RecordLink } from "../entities/event";
import type { Faults } from "../values/rules";
import type { RecordRef } from "./event.inputs";
import type { KnownPeople } from "./people-of-write";

/**
 * The new list: links that stay, as they were stored, then new ones in the order given, each once. Names are copies
 * made when the link is. An unknown record, or a new link to an archived one, becomes a fault.
 */
export function mergeLinks(
  given: readonly RecordRef[],
  before: readonly RecordLink[],
  people: KnownPeople,
  faults: Faults,
): RecordLink[] {
  const key = ({ type, id }: RecordRef): string => `${type}:${id}`;
  const wanted = new Map(given.map((ref) => [key(ref), ref]));
  const kept = before.filter((link) => wanted.delete(key(link)));
  const added: RecordLink[] = [];
  given.forEach((ref, index) => {
    if (!wanted.delete(key(ref))) return;
    const record = people.record(ref.id);
    if (record?.type === ref.type && !record.archived)
      added.push({ type: ref.type, id: ref.id, name: record.name });
    else faults.add(`relatedTo[${index}].id`, `must be a ${ref.type} of the organisation`);
  });
  return [...kept, ...added];
}
