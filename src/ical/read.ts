// Reading a calendar file: octets in, what it says of each UID out, with what could not be read. No database, no clock.

import { type Budget } from "./recurrence";
import {
  type Counts,
  type Family,
  familyOf,
  type ImportedEvent,
  MAX_IN_SERIES,
  type Progress,
} from "./family";
import { type FileIndex, indexFile, type Place, type RawCalendar, readComponent } from "./lines";
import { type Source, sourceOf, UnreadableFile } from "./octets";
import { atOnce } from "../turns/pauses";
import { quote, readProperty, textOf, unlessBroken } from "./property";
import { contentKey, readVevent, type Vevent } from "./vevent";
import { ianaOf, openZoneBook, type ZoneBook } from "./zones";

export { type Counts, type Family, type ImportedEvent } from "./family";

/** Series are expanded from `from` up to `to`; events that do not recur are read whatever their date. */
export interface ImportWindow {
  /** The IANA zone of floating times, where the file names none, and of those whose zone nobody knows. */
  zone: string;
  from: Date;
  to: Date;
  /** The addresses of whose calendar it is: they are not made an attendee for being the organiser. */
  ownEmails: readonly string[];
}

/** Something a person should hear about: a component left out, or one that was not taken in full. */
export interface ImportProblem {
  line: number;
  component: string;
  message: string;
}

const FILE_STEPS = 20_000_000;
/** VEVENTs of one UID. */
const MAX_OF_UID = 5_000;
/** Of a file of nonsense the first are enough. */
const MAX_PROBLEMS = 1_000;

/** A file whose families are read one by one, so that memory does not grow with it. */
export class CalendarReader {
  /** How many there are; of many only the first are kept. */
  problemCount = 0;
  readonly counts: Counts = { components: 0, series: 0, cancelled: 0, outsideWindow: 0, superseded: 0 };
  /** Whether every calendar of it has its end. */
  readonly isWhole: boolean;
  private readonly kept: ImportProblem[] = [];
  private readonly budget: Budget = { steps: FILE_STEPS };
  private readonly headers = new Map<RawCalendar, Header>();

  /** One that holds nothing of iCalendar is refused, with an Error; what is broken in it is reported. */
  static *open(source: Source, window: ImportWindow, maxEvents?: number): Generator<void, CalendarReader> {
    return new CalendarReader(yield* indexFile(source, maxEvents), window);
  }

  private constructor(
    private readonly index: FileIndex,
    private readonly window: ImportWindow,
  ) {
    const { calendars, guessedAt } = index;
    if (calendars.length === 0)
      throw new UnreadableFile("This is no iCalendar file: there is no BEGIN:VCALENDAR in it");
    const cut = calendars.find(({ named, closed }) => named && !closed);
    this.isWhole = cut === undefined;
    if (guessedAt !== null) {
      this.report("VCALENDAR", "This line is not in UTF-8: it was read as Windows-1252", guessedAt);
    }
    if (cut) this.report("VCALENDAR", "This calendar has no END: the file may have been cut", cut.line);
  }

  /** By line. */
  get problems(): ImportProblem[] {
    return [...this.kept].sort((a, b) => a.line - b.line);
  }

  /**
   * What the file says of each UID, in the order in which they first come. It answers null between the steps on the way, where
   * somebody else may go first.
   */
  *families(): Generator<Family | null> {
    const span = { from: this.window.from.getTime(), to: this.window.to.getTime() };
    const report = (message: string, line: number): void => this.report("VEVENT", message, line);
    const progress: Progress = { counts: this.counts, budget: this.budget, room: MAX_IN_SERIES, report };
    for (const [uid, places] of yield* this.byUid()) {
      const vevents: Vevent[] = [];
      for (const place of this.firstOf(places)) {
        vevents.push(...this.readVevent(place));
        yield null;
      }
      if (vevents.length > 0) yield familyOf(uid, vevents, span, progress);
    }
  }

  private firstOf(places: Standing[]): Standing[] {
    const line = places[MAX_OF_UID]?.place.line;
    if (line !== undefined) {
      const message = `Of the ${places.length} VEVENTs of one UID the first ${MAX_OF_UID} were taken`;
      this.report("VEVENT", message, line);
    }
    return places.slice(0, MAX_OF_UID);
  }

  report(component: string, message: string, line: number): void {
    this.problemCount++;
    if (this.kept.length < MAX_PROBLEMS) this.kept.push({ line, component, message });
  }

  private *byUid(): Generator<null, Map<string, Standing[]>> {
    const families = new Map<string, Standing[]>();
    for (const calendar of this.index.calendars) {
      for (const place of calendar.events) {
        this.counts.components++;
        const uid = this.uidOf(place);
        const known = families.get(uid);
        if (known) known.push({ place, calendar });
        else families.set(uid, [{ place, calendar }]);
        yield null;
      }
    }
    return families;
  }

  private uidOf(place: Place): string {
    const { uid } = place;
    const property =
      uid &&
      unlessBroken(
        () => readProperty(uid),
        () => undefined,
      );
    return (property && textOf(property).trim()) || contentKey(readComponent(this.index.source, place));
  }

  private readVevent({ place, calendar }: Standing): Vevent[] {
    const header = this.headerOf(calendar);
    const component = readComponent(this.index.source, place);
    if (component.cutAt !== null) {
      this.report(
        "VEVENT",
        "This VEVENT has over 1 MiB or 10,000 lines: the rest of it was left out",
        component.cutAt,
      );
    }
    const remark = (message: string, line: number): void => this.report("VEVENT", message, line);
    const { ownEmails } = this.window;
    const vevent = unlessBroken(() => readVevent(component, { ...header, ownEmails, remark }), remark);
    return vevent ? [vevent] : [];
  }

  private headerOf(calendar: RawCalendar): Header {
    const known = this.headers.get(calendar);
    if (known) return known;
    const header = this.readHeader(calendar);
    this.headers.set(calendar, header);
    return header;
  }

  private readHeader({ lines, timezones }: RawCalendar): Header {
    const found = new Map<string, string>();
    for (const line of lines) {
      const property = unlessBroken(
        () => readProperty(line),
        () => undefined,
      );
      if (property) found.set(property.name, textOf(property).trim());
    }
    const said = ianaOf(found.get("x-wr-timezone") ?? "");
    const home = said ?? this.window.zone;
    const zones = openZoneBook({
      timezones,
      home,
      homeIsSaid: said !== null,
      noteUnknown: (tzid, line) =>
        this.report(
          "VEVENT",
          `The time zone ${quote(tzid)} is not known: its times were read in ${home}`,
          line,
        ),
      remark: (message, line) => this.report("VTIMEZONE", message, line),
    });
    return { zones, method: found.get("method")?.toUpperCase() ?? "" };
  }
}

interface Standing {
  place: Place;
  calendar: RawCalendar;
}

/** What a calendar says of all its events. */
interface Header {
  zones: ZoneBook;
  method: string;
}

export interface ImportReading {
  events: ImportedEvent[];
  problems: ImportProblem[];
  counts: Counts;
}

/** All events of a file that is in memory. */
export function readCalendar(file: string | Buffer, window: ImportWindow): ImportReading {
  const reader = atOnce(CalendarReader.open(sourceOf(Buffer.from(file as string)), window));
  const events = new Map<string, ImportedEvent>();
  for (const family of reader.families()) {
    if (!family) continue;
    for (const { event } of [...family.events, ...family.alone]) events.set(event.iCalUid, event);
  }
  const { problems, counts } = reader;
  return { events: [...events.values()], problems, counts };
}
