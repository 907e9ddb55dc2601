// Writes of many callers that come at once go together, and each is done as if it had been alone.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { counts } from "../../src/telemetry/counts";
import { STRICT } from "../support/doors";
import { openWorld, type Person, type RestReply, type World } from "../support/world";

let world: World;
let people: Person[];

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0 });
  people = [];
  for (let i = 0; i < 24; i++) people.push(await world.person());
});
afterAll(() => world.close());

const draft = (subject: string, more: object = {}) => ({
  subject,
  startTime: "2026-05-04T10:00:00Z",
  endTime: "2026-05-04T10:30:00Z",
  ...more,
});

const create = (
  person: Person,
  subject: string,
  more: object = {},
  headers: Record<string, string> = STRICT,
) => person.rest("POST", "/events", draft(subject, more), headers);

/** How many batches went, writes in them, and writes that were done alone, during the work. */
async function during(work: () => Promise<unknown>) {
  const now = () => ({
    batches: Object.values(counts.together.batches).reduce((sum, count) => sum + count),
    writes: counts.together.writes,
    ...counts.together.alone,
  });
  const before = now();
  await work();
  const after = now();
  return Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, count - before[name as keyof typeof before]]),
  ) as ReturnType<typeof now>;
}

/** Holds locks for as long as the work takes. */
async function holding<T>(statement: string, values: unknown[], work: (client: pg.PoolClient) => Promise<T>) {
  const client = await world.sql.connect();
  try {
    await client.query("begin");
    await client.query(statement, values);
    return await work(client);
  } finally {
    await client.query("rollback");
    client.release();
  }
}

/** Whose entries and history name which token, for the events of these subjects. */
async function tokensOf(subjects: readonly string[]) {
  const { rows } = await world.sql.query<Record<"subject" | "entry" | "created" | "tick" | "at", string>>(
    `select e.subject, n.changed_by::text as entry, h.token_id::text as created, n.tick::text, h.at::text
     from event e join calendar_entry n on n.organisation_id = e.organisation_id and n.event_id = e.id
     join event_history h on h.organisation_id = e.organisation_id and h.event_id = e.id and h.kind = 'created'
     where e.subject = any ($1)`,
    [subjects],
  );
  return rows;
}

test("creates of many callers at once are few transactions, and each is its own caller's", async () => {
  let replies: RestReply[] = [];
  const done = await during(async () => {
    replies = await Promise.all(people.map((person, i) => create(person, `Together ${i}`)));
  });
  expect(replies.map(({ status }) => status)).toEqual(people.map(() => 201));
  expect(replies.map(({ body }) => [body.subject, body.ownerId, body.organizerEmail])).toEqual(
    people.map(({ id, email }, i) => [`Together ${i}`, id, email]),
  );
  // On a slow machine the first batch may be one that is not waited for.
  expect([done.writes + done.late, done.failed, done.taken]).toEqual([24, 0, 0]);
  expect(done.batches).toBeLessThan(12);
  const rows = await tokensOf(people.map((_, i) => `Together ${i}`));
  expect(rows).toHaveLength(24);
  for (const { subject, entry, created, tick, at } of rows) {
    const { tokenId } = people[Number(subject.split(" ")[1])]!;
    expect([entry, created, at]).toEqual([tokenId, tokenId, tick]);
  }
});

const change = (person: Person, id: string, patch: object, headers: Record<string, string> = {}) =>
  person.rest("PATCH", `/events/${id}`, patch, headers);

/** What says that a write was made of the version there is. */
const versionOf = async (person: Person, id: string): Promise<Record<string, string>> => ({
  "If-Match": (await person.rest("GET", `/events/${id}`)).headers.get("etag") ?? "",
});

/** An event of each, made one after the other. */
async function eventsOf(owners: readonly Person[], more: object = {}) {
  const events: { id: string; lastModifiedAt: string }[] = [];
  for (const owner of owners) events.push((await create(owner, "Before", more)).body);
  return events;
}

const historyOf = async (id: string) =>
  (
    await world.sql.query<{ kind: string; token: string; changes: unknown }>(
      "select kind, token_id::text as token, changes from event_history where event_id = $1 order by id",
      [id],
    )
  ).rows;

test("changes of many callers at once are few transactions, and each is its own caller's", async () => {
  const events = await eventsOf(people);
  let replies: RestReply[] = [];
  const done = await during(async () => {
    replies = await Promise.all(
      people.map((person, i) =>
        change(person, events[i]!.id, i % 2 ? { subject: `Changed ${i}` } : { location: `Room ${i}` }),
      ),
    );
  });
  expect(replies.map(({ status }) => status)).toEqual(people.map(() => 200));
  // On a slow machine the first batch may be one that is not waited for.
  expect([done.writes + done.late, done.failed, done.taken]).toEqual([24, 0, 0]);
  expect(done.batches).toBeLessThan(12);
  for (const [i, person] of people.entries()) {
    const { id } = events[i]!;
    expect(await historyOf(id)).toMatchObject([
      { kind: "created" },
      {
        kind: "changed",
        token: person.tokenId,
        changes: i % 2 ? { subject: ["Before", `Changed ${i}`] } : { location: [null, `Room ${i}`] },
      },
    ]);
    const { rows } = await world.sql.query(
      "select changed_by::text as by, tick = last_modified_at as same from calendar_entry n join event e on e.id = n.event_id where e.id = $1",
      [id],
    );
    expect(rows).toEqual([{ by: person.tokenId, same: true }]);
  }
});

test("among changes that go together one that changes nothing leaves nothing, and one that lost its race is 412", async () => {
  const events = await eventsOf(people);
  const replies = await Promise.all(
    people.map((person, i) => {
      const { id } = events[i]!;
      if (i % 3 === 0) return change(person, id, { subject: "Before" });
      return change(person, id, { subject: "After" }, i % 3 === 1 ? { "If-Match": `"${id}-1"` } : {});
    }),
  );
  expect(replies.map(({ status }) => status)).toEqual(people.map((_, i) => (i % 3 === 1 ? 412 : 200)));
  for (const [i, { id, lastModifiedAt }] of events.entries()) {
    expect(await historyOf(id)).toHaveLength(i % 3 === 2 ? 2 : 1);
    if (i % 3 === 0) expect(replies[i]!.body.lastModifiedAt).toBe(lastModifiedAt);
  }
});

test("one event that many change at once has all their changes, one after the other", async () => {
  const [owner] = people as [Person];
  const [event] = await eventsOf([owner], { attendees: people.slice(1).map(({ id }) => ({ userId: id })) });
  const answers = await Promise.all(
    people.slice(1).map((person) =>
      person.graphql('mutation ($id: ID!) { respondToEvent(id: $id, status: "Accepted") { id } }', {
        id: event!.id,
      }),
    ),
  );
  expect(answers.map(({ errors }) => errors)).toEqual(answers.map(() => undefined));
  const { body } = await owner.rest("GET", `/events/${event!.id}`);
  expect(body.attendees.map((one: { status: string }) => one.status)).toEqual(answers.map(() => "Accepted"));
  const history = await historyOf(event!.id);
  expect(
    history
      .slice(1)
      .map(({ token }) => token)
      .sort(),
  ).toEqual(
    people
      .slice(1)
      .map(({ tokenId }) => tokenId)
      .sort(),
  );
});

test("whom a change that goes with others sets to Accepted after they had left is back", async () => {
  const [owner, guest, ...others] = people as [Person, Person, ...Person[]];
  const [meeting] = await eventsOf([owner], { attendees: [{ userId: guest.id }] });
  await guest.rest("DELETE", `/events/${meeting!.id}`);
  const beside = await eventsOf(others);
  const patch = { attendees: [{ userId: guest.id, status: "Accepted" }] };
  const version = await versionOf(owner, meeting!.id);
  const replies = await Promise.all([
    ...others.map((person, i) => change(person, beside[i]!.id, { subject: "Beside" })),
    change(owner, meeting!.id, patch, version),
  ]);
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  const { rows } = await world.sql.query(
    "select e.left_user_ids, n.removed_at from event e join calendar_entry n on n.event_id = e.id where e.id = $1",
    [meeting!.id],
  );
  expect(rows).toEqual([
    { left_user_ids: [], removed_at: null },
    { left_user_ids: [], removed_at: null },
  ]);
  expect((await guest.rest("GET", `/events/${meeting!.id}`)).status).toBe(200);
});

test("who comes back under an address that they no longer have is waited for alone, and nobody behind it", async () => {
  const [owner, , ...others] = people as [Person, Person, ...Person[]];
  const guest = await world.person({ email: "maiden@test.test" });
  const [meeting] = await eventsOf([owner], { attendees: [{ userId: guest.id }] });
  await guest.rest("DELETE", `/events/${meeting!.id}`);
  await world.sql.query("update app_user set email = 'married@test.test' where id = $1", [guest.id]);
  const version = await versionOf(owner, meeting!.id);
  const beside = await eventsOf(others);
  let back: Promise<RestReply> | undefined;
  await holding("select pg_advisory_xact_lock($1)", [guest.calendarId], async () => {
    const attendees = [{ emailAddress: "maiden@test.test", status: "Accepted" }];
    back = change(owner, meeting!.id, { attendees }, version);
    const done = await during(async () => {
      const replies = await Promise.all(
        others.map((one, i) => change(one, beside[i]!.id, { subject: "Beside" })),
      );
      expect(replies.map(({ status }) => status)).toEqual(others.map(() => 200));
    });
    expect(done.failed).toBe(0);
  });
  expect((await back!).status).toBe(200);
  const { body } = await guest.rest("GET", `/events/${meeting!.id}`);
  expect(body.attendees).toMatchObject([{ userId: guest.id, status: "Accepted" }]);
});

test("a change of a calendar that a stranger holds waits alone, and nobody behind it", async () => {
  const [held, ...others] = people as [Person, ...Person[]];
  const [own, ...events] = await eventsOf([held, ...others]);
  let waiting: Promise<RestReply> | undefined;
  const done = await during(async () => {
    await holding("select pg_advisory_xact_lock($1)", [held.calendarId], async () => {
      waiting = change(held, own!.id, { subject: "Waits" });
      const replies = await Promise.all(
        others.map((one, i) => change(one, events[i]!.id, { subject: "Passes" })),
      );
      expect(replies.map(({ status }) => status)).toEqual(others.map(() => 200));
    });
    expect((await waiting!).status).toBe(200);
  });
  expect(done.taken + done.late).toBeGreaterThan(0);
});

const remove = (person: Person, id: string, headers: Record<string, string> = {}) =>
  person.rest("DELETE", `/events/${id}`, undefined, headers);

test("deletes and leavings of many callers at once are few transactions, and each is its own caller's", async () => {
  const own = await eventsOf(people);
  const [host, ...guests] = people as [Person, ...Person[]];
  const meetings = await eventsOf(guests.map(() => host));
  for (const [i, { id }] of meetings.entries())
    await change(host, id, { attendees: [{ userId: guests[i]!.id }] });
  let replies: RestReply[] = [];
  const done = await during(async () => {
    replies = await Promise.all([
      ...people.map((person, i) => remove(person, own[i]!.id)),
      ...guests.map((person, i) => remove(person, meetings[i]!.id)),
    ]);
  });
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([204]));
  expect([done.writes + done.late, done.failed]).toEqual([47, 0]);
  expect(done.batches).toBeLessThan(24);
  for (const [i, person] of people.entries()) {
    const { id } = own[i]!;
    expect(await historyOf(id)).toMatchObject([
      { kind: "created" },
      { kind: "deleted", token: person.tokenId },
    ]);
    const { rows } = await world.sql.query(
      "select n.changed_by::text as by, n.removed_at is not null as gone, n.tick = c.clock as last from calendar_entry n join calendar c on c.id = n.calendar_id where n.event_id = $1",
      [id],
    );
    expect(rows).toMatchObject([{ by: person.tokenId, gone: true }]);
  }
  for (const [i, person] of guests.entries()) {
    const { id } = meetings[i]!;
    expect((await historyOf(id)).at(-1)).toMatchObject({ kind: "changed", token: person.tokenId });
    expect((await person.rest("GET", `/events/${id}`)).status).toBe(404);
    const { body } = await host.rest("GET", `/events/${id}`);
    expect(body.attendees).toMatchObject([{ userId: person.id, status: "Declined" }]);
  }
});

test("among deletes that go together one is too late, one comes twice, one lost its race, and one takes its children", async () => {
  const [parent, raced, twice, ...others] = await eventsOf(people);
  const [family, loser, again, ...rest] = people as [Person, Person, Person, ...Person[]];
  const child = (await create(family, "Child", { parentId: parent!.id })).body.id as string;
  const gone = rest[0]!;
  await remove(gone, others[0]!.id);
  const replies = await Promise.all([
    remove(family, parent!.id),
    remove(loser, raced!.id, { "If-Match": `"${raced!.id}-1"` }),
    remove(again, twice!.id),
    remove(again, twice!.id),
    ...rest.map((person, i) => remove(person, others[i]!.id)),
    remove(family, raced!.id),
  ]);
  expect(replies.map(({ status }) => status)).toEqual([204, 412, 204, 204, ...rest.map(() => 204), 404]);
  const { rows } = await world.sql.query("select id::text from event where id = any ($1) order by id", [
    [parent!.id, child, raced!.id, twice!.id, ...others.map(({ id }) => id)],
  ]);
  expect(rows).toEqual([{ id: raced!.id }]);
  expect(await historyOf(child)).toMatchObject([
    { kind: "created" },
    { kind: "deleted", token: family.tokenId },
  ]);
});

test("creates and changes of one calendar at once are all done, and its feed has each once", async () => {
  const [ada] = people as [Person];
  const events = await eventsOf(Array.from({ length: 8 }, () => ada));
  const replies = await Promise.all([
    ...events.map(({ id }, i) => change(ada, id, { subject: `Mixed ${i}` })),
    ...events.map((_, i) => create(ada, `Mixed ${i + 8}`)),
  ]);
  expect(replies.map(({ status }) => status)).toEqual(events.map(() => 200).concat(events.map(() => 201)));
  const { rows } = await world.sql.query<{ subject: string }>(
    `select e.subject from event e join calendar_entry n on n.event_id = e.id and n.tick = e.last_modified_at
     where n.calendar_id = $1 and e.subject like 'Mixed %'`,
    [ada.calendarId],
  );
  expect(rows).toHaveLength(16);
});

test("one that is refused costs the others nothing", async () => {
  const replies = await Promise.all(
    people.map((person, i) =>
      create(person, `Beside a refusal ${i}`, i % 3 === 0 ? { attendees: [{ userId: "999999999" }] } : {}),
    ),
  );
  expect(replies.map(({ status }) => status)).toEqual(people.map((_, i) => (i % 3 === 0 ? 400 : 201)));
});

test("strict and lenient go together, each as it asked", async () => {
  const unknown = { attendees: [{ userId: "999999999" }, { emailAddress: "a@x.co" }] };
  const prefer = (i: number): Record<string, string> => (i % 2 ? STRICT : { Prefer: "handling=lenient" });
  let replies: RestReply[] = [];
  const done = await during(async () => {
    replies = await Promise.all(
      people.map((person, i) => create(person, `Handled ${i}`, unknown, prefer(i))),
    );
  });
  expect(done.writes).toBe(people.length);
  expect(replies.map(({ status, headers }) => [status, headers.get("tidemark-passed-over")])).toEqual(
    people.map((_, i) => (i % 2 ? [400, null] : [201, "attendees[0], attendees[0].userId"])),
  );
});

test("one that PostgreSQL refuses is refused alone, and the others are created", async () => {
  const [eve, ...others] = people as [Person, ...Person[]];
  await world.sql.query(
    `insert into history_use (organisation_id, user_id, bytes, at) values ($1, $2, 2e9, now())
     on conflict (organisation_id, user_id) do update set bytes = 2e9, at = now()`,
    [eve.organisationId, eve.id],
  );
  const long = { description: "x y ".repeat(4_900).split("").reverse().join("") };
  const random = Array.from({ length: 19_000 }, () => Math.random().toString(36)[2] ?? "0").join("");
  let replies: RestReply[] = [];
  const done = await during(async () => {
    replies = await Promise.all([
      create(eve, "Too much", { ...long, description: random }),
      ...others.map((person, i) => create(person, `Beside a poisoned one ${i}`)),
    ]);
  });
  expect(replies.map(({ status }) => status)).toEqual([429, ...others.map(() => 201)]);
  expect(done.failed).toBeGreaterThan(0);
  await world.sql.query("delete from history_use where user_id = $1", [eve.id]);
});

test("whose calendar a stranger holds waits alone, and nobody behind it", async () => {
  const [held, ...others] = people as [Person, ...Person[]];
  let waiting: Promise<RestReply> | undefined;
  let isDone = false;
  const done = await during(async () => {
    await holding("select pg_advisory_xact_lock($1)", [held.calendarId], async () => {
      waiting = create(held, "Waits").finally(() => (isDone = true));
      for (let round = 0; round < 3; round++) {
        const replies = await Promise.all(others.map((person) => create(person, `Passes ${round}`)));
        expect(replies.map(({ status }) => status)).toEqual(others.map(() => 201));
      }
      expect(isDone).toBe(false);
    });
    expect((await waiting!).status).toBe(201);
  });
  expect(done.taken + done.late).toBeGreaterThan(0);
});

test("an invitation goes in when the guest's calendar is free, with both calendars' entries at one tick", async () => {
  const [host, guest] = people as [Person, Person];
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      create(i % 2 ? host : guest, `Meeting ${i}`, { attendees: [{ userId: (i % 2 ? guest : host).id }] }),
    ),
  );
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 201));
  const rows = await tokensOf(replies.map(({ body }) => body.subject));
  expect(rows).toHaveLength(24);
  for (const { subject, entry, tick, at } of rows) {
    expect([entry, tick]).toEqual([(Number(subject.split(" ")[1]) % 2 ? host : guest).tokenId, at]);
  }
});

test("a key that comes twice at once makes one event, and both are answered it", async () => {
  const [ada] = people as [Person];
  const key = { "Idempotency-Key": "twice" };
  const replies = await Promise.all([
    ...Array.from({ length: 6 }, () => create(ada, "Once", {}, key)),
    ...people.map((person) => create(person, "Beside a key")),
  ]);
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 201));
  expect(new Set(replies.slice(0, 6).map(({ text }) => text)).size).toBe(1);
  const { rows } = await world.sql.query("select from event where subject = 'Once'");
  expect(rows).toHaveLength(1);
});

test("the same key with other content at once is a mismatch for all but one", async () => {
  const [ada] = people as [Person];
  const replies = await Promise.all(
    [1, 2, 3].map((i) => create(ada, `Other ${i}`, {}, { "Idempotency-Key": "mismatch" })),
  );
  expect(replies.map(({ status }) => status).sort()).toEqual([201, 422, 422]);
});

test("a whole organisation that is locked meanwhile is waited for, and others' writes are not", async () => {
  const elsewhere = await world.person({ organisationId: await world.organisation() });
  const { organisationId } = people[0]!;
  let waiting: Promise<RestReply[]> | undefined;
  await holding("select pg_advisory_xact_lock($1)", [`-${organisationId}`], async () => {
    waiting = Promise.all(people.map((person) => create(person, "After the lock")));
    expect((await create(elsewhere, "Elsewhere")).status).toBe(201);
    await sleep(100);
  });
  expect((await waiting!).map(({ status }) => status)).toEqual(people.map(() => 201));
});

test("those behind one whose row is locked wait half a second for it, and it waits on alone", async () => {
  const [stuck, ...others] = people as [Person, ...Person[]];
  await holding("select from app_user where id = $1 for update", [stuck.id], async () => {
    // The foreign key's check waits for the row.
    const first = create(stuck, "Stuck");
    await sleep(50);
    const done = await during(async () => {
      const replies = await Promise.all(others.map((person) => create(person, "Behind it")));
      expect(replies.map(({ status }) => status)).toEqual(others.map(() => 201));
    });
    expect(done.failed + done.late).toBeGreaterThan(0);
    expect((await first).status).toBe(503);
  });
});

test("after a connection that broke all of the batch are told unavailable, and none is done twice", async () => {
  const [stuck, ...others] = people as [Person, ...Person[]];
  let replies: Promise<RestReply[]> | undefined;
  await holding("select from app_user where id = $1 for update", [stuck.id], async () => {
    replies = Promise.all([create(stuck, "Cut 0"), ...others.map((one, i) => create(one, `Cut ${i + 1}`))]);
    const waiting =
      "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    for (let pid: number | undefined; ; await sleep(5)) {
      [pid] = (await world.sql.query<{ pid: number }>(waiting)).rows.map((row) => row.pid);
      if (pid === undefined) continue;
      await world.sql.query("select pg_terminate_backend($1)", [pid]);
      break;
    }
  });
  const answered = await replies!;
  const cut = answered.filter(({ status }) => status === 503);
  expect(cut.length).toBeGreaterThan(0);
  expect(cut.map(({ body }) => body.code)).toEqual(cut.map(() => "unavailable"));
  const { rows } = await world.sql.query<{ subject: string }>(
    "select subject from event where subject like 'Cut %' order by subject",
  );
  const created = answered.flatMap(({ status, body }) => (status === 201 ? [body.subject] : []));
  expect(rows.map(({ subject }) => subject)).toEqual(created.sort());
});

test("a calendar whose clock is an hour ahead does not take the others' along", async () => {
  const [ahead, ...others] = people as [Person, ...Person[]];
  await world.sql.query("alter table calendar disable trigger calendar_guard");
  await world.sql.query(
    "update calendar set clock = date_trunc('milliseconds', now()) + interval '1 hour' where id = $1",
    [ahead.calendarId],
  );
  await world.sql.query("alter table calendar enable trigger calendar_guard");
  const replies = await Promise.all(people.map((person) => create(person, "Clocks")));
  expect(replies.map(({ status }) => status)).toEqual(people.map(() => 201));
  const { rows } = await world.sql.query<{ id: string }>(
    "select id from calendar where id = any ($1) and clock > now() + interval '1 minute'",
    [people.map(({ calendarId }) => calendarId)],
  );
  expect(rows.map(({ id }) => id)).toEqual([ahead.calendarId]);
  expect(others).toHaveLength(23);
});
