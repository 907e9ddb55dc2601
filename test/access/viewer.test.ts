// `Event.viewer`: what somebody is in an event, and may do with it.
import { openWorld, type Person, type World } from "../support/world";
import { statementsOf } from "../support/statements";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

let world: World;
let people: Record<"owner" | "guest" | "leaver" | "colleague" | "admin", Person>;

const TIMED = { subject: "Review", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const VIEWER = "viewer { role status canEdit canRespond masked }";

beforeAll(async () => {
  world = await openWorld();
  people = {
    owner: await world.person(),
    guest: await world.person(),
    leaver: await world.person(),
    colleague: await world.person(),
    admin: await world.person({ role: "admin" }),
  };
});
afterAll(() => world.close());

async function newEvent(more: object = {}): Promise<string> {
  const { owner, guest, leaver } = people;
  const attendees = [{ userId: guest.id, status: "Tentative" }, { userId: leaver.id }];
  const { body } = await owner.rest("POST", "/events", { ...TIMED, attendees, ...more });
  await leaver.rest("DELETE", `/events/${body.id}`);
  return body.id as string;
}

const seenBy = async (who: Person, id: string): Promise<any> =>
  (await who.graphql(`query($id: ID!) { event(id: $id) { ${VIEWER} } }`, { id })).data.event.viewer;

test("each is told what they are in it, their own answer, and what they may do", async () => {
  const id = await newEvent();
  const told = Object.entries(people).map(async ([name, who]) => [name, await seenBy(who, id)]);
  expect(Object.fromEntries((await Promise.all(told)) as [string, unknown][])).toEqual({
    owner: { role: "OWNER", status: null, canEdit: true, canRespond: false, masked: false },
    guest: { role: "ATTENDEE", status: "Tentative", canEdit: false, canRespond: true, masked: false },
    leaver: { role: "LEFT", status: "Declined", canEdit: false, canRespond: true, masked: false },
    colleague: { role: "COLLEAGUE", status: null, canEdit: false, canRespond: false, masked: false },
    admin: { role: "ADMIN", status: null, canEdit: true, canRespond: false, masked: false },
  });
});

test("of a private event the mask is told, one's own part, and nobody else's", async () => {
  const id = await newEvent({ private: true });
  const { owner, guest, leaver, colleague, admin } = people;
  for (const who of [owner, guest, admin]) expect((await seenBy(who, id)).masked).toBe(false);
  expect(await seenBy(leaver, id)).toMatchObject({ role: "LEFT", status: "Declined", masked: true });
  expect(await seenBy(colleague, id)).toMatchObject({ role: "COLLEAGUE", status: null, masked: true });
});

test("what it says somebody may do, they may, and nothing else", async () => {
  const { owner, ...others } = people;
  for (const [who, guestsCanEdit] of [...Object.values({ ...others, owner }), people.guest].map(
    (one, index) => [one, index === Object.keys(people).length] as const,
  )) {
    const id = await newEvent({
      guestsCanEdit,
      attendees: [{ userId: owner.id }, { userId: people.guest.id }, { userId: people.leaver.id }],
    });
    const { canEdit, canRespond } = await seenBy(who, id);
    const respond = await who.graphql(`mutation { respondToEvent(id: "${id}", status: "Accepted") { id } }`);
    expect(respond.errors === undefined).toBe(canRespond);
    const edit = await who.graphql(`mutation { updateEvent(id: "${id}", input: { location: "x" }) { id } }`);
    expect(edit.errors === undefined).toBe(canEdit);
  }
});

test("an admin who is on the list is an attendee, and one who has declined without leaving too", async () => {
  const { admin, guest } = people;
  const id = await newEvent({ attendees: [{ userId: admin.id }, { userId: guest.id, status: "Declined" }] });
  expect(await seenBy(admin, id)).toMatchObject({ role: "ATTENDEE", canEdit: true, canRespond: true });
  expect(await seenBy(guest, id)).toMatchObject({ role: "ATTENDEE", status: "Declined", canRespond: true });
});

test("lists, feeds and writes tell it too, for a page of events in one statement more at most", async () => {
  const { guest, leaver } = people;
  const left = await newEvent();
  await leaver.rest("DELETE", `/events/${left}`);
  const ids = await Promise.all([1, 2, 3].map(() => newEvent()));
  const feed = await guest.graphql(`{ changes(first: 1000) { records { id event { ${VIEWER} } } } }`);
  for (const { id, event } of feed.data.changes.records)
    if (ids.includes(id)) expect(event.viewer).toMatchObject({ role: "ATTENDEE", status: "Tentative" });
  const written = await guest.graphql(
    `mutation { respondToEvent(id: "${ids[0]}", status: "Accepted") { ${VIEWER} } }`,
  );
  expect(written.data.respondToEvent.viewer.status).toBe("Accepted");

  const list = (selection: string): string =>
    `{ events(filter: { scope: ORGANISATION }) { edges { node { id subject ${selection} } } } }`;
  // The fewest of three: who somebody is, is asked anew every few seconds.
  const countOf = async (who: Person, selection: string): Promise<number> => {
    const counts: number[] = [];
    for (let go = 0; go < 3; go++)
      counts.push((await statementsOf(() => who.graphql(list(selection)))).length);
    return Math.min(...counts);
  };
  // Whether somebody has left, or organises it, is looked up, once for all of them.
  for (const [who, more] of [
    [people.colleague, 1],
    [leaver, 1],
  ] as const)
    expect(await countOf(who, VIEWER)).toBe((await countOf(who, "")) + more);
});

test("whoever organises a meeting that a colleague made an event of may edit it, on its list or not, as a write shows", async () => {
  const { owner, colleague, guest } = people;
  const made = { ...TIMED, organizerEmail: colleague.email.toUpperCase() };
  for (const attendees of [[], [{ userId: colleague.id }], [{ userId: guest.id }]]) {
    const { body } = await owner.rest("POST", "/events", { ...made, attendees });
    expect((await seenBy(colleague, body.id)).canEdit).toBe(true);
    expect((await seenBy(guest, body.id)).canEdit).toBe(false);
    const { errors } = await colleague.graphql(
      `mutation { updateEvent(id: "${body.id}", input: { location: "Here" }) { id viewer { role canEdit } } }`,
    );
    expect(errors).toBeUndefined();
    expect(await seenBy(colleague, body.id)).toMatchObject({ role: "OWNER", canEdit: true });
  }
});
