// Many writers on few series: everybody is answered, nobody is a deadlock's victim, and what they leave is whole. And what one write moves at once.
import { openWorld, type GraphQLReply, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let guests: Person[];

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0 });
  ada = await world.person({ name: "Ada", role: "admin" });
  guests = await Promise.all([1, 2, 3].map((n) => world.person({ name: `Guest ${n}` })));
});
afterAll(() => world.close());

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

const DAY_MS = 86_400_000;
const FIRST = Math.floor(Date.now() / DAY_MS) * DAY_MS + 20 * DAY_MS + 9 * 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();

async function make(count: number): Promise<{ id: string; events: string[] }> {
  const made = await ada.rest("POST", "/series", {
    ...{ subject: "Weekly", startTime: iso(FIRST), endTime: iso(FIRST + 3_600_000), timezone: "UTC" },
    attendees: guests.map(({ id }) => ({ userId: id })),
    recurrence: { rrule: `FREQ=WEEKLY;COUNT=${count}` },
  });
  expect(made.status).toBe(201);
  const { rows } = await world.sql.query<{ id: string }>(
    "select id::text from event where series_id = $1 order by recurrence_id",
    [made.body.id],
  );
  return { id: made.body.id, events: rows.map(({ id }) => id) };
}

const UPDATE = `mutation ($id: ID!, $scope: SeriesScope!, $input: SeriesPatch!) {
  updateSeries(eventId: $id, scope: $scope, input: $input) { changed series { id previous { id } } } }`;
const update = (id: string | undefined, scope: string, input: object): Promise<GraphQLReply> =>
  ada.graphql(UPDATE, { id, scope, input });

/** What is wrong with the series of Ada: occurrences where the rule has no place, twice in one, or left behind. */
async function faults(): Promise<unknown[]> {
  const { rows } = await world.sql.query(
    `select s.id, e.recurrence_id from event e join series s on s.id = e.series_id
     where e.subject <> s.content ->> 'subject' and not 'subject' = any (e.overrides)
     union all
     select series_id, recurrence_id from event where series_id is not null
     group by series_id, recurrence_id having count(*) > 1`,
  );
  return rows;
}

test("of two that change what follows at once both are done, be the occurrence of another series by then", async () => {
  for (let round = 0; round < 3; round++) {
    const { events } = await make(4);
    const client = await world.sql.connect();
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock($1)", [ada.calendarId]);
    // Both have seen of which series their occurrence is before either is let in.
    const both = [
      update(events[1], "FOLLOWING", { location: "Sooner" }),
      update(events[2], "FOLLOWING", { description: "Later" }),
    ];
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.query("commit");
    client.release();
    expect((await Promise.all(both)).map(({ errors }) => errors)).toEqual([undefined, undefined]);
    const { rows } = await world.sql.query<{ location: string | null; description: string | null }>(
      "select location, description from event where id = any ($1) order by recurrence_id",
      [events],
    );
    expect([rows[0], rows[1]]).toEqual([
      { location: null, description: null },
      { location: "Sooner", description: null },
    ]);
    expect(rows.map(({ description }) => description)).toEqual([null, null, "Later", "Later"]);
    // A call that is repeated finds what it has done.
    const again = await update(events[2], "FOLLOWING", { description: "Later" });
    expect(again.data.updateSeries.changed).toBe(0);
  }
  expect(await faults()).toEqual([]);
});

test("eight writers on three series that share guests are all answered, and leave them whole", async () => {
  const made = await Promise.all([make(6), make(6), make(6)]);
  const ids = made.flatMap(({ events }) => events);
  const oneOf = (n: number): string => ids[(n * 7) % ids.length] as string;
  const guest = (n: number): Person => guests[n % guests.length] as Person;
  const ACTS: ((n: number) => Promise<GraphQLReply>)[] = [
    (n) => update(oneOf(n), "ALL", { subject: `All ${n}` }),
    (n) => update(oneOf(n), "FOLLOWING", { subject: `Following ${n}` }),
    (n) => update(oneOf(n), "THIS", { subject: `This ${n}` }),
    (n) => update(oneOf(n), "ALL", { attendees: guests.map(({ id }) => ({ userId: id, type: "optional" })) }),
    (n) => update(oneOf(n), "FOLLOWING", { endTime: null, allDay: true }),
    (n) =>
      guest(n).graphql(
        `mutation { respondToSeries(eventId: ${oneOf(n)}, scope: ALL, status: "accepted") { changed } }`,
      ),
    (n) => guest(n).graphql(`mutation { respondToEvent(id: ${oneOf(n)}, status: "tentative") { id } }`),
    (n) => ada.graphql(`mutation { deleteSeries(eventId: ${oneOf(n)}, scope: THIS) { deleted } }`),
  ];
  const ROUNDS = 6;
  const codes = new Map<string, number>();
  await Promise.all(
    ACTS.map(async (act, writer) => {
      for (let round = 0; round < ROUNDS; round++) {
        const { errors } = await act(writer * ROUNDS + round);
        const code = errors ? String(errors[0]?.extensions.code) : "done";
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }),
  );
  // What somebody has deleted is not there for the others, and what became a single event is of no series.
  expect([...codes.keys()].filter((code) => !["done", "not_found", "bad_request"].includes(code))).toEqual(
    [],
  );
  expect(codes.get("done")).toBeGreaterThan(ROUNDS);
  expect(await faults()).toEqual([]);
});

describe("what moves in one write", () => {
  let rooms = 0;
  const addRoom = async (): Promise<string> => {
    const input = { name: "Room", email: `room${++rooms}@test.test`, timezone: "UTC", kind: "room" };
    const make = "mutation($input: UserInput!) { createUser(input: $input) { id } }";
    return (await ada.graphql(make, { input })).data.createUser.id;
  };
  const book = async (hour: number, room: string, day = "2026-03-02"): Promise<string> => {
    const times = { startTime: `${day}T${hour}:00:00Z`, endTime: `${day}T${hour + 1}:00:00Z` };
    const made = await ada.rest("POST", "/events", {
      subject: "Call",
      ...times,
      attendees: [{ userId: room }],
    });
    expect(made.status).toBe(201);
    return made.body.id;
  };
  /** Pairs of bookings at one time, as the table has them. */
  const overlaps = async (): Promise<unknown[]> => {
    const { rows } = await world.sql.query(
      `with booking as (
         select e.id, a ->> 'userId' as room, tstzrange(e.start_time, e.end_time) as span
         from event e cross join lateral jsonb_array_elements(e.attendees) a
         join app_user u on u.id = (a ->> 'userId')::bigint and u.kind = 'room'
         where a ->> 'status' = 'Accepted')
       select a.id, b.id from booking a join booking b on a.room = b.room and a.id < b.id and a.span && b.span`,
    );
    return rows;
  };
  const moved = `mutation($items: [EventPatchItem!]!) { updateEvents(items: $items) { event { startTime } } }`;
  const all = `mutation($id: ID!, $input: SeriesPatch!) { updateSeries(eventId: $id, scope: ALL, input: $input) { changed } }`;
  const answers = async (ids: string[], room: string): Promise<unknown[]> => {
    const found = await Promise.all(ids.map((id) => ada.rest("GET", `/events/${id}`)));
    return found.map(({ body }) => body.attendees.find(({ userId }: any) => userId === room).status);
  };
  const daily = async (room: string, start: string): Promise<string[]> => {
    const times = { startTime: `${start}T10:00:00Z`, endTime: `${start}T11:00:00Z`, timezone: "UTC" };
    const made = await ada.rest("POST", "/series", {
      ...{ subject: "Daily", ...times, attendees: [{ userId: room }] },
      recurrence: { rrule: "FREQ=DAILY;COUNT=4" },
    });
    const { rows } = await world.sql.query<{ id: string }>(
      "select id::text from event where series_id = $1 order by recurrence_id",
      [made.body.id],
    );
    return rows.map(({ id }) => id);
  };

  test("keeps its room where one goes to where another was: a series on its own dates, and two events that swap", async () => {
    const room = await addRoom();
    const ids = await daily(room, "2027-05-03");
    for (const [on, more] of [
      ["2027-05-04", {}],
      ["2027-05-05", { requireRooms: true }],
      ["2027-05-04", { requireRooms: true }],
    ] as const) {
      const input = { startTime: `${on}T10:00:00Z`, endTime: `${on}T11:00:00Z`, ...more };
      const { data } = await ada.graphql(all, { id: ids[0], input });
      expect(data?.updateSeries).toEqual({ changed: 4 });
      expect(await answers(ids, room)).toEqual(Array(4).fill("Accepted"));
    }
    const [first, second] = [await book(12, room), await book(13, room)];
    const items = [
      { id: first, input: { startTime: "2026-03-02T13:00:00Z", endTime: "2026-03-02T14:00:00Z" } },
      { id: second, input: { startTime: "2026-03-02T12:00:00Z", endTime: "2026-03-02T13:00:00Z" } },
    ];
    const swapped = await ada.graphql(moved, { items });
    expect(swapped.data?.updateEvents.map(({ event }: any) => event.startTime)).toEqual([
      "2026-03-02T13:00:00.000Z",
      "2026-03-02T12:00:00.000Z",
    ]);
    expect(await answers([first, second], room)).toEqual(["Accepted", "Accepted"]);
    expect(await overlaps()).toEqual([]);
  });

  test("gives no time away twice: what SQL says it moves is moved, and is asked anew where it stays", async () => {
    const room = await addRoom();
    const [first, second] = [await book(15, room), await book(16, room)];
    const move = async (where: string): Promise<void> => {
      const client = await world.sql.connect();
      try {
        await client.query("begin");
        await client.query("select set_config('tidemark.moving', $1, true)", [`{${first}}`]);
        await client.query(
          `update event set start_time = '2026-03-02T15:00:00Z', end_time = '2026-03-02T16:00:00Z' where ${where}`,
        );
        await client.query("commit");
      } finally {
        await client.query("rollback");
        client.release();
      }
    };
    await expect(move(`id = ${second}`)).rejects.toThrow("tidemark.moving");
    expect(await overlaps()).toEqual([]);
    await move(`id in (${first}, ${second})`);
    expect((await answers([first, second], room)).sort()).toEqual(["Accepted", "Declined"]);
    expect(await overlaps()).toEqual([]);
  });

  test("asks rooms of a series again that have declined, where the change does not do without them", async () => {
    const room = await addRoom();
    const other = await book(10, room, "2027-06-02");
    const ids = await daily(room, "2027-06-01");
    expect(await answers(ids, room)).toEqual(["Accepted", "Declined", "Accepted", "Accepted"]);
    const strict = { id: ids[0], input: { requireRooms: true } };
    expect((await ada.graphql(all, strict)).errors?.[0]?.extensions.code).toBe("conflict");
    await ada.rest("DELETE", `/events/${other}`);
    expect((await ada.graphql(all, strict)).data).toEqual({ updateSeries: { changed: 1 } });
    expect(await answers(ids, room)).toEqual(Array(4).fill("Accepted"));
    expect((await ada.graphql(all, strict)).data).toEqual({ updateSeries: { changed: 0 } });
  });
});

test("an occurrence that is deleted by itself is in the series' history under the token that deleted it", async () => {
  const { id, events } = await make(3);
  expect((await ada.rest("DELETE", `/events/${events[1]}`)).status).toBe(204);
  const { rows } = await world.sql.query(
    "select kind, token_id::text as token from event_history where event_id = -$1::bigint order by id desc limit 1",
    [id],
  );
  expect(rows).toEqual([{ kind: "changed", token: ada.tokenId }]);
});

test("a series under an event of somebody else goes on without it when that is deleted", async () => {
  const [ben] = guests as [Person];
  const parent = await ada.rest("POST", "/events", {
    ...{ startTime: iso(FIRST), endTime: iso(FIRST + 3_600_000), attendees: [{ userId: ben.id }] },
  });
  const made = await ben.rest("POST", "/series", {
    ...{ subject: "Hung", startTime: iso(FIRST), endTime: iso(FIRST + 3_600_000), timezone: "UTC" },
    ...{ parentId: Number(parent.body.id), recurrence: { rrule: "FREQ=WEEKLY;COUNT=3" } },
  });
  expect([made.status, made.body.parentId]).toEqual([201, Number(parent.body.id)]);
  expect((await ada.rest("DELETE", `/events/${parent.body.id}`)).status).toBe(204);
  expect((await ben.rest("GET", `/series/${made.body.id}`)).body.parentId).toBeNull();
  const { rows } = await world.sql.query<{ id: string }>(
    "select id::text from event where series_id = $1 and parent_id is null order by start_time",
    [made.body.id],
  );
  expect(rows).toHaveLength(3);
  const longer = await ben.rest("PATCH", `/events/${rows[0]!.id}?scope=all`, {
    recurrence: { rrule: "FREQ=WEEKLY;COUNT=5" },
  });
  expect([longer.status, longer.body.message]).toEqual([200, undefined]);
});

test("another spelling of the organiser's address is no change of a series, and splits none", async () => {
  const made = await ada.rest("POST", "/series", {
    ...{ subject: "Outside", startTime: iso(FIRST), endTime: iso(FIRST + 3_600_000), timezone: "UTC" },
    ...{ organizerEmail: "boss@x.co", recurrence: { rrule: "FREQ=WEEKLY;COUNT=3" } },
  });
  const { rows } = await world.sql.query<{ id: string }>(
    "select id::text from event where series_id = $1 order by start_time",
    [made.body.id],
  );
  const { data } = await update(rows[1]!.id, "FOLLOWING", { organizerEmail: "BOSS@x.co" });
  expect(data.updateSeries).toMatchObject({ changed: 0, series: { id: made.body.id, previous: null } });
});
