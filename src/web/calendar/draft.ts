/**
 * An event as a form holds it, the way to it from an event and back, and what differs between two of them. Only what
 * differs is ever sent, so that a form does not write back what others changed meanwhile, nor a time that its clock
 * cannot tell apart (the second 2:30 of the night on which clocks go back).
 */
import type {
  AttendeeInput,
  EventFullFragment,
  EventInput,
  EventPatch,
  RecordRef,
  RecordType,
  SeriesInput,
  SeriesPatch,
} from "../api/operations";
import { say } from "../languages/say";
import { addDays, instantOf, minutesBetween, type Span, type Wall, wallOf } from "../ui/times";
import type { Stretch } from "./shown";
import { ruleFrom } from "./repeat";

export interface Guest {
  userId: string | null;
  emailAddress: string | null;
  contactId: number | null;
  name: string | null;
  status: string;
  /** Of rooms and equipment that are added here; what anybody else is stays as it is. */
  type?: "resource";
}

export interface LinkedRecord {
  type: RecordType;
  id: string;
  name: string;
}

export interface Draft {
  subject: string;
  allDay: boolean;
  /** On the clocks of `zone`. An all-day event's end is its last day, not the one after. */
  start: Wall;
  end: Wall;
  zone: string;
  /** The rule of its series; "" where it is in none. */
  repeat: string;
  location: string;
  description: string;
  private: boolean;
  showAs: string;
  status: string;
  conferenceUrl: string;
  type: string;
  attendees: Guest[];
  relatedTo: LinkedRecord[];
}

export const FIELDS = [
  "subject",
  "when",
  "zone",
  "repeat",
  "location",
  "description",
  "private",
  "showAs",
  "status",
  "conferenceUrl",
  "type",
  "attendees",
  "relatedTo",
] as const;

export type Field = (typeof FIELDS)[number];

const NINE = "09:00";
const TEN = "10:00";

function wallsOf({ startTime, endTime, allDay }: Span, zone: string): Pick<Draft, "start" | "end"> {
  if (!allDay) return { start: wallOf(startTime, zone), end: wallOf(endTime, zone) };
  const [first, after] = [startTime.slice(0, 10), endTime.slice(0, 10)];
  const last = after > first ? addDays(after, -1) : first;
  return { start: { date: first, time: NINE }, end: { date: last, time: TEN } };
}

export const newDraft = (stretch: Stretch, zone: string): Draft => ({
  subject: "",
  allDay: stretch.allDay,
  ...wallsOf(stretch, zone),
  zone,
  repeat: "",
  location: "",
  description: "",
  private: false,
  showAs: "busy",
  status: "confirmed",
  conferenceUrl: "",
  type: "",
  attendees: [],
  relatedTo: [],
});

/**
 * `zone` is what the reader looks at, for an event that was planned in none; `repeat` the rule of its series, which an
 * event does not have itself.
 */
export function draftOf(event: EventFullFragment, zone: string, repeat = ""): Draft {
  const planned = event.timezone ?? zone;
  return {
    subject: event.subject,
    allDay: event.allDay,
    ...wallsOf(event, planned),
    zone: planned,
    repeat,
    location: event.location ?? "",
    description: event.description ?? "",
    private: event.private,
    showAs: event.showAs,
    status: event.status ?? "confirmed",
    conferenceUrl: event.conferenceUrl ?? "",
    type: event.type ?? "",
    attendees: event.attendees,
    relatedTo: event.relatedTo,
  };
}

export const spanOf = ({ allDay, start, end, zone }: Draft): Span => ({
  allDay,
  startTime: allDay ? start.date : instantOf(start, zone),
  endTime: allDay ? addDays(end.date, 1) : instantOf(end, zone),
});

const guestOf = ({ userId, emailAddress, contactId, name, type }: Guest): AttendeeInput => ({
  userId,
  contactId,
  name,
  // An address finds its user, contact and name by itself; only what has none needs more.
  ...(emailAddress !== null && { emailAddress }),
  ...(type && { type }),
});

const linkOf = ({ type, id }: LinkedRecord): RecordRef => ({ type, id });

/** What two drafts are compared by, field by field. */
function valueOf(draft: Draft, field: Field): unknown {
  switch (field) {
    case "when": {
      const { allDay, start, end, zone } = draft;
      return allDay ? [start.date, end.date] : [start, end, zone];
    }
    case "attendees":
      return draft.attendees.map(({ userId, emailAddress, contactId }) => [userId, emailAddress, contactId]);
    case "relatedTo":
      return draft.relatedTo.map(({ type, id }) => [type, id]);
    default:
      return draft[field];
  }
}

export const differs = (a: Draft, b: Draft, field: Field): boolean =>
  JSON.stringify(valueOf(a, field)) !== JSON.stringify(valueOf(b, field));

export const changedFields = (from: Draft, to: Draft): Field[] =>
  FIELDS.filter((field) => differs(from, to, field));

function part(draft: Draft, field: Field): EventPatch {
  switch (field) {
    case "when":
      return spanOf(draft);
    case "zone":
      return { timezone: draft.zone };
    case "repeat":
      // A series has it, and no event.
      return {};
    case "attendees":
      return { attendees: draft.attendees.map(guestOf) };
    case "relatedTo":
      return { relatedTo: draft.relatedTo.map(linkOf) };
    case "location":
    case "description":
    case "conferenceUrl":
    case "type":
      return { [field]: draft[field] === "" ? null : draft[field] };
    default:
      return { [field]: draft[field] };
  }
}

export const patchBetween = (from: Draft, to: Draft): EventPatch =>
  changedFields(from, to).reduce<EventPatch>((patch, field) => ({ ...patch, ...part(to, field) }), {});

export function inputOf(draft: Draft): EventInput {
  const { startTime } = spanOf(draft);
  const patch = FIELDS.reduce<EventPatch>((parts, field) => ({ ...parts, ...part(draft, field) }), {});
  return { ...patch, startTime };
}

export const seriesInputOf = (draft: Draft): SeriesInput => ({
  ...inputOf(draft),
  recurrence: { rrule: draft.repeat },
});

export const seriesPatchBetween = (from: Draft, to: Draft): SeriesPatch => ({
  ...patchBetween(from, to),
  ...(repeatsAnew(from, to) && { recurrence: { rrule: to.repeat } }),
});

/**
 * Whether somebody chose another rule: more than what another start makes of the same one, and more than another spelling, for
 * the service keeps a rule as it was written.
 */
export const repeatsAnew = (from: Draft, to: Draft): boolean =>
  ruleFrom(to.repeat, to.start.date, to.start.date, to.zone) !==
  ruleFrom(from.repeat, from.start.date, to.start.date, to.zone);

/** Takes a field over from another draft. A time is nothing without the clocks it is told by. */
export function withField(draft: Draft, field: Field, from: Draft): Draft {
  if (field !== "when") return { ...draft, [field]: from[field] };
  const { allDay, start, end, zone } = from;
  return { ...draft, allDay, start, end, zone };
}

export type Faults = Partial<Record<Field, string>>;

const MAX_SUBJECT = 1_000;

/** What the service would refuse, said before it is asked. */
export function faultsOf(draft: Draft): Faults {
  const faults: Faults = {};
  if ([...draft.subject].length > MAX_SUBJECT)
    faults.subject = say("A title has {most} characters at most.", { most: MAX_SUBJECT });
  if (draft.conferenceUrl !== "" && !/^https?:\/\/\S+$/i.test(draft.conferenceUrl))
    faults.conferenceUrl = say("A video link begins with https:// or http://.");
  const { allDay, start, end } = draft;
  if (!start.date || !end.date || (!allDay && (!start.time || !end.time)))
    faults.when = say("Say when it starts and ends.");
  else if (allDay ? end.date < start.date : minutesOf(draft) < 0)
    faults.when = say("It ends before it starts.");
  const until = /UNTIL=(\d{8})/.exec(draft.repeat)?.[1];
  if (until !== undefined && until < start.date.replaceAll("-", ""))
    faults.repeat = say("The series ends before its first day.");
  return faults;
}

export function minutesOf(draft: Draft): number {
  const { startTime, endTime } = spanOf({ ...draft, allDay: false });
  return minutesBetween(startTime, endTime);
}

export const sameGuest = (a: Guest, b: Guest): boolean =>
  (a.userId !== null && a.userId === b.userId) ||
  (a.contactId !== null && a.contactId === b.contactId) ||
  (a.emailAddress !== null && a.emailAddress.toLowerCase() === b.emailAddress?.toLowerCase());

export const guestName = ({ name, emailAddress }: Guest): string => name ?? emailAddress ?? say("Somebody");
