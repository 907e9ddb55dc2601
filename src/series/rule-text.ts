// A rule as clients write it (RRULE, RFC 5545 3.3.10): read within the bounds that a series has, and written again. What
// is refused names the part of the rule it is about, and says what is allowed there.
import { type Frequency, type Rule } from "../ical/rule";
import { basicDate, basicTime, parseWall } from "../ical/wall";
import { LATEST_MS } from "../values/instants";

export const MAX_INTERVAL = 999;
export const MAX_COUNT = 1_000;
export const MAX_RULE_LENGTH = 1_000;

/** Whether UNTIL can be then; what is later is after the last place that there is. */
export const isEnd = (wall: number): boolean => wall >= 0 && wall <= LATEST_MS;

/** Notes what is wrong with a rule. */
export type Refuse = (message: string) => undefined;

const FREQUENCIES: readonly Frequency[] = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"];
const WEEKDAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const WEEKDAY = /^([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)$/;
const NUMBER = /^[+-]?\d{1,4}$/;
const WHOLE = /^\d{1,9}$/;
const TOO_FINE = new Set(["HOURLY", "MINUTELY", "SECONDLY"]);

const PARTS = [
  "FREQ",
  "INTERVAL",
  "COUNT",
  "UNTIL",
  "BYDAY",
  "BYMONTHDAY",
  "BYMONTH",
  "BYSETPOS",
  "BYYEARDAY",
  "BYWEEKNO",
  "WKST",
] as const;
type Part = (typeof PARTS)[number];

/** What RFC 5545 lets a part stand beside, where that is not everything. */
const ONLY_IN: Partial<Record<Part, readonly Frequency[]>> = {
  BYMONTHDAY: ["DAILY", "MONTHLY", "YEARLY"],
  BYYEARDAY: ["YEARLY"],
  BYWEEKNO: ["YEARLY"],
};

/** Reads a rule, with or without `RRULE:` before it; undefined after what is wrong with it was noted. */
export function parseRule(text: string, refuse: Refuse): Rule | undefined {
  if (text.length > MAX_RULE_LENGTH)
    return refuse(`must have ${MAX_RULE_LENGTH.toLocaleString("en")} characters at most`);
  const parts = partsOf(text, refuse);
  const frequency = parts && frequencyOf(parts, refuse);
  if (!frequency) return undefined;
  let isRight = true;
  const wrong: Refuse = (message) => {
    isRight = false;
    return refuse(message);
  };
  for (const [part, allowed] of Object.entries(ONLY_IN)) {
    if (parts.has(part as Part) && !allowed.includes(frequency))
      wrong(`has ${part}, which is allowed with FREQ=${allowed.join(", ")} only`);
  }
  const reading = new Reading(parts, wrong);
  const rule: Rule = {
    frequency,
    interval: reading.whole("INTERVAL", MAX_INTERVAL) ?? 1,
    count: reading.whole("COUNT", MAX_COUNT),
    until: reading.until(),
    weekStart: reading.weekStart(),
    months: reading.numbers("BYMONTH", 12, { negative: false }),
    weeks: reading.numbers("BYWEEKNO", 53),
    yearDays: reading.numbers("BYYEARDAY", 366),
    monthDays: reading.numbers("BYMONTHDAY", 31),
    weekdays: reading.weekdays(frequency),
    hours: [],
    minutes: [],
    seconds: [],
    positions: reading.numbers("BYSETPOS", 366),
  };
  if (rule.count !== null && rule.until) wrong("has COUNT and UNTIL, of which one is allowed");
  if (
    parts.has("BYSETPOS") &&
    ![...parts.keys()].some((part) => part.startsWith("BY") && part !== "BYSETPOS")
  )
    wrong("has BYSETPOS alone, which is allowed beside another part that begins with BY only");
  return isRight ? rule : undefined;
}

function partsOf(text: string, refuse: Refuse): Map<Part, string> | undefined {
  const parts = new Map<Part, string>();
  const bare = text
    .replaceAll(/\s/g, "")
    .toUpperCase()
    .replace(/^RRULE:/, "");
  for (const piece of bare.split(";").filter((one) => one !== "")) {
    const [name = "", value] = piece.split("=");
    if (value === undefined || value === "" || piece.split("=").length > 2)
      return refuse(`has ${quoted(piece)}, which is no part of a rule such as FREQ=WEEKLY;BYDAY=MO`);
    const part = PARTS.find((known) => known === name);
    if (!part)
      return refuse(`has ${quoted(name)}, which is not allowed; the parts allowed are ${PARTS.join(", ")}`);
    if (parts.has(part)) return refuse(`has ${part} twice, which is allowed once`);
    parts.set(part, value);
  }
  return parts;
}

function frequencyOf(parts: ReadonlyMap<Part, string>, refuse: Refuse): Frequency | undefined {
  const given = parts.get("FREQ");
  const known = FREQUENCIES.find((one) => one === given);
  if (known) return known;
  const listed = `FREQ must be one of ${FREQUENCIES.join(", ")}`;
  if (given === undefined) return refuse(`has no FREQ: ${listed}`);
  return refuse(`has FREQ=${TOO_FINE.has(given) ? given : quoted(given)}: ${listed}`);
}

class Reading {
  constructor(
    private readonly parts: ReadonlyMap<Part, string>,
    private readonly refuse: Refuse,
  ) {}

  whole(part: "INTERVAL" | "COUNT", most: number): number | null {
    const text = this.parts.get(part);
    if (text === undefined) return null;
    const value = WHOLE.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= most) return value;
    this.wrong(part, text, `a whole number from 1 to ${most.toLocaleString("en")}`);
    return null;
  }

  until(): Rule["until"] {
    const text = this.parts.get("UNTIL");
    if (text === undefined) return null;
    const until = parseWall(text.replaceAll(/[-:]/g, ""));
    if (until && isEnd(until.wall)) return until;
    this.wrong(
      "UNTIL",
      text,
      "a date such as 20261231, or a time such as 20261231T235959Z, from 1970 to 9999",
    );
    return null;
  }

  weekStart(): number {
    const text = this.parts.get("WKST") ?? "MO";
    const day = WEEKDAYS.indexOf(text);
    if (day < 0) this.wrong("WKST", text, `one of ${WEEKDAYS.join(", ")}`);
    return day;
  }

  numbers(part: Part, most: number, { negative = true } = {}): number[] {
    const items = this.parts.get(part)?.split(",") ?? [];
    const values = items.map((item) => (NUMBER.test(item) ? Number(item) : 0));
    const isWrong = (value: number): boolean =>
      value === 0 || Math.abs(value) > most || (!negative && value < 0);
    const index = values.findIndex(isWrong);
    const span = negative ? `1 to ${most} or -${most} to -1` : `1 to ${most}`;
    if (index >= 0) this.wrong(part, items[index] ?? "", `a list of whole numbers from ${span}`);
    return [...new Set(values)].sort((a, b) => a - b);
  }

  weekdays(frequency: Frequency): Rule["weekdays"] {
    const items = this.parts.get("BYDAY")?.split(",") ?? [];
    const most = frequency === "MONTHLY" || this.parts.has("BYMONTH") ? 5 : 53;
    const takesNumbers = frequency === "MONTHLY" || (frequency === "YEARLY" && !this.parts.has("BYWEEKNO"));
    const allowed = takesNumbers
      ? `a list of ${WEEKDAYS.join(", ")}, each alone or with a number from 1 to ${most} or -${most} to -1 before it`
      : `a list of ${WEEKDAYS.join(", ")}; a number before it is allowed with FREQ=MONTHLY, and YEARLY without BYWEEKNO, only`;
    const days = items.map((item) => {
      const match = WEEKDAY.exec(item);
      const nth = Number(match?.[1] ?? 0);
      const isNumbered = match?.[1] !== undefined;
      const isRight = match && (!isNumbered || (takesNumbers && nth !== 0 && Math.abs(nth) <= most));
      if (!isRight) this.wrong("BYDAY", item, allowed);
      return { nth, weekday: WEEKDAYS.indexOf(match?.[2] ?? "") };
    });
    const keys = days.map(({ nth, weekday }) => `${nth} ${weekday}`);
    return days.filter((_, index) => keys.indexOf(keys[index] as string) === index);
  }

  private wrong(part: Part, value: string, allowed: string): void {
    this.refuse(`has ${part}=${quoted(value)}: ${part} must be ${allowed}`);
  }
}

const quoted = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** The rule in its one spelling: equal rules give equal texts. */
export function ruleText(rule: Rule): string {
  const { count, until, interval, weekStart } = rule;
  const list = (part: Part, values: readonly (number | string)[]): string[] =>
    values.length > 0 ? [`${part}=${values.join(",")}`] : [];
  return [
    `FREQ=${rule.frequency}`,
    ...(interval > 1 ? [`INTERVAL=${interval}`] : []),
    ...list("BYMONTH", rule.months),
    ...list("BYWEEKNO", rule.weeks),
    ...list("BYYEARDAY", rule.yearDays),
    ...list("BYMONTHDAY", rule.monthDays),
    ...list("BYDAY", weekdayTexts(rule)),
    ...list("BYSETPOS", rule.positions),
    ...(weekStart === 1 ? [] : [`WKST=${WEEKDAYS[weekStart]}`]),
    ...(count === null ? [] : [`COUNT=${count}`]),
    ...(until
      ? [`UNTIL=${until.isDate ? basicDate(until.wall) : basicTime(until.wall) + (until.isUtc ? "Z" : "")}`]
      : []),
  ].join(";");
}

/** Monday first. */
const weekdayTexts = ({ weekdays }: Rule): string[] =>
  [...weekdays]
    .sort((a, b) => a.nth - b.nth || ((a.weekday + 6) % 7) - ((b.weekday + 6) % 7))
    .map(({ nth, weekday }) => `${nth === 0 ? "" : nth}${WEEKDAYS[weekday]}`);
