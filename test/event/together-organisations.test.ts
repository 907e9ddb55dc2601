// Writes of many organisations that come at once go together, and nothing of one is in what another is answered or keeps.
import type pg from "pg";
import { counts } from "../../src/telemetry/counts";
import { STRICT } from "../support/doors";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let people: Person[];

const TENANTS = 16;

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0 });
  people = [];
  for (let i = 0; i < TENANTS; i++)
    people.push(await world.person({ organisationId: await world.organisation() }));
});
afterAll(() => world.close());

const draft = (subject: string, more: object = {}) => ({
  subject,
  startTime: "2026-05-04T10:00:00Z",
  endTime: "2026-05-04T10:30:00Z",
  ...more,
});

const create = (person: Person, subject: string, more: object = {}, headers: Record<string, string> = {}) =>
  person.rest("POST", "/events", draft(subject, more), { ...STRICT, ...headers });

const change = (person: Person, id: string, patch: object) => person.rest("PATCH", `/events/${id}`, patch);

async function eventsOf(owners: readonly Person[]) {
  const made = await Promise.all(owners.map((owner) => create(owner, "Before")));
  return made.map(({ body }) => body.id as string);
}

/** How many batches went, and writes that were done alone, during the work. */
async function during(work: () => Promise<unknown>) {
  const batches = () => Object.values(counts.together.batches).reduce((sum, count) => sum + count);
  const before = { batches: batches(), ...counts.together.alone };
  await work();
  const { taken, failed, late } = counts.together.alone;
  return {
    batches: batches() - before.batches,
    taken: taken - before.taken,
    failed: failed - before.failed,
    late: late - before.late,
  };
}

/** Holds locks for as long as the work takes. */
async function holding(statement: string, values: unknown[], work: (client: pg.PoolClient) => Promise<void>) {
  const client = await world.sql.connect();
  try {
    await client.query("begin");
    await client.query(statement, values);
    await work(client);
  } finally {
    await client.query("rollback");
    client.release();
  }
}

/** Of each event what its rows say of whose it is, and the transaction that wrote it. */
async function rowsOf(ids: readonly string[]) {
  const { rows } = await world.sql.query<Record<string, string>>(
    `select e.organisation_id::text as org, e.owner_id::text as owner, e.subject, n.organisation_id::text as entry_org,
       n.calendar_id::text as calendar, n.changed_by::text as entry_token, h.token_id::text as history_token,
       n.tick = e.last_modified_at and h.at = n.tick and c.clock = n.tick as agrees, n.tick::text, e.xmin::text as tx
     from unnest($1::bigint[]) with ordinality w (id, position) join event e on e.id = w.id
     join calendar_entry n on n.event_id = e.id
     join calendar c on c.organisation_id = n.organisation_id and c.id = n.calendar_id
     cross join lateral (select * from event_history h where h.organisation_id = e.organisation_id and h.event_id = e.id order by h.id desc limit 1) h
     order by w.position`,
    [ids],
  );
  return rows;
}

const ownRows = (subject: (i: number) => string) =>
  people.map(({ organisationId, id, calendarId, tokenId }, i) => ({
    org: organisationId,
    owner: id,
    subject: subject(i),
    entry_org: organisationId,
    calendar: calendarId,
    entry_token: tokenId,
    history_token: tokenId,
    agrees: true,
  }));

test("creates of many organisations at once are few transactions, and each is its own organisation's", async () => {
  let ids: string[] = [];
  const done = await during(async () => {
    const replies = await Promise.all(people.map((person, i) => create(person, `Of ${i}`)));
    expect(replies.map(({ status, body }) => [status, body.ownerId, body.organizerEmail])).toEqual(
      people.map(({ id, email }) => [201, id, email]),
    );
    ids = replies.map(({ body }) => body.id as string);
  });
  expect([done.failed, done.taken]).toEqual([0, 0]);
  expect(done.batches).toBeLessThan(TENANTS / 2);
  const rows = await rowsOf(ids);
  expect(rows).toMatchObject(ownRows((i) => `Of ${i}`));
  expect(new Set(rows.map(({ tx }) => tx)).size).toBeLessThan(TENANTS / 2);
});

test("changes of many organisations at once are few transactions, and each is its own organisation's", async () => {
  const ids = await eventsOf(people);
  const done = await during(async () => {
    const replies = await Promise.all(
      people.map((person, i) => change(person, ids[i]!, { subject: `Changed ${i}` })),
    );
    expect(replies.map(({ status, body }) => [status, body.id, body.subject])).toEqual(
      ids.map((id, i) => [200, id, `Changed ${i}`]),
    );
  });
  expect([done.failed, done.taken]).toEqual([0, 0]);
  expect(done.batches).toBeLessThan(TENANTS / 2);
  expect(await rowsOf(ids)).toMatchObject(ownRows((i) => `Changed ${i}`));
});

test("the clock of one organisation that runs ahead takes no other one's along", async () => {
  const [ahead] = people as [Person];
  await world.sql.query("alter table calendar disable trigger calendar_guard");
  // By less than a second, so that it goes along.
  const { rows } = await world.sql.query<{ next: Date }>(
    `update calendar set clock = date_trunc('milliseconds', clock_timestamp()) + interval '900 ms'
     where id = $1 returning clock + interval '1 ms' as next`,
    [ahead.calendarId],
  );
  await world.sql.query("alter table calendar enable trigger calendar_guard");
  const replies = await Promise.all(people.map((person) => create(person, "Clocks")));
  const ticks = replies.map(({ body }) => body.lastModifiedAt as string);
  expect(ticks.slice(1)).not.toContain(rows[0]!.next.toISOString());
});

test("an event of another organisation is not there for a change that goes with its owner's", async () => {
  const ids = await eventsOf(people);
  const replies = await Promise.all(
    people.flatMap((person, i) => [
      change(person, ids[i]!, { subject: "Mine" }),
      change(person, ids[(i + 1) % TENANTS]!, { subject: "Theirs" }),
    ]),
  );
  expect(replies.map(({ status }) => status)).toEqual(people.flatMap(() => [200, 404]));
  expect(await rowsOf(ids)).toMatchObject(ownRows(() => "Mine"));
});

test("people are looked up in their own organisation alone", async () => {
  const replies = await Promise.all(
    people.map((person, i) =>
      create(person, "Invited", { attendees: [{ emailAddress: people[(i + 1) % TENANTS]!.email }] }),
    ),
  );
  const invited = replies.flatMap(({ body }) => body.attendees as { userId: string | null }[]);
  expect(invited.map(({ userId }) => userId)).toEqual(people.map(() => null));
});

test("where one organisation is locked, or a calendar of it, only its write waits", async () => {
  const [held, locked, ...others] = people as [Person, Person, ...Person[]];
  await holding(
    "select pg_advisory_xact_lock($1), pg_advisory_xact_lock(-$2::bigint)",
    [held.calendarId, locked.organisationId],
    async (client) => {
      const waiting = [create(held, "Waits"), create(locked, "Waits")];
      const replies = await Promise.all(others.map((person) => create(person, "Goes on")));
      expect(replies.map(({ status }) => status)).toEqual(others.map(() => 201));
      await client.query("rollback");
      expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([201, 201]);
    },
  );
});

test("what PostgreSQL refuses of one organisation is refused it alone, and the others' are done once", async () => {
  const [poor, ...others] = people as [Person, ...Person[]];
  await world.sql.query(
    `create function refuse_poison() returns trigger language plpgsql as
     $$ begin raise exception 'poison' using errcode = 'check_violation', constraint = 'poison'; end $$;
     create trigger a_poison before insert on event for each row when (new.subject = 'Poison') execute function refuse_poison()`,
  );
  try {
    const replies = await Promise.all([
      create(poor, "Poison"),
      ...others.map((person) => create(person, "Healthy")),
    ]);
    expect(replies[0].status).toBeGreaterThanOrEqual(400);
    expect(replies.slice(1).map(({ status }) => status)).toEqual(others.map(() => 201));
  } finally {
    await world.sql.query("drop trigger a_poison on event; drop function refuse_poison()");
  }
  const { rows } = await world.sql.query("select from event where subject = any ('{Poison,Healthy}')");
  expect(rows).toHaveLength(TENANTS - 1);
});

test("one key of each of many organisations makes an event in each, and is answered it again", async () => {
  const key = { "Idempotency-Key": "the-same" };
  const first = await Promise.all(people.map((person, i) => create(person, `Once ${i}`, {}, key)));
  const again = await Promise.all(people.map((person, i) => create(person, `Once ${i}`, {}, key)));
  const idsOf = (replies: typeof first) => replies.map(({ body }) => body.id as string);
  expect(new Set(idsOf(first)).size).toBe(TENANTS);
  expect(idsOf(again)).toEqual(idsOf(first));
});

test("sixty-four writers in sixteen organisations: each write is there once, and ticks follow one another", async () => {
  const ids = await eventsOf(people);
  const writers = [0, 1, 2, 3].flatMap((writer) =>
    people.map(async (person, i) => {
      for (let turn = 0; turn < 3; turn++) {
        const reply = await change(person, ids[i]!, { location: `${writer} ${turn}` });
        expect(reply.status).toBe(200);
        expect((await create(person, `Race ${writer} ${turn}`)).status).toBe(201);
      }
    }),
  );
  await Promise.all(writers);
  const { rows } = await world.sql.query<{ history: string; ticks: string; created: string }>(
    `select count(*) filter (where h.event_id = any ($1::bigint[])) as history,
       count(distinct h.at) filter (where h.event_id = any ($1::bigint[])) as ticks,
       count(*) filter (where h.changes ->> 'subject' like 'Race %') as created
     from event_history h where h.organisation_id = any ($2::bigint[]) group by h.organisation_id`,
    [ids, people.map(({ organisationId }) => organisationId)],
  );
  expect(rows).toEqual(people.map(() => ({ history: "13", ticks: "13", created: "12" })));
});
