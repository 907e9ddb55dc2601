// The fields of an event, in the one list that all else is made from: what the wire shows and in which order, what of it
// is masked, what a write may set and what it writes where a client says nothing. The compiler holds it against the entity
// and the inputs. Where a new field goes: .github/CONTRIBUTING.md.
import type { Attendee, Event, RecordLink } from "../entities/event";
import { instantFromDatabase, type Instant } from "../values/instants";
import type { Properties } from "../values/properties";
import type { EventPatch } from "./event.inputs";
import { inOrder } from "./json-lists";

/** How PostgreSQL's text of a column becomes JSON text, and the value that GraphQL serialises; and the column's type. */
interface Kind<Value> {
  type: string;
  toJson(text: string): string;
  toValue(text: string): Value;
}

// Most texts are JSON once they are quoted; to see that takes less than to have them quoted with care.
const NEEDS_CARE = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;
const text: Kind<string> = {
  type: "text",
  toJson: (value) => (NEEDS_CARE.test(value) ? JSON.stringify(value) : `"${value}"`),
  toValue: (value) => value,
};
const id: Kind<string> = { type: "bigint", toJson: (value) => `"${value}"`, toValue: (value) => value };
const long: Kind<number> = { type: "bigint", toJson: (value) => value, toValue: Number };
const flag: Kind<boolean> = {
  type: "boolean",
  toJson: (value) => (value === "t" ? "true" : "false"),
  toValue: (value) => value === "t",
};
const list = <Entry>(...keys: (keyof Entry & string)[]): Kind<Entry[]> => ({
  type: "jsonb",
  toJson: inOrder(keys),
  toValue: (value) => JSON.parse(value) as Entry[],
});
const people = list<Attendee>("userId", "emailAddress", "contactId", "name", "status", "type");
const links = list<RecordLink>("type", "id", "name");
const dictionary: Kind<Properties> = {
  type: "jsonb",
  toJson: (value) => (value === "{}" ? value : JSON.stringify(JSON.parse(value))),
  toValue: (value) => JSON.parse(value) as Properties,
};
const instant: Kind<Instant> = {
  type: "timestamptz",
  toJson: (value) => `"${instantFromDatabase(value)}"`,
  toValue: instantFromDatabase,
};

interface Rule {
  column: string;
  kind: Kind<unknown>;
  /** What the viewer of a masked event sees: the field itself ("shown"), or this JSON text in its stead. */
  masked: string;
  /** It may come to more than some hundred letters. */
  isLong?: true;
  /** What a write sets where the client leaves it out. */
  default?: unknown;
  /** A client must give it for a new event. */
  required?: true;
  /** Guests may write it where the event's owner lets them edit; whatever lacks this is never theirs. */
  forGuests?: true;
}

type Frozen<T> = T extends (infer Item)[] ? readonly Item[] : T;

/** A field of the inputs has a default, unless a client must give it. */
type RuleOf<Name> = Name extends "startTime"
  ? Rule & { required: true }
  : Name extends keyof EventPatch
    ? Rule & { default: Frozen<Required<EventPatch>[Name]> }
    : Rule & { default?: never; required?: never };

/** What of the entity is no field: whose it is, who has left, who answered themselves, what an occurrence says itself, and a constant. */
type Column = Exclude<keyof Event, "organisationId" | "leftUserIds" | "ownAnswers" | "overrides" | "deleted">;

const FIELDS = {
  id: { column: "id", kind: id, masked: "shown" },
  subject: { column: "subject", kind: text, masked: '"Private"', forGuests: true, default: "" },
  description: {
    column: "description",
    kind: text,
    masked: "null",
    isLong: true,
    forGuests: true,
    default: null,
  },
  location: { column: "location", kind: text, masked: "null", forGuests: true, default: null },
  startTime: { column: "start_time", kind: instant, masked: "shown", forGuests: true, required: true },
  endTime: { column: "end_time", kind: instant, masked: "shown", forGuests: true, default: null },
  allDay: { column: "all_day", kind: flag, masked: "shown", forGuests: true, default: false },
  // Where the organisation shows colleagues no more than that time is taken, every event is as if it were private.
  private: { column: "private", kind: flag, masked: "true", default: false },
  timezone: { column: "timezone", kind: text, masked: "null", forGuests: true, default: null },
  showAs: { column: "show_as", kind: text, masked: "shown", default: "busy" },
  status: { column: "status", kind: text, masked: "null", default: "confirmed" },
  type: { column: "type", kind: text, masked: "null", forGuests: true, default: null },
  conferenceUrl: { column: "conference_url", kind: text, masked: "null", forGuests: true, default: null },
  properties: {
    column: "properties",
    kind: dictionary,
    masked: "{}",
    isLong: true,
    forGuests: true,
    default: {},
  },
  guestsCanEdit: { column: "guests_can_edit", kind: flag, masked: "null", default: false },
  attendees: { column: "attendees", kind: people, masked: "[]", isLong: true, default: [] },
  parentId: { column: "parent_id", kind: long, masked: "null", default: null },
  relatedTo: { column: "related_to", kind: links, masked: "[]", isLong: true, forGuests: true, default: [] },
  iCalUid: { column: "i_cal_uid", kind: text, masked: "null", default: null },
  seriesId: { column: "series_id", kind: id, masked: "shown" },
  recurrenceId: { column: "recurrence_id", kind: text, masked: "shown" },
  ownerId: { column: "owner_id", kind: id, masked: "null" },
  organizerEmail: { column: "organizer_email", kind: text, masked: "null", default: null },
  organizerName: { column: "organizer_name", kind: text, masked: "null", default: null },
  createdAt: { column: "created_at", kind: instant, masked: "null" },
  lastModifiedAt: { column: "last_modified_at", kind: instant, masked: "shown" },
} as const satisfies { readonly [Name in Column]: RuleOf<Name> };

type Fields = typeof FIELDS;

type Value<R extends Rule> =
  (R["kind"] extends Kind<infer V> ? V : never) | (R["masked"] extends "null" ? null : never);

/** An event as it is read. */
export type EventFields = { -readonly [Name in keyof Fields]: Value<Fields[Name]> };

/** A field that a client may write. */
type Writable = {
  [Name in keyof Fields]: Fields[Name] extends { default: unknown } | { required: true } ? Name : never;
}[keyof Fields];

/** What a write may set: what clients may, who has left, who answered themselves, whose it is, and its place in a series. */
export type Content = Pick<
  Event,
  Writable | "leftUserIds" | "ownAnswers" | "ownerId" | "seriesId" | "recurrenceId" | "overrides"
>;

/** The fields in the order of the wire. */
export const EVENT_FIELDS: readonly (Rule & { name: string })[] = Object.entries<Rule>(FIELDS).map(
  ([name, rule]) => ({ name, ...rule }),
);

const written = EVENT_FIELDS.filter((rule) => "default" in rule || rule.required);

/** The columns that a write may set, each with the name of its field and its type. */
export const WRITTEN_COLUMNS: readonly { name: string; column: string; type: string }[] = [
  ...written.map(({ name, column, kind: { type } }) => ({ name, column, type })),
  { name: "leftUserIds", column: "left_user_ids", type: "bigint[]" },
  { name: "ownAnswers", column: "own_answers", type: "jsonb" },
  { name: "seriesId", column: "series_id", type: "bigint" },
  { name: "recurrenceId", column: "recurrence_id", type: "text" },
  { name: "overrides", column: "overrides", type: "text[]" },
];

/** What a new event has, and what PUT writes, for the keys that are left out. */
export const DEFAULTS = Object.fromEntries(
  written.flatMap((rule) => ("default" in rule ? [[rule.name, rule.default]] : [])),
) as Readonly<Required<Omit<EventPatch, "startTime">>>;

/** What guests may write where the event's owner lets them edit. */
export const GUEST_FIELDS: ReadonlySet<string> = new Set(
  EVENT_FIELDS.flatMap(({ name, forGuests }) => (forGuests ? [name] : [])),
);

/** What of an event may be long. */
export const LONG_FIELDS: ReadonlySet<string> = new Set(
  EVENT_FIELDS.flatMap(({ name, isLong }) => (isLong ? [name] : [])),
);
