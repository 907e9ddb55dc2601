// Calendar files for tests: the samples in test/data, and small ones put together from lines.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ImportedEvent, type ImportReading, type ImportWindow, readCalendar } from "../../src/ical/read";

export const WINDOW: ImportWindow = {
  zone: "Europe/Paris",
  from: new Date("2025-03-02T00:00:00Z"),
  to: new Date("2028-03-02T00:00:00Z"),
  ownEmails: ["Ada@demo.test"],
};

export const read = (text: string, window: Partial<ImportWindow> = {}): ImportReading =>
  readCalendar(text, { ...WINDOW, ...window });

export const sampleText = (name: string): string => readFileSync(join(__dirname, "..", "data", name), "utf8");

export const sample = (name: string): ImportReading => read(sampleText(name));

export const calendar = (...lines: string[]): string =>
  ["BEGIN:VCALENDAR", ...lines, "END:VCALENDAR", ""].join("\r\n");

export const vevent = (...lines: string[]): string => ["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\r\n");

export const START = "DTSTART:20260302T150000Z";

/** The only event of a calendar with this VEVENT. */
export function only(...lines: string[]): ImportedEvent {
  const { events, problems } = read(calendar(vevent("UID:a", ...lines)));
  expect(problems).toEqual([]);
  expect(events).toHaveLength(1);
  return events[0]!;
}

/** The starts of the occurrences a VEVENT has. */
export const starts = (...lines: string[]): string[] =>
  read(calendar(vevent("UID:a", ...lines))).events.map(({ startTime }) => startTime);

export const times = ({ events }: ImportReading, uid: string): string[] =>
  events
    .filter(({ iCalUid }) => iCalUid.startsWith(uid))
    .map(({ iCalUid, startTime, endTime, subject }) =>
      [iCalUid.slice(uid.length), startTime.slice(0, 16), endTime.slice(0, 16), subject].join(" ").trim(),
    );

export const messages = ({ problems }: ImportReading): string[] =>
  problems.map(({ line, message }) => `${line}: ${message}`);
