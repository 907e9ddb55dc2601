// A file of iCalendar text as components with their lines, each with its number in the file. Tolerant of what
// programs and people do to such files: any line end, folds by tab, blank lines, a byte order mark, a missing END.

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

/** One VCALENDAR, or what stands outside of any. The names of its time zones hold for its own events only. */
export interface RawCalendar {
  named: boolean;
  lines: ContentLine[];
  timezones: RawComponent[];
  events: RawComponent[];
}

// These stand directly in a calendar: where one begins, whatever was open before it is over.
const TOP_LEVEL = new Set(["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"]);
const FRAME = /^\s*(BEGIN|END)\s*:\s*([A-Z0-9-]+)\s*$/i;
const BYTE_ORDER_MARK = 0xfeff;

/** The calendars of a file, in its order; none when the file has neither a VCALENDAR nor a VEVENT. */
export function splitCalendars(text: string): RawCalendar[] {
  let calendar = newCalendar(false);
  const calendars = [calendar];
  /** The open components, the innermost last. */
  let open: RawComponent[] = [];
  for (const content of unfold(text)) {
    const frame = readFrame(content);
    if (!frame) {
      (open.at(-1) ?? calendar).lines.push(content);
    } else if (frame.name === "VCALENDAR") {
      calendar = newCalendar(frame.begins);
      calendars.push(calendar);
      open = [];
    } else if (frame.begins) {
      if (TOP_LEVEL.has(frame.name)) open = [];
      open.push(begin(calendar, open.at(-1), frame));
    } else {
      open = end(open, frame.name);
    }
  }
  return calendars.filter(({ named, events }) => named || events.length > 0);
}

/** A BEGIN or END. */
interface Frame {
  begins: boolean;
  name: string;
  line: number;
}

function readFrame({ text, line }: ContentLine): Frame | null {
  const [, word, name] = FRAME.exec(text) ?? [];
  return word && name ? { begins: word.toUpperCase() === "BEGIN", name: name.toUpperCase(), line } : null;
}

const newCalendar = (named: boolean): RawCalendar => ({ named, lines: [], timezones: [], events: [] });

function begin(calendar: RawCalendar, parent: RawComponent | undefined, { name, line }: Frame): RawComponent {
  const component: RawComponent = { name, line, lines: [], children: [], closed: false };
  if (name === "VEVENT") calendar.events.push(component);
  else if (name === "VTIMEZONE") calendar.timezones.push(component);
  else if (!TOP_LEVEL.has(name)) parent?.children.push(component);
  return component;
}

/** What stays open after an END. Components inside the ended one that lack their own END are over with it. */
function end(open: RawComponent[], name: string): RawComponent[] {
  const depth = open.findLastIndex((component) => component.name === name);
  const ended = open[depth];
  if (!ended) return open;
  ended.closed = true;
  return open.slice(0, depth);
}

/** The lines with their folds undone. Blank lines go, also where one parts a line from its continuation. */
function* unfold(text: string): Generator<ContentLine> {
  let open: ContentLine | null = null;
  let line = 0;
  for (const piece of text.slice(text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0).split(/\r\n|\n|\r/)) {
    line++;
    if (piece === "") continue;
    if (open && (piece.startsWith(" ") || piece.startsWith("\t"))) {
      open.text += piece.slice(1);
    } else {
      if (open) yield open;
      open = { text: piece, line };
    }
  }
  if (open) yield open;
}
