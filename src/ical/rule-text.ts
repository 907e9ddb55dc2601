// A recurrence rule as it is written, in iCalendar's words (FREQ=WEEKLY;COUNT=3) or in vCalendar's (W1 MO #3).

import { BrokenLine, type Property, quote } from "./property";
import { type Frequency, type NthWeekday, type Rule, WEEKDAYS } from "./rule";
import { parseWall, type WrittenTime } from "./wall";

const FREQUENCIES = new Set(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]);
const MAX_INTERVAL = 1_000_000_000;
const WHOLE = /^\d{1,12}$/;
const SIGNED = /^[+-]?\d{1,12}$/;
const WEEKDAY = /^([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)$/;

const EMPTY: Omit<Rule, "frequency"> = {
  interval: 1,
  count: null,
  until: null,
  weekStart: 1,
  months: [],
  weeks: [],
  yearDays: [],
  monthDays: [],
  weekdays: [],
  hours: [],
  minutes: [],
  seconds: [],
  positions: [],
};

/** Reads a rule. Any part that cannot be understood makes the whole of it a BrokenLine: it would mean other dates. */
export function readRule(property: Property): Rule {
  const text = property.raw.toUpperCase();
  const old = OLD_RULE.exec(text);
  const broken = (why: string): never => {
    throw new BrokenLine(`${quote(property.raw)} is no rule: ${why}`, property.line);
  };
  return old ? readOldRule(old, text, broken) : readParts(text, broken);
}

type Broken = (why: string) => never;

function readParts(text: string, broken: Broken): Rule {
  const parts = new Map<string, string>();
  for (const part of text.split(";").map((one) => one.replaceAll(/\s/g, ""))) {
    const equals = part.indexOf("=");
    if (equals > 0) parts.set(part.slice(0, equals), part.slice(equals + 1));
    else if (part !== "") broken(`${quote(part)} has no "="`);
  }
  const frequency = parts.get("FREQ") ?? broken("it has no FREQ");
  if (!FREQUENCIES.has(frequency)) broken(`FREQ=${frequency} is not known`);
  if ((parts.get("RSCALE") ?? "GREGORIAN") !== "GREGORIAN") broken("its calendar is not known here");
  const whole = (name: string): number | null => {
    const value = parts.get(name);
    if (value === undefined) return null;
    return WHOLE.test(value) && Number(value) > 0
      ? Number(value)
      : broken(`${name} is no whole number above 0`);
  };
  const list = (name: string, allows: (value: number) => boolean): number[] =>
    items(parts.get(name))
      .map((one) =>
        SIGNED.test(one) && allows(Number(one)) ? Number(one) : broken(`${name} has ${quote(one)}`),
      )
      .sort((a, b) => a - b);
  const start = WEEKDAYS.indexOf(parts.get("WKST") ?? "MO");
  return {
    frequency: frequency as Frequency,
    interval: Math.min(whole("INTERVAL") ?? 1, MAX_INTERVAL),
    count: whole("COUNT"),
    until: readUntil(parts.get("UNTIL"), broken),
    weekStart: start < 0 ? broken("WKST is no weekday") : start,
    months: list("BYMONTH", within(1, 12)),
    weeks: list("BYWEEKNO", fromEitherEnd(53)),
    yearDays: list("BYYEARDAY", fromEitherEnd(366)),
    monthDays: list("BYMONTHDAY", fromEitherEnd(31)),
    weekdays: items(parts.get("BYDAY")).map((one) => readWeekday(one, broken)),
    hours: list("BYHOUR", within(0, 23)),
    minutes: list("BYMINUTE", within(0, 59)),
    seconds: list("BYSECOND", within(0, 60)).map((second) => Math.min(second, 59)),
    positions: list("BYSETPOS", fromEitherEnd(366)),
  };
}

const items = (list: string | undefined): string[] => (list ?? "").split(",").filter((one) => one !== "");
const within =
  (least: number, most: number) =>
  (value: number): boolean =>
    value >= least && value <= most;
const fromEitherEnd =
  (most: number) =>
  (value: number): boolean =>
    value !== 0 && Math.abs(value) <= most;

function readUntil(text: string | undefined, broken: Broken): WrittenTime | null {
  if (text === undefined) return null;
  return parseWall(text) ?? broken("UNTIL is no date or time");
}

function readWeekday(text: string, broken: Broken): NthWeekday {
  const match = WEEKDAY.exec(text) ?? broken(`BYDAY has ${quote(text)}`);
  return { nth: Number(match[1] ?? 0), weekday: WEEKDAYS.indexOf(match[2] ?? "") };
}

// D1 #3; W2 MO WE #10; MP1 1+ MO 2- FR #5; MD1 15 LD 20271231T000000Z; YM1 6 7 #0; YD1 100.
const OLD_RULE = /^(D|W|MP|MD|YM|YD)(\d{1,3})((?:\s+[^#\s]+)*)(?:\s+#(\d{1,5}))?((?:\s+[^#\s]+)*)\s*$/;
const OLD_FREQUENCIES: Readonly<Record<string, Frequency>> = {
  D: "DAILY",
  W: "WEEKLY",
  MP: "MONTHLY",
  MD: "MONTHLY",
  YM: "YEARLY",
  YD: "YEARLY",
};

/** vCalendar 1.0. Without a number or an end a rule there gives two, and #0 is for ever. */
function readOldRule(match: RegExpExecArray, text: string, broken: Broken): Rule {
  const [, kind = "", interval = "1", before = "", times, after = ""] = match;
  const words = `${before} ${after}`.split(/\s+/).filter((word) => word !== "");
  const until =
    words.map((word) => (/^\d{8}/.test(word) ? parseWall(word) : null)).find((end) => end !== null) ?? null;
  const rest = words.filter((word) => !/^\d{8}/.test(word));
  const numbers = rest.flatMap((word) =>
    /^\d{1,3}[+-]?$/.test(word) ? [signed(word)] : word === "LD" ? [-1] : [],
  );
  const count = times === undefined ? (until ? null : 2) : Number(times) || null;
  if (Number(interval) < 1) broken(`${quote(text)} has no interval`);
  return {
    ...EMPTY,
    frequency: OLD_FREQUENCIES[kind] ?? "DAILY",
    interval: Number(interval),
    count,
    until,
    months: kind === "YM" ? numbers : [],
    yearDays: kind === "YD" ? numbers : [],
    monthDays: kind === "MD" ? numbers : [],
    weekdays: oldWeekdays(rest),
  };
}

/** `1+ MO TU` is the first Monday and the first Tuesday, `2- FR` the last Friday but one. */
function oldWeekdays(words: string[]): NthWeekday[] {
  let places = [0];
  let fresh = true;
  const found: NthWeekday[] = [];
  for (const word of words) {
    const weekday = WEEKDAYS.indexOf(word);
    if (weekday >= 0) {
      found.push(...places.map((nth) => ({ nth, weekday })));
      fresh = true;
    } else if (/^\d[+-]$/.test(word)) {
      places = fresh ? [signed(word)] : [...places, signed(word)];
      fresh = false;
    }
  }
  return found;
}

const signed = (word: string): number => Number.parseInt(word, 10) * (word.endsWith("-") ? -1 : 1);
