// Which zone a name in a calendar file means, and when the file's own rules count.

import { zoneNameOf } from "../../src/values/zone-names";
import { calendar, read, vevent } from "../support/calendar-text";

const startIn = (tzid: string, ...timezone: string[]): string | undefined =>
  read(calendar(...timezone, vevent(`DTSTART;TZID=${tzid}:20270708T140000`))).events[0]?.startTime;

test.each([
  ["UTC+01", "13:00"],
  ["UTC+01:00", "13:00"],
  ["GMT+0800", "06:00"],
  ["GMT-5", "19:00"],
  ["+05:30", "08:30"],
  ["-0330", "17:30"],
  ["UTC+5:45", "08:15"],
  ["Etc/GMT+5", "19:00"],
  ["UTC-02", "16:00"],
  ["(UTC) Coordinated Universal Time", "14:00"],
  ["(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "12:00"],
  ["(GMT+01.00) Sarajevo/Skopje/Warsaw/Zagreb", "12:00"],
  ["(UTC-05:00) Eastern Time (US & Canada)", "18:00"],
  ["(GMT-08:00) Pacific Time (US & Canada); Tijuana", "21:00"],
  ["(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "08:30"],
  ["(UTC+10:00) Canberra, Melbourne, Sydney", "04:00"],
  ["(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "13:00"],
  ["(UTC+03:00) Nobody knows this place", "11:00"],
  ["GMT Standard Time 1", "13:00"],
  ["tzone://Microsoft/Utc", "14:00"],
  ["/mozilla.org/20050126_1/Europe/Berlin", "12:00"],
])("%s, without a VTIMEZONE, is read as the zone it names: 14:00 is %s in UTC", (tzid, time) => {
  expect(startIn(`"${tzid}"`)).toBe(`2027-07-08T${time}:00.000Z`);
  if (!tzid.includes(",") && !tzid.includes(";")) expect(startIn(tzid)).toBe(`2027-07-08T${time}:00.000Z`);
});

test("distances that have a zone of IANA's are that zone, and what nobody knows is none", () => {
  expect(
    [
      "UTC+01:00",
      "+05:30",
      "UTC",
      "GMT-0500",
      "Romance Standard Time",
      "UTC+15:00",
      "Nowhere",
      "",
      "+03:30x",
    ].map(zoneNameOf),
  ).toEqual(["Etc/GMT-1", "Asia/Kolkata", "UTC", "Etc/GMT+5", "Europe/Paris", null, null, null, null]);
});

/** A VTIMEZONE of STANDARD and DAYLIGHT parts, each `kind start from to`, and a rule. */
const timezone = (tzid: string, ...parts: string[]): string[] => [
  "BEGIN:VTIMEZONE",
  `TZID:${tzid}`,
  ...parts.flatMap((part) => {
    const [kind = "", start = "", from = "", to = "", rule] = part.split(" ");
    const lines = [`DTSTART:${start}`, `TZOFFSETFROM:${from}`, `TZOFFSETTO:${to}`];
    return [`BEGIN:${kind}`, ...lines, ...(rule ? [`RRULE:${rule}`] : []), `END:${kind}`];
  }),
  "END:VTIMEZONE",
];

test.each(["EST", "MST", "GMT", "UTC", "Etc/GMT+5"])(
  "%s with daylight time in its VTIMEZONE has daylight time",
  (name) => {
    const rules = timezone(
      name,
      "STANDARD 16011104T020000 -0400 -0500 FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
      "DAYLIGHT 16010311T020000 -0500 -0400 FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
    );
    expect(startIn(name, ...rules)).toBe("2027-07-08T18:00:00.000Z");
    expect(
      read(calendar(...rules, vevent(`DTSTART;TZID=${name}:20270708T140000`))).events[0]?.timezone,
    ).toBeNull();
  },
);

test("a country that stops changing its clocks does so in the file, whatever this Node.js has heard of it", () => {
  const rules = timezone(
    "Europe/Paris",
    "DAYLIGHT 19810329T020000 +0100 +0200 FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20260329T010000Z",
    "STANDARD 19961027T030000 +0200 +0100 FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20251026T010000Z",
  );
  const winter = vevent("DTSTART;TZID=Europe/Paris:20270108T140000");
  expect(read(calendar(...rules, winter)).events).toMatchObject([
    { startTime: "2027-01-08T12:00:00.000Z", timezone: "Europe/Paris" },
  ]);
});

test("one summer and one winter without a rule are an example of the zone, in other years the name counts", () => {
  const rules = timezone(
    "Europe/Paris",
    "DAYLIGHT 20250330T020000 +0100 +0200",
    "STANDARD 20251026T030000 +0200 +0100",
  );
  expect(startIn("Europe/Paris", ...rules)).toBe("2027-07-08T12:00:00.000Z");
});

test("floating times and all-day UNTILs are at home where X-WR-TIMEZONE says", () => {
  const { events } = read(
    calendar(
      "X-WR-TIMEZONE:Asia/Tokyo",
      vevent("UID:a", "DTSTART:20270708T140000"),
      vevent("UID:b", "DTSTART;VALUE=DATE:20270708", "RRULE:FREQ=DAILY;UNTIL=20270708T150000Z"),
    ),
  );
  expect(events.map(({ startTime }) => startTime)).toEqual([
    "2027-07-08T05:00:00.000Z",
    "2027-07-08T00:00:00.000Z",
    "2027-07-09T00:00:00.000Z",
  ]);
});
