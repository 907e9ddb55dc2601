// What calendar programs write in the field, case by case after public reports, and the events each comes to when a
// user imports it. The table is test/data/field-cases.json: the user's zone, the files in their order, the answer.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { importBytes } from "../support/calendar-import";
import { openWorld, type World } from "../support/world";

interface Case {
  id: string;
  what: string;
  zone: string;
  files: (string | { base64: string })[];
  /** `2026-10-12T13:00/2026-10-12T14:00`, in UTC; ` A` behind it where it is all-day. */
  events: string[];
  subjects?: string[];
  people?: string[];
}

interface Row {
  subject: string;
  startTime: string;
  endTime: string;
  allDay: boolean;
  attendees: { emailAddress: string; status: string }[];
}

const cases = JSON.parse(readFileSync(join(__dirname, "../data/field-cases.json"), "utf8")) as Case[];

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(() => world.close());

test.each(cases)("$id: $what", async ({ zone, files, events, subjects, people }) => {
  const person = await world.person({ timezone: zone, organisationId: await world.organisation() });
  for (const file of files) {
    await importBytes(
      world,
      person,
      typeof file === "string" ? Buffer.from(file) : Buffer.from(file.base64, "base64"),
    );
  }
  const { body } = await person.rest("GET", "/events");
  const rows = (body as { records: Row[] }).records;
  expect(
    rows.map(
      ({ startTime, endTime, allDay }) =>
        `${startTime.slice(0, 16)}/${endTime.slice(0, 16)}${allDay ? " A" : ""}`,
    ),
  ).toEqual(events);
  if (subjects) expect(rows.map(({ subject }) => subject)).toEqual(subjects);
  if (people) {
    const taking = rows.flatMap(({ attendees }) => attendees);
    expect(taking.map(({ emailAddress, status }) => `${emailAddress}:${status}`).sort()).toEqual(people);
  }
});
