// What a write makes of an event: attendees, links, parents, replacement, and writes that change nothing.
import fc from "fast-check";
import { openWorld, type Person, type RestReply, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;
let ben: Person;
let contact: any;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", email: "ada@x.co" });
  ben = await world.person({ name: "Ben", email: "Ben@x.co" });
  ({ body: contact } = await ada.rest("POST", "/contacts", { name: "C. Y.", email: "CY@acme.co" }));
});
afterAll(() => world.close());

const TIMED = { subject: "Kick-off", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

async function ok(reply: Promise<RestReply>, expected = 200): Promise<any> {
  const { status, body } = await reply;
  expect([status, body?.message]).toEqual([expected, undefined]);
  return body;
}
const create = (more: object = {}): Promise<any> =>
  ok(ada.rest("POST", "/events", { ...TIMED, ...more }), 201);
const patch = (id: string, change: object): Promise<any> => ok(ada.rest("PATCH", `/events/${id}`, change));
const attendees = async (id: string, list: object[] | null): Promise<any[]> =>
  (await patch(id, { attendees: list })).attendees;

const row = (emailAddress: string, more: object = {}): object => ({
  userId: null,
  emailAddress,
  contactId: null,
  name: null,
  status: "NoResponse",
  type: "required",
  ...more,
});

describe("a list of attendees", () => {
  test("what the organisation knows is filled in: user by address, contact by address, address and name by id", async () => {
    const { attendees: list } = await create({
      attendees: [
        { emailAddress: "BEN@X.CO" },
        { userId: ada.id, name: "The boss" },
        { emailAddress: "cy@acme.co" },
        { emailAddress: "s@else.co", name: "S" },
      ],
    });
    expect(list).toEqual([
      row("BEN@X.CO", { userId: ben.id, name: "Ben" }),
      row("ada@x.co", { userId: ada.id, name: "The boss" }),
      row("cy@acme.co", { contactId: Number(contact.id), name: "C. Y." }),
      row("s@else.co", { name: "S" }),
    ]);
    const { attendees: byId } = await create({ attendees: [{ contactId: Number(contact.id) }] });
    expect(byId).toEqual([row("CY@acme.co", { contactId: Number(contact.id), name: "C. Y." })]);
  });

  test("who is a user and a contact is both, by whichever name the write has", async () => {
    const emails = ["Both@x.co", "second@x.co"];
    const both = await ok(ada.rest("POST", "/contacts", { name: "Both", emails }), 201);
    const user = await world.person({ name: "Both of them", email: "both@x.co" });
    const ids = { userId: user.id, contactId: Number(both.id), name: "Both of them" };
    const names = [{ userId: user.id }, { contactId: Number(both.id) }, { emailAddress: "BOTH@x.co" }];
    for (const named of names) {
      const event = await create({ attendees: [named] });
      expect(event.attendees).toMatchObject([ids]);
      expect(await ok(ada.rest("PUT", `/events/${event.id}`, event))).toEqual(event);
    }
  });

  test("an address is found by its letters as the database folds them", async () => {
    const emailAddress = "\u0130nci@x.co";
    const { id } = await create({ attendees: [{ emailAddress }] });
    const filter = { attendeeEmail: emailAddress };
    const { data } = await ada.graphql(
      "query($f: EventFilter) { events(filter: $f) { edges { node { id } } } }",
      { f: filter },
    );
    expect(data.events.edges).toEqual([{ node: { id } }]);
  });

  test("who is named again keeps the status, name and contact that the write left out", async () => {
    const people = [
      row("Ben@x.co", { userId: ben.id, name: "Benny", status: "Tentative" }),
      row("s@else.co", { contactId: Number(contact.id), name: "S", status: "Accepted" }),
    ];
    const { id } = await create({ attendees: people });
    expect(await attendees(id, [{ userId: ben.id }, { emailAddress: "S@ELSE.CO" }])).toEqual(people);
    const cleared = { userId: ben.id, status: null, name: null, contactId: null };
    expect(await attendees(id, [cleared, { emailAddress: "s@else.co", status: null }])).toEqual(people);
  });

  test("the list replaces the list; those who stay keep their order, new people come last", async () => {
    const { id } = await create({
      attendees: ["a", "b", "c"].map((one) => ({ emailAddress: `${one}@x.co` })),
    });
    const given = ["d", "c", "e", "a"].map((one) => ({ emailAddress: `${one}@x.co` }));
    const list = await attendees(id, given);
    expect(list.map((one) => one.emailAddress)).toEqual(["a@x.co", "c@x.co", "d@x.co", "e@x.co"]);
    expect(await attendees(id, null)).toEqual([]);
  });

  test("what the later entry of somebody given twice leaves out is the earlier's, new or there already, owner or guest", async () => {
    const twice = [
      { emailAddress: "a@x.co", status: "Accepted", type: "optional" },
      { emailAddress: "A@x.co", name: "Ann" },
    ];
    const says = row("A@x.co", { name: "Ann", status: "Accepted", type: "optional" });
    const made = await create({ attendees: twice });
    expect(made.attendees).toEqual([says]);
    const { id } = await create({ attendees: [{ emailAddress: "a@x.co", status: "Declined" }] });
    expect(await attendees(id, twice)).toEqual([{ ...says, emailAddress: "a@x.co" }]);
    const named = await create({
      attendees: [{ emailAddress: "ben@x.co", name: "Benny" }, { userId: ben.id }],
    });
    expect(named.attendees).toMatchObject([{ userId: ben.id, name: "Benny" }]);
    const answer = [{ userId: ben.id, status: "Accepted" }, { emailAddress: "ben@x.co" }];
    await ok(ben.rest("PATCH", `/events/${named.id}`, { attendees: answer }));
    expect((await ok(ada.rest("GET", `/events/${named.id}`))).attendees[0].status).toBe("Accepted");
  });

  test("somebody given twice is there once, and the later wins", async () => {
    const list = (
      await create({
        attendees: [
          { emailAddress: "twice@x.co", status: "Accepted", name: "One" },
          { emailAddress: "ben@x.co", status: "Declined" },
          { emailAddress: "TWICE@x.co", status: "Tentative", name: "Two" },
          { userId: ben.id, status: "Accepted" },
        ],
      })
    ).attendees;
    expect(list).toHaveLength(2);
    expect(list[0]).toMatchObject({ status: "Tentative", name: "Two" });
    expect(list[1]).toMatchObject({ userId: ben.id, status: "Accepted" });
  });

  test("another spelling of a known address is no change", async () => {
    const event = await create({ attendees: [{ emailAddress: "Mixed@Case.co" }] });
    const again = await patch(event.id, { attendees: [{ emailAddress: "mixed@case.CO" }] });
    expect(again).toEqual(event);
  });

  test("names are copies: renaming a user changes no event, and neither does organizerName", async () => {
    const dora = await world.person({ name: "Dora", email: "dora@x.co" });
    const event = await ok(dora.rest("POST", "/events", { ...TIMED, attendees: [{ userId: dora.id }] }), 201);
    await world.sql.query("update app_user set name = 'Theodora' where id = $1", [dora.id]);
    expect(await ok(dora.rest("GET", `/events/${event.id}`))).toEqual(event);
  });

  test("a thousand people are a list", async () => {
    const many = Array.from({ length: 1000 }, (_, at) => ({ emailAddress: `p${at}@x.co` }));
    expect((await create({ attendees: many })).attendees).toHaveLength(1000);
  });
});

describe("relatedTo", () => {
  let account: string;
  let lead: string;
  beforeAll(async () => {
    const records = [
      { type: "Account", name: "Acme" },
      { type: "Lead", name: "L" },
    ];
    const { data } = await ada.graphql(
      "mutation($records: [RecordInput!]!) { saveRecords(records: $records) { id } }",
      { records },
    );
    [account, lead] = data.saveRecords.map((one: any) => one.id) as [string, string];
  });

  test("a list, one object and the keyed form come to the same list", async () => {
    const forms = [
      [
        { type: "Contact", id: contact.id },
        { type: "Account", id: account },
      ],
      { contactId: Number(contact.id), accountId: account },
      { contactIds: [contact.id], accountIds: [Number(account)] },
    ];
    const links = [
      { type: "Contact", id: contact.id, name: "C. Y." },
      { type: "Account", id: account, name: "Acme" },
    ];
    for (const relatedTo of forms) expect((await create({ relatedTo })).relatedTo).toEqual(links);
    expect((await create({ relatedTo: { type: "LEAD", id: lead } })).relatedTo).toEqual([
      { type: "Lead", id: lead, name: "L" },
    ]);
    expect((await create({ relatedTo: { leadIds: [lead], opportunityId: null } })).relatedTo).toHaveLength(1);
  });

  test("it is replaced as a whole; null and an empty list clear it, absent keeps it", async () => {
    for (const nothing of [null, [], {}]) {
      const { id } = await create({ relatedTo: { accountId: account } });
      expect((await patch(id, { subject: "x" })).relatedTo).toHaveLength(1);
      expect((await patch(id, { relatedTo: nothing })).relatedTo).toEqual([]);
    }
  });

  test("an unknown record of the keyed form is refused", async () => {
    const { status, body } = await ada.rest(
      "POST",
      "/events",
      { ...TIMED, relatedTo: { leadId: account } },
      { Prefer: "handling=strict" },
    );
    expect([status, body.code]).toEqual([400, "bad_request"]);
    expect(body.details[0].field).toMatch(/^relatedTo/);
    const malformed = await ada.rest("POST", "/events", { ...TIMED, relatedTo: { leadIds: ["x"] } });
    expect(malformed.body.details[0].field).toBe("relatedTo.leadIds[0]");
  });
});

describe("parents", () => {
  test("a parent is set, read as a number and cleared by null", async () => {
    const parent = await create();
    const child = await create({ parentId: parent.id });
    expect(child.parentId).toBe(Number(parent.id));
    expect((await patch(child.id, { subject: "x" })).parentId).toBe(Number(parent.id));
    expect((await patch(child.id, { parentId: null })).parentId).toBeNull();
  });

  test("deleting a parent deletes its children and theirs, with tombstones for everybody who held one", async () => {
    const parent = await create();
    const child = await create({ parentId: parent.id, attendees: [{ userId: ben.id }] });
    const grandchild = await create({ parentId: child.id });
    const { status } = await ada.rest("DELETE", `/events/${parent.id}`);
    expect(status).toBe(204);
    for (const { id } of [parent, child, grandchild]) {
      const removed = await ok(ada.rest("GET", `/events/${id}?showDeleted=true`));
      expect(removed).toMatchObject({ id, deleted: true, reason: "deleted" });
    }
    expect(await ok(ben.rest("GET", `/events/${child.id}?showDeleted=true`))).toMatchObject({
      reason: "deleted",
    });
  });
});

describe("what others hung under an event", () => {
  const parentOf = async (id: string): Promise<unknown> =>
    (await ok(ben.rest("GET", `/events/${id}`))).parentId;

  test("stays when it is deleted, without a parent, as a change that their clients are told of", async () => {
    const deleting: ((id: string) => Promise<unknown>)[] = [
      (id) => ada.rest("DELETE", `/events/${id}`),
      (id) => ada.graphql("mutation($id: ID!) { deleteEvents(ids: [$id]) { error { code } } }", { id }),
      (id) => world.sql.query("delete from event where id = $1", [id]),
    ];
    for (const remove of deleting) {
      const parent = await create({ attendees: [{ userId: ben.id }] });
      const own = await create({ parentId: parent.id });
      const bens = (await ben.rest("POST", "/events", { ...TIMED, parentId: parent.id })).body;
      const under = (await ben.rest("POST", "/events", { ...TIMED, parentId: bens.id })).body;
      expect(await parentOf(bens.id)).toBe(Number(parent.id));
      const since = (await ok(ben.rest("GET", "/events"))).nextDeltaToken as string;
      await remove(parent.id);
      expect((await ada.rest("GET", `/events/${own.id}`)).status).toBe(404);
      expect([await parentOf(bens.id), await parentOf(under.id)]).toEqual([null, Number(bens.id)]);
      const { records } = await ok(ben.rest("GET", `/events?since=${since}&showDeleted=true`));
      expect(
        records.map(({ id, deleted }: { id: string; deleted?: boolean }) => [id, deleted === true]),
      ).toEqual(
        expect.arrayContaining([
          [parent.id, true],
          [bens.id, false],
        ]),
      );
    }
  });
});

describe("spelling", () => {
  test("of a zone is that of any program, as in calendar files; of a UID without the blanks around it", async () => {
    const zones = {
      "UTC+01:00": "Etc/GMT-1",
      "tzone://Microsoft/Utc": "UTC",
      "/mozilla.org/20050126_1/Europe/Berlin": "Europe/Berlin",
      "W. Europe Standard Time": "Europe/Berlin",
    };
    for (const [timezone, known] of Object.entries(zones))
      expect([timezone, (await create({ timezone })).timezone]).toEqual([timezone, known]);
    const event = await create({ iCalUid: " uid-blank " });
    expect(event.iCalUid).toBe("uid-blank");
    expect((await ok(ada.rest("GET", "/events?iCalUid=%20uid-blank"))).records).toHaveLength(1);
    const again = await ada.rest("POST", "/events?matchICalUid=true", { ...TIMED, iCalUid: "uid-blank " });
    expect([again.status, again.body.id]).toEqual([200, event.id]);
  });

  test("of the organiser's address is no change and no refusal, and no other content under a key", async () => {
    const event = await create({ organizerEmail: "boss@client.co", attendees: [{ userId: ben.id }] });
    const strict = { Prefer: "handling=strict" };
    for (const who of [ada, ben]) {
      const sent = await who.rest(
        "PATCH",
        `/events/${event.id}`,
        { organizerEmail: "BOSS@Client.co" },
        strict,
      );
      expect([sent.status, sent.body.lastModifiedAt, sent.body.organizerEmail]).toEqual([
        200,
        event.lastModifiedAt,
        "boss@client.co",
      ]);
    }
    const key = { "Idempotency-Key": "spelling" };
    const first = await ada.rest("POST", "/events", { ...TIMED, organizerEmail: "boss@client.co" }, key);
    const other = { ...TIMED, organizerEmail: "Boss@client.co", requireRooms: false };
    const second = await ada.rest("POST", "/events", other, key);
    expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id]);
  });
});

describe("replacing", () => {
  test("with a word that nobody knows, which is passed over, keeps the one that the event had", async () => {
    const words = { showAs: "free", status: "tentative", timezone: "Asia/Tokyo" };
    const event = await create(words);
    const unknown = { showAs: "away", status: "postponed", timezone: "Mars/Phobos" };
    const put = await ada.rest("PUT", `/events/${event.id}`, { ...TIMED, ...unknown });
    expect([put.status, put.headers.get("tidemark-passed-over")]).toEqual([200, "showAs, status, timezone"]);
    expect(put.body).toMatchObject(words);
  });

  test("PUT sets what it names and everything else to its default; what a client may not write stays", async () => {
    const event = await create({
      description: "d",
      location: "l",
      private: true,
      timezone: "Asia/Tokyo",
      attendees: [{ userId: ben.id, status: "Accepted" }],
      relatedTo: { contactId: contact.id },
      iCalUid: "uid",
    });
    const times = { startTime: "2026-04-01T10:00:00Z", endTime: "2026-04-01T11:00:00Z" };
    const replaced = await ok(ada.rest("PUT", `/events/${event.id}`, { ...times, ownerId: ben.id }));
    expect(replaced).toEqual({
      ...event,
      subject: "",
      description: null,
      location: null,
      private: false,
      timezone: "Europe/Paris",
      attendees: [],
      relatedTo: [],
      iCalUid: null,
      startTime: "2026-04-01T10:00:00.000Z",
      endTime: "2026-04-01T11:00:00.000Z",
      lastModifiedAt: replaced.lastModifiedAt,
    });
    expect(replaced.lastModifiedAt > event.lastModifiedAt).toBe(true);
  });

  test("PUT needs the times; people who stay on its list keep what it left out", async () => {
    const event = await create({ attendees: [{ userId: ben.id, status: "Accepted" }] });
    const { status, body } = await ada.rest("PUT", `/events/${event.id}`, { subject: "x" });
    expect(status).toBe(400);
    expect(body.details.map((detail: any) => detail.field).sort()).toContain("startTime");
    const replaced = await ok(
      ada.rest("PUT", `/events/${event.id}`, { ...TIMED, attendees: [{ userId: ben.id }] }),
    );
    expect(replaced).toEqual(event);
  });
});

describe("a write that changes nothing", () => {
  const optionalText = fc.option(
    fc.string({ unit: "grapheme", maxLength: 40 }).filter((s) => !s.includes("\0")),
  );
  const person = fc.oneof(
    fc.record({
      userId: fc.constantFrom("ada", "ben"),
      status: fc.constantFrom("Accepted", "declined", "none"),
    }),
    fc.record({ emailAddress: fc.emailAddress(), name: optionalText }),
    fc.constant({ emailAddress: "cy@acme.co" }),
  );
  const anyEvent = fc.record({
    subject: optionalText,
    description: optionalText,
    location: optionalText,
    iCalUid: optionalText,
    allDay: fc.boolean(),
    private: fc.boolean(),
    timezone: fc.constantFrom(null, "Asia/Tokyo", "America/St_Johns"),
    start: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    length: fc.integer({ min: 0, max: 900_000_000 }),
    attendees: fc.array(person, { maxLength: 4 }),
    linked: fc.boolean(),
  });

  /** What the service could tell of a change: the version, and whether anybody's feed moved. */
  async function trace(id: string): Promise<unknown[]> {
    const { body, headers } = await ada.rest("GET", `/events/${id}`);
    const clocks = await world.sql.query("select id, clock::text from calendar order by id");
    const entries = await world.sql.query("select tick::text from calendar_entry where event_id = $1", [id]);
    return [body, headers.get("etag"), clocks.rows, entries.rows];
  }

  test("any event patched or replaced with its own representation stays the same version, unseen by any feed", async () => {
    await fc.assert(
      fc.asyncProperty(anyEvent, async ({ start, length, attendees: people, linked, ...event }) => {
        const ids: Record<string, string> = { ada: ada.id, ben: ben.id };
        const made = await create({
          ...event,
          startTime: new Date(start).toISOString(),
          endTime: new Date(start + length).toISOString(),
          attendees: people.map((one) => ("userId" in one ? { ...one, userId: ids[one.userId] } : one)),
          relatedTo: linked ? { contactId: contact.id } : null,
        });
        const before = await trace(made.id);
        expect(await patch(made.id, made)).toEqual(made);
        expect(await ok(ada.rest("PUT", `/events/${made.id}`, made))).toEqual(made);
        expect(await trace(made.id)).toEqual(before);
      }),
      { numRuns: 25 },
    );
  });

  test("other words for the same are no change: offsets, spelling of status, order of people, absent keys", async () => {
    const made = await create({
      attendees: [{ userId: ben.id, status: "Tentative" }, { emailAddress: "s@else.co" }],
      description: null,
    });
    const before = await trace(made.id);
    for (const change of [
      {},
      { colour: "red", id: "1", lastModifiedAt: "2020-01-01T00:00:00Z", deleted: true, ownerId: ben.id },
      { startTime: "2026-03-02T16:00:00+01:00" },
      { startTime: 1772463600000, endTime: "2026-03-02T16:00:00.0009Z" },
      {
        attendees: [{ emailAddress: "S@else.co" }, { userId: Number(ben.id), status: "TENTATIVELYACCEPTED" }],
      },
      { timezone: "europe/paris" },
      { timezone: null },
      { description: null, relatedTo: null, parentId: null, allDay: null, private: null },
    ]) {
      expect(await patch(made.id, change)).toEqual(made);
    }
    expect(await trace(made.id)).toEqual(before);
  });

  test("a change of no more than a status, a link or private is one", async () => {
    const made = await create({ attendees: [{ userId: ben.id }] });
    let last = made.lastModifiedAt;
    for (const change of [
      { attendees: [{ userId: ben.id, status: "Accepted" }] },
      { relatedTo: { contactId: contact.id } },
      { private: true },
      { attendees: [] },
    ]) {
      const { lastModifiedAt } = await patch(made.id, change);
      expect(lastModifiedAt > last).toBe(true);
      last = lastModifiedAt;
    }
  });
});
