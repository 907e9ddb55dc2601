// src/rest/README.md, "Who is calling", and src/rest/README.md, "Who may do what", sentence by sentence.
import { setTimeout as sleep } from "node:timers/promises";
import { graphql } from "../support/doors";
import { callGraphQL, callRest, openWorld, type Person, type RestReply, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let owner: Person;
let guest: Person;
let admin: Person;
let stranger: Person;

beforeAll(async () => {
  world = await openWorld();
  owner = await world.person({ name: "Owner", email: "owner@x.co" });
  guest = await world.person({ name: "Guest", email: "guest@x.co" });
  admin = await world.person({ name: "Admin", role: "admin" });
  stranger = await world.person({ organisationId: await world.organisation(), role: "admin" });
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
const removed = (who: Person, id: string): Promise<any> => ok(read(who, id, "?showDeleted=true"));
const feedOf = async (who: Person, since: string): Promise<any[]> =>
  (await ok(who.rest("GET", `/events?since=${since}&showDeleted=true`))).records;

describe("the header", () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

  test("Bearer, Basic with the token as password and as user name are understood at both doors", async () => {
    const { token } = owner;
    const forms = [
      `Bearer ${token}`,
      `bearer   ${token}`,
      basic(`owner@x.co:${token}`),
      basic(`:${token}`),
      basic(`${token}:`),
      basic(`a:${token}`).replace("Basic", "BASIC"),
    ];
    for (const Authorization of forms) {
      const headers = { Authorization };
      const me = await callRest(world.url, null, { method: "GET", path: "/me", headers });
      expect([me.status, me.body?.userId]).toEqual([200, owner.id]);
      const { data } = await callGraphQL(world.url, null, { query: "{ me { id } }", headers });
      expect(data.me.id).toBe(owner.id);
    }
  });

  test("anything else is unauthorized at both doors, with a challenge", async () => {
    const odd = [
      "",
      "Bearer",
      "Bearer ",
      owner.token,
      `Token ${owner.token}`,
      `Bearer ${owner.token}x`,
      `Bearer ${owner.token} ${owner.token}`,
      "Bearer tmk_unknown",
      "Basic",
      "Basic !!!",
      basic(""),
      basic(":"),
      basic("owner@x.co:wrong"),
      basic(`${owner.token}:wrong`),
      basic(owner.token),
      `Bearer ${"x".repeat(5000)}`,
    ];
    for (const Authorization of odd) {
      const headers = { Authorization };
      const {
        status,
        body,
        headers: answered,
      } = await callRest(world.url, null, { method: "GET", path: "/me", headers });
      expect([Authorization.slice(0, 30), status, body.code]).toEqual([
        Authorization.slice(0, 30),
        401,
        "unauthorized",
      ]);
      expect(answered.get("www-authenticate")).toContain("Bearer");
      const reply = await callGraphQL(world.url, null, { query: "{ me { id } }", headers });
      expect(reply.errors?.[0]?.extensions.code).toBe("unauthorized");
      expect(reply.headers.get("www-authenticate")).toContain("Bearer");
    }
  });

  test("GraphQL without a header shows the schema and nothing else", async () => {
    const ask = (query: string) => callGraphQL(world.url, null, { query });
    expect((await ask("{ __schema { queryType { name } } }")).data.__schema.queryType.name).toBe("Query");
    for (const query of [
      "{ me { id } }",
      "{ __typename me { id } }",
      'mutation { deleteEvent(id: "1") { id } }',
    ]) {
      expect((await ask(query)).errors?.[0]?.extensions.code).toBe("unauthorized");
    }
  });
});

describe("a token's end", () => {
  const codes = async (url: string, token: string): Promise<unknown[]> => {
    const { status, body } = await callRest(url, token, { method: "GET", path: "/me" });
    const { errors } = await callGraphQL(url, token, { query: "{ me { id } }" });
    return [status, body.code, errors?.[0]?.extensions.code];
  };
  const ALIVE = [200, undefined, undefined];
  const DEAD = [401, "token.dead", "token.dead"];

  test("a token whose time is over is token.dead", async () => {
    const late = await owner.through("late");
    await world.sql.query("update access_token set expires_at = now() - interval '1 s' where id = $1", [
      late.tokenId,
    ]);
    expect(await codes(world.url, late.token)).toEqual(DEAD);
  });

  test("one that is revoked and one whose user is disabled are dead within 5 s on every instance", async () => {
    const other = await world.instance();
    const [phone, leaver] = [await owner.through("phone"), await world.person({ name: "Leaver" })];
    const event = await newEvent({}, leaver);
    for (const { token } of [phone, leaver]) {
      for (const { url } of [world, other]) expect(await codes(url, token)).toEqual(ALIVE);
    }
    const revoke = await owner.graphql("mutation($id: ID!) { revokeToken(id: $id) { revokedAt } }", {
      id: phone.tokenId,
    });
    expect(revoke.errors).toBeUndefined();
    const disable = await admin.graphql("mutation($id: ID!) { disableUser(id: $id) { id } }", {
      id: leaver.id,
    });
    expect(disable.errors).toBeUndefined();
    await sleep(4_500);
    for (const { token } of [phone, leaver]) {
      for (const { url } of [world, other]) expect(await codes(url, token)).toEqual(DEAD);
    }
    await other.close();
    // A disabled user's events stay and can be transferred.
    const { data } = await admin.graphql(
      "mutation($from: ID!, $to: ID!) { transferEvents(from: $from, to: $to) }",
      {
        from: leaver.id,
        to: owner.id,
      },
    );
    expect(data.transferEvents).toBe(1);
    expect(await ok(read(owner, event.id))).toMatchObject({
      ownerId: owner.id,
      organizerEmail: "owner@x.co",
    });
  });
});

test("a token that may only write reads nothing beside what it wrote", async () => {
  const writer = await owner.through("writer", ["write"]);
  const parent = await newEvent(SECRETS);
  const event = await newEvent({ parentId: Number(parent.id) });
  const write = (selection: string) =>
    writer.graphql(`mutation { updateEvent(id: ${event.id}, input: { location: "x" }) { ${selection} } }`);
  expect((await write("subject attendees { userId }")).errors).toBeUndefined();
  for (const selection of [
    "parent { subject }",
    "owner { email }",
    "children { id }",
    "attendees { user { email } }",
  ]) {
    expect((await write(selection)).errors?.[0]?.extensions.code).toBe("forbidden");
  }
});

describe("the owner", () => {
  test("sees everything and may do everything, parentId included", async () => {
    const parent = await newEvent();
    const event = await newEvent(SECRETS);
    expect(await ok(read(owner, event.id))).toEqual(event);
    const change = {
      parentId: Number(parent.id),
      private: false,
      attendees: [{ userId: guest.id, status: "Accepted" }],
    };
    const changed = await ok(owner.rest("PATCH", `/events/${event.id}`, change));
    expect(changed).toMatchObject({
      parentId: Number(parent.id),
      private: false,
      attendees: [{ status: "Accepted" }],
    });
  });

  test("deletes for everybody: a tombstone in every calendar that held one", async () => {
    const { id } = await newEvent();
    expect((await owner.rest("DELETE", `/events/${id}`)).status).toBe(204);
    expect((await owner.rest("DELETE", `/events/${id}`)).status).toBe(204);
    const tombstones = [await removed(owner, id), await removed(guest, id)];
    expect(tombstones[0]).toEqual(tombstones[1]);
    expect(tombstones[0]).toMatchObject({ id, deleted: true, reason: "deleted" });
    expect(Object.keys(tombstones[0])).toEqual(["id", "deleted", "reason", "deletedAt", "lastModifiedAt"]);
    expect((await read(guest, id)).status).toBe(404);
  });
});

describe("an attendee", () => {
  test("sees everything, also of a private event", async () => {
    const event = await newEvent(SECRETS);
    expect(await ok(read(guest, event.id))).toEqual(event);
    expect((await graphql.byId(guest, event.id)).value).toEqual(event);
    expect((await ok(guest.rest("GET", "/events"))).records).toContainEqual(event);
  });

  test("answers and adds people; what the owner says, and others' answers, are passed over and named", async () => {
    const parent = await newEvent();
    const third = await world.person();
    const event = await newEvent({
      ...SECRETS,
      parentId: parent.id,
      attendees: [
        { userId: guest.id },
        { userId: third.id, status: "Accepted" },
        { emailAddress: "s@else.co" },
      ],
    });
    const written = {
      subject: "Edited",
      private: false,
      parentId: null,
      attendees: [
        { userId: guest.id, status: "Tentative" },
        { userId: third.id, status: "Declined" },
        { emailAddress: "s@else.co", status: "Declined" },
        { userId: admin.id, status: "Accepted" },
      ],
    };
    const edited = await guest.rest("PATCH", `/events/${event.id}`, written);
    expect(edited.status).toBe(200);
    expect(edited.headers.get("tidemark-passed-over")).toBe(
      "attendees[1].status, attendees[2].status, attendees[3].status, parentId, private, subject",
    );
    expect(edited.body).toMatchObject({ subject: event.subject, private: true, parentId: Number(parent.id) });
    expect(edited.body.attendees.map((one: any) => one.status)).toEqual([
      "Tentative",
      "Accepted",
      "NoResponse",
      "NoResponse",
    ]);
    const replaced = await guest.rest("PUT", `/events/${event.id}`, {
      ...TIMED,
      attendees: [{ emailAddress: "new@else.co" }],
    });
    expect(replaced.headers.get("tidemark-passed-over")).toBe("subject");
    expect(replaced.body.attendees).toEqual([
      ...edited.body.attendees,
      expect.objectContaining({ emailAddress: "new@else.co" }),
    ]);
    expect({ ...replaced.body, attendees: null, lastModifiedAt: null }).toEqual({
      ...event,
      attendees: null,
      lastModifiedAt: null,
    });
  });

  test("who leaves stays on the list as Declined; the others see that change", async () => {
    const event = await newEvent();
    expect((await guest.rest("DELETE", `/events/${event.id}`)).status).toBe(204);
    expect((await guest.rest("DELETE", `/events/${event.id}`)).status).toBe(204);
    expect(await removed(guest, event.id)).toMatchObject({ reason: "left" });
    const [seen] = await feedOf(owner, event.lastModifiedAt);
    expect(seen).toMatchObject({ id: event.id, attendees: [{ userId: guest.id, status: "Declined" }] });
    for (const method of ["GET", "PATCH", "PUT"]) {
      const { status } = await guest.rest(
        method,
        `/events/${event.id}`,
        method === "GET" ? undefined : TIMED,
      );
      expect(status).toBe(404);
    }
  });

  test("gets it back when the owner, naming the version, sets another status, and not by anything else", async () => {
    const event = await newEvent();
    const path = `/events/${event.id}`;
    await guest.rest("DELETE", path);
    await ok(owner.rest("PATCH", path, { subject: "Still without them" }));
    await ok(owner.rest("PATCH", path, { attendees: [{ userId: guest.id }] }));
    await ok(owner.rest("PATCH", path, { attendees: [{ userId: guest.id, status: "Accepted" }] }));
    expect((await read(guest, event.id)).status).toBe(404);
    const { lastModifiedAt } = await removed(guest, event.id);
    const current = (await read(owner, event.id)).headers.get("etag")!;
    const invited = { attendees: [{ userId: guest.id, status: "NoResponse" }] };
    await ok(owner.rest("PATCH", path, invited, { "If-Match": current }));
    const [back] = await feedOf(guest, lastModifiedAt);
    expect(back).toMatchObject({ id: event.id, subject: "Still without them", deleted: false });
  });

  test("who writes a list without themselves, or others, takes nobody off it: a DELETE is how one leaves", async () => {
    const event = await newEvent({ attendees: [{ userId: guest.id }, { emailAddress: "s@else.co" }] });
    const path = `/events/${event.id}`;
    for (const attendees of [[{ emailAddress: "s@else.co" }], [{ userId: guest.id }], [], null]) {
      for (const method of ["PATCH", "PUT"]) {
        const answer = await guest.rest(method, path, { ...event, attendees }, { Prefer: "handling=strict" });
        expect([answer.status, answer.body]).toEqual([200, event]);
      }
    }
    const rest = { ...event, attendees: undefined };
    expect((await guest.rest("PUT", path, rest, { Prefer: "handling=strict" })).body).toEqual(event);
    expect(await ok(read(owner, event.id))).toEqual(event);
  });

  test("hears nothing more of an event they left when it is deleted", async () => {
    const event = await newEvent();
    await guest.rest("DELETE", `/events/${event.id}`);
    const { lastModifiedAt } = await removed(guest, event.id);
    await owner.rest("DELETE", `/events/${event.id}`);
    expect(await feedOf(guest, lastModifiedAt)).toEqual([]);
    expect(await removed(guest, event.id)).toMatchObject({ reason: "left", lastModifiedAt });
  });

  test("an admin who is one and deletes has left: the meeting goes on, also when the call is repeated", async () => {
    const event = await newEvent({ attendees: [{ userId: admin.id }] });
    for (let time = 0; time < 2; time++)
      expect((await admin.rest("DELETE", `/events/${event.id}`)).status).toBe(204);
    expect((await graphql.remove(admin, event.id)).value).toMatchObject({ reason: "left" });
    expect(await ok(read(owner, event.id))).toMatchObject({ attendees: [{ status: "Declined" }] });
  });

  test("answers with respondToEvent, which brings back whoever has left; who is no attendee is forbidden to", async () => {
    const { id } = await newEvent();
    const respond = (who: Person, status: string) =>
      who.graphql(
        "mutation($id: ID!, $s: String!) { respondToEvent(id: $id, status: $s) { attendees { status } } }",
        {
          id,
          s: status,
        },
      );
    expect((await respond(guest, "accepted")).data.respondToEvent.attendees).toEqual([
      { status: "Accepted" },
    ]);
    for (const who of [owner, admin]) {
      expect((await respond(who, "Accepted")).errors?.[0]?.extensions.code).toBe("forbidden");
    }
    expect((await respond(stranger, "Accepted")).errors?.[0]?.extensions.code).toBe("not_found");
    const perhaps = (await respond(guest, "perhaps")).errors?.[0]?.extensions;
    expect(perhaps).toMatchObject({ code: "bad_request", details: [{ field: "status" }] });
    await guest.rest("DELETE", `/events/${id}`);
    expect((await read(guest, id)).status).toBe(404);
    expect((await respond(guest, "Accepted")).data.respondToEvent.attendees).toEqual([
      { status: "Accepted" },
    ]);
    expect((await read(guest, id)).status).toBe(200);
  });
});

describe("an admin", () => {
  test("reads and writes in any calendar of the organisation that is named", async () => {
    const event = await newEvent(SECRETS);
    const mine = `/events/${event.id}`;
    expect((await admin.rest("GET", mine)).status).toBe(404);
    expect((await admin.rest("DELETE", mine)).status).toBe(404);
    for (const { calendarId } of [owner, guest]) {
      expect(await ok(admin.rest("GET", `${mine}?calendarId=${calendarId}`))).toEqual(event);
    }
    const changed = await ok(
      admin.rest("PATCH", `${mine}?calendarId=${owner.calendarId}`, { private: false }),
    );
    expect(changed.private).toBe(false);
    // In an attendee's calendar a write is the attendee's.
    const asGuest = await ok(
      admin.rest("PATCH", `${mine}?calendarId=${guest.calendarId}`, { private: true, subject: "y" }),
    );
    expect(asGuest).toEqual(changed);
    expect((await admin.rest("DELETE", `${mine}?calendarId=${guest.calendarId}`)).status).toBe(204);
    expect(await removed(guest, event.id)).toMatchObject({ reason: "left" });
    expect((await admin.rest("DELETE", `${mine}?calendarId=${owner.calendarId}`)).status).toBe(204);
    expect(await removed(owner, event.id)).toMatchObject({ reason: "deleted" });
  });

  test("sees and writes every event through GraphQL, and deletes it for everybody", async () => {
    const event = await newEvent(SECRETS);
    expect((await graphql.byId(admin, event.id)).value).toEqual(event);
    expect((await graphql.patch(admin, event.id, { private: false })).value).toMatchObject({
      private: false,
    });
    expect((await graphql.remove(admin, event.id)).value).toMatchObject({ reason: "deleted" });
    expect(await removed(guest, event.id)).toMatchObject({ reason: "deleted" });
  });

  test.each(["GET", "PATCH", "PUT", "DELETE"])(
    "a member who names a calendar is forbidden to %s",
    async (method) => {
      const event = await newEvent();
      const body = method === "GET" || method === "DELETE" ? undefined : TIMED;
      const call = (who: Person, calendarId: string) =>
        who.rest(method, `/events/${event.id}?calendarId=${calendarId}`, body);
      expect((await call(guest, owner.calendarId)).status).toBe(403);
      expect((await call(admin, "999999")).status).toBe(404);
      expect((await call(admin, stranger.calendarId)).status).toBe(404);
      expect((await call(stranger, owner.calendarId)).status).toBe(404);
      const own = { GET: 200, PATCH: 200, PUT: 200, DELETE: 204 }[method];
      expect((await call(guest, "primary")).status).toBe(own);
    },
  );

  test("only admins add, change and disable users, transfer events and make others' tokens", async () => {
    const calls = [
      `createUser(input: {name: "N", email: "n@x.co", timezone: "UTC"}) { id }`,
      `updateUser(id: "${guest.id}", input: {name: "N"}) { id }`,
      `disableUser(id: "${guest.id}") { id }`,
      `transferEvents(from: "${guest.id}", to: "${owner.id}")`,
      `createToken(userId: "${guest.id}", name: "n") { id }`,
    ];
    for (const call of calls) {
      const { errors } = await owner.graphql(`mutation { ${call} }`);
      expect([call, errors?.[0]?.extensions.code]).toEqual([call, "forbidden"]);
    }
    const foreign = await stranger.graphql(`mutation { disableUser(id: "${guest.id}") { id } }`);
    expect(foreign.errors?.[0]?.extensions.code).toBe("not_found");
    const revoke = await owner.graphql(`mutation { revokeToken(id: "${guest.tokenId}") { id } }`);
    expect(revoke.errors?.[0]?.extensions.code).toBe("not_found");
  });
});

describe("another organisation", () => {
  test("learns nothing, not even that an id exists", async () => {
    const event = await newEvent();
    const gone = await newEvent();
    await owner.rest("DELETE", `/events/${gone.id}`);
    for (const { id } of [event, gone, { id: "999999" }]) {
      expect((await read(stranger, id, "?showDeleted=true")).body.message).toBe("This event does not exist.");
      for (const ask of [
        graphql.byId(stranger, id),
        graphql.patch(stranger, id, {}),
        graphql.remove(stranger, id),
      ]) {
        expect((await ask).refusal).toEqual({ code: "not_found", fields: [] });
      }
    }
    const { data } = await stranger.graphql(`{
      events(filter: {scope: ORGANISATION}) { totalCount } users(emails: ["owner@x.co"]) { id } }`);
    expect(data).toEqual({ events: { totalCount: 0 }, users: [] });
  });

  test("a user's address there is a stranger's here: an invitation gets no userId and opens no calendar", async () => {
    const event = await newEvent({ attendees: [{ emailAddress: stranger.email }] });
    expect(event.attendees).toMatchObject([{ userId: null }]);
    expect((await ok(stranger.rest("GET", "/events"))).records).toEqual([]);
  });
});

describe("somebody who arrives", () => {
  const create = (email: string) =>
    admin.graphql(
      `mutation($email: String!) {
      createUser(input: {name: "New", email: $email, timezone: "UTC"}) { id calendarId } }`,
      { email },
    );

  test("a user created later, or given a new address, gets the events that already invite it, as a change", async () => {
    const event = await newEvent({
      ...SECRETS,
      attendees: [{ emailAddress: "Late@x.co", status: "Tentative" }],
    });
    const second = await newEvent({ attendees: [{ emailAddress: "renamed@x.co" }] });
    const { data } = await create("late@X.co");
    const { id, calendarId } = data.createUser;
    const mine = async (): Promise<any[]> =>
      (await ok(admin.rest("GET", `/events?calendarId=${calendarId}`))).records;
    const now = await ok(read(owner, event.id));
    expect(now.attendees).toEqual([
      {
        ...{ userId: id, emailAddress: "Late@x.co", contactId: null, name: "New" },
        ...{ status: "Tentative", type: "required" },
      },
    ]);
    expect(now.lastModifiedAt > event.lastModifiedAt).toBe(true);
    expect(await mine()).toEqual([now]);

    const { errors } = await admin.graphql(
      `mutation($id: ID!) {
      updateUser(id: $id, input: {email: "renamed@x.co"}) { id } }`,
      { id },
    );
    expect(errors).toBeUndefined();
    expect((await mine()).map((one) => one.id).sort()).toEqual([event.id, second.id].sort());
    expect((await create("RENAMED@x.co")).errors?.[0]?.extensions.code).toBe("conflict");
  });
});
