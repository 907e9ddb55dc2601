// The one place that knows how a row of "event" becomes what the wire shows, masked for those who may not see it.
// Columns arrive as PostgreSQL's text (src/database/text-rows.ts) and are spliced into JSON; GraphQL reads the
// same columns through the same table, field by field.
import type { TextRow } from "../database/text-rows";
import type { Attendee, RecordLink } from "../entities/event";
import { instantFromDatabase, toMs, type Instant } from "../values/instants";

interface FieldRule {
  name: string;
  column: string;
  /** PostgreSQL's text as JSON text. */
  toJson(text: string): string;
  /** PostgreSQL's text as the value GraphQL serialises. */
  toValue(text: string): unknown;
  /** What the viewer of a masked event sees: the field itself, or this JSON text in its stead. */
  masked: string;
}

type Kind = Pick<FieldRule, "toJson" | "toValue">;
// Most texts are JSON once they are quoted; to see that takes less than to have them quoted with care.
const NEEDS_CARE = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;
const text: Kind = {
  toJson: (value) => (NEEDS_CARE.test(value) ? JSON.stringify(value) : `"${value}"`),
  toValue: (value) => value,
};
const idText: Kind = { toJson: (value) => `"${value}"`, toValue: (value) => value };
const long: Kind = { toJson: (value) => value, toValue: Number };
const flag: Kind = {
  toJson: (value) => (value === "t" ? "true" : "false"),
  toValue: (value) => value === "t",
};
const json: Kind = { toJson: (value) => value, toValue: (value) => JSON.parse(value) as unknown };
const instant: Kind = { toJson: (value) => `"${instantFromDatabase(value)}"`, toValue: instantFromDatabase };

const rule = (name: string, column: string, kind: Kind, masked: FieldRule["masked"] = "null"): FieldRule => ({
  name,
  column,
  ...kind,
  masked,
});

const FIELDS: readonly FieldRule[] = [
  rule("id", "id", idText, "shown"),
  rule("subject", "subject", text, '"Private"'),
  rule("description", "description", text),
  rule("location", "location", text),
  rule("startTime", "start_time", instant, "shown"),
  rule("endTime", "end_time", instant, "shown"),
  rule("allDay", "all_day", flag, "shown"),
  rule("private", "private", flag, "shown"),
  rule("timezone", "timezone", text),
  rule("attendees", "attendees", json, "[]"),
  rule("parentId", "parent_id", long),
  rule("relatedTo", "related_to", json, "[]"),
  rule("iCalUid", "i_cal_uid", text),
  rule("ownerId", "owner_id", idText),
  rule("organizerEmail", "organizer_email", text),
  rule("organizerName", "organizer_name", text),
  rule("createdAt", "created_at", instant),
  rule("lastModifiedAt", "last_modified_at", instant, "shown"),
];

/** What stands before the value of each: `,"subject":`. */
const STARTS = FIELDS.map(({ name }, index) => `${index === 0 ? "{" : ","}"${name}":`);

/** The names of what the wire shows of an event, in its order. */
export const EVENT_FIELDS: readonly string[] = [...FIELDS.map(({ name }) => name), "deleted"];

/** How many columns `eventColumns` selects. */
export const EVENT_WIDTH = FIELDS.length;

/** The SELECT (or RETURNING) list that `EventView` reads, of the table or alias given. */
export const eventColumns = (alias: string): string =>
  FIELDS.map(({ column }) => `${alias}.${column}`).join(", ");

/** What of an event may come to more than some hundred letters. */
export const LONG_FIELDS: ReadonlySet<string> = new Set(["description", "attendees", "relatedTo"]);

/** The same list without LONG_FIELDS, for whoever looks at none of them. */
export const shortColumns = (alias: string): string =>
  FIELDS.map(({ name, column }) => (LONG_FIELDS.has(name) ? "null" : `${alias}.${column}`)).join(", ");

export interface EventFields {
  id: string;
  subject: string;
  description: string | null;
  location: string | null;
  startTime: Instant;
  endTime: Instant;
  allDay: boolean;
  private: boolean;
  timezone: string | null;
  attendees: Attendee[];
  parentId: number | null;
  relatedTo: RecordLink[];
  iCalUid: string | null;
  ownerId: string | null;
  organizerEmail: string | null;
  organizerName: string | null;
  createdAt: Instant | null;
  lastModifiedAt: Instant;
}

// The getters of EventFields are defined below, from the table.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface EventView extends Readonly<EventFields> {}

/** An event as one viewer may see it. `row` starts with the columns of `eventColumns`. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class EventView {
  readonly deleted = false;

  constructor(
    private readonly row: TextRow,
    readonly masked = false,
  ) {}

  /** The columns of the projection, to be kept and shown again as they were. */
  get stored(): TextRow {
    return this.row.slice(0, EVENT_WIDTH);
  }

  /** About how many bytes its fields come to. */
  get length(): number {
    return this.row.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  }

  /** The value of field number `index`, as GraphQL serialises it. */
  protected value(index: number): unknown {
    const field = FIELDS[index] as FieldRule;
    if (this.masked && field.masked !== "shown") return JSON.parse(field.masked);
    const stored = this.row[index];
    return stored == null ? null : field.toValue(stored);
  }

  /** Some of the fields, as a plain object. */
  fields(names: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(names.map((name) => [name, (this as Record<string, unknown>)[name]]));
  }

  /** The JSON of field number `index` (EVENT_FIELDS). */
  jsonOf(index: number): string {
    const field = FIELDS[index] as FieldRule;
    if (this.masked && field.masked !== "shown") return field.masked;
    const stored = this.row[index];
    return stored == null ? "null" : field.toJson(stored);
  }

  /** The event's JSON on the REST door. */
  get json(): string {
    let out = "";
    for (let index = 0; index < EVENT_WIDTH; index++) out += (STARTS[index] as string) + this.jsonOf(index);
    return `${out},"deleted":false}`;
  }

  /** The strong entity tag of this version, which a client may build itself. */
  get etag(): string {
    return `"${this.id}-${toMs(this.lastModifiedAt)}"`;
  }
}

FIELDS.forEach(({ name }, index) => {
  Object.defineProperty(EventView.prototype, name, {
    get(this: EventView) {
      return this.value(index);
    },
  });
});

/** An event as an earlier request was answered. */
export class ReplayedView extends EventView {}

export type RemovalReason = "deleted" | "left";

/** A removed entry of a calendar. */
export class RemovedView {
  readonly deleted = true;

  constructor(
    readonly id: string,
    readonly reason: RemovalReason,
    readonly lastModifiedAt: Instant,
  ) {}

  get deletedAt(): Instant {
    return this.lastModifiedAt;
  }

  get json(): string {
    const { id, reason, lastModifiedAt } = this;
    return `{"id":"${id}","deleted":true,"reason":"${reason}","deletedAt":"${lastModifiedAt}","lastModifiedAt":"${lastModifiedAt}"}`;
  }

  get etag(): string {
    return `"${this.id}-${toMs(this.lastModifiedAt)}"`;
  }
}
