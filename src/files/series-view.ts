// A series as the event that its occurrences are, apart from what each has for itself: as an export writes it and an import
// compares it.
import { DEFAULTS } from "../event/fields";
import { contentLines, type WrittenRecurrence } from "../ical/write";
import { timesAt } from "../series/definition";
import { newBudget, placesAmong, placesOf, wallOf } from "../series/places";
import type { SeriesInCalendar } from "../series/read";
import { ruleText } from "../series/rule-text";
import { stateOf, type SeriesRow, type SeriesState } from "../series/stored";
import { addressKey } from "../values/address-key";
import type { WholeView } from "./differences";
import { asWritten } from "./filed";

/** Whose it is, where it does not say who organises it. */
export interface Owner {
  email: string;
  name: string;
}

export function seriesView(row: SeriesRow, { definition, content }: SeriesState, owner: Owner): WholeView {
  const isOwn = content.organizerEmail == null;
  return {
    ...DEFAULTS,
    ...content,
    ...timesAt(definition, definition.first),
    organizerEmail: isOwn ? owner.email : content.organizerEmail,
    organizerName: isOwn ? owner.name : content.organizerName,
    id: row.id,
    timezone: definition.timezone,
    iCalUid: row.iCalUid,
    createdAt: row.createdAt,
    lastModifiedAt: row.lastModifiedAt,
    masked: false,
  } as unknown as WholeView;
}

/** A series as a calendar's file has it. */
export class SeriesOfFile {
  readonly id: string;
  readonly view: WholeView;
  readonly recurrence: WrittenRecurrence;
  /** About what it comes to in memory. */
  readonly bytes: number;
  private readonly state: SeriesState;
  private readonly content: string;
  private readonly organizer: string | null;
  private readonly places: ReadonlySet<number>;

  constructor({ row, owner, places, firstMade }: SeriesInCalendar) {
    this.id = row.id;
    this.state = stateOf(row);
    this.view = seriesView(row, this.state, owner);
    this.places = placesAmong(this.state.definition, places.map(wallOf));
    this.recurrence = recurrenceOf(this.state, this.places, wallOf(firstMade));
    this.organizer = this.state.content.organizerEmail == null ? addressKey(owner.email) : null;
    this.content = this.linesOf(this.view);
    this.bytes = 4_000 + 4 * this.content.length + 100 * (places.length + this.recurrence.exdates.length);
  }

  /** Whether it is a place of the series still: what is over may stand where the rule has none any more. */
  has(wall: number): boolean {
    return this.places.has(wall);
  }

  /** Whether an occurrence in this place says what the series says, as far as a file can say it. */
  isAsItSays(view: WholeView, wall: number): boolean {
    const times = timesAt(this.state.definition, wall);
    const isThen =
      secondOf(view.startTime) === secondOf(times.startTime) &&
      secondOf(view.endTime) === secondOf(times.endTime);
    return isThen && view.allDay === times.allDay && this.linesOf(view) === this.content;
  }

  /** An owner who has another name by now is the same organiser. */
  private linesOf(view: WholeView): string {
    const isOwn = this.organizer !== null && addressKey(view.organizerEmail) === this.organizer;
    return contentLines(isOwn ? { ...plainOf(view), organizerEmail: "" } : view)
      .sort()
      .join("\n");
  }
}

const plainOf = (view: WholeView): Parameters<typeof contentLines>[0] => ({
  subject: view.subject,
  description: view.description,
  location: view.location,
  private: view.private,
  timezone: view.timezone,
  attendees: view.attendees,
  organizerEmail: view.organizerEmail,
  organizerName: view.organizerName,
  showAs: view.showAs,
  status: view.status,
  type: view.type,
  conferenceUrl: view.conferenceUrl,
  properties: view.properties,
});

const secondOf = (instant: string): string => instant.slice(0, 19);

/** Places from the first that was made, up to where all are decided, of which it has none are excepted. */
function recurrenceOf(
  { definition, until }: SeriesState,
  has: ReadonlySet<number>,
  from: number,
): WrittenRecurrence {
  const { first, allDay, timezone, rdates, exdates } = definition;
  const absent: number[] = [];
  for (const wall of placesOf(definition, { from, to: until ?? undefined, budget: newBudget() }))
    if (!has.has(wall)) absent.push(wall);
  return {
    ...{ first, allDay, timezone, rdates, absent },
    rrule: ruleText(asWritten(definition).rule),
    exdates: [...exdates, ...absent].sort((a, b) => a - b),
  };
}
