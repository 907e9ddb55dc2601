// Whose meeting an event is, and that one meeting is one event, whoever's mailbox comes first.
import { callGraphQL, callRest, openWorld, type Person, type RestReply, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };
const OUTSIDE = { organizerEmail: "boss@client.co", organizerName: "The Boss" };

let world: World;
let admin: Person;
let ada: Person;
let ben: Person;
let cleo: Person;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.person({ name: "Admin", role: "admin" });
  ada = await world.person({ name: "Ada", email: "ada@x.co" });
  ben = await world.person({ name: "Ben", email: "ben@x.co" });
  cleo = await world.person({ name: "Cleo", email: "cleo@x.co" });
  await world.sql.query("update app_user set aliases = '{b.smith@x.co}' where id = $1", [ben.id]);
});
afterAll(() => world.close());

let uids = 0;
const newUid = (): string => `meeting-${++uids}@client.co`;

async function post(who: Person, body: object, query = "", headers = {}): Promise<RestReply> {
  return who.rest("POST", `/events${query}`, { ...TIMES, ...body }, headers);
}
async function create(who: Person, body: object): Promise<any> {
  const { status, body: made } = await post(who, body);
  expect([status, made.message]).toEqual([201, undefined]);
  return made;
}
const match = (who: Person, body: object, headers = {}): Promise<RestReply> =>
  post(who, body, "?matchICalUid=true", headers);
const read = async (who: Person, id: string): Promise<any> => (await who.rest("GET", `/events/${id}`)).body;
const people = ({ attendees }: any): [string, string][] =>
  attendees.map(({ name, emailAddress, status }: any) => [name ?? emailAddress, status]);
const everywhere = async (uid: string): Promise<string[]> =>
  (await world.sql.query<{ id: string }>("select id::text from event where i_cal_uid = $1", [uid])).rows.map(
    ({ id }) => id,
  );

describe("the organiser", () => {
  test("is the calendar's user where nobody is named, and goes along with the event", async () => {
    const event = await create(ada, {});
    expect([event.organizerEmail, event.organizerName]).toEqual(["ada@x.co", "Ada"]);
    await ada.graphql(`mutation { transferEvent(id: ${event.id}, to: ${ben.id}) { id } }`);
    const given = await read(ben, event.id);
    expect([given.ownerId, given.organizerEmail, given.organizerName]).toEqual([ben.id, "ben@x.co", "Ben"]);
  });

  test("who is somebody else stays so, whoever gets the event, and has their own name where they are a user", async () => {
    const outside = await create(ada, OUTSIDE);
    await ada.graphql(`mutation { transferEvent(id: ${outside.id}, to: ${ben.id}) { id } }`);
    expect(await read(ben, outside.id)).toMatchObject({ ...OUTSIDE, ownerId: ben.id });
    const bens = await create(ada, { organizerEmail: "B.Smith@x.co" });
    expect([bens.ownerId, bens.organizerEmail, bens.organizerName]).toEqual([ada.id, "B.Smith@x.co", "Ben"]);
    const back = await ada.rest("PATCH", `/events/${bens.id}`, { organizerEmail: null });
    expect([back.body.organizerEmail, back.body.organizerName]).toEqual(["ada@x.co", "Ada"]);
    const again = await ada.rest("PATCH", `/events/${bens.id}`, { organizerEmail: "ADA@x.co" });
    expect(again.body.ownerId).toBe(ada.id);
  });
});

describe("a list of 1,000", () => {
  const full = (first: object): object[] => [
    first,
    ...Array.from({ length: 999 }, (_, n) => ({ emailAddress: `guest${n}@client.test` })),
  ];

  test("has no room for whoever made the meeting, so that its organiser's claim is refused until somebody is taken off", async () => {
    const event = await create(ada, {
      organizerEmail: "b.smith@x.co",
      attendees: full({ userId: ben.id }),
    });
    const refused = await ben.rest("PATCH", `/events/${event.id}`, { subject: "Mine" });
    expect([refused.status, refused.body.details]).toEqual([
      400,
      [{ field: "attendees", message: expect.stringContaining("1,000 entries at most") }],
    ]);
    expect(await read(ada, event.id)).toMatchObject({ ownerId: ada.id, subject: "" });
    const attendees = full({ userId: ben.id }).slice(0, 999);
    const { status, body } = await ben.rest("PATCH", `/events/${event.id}`, { subject: "Mine", attendees });
    expect([status, body.ownerId, body.attendees.length]).toEqual([200, ben.id, 1_000]);
  });

  test("is handed on without who has left", async () => {
    const event = await create(ada, { ...OUTSIDE, attendees: full({ userId: ben.id }) });
    expect((await ada.rest("DELETE", `/events/${event.id}`)).status).toBe(204);
    expect((await ada.rest("GET", `/events/${event.id}`)).status).toBe(404);
    const kept = await read(ben, event.id);
    expect([kept.ownerId, kept.attendees.length]).toEqual([ben.id, 1_000]);
  });
});

describe("another user's meeting", () => {
  const bens = (more: object = {}): Promise<any> =>
    create(ada, {
      organizerEmail: "b.smith@x.co",
      attendees: [{ userId: ben.id }, { userId: cleo.id }],
      ...more,
    });

  test("is claimed by the first write of their own calendar, and its creator stays, as Accepted", async () => {
    const event = await bens();
    expect(event.ownerId).toBe(ada.id);
    // Neither an answer of somebody else nor of the organiser makes it theirs.
    await cleo.graphql(`mutation { respondToEvent(id: ${event.id}, status: "Accepted") { id } }`);
    expect((await read(ada, event.id)).ownerId).toBe(ada.id);
    const { body } = await ben.rest("PATCH", `/events/${event.id}`, { subject: "Ben's" });
    expect([body.subject, body.ownerId, body.organizerEmail]).toEqual(["Ben's", ben.id, "b.smith@x.co"]);
    expect(people(body)).toEqual([
      ["Ben", "NoResponse"],
      ["Cleo", "Accepted"],
      ["Ada", "Accepted"],
    ]);
    const left = await ada.rest("DELETE", `/events/${event.id}`);
    expect(left.status).toBe(204);
    expect(people(await read(ben, event.id))[2]).toEqual(["Ada", "Declined"]);
  });

  test("keeps its creator on the list that claims it, with the answer that they gave", async () => {
    const event = await bens({ attendees: [{ userId: ben.id }, { userId: ada.id, status: "Tentative" }] });
    const { body } = await ben.rest("PATCH", `/events/${event.id}`, {
      private: true,
      attendees: [{ emailAddress: "guest@y.co" }],
    });
    expect([body.ownerId, body.private]).toEqual([ben.id, true]);
    expect(people(body)).toEqual([
      ["guest@y.co", "NoResponse"],
      ["Ada", "Tentative"],
    ]);
  });

  test("is claimed over GraphQL, by a whole replacement, in a batch, and through somebody who may write there", async () => {
    const events = await Promise.all([bens(), bens(), bens(), create(ada, { organizerEmail: "ben@x.co" })]);
    const [one, two, three, four] = events.map(({ id }) => id);
    await ben.graphql(`mutation { updateEvent(id: ${one}, input: { subject: "1" }) { id } }`);
    await ben.rest("PUT", `/events/${two}`, { ...TIMES, organizerEmail: "ben@x.co" });
    await admin.rest("PATCH", `/events/${three}?calendarId=${ben.calendarId}`, { subject: "3" });
    await ben.graphql(
      `mutation { updateEvents(items: [{ id: ${four}, input: { subject: "4" } }]) { id error { message } } }`,
    );
    for (const id of [one, two, three, four]) {
      const event = await read(ben, id as string);
      expect([id, event.ownerId]).toEqual([id, ben.id]);
      expect(people(event)).toContainEqual(["Ada", "Accepted"]);
    }
  });

  test("is deleted for everybody by a delete in the organiser's calendar", async () => {
    const event = await bens();
    expect((await ben.rest("DELETE", `/events/${event.id}`)).status).toBe(204);
    const { body } = await ada.rest("GET", `/events/${event.id}?showDeleted=true`);
    expect(body).toMatchObject({ deleted: true, reason: "deleted" });
  });

  test("stays its creator's where the organiser has taken it out of their calendar", async () => {
    const event = await bens();
    await world.sql.query("update event set organizer_name = organizer_name where id = $1", [event.id]);
    const { status } = await cleo.rest("DELETE", `/events/${event.id}`);
    expect(status).toBe(204);
    expect((await read(ada, event.id)).ownerId).toBe(ada.id);
  });

  test("is theirs to claim also where they became a user later, and where their address has changed since", async () => {
    const early = await create(ada, {
      organizerEmail: "dora@x.co",
      attendees: [{ emailAddress: "dora@x.co" }],
    });
    const dora = await world.person({ name: "Dora", email: "dora@x.co" });
    expect((await dora.rest("PATCH", `/events/${early.id}`, { subject: "D" })).body.ownerId).toBe(dora.id);
    const later = await create(ada, { organizerEmail: "dora@x.co", attendees: [{ userId: dora.id }] });
    await world.sql.query("update app_user set email = 'd@x.co' where id = $1", [dora.id]);
    expect((await dora.rest("PATCH", `/events/${later.id}`, { subject: "D" })).body.ownerId).toBe(dora.id);
    // A user's own meeting stays theirs under the address that they had.
    const own = await create(dora, {});
    await world.sql.query("update app_user set email = 'do@x.co' where id = $1", [dora.id]);
    await dora.rest("DELETE", `/events/${own.id}`);
    expect(await everywhere("none")).toEqual([]);
    expect((await world.sql.query("select from event where id = $1", [own.id])).rowCount).toBe(0);
  });
});

describe("a meeting of somebody outside", () => {
  test("is handed on by its keepers in the order of the list, and deleted with the last", async () => {
    const event = await create(ada, {
      ...OUTSIDE,
      attendees: [
        { emailAddress: "boss@client.co" },
        { userId: cleo.id },
        { userId: ben.id, status: "Accepted" },
      ],
    });
    expect((await ada.rest("DELETE", `/events/${event.id}`)).status).toBe(204);
    const removed = await ada.rest("GET", `/events/${event.id}?showDeleted=true`);
    expect(removed.body).toMatchObject({ deleted: true, reason: "left" });
    const cleos = await read(cleo, event.id);
    expect(cleos).toMatchObject({ ...OUTSIDE, ownerId: cleo.id });
    expect(people(cleos)).toEqual([
      ["boss@client.co", "NoResponse"],
      ["Cleo", "NoResponse"],
      ["Ben", "Accepted"],
      ["Ada", "Declined"],
    ]);
    const { data } = await cleo.graphql(`mutation { deleteEvent(id: ${event.id}) { reason } }`);
    expect(data.deleteEvent.reason).toBe("left");
    const bens = await read(ben, event.id);
    expect(bens.ownerId).toBe(ben.id);
    const again = await ada.rest("DELETE", `/events/${event.id}`);
    expect(again.status).toBe(204);
    const batch = await ben.graphql(`mutation { deleteEvents(ids: [${event.id}]) { id error { message } } }`);
    expect(batch.data.deleteEvents).toEqual([{ id: event.id, error: null }]);
    expect((await world.sql.query("select from event where id = $1", [event.id])).rowCount).toBe(0);
    for (const who of [ada, ben, cleo]) {
      const { body } = await who.rest("GET", `/events/${event.id}?showDeleted=true`);
      expect(body.deleted).toBe(true);
    }
  });

  test("passes over who has left and who is disabled, and is an admin's to delete", async () => {
    const eve = await world.person({ name: "Eve", email: "eve@x.co" });
    const event = await create(ada, {
      ...OUTSIDE,
      attendees: [{ userId: cleo.id }, { userId: eve.id }, { userId: ben.id }],
    });
    await cleo.rest("DELETE", `/events/${event.id}`);
    await admin.graphql(`mutation { disableUser(id: ${eve.id}) { id } }`);
    await ada.rest("DELETE", `/events/${event.id}?calendarId=primary`);
    expect((await read(ben, event.id)).ownerId).toBe(ben.id);
    const { data } = await admin.graphql(`mutation { deleteEvent(id: ${event.id}) { reason } }`);
    expect(data.deleteEvent.reason).toBe("deleted");
  });
});

describe("with matchICalUid", () => {
  test("a create finds the event of the meeting, whichever mailbox made it, and writes it as a PATCH does", async () => {
    const iCalUid = newUid();
    const organised = {
      iCalUid,
      organizerEmail: "ben@x.co",
      attendees: [{ userId: ben.id }, { userId: cleo.id }],
    };
    const first = await match(ada, { ...organised, subject: "Ada's copy" });
    expect([first.status, first.body.ownerId]).toEqual([201, ada.id]);
    const guest = await match(cleo, {
      iCalUid,
      attendees: [{ userId: ben.id }, { userId: cleo.id, status: "Tentative" }],
    });
    expect([guest.status, guest.body.id, guest.body.ownerId]).toEqual([200, first.body.id, ada.id]);
    expect(people(guest.body)).toEqual([
      ["Ben", "NoResponse"],
      ["Cleo", "Tentative"],
    ]);
    const claim = await match(ben, { iCalUid, subject: "Ben's copy" });
    expect([claim.status, claim.body.id, claim.body.ownerId]).toEqual([200, first.body.id, ben.id]);
    expect(people(claim.body)).toContainEqual(["Ada", "Accepted"]);
    expect(claim.headers.get("Location")).toBe(`/api/v1/events/${first.body.id}`);
    const same = await match(ben, { iCalUid, subject: "Ben's copy" });
    expect([same.status, same.body.lastModifiedAt]).toEqual([200, claim.body.lastModifiedAt]);
    expect(await everywhere(iCalUid)).toEqual([first.body.id]);
  });

  test("an organiser who is not on the list finds it too; whoever is in it in no way makes one of their own", async () => {
    const iCalUid = newUid();
    const made = await create(ada, { iCalUid, organizerEmail: "ben@x.co" });
    expect((await ben.rest("PATCH", `/events/${made.id}`, { subject: "x" })).status).toBe(404);
    const other = await match(cleo, { iCalUid });
    expect([other.status, other.body.ownerId]).toEqual([201, cleo.id]);
    const { data } = await ben.graphql(
      `mutation ($input: EventInput!) { createEvent(input: $input, matchICalUid: true) { id ownerId attendees { name status } } }`,
      { input: { ...TIMES, iCalUid } },
    );
    expect(data.createEvent).toEqual({
      id: made.id,
      ownerId: ben.id,
      attendees: [{ name: "Ada", status: "Accepted" }],
    });
  });

  test("whoever is on the list by an address of theirs alone, as plain SQL may write it, finds it and is known on it", async () => {
    const uid = newUid();
    const said = { name: null, contactId: null, status: "NoResponse", type: "required" };
    const list = ["B.SMITH@x.co", "cleo@x.co"].map((emailAddress) => ({
      userId: null,
      emailAddress,
      ...said,
    }));
    const { rows } = await world.sql.query<{ id: string }>(
      `insert into event (organisation_id, owner_id, subject, start_time, end_time, attendees, i_cal_uid)
       values ($1, $2, 'By SQL', $3, $4, $5, $6) returning id::text`,
      [world.organisationId, ada.id, TIMES.startTime, TIMES.endTime, JSON.stringify(list), uid],
    );
    const [{ id }] = rows as [{ id: string }];
    const found = await match(ben, {
      iCalUid: uid,
      subject: "Mine",
      attendees: [{ userId: ben.id, status: "Accepted" }],
    });
    expect([found.status, found.body.id, found.body.subject]).toEqual([200, id, "By SQL"]);
    expect(found.headers.get("tidemark-passed-over")).toBe("subject");
    expect(found.body.attendees).toMatchObject([
      { userId: ben.id, emailAddress: "B.SMITH@x.co", name: "Ben", status: "Accepted" },
      { userId: null, emailAddress: "cleo@x.co" },
    ]);
    const { data } = await cleo.graphql(
      "mutation($input: EventInput!) { createEvent(input: $input, matchICalUid: true) { id viewer { role } } }",
      { input: { ...TIMES, subject: "By SQL", iCalUid: uid } },
    );
    expect(data.createEvent).toEqual({ id, viewer: { role: "ATTENDEE" } });
    expect(await everywhere(uid)).toEqual([id]);
    expect((await read(cleo, id)).attendees).toMatchObject([{ userId: ben.id }, { userId: cleo.id }]);
  });

  test("another start, another organisation, no UID, or no flag: another event", async () => {
    const iCalUid = newUid();
    const first = await create(ada, { iCalUid });
    const moved = await match(ada, { iCalUid, startTime: "2026-03-02T09:30:00Z" });
    const stranger = await world.person({ organisationId: await world.organisation(), email: "ada@x.co" });
    const theirs = await match(stranger, { iCalUid });
    const plain = await post(ada, { iCalUid });
    const nameless = [await match(ada, {}), await match(ada, {})];
    const statuses = [moved, theirs, plain, ...nameless].map(({ status }) => status);
    expect(statuses).toEqual([201, 201, 201, 201, 201]);
    expect(new Set([first.id, moved.body.id, theirs.body.id, plain.body.id]).size).toBe(4);
    const same = await match(ada, { iCalUid, startTime: "2026-03-02T10:00:00+01:00" });
    expect([same.status, same.body.id]).toEqual([200, first.id]);
    expect((await post(ada, { iCalUid }, "?matchICalUid=yes")).body.details[0].field).toBe("matchICalUid");
  });

  test("somebody who has left stays so", async () => {
    const iCalUid = newUid();
    const made = await create(ada, { iCalUid, attendees: [{ userId: cleo.id }] });
    await cleo.rest("DELETE", `/events/${made.id}`);
    const { lastModifiedAt } = await read(ada, made.id);
    const again = await match(cleo, { iCalUid, attendees: [{ userId: cleo.id, status: "Accepted" }] });
    expect([again.status, again.body]).toMatchObject([200, { id: made.id, deleted: true, reason: "left" }]);
    expect((await read(ada, made.id)).lastModifiedAt).toBe(lastModifiedAt);
    expect(await everywhere(iCalUid)).toEqual([made.id]);
  });

  test("a key gets the first answer again, with its status", async () => {
    const iCalUid = newUid();
    const body = { iCalUid, attendees: [{ userId: ben.id }] };
    const made = await match(ada, body, { "Idempotency-Key": `made-${iCalUid}` });
    const found = await match(ben, body, { "Idempotency-Key": `found-${iCalUid}` });
    expect([made.status, found.status, found.body.id]).toEqual([201, 200, made.body.id]);
    for (const [who, name, first] of [
      [ada, "made", made],
      [ben, "found", found],
    ] as const) {
      const again = await match(who, body, { "Idempotency-Key": `${name}-${iCalUid}` });
      expect([again.status, again.body]).toEqual([first.status, first.body]);
      expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    }
    expect(
      (await match(ben, { ...body, subject: "x" }, { "Idempotency-Key": `found-${iCalUid}` })).status,
    ).toBe(422);
  });

  test("many at the same moment, over both doors of two instances, make one event of each meeting", async () => {
    const other = await world.instance();
    const everybody = [ada, ben, cleo];
    const attendees = everybody.map(({ id }) => ({ userId: id }));
    for (let round = 0; round < 4; round++) {
      const iCalUid = newUid();
      const input = { ...TIMES, iCalUid, organizerEmail: "ben@x.co", attendees };
      const answers = await Promise.all(
        [world.url, other.url].flatMap((url) =>
          everybody.flatMap(({ token }) => [
            callRest(url, token, { method: "POST", path: "/events?matchICalUid=true", body: input }).then(
              ({ body }) => body.id ?? body.code,
            ),
            callGraphQL(url, token, {
              query: `mutation ($input: EventInput!) { createEvent(input: $input, matchICalUid: true) { id } }`,
              variables: { input },
            }).then(({ data, errors }) => data?.createEvent.id ?? errors?.[0]?.extensions.code),
          ]),
        ),
      );
      // A busy machine may keep one of them waiting for longer than a writer does.
      const told = [...new Set(answers)].filter((answer) => answer !== "unavailable");
      expect(await everywhere(iCalUid)).toEqual(told);
      expect((await read(ben, told[0] as string)).ownerId).toBe(ben.id);
    }
    await other.close();
  });
});
