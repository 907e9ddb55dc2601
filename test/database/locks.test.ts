// Who waits for whom: writers in a fixed order, readers for writers in flight and no longer, and nobody for a stranger.
import { setTimeout as sleep } from "node:timers/promises";
import {
  begin,
  clockOf,
  expectSound,
  insertEvent,
  rollbackAll,
  type Session,
  type Sql,
  untilWaiting,
  updateEvent,
} from "../support/plain-sql";
import { callGraphQL, callRest, openWorld, type Person, type RestReply, type World } from "../support/world";

const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  const organisationId = await world.organisation();
  [ada, ben] = [await world.person({ organisationId }), await world.person({ organisationId })];
});
afterEach(rollbackAll);
afterEach(() => expectSound(world.sql));
afterAll(() => world.close());

/** Colleagues of ada's without tokens. */
async function crowd(size: number): Promise<{ id: string; calendarId: string }[]> {
  await world.sql.query(
    `insert into app_user (organisation_id, email, name, timezone)
     select $1::bigint, 'crowd' || n || '@org' || $1 || '.test', 'Crowd ' || n, 'UTC' from generate_series(1, $2) n`,
    [ada.organisationId, size],
  );
  const { rows } = await world.sql.query<{ id: string; calendarId: string }>(
    `select u.id, c.id as "calendarId" from app_user u join calendar c on c.user_id = u.id
     where u.organisation_id = $1 and u.name like 'Crowd %' order by u.id`,
    [ada.organisationId],
  );
  return rows;
}

const lock = (sql: Sql, ...people: { calendarId: string }[]): Promise<unknown> =>
  sql.query("select lock_calendars($1, $2)", [
    ada.organisationId,
    people.map(({ calendarId }) => calendarId),
  ]);

async function heldBy(session: Session): Promise<number> {
  const { rows } = await session.query<{ count: number }>(
    "select count(*)::int as count from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'",
  );
  return rows[0]!.count;
}

async function deadlocks(): Promise<number> {
  const { rows } = await world.sql.query<{ deadlocks: number }>(
    "select deadlocks::int from pg_stat_database where datname = current_database()",
  );
  return rows[0]!.deadlocks;
}

/** Whether `work` has come to its end within `ms`. */
const endsWithin = (ms: number, work: Promise<unknown>): Promise<boolean> =>
  Promise.race([work.then(() => true), sleep(ms, false)]);

/** As a client does that is told to come again: on a slow machine not all get their locks in five seconds. */
async function patiently(ask: () => Promise<RestReply>): Promise<RestReply> {
  for (;;) {
    const reply = await ask();
    if (reply.status !== 503 || reply.body.code !== "unavailable") return reply;
  }
}

describe("a transaction over many calendars", () => {
  test("locks them one by one up to 64, beyond that their organisation alone", async () => {
    const people = await crowd(200);
    const session = await begin(world);
    await lock(session, ...people.slice(0, 64));
    expect(await heldBy(session)).toBe(65);
    await insertEvent(session, ada, { attendees: people });
    expect(await heldBy(session)).toBe(66); // The organisation's lock, now exclusively too.
    await session.commit();
    const large = await begin(world);
    await insertEvent(large, ada, { attendees: people });
    expect(await heldBy(large)).toBe(1);
    await large.commit();
    expect(await clockOf(world.sql, people[199]!)).toBe(await clockOf(world.sql, ada));
  });

  test("keeps readers and writers of its organisation waiting, and of no other", async () => {
    const people = await crowd(100);
    const stranger = await world.person({ organisationId: await world.organisation() });
    const session = await begin(world);
    const meeting = await insertEvent(session, ada, { attendees: people });
    const list = ben.rest("GET", "/events?since=1970-01-01T00:00:00Z");
    const write = ben.rest("POST", "/events", TIMES);
    const invited = ada.rest("GET", "/events?since=0");
    expect((await stranger.rest("POST", "/events", TIMES)).status).toBe(201);
    expect((await stranger.rest("GET", "/events")).body.length).toBe(1);
    expect((await ada.rest("GET", "/events?deltaToken=0")).body.length).toBe(0);
    expect(await endsWithin(200, Promise.race([list, write, invited]))).toBe(false);
    await session.commit();
    expect((await invited).body.records[0].id).toBe(meeting.id);
    expect([(await list).status, (await write).status]).toEqual([200, 201]);
  });

  test("may grow from ten to a hundred while its calendars are polled: nobody is a deadlock's victim", async () => {
    const people = await crowd(100);
    const before = await deadlocks();
    const session = await begin(world);
    await lock(session, ada, ben, ...people.slice(0, 8));
    const polls = [ada, ben].map((person) => person.rest("GET", "/events?since=0"));
    await untilWaiting(world, 2);
    await sleep(300); // Beyond deadlock_timeout, after which it is the writer who would be chosen.
    await insertEvent(session, ada, { attendees: people });
    await session.commit();
    expect((await Promise.all(polls)).map(({ status, body }) => [status, body.length])).toEqual([
      [200, 1],
      [200, 0],
    ]);
    expect(await deadlocks()).toBe(before);
  });

  test("can be one of many: 200 attendees each, from two instances, beside writers and pollers", async () => {
    const people = await crowd(200);
    const other = await world.instance();
    const before = await deadlocks();
    const create = (index: number): Promise<RestReply> =>
      patiently(() =>
        callRest(index % 2 ? other.url : world.url, ada.token, {
          method: "POST",
          path: "/events",
          body: {
            ...TIMES,
            subject: `all hands ${index}`,
            attendees: people.map(({ id }) => ({ userId: id })),
          },
        }),
      );
    const meetings = Array.from({ length: 12 }, (_, index) => create(index));
    const small = Array.from({ length: 12 }, () => patiently(() => ben.rest("POST", "/events", TIMES)));
    const polls = Array.from({ length: 12 }, () => patiently(() => ben.rest("GET", "/events?since=0")));
    expect((await Promise.all(meetings)).map(({ status }) => status)).toEqual(Array(12).fill(201));
    expect((await Promise.all(small)).map(({ status }) => status)).toEqual(Array(12).fill(201));
    expect((await Promise.all(polls)).map(({ status }) => status)).toEqual(Array(12).fill(200));
    const { body } = await ada.rest("GET", "/events");
    const edits = (body.records as { id: string; attendees: unknown[] }[]).map(({ id, attendees }, index) =>
      patiently(() =>
        ada.rest("PATCH", `/events/${id}`, { subject: `moved ${index}`, attendees: attendees.slice(index) }),
      ),
    );
    expect((await Promise.all(edits)).map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(await deadlocks()).toBe(before);
    await other.close();
  });

  test("does not exhaust the server's lock table, were there ten of them with twenty thousand calendars each", async () => {
    const sessions = await Promise.all(Array.from({ length: 10 }, () => begin(world)));
    const locks = sessions.map((session, organisation) =>
      // Locks are on ids: it takes no such organisations, nor calendars.
      session.query(
        "select lock_calendars(1000000 + $1::bigint, array(select generate_series($1 * 100000, $1 * 100000 + 20000)))",
        [organisation + 1],
      ),
    );
    await Promise.all(locks);
    const people = await crowd(999);
    const { tick } = await insertEvent(world.sql, ada, { attendees: people });
    expect(await clockOf(world.sql, people[998]!)).toBe(tick);
  });
});

describe("transactions over several events", () => {
  // Eight writers change the same six events, each in an order of its own.
  async function collide(
    prepare: (session: Session) => Promise<unknown>,
  ): Promise<{ done: number; lost: number }> {
    const people = await crowd(6);
    const events = await Promise.all(
      people.map((person) => insertEvent(world.sql, { ...person, organisationId: ada.organisationId })),
    );
    const result = { done: 0, lost: 0 };
    const writer = async (number: number): Promise<void> => {
      for (let round = 0; round < 6; round++) {
        const session = await begin(world);
        try {
          await prepare(session);
          for (let step = 0; step < 6; step++) {
            const { id } = events[(step * (number % 2 ? 5 : 1) + number + round) % 6]!;
            await updateEvent(session, id, "subject = $2", [`${number}.${round}.${step}`]);
          }
          await session.commit();
          result.done++;
        } catch (error) {
          await session.rollback();
          expect(error).toMatchObject({ code: "40P01" });
          result.lost++;
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, number) => writer(number)));
    return result;
  }

  test("never deadlock where they call lock_calendars first", async () => {
    const all = async (session: Session): Promise<void> => {
      await session.query(
        "select lock_calendars($1, array(select id from calendar where organisation_id = $1))",
        [ada.organisationId],
      );
    };
    expect(await collide(all)).toEqual({ done: 48, lost: 0 });
  });

  test("may deadlock where they do not, and then one of them gets 40P01", async () => {
    const { done, lost } = await collide(() => Promise.resolve());
    expect(done).toBeGreaterThan(0);
    expect(lost).toBeGreaterThan(0);
  });

  test("that called lock_calendars are never the victims of the service's writes, however long they take", async () => {
    const { id } = await insertEvent(world.sql, ada, { attendees: [ben] });
    const session = await begin(world);
    await lock(session, ada, ben);
    const patch = ada.rest("PATCH", `/events/${id}`, { location: "Room 5" });
    await untilWaiting(world, 1);
    await sleep(300);
    await updateEvent(session, id, "subject = 'from SQL'");
    await session.commit();
    expect(await patch).toMatchObject({ status: 200, body: { subject: "from SQL", location: "Room 5" } });
  });
});

test("a write of the service that would be in a deadlock gives way: it is done afterwards, and the other is no victim", async () => {
  const mine = await insertEvent(world.sql, ada);
  const shared = await insertEvent(world.sql, ben, { attendees: [ada] });
  const session = await begin(world);
  await session.query("select from event where id = $1 for update", [shared.id]);
  const patch = ben.rest("PATCH", `/events/${shared.id}`, { location: "Room 5" });
  await untilWaiting(world, 1);
  await updateEvent(session, mine.id, "subject = 'wants the calendar that the patch holds'");
  await session.commit();
  expect(await patch).toMatchObject({ status: 200, body: { location: "Room 5" } });
});

test("a write of the service that a deadlock broke is tried again, and succeeds", async () => {
  const own = await openWorld();
  const person = await own.person();
  const { id } = await insertEvent(own.sql, person);
  await own.sql.query(`
    create sequence attempts;
    create function lose() returns trigger language plpgsql as $$
    begin
      if nextval('attempts') < 3 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
      return new;
    end $$;
    create trigger lose before update on event for each row execute function lose()`);
  const { status, body } = await person.rest("PATCH", `/events/${id}`, { location: "Room 5" });
  expect([status, body.location]).toEqual([200, "Room 5"]);
  await own.close();
});

test("a list that a deadlock broke is tried again, and succeeds", async () => {
  const own = await openWorld();
  const person = await own.person();
  await own.sql.query("create sequence attempts");
  await own.sql.query(`
    create or replace function calendar_barrier(org bigint, calendar_id bigint, out clock timestamptz, out floor timestamptz)
    language plpgsql volatile as $$
    begin
      if nextval('attempts') < 3 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
      select c.clock, c.floor into clock, floor from calendar c where c.id = calendar_id;
    end $$`);
  const session = await begin(own);
  await insertEvent(session, person);
  expect((await person.rest("GET", "/events")).status).toBe(200);
  await session.rollback();
  await own.close();
});

describe("a write of the service takes its calendars' locks in id order", () => {
  let cleo: Person;
  const declining = async (id: string, person: Person): Promise<void> => {
    expect((await person.rest("DELETE", `/events/${id}`)).status).toBe(204);
  };
  const moveAll = (url: string, person: Person, ids: string[]) =>
    callGraphQL(url, person.token, {
      query: `mutation ($items: [EventPatchItem!]!) { updateEvents(items: $items) { event { location } error { code } } }`,
      variables: { items: ids.map((id) => ({ id, input: { location: "Room 5" } })) },
    });

  beforeEach(async () => {
    cleo = await world.person({ organisationId: ada.organisationId });
  });

  test("and none of those who have left: a batch does not wait for them", async () => {
    const { id } = await insertEvent(world.sql, ben, { attendees: [ada] });
    await declining(id, ada);
    const session = await begin(world);
    await lock(session, ada);
    expect((await moveAll(world.url, ben, [id])).data.updateEvents).toEqual([
      { event: { location: "Room 5" }, error: null },
    ]);
  });

  test("those of an event's children too, when it is deleted", async () => {
    const parent = await insertEvent(world.sql, ben);
    const child = await insertEvent(world.sql, ben, { attendees: [ada] });
    expect((await ben.rest("PATCH", `/events/${child.id}`, { parentId: Number(parent.id) })).status).toBe(
      200,
    );
    const session = await begin(world);
    await lock(session, ada);
    const deleted = ben.rest("DELETE", `/events/${parent.id}`);
    await untilWaiting(world, 1);
    // The delete waits for ada's calendar, and holds nothing that a writer in order could want.
    await lock(session, ben);
    await session.commit();
    expect((await deleted).status).toBe(204);
  });

  test.each(["a change", "a batch"])(
    "%s gives way to who holds the calendar of somebody invited meanwhile, and comes back",
    async (kind) => {
      // Were it to wait instead, in a circle, the orderly one would be the deadlock's victim, and refused.
      const name = new URL(world.databaseUrl).pathname.slice(1);
      await world.sql.query(`alter database ${name} set deadlock_timeout = '1min'`);
      const patient = await world.instance();
      await world.sql.query(`alter database ${name} reset deadlock_timeout`);
      const { id } = await insertEvent(world.sql, cleo, { attendees: [ben] });
      const inviting = await begin(world);
      await updateEvent(inviting, id, "attendees = $2::jsonb", [
        JSON.stringify([ada, ben].map((guest) => ({ userId: guest.id, status: "NoResponse" }))),
      ]);
      const moved =
        kind === "a batch"
          ? moveAll(patient.url, cleo, [id])
          : callRest(patient.url, cleo.token, {
              method: "PATCH",
              path: `/events/${id}`,
              body: { location: "Room 5" },
            });
      await untilWaiting(world, 1);
      const orderly = await begin(world);
      const locked = lock(orderly, ada, cleo);
      await untilWaiting(world, 2);
      await inviting.commit();
      await locked;
      await orderly.commit();
      await moved;
      expect((await ada.rest("GET", `/events/${id}`)).body.location).toBe("Room 5");
      await patient.close();
    },
  );
});
