// What an organisation lets its people see of one another's events: all of it, or that time is taken.
import { EVENT } from "../support/doors";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

let world: World;
let owner: Person;
let guest: Person;
let leaver: Person;
let colleague: Person;
let admin: Person;
let contactId: string;
let event: any;

const TIMED = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

beforeAll(async () => {
  world = await openWorld();
  owner = await world.person({ name: "Owner" });
  guest = await world.person({ name: "Guest", email: "guest@x.co" });
  leaver = await world.person({ name: "Leaver" });
  colleague = await world.person({ name: "Colleague" });
  admin = await world.person({ name: "Admin", role: "admin" });
  ({ id: contactId } = (await owner.rest("POST", "/contacts", { name: "Z", email: "z@acme.co" })).body);
  const parent = await owner.rest("POST", "/events", { ...TIMED, subject: "Parent" });
  const attendees = [{ userId: guest.id }, { userId: leaver.id }, { emailAddress: "z@acme.co" }];
  const made = await owner.rest("POST", "/events", {
    ...{ ...TIMED, attendees, subject: "Open zebra", location: "here", iCalUid: "zebra" },
    relatedTo: { contactId },
    parentId: Number(parent.body.id),
  });
  event = made.body;
  await leaver.rest("DELETE", `/events/${event.id}`);
  event = (await owner.rest("GET", `/events/${event.id}`)).body;
});
afterAll(() => world.close());

const setTo = (colleaguesSee: unknown, by = admin) =>
  by.graphql(
    "mutation($input: OrganisationPatch!) { updateOrganisation(input: $input) { name colleaguesSee } }",
    { input: { colleaguesSee } },
  );
const read = async (who: Person): Promise<any> =>
  (await who.graphql(`{ event(id: "${event.id}") { ${EVENT} viewer { role masked } } }`)).data.event;
const found = async (who: Person, filter: object): Promise<any[]> => {
  const { data, errors } = await who.graphql(
    "query($filter: EventFilter) { events(filter: $filter) { totalCount edges { node { id subject } } } }",
    { filter: { scope: "ORGANISATION", ...filter } },
  );
  expect(errors).toBeUndefined();
  expect(data.events.totalCount).toBe(data.events.edges.length);
  return data.events.edges.map(({ node }: any) => node.subject);
};
const FILTERS: (() => object)[] = [
  () => ({ text: "zebra" }),
  () => ({ iCalUid: "zebra" }),
  () => ({ attendeeEmail: "guest@x.co" }),
  () => ({ contactId }),
  () => ({ relatedTo: { type: "Contact", id: contactId } }),
];
const timeline = async (who: Person): Promise<unknown> =>
  (
    await who.graphql(
      `{ record(type: Contact, id: "${contactId}") { events { edges { node { subject } } } } }`,
    )
  ).data.record.events.edges;

test("an organisation shows details until an admin says otherwise", async () => {
  const { data } = await colleague.graphql("{ organisation { id name colleaguesSee } }");
  expect(data.organisation).toEqual({ id: world.organisationId, name: "Test", colleaguesSee: "DETAILS" });
  expect(await read(colleague)).toMatchObject({ subject: "Open zebra", private: false });
  expect((await setTo("BUSY", colleague)).errors?.[0]?.extensions.code).toBe("forbidden");
  for (const wrong of ["NOTHING", null, 5])
    expect((await setTo(wrong)).errors?.[0]?.extensions.code).toBe("bad_request");
  expect((await setTo(undefined)).data.updateOrganisation.colleaguesSee).toBe("DETAILS");
});

describe("where colleagues see that time is taken", () => {
  beforeAll(async () => {
    expect((await setTo("BUSY")).data.updateOrganisation).toEqual({ name: "Test", colleaguesSee: "BUSY" });
  });

  test("whoever is not in an event, or has left it, sees it as if it were private, from the next read on", async () => {
    for (const [who, role] of [
      [colleague, "COLLEAGUE"],
      [leaver, "LEFT"],
    ] as const) {
      expect(await read(who)).toEqual({
        ...{ id: event.id, subject: "Private", startTime: event.startTime, endTime: event.endTime },
        ...{ allDay: false, private: true, deleted: false, lastModifiedAt: event.lastModifiedAt },
        ...{
          description: null,
          location: null,
          timezone: null,
          attendees: [],
          parentId: null,
          relatedTo: [],
        },
        ...{
          showAs: "busy",
          status: null,
          type: null,
          conferenceUrl: null,
          properties: {},
          guestsCanEdit: null,
        },
        ...{
          iCalUid: null,
          seriesId: null,
          recurrenceId: null,
          ownerId: null,
          organizerEmail: null,
          organizerName: null,
          createdAt: null,
        },
        viewer: { role, masked: true },
      });
      expect(await found(who, {})).toEqual(["Private", "Private"]);
      expect(await found(who, { calendarIds: [owner.calendarId] })).toEqual(["Private", "Private"]);
    }
  });

  test.each(FILTERS.map((filter, index) => [index, filter] as const))(
    "no filter finds what it masks (%i)",
    async (_, filter) => {
      expect(await found(colleague, filter())).toEqual([]);
      for (const who of [owner, guest, admin]) expect(await found(who, filter())).toEqual(["Open zebra"]);
    },
  );

  test("nor does a record's timeline, or the way from an event to its parent and children", async () => {
    expect(await timeline(colleague)).toEqual([]);
    expect(await timeline(guest)).toEqual([{ node: { subject: "Open zebra" } }]);
    const family = `{ event(id: "${event.parentId}") { children { id } } }`;
    expect((await colleague.graphql(family)).data.event.children).toEqual([]);
    expect((await owner.graphql(family)).data.event.children).toEqual([{ id: event.id }]);
  });

  test("whoever is in it, and an admin, sees all of it, and nobody's own calendar is touched", async () => {
    for (const who of [owner, guest, admin])
      expect(await read(who)).toMatchObject({
        subject: "Open zebra",
        private: false,
        viewer: { masked: false },
      });
    for (const who of [owner, guest])
      expect((await who.rest("GET", `/events/${event.id}`)).body).toEqual(event);
  });

  test("another organisation is not concerned", async () => {
    const elsewhere = await world.organisation();
    const [theirs, other] = [
      await world.person({ organisationId: elsewhere }),
      await world.person({ organisationId: elsewhere }),
    ];
    const made = await theirs.rest("POST", "/events", { ...TIMED, subject: "Theirs" });
    const { data } = await other.graphql(`{ event(id: "${made.body.id}") { subject } }`);
    expect(data.event.subject).toBe("Theirs");
  });

  test("and details again, once an admin says so", async () => {
    await setTo("DETAILS");
    expect(await read(colleague)).toMatchObject({ subject: "Open zebra", private: false, location: "here" });
    expect(await timeline(colleague)).toEqual([{ node: { subject: "Open zebra" } }]);
  });
});
