// What the database promises of every change, whoever makes it: ticks, entries and tombstones, seen from plain SQL.
import {
  begin,
  clockOf,
  entriesOf,
  entryOf,
  expectSound,
  guests,
  insertEvent,
  refusal,
  rollbackAll,
  updateEvent,
} from "../support/plain-sql";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;
let cleo: Person;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  [ada, ben, cleo] = [await world.person(), await world.person(), await world.person()];
});
afterEach(rollbackAll);
afterEach(() => expectSound(world.sql));
afterAll(() => world.close());

describe("a tick", () => {
  test("is the same in every calendar that a change touches", async () => {
    const { id, tick } = await insertEvent(world.sql, ada, { attendees: [ben, cleo] });
    for (const person of [ada, ben, cleo]) {
      expect(await entriesOf(world.sql, person)).toEqual([{ eventId: id, tick, reason: null }]);
      expect(await clockOf(world.sql, person)).toBe(tick);
    }
  });

  test("is later than the greatest tick of every calendar concerned", async () => {
    const first = await insertEvent(world.sql, ben);
    const second = await insertEvent(world.sql, ada, { attendees: [ben] });
    const third = await updateEvent(world.sql, first.id, "subject = 'moved'");
    expect(second.tick).toBeGreaterThan(first.tick);
    expect(third.tick).toBeGreaterThan(second.tick);
  });

  test("is not taken by an update that is equal to what is stored", async () => {
    const { id, tick } = await insertEvent(world.sql, ada, { subject: "same", attendees: [ben] });
    const before = [await entriesOf(world.sql, ada), await entriesOf(world.sql, ben)];
    await updateEvent(world.sql, id, "subject = 'same', start_time = '2026-03-02T10:00:00+01:00'");
    await updateEvent(world.sql, id, "attendees = $2", [guests(ben)]);
    await updateEvent(world.sql, id, "last_modified_at = now() + interval '1 day', created_at = 'epoch'");
    expect([await entriesOf(world.sql, ada), await entriesOf(world.sql, ben)]).toEqual(before);
    expect(await clockOf(world.sql, ada)).toBe(tick);
  });

  test("is shared by the changes of one transaction, up to 500, then moves on", async () => {
    const session = await begin(world);
    await session.query(
      `insert into event (organisation_id, owner_id, subject, start_time, end_time)
       select $1, $2, n, '2026-03-02', '2026-03-02' from generate_series(1, 1203) n`,
      [ada.organisationId, ada.id],
    );
    await session.commit();
    const ticks = (await entriesOf(world.sql, ada)).map(({ tick }) => tick);
    const counts = [...new Set(ticks)].map((tick) => ticks.filter((other) => other === tick).length);
    expect(counts).toEqual([500, 500, 203]);
  });

  test("is not reused for a calendar that somebody may have polled past meanwhile", async () => {
    const shared = await insertEvent(world.sql, ben, { subject: "ben's" });
    const session = await begin(world);
    const inAda = await insertEvent(session, ada);
    // Ben's calendar goes on, past the tick of the transaction in flight, and is polled.
    const polled = await updateEvent(world.sql, shared.id, "subject = 'later'");
    expect(polled.tick).toBeGreaterThan(inAda.tick);
    const late = await updateEvent(session, shared.id, "subject = 'latest'");
    await session.commit();
    expect(late.tick).toBeGreaterThan(polled.tick);
    expect(await entriesOf(world.sql, ben)).toEqual([{ eventId: shared.id, tick: late.tick, reason: null }]);
  });

  test("is not reused for a calendar whose lock alone is held, which may have gone on before", async () => {
    const session = await begin(world);
    const inAda = await insertEvent(session, ada);
    const polled = await insertEvent(world.sql, ben);
    await session.query("select lock_calendars($1, $2)", [ben.organisationId, [ben.calendarId]]);
    const late = await insertEvent(session, ben);
    await session.commit();
    expect(polled.tick).toBeGreaterThan(inAda.tick);
    expect(late.tick).toBeGreaterThan(polled.tick);
  });

  test("is reused where every calendar concerned carries it already", async () => {
    const session = await begin(world);
    const both = await insertEvent(session, ada, { attendees: [ben] });
    const one = await insertEvent(session, ben);
    const wider = await insertEvent(session, ben, { attendees: [cleo] });
    const narrow = await insertEvent(session, ada);
    await session.commit();
    expect(one.tick).toBe(both.tick);
    expect(wider.tick).toBeGreaterThan(both.tick);
    expect(narrow.tick).toBeGreaterThan(both.tick);
  });

  test("taken inside a savepoint that is rolled back is forgotten, and so is the lock", async () => {
    const session = await begin(world);
    const kept = await insertEvent(session, ada);
    await session.query("savepoint half");
    await insertEvent(session, ben);
    await session.query("rollback to half");
    const stranger = await insertEvent(world.sql, ben); // Would wait for ever if ben's lock were still held.
    const again = await insertEvent(session, ben);
    const more = await insertEvent(session, ada);
    await session.commit();
    expect(again.tick).toBeGreaterThan(stranger.tick);
    expect(more.tick).toBeGreaterThan(kept.tick);
    expect((await entriesOf(world.sql, ben)).map(({ eventId }) => eventId)).toEqual([stranger.id, again.id]);
  });

  test("of a lock taken before a savepoint survives the savepoint's rollback", async () => {
    const session = await begin(world);
    const kept = await insertEvent(session, ada);
    await session.query("savepoint half");
    await updateEvent(session, kept.id, "subject = 'undone'");
    await session.query("rollback to half");
    const more = await insertEvent(session, ada);
    await session.commit();
    expect((await entriesOf(world.sql, ada)).map(({ eventId }) => eventId)).toEqual([kept.id, more.id]);
    expect(more.tick).toBeGreaterThanOrEqual(kept.tick);
  });

  test("belongs to one organisation: a transaction over two keeps both orders", async () => {
    const there = await world.person({ organisationId: await world.organisation() });
    const session = await begin(world);
    const here = await insertEvent(session, ada);
    const polled = await insertEvent(world.sql, there);
    const abroad = await insertEvent(session, there);
    const back = await insertEvent(session, ada);
    await session.commit();
    expect(abroad.tick).toBeGreaterThan(polled.tick);
    expect(back.tick).toBeGreaterThan(here.tick);
    expect((await entriesOf(world.sql, ada)).map(({ eventId }) => eventId)).toEqual([here.id, back.id]);
  });

  test.each(["repeatable read", "serializable"])(
    "is never taken from an old snapshot: a %s writer gets 40001",
    async (isolation) => {
      const shared = await insertEvent(world.sql, ben);
      const session = await begin(world, isolation);
      await session.query("select count(*) from event");
      const polled = await insertEvent(world.sql, ada, { attendees: [ben] });
      expect(await refusal(insertEvent(session, ada))).toBe("40001");
      await session.rollback();
      const undisturbed = await begin(world, isolation);
      const late = await updateEvent(undisturbed, shared.id, "subject = 'late'");
      await undisturbed.commit();
      expect(late.tick).toBeGreaterThan(polled.tick);
    },
  );
});

describe("an entry", () => {
  test("is live or a tombstone, and tells an attendee's leaving from a deletion", async () => {
    const { id } = await insertEvent(world.sql, ada, { attendees: [ben, cleo] });
    const left = await updateEvent(world.sql, id, "attendees = $2", [guests(cleo)]);
    expect(await entryOf(world.sql, ben, id)).toEqual({ eventId: id, tick: left.tick, reason: "left" });
    expect(await entryOf(world.sql, cleo, id)).toEqual({ eventId: id, tick: left.tick, reason: null });
    await world.sql.query("delete from event where id = $1", [id]);
    expect(await entryOf(world.sql, cleo, id)).toMatchObject({ reason: "deleted" });
    expect(await entryOf(world.sql, ada, id)).toMatchObject({ reason: "deleted" });
    expect(await entryOf(world.sql, ben, id)).toEqual({ eventId: id, tick: left.tick, reason: "left" });
  });

  test("follows the departed in plain SQL: gone while Declined, back with any other answer", async () => {
    const { id } = await insertEvent(world.sql, ada, { attendees: [ben] });
    const answer = (status: string): string => JSON.stringify([{ userId: ben.id, status }]);
    await updateEvent(world.sql, id, "attendees = $2, left_user_ids = $3", [answer("Declined"), [ben.id]]);
    expect(await entryOf(world.sql, ben, id)).toMatchObject({ reason: "left" });
    const quiet = await entryOf(world.sql, ben, id);
    await updateEvent(world.sql, id, "subject = 'goes on without him'");
    expect(await entryOf(world.sql, ben, id)).toEqual(quiet);
    const back = await updateEvent(world.sql, id, "attendees = $2", [answer("Tentative")]);
    expect(await entryOf(world.sql, ben, id)).toEqual({ eventId: id, tick: back.tick, reason: null });
    const { rows } = await world.sql.query("select left_user_ids from event where id = $1", [id]);
    expect(rows[0].left_user_ids).toEqual([]);
  });

  test("is not lost by somebody who is said to have left without having declined", async () => {
    const { id } = await insertEvent(world.sql, ada, { attendees: [ben], leftUserIds: [ben.id] });
    await updateEvent(world.sql, id, "left_user_ids = $2", [[ben.id, ada.id]]);
    expect(await entryOf(world.sql, ben, id)).toMatchObject({ reason: null });
    expect(await entryOf(world.sql, ada, id)).toMatchObject({ reason: null });
  });

  test("moves with the owner: the old one loses it, unless invited, the new one gains it", async () => {
    const alone = await insertEvent(world.sql, ada);
    const invited = await insertEvent(world.sql, ada, { attendees: [ada] });
    const moved = await updateEvent(world.sql, alone.id, "owner_id = $2", [ben.id]);
    await updateEvent(world.sql, invited.id, "owner_id = $2", [ben.id]);
    expect(await entryOf(world.sql, ada, alone.id)).toMatchObject({ tick: moved.tick, reason: "left" });
    expect(await entryOf(world.sql, ben, alone.id)).toMatchObject({ tick: moved.tick, reason: null });
    expect(await entryOf(world.sql, ada, invited.id)).toMatchObject({ reason: null });
    const { rows } = await world.sql.query("select organizer_email from event where id = $1", [alone.id]);
    expect(rows[0].organizer_email).toBe(ben.email);
  });

  test("returns to somebody who had left when they become the owner", async () => {
    const { id } = await insertEvent(world.sql, ada, { attendees: [ben] });
    const declined = JSON.stringify([{ userId: ben.id, status: "Declined" }]);
    await updateEvent(world.sql, id, "attendees = $2, left_user_ids = $3", [declined, [ben.id]]);
    await updateEvent(world.sql, id, "owner_id = $2", [ben.id]);
    expect(await entryOf(world.sql, ben, id)).toMatchObject({ reason: null });
    expect(await entryOf(world.sql, ada, id)).toMatchObject({ reason: "left" });
  });

  test("becomes a tombstone in every calendar when the event's parent, of the same owner, is deleted; others' stay", async () => {
    const parent = await insertEvent(world.sql, ada, { attendees: [cleo] });
    const child = await insertEvent(world.sql, ada, { parentId: parent.id, attendees: [ben] });
    const others = await insertEvent(world.sql, cleo, { parentId: child.id, attendees: [ada] });
    await world.sql.query("delete from event where id = $1", [parent.id]);
    expect((await entriesOf(world.sql, ada)).map(({ reason }) => reason).sort()).toEqual([
      "deleted",
      "deleted",
      null,
    ]);
    expect(await entryOf(world.sql, ben, child.id)).toMatchObject({ reason: "deleted" });
    expect(await entryOf(world.sql, cleo, others.id)).toMatchObject({ reason: null });
    const { rows } = await world.sql.query("select parent_id from event where id = $1", [others.id]);
    expect(rows).toEqual([{ parent_id: null }]);
  });

  test("is not made by an insert that ON CONFLICT DO NOTHING drops", async () => {
    const { id } = await insertEvent(world.sql, ada);
    await world.sql.query(
      `insert into event (organisation_id, id, owner_id, start_time, end_time)
       values ($1, $2, $3, '2026-01-01', '2026-01-01') on conflict do nothing`,
      [ben.organisationId, id, ben.id],
    );
    expect(await entriesOf(world.sql, ben)).toEqual([]);
  });

  test("is made by COPY and by inserts of many rows as by any other", async () => {
    const row = `${ada.organisationId},${ada.id},copied,2026-01-01,2026-01-02`;
    await world.sql.query(
      `copy event (organisation_id, owner_id, subject, start_time, end_time)
       from program 'printf "${row}\\n${row}\\n"' with (format csv)`,
    );
    expect(await entriesOf(world.sql, ada)).toHaveLength(2);
    await world.sql.query(
      `insert into event (organisation_id, owner_id, attendees, start_time, end_time)
       select $1, $2, $3, '2026-01-01', '2026-01-02' from generate_series(1, 3)`,
      [ben.organisationId, ben.id, guests(ada)],
    );
    expect(await entriesOf(world.sql, ada)).toHaveLength(5);
    await world.sql.query("delete from event where owner_id = any ($1)", [[ada.id, ben.id]]);
    expect((await entriesOf(world.sql, ada)).map(({ reason }) => reason)).toEqual(Array(5).fill("deleted"));
  });

  test("comes to life again when an id is used again, also within one transaction", async () => {
    const { id } = await insertEvent(world.sql, ada);
    const session = await begin(world);
    await session.query("delete from event where id = $1", [id]);
    await session.query(
      `insert into event (organisation_id, id, owner_id, start_time, end_time)
       values ($1, $2, $3, '2026-01-01', '2026-01-01')`,
      [ada.organisationId, id, ada.id],
    );
    await session.commit();
    expect(await entryOf(world.sql, ada, id)).toMatchObject({ reason: null });
  });
});
