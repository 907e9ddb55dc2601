// A file of iCalendar as an index: which calendars it has, what they say of themselves, and where their events stand.
// Events are read later, one by one, so that memory does not grow with the file. Tolerant of what programs and people do
// to such files: any line end, folds by tab, blank lines, a byte order mark, a missing END.

import {
  decode,
  LINES_A_STEP,
  type OctetLine,
  octetLines,
  type Source,
  type Stretch,
  UnreadableFile,
  withoutMark,
} from "./octets";

/** One unfolded line, `NAME;PARAMETER=value:value`, and the number of the line of the file in which it begins. */
export interface ContentLine {
  text: string;
  line: number;
}

export interface RawComponent {
  /** In upper case: `VEVENT`. */
  name: string;
  /** Of its BEGIN. */
  line: number;
  lines: ContentLine[];
  children: RawComponent[];
  /** Whether its END was found before something began that cannot stand inside it. */
  closed: boolean;
}

/** Where a VEVENT stands, from its BEGIN to its END. */
export interface Place extends Stretch {
  closed: boolean;
  /** The line of its UID, as it stands; null where it has none. */
  uid: ContentLine | null;
}

/** One VCALENDAR, or what stands outside of any. The names of its time zones hold for its own events only. */
export interface RawCalendar {
  named: boolean;
  closed: boolean;
  line: number;
  lines: ContentLine[];
  timezones: RawComponent[];
  events: Place[];
}

export interface FileIndex {
  source: Source;
  /** None when the file has neither a VCALENDAR nor a VEVENT. */
  calendars: RawCalendar[];
  utf16: boolean;
  /** The first line that is no UTF-8, and says of itself nothing else. */
  guessedAt: number | null;
}

// These stand directly in a calendar: where one begins, whatever was open before it is over.
const TOP_LEVEL = new Set(["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"]);
const FRAME = /^\s*(BEGIN|END)\s*:\s*([A-Z0-9-]+)\s*$/i;
const FRAME_LENGTH = 80;
const UID = /^\s*UID\s*[;:]/i;
// They hold files as text, which can be long, and nothing of ours.
const UNREAD = /^\s*(?:ATTACH|IMAGE)\s*[;:]/i;
/** Lines of calendars and time zones are kept: of a file that is all of these, no more than this. */
const MAX_KEPT_LINES = 20_000;
const MAX_KEPT_LENGTH = 2 * 1024 * 1024;
/** Of an event: a thousand guests and the longest description come to half of it. */
const MAX_COMPONENT_LENGTH = 1024 * 1024;
/** No field of ours takes more of a line. */
const MAX_LINE_LENGTH = 256 * 1024;
const MAX_COMPONENT_LINES = 10_000;
const MAX_EVENTS = 1_000_000;
/** No program puts components deeper into one another; what is deeper is passed over. */
const MAX_DEPTH = 16;
/** Of an event, with what stands inside of it, so many lines of the file are looked at. */
const MAX_SCANNED_LINES = 50_000;

/**
 * Goes through the file once, a step for each line, and for each thousand that make none. One in UTF-16 of over 64 MiB, and one of more events than that (a
 * million, where nothing is said), is an Error.
 */
export function* indexFile(given: Source, maxEvents = MAX_EVENTS): Generator<void, FileIndex> {
  const { source, whole, utf16 } = withoutMark(given);
  const index = new Indexing(maxEvents);
  for (const line of octetLines(source, whole)) {
    if (line) index.take(line);
    yield;
  }
  index.finish(whole.to);
  const calendars = index.calendars.filter(({ named, events }) => named || events.length > 0);
  return { source, calendars, utf16, guessedAt: index.guessedAt };
}

/** A BEGIN or END. */
interface Frame {
  begins: boolean;
  name: string;
  line: OctetLine;
}

class Indexing {
  readonly calendars = [newCalendar(0, false)];
  guessedAt: number | null = null;
  /** The open components, the innermost last. An event's has no lines. */
  private open: RawComponent[] = [];
  /** The event that is open, whatever is open inside of it. */
  private event: Place | null = null;
  private events = 0;
  private keptLines = MAX_KEPT_LINES;
  private keptLength = MAX_KEPT_LENGTH;

  constructor(private readonly maxEvents: number) {}

  take(line: OctetLine): void {
    const frame = readFrame(line);
    if (!frame) this.content(line);
    else if (frame.name === "VCALENDAR") this.calendar(frame);
    else if (frame.begins) this.begin(frame);
    else this.end(frame);
  }

  /** What is open at the end of the file never ends. */
  finish(at: number): void {
    if (this.event) this.event.to = at;
    this.event = null;
  }

  private get current(): RawCalendar {
    return this.calendars.at(-1) as RawCalendar;
  }

  private content({ octets, line }: OctetLine): void {
    const { text, guessed } = decode(octets);
    if (guessed) this.guessedAt ??= line;
    if (this.event) {
      if (this.open.length === 1 && this.event.uid === null && UID.test(text))
        this.event.uid = { text, line };
      return;
    }
    this.keptLength -= text.length;
    if (this.keptLines-- > 0 && this.keptLength > 0)
      (this.open.at(-1) ?? this.current).lines.push({ text, line });
  }

  private calendar({ begins, line }: Frame): void {
    this.finish(line.from);
    this.open = [];
    if (!begins) this.current.closed = true;
    this.calendars.push(newCalendar(line.line, begins));
  }

  private begin({ name, line }: Frame): void {
    if (TOP_LEVEL.has(name)) {
      this.finish(line.from);
      this.open = [];
    }
    const component: RawComponent = { name, line: line.line, lines: [], children: [], closed: false };
    if (name === "VEVENT") {
      if (++this.events > this.maxEvents) {
        const most = this.maxEvents.toLocaleString("en");
        throw new UnreadableFile(`This file has over ${most} events: split it`);
      }
      this.event = { from: line.from, to: line.to, line: line.line, closed: false, uid: null };
      this.current.events.push(this.event);
    } else if (this.keptLines-- > 0) {
      if (name === "VTIMEZONE") this.current.timezones.push(component);
      else if (!TOP_LEVEL.has(name) && !this.event) this.open.at(-1)?.children.push(component);
    }
    if (this.open.length < MAX_DEPTH) this.open.push(component);
  }

  /** Components inside the ended one that lack their own END are over with it. */
  private end({ name, line }: Frame): void {
    const depth = this.open.findLastIndex((component) => component.name === name);
    const ended = this.open[depth];
    if (!ended) return;
    ended.closed = true;
    this.open = this.open.slice(0, depth);
    if (name !== "VEVENT" || !this.event) return;
    this.event.closed = true;
    this.finish(line.to);
  }
}

/** The event's own lines, in order: nothing of what stands inside of it, alarms say. The last is a number where it was cut there. */
function* ownLines(source: Source, place: Place): Generator<OctetLine | number> {
  const open: string[] = [];
  let scanned = 0;
  for (const line of octetLines(source, place)) {
    scanned += line ? 1 : LINES_A_STEP;
    if (scanned > MAX_SCANNED_LINES) {
      yield line?.line ?? place.line;
      return;
    }
    const frame = line && readFrame(line);
    if (frame?.begins) {
      if (open.length < MAX_DEPTH) open.push(frame.name);
    } else if (frame) open.splice(Math.max(0, open.lastIndexOf(frame.name)));
    else if (line && open.length === 1) yield line;
  }
}

/** Reads a VEVENT whose place is known. */
export function readComponent(source: Source, place: Place): RawComponent & { cutAt: number | null } {
  const lines: ContentLine[] = [];
  let [room, cutAt]: [number, number | null] = [MAX_COMPONENT_LENGTH, null];
  for (const own of ownLines(source, place)) {
    if (typeof own === "number") {
      cutAt = own;
      break;
    }
    const { text } = decode(own.octets);
    if (UNREAD.test(text)) continue;
    room -= Math.min(text.length, MAX_LINE_LENGTH);
    if (room >= 0 && lines.length < MAX_COMPONENT_LINES) lines.push({ text, line: own.line });
    else {
      cutAt = own.line;
      break;
    }
  }
  return { name: "VEVENT", line: place.line, lines, children: [], closed: place.closed, cutAt };
}

function readFrame(line: OctetLine): Frame | null {
  if (line.octets.length > FRAME_LENGTH) return null;
  const [, word, name] = FRAME.exec(line.octets.toString("latin1")) ?? [];
  return word && name ? { begins: word.toUpperCase() === "BEGIN", name: name.toUpperCase(), line } : null;
}

const newCalendar = (line: number, named: boolean): RawCalendar => ({
  named,
  closed: false,
  line,
  lines: [],
  timezones: [],
  events: [],
});
