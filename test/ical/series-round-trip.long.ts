// Series through their own exports, whatever has been done to them.

import fc from "fast-check";
import { exportText } from "../support/calendar-export";
import { importBytes } from "../support/calendar-import";
import { openWorld, type Person, type World } from "../support/world";

jest.setTimeout(600_000);

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(() => world.close());

interface Row {
  id: string;
  seriesId: string | null;
}

const rowsOf = async (person: Person): Promise<Row[]> =>
  ((await person.rest("GET", "/events")).body as { records: Row[] }).records;

const CREATE = `mutation ($input: SeriesInput!) { createSeries(input: $input) { series { id } event { id } } }`;
const UPDATE = `mutation ($id: ID!, $scope: SeriesScope!, $input: SeriesPatch!) {
  updateSeries(eventId: $id, scope: $scope, input: $input) { changed } }`;
const RESPOND = `mutation ($id: ID!, $scope: SeriesScope!) {
  respondToSeries(eventId: $id, scope: $scope, status: "Tentative") { changed } }`;
const DELETE = `mutation ($id: ID!, $scope: SeriesScope!) { deleteSeries(eventId: $id, scope: $scope) { deleted } }`;

test("an export of series changes nothing in the calendar of its owner, of a guest and of a colleague", async () => {
  const organisationId = await world.organisation();
  const [ada, ben, cleo] = await Promise.all(
    ["ada", "ben", "cleo"].map((name) =>
      world.person({ email: `${name}@series.test`, name, organisationId, timezone: "Europe/Paris" }),
    ),
  );
  if (!ada || !ben || !cleo) throw new Error("Three people were asked for.");
  const people = [ada, ben, cleo];
  const soon = (days: number, time: string): string =>
    `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T${time}`;
  const act = fc.record({
    what: fc.constantFrom(
      "patch",
      "move",
      "delete",
      "leave",
      "answer",
      "split",
      "rename",
      "cancel",
      "invite",
    ),
    at: fc.nat(30),
    scope: fc.constantFrom("THIS", "FOLLOWING", "ALL"),
    text: fc.constantFrom("a", "b; c", "\u00e4, d"),
  });
  const series = fc.record({
    rrule: fc.constantFrom(
      "FREQ=WEEKLY",
      "FREQ=DAILY;COUNT=12",
      "FREQ=MONTHLY;BYDAY=-1FR",
      `FREQ=DAILY;INTERVAL=2;UNTIL=${soon(40, "").slice(0, 10).replaceAll("-", "")}`,
    ),
    days: fc.integer({ min: -60, max: 20 }),
    time: fc.constantFrom("08:30:00Z", "00:30:00.250Z", "22:15:00Z"),
    allDay: fc.boolean(),
    timezone: fc.constantFrom("Europe/Paris", "UTC", "America/New_York", "Australia/Lord_Howe"),
    isInvited: fc.boolean(),
    iCalUid: fc.constantFrom(null, "same@x"),
    acts: fc.array(act, { maxLength: 6 }),
  });
  type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;
  const guest = { userId: ben.id };
  const apply = async (id: string, { what, scope, text }: Act): Promise<unknown> => {
    const path = `/events/${id}`;
    switch (what) {
      case "patch":
        return ada.rest("PATCH", path, { subject: text, properties: { stage: text } });
      case "move":
        return ada.rest("PATCH", path, { endTime: soon(400, "12:00:00Z") });
      case "delete":
        return ada.graphql(DELETE, { id, scope: scope === "ALL" ? "THIS" : scope });
      case "leave":
        return ben.rest("DELETE", path);
      case "answer":
        return ben.graphql(RESPOND, { id, scope });
      case "split":
        return ada.graphql(UPDATE, { id, scope: "FOLLOWING", input: { location: text } });
      case "rename":
        return ada.graphql(UPDATE, { id, scope, input: { subject: text } });
      case "cancel":
        return ada.rest("PATCH", path, { status: "cancelled" });
      default:
        return ada.rest("PATCH", path, {
          attendees: [guest, { emailAddress: "eve@x.test", status: "Accepted" }],
        });
    }
  };
  const stateOf = async (): Promise<unknown> => [
    await Promise.all(people.map(rowsOf)),
    (await world.sql.query("select * from series where organisation_id = $1 order by id", [organisationId]))
      .rows,
    (
      await world.sql.query("select id, overrides from event where organisation_id = $1 order by id", [
        organisationId,
      ])
    ).rows,
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(series, { minLength: 1, maxLength: 2 }), async (all) => {
      for (const { rrule, days, time, isInvited, acts, ...rest } of all) {
        const startTime = soon(days, time);
        const endTime = new Date(Date.parse(startTime) + 5_400_007).toISOString();
        const attendees = isInvited ? [guest] : [];
        const input = { ...rest, subject: "s", startTime, endTime, attendees, recurrence: { rrule } };
        const made = await ada.graphql(CREATE, { input });
        expect(made.errors).toBeUndefined();
        for (const one of acts) {
          const rows = (await rowsOf(ada)).filter(({ seriesId }) => seriesId !== null);
          const row = rows[one.at % rows.length];
          if (row) await apply(row.id, one);
        }
      }
      const before = await stateOf();
      const exports = [await exportText(world, ada), await exportText(world, ben)];
      for (const text of exports)
        for (const person of people)
          expect(await importBytes(world, person, text)).toMatchObject({
            ...{ created: 0, updated: 0, removed: 0, answered: 0 },
          });
      expect(await stateOf()).toEqual(before);
    }),
    { numRuns: 25, endOnFailure: true },
  );
});
