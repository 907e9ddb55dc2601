// Calendar files as octets: folds inside of characters, character sets, lines and files of any length.

import fc from "fast-check";
import { octetLines, sourceOf } from "../../src/ical/octets";
import { CalendarReader, readCalendar } from "../../src/ical/read";
import { atOnce } from "../../src/turns/pauses";
import { calendar, messages, only, read, START, vevent, WINDOW } from "../support/calendar-text";

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));

const subjectOf = (file: Buffer): string | undefined => readCalendar(file, WINDOW).events[0]?.subject;

test("a fold may cut a character in two", () => {
  const whole = Buffer.from(calendar(vevent("UID:a", START, "SUMMARY:Grüße aus Zürich 😀")));
  const from = whole.indexOf("SUMMARY:") + 8;
  for (let at = from; at < from + 20; at++) {
    const folded = Buffer.concat([whole.subarray(0, at), Buffer.from("\r\n "), whole.subarray(at)]);
    expect(subjectOf(folded)).toBe("Grüße aus Zürich 😀");
  }
});

test("whatever the chunks and line ends, the lines are those of the file, each with its number and place", () => {
  const piece = fc.constantFrom("a", "ä", " b", "\tc", "\r\n", "\n", "\r", "x".repeat(70_000));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join("");
      const physical = text.split(/\r\n|\n|\r/);
      const expected: { text: string; line: number }[] = [];
      physical.forEach((one, index) => {
        const open = expected.at(-1);
        if (one === "") return;
        if (open && /^[ \t]/.test(one)) open.text += one.slice(1);
        else expected.push({ text: one, line: index + 1 });
      });
      const file = Buffer.from(text);
      const found = [...octetLines(sourceOf(file), { from: 0, to: file.length, line: 1 })].filter(
        (one) => one !== null,
      );
      expect(found.map(({ octets, line }) => ({ text: octets.toString(), line }))).toEqual(expected);
      for (const { octets, from } of found) {
        expect(file.subarray(from, from + 1).equals(octets.subarray(0, 1))).toBe(true);
      }
    }),
  );
});

test("what is not UTF-8 is read as Windows-1252, which is told once; its neighbours stay what they are", () => {
  const file = bytes(
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260302T150000Z\r\nSUMMARY:M",
    [0xfc],
    "ller ",
    [0x80],
    "5\r\nLOCATION:Müller ",
    [0xe4],
    "\r\nDESCRIPTION:Müller\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
  );
  const reading = readCalendar(file, WINDOW);
  expect(reading.events).toMatchObject([{ subject: "Müller €5", description: "Müller" }]);
  expect(messages(reading)).toEqual(["5: This line is not in UTF-8: it was read as Windows-1252"]);
});

test("UTF-16 is read with its mark and without, in either order of octets", () => {
  const text = calendar(vevent("UID:a", START, "SUMMARY:Gespräch 😀"));
  const little = Buffer.from(text, "utf16le");
  const big = Buffer.from(little).swap16();
  const files = [little, big, bytes([0xff, 0xfe], [...little]), bytes([0xfe, 0xff], [...big])];
  expect(files.map(subjectOf)).toEqual(Array(4).fill("Gespräch 😀"));
});

test("a line that names its character set is in that", () => {
  const line = bytes("SUMMARY;CHARSET=ISO-8859-5:", [0xbf, 0xe0, 0xd8]);
  const [before, after] = calendar(vevent("UID:a", START, "HERE")).split("HERE");
  expect(subjectOf(bytes(before ?? "", [...line], after ?? ""))).toBe("При");
});

test("vCalendar's quoted-printable goes on in the next line where a line ends in an equals sign", () => {
  const event = only(
    ...[START, "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=BC=\r\nller =3D 5"],
    "DESCRIPTION;QUOTED-PRINTABLE;CHARSET=WINDOWS-1252:one=0D=0At=FCr",
  );
  expect(event).toMatchObject({ subject: "Müller = 5", description: "one\ntür" });
});

test.each([
  ["D1 #3", ["04", "05", "06"]],
  ["D2 #0", ["04", "06", "08", "10", "12"]],
  ["W1 MO WE #4", ["04", "06", "11", "13"]],
  ["D1 20270106T120000Z", ["04", "05", "06"]],
  ["W1", ["04", "11"]],
  ["MD1 4 31 #2", ["04", "31"]],
  ["MP1 1+ MO 2+ WE #2", ["04", "13"]],
])("vCalendar's rule %s gives the days %j", (rule, days) => {
  const { events } = read(calendar(vevent("UID:a", "DTSTART:20270104T090000Z", `RRULE:${rule}`)), {
    to: new Date(rule.endsWith("#0") ? "2027-01-13T00:00:00Z" : "2028-01-01T00:00:00Z"),
  });
  expect(events.map(({ startTime }) => startTime.slice(8, 10))).toEqual(days);
});

test("a line of any length costs no more than its beginning, and an attachment costs nothing", () => {
  const long = "x".repeat(3_000_000);
  const reading = read(
    calendar(vevent("UID:a", START, `ATTACH:${long}`, `DESCRIPTION:${long}`, "SUMMARY:b")),
  );
  expect(reading.events[0]).toMatchObject({ subject: "b", description: "x".repeat(100_000) });
  expect(messages(reading)).toEqual(["6: The description was shortened to 100000 characters"]);
});

test("a file that was cut in the middle gives what is whole, and says so", () => {
  const whole = calendar(vevent("UID:a", START), vevent("UID:b", START, "SUMMARY:second"));
  const reader = atOnce(
    CalendarReader.open(sourceOf(Buffer.from(whole.slice(0, whole.indexOf("second")))), WINDOW),
  );
  expect([...reader.families()].flatMap((family) => family?.uid ?? [])).toEqual(["a"]);
  expect(reader.isWhole).toBe(false);
  expect(reader.problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
    "1: This calendar has no END: the file may have been cut",
    "6: This VEVENT has no END",
  ]);
});

test("of a file of nonsense the first thousand problems are kept and all are counted", () => {
  const lines = Array.from({ length: 3_000 }, (_, index) => `nonsense ${index}`);
  const file = sourceOf(Buffer.from(calendar(vevent("UID:a", START, ...lines))));
  const reader = atOnce(CalendarReader.open(file, WINDOW));
  expect([...reader.families()].filter((family) => family !== null)).toHaveLength(1);
  expect([reader.problems.length, reader.problemCount]).toEqual([1_000, 3_000]);
});

test.each([
  ["ATTENDEE;CN=Room: 5:mailto:room@x.test", "room@x.test", "Room: 5"],
  ['ATTENDEE;CN="Room: 5":mailto:room@x.test', "room@x.test", "Room: 5"],
  ['ATTENDEE;CN="Joe:mailto:joe@x.test', "joe@x.test", "Joe"],
  ["ATTENDEE;SENT-BY=mailto:boss@x.test:mailto:joe@x.test", "joe@x.test", null],
  ["ATTENDEE ; CN = Joe : mailto:joe@x.test", "joe@x.test", "Joe"],
  ["ATTENDEE;ROLE=ATTENDEE;STATUS=ACCEPTED:Joe Demo <joe@x.test>", "joe@x.test", "Joe Demo"],
  ['ATTENDEE;X-COMMENT="call "me": now";CN=Joe:MAILTO:joe@x.test', "joe@x.test", "Joe"],
])("%s has the address %s", (line, emailAddress, name) => {
  expect(only(START, line).attendees).toMatchObject([{ emailAddress, name }]);
});

test("names and UIDs longer than a column are cut and told", () => {
  const uid = "u".repeat(1_500);
  const reading = read(
    calendar(
      vevent(`UID:${uid}`, START, `ATTENDEE;CN=${"n".repeat(1_200)}:mailto:a@x.test`),
      vevent(`UID:${uid}2`, START, "RRULE:FREQ=DAILY;COUNT=2"),
    ),
  );
  expect(reading.events.map(({ iCalUid }) => iCalUid.length)).toEqual([1_000, 1_000, 1_000]);
  expect(new Set(reading.events.map(({ iCalUid }) => iCalUid)).size).toBe(3);
  expect(reading.events[0]?.attendees[0]?.name).toHaveLength(1_000);
  expect(messages(reading)).toEqual([
    "2: The UID was shortened to 1000 characters",
    "5: A name was shortened to 1000 characters",
    "7: The UID was shortened to 1000 characters",
  ]);
});
