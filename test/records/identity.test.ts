// Who an address is: one comparison at both doors, several addresses for one user, and one person who is both a user and a
// contact.
import { openWorld, type Person, type RestReply, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };

let world: World;
let admin: Person;
let ben: Person;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.person({ name: "Ada", email: "ada@x.co", role: "admin" });
  ben = await world.person({ name: "Ben", email: "ben@x.co" });
});
afterAll(() => world.close());

const post = (attendees: object[], more: object = {}): Promise<RestReply> =>
  admin.rest("POST", "/events", { ...TIMES, attendees, ...more });

async function invite(...attendees: object[]): Promise<any> {
  const { status, body } = await post(attendees);
  expect([status, body.message]).toEqual([201, undefined]);
  return body;
}

const users = async (query: string): Promise<string[]> =>
  (await admin.rest("GET", `/users?email=${query}`)).body.records.map(({ id }: { id: string }) => id);

const setUser = (id: string, input: object): ReturnType<Person["graphql"]> =>
  admin.graphql(
    "mutation ($id: ID!, $input: UserPatch!) { updateUser(id: $id, input: $input) { id email aliases } }",
    { id, input },
  );

async function addUser(input: object): Promise<any> {
  const { data, errors } = await admin.graphql(
    "mutation ($input: UserInput!) { createUser(input: $input) { id email aliases calendarId } }",
    { input: { timezone: "UTC", ...input } },
  );
  expect(errors).toBeUndefined();
  return data.createUser;
}

const read = async (id: string): Promise<any> => (await admin.rest("GET", `/events/${id}`)).body;

describe("an address", () => {
  test("is kept without blanks, mailto: and a display name, which is the name where none is given", async () => {
    const { attendees } = await invite(
      { emailAddress: "  mailto:Guest@Y.co " },
      { emailAddress: '"Doe, Eve" <eve@y.co>' },
      { emailAddress: "Eve <eva@y.co>", name: "Eva" },
      { emailAddress: "Ben <mailto:BEN@x.co>" },
    );
    expect(attendees).toMatchObject([
      { emailAddress: "Guest@Y.co", name: null, userId: null },
      { emailAddress: "eve@y.co", name: "Doe, Eve" },
      { emailAddress: "eva@y.co", name: "Eva" },
      { emailAddress: "BEN@x.co", name: "Ben", userId: ben.id },
    ]);
  });

  test("is one person's however its accents, its domain and its letters are written", async () => {
    const event = await invite({ emailAddress: "zo\u00e9@b\u00fccher.example", status: "Accepted" });
    const again = await admin.rest("PATCH", `/events/${event.id}`, {
      attendees: [
        { emailAddress: "ZOE\u0301@xn--bcher-kva.EXAMPLE" },
        { emailAddress: "zoe@b\u00fccher.example" },
      ],
    });
    expect(again.body.attendees).toMatchObject([
      { emailAddress: "zo\u00e9@b\u00fccher.example", status: "Accepted" },
      { emailAddress: "zoe@b\u00fccher.example" },
    ]);
    const same = await admin.rest("PATCH", `/events/${event.id}`, {
      attendees: [
        { emailAddress: "ZO\u00c9@B\u00dcCHER.example" },
        { emailAddress: "zoe@b\u00fccher.example" },
      ],
    });
    expect(same.body.lastModifiedAt).toBe(again.body.lastModifiedAt);
    const { data } = await admin.graphql(
      `query ($email: String!) { events(filter: { attendeeEmail: $email, scope: ORGANISATION }) { edges { node { id } } } }`,
      { email: "Zo\u00e9 <mailto:zoe\u0301@B\u00dcCHER.example>" },
    );
    expect(data.events.edges).toEqual([{ node: { id: event.id } }]);
  });

  test("that holds nothing, or is too long without what stands around it, is refused by name", async () => {
    for (const emailAddress of ["mailto:", " ", `Eve <${"e".repeat(321)}>`, "a\u0007@y.co"]) {
      const { status, body } = await post([{ emailAddress }]);
      expect([status, body.details[0].field]).toEqual([400, "attendees[0].emailAddress"]);
    }
    expect((await post([{ emailAddress: `${"n".repeat(900)} <${"e".repeat(320)}>` }])).status).toBe(201);
  });

  test("in a query may have lost its plus to a blank", async () => {
    const plus = await world.person({ email: "ben+crm@x.co" });
    expect(await users("ben+crm@x.co")).toEqual([plus.id]);
    expect(await users("ben%2Bcrm@x.co")).toEqual([plus.id]);
    expect(await users("ben%20crm@x.co")).toEqual([plus.id]);
    expect((await users("ben+crm@x.co,+BEN@x.co,mailto:ada@x.co")).sort()).toEqual(
      [plus.id, ben.id, admin.id].sort(),
    );
    const contact = await admin.rest("POST", "/contacts", { name: "P", email: "p+1@y.co" });
    const found = await admin.rest("GET", "/contacts?email=P+1@y.co");
    expect(found.body.records).toEqual([contact.body]);
  });

  test("of a contact and of a user is found as a sign-in is, by every spelling", async () => {
    const zoe = await world.person({ email: "zo\u00eb@m\u00fcller.example" });
    expect(await users(encodeURIComponent("ZOE\u0308@XN--MLLER-KVA.example"))).toEqual([zoe.id]);
    const taken = await admin.graphql(`mutation ($input: UserInput!) { createUser(input: $input) { id } }`, {
      input: { name: "Z", email: "Zo\u00eb@M\u00dcLLER.example", timezone: "UTC" },
    });
    expect(taken.errors?.[0]?.extensions).toMatchObject({ code: "conflict", details: [{ field: "email" }] });
  });
});

describe("an alias", () => {
  test("is its user's wherever an address is looked up, and one person on a list", async () => {
    const cleo = await addUser({
      name: "Cleo",
      email: "cleo@x.co",
      aliases: ["c.smith@x.co", "mailto:Cleo@Old.co"],
    });
    expect(cleo.aliases).toEqual(["c.smith@x.co", "Cleo@Old.co"]);
    expect(await users("C.Smith@X.co")).toEqual([cleo.id]);
    const { data } = await admin.graphql(
      `{ users(emails: ["cleo@old.co", "cleo@x.co"]) { id email aliases } }`,
    );
    expect(data.users).toEqual([
      { id: cleo.id, email: "cleo@x.co", aliases: ["c.smith@x.co", "Cleo@Old.co"] },
    ]);
    const event = await invite(
      { emailAddress: "c.smith@x.co", status: "Tentative" },
      { emailAddress: "cleo@old.co" },
    );
    expect(event.attendees).toMatchObject([{ userId: cleo.id, name: "Cleo" }]);
    for (const emailAddress of ["cleo@x.co", "cleo@old.co", "c.smith@x.co"]) {
      const again = await admin.rest("PATCH", `/events/${event.id}`, { attendees: [{ emailAddress }] });
      expect(again.body).toMatchObject({ lastModifiedAt: event.lastModifiedAt, attendees: event.attendees });
      const found = await admin.graphql(
        `query ($email: String!) { events(filter: { attendeeEmail: $email, scope: ORGANISATION }) { edges { node { id } } } }`,
        { email: emailAddress },
      );
      expect(found.data.events.edges).toEqual([{ node: { id: event.id } }]);
    }
  });

  test("that is given later brings the events that invite it already, with the user's name where they have none", async () => {
    const event = await invite({ emailAddress: "dan@old.co" }, { emailAddress: "dan@older.co", name: "D." });
    const dan = await world.person({ name: "Dan", email: "dan@x.co" });
    const before = await dan.rest("GET", "/events?since=");
    expect(before.status).toBe(400);
    const { errors } = await setUser(dan.id, { aliases: ["DAN@old.co"] });
    expect(errors).toBeUndefined();
    const feed = await dan.rest("GET", "/events?since=1970-01-01T00:00:00Z");
    expect(feed.body.records).toMatchObject([
      {
        id: event.id,
        attendees: [
          { userId: dan.id, name: "Dan" },
          { userId: null, name: "D." },
        ],
      },
    ]);
    expect(feed.body.records[0].lastModifiedAt).not.toBe(event.lastModifiedAt);
    // Both are theirs by now: one person, who is invited once.
    await setUser(dan.id, { aliases: ["dan@old.co", "dan@older.co"] });
    const { attendees } = (await admin.rest("PATCH", `/events/${event.id}`, { attendees: event.attendees }))
      .body;
    expect(attendees).toMatchObject([{ userId: dan.id }]);
  });

  test("belongs to one user of the organisation, whoever writes", async () => {
    const eve = await addUser({ name: "Eve", email: "eve@x.co", aliases: ["e@x.co"] });
    for (const [input, field] of [
      [{ email: "E@x.co" }, "email"],
      [{ aliases: ["new@x.co", "EVE@x.co"] }, "aliases[1]"],
      [{ aliases: ["e@X.CO"] }, "aliases[0]"],
    ] as const) {
      const { errors } = await setUser(ben.id, input);
      expect(errors?.[0]?.extensions).toMatchObject({ code: "conflict", details: [{ field }] });
    }
    const sql = world.sql.query("update app_user set aliases = '{E@X.co}' where id = $1", [ben.id]);
    await expect(sql).rejects.toMatchObject({ constraint: "user_address_pkey" });
    const elsewhere = await world.organisation();
    const other = await world.person({ organisationId: elsewhere, email: "e@x.co" });
    expect(other.id).not.toBe(eve.id);
    // Given up, it is free.
    await setUser(eve.id, { aliases: [] });
    expect((await setUser(ben.id, { aliases: ["e@x.co"] })).data.updateUser.aliases).toEqual(["e@x.co"]);
    expect(await users("e@x.co")).toEqual([ben.id]);
    await expect(world.sql.query("delete from user_address")).rejects.toThrow();
  });

  test("that repeats the first address, or another alias, is one; a list of more than fifty is refused", async () => {
    const { data } = await setUser(ben.id, { aliases: ["BEN@x.co", "b@x.co", "B@X.co"] });
    expect(data.updateUser.aliases).toEqual(["b@x.co"]);
    const many = Array.from({ length: 51 }, (_, n) => `b${n}@x.co`);
    const { errors } = await setUser(ben.id, { aliases: many });
    expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field: "aliases" }] });
  });
});

describe("a contact and a user of one address", () => {
  test("are one person on a list, in whatever order and form they are named", async () => {
    const fay = await world.person({ name: "Fay", email: "fay@x.co" });
    const contact = (
      await admin.rest("POST", "/contacts", { name: "Fay C.", emails: ["f@home.co", "FAY@x.co"] })
    ).body;
    const forms: object[] = [{ userId: fay.id }, { contactId: contact.id }, { emailAddress: "Fay@X.co" }];
    for (const list of [forms, [...forms].reverse()]) {
      const { attendees } = await invite(...list);
      expect(attendees).toEqual([
        expect.objectContaining({
          userId: fay.id,
          contactId: Number(contact.id),
          emailAddress: expect.stringMatching(/fay@x\.co/i),
        }),
      ]);
    }
    const alone = await invite({ contactId: contact.id });
    expect(alone.attendees).toMatchObject([{ userId: fay.id, emailAddress: "FAY@x.co" }]);
    const feed = await fay.rest("GET", "/events?since=1970-01-01T00:00:00Z");
    expect(feed.body.records.map(({ id }: { id: string }) => id)).toContain(alone.id);
    // At another address of the contact it stays where it was, and naming the contact again changes nothing.
    const home = await invite({ emailAddress: "f@home.co" });
    const same = await admin.rest("PATCH", `/events/${home.id}`, { attendees: [{ contactId: contact.id }] });
    expect(same.body.lastModifiedAt).toBe(home.lastModifiedAt);
  });

  test("a contact made later, in another spelling, is linked to what invites it", async () => {
    const event = await invite({ emailAddress: "gu\u0308nter@b\u00fccher.example" });
    const { body } = await admin.rest("POST", "/contacts", {
      name: "G",
      email: "G\u00dcNTER@XN--BCHER-KVA.example",
    });
    expect((await read(event.id)).attendees).toMatchObject([{ contactId: Number(body.id), name: "G" }]);
    const twice = await admin.rest("POST", "/contacts", {
      name: "G2",
      email: "Günter <günter@bücher.example>",
    });
    expect([twice.status, twice.body.current.id]).toEqual([409, body.id]);
  });
});
