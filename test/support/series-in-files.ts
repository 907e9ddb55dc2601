// A weekly series as calendar files have it, and what a calendar has of its series after an import.
import { calendar, vevent } from "./calendar-text";
import { importBytes, type Imported } from "./calendar-import";
import type { Person, World } from "./world";

export const FOUR = "RRULE:FREQ=WEEKLY;COUNT=4";

/** Mondays in January 2027, on the wall of Paris. */
export const weekly = (...lines: string[]): string =>
  vevent(
    "UID:w",
    "DTSTART;TZID=Europe/Paris:20270104T090000",
    "DTEND;TZID=Europe/Paris:20270104T100000",
    "SUMMARY:weekly",
    ...lines,
  );

export const override = (day: string, ...lines: string[]): string =>
  vevent("UID:w", `RECURRENCE-ID;TZID=Europe/Paris:202701${day}T090000`, ...lines);

export interface Row {
  id: string;
  subject: string;
  location: string | null;
  startTime: string;
  iCalUid: string;
  seriesId: string | null;
  recurrenceId: string | null;
  lastModifiedAt: string;
  attendees: { userId: string | null; emailAddress: string; status: string }[];
}

export const rowsOf = async (person: Person): Promise<Row[]> =>
  ((await person.rest("GET", "/events?limit=1000")).body as { records: Row[] }).records;

export const startsOf = async (person: Person): Promise<string[]> =>
  (await rowsOf(person)).map(({ startTime, subject }) => `${startTime.slice(5, 16)} ${subject}`);

export const bring = (world: World, person: Person, ...lines: string[]): Promise<Imported> =>
  importBytes(world, person, calendar(...lines));

/** Somebody whom no colleague's file is about. */
export const loner = async (world: World, wish: { timezone?: string } = {}): Promise<Person> =>
  world.person({ ...wish, organisationId: await world.organisation() });

export const seriesOf = async (world: World, person: Person): Promise<Record<string, string>[]> =>
  (
    await world.sql.query<Record<string, string>>(
      `select id, rrule, first_place as first, timezone as zone, rdates::text, exdates::text, deleted_places::text as deleted,
         content ->> 'subject' as subject
       from series where owner_id = $1 order by id`,
      [person.id],
    )
  ).rows;

export const overridesOf = async (world: World, person: Person): Promise<string[]> =>
  (
    await world.sql.query<{ said: string }>(
      `select recurrence_id || ' ' || overrides::text as said from event
       where owner_id = $1 and overrides <> '{}' order by recurrence_id`,
      [person.id],
    )
  ).rows.map(({ said }) => said);
