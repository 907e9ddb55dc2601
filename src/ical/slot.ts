// Places in a series: which instance a RECURRENCE-ID means, however it is written.

import { instantOf, type Moment } from "./moment";
import { basicDate, parseWall } from "./wall";
import { momentKey, type Vevent } from "./vevent";
import { DAY_MS } from "../values/instants";

/** A place in a series, however it is written: which instance is meant. */
export interface Slot {
  /** `20260302T150000Z`, or `20260302` for a date; "" for an event that does not recur. */
  key: string;
  /** The date on the wall, `20260302`; null where the place is a time of day. */
  date: string | null;
  /** The date on the wall of another place, given by its key. */
  dateOf(this: void, key: string): string;
}

/** The place an override replaces, by itself; null for one that replaces nothing. */
export function slotOf({ replaces, zone }: Vevent): Slot | null {
  return (
    replaces && {
      ...named(momentKey(instantOf(replaces, zone), replaces.isDate), zone),
      date: dateIn(replaces, zone),
    }
  );
}

export const namedSlot = (key: string, { zone }: Vevent): Slot => named(key, zone);

const named = (key: string, zone: Vevent["zone"]): Slot => ({ key, date: null, dateOf: datesIn(zone) });

const reckoners = new WeakMap<Vevent["zone"], Slot["dateOf"]>();

/** One for each zone, so that who has reckoned the dates of many places in it knows them. */
function datesIn(zone: Vevent["zone"]): Slot["dateOf"] {
  const known = reckoners.get(zone);
  if (known) return known;
  const dateOf = (key: string): string => {
    const place = parseWall(key);
    if (!place) return "";
    return basicDate(place.isDate ? place.wall : zone.toWall(place.wall));
  };
  reckoners.set(zone, dateOf);
  return dateOf;
}

/** The date that is meant: by a date, or by the midnight that some programs write for one. */
function dateIn(moment: Moment, home: Vevent["zone"]): string | null {
  if (moment.isDate) return basicDate(moment.wall);
  const wall = moment.zone?.name === null ? home.toWall(instantOf(moment, home)) : moment.wall;
  return wall % DAY_MS === 0 ? basicDate(wall) : null;
}
