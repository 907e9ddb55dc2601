// A database that is made with PARTITIONS keeps the events of an organisation in one partition, and asks no other.
import { migrate } from "../../src/database/migrate";
import { openDatabase } from "../../src/database/open";
import { query } from "../support/catalogue";
import { explainAll, listenToPlans, unpruned } from "../support/partition-plans";
import { cloneDatabase, openWorld, testConfig, type Person, type World } from "../support/world";

const PARTITIONS = 4;
const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };
const DAY = "startAt=2026-03-02T00:00:00Z&endAt=2026-03-03T00:00:00Z";

async function partitioned(): Promise<{ url: string; drop: () => Promise<void> }> {
  const database = await cloneDatabase("template1");
  await migrate({ url: database.url }, PARTITIONS);
  return database;
}

const partitionsOf = (url: string): Promise<{ table: string; count: number }[]> =>
  query(
    url,
    `select inhparent::regclass::text as table, count(*)::int as count from pg_inherits
     join pg_class c on c.oid = inhparent and c.relkind = 'p' group by 1 order by 1`,
  );

test("the setting counts when the database is made, and a start that says another number is refused", async () => {
  const { url, drop } = await cloneDatabase("template1");
  const open = (partitions: number | null): Promise<{ close: () => Promise<void> }> =>
    openDatabase({ ...testConfig(url), partitions }, () => undefined);
  await (await open(3)).close();
  const made = ["calendar_entry", "event", "event_history"].map((table) => ({ table, count: 3 }));
  expect(await partitionsOf(url)).toEqual(made);
  await (await open(null)).close();
  await (await open(3)).close();
  await expect(open(8)).rejects.toThrow(
    "PARTITIONS is 8, and this database was made with 3, which stays: set PARTITIONS to 3 or leave it out.",
  );
  expect(await partitionsOf(url)).toEqual(made);
  await drop();
  const plain = await cloneDatabase("template1");
  await migrate({ url: plain.url });
  await expect(migrate({ url: plain.url }, 4)).rejects.toThrow("this database was made without partitions");
  await plain.drop();
});

describe.each(["force_custom_plan", "force_generic_plan"])("with %s", (mode) => {
  let world: World;
  let ada: Person;
  let ben: Person;
  let admin: Person;
  const plans: string[] = [];
  let stop: () => void;

  beforeAll(async () => {
    const database = await partitioned();
    await explainAll(database.url, mode);
    world = await openWorld({}, database);
    for (let n = 0; n < 6; n++) {
      const one = await world.person({ organisationId: await world.organisation() });
      await one.rest("POST", "/events", TIMES);
    }
    ada = await world.person({ name: "Ada" });
    ben = await world.person({ name: "Ben" });
    admin = await world.person({ name: "Admin", role: "admin" });
    stop = listenToPlans((plan) => plans.push(plan));
  });
  afterAll(async () => {
    stop();
    await world.close();
  });

  test("whatever is asked and written of an organisation visits one partition of each table", async () => {
    const ok = async (reply: Promise<{ status: number; text?: string; body?: { id: string } }>) => {
      const { status, text, body } = await reply;
      expect([status, status < 300 ? "" : text]).toEqual([expect.any(Number), ""]);
      return body?.id as string;
    };
    const asked = async (who: Person, text: string) => {
      const { data, errors } = await who.graphql(text);
      expect(errors).toBeUndefined();
      return data as Record<string, never>;
    };
    const contact = await ok(ada.rest("POST", "/contacts", { name: "Dana", email: "dana@x.co" }));
    const meeting = {
      ...TIMES,
      subject: "Harvest",
      iCalUid: "uid-1",
      attendees: [{ userId: ben.id }, { emailAddress: "dana@x.co" }],
      relatedTo: [{ type: "Contact", id: contact }],
    };
    const id = await ok(ada.rest("POST", "/events", meeting));
    const child = await ok(ada.rest("POST", "/events", { ...TIMES, parentId: id }));
    await ok(ada.rest("POST", "/events?matchICalUid=true", { ...meeting, subject: "Again" }));
    await ok(
      ben.rest("PATCH", `/events/${child}`, { subject: "x" }).then((r) => ({ ...r, status: 200, text: "" })),
    );
    await ok(ada.rest("PATCH", `/events/${id}`, { subject: "Harvest 2", organizerEmail: "o@x.co" }));
    await ok(ada.rest("PUT", `/events/${child}`, { ...TIMES, parentId: id }));
    const made = await asked(
      ada,
      `mutation { createSeries(input: { startTime: "2026-12-07T09:00:00Z", endTime: "2026-12-07T10:00:00Z", recurrence: { rrule: "FREQ=DAILY;COUNT=5" } }) { event { id seriesId } } }`,
    );
    const { id: first, seriesId } = (
      made.createSeries as unknown as { event: { id: string; seriesId: string } }
    ).event;
    await asked(
      ada,
      `mutation { updateSeries(eventId: ${first}, scope: ALL, input: { location: "Oslo" }) { changed } }`,
    );
    await asked(ada, `{ series(id: ${seriesId}) { id } }`);
    for (const path of [
      ...[
        "/events",
        `/events?${DAY}`,
        "/events?limit=2",
        "/events?since=0",
        "/events?since=0&showDeleted=true",
      ],
      ...[
        "/events?since=0&excludeOwn=true",
        `/events?since=0&${DAY}`,
        "/deletedEvents?since=0",
        "/events/manifest",
      ],
      ...[
        "/events/digest?by=month",
        `/events/${id}`,
        "/events?iCalUid=uid-1",
        `/contacts/${contact}/events`,
        "/me",
      ],
    ])
      await ok(ben.rest("GET", path));
    for (const who of [ben, admin])
      for (const filter of [
        "scope: ORGANISATION",
        `scope: ORGANISATION, startAt: "2026-03-01T00:00:00Z", endAt: "2026-03-08T00:00:00Z"`,
        `scope: ORGANISATION, text: "harv"`,
        `scope: ORGANISATION, contactId: ${contact}`,
        `attendeeEmail: "dana@x.co"`,
        `scope: ORGANISATION, iCalUid: "uid-1"`,
        `scope: ORGANISATION, showAs: "free"`,
        `scope: ORGANISATION, seriesId: ${seriesId}`,
        `calendarIds: [${ada.calendarId}, ${ben.calendarId}]`,
      ])
        for (const order of ["START", "LAST_CHANGE"])
          await asked(
            who,
            `{ events(filter: { ${filter} }, orderBy: ${order}) { totalCount edges { node { subject parent { id } children { id } viewer { role } } } } }`,
          );
    await asked(ben, `{ changes { records { id event { subject } } } }`);
    await asked(
      ada,
      `{ freeBusy(userIds: [${ben.id}], startAt: "2026-03-02T00:00:00Z", endAt: "2026-03-03T00:00:00Z") { busy { startAt } } }`,
    );
    await asked(admin, `{ event(id: ${id}) { history { edges { node { kind } } } } }`);
    await asked(ada, `{ record(type: Contact, id: ${contact}) { events { edges { node { id } } } } }`);
    await asked(ben, `mutation { respondToEvent(id: ${id}, status: "Accepted") { id } }`);
    await asked(
      ada,
      `mutation { updateEvents(items: [{ id: ${id}, input: { location: "x" } }]) { error { code } } }`,
    );
    await asked(admin, `mutation { updateUser(id: ${ben.id}, input: { email: "ben2@x.co" }) { id } }`);
    await asked(
      ada,
      `mutation { saveRecords(records: [{ id: ${contact}, type: Contact, name: "D", emails: ["d@x.co"] }]) { id } }`,
    );
    await asked(admin, `{ personExport(email: "d@x.co") }`);
    await asked(ada, `mutation { deleteSeries(eventId: ${first}, scope: ALL) { deleted } }`);
    await ok(ada.rest("DELETE", `/events/${id}`));
    await asked(admin, `mutation { transferEvents(from: ${ada.id}, to: ${ben.id}) }`);
    await asked(admin, `mutation { erasePerson(email: "dana@x.co") { events } }`);
    expect(plans.filter((plan) => /_\d+\b.*\(actual/.test(plan)).length).toBeGreaterThan(100);
    expect([...new Set(plans.map(unpruned))].filter((plan) => plan !== null).join("\n\n")).toBe("");
  });

  test("plain SQL writes to the tables, whose triggers keep the feed, and not to a partition", async () => {
    for (const [table, what] of [
      ["event", "delete from"],
      ["calendar_entry", "truncate"],
      ["event_history", "delete from"],
    ])
      for (let n = 0; n < PARTITIONS; n++)
        await expect(world.sql.query(`${what} ${table}_${n}`)).rejects.toThrow("write to event instead");
  });
});
