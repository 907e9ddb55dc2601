// Calendar files of other programs, changed as these programs change them: line by line, in all the events to which a change can
// happen, with the versions raised. What is done to the text is written here and not taken from src/ical, which is what is tried.
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The lines of one VEVENT, unfolded, without its BEGIN and END; parts within it (VALARM) go along as they are. */
export type Vevent = string[];

export interface Export {
  /** When it was written: the latest stamp in it. */
  at: number;
  head: string[];
  vevents: Vevent[];
  tail: string[];
}

const unfolded = (text: string): string[] =>
  text
    .replace(/\r?\n[ \t]/g, "")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");

/**
 * A file as text; what stands between and after its VEVENTs comes after them. Without those that have no UID: what is known by
 * its content is another event once it is changed.
 */
export function readExport(text: string): Export {
  const head: string[] = [];
  const all: Vevent[] = [];
  const tail: string[] = [];
  let open: Vevent | null = null;
  for (const line of unfolded(text)) {
    if (/^BEGIN:VEVENT\s*$/i.test(line)) all.push((open = []));
    else if (/^END:VEVENT\s*$/i.test(line)) open = null;
    else if (open) open.push(line);
    else (all.length === 0 ? head : tail).push(line);
  }
  const vevents = all.filter((one) => valueOf(one, "UID") !== null);
  const stamps = vevents.flatMap((one) =>
    ["DTSTAMP", "LAST-MODIFIED", "DTSTART"].map((name) => momentOf(one, name)),
  );
  const stamped = vevents.flatMap((one) => momentOf(one, "DTSTAMP") ?? []);
  return {
    at: Math.max(0, ...(stamped.length ? stamped : stamps.map((one) => one ?? 0))),
    head,
    vevents,
    tail,
  };
}

export const writeExport = ({ head, vevents, tail }: Export): string =>
  [...head, ...vevents.flatMap((lines) => ["BEGIN:VEVENT", ...lines, "END:VEVENT"]), ...tail, ""].join(
    "\r\n",
  );

const nameOf = (line: string): string => (/^[A-Za-z-]+/.exec(line)?.[0] ?? "").toUpperCase();

/** Where the value begins: after the first colon that is not in quotes. */
const valueAt = (line: string): number => /^(?:"[^"]*"|[^":])*:/.exec(line)?.[0].length ?? line.length;

const valueOf = (vevent: Vevent, name: string): string | null => {
  const line = vevent.find((one) => nameOf(one) === name);
  return line === undefined ? null : line.slice(valueAt(line)).trim();
};

const MOMENT = /\d{8}(?:T\d{6}Z?)?/g;

/** A time as its digits say it, whatever the zone. */
function digits(text: string): number {
  const [, y, mo, d, h = "0", mi = "0", s = "0"] =
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d))?/.exec(text) ?? [];
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
}

/** A time in the form of another. */
function written(ms: number, like: string): string {
  const text = new Date(ms).toISOString().replaceAll("-", "").replaceAll(":", "").slice(0, 15);
  return like.length === 8 ? text.slice(0, 8) : text + (like.endsWith("Z") ? "Z" : "");
}

const momentOf = (vevent: Vevent, name: string): number | null => {
  const value = valueOf(vevent, name);
  return value !== null && /^\d{8}/.test(value) ? digits(value) : null;
};

const isAllDay = (vevent: Vevent): boolean => valueOf(vevent, "DTSTART")?.length === 8;

/** The lines of some names with each time in them moved. */
const moved = (vevent: Vevent, names: string[], by: number): Vevent =>
  vevent.map((line) =>
    names.includes(nameOf(line))
      ? line.slice(0, valueAt(line)) +
        line
          .slice(valueAt(line))
          .replace(MOMENT, (one) => (one.length === 8 ? one : written(digits(one) + by, one)))
      : line,
  );

const replaced = (vevent: Vevent, name: string, line: string): Vevent => [
  ...vevent.filter((one) => nameOf(one) !== name),
  line,
];

/** A series or a single event: what has one UID. */
export interface Group {
  master: Vevent | null;
  overrides: Vevent[];
}

export function groupsOf({ vevents }: Export): Group[] {
  const groups = new Map<string, Group>();
  for (const one of vevents) {
    const uid = valueOf(one, "UID") ?? one.join();
    const group = groups.get(uid) ?? { master: null, overrides: [] };
    groups.set(uid, group);
    if (valueOf(one, "RECURRENCE-ID") !== null) group.overrides.push(one);
    // A UID that comes twice is two events to a file's reader, and no program writes it.
    else if (group.master) groups.set(`${uid}\n${groups.size}`, { master: one, overrides: [] });
    else group.master = one;
  }
  return [...groups.values()];
}

const ruleOf = (vevent: Vevent): Map<string, string> =>
  new Map((valueOf(vevent, "RRULE") ?? "").split(";").map((part) => part.split("=") as [string, string]));

const withRule = (vevent: Vevent, rule: Map<string, string>): Vevent =>
  replaced(vevent, "RRULE", `RRULE:${[...rule].map((part) => part.join("=")).join(";")}`);

const isSeries = ({ master }: Group): boolean => master !== null && valueOf(master, "RRULE") !== null;

/** The places of a daily or weekly rule of one day, from the export on: enough of them to take one. */
function placeAhead(master: Vevent, at: number): number | null {
  const rule = ruleOf(master);
  const step = { DAILY: DAY_MS, WEEKLY: 7 * DAY_MS }[rule.get("FREQ") ?? ""];
  const first = momentOf(master, "DTSTART");
  const days = rule.get("BYDAY")?.split(",") ?? [];
  if (step === undefined || first === null || rule.has("COUNT")) return null;
  if (days.length > 1 || (days[0] ?? dayOf(first)) !== dayOf(first)) return null;
  const every = step * Number(rule.get("INTERVAL") ?? 1);
  const place = first + every * Math.max(1, Math.ceil((at + DAY_MS - first) / every));
  const until = rule.get("UNTIL");
  return until !== undefined && digits(until) < place + 2 * DAY_MS ? null : place;
}

const dayOf = (ms: number): string => "SUMOTUWETHFRSA".slice(2 * new Date(ms).getUTCDay()).slice(0, 2);

const likeStart = (master: Vevent, name: string, ms: number): string => {
  const line = master.find((one) => nameOf(one) === "DTSTART") ?? "";
  return `${name}${line.slice("DTSTART".length, valueAt(line))}${written(ms, line.slice(valueAt(line)).trim())}`;
};

const slotOf = (override: Vevent): number => momentOf(override, "RECURRENCE-ID") ?? 0;

/** What becomes of a group; null where it cannot happen to it. What it answers anew has had its version raised. */
type Change = (group: Group, at: number) => Group | null;

const inAll = (group: Group, change: (vevent: Vevent) => Vevent): Group => ({
  master: group.master && change(group.master),
  overrides: group.overrides.map(change),
});

const onOverrides =
  (change: (override: Vevent) => Vevent): Change =>
  (group) =>
    group.overrides.length === 0 ? null : { ...group, overrides: group.overrides.map(change) };

const TIMES = ["DTSTART", "DTEND"];

export const CHANGES: Record<string, Change> = {
  "single events an hour later": ({ master, overrides }) =>
    !master || isSeries({ master, overrides }) || isAllDay(master)
      ? null
      : { master: moved(master, TIMES, HOUR_MS), overrides },
  "series an hour later": (group) => {
    if (!isSeries(group) || !group.master || isAllDay(group.master)) return null;
    const names = [...TIMES, "RRULE", "EXDATE", "RDATE"];
    return {
      master: moved(group.master, names, HOUR_MS),
      overrides: group.overrides.map((one) => moved(one, ["RECURRENCE-ID"], HOUR_MS)),
    };
  },
  "series that end sooner": ({ master, overrides }, at) => {
    const first = master && momentOf(master, "DTSTART");
    if (!master || first === null || !isSeries({ master, overrides })) return null;
    const rule = ruleOf(master);
    const end = (first < at ? at : first) + 17 * DAY_MS;
    const until = rule.get("UNTIL");
    if (rule.has("COUNT") || (until !== undefined && digits(until) <= end)) return null;
    rule.set("UNTIL", isAllDay(master) ? written(end, "20270101") : written(end, "20270101T000000Z"));
    return {
      master: withRule(master, rule),
      overrides: overrides.filter((one) => slotOf(one) < end - DAY_MS),
    };
  },
  "series with half as many meetings": ({ master, overrides }) => {
    if (!master || overrides.length > 0 || !isSeries({ master, overrides })) return null;
    const rule = ruleOf(master);
    if (rule.has("COUNT")) return null;
    rule.set("INTERVAL", String(2 * Number(rule.get("INTERVAL") ?? 1)));
    return { master: withRule(master, rule), overrides };
  },
  "series with a date excepted": ({ master, overrides }, at) => {
    const place = master && placeAhead(master, at);
    if (!master || place === null) return null;
    return {
      master: [...master, likeStart(master, "EXDATE", place)],
      overrides: overrides.filter((one) => slotOf(one) !== place),
    };
  },
  "series with one more meeting moved": ({ master, overrides }, at) => {
    const place = master && placeAhead(master, at);
    if (!master || place === null || isAllDay(master)) return null;
    const end = momentOf(master, "DTEND");
    const length = end === null ? HOUR_MS : end - (momentOf(master, "DTSTART") ?? end);
    const own = master.filter((line) => !["RRULE", "EXDATE", "RDATE", "DTEND"].includes(nameOf(line)));
    const start = place + 3 * HOUR_MS;
    const one = [
      ...own.filter((line) => nameOf(line) !== "DTSTART"),
      likeStart(master, "DTSTART", start),
      likeStart(master, "DTEND", start + length),
      likeStart(master, "RECURRENCE-ID", place),
    ];
    return { master, overrides: [...overrides.filter((other) => slotOf(other) !== place), one] };
  },
  "moved meetings two hours later": onOverrides((one) => moved(one, TIMES, 2 * HOUR_MS)),
  "moved meetings back in their places": ({ master, overrides }) =>
    master && overrides.length > 0 ? { master, overrides: [] } : null,
  "moved meetings cancelled": onOverrides((one) => replaced(one, "STATUS", "STATUS:CANCELLED")),
  "moved meetings excepted": ({ master, overrides }) =>
    master && overrides.length > 0
      ? {
          master: [...master, ...overrides.map((one) => likeStart(master, "EXDATE", slotOf(one)))],
          overrides: [],
        }
      : null,
  "events renamed": (group) => inAll(group, (one) => replaced(one, "SUMMARY", "SUMMARY:Renamed")),
  "moved meetings renamed": onOverrides((one) => replaced(one, "SUMMARY", "SUMMARY:Renamed")),
  "events elsewhere": (group) => inAll(group, (one) => replaced(one, "LOCATION", "LOCATION:Elsewhere")),
  "events with a guest more": (group) =>
    inAll(group, (one) => [
      ...one,
      "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:new@guest.test",
    ]),
  "events cancelled": ({ master }) =>
    master && { master: replaced(master, "STATUS", "STATUS:CANCELLED"), overrides: [] },
};

/** How a program writes versions. */
export interface Program {
  /** Every export has a DTSTAMP of its own for all; others keep that of what has not changed. */
  stampsAll: boolean;
  /** Whether what is changed gets another SEQUENCE. */
  counts: boolean;
}

/** An export some days later, in which a change has happened to all groups to which it can; null where there is none. */
export function changedExport(before: Export, change: Change, { stampsAll, counts }: Program): Export | null {
  const at = before.at + DAY_MS;
  const stamp = written(at, "20270101T000000Z");
  const stamped = (vevent: Vevent): Vevent => replaced(vevent, "DTSTAMP", `DTSTAMP:${stamp}`);
  const touched = (vevent: Vevent): Vevent => {
    const counted = counts
      ? replaced(vevent, "SEQUENCE", `SEQUENCE:${Number(valueOf(vevent, "SEQUENCE") ?? 0) + 1}`)
      : vevent;
    const isDated = valueOf(vevent, "LAST-MODIFIED") !== null;
    return stamped(isDated ? replaced(counted, "LAST-MODIFIED", `LAST-MODIFIED:${stamp}`) : counted);
  };
  let changes = 0;
  const vevents = groupsOf(before).flatMap((group) => {
    const after = change(group, before.at);
    if (after) changes++;
    const { master, overrides } = after ? inAll(after, touched) : stampsAll ? inAll(group, stamped) : group;
    return [...(master ? [master] : []), ...overrides];
  });
  return changes === 0 ? null : { ...before, at, vevents };
}
