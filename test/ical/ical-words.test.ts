// The words of a meeting in calendar files: what Google, Outlook and Apple write for them, and what an import makes of it.

import { calendar, messages, only, read, START, vevent } from "../support/calendar-text";
import { importBytes } from "../support/calendar-import";
import { openWorld, type Person, type World } from "../support/world";

describe("how the time shows", () => {
  test.each([
    [[], null, false],
    [["TRANSP:OPAQUE"], null, false],
    [["TRANSP:TRANSPARENT"], null, true],
    [["TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"], "outOfOffice", false],
    [["X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"], "tentative", false],
    [["TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"], "free", true],
    [["x-microsoft-cdo-busystatus:WorkingElsewhere"], "free", true],
    [["X-MICROSOFT-CDO-BUSYSTATUS:BUSY"], "busy", false],
  ])("%j is %s", (lines, showAs, isFree) => {
    expect(only(START, ...lines)).toMatchObject({ showAs, isFree });
  });

  test("a word that is none is told by its line, and costs nothing else", () => {
    const reading = read(
      calendar(vevent(START, "TRANSP:GLASSY", "STATUS:MAYBE", "X-MICROSOFT-CDO-BUSYSTATUS:X", "SUMMARY:a")),
    );
    expect(reading.events).toMatchObject([{ subject: "a", showAs: null, isFree: false, status: null }]);
    expect(messages(reading)).toEqual([
      '4: "GLASSY" is not known (TRANSP)',
      '5: "MAYBE" is not known (STATUS)',
      '6: "X" is not known (X-MICROSOFT-CDO-BUSYSTATUS)',
    ]);
  });
});

test.each([
  ["CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://a.test/1", "https://a.test/1"],
  ["CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+1-412-555", null],
  ["X-GOOGLE-CONFERENCE:https://meet.google.com/abc", "https://meet.google.com/abc"],
  ["X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.test/l?a=b;c", "https://teams.test/l?a=b;c"],
  [`CONFERENCE;VALUE=URI:https://a.test/${"x".repeat(2_000)}`, null],
])("%s is where to join", (line, url) => {
  const { events } = read(calendar(vevent(START, line)));
  expect(events).toMatchObject([{ conferenceUrl: url }]);
});

test.each([
  ["ROLE=OPT-PARTICIPANT", "optional"],
  ["ROLE=REQ-PARTICIPANT", "required"],
  ["ROLE=CHAIR", "required"],
  ["ROLE=NON-PARTICIPANT", "resource"],
  ["CUTYPE=ROOM", "resource"],
  ["CUTYPE=RESOURCE;ROLE=REQ-PARTICIPANT", "resource"],
  ["CUTYPE=INDIVIDUAL", null],
])("somebody with %s is %s", (parameters, type) => {
  const { attendees } = only(START, `ATTENDEE;${parameters}:mailto:a@x.test`);
  expect(attendees).toMatchObject([{ emailAddress: "a@x.test", type }]);
});

describe("in a calendar", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  const rowsOf = async (person: Person): Promise<object[]> =>
    ((await person.rest("GET", "/events")).body as { records: object[] }).records;
  const meeting = (...lines: string[]): string =>
    calendar(vevent("UID:w", "DTSTART:20270104T090000Z", "DURATION:PT1H", ...lines));

  test("an imported meeting has them, and a newer file changes what it says otherwise and no more", async () => {
    const ada = await world.person();
    const first = [
      "TRANSP:OPAQUE",
      "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
      "STATUS:TENTATIVE",
      "X-GOOGLE-CONFERENCE:https://meet.test/1",
      "ORGANIZER;CN=Eve:mailto:eve@outside.test",
      "ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:ben@outside.test",
    ];
    await importBytes(world, ada, meeting(...first));
    const says = {
      showAs: "outOfOffice",
      status: "tentative",
      conferenceUrl: "https://meet.test/1",
      organizerEmail: "eve@outside.test",
      organizerName: "Eve",
      attendees: [
        { emailAddress: "ben@outside.test", type: "optional", status: "Accepted" },
        { emailAddress: "eve@outside.test", type: "required", status: "Accepted" },
      ],
    };
    expect(await rowsOf(ada)).toMatchObject([says]);
    const lessSaid = first.filter((line) => !line.startsWith("X-MICROSOFT") && !line.startsWith("STATUS"));
    expect(await importBytes(world, ada, meeting(...lessSaid))).toMatchObject({ unchanged: 1 });
    const free = lessSaid.map((line) => line.replace("OPAQUE", "TRANSPARENT").replace("OPT", "REQ"));
    expect(await importBytes(world, ada, meeting(...free))).toMatchObject({ updated: 1, problems: 0 });
    const [ben, eve] = says.attendees;
    expect(await rowsOf(ada)).toMatchObject([
      { ...says, showAs: "free", attendees: [{ ...ben, type: "required" }, eve] },
    ]);
  });

  test("who organises a meeting that a colleague's import made claims it with their own file", async () => {
    const organisationId = await world.organisation();
    const host = await world.person({ organisationId, email: "host@words.test" });
    const guest = await world.person({ organisationId, email: "guest@words.test" });
    const people = ["ORGANIZER:mailto:host@words.test", "ATTENDEE:mailto:guest@words.test"];
    await importBytes(world, guest, meeting("SUMMARY:old", ...people));
    expect(await rowsOf(guest)).toMatchObject([{ ownerId: guest.id, organizerEmail: "host@words.test" }]);
    const report = await importBytes(world, host, meeting("SUMMARY:new", "SEQUENCE:1", ...people));
    expect(report).toMatchObject({ created: 0, updated: 1 });
    expect(await rowsOf(host)).toMatchObject([{ ownerId: host.id, subject: "new" }]);
    expect(await rowsOf(guest)).toMatchObject([{ ownerId: host.id, subject: "new" }]);
  });
});
