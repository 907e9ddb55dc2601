// The names by which programs call a time zone besides IANA's and Windows': behind the prefix of whoever compiled it, as
// people see it in a list ("(UTC+01:00) Amsterdam, Berlin"), or by its distance from UTC alone.
import { localToInstant, toIana } from "./timezone";
import { MINUTE_MS } from "./instants";

/** A zone that a name means: a place of IANA's, or a distance from UTC, in milliseconds east, that has none. */
export type NamedZone = { name: string; offset: null } | { name: string | null; offset: number };

const MAX_LENGTH = 255;
const OFFSET = /^(?:UTC|GMT|Z)?\s*([+\u2212-])(\d{1,2})(?:[:.]?(\d\d))?$/i;
const DISPLAYED = /^\((?:UTC|GMT)\s*(?:([+\u2212-])(\d{1,2})(?:[:.]?(\d\d))?)?\)\s*(.*)$/i;
/** A Windows name that was there already gets a number. */
const COPY = /\s+\d{1,2}$/;
const REGIONS = ["Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian"];
/** What people see of a zone that is named by no city. */
const SEEN: Readonly<Record<string, string>> = {
  "coordinated universal time": "UTC",
  "eastern time (us & canada)": "America/New_York",
  "central time (us & canada)": "America/Chicago",
  "mountain time (us & canada)": "America/Denver",
  "pacific time (us & canada)": "America/Los_Angeles",
  "atlantic time (canada)": "America/Halifax",
  newfoundland: "America/St_Johns",
  alaska: "America/Anchorage",
  hawaii: "Pacific/Honolulu",
  arizona: "America/Phoenix",
  "indiana (east)": "America/Indiana/Indianapolis",
  saskatchewan: "America/Regina",
  "central america": "America/Guatemala",
  "baja california": "America/Tijuana",
  greenland: "America/Nuuk",
  "cape verde is.": "Atlantic/Cape_Verde",
  "west central africa": "Africa/Lagos",
  "new delhi": "Asia/Kolkata",
  mumbai: "Asia/Kolkata",
  beijing: "Asia/Shanghai",
  "abu dhabi": "Asia/Dubai",
  islamabad: "Asia/Karachi",
  "st. petersburg": "Europe/Moscow",
  bern: "Europe/Zurich",
  edinburgh: "Europe/London",
  wellington: "Pacific/Auckland",
};
/** Of the distances that are no whole hours, the places that keep one without ever changing their clocks. */
const STEADY: Readonly<Record<number, string>> = {
  210: "Asia/Tehran",
  270: "Asia/Kabul",
  330: "Asia/Kolkata",
  345: "Asia/Kathmandu",
  390: "Asia/Yangon",
  525: "Australia/Eucla",
  570: "Australia/Darwin",
  [-570]: "Pacific/Marquesas",
};

/** The zone of a name in any of these forms; null where nobody knows it. */
export function understandZone(given: string): NamedZone | null {
  const text = given.trim().replace(/^"|"$/g, "").trim();
  if (text === "" || text.length > MAX_LENGTH) return null;
  const name = prefixed(text) ?? toIana(text.replace(COPY, ""));
  if (name !== null) return { name, offset: null };
  const offset = OFFSET.exec(text);
  if (offset) return atOffset(offset);
  const displayed = DISPLAYED.exec(text);
  if (!displayed) return null;
  const distance = minutesOf(displayed);
  const place = distance === null ? null : placeSeen(displayed[4] ?? "", distance);
  return place === null ? atOffset(displayed) : { name: place, offset: null };
}

/** The IANA name for a name in any of these forms; null where there is none. */
export const zoneNameOf = (text: string): string | null => understandZone(text)?.name ?? null;

/** Behind a prefix, as in `/freeassociation.sourceforge.net/Europe/Berlin` or `tzone://Microsoft/Utc`. */
function prefixed(text: string): string | null {
  const places = text.split("/");
  for (let skipped = 0; skipped < places.length; skipped++) {
    const name = toIana(places.slice(skipped).join("/"));
    if (name !== null) return name;
  }
  return null;
}

function minutesOf([, sign, hours = "0", minutes = "0"]: RegExpExecArray): number | null {
  const size = Number(hours) * 60 + Number(minutes);
  return size > 14 * 60 || Number(minutes) > 59 ? null : sign === undefined || sign === "+" ? size : -size;
}

function atOffset(match: RegExpExecArray): NamedZone | null {
  const minutes = minutesOf(match);
  if (minutes === null) return null;
  const hours = minutes / 60;
  const name = minutes === 0 ? "UTC" : Number.isInteger(hours) ? etcName(hours) : (STEADY[minutes] ?? null);
  return { name, offset: minutes * MINUTE_MS };
}

/** IANA counts these westwards. */
const etcName = (hours: number): string | null => toIana(`Etc/GMT${hours > 0 ? "-" : "+"}${Math.abs(hours)}`);

/** The first of the cities in the list that has a zone of this distance in its winter. */
function placeSeen(list: string, distance: number): string | null {
  const whole = SEEN[list.trim().toLowerCase()];
  for (const city of list.split(/[,/;]/).map((one) => one.trim())) {
    const names = [
      SEEN[city.toLowerCase()],
      ...REGIONS.map((region) => `${region}/${city.replaceAll(" ", "_")}`),
    ];
    for (const name of [whole, ...names]) {
      const known = name === undefined || city === "" ? null : toIana(name);
      if (known !== null && standardMinutes(known) === distance) return known;
    }
  }
  return null;
}

/** The zone's distance from UTC, in minutes, in whichever of January and July has the smaller. */
function standardMinutes(zone: string): number {
  const at = (month: number): number => {
    const noon = { year: 2025, month, day: 1, hour: 12, minute: 0, second: 0 };
    return (Date.UTC(2025, month - 1, 1, 12) - localToInstant(noon, zone).getTime()) / MINUTE_MS;
  };
  return Math.min(at(1), at(7));
}
