// What an attacker puts where a value belongs, and what a client would put there: drawn, so that a seed repeats it.
import type { Random } from "../support/random";

/** A JSON text as it is: a number no program writes, a key given twice. */
export class Raw {
  constructor(readonly text: string) {}
}

/** A word of GraphQL's that stands without quotes; in JSON it is text. */
export class Word {
  constructor(readonly word: string) {}
}

/** Whose requests these are: what is drawn for one organisation never holds the marks of the other. */
export interface Home {
  /** A word in every name and text of the organisation. */
  marker: string;
  /** The year in which all its events are. */
  year: number;
}

/** Ids and addresses that lead somewhere, of both organisations. */
export interface Known {
  ids: readonly string[];
  emails: readonly string[];
}

export interface Draw {
  random: Random;
  /** How likely a value is one that does not belong; some requests have none. */
  hostility: number;
  home: Home;
  known: Known;
}

const LENGTHS = [2, 255, 321, 1_000, 1_001, 2_001, 5_000, 100_001];

export const WEIRD_TEXTS: readonly string[] = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\udc00\ud800",
  "\u202egnp.exe",
  "\ufeff",
  "\u200b",
  "e\u0301\u0301\u0301\u0301\u0301",
  "📅👩‍👩‍👧‍👦🏳️‍🌈",
  "ﷺ",
  "İıßſ",
  "\r\nX-Evil: 1\r\n\r\n",
  "'; drop table event; --",
  "' or '1'='1",
  "\\",
  '"',
  "%",
  "_%_",
  "${7*7}{{7*7}}<%= 7*7 %>",
  "<script>alert(1)</script>",
  "../../../../etc/passwd",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "null",
  "undefined",
  "NaN",
  "Infinity",
  "true",
  "-0",
  "1e309",
  "0x10",
  "１２３",
  "2026-03-02T15:00:00",
  "2026-02-30T00:00:00Z",
  "9999-12-31T23:59:59.999Z",
  "0000-01-01T00:00:00Z",
  "+010000-01-01T00:00:00Z",
  "2026-03-02T15:00:00+99:99",
  "2026-W10-1",
  "{}",
  "[]",
  "$1",
  "a@b",
  "=cmd|' /C calc'!A0",
];

const WEIRD_NUMBERS: readonly unknown[] = [
  ...[0, -1, 1.5, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e21, 1e-7, 253402300800000],
  ...["-0", "1e400", "-1e400", "1E+2", "18446744073709551616", "9".repeat(400), "0.1e-400"].map(
    (text) => new Raw(text),
  ),
];

const OTHER_KINDS: readonly unknown[] = [null, true, false, [], {}, [[]], [null], { "": null }];

const KEYS = ["__proto__", "constructor", "toString", "id", "organisationId", "ownerId", "", "a b", "💥"];

/** A value of no kind in particular. */
export function hostile({ random, home }: Draw): unknown {
  const kind = random.weighted({ text: 40, number: 20, other: 15, long: 8, deep: 5, list: 6, object: 6 });
  if (kind === "text") return `${random.pick(WEIRD_TEXTS)}${random.chance(0.3) ? home.marker : ""}`;
  if (kind === "number") return random.pick(WEIRD_NUMBERS);
  if (kind === "other") return random.pick(OTHER_KINDS);
  if (kind === "long") return random.pick(["x", "📅", "\u0301", "%", "'"]).repeat(random.pick(LENGTHS));
  if (kind === "deep") return new Raw(deep(random));
  if (kind === "list") return Array(random.pick([2, 101, 501, 1_001])).fill(random.pick(WEIRD_TEXTS));
  return Object.fromEntries(Array.from({ length: 4 }, () => [random.pick(KEYS), random.pick(WEIRD_TEXTS)]));
}

function deep(random: Random): string {
  const levels = random.pick([10, 200, 20_000]);
  return random.chance(0.5)
    ? `${"[".repeat(levels)}${"]".repeat(levels)}`
    : `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
}

export const someId = ({ random, known }: Draw): string =>
  random.chance(0.8) ? random.pick(known.ids) : String(1 + random.below(3_000));

/** No day at either end of the year, which an offset would take into the next. What starts starts in the first half of the year, what ends ends in the second. */
function someInstant(name: string, { random, home }: Draw): string | number {
  const month = random.below(6) + (name.startsWith("end") ? 6 : 0);
  const instant = Date.UTC(home.year, month, 2 + random.below(26), random.below(24));
  if (random.chance(0.2)) return instant;
  const text = new Date(instant).toISOString();
  return random.pick([text, text.replace("Z", "+05:30"), text.slice(0, 10), text.replace(".000", "")]);
}

export const someText = ({ random, home }: Draw): string =>
  `${home.marker} ${random.pick(["Kick-off", "Réunion", "会議", "Review", ""])} ${random.below(1_000)}`;

const ZONES = ["Europe/Paris", "UTC", "America/New_York", "W. Europe Standard Time", "Asia/Kolkata"];
const STATUSES = ["Accepted", "declined", "tentativelyAccepted", "NoResponse", "none"];

/** What a client would write under such a name; null where the name says nothing. */
export function byName(name: string, draw: Draw): unknown {
  const { random, known } = draw;
  if (/^(from|to|id|ids|\w+Id|\w+Ids)$/.test(name) && name !== "iCalUid") return someId(draw);
  if (/time$|At$|^since$|^after$|deltaToken|ifLastModifiedAt/i.test(name) && name !== "timezone") {
    return someInstant(name, draw);
  }
  if (/email/i.test(name)) return random.pick(known.emails);
  if (name === "timezone") return random.pick(ZONES);
  if (name === "status") return random.pick(STATUSES);
  if (/^(limit|first|last)$/.test(name)) return 1 + random.below(50);
  return null;
}

/** JSON, in which a key may stand twice. */
export function toJson(value: unknown, random: Random): string {
  if (value instanceof Raw) return value.text;
  if (value instanceof Word) return JSON.stringify(value.word);
  if (Array.isArray(value)) return `[${value.map((one) => toJson(one, random)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  const members = entries.map(([key, one]) => `${JSON.stringify(key)}:${toJson(one, random)}`);
  if (members.length > 0 && random.chance(0.02)) members.push(random.pick(members));
  return `{${members.join(",")}}`;
}
