// What a colleague who is not invited sees of an event, and of a private one: its mask, at every turn.
import { EVENT, graphql } from "../support/doors";
import { openWorld, type Person, type RestReply, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let owner: Person;
let guest: Person;
let admin: Person;
let colleague: Person;

beforeAll(async () => {
  world = await openWorld();
  owner = await world.person({ name: "Owner", email: "owner@x.co" });
  guest = await world.person({ name: "Guest", email: "guest@x.co" });
  admin = await world.person({ name: "Admin", role: "admin" });
  colleague = await world.person({ name: "Colleague" });
});
afterAll(() => world.close());

const TIMED = { subject: "Kick-off", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const SECRETS = {
  subject: "Layoffs zebra",
  description: "zebra plan",
  location: "zebra room",
  private: true,
  timezone: "Asia/Tokyo",
  iCalUid: "zebra-uid",
  showAs: "outOfOffice",
  status: "tentative",
  type: "zebra",
  conferenceUrl: "https://zebra.example/1",
  properties: { zebra: "zebra" },
  guestsCanEdit: true,
};

async function ok(reply: Promise<RestReply>, expected = 200): Promise<any> {
  const { status, body } = await reply;
  expect([status, body?.message]).toEqual([expected, undefined]);
  return body;
}
const newEvent = (more: object = {}, who = owner): Promise<any> =>
  ok(who.rest("POST", "/events", { ...TIMED, attendees: [{ userId: guest.id }], ...more }), 201);
const read = (who: Person, id: string, more = ""): Promise<RestReply> =>
  who.rest("GET", `/events/${id}${more}`);
const feedOf = async (who: Person, since: string): Promise<any[]> =>
  (await ok(who.rest("GET", `/events?since=${since}&showDeleted=true`))).records;

describe("a colleague", () => {
  let open: any;
  let secret: any;
  let child: any;
  let contactId: string;

  beforeAll(async () => {
    ({ id: contactId } = await ok(owner.rest("POST", "/contacts", { name: "Z", email: "z@acme.co" }), 201));
    const links = { relatedTo: { contactId } };
    open = await newEvent({ ...links, subject: "Open zebra", iCalUid: "zebra-uid" });
    const attendees = [{ userId: guest.id }, { emailAddress: "z@acme.co" }];
    secret = await newEvent({ ...SECRETS, ...links, attendees });
    child = await newEvent({ parentId: secret.id });
  });

  const organisation = async (who: Person, filter: object = {}): Promise<any[]> => {
    const { data, errors } = await who.graphql(
      `query($filter: EventFilter) { events(filter: $filter, first: 1000) { totalCount edges { node { ${EVENT} } } } }`,
      { filter: { scope: "ORGANISATION", ...filter } },
    );
    expect(errors).toBeUndefined();
    expect(data.events.totalCount).toBe(data.events.edges.length);
    return data.events.edges.map((edge: any) => edge.node);
  };
  const masked = (event: any): object => ({
    id: event.id,
    subject: "Private",
    startTime: event.startTime,
    endTime: event.endTime,
    allDay: event.allDay,
    private: true,
    deleted: false,
    lastModifiedAt: event.lastModifiedAt,
    description: null,
    location: null,
    timezone: null,
    showAs: event.showAs,
    status: null,
    type: null,
    conferenceUrl: null,
    properties: {},
    guestsCanEdit: null,
    attendees: [],
    parentId: null,
    relatedTo: [],
    iCalUid: null,
    seriesId: null,
    recurrenceId: null,
    ownerId: null,
    organizerEmail: null,
    organizerName: null,
    createdAt: null,
  });

  test("reads an event through GraphQL, a private one masked; at REST it is not there", async () => {
    expect((await graphql.byId(colleague, open.id)).value).toEqual(open);
    expect((await graphql.byId(colleague, secret.id)).value).toEqual(masked(secret));
    for (const { id } of [open, secret]) {
      expect((await read(colleague, id)).status).toBe(404);
      expect((await read(colleague, id, "?showDeleted=true")).status).toBe(404);
    }
    const events = await organisation(colleague);
    expect(events).toContainEqual(open);
    expect(events).toContainEqual(masked(secret));
    expect(await organisation(admin)).toContainEqual(secret);
  });

  test("a masked event leads nowhere: no owner, parent, children or people", async () => {
    const query = `query($id: ID!) { event(id: $id) { subject owner { id } parent { id } children { id } attendees { user { id } } } }`;
    const { data } = await colleague.graphql(query, { id: secret.id });
    expect(data.event).toEqual({
      subject: "Private",
      owner: null,
      parent: null,
      children: [],
      attendees: [],
    });
    const seen = await colleague.graphql("query($id: ID!) { event(id: $id) { parent { subject } } }", {
      id: child.id,
    });
    expect(seen.data.event.parent).toEqual({ subject: "Private" });
    expect((await guest.graphql(query, { id: secret.id })).data.event.children).toEqual([{ id: child.id }]);
  });

  test("no filter but time finds what is masked", async () => {
    const filters: [object, string[]][] = [
      [{ text: "zebra" }, [open.id]],
      [{ text: "layoffs" }, []],
      [{ attendeeEmail: "Z@acme.co" }, []],
      [{ attendeeEmail: "guest@x.co", startAt: "2026-03-02T15:00:00Z", text: "zebra" }, [open.id]],
      [{ contactId: Number(contactId) }, []],
      [{ relatedTo: { type: "Contact", id: contactId } }, [open.id]],
      [{ iCalUid: "zebra-uid" }, [open.id]],
    ];
    for (const [filter, ids] of filters) {
      const found = await organisation(colleague, filter);
      expect([filter, found.map((event) => event.id)]).toEqual([filter, ids]);
      expect((await organisation(guest, filter)).map((event) => event.id)).toContain(secret.id);
      expect((await organisation(admin, filter)).map((event) => event.id)).toContain(secret.id);
    }
    const timeline =
      "query($id: ID!) { record(type: Contact, id: $id) { events { totalCount edges { node { id } } } } }";
    const { data } = await colleague.graphql(timeline, { id: contactId });
    expect(data.record.events).toEqual({ totalCount: 1, edges: [{ node: { id: open.id } }] });
    expect((await owner.graphql(timeline, { id: contactId })).data.record.events.totalCount).toBe(2);
    const times = { startAt: "2026-03-02T15:59:00Z", endAt: "2026-03-02T16:00:00Z" };
    expect(await organisation(colleague, times)).toContainEqual(masked(secret));
  });

  test("sees a colleague's calendar masked when it is named in a filter", async () => {
    const events = await organisation(colleague, { scope: "CALENDAR", calendarIds: [guest.calendarId] });
    expect(events).toContainEqual(open);
    expect(events).toContainEqual(masked(secret));
    expect(JSON.stringify(events)).not.toMatch(/Layoffs|zebra (plan|room)/);
  });

  test("may write nothing: forbidden through GraphQL, not found at REST", async () => {
    for (const { id } of [open, secret]) {
      expect((await graphql.patch(colleague, id, { subject: "x" })).refusal).toEqual({
        code: "forbidden",
        fields: [],
      });
      expect((await graphql.remove(colleague, id)).refusal?.code).toBe("forbidden");
      for (const method of ["PATCH", "PUT", "DELETE"]) {
        expect((await colleague.rest(method, `/events/${id}`, TIMED)).status).toBe(404);
      }
    }
    expect(await ok(read(owner, open.id))).toEqual(open);
  });

  test("who has left a private event sees it masked like any colleague", async () => {
    const event = await newEvent(SECRETS);
    await guest.rest("DELETE", `/events/${event.id}`);
    const now = await ok(read(owner, event.id));
    expect((await graphql.byId(guest, event.id)).value).toEqual(masked(now));
  });

  test("becomes an attendee and stops being one: a gain and a loss in their feed", async () => {
    const event = await newEvent(SECRETS);
    const since = event.lastModifiedAt;
    await ok(owner.rest("PATCH", `/events/${event.id}`, { attendees: [{ userId: colleague.id }] }));
    expect(await feedOf(colleague, since)).toMatchObject([{ id: event.id, subject: SECRETS.subject }]);
    expect(await feedOf(guest, since)).toMatchObject([{ id: event.id, deleted: true, reason: "left" }]);
  });
});
