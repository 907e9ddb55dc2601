// What becomes of the parts of a write that its caller has no say in, or that cannot be understood: strict refuses the write
// and names them, lenient passes them over and names them. The rules are the same at both doors; only the default differs.
import { openWorld, type GraphQLReply, type Person, type RestReply, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let owner: Person;
let guest: Person;
let other: Person;
let stranger: Person;

const TIMED = { subject: "Kick-off", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

beforeAll(async () => {
  world = await openWorld();
  [owner, guest, other] = await Promise.all([
    world.person({ name: "Ada", email: "ada@x.co" }),
    world.person({ name: "Ben", email: "ben@x.co" }),
    world.person({ name: "Cleo", email: "cleo@x.co" }),
  ]);
  stranger = await world.person({ organisationId: await world.organisation() });
});
afterAll(() => world.close());

async function newEvent(more: object = {}, who = owner): Promise<any> {
  const { status, body } = await who.rest(
    "POST",
    "/events",
    { ...TIMED, ...more },
    { Prefer: "handling=strict" },
  );
  expect(status).toBe(201);
  return body;
}

/** An event to which the guest and another user are invited. */
const meeting = (): Promise<any> =>
  newEvent({ attendees: [{ userId: guest.id }, { userId: other.id, status: "Tentative" }] });

const read = async (id: string): Promise<any> => (await owner.rest("GET", `/events/${id}`)).body;

const CREATE = `mutation($input: EventInput!, $handling: Handling) {
  createEvent(input: $input, handling: $handling) { id subject timezone parentId attendees { status emailAddress userId } } }`;
const UPDATE = `mutation($id: ID!, $input: EventPatch!, $handling: Handling) {
  updateEvent(id: $id, input: $input, handling: $handling) { id subject timezone attendees { status emailAddress userId } } }`;

/** What a write comes to, whichever door it came through. */
interface Outcome {
  code: string | null;
  fields: string[];
  passedOver: string[];
  event: any;
}

type Write = (
  who: Person,
  id: string | null,
  input: object,
  handling: "strict" | "lenient",
) => Promise<Outcome>;

const outcomeOfRest = ({ status, body, headers }: RestReply): Outcome => {
  const done = status < 300;
  return {
    code: done ? null : body.code,
    fields: done ? [] : body.details.map((one: any) => one.field).sort(),
    passedOver: headers.get("tidemark-passed-over")?.split(", ") ?? [],
    event: done ? body : null,
  };
};

const overRest: Write = async (who, id, input, handling) => {
  const path = id === null ? "/events" : `/events/${id}`;
  const method = id === null ? "POST" : "PATCH";
  const reply = await who.rest(method, path, input, { Prefer: `handling=${handling}` });
  expect(reply.headers.get("preference-applied")).toBe(`handling=${handling}`);
  return outcomeOfRest(reply);
};

const outcomeOfGraphQL = ({ data, errors, extensions }: GraphQLReply): Outcome => {
  const [error] = errors ?? [];
  return {
    code: error ? error.extensions.code : null,
    fields: (error?.extensions.details ?? []).map((one: any) => one.field).sort(),
    passedOver: [...(extensions?.passedOver ?? [])].sort(),
    event: error ? null : (data.createEvent ?? data.updateEvent),
  };
};

const overGraphQL: Write = async (who, id, input, handling) =>
  outcomeOfGraphQL(
    await who.graphql(id === null ? CREATE : UPDATE, { id, input, handling: handling.toUpperCase() }),
  );

const DOORS: [string, Write][] = [
  ["REST", overRest],
  ["GraphQL", overGraphQL],
];

describe("how a write is handled", () => {
  test("REST is lenient unless the request prefers strict, and every answer to a write says which", async () => {
    const { id } = await meeting();
    const path = `/events/${id}`;
    const applied = async (prefer: string | undefined): Promise<string | null> => {
      const headers = prefer === undefined ? {} : { Prefer: prefer };
      const answer = await guest.rest(
        "PATCH",
        path,
        { subject: "Kick-off" },
        headers as Record<string, string>,
      );
      return answer.headers.get("preference-applied");
    };
    expect(await applied(undefined)).toBe("handling=lenient");
    expect(await applied("handling=lenient")).toBe("handling=lenient");
    expect(await applied("handling=strict")).toBe("handling=strict");
    expect(await applied('respond-async, HANDLING="Strict"; x=1, wait=10')).toBe("handling=strict");
    // The first one counts, and what nobody knows is ignored.
    expect(await applied("handling=strict, handling=lenient")).toBe("handling=strict");
    expect(await applied("handling=perhaps")).toBe("handling=lenient");
    expect(await applied("mishandling=strict")).toBe("handling=lenient");

    const refused = await guest.rest("PATCH", path, { subject: "x" }, { Prefer: "handling=strict" });
    expect(refused.status).toBe(403);
    expect(refused.headers.get("preference-applied")).toBe("handling=strict");
    const reader = await owner.through("reader", ["read"]);
    for (const [who, where, headers, status] of [
      [reader, path, {}, 403],
      [owner, `${path}?page=2`, {}, 400],
      [owner, path, { "If-Match": "1-2" }, 400],
      [owner, "/events/x", {}, 404],
    ] as const) {
      const answer = await who.rest("PATCH", where, {}, headers);
      expect([where, answer.status, answer.headers.get("preference-applied")]).toEqual([
        where,
        status,
        "handling=lenient",
      ]);
    }
    const gone = await owner.rest("DELETE", path);
    expect([gone.status, gone.headers.get("preference-applied")]).toEqual([204, "handling=lenient"]);
    const read = await owner.rest("GET", "/events");
    expect(read.headers.get("preference-applied")).toBeNull();
  });

  test("GraphQL is strict unless the argument says otherwise", async () => {
    const { id } = await meeting();
    const update = "mutation($id: ID!, $input: EventPatch!) { updateEvent(id: $id, input: $input) { id } }";
    const refused = await guest.graphql(update, { id, input: { subject: "x" } });
    expect(refused.errors?.[0]?.extensions).toMatchObject({
      code: "forbidden",
      details: [{ field: "subject" }],
    });
    const done = await overGraphQL(guest, id, { subject: "x" }, "lenient");
    expect(done).toMatchObject({ code: null, passedOver: ["subject"], event: { subject: "Kick-off" } });
  });

  test.each(DOORS)(
    "%s: what an attendee has no say in is 403, field by field, or passed over",
    async (_, write) => {
      const { id } = await meeting();
      const input = {
        subject: "Moved",
        startTime: "2026-03-02T18:00:00Z",
        attendees: [
          { userId: guest.id, status: "Accepted" },
          { userId: other.id, status: "Declined" },
          { emailAddress: "dana@globex.co" },
        ],
      };
      const before = await read(id);
      expect(await write(guest, id, input, "strict")).toEqual({
        code: "forbidden",
        fields: ["attendees[1].status", "startTime", "subject"],
        passedOver: [],
        event: null,
      });
      expect(await read(id)).toEqual(before);
      const { passedOver } = await write(guest, id, input, "lenient");
      expect(passedOver).toEqual(["attendees[1].status", "startTime", "subject"]);
      expect(await read(id)).toEqual({
        ...before,
        lastModifiedAt: expect.any(String),
        attendees: [
          { ...before.attendees[0], status: "Accepted" },
          before.attendees[1],
          expect.objectContaining({ emailAddress: "dana@globex.co", status: "NoResponse" }),
        ],
      });
    },
  );
});

describe("what cannot be understood", () => {
  interface Case {
    what: string;
    input: (known: { stranger: Person; foreignContact: string; foreignEvent: string }) => object;
    passedOver: string[];
    /** Where it differs from what is passed over. */
    fields?: string[];
    event?: object;
  }
  const address = "dana@globex.co";
  const CASES: Case[] = [
    {
      what: "a status that is no known word",
      input: () => ({ attendees: [{ emailAddress: address, status: "perhaps" }] }),
      passedOver: ["attendees[0].status"],
      event: { attendees: [{ emailAddress: address, status: "NoResponse" }] },
    },
    {
      what: "a zone that is none",
      input: () => ({ timezone: "Mars/Phobos" }),
      passedOver: ["timezone"],
    },
    {
      what: "what an event makes of the time, whether it takes place, an attendee's type, that are no known words",
      input: () => ({
        showAs: "sometimes",
        status: "postponed",
        attendees: [{ emailAddress: address, type: "chair" }],
      }),
      passedOver: ["attendees[0].type", "showAs", "status"],
      event: {
        showAs: "busy",
        status: "confirmed",
        attendees: [{ emailAddress: address, type: "required" }],
      },
    },
    {
      what: "an empty userId and a contactId of 0 beside an address",
      input: () => ({ attendees: [{ emailAddress: address, userId: "", contactId: 0 }] }),
      passedOver: ["attendees[0].contactId", "attendees[0].userId"],
      event: { attendees: [{ emailAddress: address, userId: null }] },
    },
    {
      what: "a parentId of 0",
      input: () => ({ parentId: 0 }),
      passedOver: ["parentId"],
    },
    {
      what: "an empty parentId",
      input: () => ({ parentId: "" }),
      passedOver: ["parentId"],
    },
    {
      what: "a user and a contact of another organisation",
      input: (known) => ({
        attendees: [{ emailAddress: address, userId: known.stranger.id, contactId: known.foreignContact }],
      }),
      passedOver: ["attendees[0].contactId", "attendees[0].userId"],
      event: { attendees: [{ emailAddress: address, userId: null }] },
    },
    {
      what: "an attendee who is nobody, with the place of those after",
      input: () => ({
        attendees: [{ name: "Nobody" }, { emailAddress: address, status: "perhaps" }],
      }),
      passedOver: ["attendees[0]", "attendees[1].status"],
      event: { attendees: [{ emailAddress: address }] },
    },
    {
      what: "an attendee of whom nothing is left",
      input: (known) => ({ attendees: [{ userId: known.stranger.id }, { emailAddress: address }] }),
      fields: ["attendees[0].userId"],
      passedOver: ["attendees[0]", "attendees[0].userId"],
      event: { attendees: [{ emailAddress: address }] },
    },
    {
      what: "a record of another organisation, an empty id and 0",
      input: (known) => ({
        relatedTo: [
          { type: "Contact", id: known.foreignContact },
          { type: "Lead", id: "" },
          { type: "Lead", id: "0" },
        ],
      }),
      // What an id is comes before whose it is.
      fields: ["relatedTo[1].id", "relatedTo[2].id"],
      passedOver: ["relatedTo[0].id", "relatedTo[1].id", "relatedTo[2].id"],
    },
    {
      what: "a parent of another organisation",
      input: (known) => ({ parentId: Number(known.foreignEvent) }),
      passedOver: ["parentId"],
      event: {},
    },
  ];

  let known: Parameters<Case["input"]>[0];
  beforeAll(async () => {
    const { data } = await stranger.graphql(
      'mutation { saveRecords(records: [{ type: Contact, name: "Foreign" }]) { id } }',
    );
    known = {
      stranger,
      foreignContact: data.saveRecords[0].id,
      foreignEvent: (await newEvent({}, stranger)).id,
    };
  });

  describe.each(DOORS)("%s", (_, write) => {
    test.each(CASES)("$what: strict refuses to create it, lenient passes it over", async (one) => {
      const { input, passedOver, fields = passedOver, event = {} } = one;
      const given = { ...TIMED, ...input(known) };
      expect(await write(owner, null, given, "strict")).toMatchObject({ code: "bad_request", fields });
      const done = await write(owner, null, given, "lenient");
      expect(done).toMatchObject({ code: null, passedOver });
      expect(await read(done.event.id)).toMatchObject({
        parentId: null,
        timezone: "Europe/Paris",
        relatedTo: [],
        ...event,
      });
    });

    test.each(CASES)("$what: lenient changes an event in what is understood alone", async (one) => {
      const { input, passedOver, fields = passedOver } = one;
      const parent = await newEvent();
      const before = await newEvent({
        parentId: Number(parent.id),
        timezone: "Asia/Tokyo",
        attendees: [{ emailAddress: address, status: "Accepted" }],
      });
      const given = { subject: "Changed", ...input(known) };
      expect(await write(owner, before.id, given, "strict")).toMatchObject({ code: "bad_request", fields });
      expect(await read(before.id)).toEqual(before);
      expect(await write(owner, before.id, given, "lenient")).toMatchObject({ code: null, passedOver });
      expect(await read(before.id)).toEqual({
        ...before,
        subject: "Changed",
        lastModifiedAt: expect.any(String),
      });
    });

    test("what is unreadable is refused in both handlings", async () => {
      const refused: [object, string][] = [
        [{ subject: 5 }, "subject"],
        [{ timezone: 2 }, "timezone"],
        [{ attendees: [{ userId: "abc" }] }, "attendees[0].userId"],
        [{ attendees: [{ emailAddress: address, status: 1 }] }, "attendees[0].status"],
        [{ startTime: null }, "startTime"],
        [{ endTime: "2026-03-02T14:00:00Z" }, "endTime"],
        [{ subject: "a\u0000b" }, "subject"],
        [{ description: "a\ud83d" }, "description"],
        [{ location: "x".repeat(2001) }, "location"],
      ];
      for (const [input, field] of refused) {
        for (const handling of ["strict", "lenient"] as const) {
          const { code, fields } = await write(owner, null, { ...TIMED, ...input }, handling);
          expect([code, fields[0]?.split(".")[0]]).toEqual(["bad_request", field.split(".")[0]]);
        }
      }
    });
  });
});

describe("a meeting's organiser, its answers, and one that is matched", () => {
  const MATCH = `mutation($input: EventInput!, $handling: Handling) {
    createEvent(input: $input, matchICalUid: true, handling: $handling) { id subject timezone attendees { status emailAddress userId } } }`;
  const matchOverRest: Write = async (who, _id, input, handling) => {
    const reply = await who.rest("POST", "/events?matchICalUid=true", input, {
      Prefer: `handling=${handling}`,
    });
    return outcomeOfRest(reply);
  };
  const matchOverGraphQL: Write = async (who, _id, input, handling) =>
    outcomeOfGraphQL(await who.graphql(MATCH, { input, handling: handling.toUpperCase() }));

  describe.each([
    ["REST", overRest, matchOverRest],
    ["GraphQL", overGraphQL, matchOverGraphQL],
  ] as [string, Write, Write][])("%s", (door, write, match) => {
    test("a name that came with the organiser's address is their name, where none was given", async () => {
      for (const handling of ["strict", "lenient"] as const) {
        const { event } = await write(
          owner,
          null,
          { ...TIMED, organizerEmail: 'mailto:"Ann Lee" <ann@out.co>' },
          handling,
        );
        expect(await read(event.id)).toMatchObject({
          organizerEmail: "ann@out.co",
          organizerName: "Ann Lee",
        });
        await write(owner, event.id, { organizerEmail: "Bo <bo@out.co>", organizerName: "Bob" }, handling);
        expect(await read(event.id)).toMatchObject({ organizerEmail: "bo@out.co", organizerName: "Bob" });
        await write(owner, event.id, { organizerEmail: "Cy <cy@out.co>", organizerName: null }, handling);
        expect(await read(event.id)).toMatchObject({ organizerEmail: "cy@out.co", organizerName: "Cy" });
        const long = { organizerEmail: `${"x".repeat(1_001)} <cy@out.co>` };
        expect(await write(owner, event.id, long, handling)).toMatchObject({
          ...{ code: "bad_request", fields: ["organizerEmail"] },
        });
      }
    });

    test("a guest has no say in whose meeting it is", async () => {
      const { id } = await meeting();
      const input = { organizerEmail: "guest@out.co" };
      expect(await write(guest, id, input, "strict")).toMatchObject({
        ...{ code: "forbidden", fields: ["organizerEmail"] },
      });
      expect(await write(guest, id, input, "lenient")).toMatchObject({ passedOver: ["organizerEmail"] });
      expect((await read(id)).organizerEmail).toBe("ada@x.co");
    });

    test("an answer of a guest's own stands against a write that names no version", async () => {
      const { id } = await meeting();
      await guest.graphql(`mutation { respondToEvent(id: ${id}, status: "Accepted") { id } }`);
      for (const status of ["Declined", "NoResponse"]) {
        const input = { attendees: [{ userId: guest.id, status }, { userId: other.id }] };
        expect(await write(owner, id, input, "strict")).toMatchObject({
          ...{ code: "forbidden", fields: ["attendees[0].status"] },
        });
        expect(await write(owner, id, input, "lenient")).toMatchObject({
          passedOver: ["attendees[0].status"],
        });
        expect((await read(id)).attendees[0].status).toBe("Accepted");
      }
    });

    test("a create that finds its meeting is a write of that one, under the same rules", async () => {
      for (const [handling, status] of [
        ["strict", "Tentative"],
        ["lenient", "Accepted"],
      ] as const) {
        const iCalUid = `one-${door}-${handling}`;
        const made = await newEvent({ iCalUid, attendees: [{ userId: guest.id }, { userId: other.id }] });
        const own = { ...TIMED, iCalUid, attendees: [{ userId: guest.id, status }] };
        const theirs = { ...own, subject: "Mine", private: true };
        const refused = await match(guest, null, theirs, handling);
        if (handling === "strict")
          expect(refused).toMatchObject({ code: "forbidden", fields: ["private", "subject"] });
        else expect([...refused.passedOver].sort()).toEqual(["private", "subject"]);
        const done = await match(guest, null, own, handling);
        expect(done).toMatchObject({ code: null, passedOver: [], event: { id: made.id } });
        expect(await read(made.id)).toMatchObject({
          ...{ subject: "Kick-off", private: false },
          attendees: [
            { userId: guest.id, status },
            { userId: other.id, status: "NoResponse" },
          ],
        });
      }
    });
  });
});
