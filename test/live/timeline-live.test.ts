// Following a record: whoever has it open sees its meetings come, change and go, and nothing that is not for them.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { change, make } from "../support/events";
import { followSse, followWs, fromThisInstant, type Change, type Heard } from "../support/live";
import { insertEvent } from "../support/plain-sql";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let other: { url: string; close: () => Promise<void> };
let ada: Person;
let ben: Person;
let cleo: Person;
let account: string;
let dana: string;
let address: string;

beforeAll(async () => {
  world = await openWorld();
  other = await world.instance();
});
afterAll(async () => {
  await other.close();
  await world.close();
});
beforeEach(async () => {
  const organisationId = await world.organisation();
  ada = await world.person({ organisationId, role: "admin" });
  ben = await world.person({ organisationId });
  cleo = await world.person({ organisationId });
  address = `dana-${randomUUID()}@client.test`;
  account = await record({ type: "Account", name: "Acme" });
  dana = await record({ type: "Contact", name: "Dana", emails: [address], accountId: account });
});

async function record(input: object): Promise<string> {
  const save = "mutation ($r: RecordInput!) { saveRecords(records: [$r]) { id } }";
  const { data, errors } = await ada.graphql(save, { r: input });
  expect(errors).toBeUndefined();
  return data.saveRecords[0].id;
}

/** Whoever hears has begun; until then changes are made for them, which are not told to the test. */
async function begun(heard: Heard): Promise<void> {
  const made: string[] = [];
  while (heard.changes.length === 0) {
    made.push(await make(ben, { subject: "Begin", attendees: [{ emailAddress: address }] }));
    await sleep(200);
  }
  await heard.until(({ changes }) => changes.at(-1)!.id === made.at(-1));
  expect(new Set(heard.changes.map(word))).toEqual(new Set(["Begin"]));
  heard.changes.length = 0;
}

const follow = (who: Person, url: string, since?: string, asked = { type: "Account", id: account }) =>
  followWs(url, who.token, { ...asked, ...(since && { since }) });

/** A row in a word: the subject, or why it is gone. */
const word = (row?: Change): string => row?.event?.subject ?? String(row?.reason);
const words = ({ changes }: Heard): string[] => changes.map(word);

/** What comes after a change that only this test's people see; so whatever was before it has come. */
async function heardTo(heard: Heard, subject: string): Promise<string[]> {
  await make(ada, { subject, attendees: [{ emailAddress: address }] });
  await heard.until(({ changes }) => changes.some((row) => word(row) === subject));
  return words(heard).filter((one) => one !== subject);
}

test("an account's timeline tells what comes, changes and goes, at every instance, through its contacts, from plain SQL too", async () => {
  await make(ben, { subject: "Before", attendees: [{ emailAddress: address }] });
  const heard = await follow(cleo, other.url);
  await begun(heard);
  const id = await make(ben, { subject: "Demo", attendees: [{ emailAddress: address }] });
  await heard.until(({ changes }) => changes.length === 1);
  await change(ben, id, { subject: "Second demo" });
  await heard.until(({ changes }) => changes.length === 2);
  await change(ben, id, { attendees: [] });
  await heard.until(({ changes }) => changes.length === 3);
  await change(ben, id, { relatedTo: { accountId: account } });
  await heard.until(({ changes }) => changes.length === 4);
  await ben.rest("DELETE", `/events/${id}`);
  await heard.until(({ changes }) => changes.length === 5);
  await make(ben, { subject: "Elsewhere" });
  const { id: byHand } = await insertEvent(world.sql, ben, { subject: "By hand" });
  await world.sql.query("update event set related_to = $2 where id = $1", [
    byHand,
    JSON.stringify([{ type: "Account", id: account, name: "Acme" }]),
  ]);
  await heard.until(({ changes }) => changes.length === 6);
  expect(words(heard)).toEqual(["Demo", "Second demo", "left", "Second demo", "deleted", "By hand"]);
  expect(new Set(heard.changes.slice(0, 5).map((row) => row.id))).toEqual(new Set([id]));
  await heard.stop();
});

test("whoever subscribes since the last watermark misses nothing that came or went meanwhile", async () => {
  const [kept, dropped, gone] = [
    await make(ben, { subject: "Kept", attendees: [{ emailAddress: address }] }),
    await make(ben, { subject: "Dropped", attendees: [{ emailAddress: address }] }),
    await make(ben, { subject: "Gone", attendees: [{ emailAddress: address }] }),
  ];
  const first = await follow(cleo, world.url, "1970-01-01T00:00:00Z");
  await first.until(({ changes }) => changes.length === 3);
  expect(words(first)).toEqual(["Kept", "Dropped", "Gone"]);
  await first.stop();
  const { watermark } = first.changes.at(-1)!;
  await change(ben, dropped, { attendees: [] });
  await ben.rest("DELETE", `/events/${gone}`);
  await change(ben, kept, { subject: "Kept, changed" });
  const again = await followSse(world.url, cleo.token, { type: "Account", id: account, since: watermark });
  await again.until(({ changes }) => changes.length === 3);
  expect(again.changes.map((row) => [row.id, word(row)])).toEqual([
    [dropped, "left"],
    [gone, "deleted"],
    [kept, "Kept, changed"],
  ]);
  await again.stop();
});

test("a private meeting is told to its people and to admins alone; one that becomes private goes from the others", async () => {
  const { since } = fromThisInstant();
  const [colleague, admin, guest] = [
    await follow(cleo, world.url, since),
    await follow(ada, world.url, since),
    await follow(ben, world.url, since),
  ];
  const attendees = [{ emailAddress: address }, { userId: ben.id }];
  const secret = await make(ada, { subject: "Secret", private: true, attendees });
  await change(ada, secret, { subject: "Secret still" });
  await ada.rest("DELETE", `/events/${secret}`);
  for (const heard of [admin, guest]) await heard.until(({ changes }) => word(changes.at(-1)) === "deleted");
  const open = await make(ada, { subject: "Open", attendees });
  for (const heard of [colleague, admin, guest])
    await heard.until(({ changes }) => changes.some((row) => row.id === open));
  await change(ada, open, { private: true });
  await colleague.until(({ changes }) => changes.at(-1)?.reason === "left");
  await change(ada, open, { subject: "Closed" });
  await ada.rest("DELETE", `/events/${open}`);
  await guest.until(({ changes }) => changes.at(-1)?.id === open && changes.at(-1)!.deleted);
  expect(await heardTo(colleague, "End")).toEqual(["Open", "left"]);
  expect(JSON.stringify(colleague.changes)).not.toContain(`"${secret}"`);
  for (const heard of [colleague, admin, guest]) await heard.stop();
});

test("a record that is not there, or of another type or organisation, is not found; a since that is too old is refused", async () => {
  const stranger = await world.person();
  const asked: [Person, { type: string; id: string }, string | undefined, string][] = [
    [cleo, { type: "Contact", id: account }, undefined, "not_found"],
    [cleo, { type: "Contact", id: "999999999" }, undefined, "not_found"],
    [cleo, { type: "Contact", id: "x" }, undefined, "bad_request"],
    [stranger, { type: "Contact", id: dana }, undefined, "not_found"],
    [cleo, { type: "Contact", id: dana }, "2001-01-01T00:00:00Z", "syncToken.expired"],
    [cleo, { type: "Contact", id: dana }, "nonsense", "bad_request"],
  ];
  for (const [who, record, since, code] of asked) {
    const heard = await follow(who, world.url, since, record);
    await heard.until(({ errors }) => errors.length > 0);
    expect([record, heard.errors[0]!.extensions.code]).toEqual([record, code]);
    await heard.stop();
  }
});

test("a contact that is moved to another account takes its meetings from the one timeline to the other", async () => {
  const next = await record({ type: "Account", name: "Next" });
  await make(ben, { subject: "Demo", attendees: [{ emailAddress: address }] });
  const both = await make(ben, {
    ...{ subject: "Of both", attendees: [{ emailAddress: address }] },
    relatedTo: { accountId: account },
  });
  const asked = { type: "Account", id: next };
  const begun = (await ben.rest("GET", `/events/${both}`)).body.lastModifiedAt;
  const [was, is, contact] = await Promise.all([
    follow(cleo, world.url, begun),
    follow(cleo, other.url, begun, asked),
    follow(cleo, other.url, begun, { type: "Contact", id: dana }),
  ]);
  await heardTo(was, "Begun");
  await contact.until(({ changes }) => changes.map(word).includes("Begun"));
  await record({ id: dana, accountId: next });
  await is.until(({ changes }) => new Set(changes.map(word)).size === 3);
  expect([...new Set(words(is))].sort()).toEqual(["Begun", "Demo", "Of both"]);
  await was.until(({ changes }) => changes.filter((row) => word(row) === "left").length === 2);
  expect(was.changes.filter((row) => word(row) === "left").map((row) => row.id)).not.toContain(both);
  // Whoever comes back from before the move is told too, and back again it comes back.
  const since = is.changes.map((row) => row.watermark).sort()[0]!;
  const later = await follow(cleo, world.url, since, asked);
  await later.until(({ changes }) => new Set(changes.map(word)).size === 3);
  await record({ id: dana, accountId: account });
  await is.until(({ changes }) => changes.filter((row) => word(row) === "left").length === 3);
  await was.until(({ changes }) => changes.map(word).includes("Demo"));
  // Its own timeline stays as it is; what has the very instant of `since` is told too, once.
  expect(words(contact).sort()).toEqual(["Begun", "Of both"]);
  for (const heard of [was, is, contact, later]) await heard.stop();
});
