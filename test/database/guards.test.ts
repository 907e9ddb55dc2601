// What the tables refuse, from whatever program it comes: clocks and entries written by hand, rows that cross from one
// tenant to another, circles, and values no client could be shown.
import {
  begin,
  entriesOf,
  expectSound,
  guests,
  insertEvent,
  refusal,
  rollbackAll,
  updateEvent,
} from "../support/plain-sql";
import { openWorld, type Person, type World } from "../support/world";

const CHECK = "23514";
const FOREIGN_KEY = "23503";
const NOT_ALLOWED = "42501";

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  [ada, ben] = [await world.person(), await world.person()];
});
afterEach(rollbackAll);
afterEach(() => expectSound(world.sql));
afterAll(() => world.close());

describe("entries, clocks and ticks", () => {
  test.each([
    "update calendar_entry set tick = tick + interval '1 s'",
    "update calendar_entry set tick = tick where false",
    "delete from calendar_entry",
    "insert into calendar_entry select * from calendar_entry",
    "copy calendar_entry from program 'true'",
    "truncate calendar_entry",
    "update calendar set clock = clock + interval '1 s'",
    "update calendar set floor = now()",
    "delete from calendar",
    "insert into calendar (organisation_id, user_id) select organisation_id, id from app_user",
    "truncate calendar cascade",
    "truncate event",
    "truncate organisation cascade",
    "select write_entries(e, array(select id from calendar), '{}', null, now()) from event e",
    "select tidemark_tick(organisation_id, array[id]) from calendar",
  ])("cannot be written by hand: %s", async (statement) => {
    const { id, tick } = await insertEvent(world.sql, ada);
    expect(await refusal(world.sql.query(statement))).toBe(NOT_ALLOWED);
    expect(await entriesOf(world.sql, ada)).toEqual([{ eventId: id, tick, reason: null }]);
  });

  test("of an event are the triggers' alone: what a writer says of them is passed over", async () => {
    const { rows } = await world.sql.query<{ last_modified_at: Date; created_at: Date }>(
      `insert into event (organisation_id, owner_id, start_time, end_time, last_modified_at, created_at)
       values ($1, $2, '2026-01-01', '2026-01-01', '2099-01-01', '2099-01-01') returning last_modified_at, created_at`,
      [ada.organisationId, ada.id],
    );
    expect(rows[0]!.last_modified_at.getFullYear()).toBeLessThan(2099);
    expect(rows[0]!.created_at.getTime()).toBeLessThanOrEqual(rows[0]!.last_modified_at.getTime());
  });
});

describe("users and calendars", () => {
  test("cannot be deleted", async () => {
    const restricted = [FOREIGN_KEY, "23001"]; // The second since PostgreSQL 18.
    expect(restricted).toContain(
      await refusal(world.sql.query("delete from app_user where id = $1", [ada.id])),
    );
    expect(restricted).toContain(await refusal(world.sql.query("delete from organisation")));
  });
});

describe("a tenant", () => {
  let stranger: Person;
  beforeEach(async () => {
    stranger = await world.person({ organisationId: await world.organisation() });
  });

  test("has no event of somebody else's user, and none below somebody else's event", async () => {
    const foreign = { id: stranger.id, organisationId: ada.organisationId };
    expect(await refusal(insertEvent(world.sql, foreign))).toBe("23502"); // It has no zone and no address, even.
    const { id } = await insertEvent(world.sql, ada);
    expect(await refusal(updateEvent(world.sql, id, "owner_id = $2", [stranger.id]))).toBe("23502");
    const theirs = await insertEvent(world.sql, stranger);
    expect(await refusal(insertEvent(world.sql, ada, { parentId: theirs.id }))).toBe(FOREIGN_KEY);
    expect(await refusal(updateEvent(world.sql, id, "parent_id = $2", [theirs.id]))).toBe(FOREIGN_KEY);
  });

  test("keeps its events, its users and their tokens", async () => {
    const { id } = await insertEvent(world.sql, ada);
    const to = stranger.organisationId;
    expect(await refusal(updateEvent(world.sql, id, "organisation_id = $2", [to]))).toBe("23001");
    expect(await refusal(updateEvent(world.sql, id, "id = id + 1000000"))).toBe("23001");
    for (const statement of [
      "update app_user set organisation_id = $1 where id = $2",
      "update access_token set organisation_id = $1 where user_id = $2",
    ]) {
      expect(await refusal(world.sql.query(statement, [to, ada.id]))).toBe(FOREIGN_KEY);
    }
    expect(
      await refusal(
        world.sql.query(
          `insert into record (organisation_id, type, name, account_id)
           values ($1, 'Contact', 'c', $2)`,
          [to, await account(ada)],
        ),
      ),
    ).toBe(FOREIGN_KEY);
  });

  test("has its own ids: the same one elsewhere is another event", async () => {
    const { id } = await insertEvent(world.sql, ada);
    await world.sql.query(
      `insert into event (organisation_id, id, owner_id, start_time, end_time)
       values ($1, $2, $3, '2026-01-01', '2026-01-01')`,
      [stranger.organisationId, id, stranger.id],
    );
    await world.sql.query("delete from event where organisation_id = $1 and id = $2", [
      stranger.organisationId,
      id,
    ]);
    expect(await entriesOf(world.sql, ada)).toMatchObject([{ eventId: id, reason: null }]);
    expect(await entriesOf(world.sql, stranger)).toMatchObject([{ eventId: id, reason: "deleted" }]);
  });

  test("opens no calendar to an attendee of another one", async () => {
    await insertEvent(world.sql, ada, { attendees: [stranger] });
    expect(await entriesOf(world.sql, stranger)).toEqual([]);
  });

  const account = async (person: Person): Promise<string> => {
    const { rows } = await world.sql.query<{ id: string }>(
      "insert into record (organisation_id, type, name) values ($1, 'Account', 'a') returning id",
      [person.organisationId],
    );
    return rows[0]!.id;
  };
});

describe("an event", () => {
  test.each([
    ["an end before its start", "end_time = start_time - interval '1 ms'"],
    ["a start before 1970", "start_time = '1969-12-31T23:59:59.999Z'"],
    ["an end after 9999", "end_time = '10000-01-01T00:00:00Z'"],
    ["an all-day span that is not of whole days", "all_day = true"],
    ["an all-day span of no days", "all_day = true, start_time = '2026-01-01', end_time = '2026-01-01'"],
    ["itself for a parent", "parent_id = id"],
    ["a subject beyond 1,000 characters", "subject = repeat('x', 1001)"],
    ["an attendee who is no object", `attendees = '["ben"]'`],
    ["an attendee who is nobody", `attendees = '[{"name": "Ben"}]'`],
    ["an answer nobody knows", `attendees = '[{"userId": "1", "status": "accepted"}]'`],
    ["links that are no list", "related_to = '{}'"],
    ["links that are no objects", `related_to = '[1, "x"]'`],
    ["a link in a list of its own", `related_to = '[[{"type": "Lead", "id": "1", "name": "L"}]]'`],
    ["a link to no type there is", `related_to = '[{"type": "Deal", "id": "1", "name": "D"}]'`],
    ["a link whose id is a number", `related_to = '[{"type": "Lead", "id": 1, "name": "L"}]'`],
    ["a link without an id", `related_to = '[{"type": "Lead", "name": "L"}]'`],
    ["a link without a name", `related_to = '[{"type": "Lead", "id": "1"}]'`],
    ["a time zone there is not", "timezone = 'Nowhere/Atlantis'"],
  ])("cannot have %s", async (_what, set) => {
    const { id, tick } = await insertEvent(world.sql, ada);
    expect(await refusal(updateEvent(world.sql, id, set))).toBe(CHECK);
    expect(await entriesOf(world.sql, ada)).toEqual([{ eventId: id, tick, reason: null }]);
  });

  test("cannot have attendees that are no list", async () => {
    const { id } = await insertEvent(world.sql, ada);
    expect([CHECK, "22023"]).toContain(await refusal(updateEvent(world.sql, id, "attendees = '{}'")));
  });

  test.each(["zero", "0", "007", "-1", "1.5"])("cannot invite the user %s", async (userId) => {
    const { id } = await insertEvent(world.sql, ada);
    const list = JSON.stringify([{ userId, emailAddress: "x@test.test" }]);
    expect(["23514", "22P02"]).toContain(await refusal(updateEvent(world.sql, id, "attendees = $2", [list])));
  });

  test.each(["0", "-1", "9007199254740992"])("cannot have the id %s", async (id) => {
    const insert = `insert into event (organisation_id, id, owner_id, start_time, end_time)
      values ($1, $2, $3, '2026-01-01', '2026-01-01')`;
    expect(await refusal(world.sql.query(insert, [ada.organisationId, id, ada.id]))).toBe(CHECK);
  });

  test("may last no time, and all day the last day there is", async () => {
    await insertEvent(world.sql, ada, { startTime: "2026-01-01T09:00:00Z", endTime: "2026-01-01T09:00:00Z" });
    await insertEvent(world.sql, ada, {
      allDay: true,
      startTime: "9999-12-30T00:00:00Z",
      endTime: "9999-12-31T00:00:00Z",
    });
  });

  test("shows its attendees whole, whatever a writer left out", async () => {
    const { id } = await insertEvent(world.sql, ada);
    const given = [
      { userId: Number(ben.id) },
      { emailAddress: "x@test.test", contactId: "55", status: null },
    ];
    await updateEvent(world.sql, id, "attendees = $2", [JSON.stringify(given)]);
    const { rows } = await world.sql.query("select attendees from event where id = $1", [id]);
    const rest = { name: null, status: "NoResponse", type: "required" };
    expect(rows[0].attendees).toEqual([
      { userId: ben.id, emailAddress: null, contactId: null, ...rest },
      { userId: null, emailAddress: "x@test.test", contactId: 55, ...rest },
    ]);
  });
});

describe("a circle of parents", () => {
  test("cannot be closed by an update, however long it is", async () => {
    const top = await insertEvent(world.sql, ada);
    const middle = await insertEvent(world.sql, ada, { parentId: top.id });
    const bottom = await insertEvent(world.sql, ben, { parentId: middle.id });
    expect(await refusal(updateEvent(world.sql, top.id, "parent_id = $2", [bottom.id]))).toBe(CHECK);
  });

  test("cannot be closed by one statement over several events", async () => {
    const [one, two] = [await insertEvent(world.sql, ada), await insertEvent(world.sql, ada)];
    const swap = "update event set parent_id = $1::bigint + $2::bigint - id where id in ($1, $2)";
    expect(await refusal(world.sql.query(swap, [one.id, two.id]))).toBe(CHECK);
    const insert = `insert into event (organisation_id, id, parent_id, owner_id, start_time, end_time)
      values ($1, 9000001, 9000002, $2, '2026-01-01', '2026-01-01'), ($1, 9000002, 9000001, $2, '2026-01-01', '2026-01-01')`;
    expect(await refusal(world.sql.query(insert, [ada.organisationId, ada.id]))).toBe(CHECK);
  });

  test.each(["read committed", "repeatable read", "serializable"])(
    "cannot be closed by two %s transactions together",
    async (isolation) => {
      const [one, two] = [await insertEvent(world.sql, ada), await insertEvent(world.sql, ben)];
      const [first, second] = [await begin(world, isolation), await begin(world, isolation)];
      await second.query("select count(*) from event");
      await updateEvent(first, one.id, "parent_id = $2", [two.id]);
      const closing = refusal(updateEvent(second, two.id, "parent_id = $2", [one.id]));
      await first.commit();
      expect([CHECK, "40001"]).toContain(await closing);
      await second.rollback();
    },
  );
});

test("a list of attendees equal to the stored one, but for what was left out, is no change", async () => {
  const { id, tick } = await insertEvent(world.sql, ada, { attendees: [ben] });
  const again = await updateEvent(world.sql, id, "attendees = $2", [guests(ben)]);
  expect(again.tick).toBe(tick);
});

test("a user cannot live in a time zone there is not", async () => {
  const move = "update app_user set timezone = $2 where id = $1";
  expect(await refusal(world.sql.query(move, [ada.id, "Nowhere/Atlantis"]))).toBe(CHECK);
  await world.sql.query(move, [ada.id, "Asia/Tokyo"]);
});

test("a zone that PostgreSQL alone knows is UTC to the service", async () => {
  await world.sql.query("update app_user set timezone = 'FOO-3' where id = $1", [ada.id]);
  const { id } = await insertEvent(world.sql, ada);
  const { status, body } = await ada.rest("PATCH", `/events/${id}`, { allDay: true });
  expect([status, body.startTime, body.timezone]).toEqual([200, "2026-03-02T00:00:00.000Z", "FOO-3"]);
  const asked = `{ freeBusy(userIds: ["${ada.id}"], startAt: "2026-03-01T00:00:00Z", endAt: "2026-03-05T00:00:00Z") { busy { startAt } } }`;
  const { data } = await ada.graphql(asked);
  expect(data.freeBusy[0].busy).toEqual([{ startAt: "2026-03-02T00:00:00.000Z" }]);
  const timed = await insertEvent(world.sql, ada);
  await world.sql.query("update event set timezone = 'FOO-3' where id = $1", [timed.id]);
  const file = await ada.rest("GET", "/events.ics");
  expect([file.status, file.text]).toEqual([200, expect.stringMatching(/^DTSTART:\d{8}T\d{6}Z\r$/m)]);
});
