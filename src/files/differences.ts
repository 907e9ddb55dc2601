// What a file says otherwise than an event stands. Equal is judged by what iCalendar can say: a millisecond, a control
// character, somebody without an address get lost in a file, and their absence says nothing.
import type { ImportedEvent } from "../ical/family";
import { readCalendar, type ImportWindow } from "../ical/read";
import { CalendarFile } from "../ical/write";
import type { EventView } from "../event/projection";
import { shownAs } from "../ical/words";
import { addressKey } from "../values/address-key";

type Person = ImportedEvent["attendees"][number];

/** What to change of an event, in the words of its input; null where nothing is to be. */
export type Difference = Record<string, unknown> | null;

/** An event as an export would write it and an import read it. */
export function asFile(view: EventView, window: ImportWindow): ImportedEvent {
  const file = new CalendarFile("", [], { withZones: false });
  const text = file.event(requireWhole(view));
  const [said] = readCalendar(file.head + text + file.foot, window).events;
  if (!said) throw new Error(`Event ${view.id} did not come back from its own file.`);
  return said;
}

export type WholeView = EventView & { timezone: string; organizerEmail: string; createdAt: string };

const isWhole = (view: EventView): view is WholeView => !view.masked;

/** Nothing in a calendar is masked for its own user. */
export function requireWhole(view: EventView): WholeView {
  if (!isWhole(view)) throw new Error(`Event ${view.id} is masked for the calendar's own user.`);
  return view;
}

const PLAIN = ["subject", "description", "location", "private"] as const;
const TIMES = ["startTime", "endTime", "allDay"] as const;

/** What `event`, of a file, says otherwise than `view`, which comes to `said` in a file. */
export function differenceOf(event: ImportedEvent, view: EventView, said: ImportedEvent): Difference {
  const patch: Record<string, unknown> = {};
  for (const key of PLAIN) if (event[key] !== said[key]) patch[key] = event[key];
  if (TIMES.some((key) => event[key] !== said[key])) for (const key of TIMES) patch[key] = event[key];
  if (event.timezone !== null && event.timezone !== said.timezone) patch.timezone = event.timezone;
  Object.assign(patch, wordsOf(event, said), organizerOf(event, said));
  const people = listOf(event, view, said);
  if (people) patch.attendees = people;
  return Object.keys(patch).length === 0 ? null : patch;
}

/** A field that the file does not give is no difference. */
function wordsOf(event: ImportedEvent, said: ImportedEvent): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const isShownOtherwise =
    event.showAs === null ? event.isFree !== said.isFree : event.showAs !== said.showAs;
  if (isShownOtherwise) patch.showAs = shownAs(event);
  for (const key of ["status", "type"] as const)
    if (event[key] !== null && event[key] !== said[key]) patch[key] = event[key];
  if (event.conferenceUrl !== said.conferenceUrl) patch.conferenceUrl = event.conferenceUrl;
  const before = said.properties ?? {};
  const after = event.properties ?? before;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = keys.filter((key) => before[key] !== after[key]);
  if (changed.length > 0)
    patch.properties = Object.fromEntries(changed.map((key) => [key, after[key] ?? null]));
  return patch;
}

function organizerOf({ organizer }: ImportedEvent, said: ImportedEvent): Record<string, unknown> {
  if (!organizer) return {};
  const { emailAddress, name } = organizer;
  const isSomebodyElse =
    said.organizer === null || addressKey(emailAddress) !== addressKey(said.organizer.emailAddress);
  const isRenamed = name !== null && name !== said.organizer?.name;
  return {
    ...(isSomebodyElse && { organizerEmail: emailAddress }),
    ...((isSomebodyElse || isRenamed) && { organizerName: name }),
  };
}

/** The list as it is to be; null where the file's says the same. */
function listOf(event: ImportedEvent, view: EventView, said: ImportedEvent): object[] | null {
  const before = new Map(said.attendees.map((person) => [keyOf(person), person]));
  const same =
    event.attendees.length === said.attendees.length &&
    event.attendees.every((person) => isSame(person, before.get(keyOf(person))));
  if (same) return null;
  // Who is there without an address cannot be in a file. The organiser reads as taking part, whether they are listed or not.
  const unwritable = view.attendees.filter(({ emailAddress }) => !emailAddress);
  const host = view.organizerEmail && addressKey(view.organizerEmail);
  const isListed = view.attendees.some(
    ({ emailAddress }) => emailAddress && addressKey(emailAddress) === host,
  );
  const people = event.attendees.filter((person) => isListed || keyOf(person) !== host);
  return [
    ...people.map(leavingOut),
    ...unwritable.map(({ userId, contactId, name, status, type }) => ({
      ...{ userId, contactId, name, status, type },
    })),
  ];
}

const keyOf = ({ emailAddress }: Person): string => addressKey(emailAddress);

/** Nobody's answer is undone by a file that knows of none, and a name that is missing is no other name. */
const isSame = (person: Person, before: Person | undefined): boolean =>
  before !== undefined &&
  (person.name === null || person.name === before.name) &&
  (person.status === "NoResponse" || person.status === before.status) &&
  (person.type === null || person.type === before.type);

const leavingOut = ({ emailAddress, name, status, type }: Person): object => ({
  emailAddress,
  ...(name !== null && { name }),
  ...(status !== "NoResponse" && { status }),
  ...(type !== null && { type }),
});
