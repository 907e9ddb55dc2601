// Records that come late, go, come back, and become one: what the events that name them say then, and what their timelines show.
import pg from "pg";
import { until } from "../support/wait";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;
let ben: Person;
let stranger: Person;
let events = 0;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", email: "ada@x.co", role: "admin" });
  ben = await world.person({ name: "Ben", email: "ben@x.co" });
  stranger = await world.person({ organisationId: await world.organisation(), role: "admin" });
});

afterAll(() => world.close());

async function save(record: object, who = ada): Promise<any> {
  const query = `mutation($r: [RecordInput!]!) { saveRecords(records: $r) { id type name emails accountId } }`;
  const { data, errors } = await who.graphql(query, { r: [record] });
  if (errors) throw new Error(JSON.stringify(errors));
  return data.saveRecords[0];
}

const contact = (name: string, ...emails: string[]): Promise<any> => save({ type: "Contact", name, emails });

async function meet(input: object, who = ada): Promise<any> {
  const hour = String(10 + (events++ % 10));
  const times = { startTime: `2026-03-02T${hour}:00:00Z`, endTime: `2026-03-02T${hour}:30:00Z` };
  const { status, body } = await who.rest("POST", "/events", { subject: `E${events}`, ...times, ...input });
  expect(status).toBe(201);
  return body;
}

const read = async (id: string, who = ada): Promise<any> => (await who.rest("GET", `/events/${id}`)).body;

async function patch(id: string, input: object, who = ada): Promise<any> {
  const reply = await who.rest("PATCH", `/events/${id}`, input);
  expect(reply.status).toBe(200);
  return reply.body;
}

async function mutate(name: string, ids: string[], who = ada): Promise<any> {
  return who.graphql(`mutation($ids: [ID!]!) { ${name}(ids: $ids) { id name } }`, { ids });
}

async function merge(from: string[], into: string, who = ada): Promise<any> {
  const query = `mutation($from: [ID!]!, $into: ID!) { mergeRecords(from: $from, into: $into) { id name emails } }`;
  return who.graphql(query, { from, into });
}

const codeOf = ({ errors }: any): unknown => errors?.[0].extensions.code;
const contactOf = (event: any, address: string): unknown =>
  event.attendees.find((one: any) => one.emailAddress === address)?.contactId;

async function timeline(type: string, id: string, more = "", who = ada): Promise<string[]> {
  const { data, errors } = await who.graphql(
    `query($id: ID!) { record(type: ${type}, id: $id) { events(first: 100${more}) { edges { node { id } } } } }`,
    { id },
  );
  expect(errors).toBeUndefined();
  return data.record.events.edges.map(({ node }: any) => node.id);
}

const PATHS: Record<string, string> = {
  Contact: "contacts",
  Account: "accounts",
  Opportunity: "opportunities",
  Lead: "leads",
};

async function found(filter: string, who = ada): Promise<string[]> {
  const { data, errors } = await who.graphql(
    `{ events(filter: { scope: ORGANISATION, ${filter} }) { edges { node { id } } } }`,
  );
  expect(errors).toBeUndefined();
  return data.events.edges.map(({ node }: any) => node.id);
}

/** As both doors have it. */
async function timelines(type: string, id: string, rollUp = true): Promise<string[]> {
  const found = await timeline(type, id, rollUp ? "" : ", rollUp: false");
  const { status, body } = await ada.rest(
    "GET",
    `/${PATHS[type]}/${id}/events${rollUp ? "" : "?rollUp=false"}`,
  );
  expect(status).toBe(200);
  expect(body.records.map((one: any) => one.id)).toEqual(found);
  return found;
}

describe("a contact that comes after the meeting", () => {
  test("is linked to the events that have its address, as a change that every calendar is told of", async () => {
    const before = await meet({ attendees: [{ emailAddress: "Late@Y.co" }, { userId: ben.id }] });
    expect(contactOf(before, "Late@Y.co")).toBeNull();
    const late = await contact("Late L.", "late@y.CO");
    const after = await read(before.id, ben);
    expect(contactOf(after, "Late@Y.co")).toBe(Number(late.id));
    expect(after.lastModifiedAt > before.lastModifiedAt).toBe(true);
    expect(await timelines("Contact", late.id)).toEqual([before.id]);
    const { body } = await ben.rest("GET", `/events?since=${encodeURIComponent(before.lastModifiedAt)}`);
    expect(body.records.map((one: any) => one.id)).toContain(before.id);
  });

  test("is linked when it is given another address, and by whatever writes it", async () => {
    const event = await meet({ attendees: [{ emailAddress: "second@y.co" }, { emailAddress: "sql@y.co" }] });
    const late = await contact("Second", "first@y.co");
    await save({ id: late.id, emails: ["first@y.co", "second@y.co"] });
    expect(contactOf(await read(event.id), "second@y.co")).toBe(Number(late.id));
    const { rows } = await world.sql.query(
      "insert into record (organisation_id, type, name, emails) values ($1, 'Contact', 'Sql', '{SQL@y.co}') returning id",
      [world.organisationId],
    );
    expect(contactOf(await read(event.id), "sql@y.co")).toBe(Number(rows[0].id));
  });

  test("takes nobody's place: an attendee who has a contact keeps it, and other organisations hear nothing", async () => {
    const first = await contact("First", "taken@y.co");
    const event = await meet({ attendees: [{ emailAddress: "taken@y.co" }] });
    const elsewhere = await meet({ attendees: [{ emailAddress: "taken@y.co" }] }, stranger);
    const { lastModifiedAt } = event;
    await contact("Second", "taken@y.co");
    expect(await read(event.id)).toMatchObject({
      lastModifiedAt,
      attendees: [{ contactId: Number(first.id) }],
    });
    expect(await read(elsewhere.id, stranger)).toEqual(elsewhere);
  });

  test("an Account, an archived contact and a change of the name link nothing", async () => {
    const event = await meet({ attendees: [{ emailAddress: "none@y.co" }] });
    await save({ type: "Account", name: "None", emails: ["none@y.co"] });
    const archived = await contact("Archived", "other@y.co");
    await mutate("archiveRecords", [archived.id]);
    await world.sql.query("update record set emails = '{none@y.co}' where id = $1", [archived.id]);
    expect(await read(event.id)).toEqual(event);
    await mutate("restoreRecords", [archived.id]);
    expect(contactOf(await read(event.id), "none@y.co")).toBe(Number(archived.id));
  });

  test("is told to whoever follows the calendars at once, as every change of theirs", async () => {
    const hints = new pg.Client({ connectionString: world.databaseUrl });
    const heard: string[] = [];
    hints.on("notification", ({ payload = "" }) => heard.push(...payload.split(" ").slice(1)));
    await hints.connect();
    await hints.query("listen tidemark_hints");
    const told = async (who: Person, change: () => Promise<unknown>): Promise<void> => {
      heard.length = 0;
      await change();
      await until(() => heard.includes(`${world.organisationId}/${who.id}`));
    };
    const cleo = await world.person();
    const invited = [{ emailAddress: "hinted@x.co" }, { emailAddress: "again@x.co" }];
    await told(cleo, () => meet({ attendees: invited }, cleo));
    let made: any;
    await told(cleo, async () => (made = await contact("Hinted", "hinted@x.co")));
    const body = { name: "Again", emails: ["again@x.co"] };
    await told(cleo, () => ada.rest("POST", "/contacts", body));
    const other = await contact("Other");
    await told(cleo, () => merge([made.id], other.id));
    await hints.end();
  });

  test("no write in flight slips past it", async () => {
    for (let round = 0; round < 8; round++) {
      const emailAddress = `race${round}@y.co`;
      const [event, made] = await Promise.all([
        meet({ attendees: [{ emailAddress }] }),
        contact(`Race ${round}`, emailAddress),
      ]);
      expect(contactOf(await read(event.id), emailAddress)).toBe(Number(made.id));
    }
  });
});

describe("an address that a contact no longer has", () => {
  test("takes its link along at the next write that names it, and not before", async () => {
    const old = await contact("Old", "moves@y.co", "stays@y.co");
    const event = await meet({ attendees: [{ emailAddress: "moves@y.co" }] });
    await save({ id: old.id, emails: ["stays@y.co"] });
    const next = await contact("Next", "moves@y.co");
    expect(await read(event.id)).toEqual(event);
    expect(await patch(event.id, { attendees: event.attendees })).toEqual(event);
    const moved = await patch(event.id, { attendees: [{ emailAddress: "moves@y.co" }] });
    expect(contactOf(moved, "moves@y.co")).toBe(Number(next.id));
    await save({ id: next.id, emails: [] });
    const gone = await patch(event.id, { attendees: [{ emailAddress: "moves@y.co" }] });
    expect(contactOf(gone, "moves@y.co")).toBeNull();
  });

  test("a link that was written to a contact of another address stays", async () => {
    const chosen = await contact("Chosen", "chosen@y.co");
    const event = await meet({
      attendees: [{ emailAddress: "assistant@y.co", contactId: Number(chosen.id) }],
    });
    const after = await patch(event.id, {
      attendees: [{ emailAddress: "assistant@y.co", status: "Accepted" }],
    });
    expect(contactOf(after, "assistant@y.co")).toBe(Number(chosen.id));
  });
});

describe("archived records", () => {
  test("only admins archive, restore and merge", async () => {
    const one = await contact("Mine");
    const two = await contact("Yours");
    for (const reply of [
      await mutate("archiveRecords", [one.id], ben),
      await mutate("restoreRecords", [one.id], ben),
      await merge([one.id], two.id, ben),
    ])
      expect(codeOf(reply)).toBe("forbidden");
    for (const reply of [
      await mutate("archiveRecords", [one.id], stranger),
      await mutate("restoreRecords", [one.id], stranger),
      await merge([one.id], two.id, stranger),
      await mutate("restoreRecords", ["999999999"]),
    ])
      expect(codeOf(reply)).toBe("not_found");
  });

  test("are found by nobody, changed by nobody, and link nothing new until they are restored", async () => {
    const one = await contact("Gone", "gone@y.co");
    await mutate("archiveRecords", [one.id]);
    expect((await ada.rest("GET", `/contacts/${one.id}`)).status).toBe(404);
    expect((await ada.rest("GET", `/contacts/${one.id}/events`)).status).toBe(404);
    const changed = await ada.graphql(
      `mutation { saveRecords(records: [{ id: "${one.id}", name: "x" }]) { id } }`,
    );
    expect(codeOf(changed)).toBe("not_found");
    const event = await meet({ attendees: [{ emailAddress: "gone@y.co" }] });
    expect(contactOf(event, "gone@y.co")).toBeNull();
    expect((await mutate("restoreRecords", [one.id, one.id])).data.restoreRecords).toHaveLength(1);
    expect(contactOf(await read(event.id), "gone@y.co")).toBe(Number(one.id));
    expect((await ada.rest("GET", `/contacts/${one.id}`)).body.name).toBe("Gone");
  });

  test("stay where they are while they are sent back, and go when the address is named alone", async () => {
    const one = await contact("Kept", "kept@y.co");
    const event = await meet({
      attendees: [{ emailAddress: "kept@y.co" }],
      relatedTo: [{ type: "Contact", id: one.id }],
    });
    await mutate("archiveRecords", [one.id]);
    expect(await patch(event.id, event)).toEqual(event);
    const named = await patch(event.id, { attendees: [{ emailAddress: "kept@y.co" }] });
    expect(contactOf(named, "kept@y.co")).toBeNull();
    expect(named.relatedTo).toHaveLength(1);
  });
});

describe("merging records", () => {
  test("brings addresses, links and attendees' contacts over, as changes of the events", async () => {
    const into = await contact("Survivor", "survivor@y.co");
    const from = await contact("Double", "double@y.co", "SURVIVOR@y.co");
    const linked = await meet({
      attendees: [{ emailAddress: "double@y.co" }, { userId: ben.id }],
      relatedTo: [
        { type: "Contact", id: from.id },
        { type: "Contact", id: into.id },
      ],
    });
    const { data, errors } = await merge([from.id], into.id);
    expect(errors).toBeUndefined();
    expect(data.mergeRecords).toEqual({
      id: into.id,
      name: "Survivor",
      emails: ["survivor@y.co", "double@y.co"],
    });
    const after = await read(linked.id, ben);
    expect(contactOf(after, "double@y.co")).toBe(Number(into.id));
    expect(after.relatedTo).toEqual([{ type: "Contact", id: into.id, name: "Survivor" }]);
    expect(after.lastModifiedAt > linked.lastModifiedAt).toBe(true);
    expect(await timelines("Contact", from.id)).toEqual([linked.id]);
    expect((await ada.rest("GET", `/contacts/${from.id}`)).body).toMatchObject({ id: into.id });
    const { body } = await ada.rest("GET", "/records?email=double@y.co");
    expect(body.records.map(({ id }: any) => id)).toEqual([into.id]);
    const history = await ada.graphql(
      `{ event(id: "${linked.id}") { history { edges { node { client } } } } }`,
    );
    expect(history.data.event.history.edges).toHaveLength(2);
  });

  test("what names a merged record means its survivor, through any number of merges", async () => {
    const [a, b, c] = [await contact("A"), await contact("B"), await contact("C", "c@y.co")];
    await merge([a.id], b.id);
    await merge([b.id], c.id);
    expect((await ada.rest("GET", `/contacts/${a.id}`)).body).toMatchObject({ id: c.id });
    const event = await meet({
      attendees: [{ contactId: Number(a.id) }],
      relatedTo: [
        { type: "Contact", id: a.id },
        { type: "Contact", id: b.id },
      ],
    });
    expect(event.attendees).toMatchObject([{ contactId: Number(c.id), emailAddress: "c@y.co" }]);
    expect(event.relatedTo).toEqual([{ type: "Contact", id: c.id, name: "C" }]);
    const stale = { relatedTo: [{ type: "Contact", id: b.id, name: "B" }] };
    expect(await patch(event.id, stale)).toEqual(event);
    for (const { id } of [a, b, c])
      for (const filter of [`contactId: ${id}`, `relatedTo: { type: Contact, id: "${id}" }`])
        expect([filter, await found(filter)]).toEqual([filter, [event.id]]);
  });

  test("and one that was restored is asked for by itself again", async () => {
    const [a, b] = [await contact("Left"), await contact("Right")];
    const event = await meet({ relatedTo: [{ type: "Contact", id: a.id }] });
    await merge([a.id], b.id);
    await mutate("restoreRecords", [a.id]);
    expect(await found(`relatedTo: { type: Contact, id: "${a.id}" }`)).toEqual([]);
    expect(await found(`relatedTo: { type: Contact, id: "${b.id}" }`)).toEqual([event.id]);
  });

  test("an Account takes over what belongs to it; a repeated merge leaves no trace", async () => {
    const [big, small] = [
      await save({ type: "Account", name: "Big" }),
      await save({ type: "Account", name: "Small" }),
    ];
    const child = await save({ type: "Contact", name: "Child", accountId: small.id });
    const event = await meet({ relatedTo: [{ type: "Account", id: small.id }] });
    await merge([small.id], big.id);
    const after = await read(event.id);
    expect((await ada.rest("GET", `/contacts/${child.id}`)).body.accountId).toBe(big.id);
    expect((await merge([small.id], big.id)).data.mergeRecords.id).toBe(big.id);
    expect(await read(event.id)).toEqual(after);
  });

  test("what cannot be merged is refused by name, and nothing is done", async () => {
    const one = await contact("One", "one@y.co");
    const account = await save({ type: "Account", name: "Acme" });
    const away = await contact("Away");
    await mutate("archiveRecords", [away.id]);
    const cases: [string[], string, string, string[]][] = [
      [[one.id], one.id, "bad_request", ["from[0]"]],
      [[one.id, account.id], (await contact("Into")).id, "bad_request", ["from[1]"]],
      [[], one.id, "bad_request", ["from"]],
      [["x"], one.id, "bad_request", ["from[0]"]],
      [["999999999"], one.id, "not_found", []],
      [[one.id], away.id, "not_found", []],
    ];
    for (const [from, into, code, fields] of cases) {
      const { errors } = await merge(from, into);
      expect(errors?.[0]?.extensions.code).toBe(code);
      expect(errors?.[0]?.extensions.details.map(({ field }: any) => field)).toEqual(fields);
    }
    expect((await ada.rest("GET", `/contacts/${one.id}`)).body.emails).toEqual(["one@y.co"]);
  });
});

describe("a timeline", () => {
  test("is by link, attendee's contact and present addresses; a Lead's too", async () => {
    const lead = await save({ type: "Lead", name: "Lead", emails: ["lead@z.co"] });
    const linked = await meet({ relatedTo: [{ type: "Lead", id: lead.id }] });
    const invited = await meet({ attendees: [{ emailAddress: "LEAD@z.co" }] });
    await meet({ attendees: [{ emailAddress: "other@z.co" }] });
    expect(new Set(await timelines("Lead", lead.id))).toEqual(new Set([linked.id, invited.id]));
    await save({ id: lead.id, emails: [] });
    expect(await timelines("Lead", lead.id)).toEqual([linked.id]);
  });

  test("an Account's has its contacts' and opportunities' events, once each, archived ones too", async () => {
    const account = await save({ type: "Account", name: "Globex" });
    const one = await save({ type: "Contact", name: "G1", emails: ["g1@z.co"], accountId: account.id });
    const deal = await save({ type: "Opportunity", name: "Deal", accountId: account.id });
    const own = await meet({ relatedTo: [{ type: "Account", id: account.id }] });
    const all = await meet({
      attendees: [{ emailAddress: "g1@z.co" }],
      relatedTo: [
        { type: "Account", id: account.id },
        { type: "Opportunity", id: deal.id },
      ],
    });
    const deals = await meet({ relatedTo: [{ type: "Opportunity", id: deal.id }] });
    const contacts = await meet({ attendees: [{ contactId: Number(one.id) }] });
    const whole = [own.id, all.id, deals.id, contacts.id].sort();
    expect((await timelines("Account", account.id)).sort()).toEqual(whole);
    expect((await timelines("Account", account.id, false)).sort()).toEqual([own.id, all.id].sort());
    expect(await timelines("Opportunity", deal.id)).toEqual(await timelines("Opportunity", deal.id, false));
    await mutate("archiveRecords", [one.id, deal.id]);
    expect((await timelines("Account", account.id)).sort()).toEqual(whole);
  });

  test("comes by window and in pages over REST, and hides what is private", async () => {
    const one = await contact("Paged", "paged@z.co");
    const ids: string[] = [];
    for (const day of ["04", "05", "06"]) {
      const event = await meet({
        startTime: `2026-04-${day}T10:00:00Z`,
        endTime: `2026-04-${day}T11:00:00Z`,
        attendees: [{ emailAddress: "paged@z.co" }],
        private: day === "05",
      });
      ids.push(event.id);
    }
    const path = `/contacts/${one.id}/events`;
    const first = (await ada.rest("GET", `${path}?limit=2`)).body;
    expect(first.records.map(({ id }: any) => id)).toEqual(ids.slice(0, 2));
    const rest = (await ada.rest("GET", `${path}?limit=2&pageToken=${first.nextPageToken}`)).body;
    expect(rest.records.map(({ id }: any) => id)).toEqual(ids.slice(2));
    expect(rest.nextPageToken).toBeUndefined();
    const window = (await ada.rest("GET", `${path}?startAt=2026-04-05T00:00:00Z&endAt=2026-04-06T00:00:00Z`))
      .body;
    expect(window.records.map(({ id }: any) => id)).toEqual([ids[1]]);
    const seen = (await ben.rest("GET", path)).body;
    expect(seen.records.map(({ id }: any) => id)).toEqual([ids[0], ids[2]]);
    const other = await contact("Other");
    const token = encodeURIComponent(first.nextPageToken);
    const wrong = await ada.rest("GET", `/contacts/${other.id}/events?limit=2&pageToken=${token}`);
    expect([wrong.status, wrong.body.code]).toEqual([400, "token.notValid"]);
    expect((await ada.rest("GET", `${path}?rollUp=maybe`)).body.details[0].field).toBe("rollUp");
    expect((await ada.rest("GET", `/accounts/${one.id}/events`)).status).toBe(404);
    expect((await stranger.rest("GET", path)).status).toBe(404);
  });

  test("a whole one of more events than a piece has comes complete", async () => {
    const one = await contact("Busy", "busy@z.co");
    const inputs = Array.from({ length: 500 }, (_, index) => ({
      subject: `B${index}`,
      startTime: "2026-05-01T10:00:00Z",
      endTime: "2026-05-01T11:00:00Z",
      attendees: [{ emailAddress: "busy@z.co" }],
    }));
    const many = "mutation($inputs: [EventInput!]!) { createEvents(inputs: $inputs, atomic: true) { id } }";
    expect((await ada.graphql(many, { inputs })).errors).toBeUndefined();
    expect((await ada.graphql(many, { inputs })).errors).toBeUndefined();
    const { body } = await ada.rest("GET", `/contacts/${one.id}/events`);
    expect(body.length).toBe(1000);
    expect(new Set(body.records.map(({ id }: any) => id)).size).toBe(1000);
  });
});

describe("a link", () => {
  test("has the record's id under another name than `id`, and the record as it is now", async () => {
    const account = await save({ type: "Account", name: "Then" });
    const event = await meet({ relatedTo: [{ type: "Account", id: account.id }] });
    await save({ id: account.id, name: "Now" });
    const { data } = await ada.graphql(
      `{ event(id: "${event.id}") { relatedTo { type recordId name record { id name } } } }`,
    );
    expect(data.event.relatedTo).toEqual([
      { type: "Account", recordId: account.id, name: "Then", record: { id: account.id, name: "Now" } },
    ]);
    const refused = await ada.graphql(`{ event(id: "${event.id}") { relatedTo { id } } }`);
    expect(codeOf(refused)).toBe("bad_request");
  });
});
