// An answer that a user has given through their own calendar yields to nobody's copy: neither to the owner's older one nor to
// a mailbox's that knows no answers, at either door, one by one, in a batch, at the same moment, or by a file.
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importCalendar } from "../../src/commands/calendar-files";
import { openWorld, type Person, type RestReply, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let owner: Person;
let guest: Person;
let other: Person;
let admin: Person;

const TIMED = { subject: "Kick-off", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const STRICT = { Prefer: "handling=strict" };

beforeAll(async () => {
  world = await openWorld();
  [owner, guest, other, admin] = await Promise.all([
    world.person({ name: "Ada", email: "ada@x.co" }),
    world.person({ name: "Ben", email: "ben@x.co" }),
    world.person({ name: "Cleo", email: "cleo@x.co" }),
    world.person({ name: "Root", email: "root@x.co", role: "admin" }),
  ]);
});
afterAll(() => world.close());

/** The owner's event with the guest, and its copy as it was before anybody answered. */
async function invite(status = "NoResponse", by = owner): Promise<any> {
  const { body } = await by.rest("POST", "/events", {
    ...TIMED,
    attendees: [
      { userId: guest.id, status },
      { userId: other.id },
      { emailAddress: "eve@else.co", status: "Tentative" },
    ],
  });
  return body;
}
const path = (id: string): string => `/events/${id}`;
const respond = (who: Person, id: string, status: string): Promise<any> =>
  who.graphql(
    `mutation($id: ID!, $s: String!) { respondToEvent(id: $id, status: $s) { attendees { userId status } } }`,
    {
      id,
      s: status,
    },
  );
const UPDATE = `mutation($id: ID!, $input: EventPatch!, $since: DateTime, $calendarId: ID, $handling: Handling) {
  updateEvent(id: $id, input: $input, ifLastModifiedAt: $since, calendarId: $calendarId, handling: $handling) { id } }`;
const update = (who: Person, id: string, people: object[], more: object = {}): Promise<any> =>
  who.graphql(UPDATE, { id, input: { attendees: people }, ...more });
const now = async (id: string): Promise<any> =>
  (await admin.graphql(`{ event(id: "${id}") { lastModifiedAt attendees { userId emailAddress status } } }`))
    .data.event;
const statusOf = async (id: string, of: Person | string = guest): Promise<string> =>
  (await now(id)).attendees.find((one: any) =>
    typeof of === "string" ? one.emailAddress === of : one.userId === of.id,
  ).status;
const list = (status: string): object[] => [
  { userId: guest.id, status },
  { userId: other.id },
  { emailAddress: "eve@else.co" },
];
const codes = ({ errors }: any): unknown[] => [
  errors?.[0]?.extensions.code,
  errors?.[0]?.extensions.details.map(({ field }: any) => field),
];
const passed = ({ status, headers }: RestReply): unknown[] => [status, headers.get("tidemark-passed-over")];

const ANSWERS: [string, (id: string) => Promise<unknown>][] = [
  ["respondToEvent", (id) => respond(guest, id, "Accepted")],
  [
    "a PATCH",
    (id) => guest.rest("PATCH", path(id), { attendees: [{ userId: guest.id, status: "Accepted" }] }),
  ],
  [
    "an answer that says what the list has already",
    async (id) => {
      await guest.rest("PATCH", path(id), { attendees: [{ userId: guest.id, status: "Accepted" }] });
      await update(admin, id, list("Declined"));
      await update(admin, id, list("Accepted"));
      const before = await now(id);
      await respond(guest, id, "Accepted");
      // It is theirs now, and nobody is told of that.
      expect(await now(id)).toEqual(before);
    },
  ],
  [
    "somebody with a grant",
    async (id) => {
      const given = await guest.graphql(
        `mutation { setCalendarGrant(calendarId: "primary", userId: "${other.id}", access: WRITE) { id } }`,
      );
      expect(given.errors).toBeUndefined();
      await other.rest("PATCH", `${path(id)}?calendarId=${guest.calendarId}`, {
        attendees: [{ userId: guest.id, status: "Accepted" }],
      });
    },
  ],
];

describe.each(ANSWERS)("an answer given by %s", (_, answer) => {
  test("is not changed by the owner's older copy: strict refuses it by name, lenient passes it over", async () => {
    const copy = await invite();
    await answer(copy.id);
    expect(await statusOf(copy.id)).toBe("Accepted");
    for (const wrong of ["Declined", "NoResponse", "Tentative"]) {
      const before = await now(copy.id);
      const stale = { ...copy, attendees: list(wrong) };
      for (const method of ["PUT", "PATCH"])
        expect(passed(await owner.rest(method, path(copy.id), stale))).toEqual([200, "attendees[0].status"]);
      const strict = await owner.rest("PATCH", path(copy.id), stale, STRICT);
      expect([strict.status, strict.body.code, strict.body.details[0].field]).toEqual([
        403,
        "forbidden",
        "attendees[0].status",
      ]);
      expect(codes(await update(owner, copy.id, list(wrong)))).toEqual([
        "forbidden",
        ["attendees[0].status"],
      ]);
      const lenient = await update(owner, copy.id, list(wrong), { handling: "LENIENT" });
      expect(lenient.extensions.passedOver).toEqual(["attendees[0].status"]);
      expect(await now(copy.id)).toEqual(before);
    }
    // The rest of the copy is the meeting.
    const { body } = await owner.rest("PATCH", path(copy.id), {
      subject: "Moved",
      attendees: list("NoResponse"),
    });
    expect(body).toMatchObject({ subject: "Moved", attendees: [{ status: "Accepted" }, {}, {}] });
  });
});

describe("an answer given through one's own calendar", () => {
  test("is changed by oneself, by a write that names the version, and by an admin through GraphQL", async () => {
    const { id } = await invite();
    await respond(guest, id, "Accepted");
    await guest.rest("PATCH", path(id), { attendees: [{ userId: guest.id, status: "Tentative" }] });
    expect(await statusOf(id)).toBe("Tentative");
    const { headers } = await owner.rest("GET", path(id));
    const tag = { "If-Match": headers.get("etag")! };
    expect(
      passed(await owner.rest("PATCH", path(id), { attendees: list("Declined") }, { "If-Match": "*" })),
    ).toEqual([200, "attendees[0].status"]);
    expect((await owner.rest("PATCH", path(id), { attendees: list("Declined") }, tag)).status).toBe(200);
    expect(await statusOf(id)).toBe("Declined");
    // It is the owner's word from now on.
    expect(passed(await owner.rest("PATCH", path(id), { attendees: list("Tentative") }))).toEqual([
      200,
      null,
    ]);
    await respond(guest, id, "Accepted");
    const since = (await now(id)).lastModifiedAt;
    expect((await update(owner, id, list("NoResponse"), { since })).errors).toBeUndefined();
    expect(await statusOf(id)).toBe("NoResponse");
    await respond(guest, id, "Accepted");
    expect((await update(admin, id, list("Declined"))).errors).toBeUndefined();
    expect(await statusOf(id)).toBe("Declined");
  });

  test("an admin who names a calendar writes as its user, and has no more say", async () => {
    const { id } = await invite();
    await respond(guest, id, "Accepted");
    const named = { calendarId: owner.calendarId };
    expect(codes(await update(admin, id, list("Declined"), named))).toEqual([
      "forbidden",
      ["attendees[0].status"],
    ]);
    const reply = await admin.rest("PATCH", `${path(id)}?calendarId=${owner.calendarId}`, {
      attendees: list("Declined"),
    });
    expect(passed(reply)).toEqual([200, "attendees[0].status"]);
    expect(await statusOf(id)).toBe("Accepted");
  });

  test("and one that was not is the owner's to change, but for NoResponse", async () => {
    const { id } = await invite("Accepted");
    expect(passed(await owner.rest("PATCH", path(id), { attendees: list("Declined") }))).toEqual([200, null]);
    expect(await statusOf(id)).toBe("Declined");
    expect(passed(await owner.rest("PATCH", path(id), { attendees: list("NoResponse") }))).toEqual([
      200,
      "attendees[0].status",
    ]);
    expect(await statusOf(id)).toBe("Declined");
  });

  test("stays the owner's own where they are on their list themselves", async () => {
    const me = { userId: owner.id, status: "Accepted" };
    const { body } = await owner.rest("POST", "/events", { ...TIMED, attendees: [me] });
    expect(
      codes(await update(admin, body.id, [{ ...me, status: "Declined" }], { calendarId: owner.calendarId })),
    ).toEqual([undefined, undefined]);
    const copy = { attendees: [{ ...me, status: "NoResponse" }] };
    expect(passed(await owner.rest("PATCH", path(body.id), copy))).toEqual([200, "attendees[0].status"]);
  });
});

describe("NoResponse undoes no answer without naming the version, whoever's it is", () => {
  test.each([
    ["the owner's", () => owner, "eve@else.co"],
    ["an admin's", () => admin, "eve@else.co"],
    ["the guest's own copy", () => guest, null],
  ] as const)("%s", async (_name, who, address) => {
    const { id } = await invite("Accepted");
    const people = address
      ? [{ userId: guest.id }, { userId: other.id }, { emailAddress: address, status: "NoResponse" }]
      : [{ userId: guest.id, status: "NoResponse" }];
    const field = `attendees[${people.length - 1}].status`;
    expect(codes(await update(who(), id, people))).toEqual(["forbidden", [field]]);
    expect(await statusOf(id, address ?? guest)).not.toBe("NoResponse");
    const since = (await now(id)).lastModifiedAt;
    expect((await update(who(), id, people, { since })).errors).toBeUndefined();
    expect(await statusOf(id, address ?? guest)).toBe("NoResponse");
  });

  test("nor does respondToEvent", async () => {
    const { id } = await invite();
    await respond(guest, id, "Accepted");
    expect(codes(await respond(guest, id, "needsAction"))).toEqual(["forbidden", ["status"]]);
    expect(await statusOf(id)).toBe("Accepted");
    expect((await respond(other, id, "needsAction")).errors).toBeUndefined();
  });
});

describe("somebody who has left", () => {
  test("does not get the event back by a copy read before, but by one that names the version, or by an admin", async () => {
    const copy = await invite();
    for (const back of [
      async () => update(owner, copy.id, list("Tentative"), { since: (await now(copy.id)).lastModifiedAt }),
      async () => update(admin, copy.id, list("Tentative")),
    ]) {
      expect((await guest.rest("DELETE", path(copy.id))).status).toBe(204);
      for (const status of ["NoResponse", "Accepted"]) {
        const before = await now(copy.id);
        const stale = await owner.rest("PUT", path(copy.id), { ...copy, attendees: list(status) });
        expect(passed(stale)).toEqual([200, "attendees[0].status"]);
        expect(codes(await update(owner, copy.id, list(status)))).toEqual([
          "forbidden",
          ["attendees[0].status"],
        ]);
        expect(await now(copy.id)).toEqual(before);
        expect((await guest.rest("GET", path(copy.id))).status).toBe(404);
      }
      expect((await back()).errors).toBeUndefined();
      expect((await guest.rest("GET", path(copy.id))).body.attendees[0].status).toBe("Tentative");
    }
  });

  test("brings it back by answering", async () => {
    const { id } = await invite();
    await owner.rest("PATCH", path(id), { private: true });
    await guest.rest("DELETE", path(id));
    // Whoever declines once more stays away, and is told no more than before.
    const declined = await guest.graphql(
      `mutation { respondToEvent(id: "${id}", status: "Declined") { subject attendees { status } } }`,
    );
    expect(declined).toMatchObject({ data: { respondToEvent: { subject: "Private", attendees: [] } } });
    expect((await guest.rest("GET", path(id))).status).toBe(404);
    const { data } = await respond(guest, id, "Tentative");
    expect(data.respondToEvent.attendees[0]).toEqual({ userId: guest.id, status: "Tentative" });
    expect((await guest.rest("GET", path(id))).status).toBe(200);
    const { body } = await guest.rest("GET", "/events?since=0&showDeleted=true");
    expect(body.records.find((row: any) => row.id === id)).toMatchObject({ deleted: false });
  });
});

describe("the rule holds", () => {
  test("in batches, each item for itself", async () => {
    const [one, two] = [await invite(), await invite()];
    await respond(guest, one.id, "Accepted");
    const items = [one, two].map(({ id }) => ({ id, input: { subject: "B", attendees: list("Declined") } }));
    const query = `mutation($items: [EventPatchItem!]!, $handling: Handling) {
      updateEvents(items: $items, handling: $handling) { error { code details { field } } event { subject attendees { status } } } }`;
    const strict = await owner.graphql(query, { items });
    expect(strict.data.updateEvents).toMatchObject([
      { error: { code: "forbidden", details: [{ field: expect.stringContaining("attendees[0].status") }] } },
      { error: null, event: { attendees: [{ status: "Declined" }, {}, {}] } },
    ]);
    const lenient = await owner.graphql(query, { items, handling: "LENIENT" });
    expect(lenient.data.updateEvents[0].event).toMatchObject({
      subject: "B",
      attendees: [{ status: "Accepted" }, {}, {}],
    });
    const [item] = items;
    const versioned = [{ ...item, ifLastModifiedAt: (await now(one.id)).lastModifiedAt }];
    expect((await owner.graphql(query, { items: versioned })).data.updateEvents[0].error).toBeNull();
    expect(await statusOf(one.id)).toBe("Declined");
  });

  test("when answers and the owner's older copies come at the same moment", async () => {
    const events = await Promise.all(Array.from({ length: 12 }, () => invite()));
    await Promise.all(
      events.flatMap((copy, index) => [
        owner.rest("PUT", path(copy.id), { ...copy, subject: "a" }),
        index % 2 ? respond(guest, copy.id, "Accepted") : guest.rest("DELETE", path(copy.id)),
        owner.rest("PATCH", path(copy.id), { ...copy, subject: "b" }),
        owner.graphql(UPDATE, { id: copy.id, input: { attendees: list("Tentative") }, handling: "LENIENT" }),
        owner.rest("PUT", path(copy.id), copy),
      ]),
    );
    const after = await Promise.all(events.map(({ id }) => statusOf(id)));
    expect(after).toEqual(events.map((_, index) => (index % 2 ? "Accepted" : "Declined")));
    const held = await Promise.all(events.map(({ id }) => guest.rest("GET", path(id))));
    expect(held.map(({ status }) => status)).toEqual(events.map((_, index) => (index % 2 ? 200 : 404)));
  });

  test("after the event was given to another owner", async () => {
    const copy = await invite();
    await respond(guest, copy.id, "Accepted");
    await owner.graphql(`mutation { transferEvent(id: "${copy.id}", to: "${other.id}") { id } }`);
    const reply = await other.rest("PATCH", path(copy.id), { attendees: list("Declined") });
    expect(passed(reply)).toEqual([200, "attendees[0].status"]);
    const moved = await admin.graphql(`mutation { transferEvents(from: "${other.id}", to: "${owner.id}") }`);
    expect(moved.errors).toBeUndefined();
    expect(passed(await owner.rest("PATCH", path(copy.id), { attendees: list("Declined") }))).toEqual([
      200,
      "attendees[0].status",
    ]);
    expect(await statusOf(copy.id)).toBe("Accepted");
  });

  test("when the owner imports a file that knows no answers", async () => {
    const lines = (sequence: number): string[] => [
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//x//x//EN",
      "BEGIN:VEVENT",
      "UID:answers@x.co",
      `SEQUENCE:${sequence}`,
      "DTSTAMP:20260301T000000Z",
      "DTSTART:20260302T150000Z",
      "DTEND:20260302T160000Z",
      `SUMMARY:Version ${sequence}`,
      "ORGANIZER:mailto:ada@x.co",
      "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ben@x.co",
      "END:VEVENT",
      "END:VCALENDAR",
      "",
    ];
    const file = join(tmpdir(), `answers-${process.pid}.ics`);
    const load = async (sequence: number): Promise<unknown> => {
      await writeFile(file, lines(sequence).join("\r\n"));
      const given = {
        words: [file],
        required: () => "ada@x.co",
        optional: () => undefined,
        flag: () => false,
      };
      return importCalendar({ given, open: () => Promise.resolve(world.db), say: () => undefined } as any);
    };
    expect(await load(0)).toMatchObject({ created: 1, problems: 0 });
    const found = (await guest.rest("GET", "/events?iCalUid=answers@x.co")).body.records[0];
    await respond(guest, found.id, "Accepted");
    expect(await load(1)).toMatchObject({ updated: 1, problems: 0 });
    const after = (await guest.rest("GET", path(found.id))).body;
    expect([after.subject, after.attendees[0].status]).toEqual(["Version 1", "Accepted"]);
  });

  test("plain SQL is told apart: what it writes is nobody's own answer, and what it leaves alone stays theirs", async () => {
    const copy = await invite();
    await respond(guest, copy.id, "Accepted");
    const kept = async (): Promise<unknown> =>
      (await world.sql.query("select own_answers from event where id = $1", [copy.id])).rows[0].own_answers;
    await world.sql.query("update event set subject = 'SQL' where id = $1", [copy.id]);
    expect(await kept()).toEqual({ [guest.id]: "Accepted" });
    const set = (status: string): Promise<unknown> =>
      world.sql.query(`update event set attendees = jsonb_set(attendees, '{0,status}', $2) where id = $1`, [
        copy.id,
        JSON.stringify(status),
      ]);
    await set("Tentative");
    expect(await kept()).toEqual({});
    await set("Accepted");
    expect(await kept()).toEqual({});
    expect(passed(await owner.rest("PATCH", path(copy.id), { attendees: list("Declined") }))).toEqual([
      200,
      null,
    ]);
    await respond(guest, copy.id, "Accepted");
    await owner.rest("PATCH", path(copy.id), { attendees: [{ userId: other.id }] });
    expect(await kept()).toEqual({});
  });
});
