// What an event says otherwise than the series it is put into: the same that the database notes when an occurrence is changed
// (event_own_words in migrations/functions/series.sql). Pure.
import { isDeepStrictEqual } from "node:util";
import type { Attendee } from "../entities/event";
import { DEFAULTS } from "../event/fields";
import { addressKey } from "../values/address-key";
import { timesAt, type Definition } from "./definition";
import { TIME_FIELDS } from "./patched";
import type { Template } from "./stored";

/** An event, new or as it stands. */
export type Words = Readonly<Record<string, unknown>> & { attendees: readonly Attendee[] };

/** Not asked: lists are compared as lists, and who organises is the owner where nothing else is said. */
const APART: ReadonlySet<string> = new Set([
  ...["attendees", "ownAnswers", "organizerEmail", "organizerName", "endTime", "startTime", "timezone"],
  ...["allDay", "iCalUid"],
]);
const PLAIN = Object.keys(DEFAULTS).filter((name) => !APART.has(name));

/** The fields that `event` has for itself in this place of the series, whose owner has the address `ownEmail`. */
export function ownWords(
  event: Words,
  { definition, content }: { definition: Definition; content: Template },
  wall: number,
  ownEmail: string,
): string[] {
  const said = { ...DEFAULTS, ...content } as Readonly<Record<string, unknown>>;
  const times = { ...timesAt(definition, wall), timezone: definition.timezone };
  const differing = [
    ...PLAIN.filter(
      (name) => !isDeepStrictEqual(plain(event[name] ?? DEFAULTS[name as never]), plain(said[name])),
    ),
    ...[...TIME_FIELDS, "timezone" as const].filter((name) => event[name] !== times[name]),
    ...(isDeepStrictEqual(peopleOf(event.attendees), peopleOf(content.attendees)) ? [] : ["attendees"]),
    ...organiserOf(event, content, ownEmail),
  ];
  return differing.sort();
}

/** Without order of keys, and numbers and texts of ids alike. */
const plain = (value: unknown): unknown =>
  value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown);

/** Who is invited, whatever they have answered and are called. */
const peopleOf = (attendees: readonly Attendee[]): string[] =>
  attendees
    .map(({ emailAddress, userId, contactId, type }) =>
      JSON.stringify([emailAddress === null ? (userId ?? contactId) : addressKey(emailAddress), type]),
    )
    .sort();

function organiserOf(event: Words, content: Template, ownEmail: string): string[] {
  const of = (email: unknown): string => addressKey(typeof email === "string" ? email : ownEmail);
  const isSame = of(event.organizerEmail) === of(content.organizerEmail);
  if (!isSame) return ["organizerEmail", "organizerName"];
  const isOwn = of(event.organizerEmail) === addressKey(ownEmail);
  return isOwn || (event.organizerName ?? null) === (content.organizerName ?? null) ? [] : ["organizerName"];
}
