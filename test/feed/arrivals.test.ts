// Somebody who joins while somebody else invites them: whoever comes first, they get the event.
import { setTimeout as sleep } from "node:timers/promises";
import { expectSound, inSession, rollbackAll } from "../support/plain-sql";
import { openWorld, type Person, type World } from "../support/world";

const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };
const ROUNDS = 12;

let world: World;
let admin: Person;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.person({ role: "admin" });
});
afterEach(rollbackAll);
afterEach(() => expectSound(world.sql));
afterAll(() => world.close());

const addresses = (name: string): string[] =>
  Array.from({ length: ROUNDS }, (_, round) => `${name}${round}@new.test`);

const join = async (email: string): Promise<unknown> => {
  const { data, errors } = await admin.graphql(
    "mutation ($input: UserInput!) { createUser(input: $input) { id } }",
    { input: { name: email, email, timezone: "UTC" } },
  );
  expect(errors).toBeUndefined();
  return data;
};

/** The events that invite `email`, and how many of them are in its user's calendar. */
async function invitations(email: string): Promise<{ invited: number; held: number }> {
  const { rows } = await world.sql.query<{ invited: number; held: number }>(
    `select count(*)::int as invited, count(n.event_id)::int as held
     from app_user u join calendar c on c.user_id = u.id
     join event e on e.attendees @> jsonb_build_array(jsonb_build_object('emailAddress', u.email))
     left join calendar_entry n on n.calendar_id = c.id and n.event_id = e.id and n.removed_at is null
     where u.email = $1`,
    [email],
  );
  return rows[0]!;
}

const invite = (email: string): Promise<unknown> =>
  admin.rest("POST", "/events", {
    ...TIMES,
    attendees: [{ emailAddress: email.toUpperCase() }, { emailAddress: email }],
  });

const inviteInSql = (email: string): Promise<unknown> =>
  inSession(world, async (session) => {
    await session.query("select lock_calendars($1, $2)", [admin.organisationId, [admin.calendarId]]);
    const { rows } = await session.query<{ id: string }>("select id from app_user where email = $1", [email]);
    const attendees = JSON.stringify([{ userId: rows[0]?.id ?? null, emailAddress: email }]);
    await session.query(
      "insert into event (organisation_id, owner_id, start_time, end_time, attendees) values ($1, $2, $3, $4, $5)",
      [admin.organisationId, admin.id, TIMES.startTime, TIMES.endTime, attendees],
    );
  });

/** Runs two things at once, the second a little later than the first; the delays cover the time either takes. */
const race = (
  round: number,
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<unknown> => Promise.all([first(), sleep(round % 6).then(second)]);

test.each([
  ["a new event", invite],
  [
    "an event that is patched",
    async (email: string) => {
      const { body } = await admin.rest("POST", "/events", TIMES);
      await admin.rest("PATCH", `/events/${body.id}`, { attendees: [{ emailAddress: email }] });
    },
  ],
])("a user who is added while %s invites them gets it, whoever comes first", async (what, write) => {
  for (const [round, email] of addresses(what.replaceAll(" ", "-")).entries()) {
    await (round % 2
      ? race(
          round,
          () => join(email),
          () => write(email),
        )
      : race(
          round,
          () => write(email),
          () => join(email),
        ));
    expect(await invitations(email)).toEqual({ invited: 1, held: 1 });
  }
});

test("a user whose address is changed while it is invited gets the event, whoever comes first", async () => {
  for (const [round, email] of addresses("moved").entries()) {
    const person = await world.person();
    const move = (): Promise<unknown> =>
      admin.graphql("mutation ($id: ID!, $input: UserPatch!) { updateUser(id: $id, input: $input) { id } }", {
        id: person.id,
        input: { email },
      });
    await (round % 2 ? race(round, move, () => invite(email)) : race(round, () => invite(email), move));
    expect(await invitations(email)).toEqual({ invited: 1, held: 1 });
  }
});

test("a user who is added while plain SQL invites them gets the event, where it looked them up under lock", async () => {
  for (const [round, email] of addresses("sql").entries()) {
    await (round % 2
      ? race(
          round,
          () => join(email),
          () => inviteInSql(email),
        )
      : race(
          round,
          () => inviteInSql(email),
          () => join(email),
        ));
    expect(await invitations(email)).toEqual({ invited: 1, held: 1 });
  }
});

test("arriving is a change: the event comes to the new calendar, and to the others with the user's id filled in", async () => {
  const ben = await world.person();
  const { body } = await admin.rest("POST", "/events", {
    ...TIMES,
    attendees: [{ userId: ben.id }, { emailAddress: "Late@New.test", name: "Late" }],
  });
  const late = await world.person({ email: "late@new.test" });
  const [theirs, bens] = await Promise.all(
    [late, ben].map((person) => person.rest("GET", `/events?since=${body.lastModifiedAt}`)),
  );
  expect(theirs!.body.records).toMatchObject([{ id: body.id }]);
  expect(bens!.body.records).toEqual(theirs!.body.records);
  expect(bens!.body.records[0].attendees[1]).toMatchObject({
    userId: late.id,
    emailAddress: "Late@New.test",
    name: "Late",
  });
});

test("arriving in an organisation tells nobody in another that invites the same address", async () => {
  const abroad = await world.person({ organisationId: await world.organisation() });
  const { body } = await abroad.rest("POST", "/events", {
    ...TIMES,
    attendees: [{ emailAddress: "both@new.test" }],
  });
  await join("both@new.test");
  expect((await abroad.rest("GET", `/events/${body.id}`)).body).toEqual(body);
});

test("events that named somebody's id before there was such a user reach them with their next change", async () => {
  // As an import of another system's rows would have it: the events first, then their people.
  const id = String(8_000_000_000 + Math.floor(Math.random() * 1_000_000));
  const attendees = JSON.stringify([{ userId: id, emailAddress: "late@import.test" }]);
  const { rows } = await world.sql.query<{ id: string }>(
    "insert into event (organisation_id, owner_id, start_time, end_time, attendees) values ($1, $2, $3, $4, $5) returning id",
    [admin.organisationId, admin.id, TIMES.startTime, TIMES.endTime, attendees],
  );
  await world.sql.query(
    "insert into app_user (organisation_id, id, email, name, timezone) values ($1, $2, 'late@import.test', 'Late', 'UTC')",
    [admin.organisationId, id],
  );
  const [event] = rows;
  expect((await admin.rest("PATCH", `/events/${event?.id}`, { subject: "Now" })).status).toBe(200);
  const held = await world.sql.query(
    `select from calendar_entry n join calendar c on c.id = n.calendar_id
     where c.user_id = $1 and n.event_id = $2 and n.removed_at is null`,
    [id, event?.id],
  );
  expect(held.rowCount).toBe(1);
});
