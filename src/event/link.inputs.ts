// What an event may be linked to: a record, by its type and id, and the forms in which a client may say a list of them.
import { ID, InputType } from "type-graphql";
import { RecordType } from "../entities/record";
import type { Faults } from "../values/faults";
import { id, InputField, isObject, listOf, objectOf, readFields, taking, word } from "../values/rules";
import type { Schema } from "../values/schema";

export const MAX_LINKS = 100;

@InputType({ description: "Points at a record." })
export class RecordRef {
  @InputField(() => RecordType, {
    read: word(Object.values(RecordType)),
    required: true,
    description: "Its type.",
  })
  type: RecordType;

  @InputField(() => ID, { read: id, required: true, description: "Its id." })
  id: string;

  /** Where it stands in the request. */
  at?: string;
}

const LINK_KEYS = Object.values(RecordType).flatMap((type) => [
  `${type.toLowerCase()}Id`,
  `${type.toLowerCase()}Ids`,
]);

const ref = taking<RecordRef>(objectOf(RecordRef).schema, (given, field, faults) => {
  const read = readFields(RecordRef, given, faults, field);
  return read?.type && read.id ? Object.assign(read, { at: `${field}.id` }) : undefined;
});
const refs = listOf(ref, MAX_LINKS);
const someIds: Schema = { type: ["string", "integer", "array", "null"], items: id.schema };
const keyed: Schema = {
  type: "object",
  description: "Ids by type: one, or a list of them.",
  properties: Object.fromEntries(LINK_KEYS.map((key) => [key, someIds])),
};

/**
 * The three forms of `relatedTo`: a list of `{type, id}`, one such object, or
 * `{contactId(s), accountId(s), opportunityId(s), leadId(s)}`.
 */
export const links = taking<RecordRef[]>(
  { anyOf: [refs.schema, ref.schema, keyed] },
  (given, field, faults) => {
    if (!isObject(given)) return refs(given, field, faults);
    if ("type" in given || "id" in given) return refs([given], field, faults);
    // A client that leaves nulls out sends {} for none; a misspelled key must not clear the list.
    if (Object.keys(given).length > 0 && !LINK_KEYS.some((key) => key in given)) {
      return faults.add(
        field,
        `must be a list of {type, id}, one such object, or one with ${LINK_KEYS.join(", ")}`,
      );
    }
    const found: RecordRef[] = [];
    for (const type of Object.values(RecordType)) {
      for (const key of [`${type.toLowerCase()}Id`, `${type.toLowerCase()}Ids`]) {
        for (const one of keyedIds(given[key], `${field}.${key}`, faults)) found.push({ type, ...one });
      }
    }
    if (found.length > MAX_LINKS) return faults.add(field, `must have ${MAX_LINKS} entries at most`);
    return found;
  },
);

const placedId = taking<Pick<RecordRef, "id" | "at">>(id.schema, (given, field, faults) => {
  const read = id(given, field, faults);
  return read === undefined ? undefined : { id: read, at: field };
});
const placedIds = listOf(placedId, MAX_LINKS);

function keyedIds(given: unknown, field: string, faults: Faults): Pick<RecordRef, "id" | "at">[] {
  if (given == null) return [];
  if (Array.isArray(given)) return placedIds(given, field, faults) ?? [];
  return [placedId(given, field, faults)].filter((one) => one !== undefined);
}
