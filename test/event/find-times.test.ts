// A time for a meeting: everybody's own working hours, optional people, rooms, and why there is none.
import { openWorld, type Person, type World } from "../support/world";
/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let admin: Person;
let ada: Person;
let ben: Person;
let kim: Person;
let small: string;
let large: string;

const CREATE = "mutation($input: UserInput!) { createUser(input: $input) { id } }";

beforeAll(async () => {
  world = await openWorld();
  admin = await world.person({ name: "Admin", role: "admin" });
  ada = await world.person({ name: "Ada", timezone: "Europe/Paris" });
  ben = await world.person({ name: "Ben", timezone: "Europe/London" });
  kim = await world.person({ name: "Kim", timezone: "Asia/Tokyo" });
  const room = async (name: string, capacity: number): Promise<string> => {
    const input = { name, email: `${name}@x.co`, timezone: "Europe/Paris", kind: "room", capacity };
    return (await admin.graphql(CREATE, { input })).data.createUser.id;
  };
  [small, large] = [await room("small", 4), await room("large", 20)];
});
afterAll(() => world.close());

const FIND = `query($input: FindTimesInput!) { findTimes(input: $input) {
  suggestions { startAt endAt missing rooms } reason blocking } }`;
// A Monday; Paris is an hour ahead of UTC.
const MONDAY = { startAt: "2026-03-02T00:00:00Z", endAt: "2026-03-03T00:00:00Z", durationMinutes: 60 };

async function find(input: object): Promise<any> {
  const { data, errors } = await ada.graphql(FIND, { input: { ...MONDAY, ...input } });
  expect(errors).toBeUndefined();
  return data.findTimes;
}
const at = (time: string): string => `2026-03-02T${time}:00.000Z`;
const starts = ({ suggestions }: { suggestions: { startAt: string }[] }): string[] =>
  suggestions.map(({ startAt }) => startAt.slice(11, 16));
const block = (who: Person, from: string, to: string, more: object = {}): Promise<unknown> =>
  who.rest("POST", "/events", { subject: "x", startTime: at(from), endTime: at(to), ...more });

test("times lie within everybody's own working hours, the earliest first, in steps from the beginning", async () => {
  const found = await find({ userIds: [ada.id, ben.id], first: 3 });
  expect(found).toEqual({
    suggestions: ["09:00", "09:15", "09:30"].map((from) => ({
      startAt: at(from),
      endAt: new Date(Date.parse(at(from)) + 3_600_000).toISOString(),
      missing: [],
      rooms: [],
    })),
    reason: null,
    blocking: [],
  });
  // Ada goes at 16:00Z, Ben an hour later.
  const all = await find({ userIds: [ada.id, ben.id], stepMinutes: 30, first: 100 });
  expect([starts(all).at(0), starts(all).at(-1), all.suggestions.length]).toEqual(["09:00", "15:00", 13]);
  // Steps count from `startAt`.
  expect(
    starts(await find({ userIds: [ada.id], startAt: "2026-03-02T08:10:00Z", stepMinutes: 60, first: 2 })),
  ).toEqual([...["08:10", "09:10"]]);
  expect(starts(await find({ userIds: [ada.id], ignoreWorkHours: true, first: 1 }))).toEqual(["00:00"]);
  const sunday = { startAt: "2026-03-01T00:00:00Z", endAt: "2026-03-02T00:00:00Z" };
  expect((await find({ userIds: [ada.id], ...sunday })).suggestions).toEqual([]);
  expect(starts(await find({ userIds: [ada.id], ...sunday, ignoreWorkHours: true, first: 1 }))).toEqual([
    "00:00",
  ]);
});

test("hours are on the wall: when the clocks go forward the day begins an hour earlier", async () => {
  const week = {
    startAt: "2026-03-27T00:00:00Z",
    endAt: "2026-03-31T00:00:00Z",
    stepMinutes: 60,
    first: 100,
  };
  const { suggestions } = await find({ userIds: [ada.id], ...week });
  const days = suggestions.map(({ startAt }: { startAt: string }) => startAt.slice(0, 16));
  expect(days[0]).toBe("2026-03-27T08:00");
  expect(days.find((day: string) => day > "2026-03-28")).toBe("2026-03-30T07:00");
  const input = {
    workHours: [
      { days: ["SA"], from: "20:00", to: "24:00" },
      { days: ["SU"], from: "00:00", to: "04:00" },
    ],
  };
  await admin.graphql(
    "mutation($id: ID!, $input: UserPatch!) { updateUser(id: $id, input: $input) { id } }",
    {
      id: kim.id,
      input,
    },
  );
  // Over midnight in Tokyo, the night is one stretch.
  const night = {
    startAt: "2026-03-07T00:00:00Z",
    endAt: "2026-03-09T00:00:00Z",
    durationMinutes: 480,
    stepMinutes: 30,
  };
  expect((await find({ userIds: [kim.id], ...night })).suggestions).toMatchObject([
    { startAt: "2026-03-07T11:00:00.000Z", endAt: "2026-03-07T19:00:00.000Z" },
  ]);
});

test("who is busy is not free; optional people only rank, and are missing outside their hours", async () => {
  await block(ada, "08:00", "10:00");
  await block(ben, "10:00", "11:00", { private: true });
  await block(ben, "11:00", "12:00", { showAs: "free" });
  const found = await find({
    userIds: [ada.id],
    optionalUserIds: [ben.id, kim.id, ada.id],
    stepMinutes: 60,
    first: 100,
  });
  const missing = found.suggestions.map(({ startAt, missing: who }: any) => [startAt.slice(11, 16), who]);
  expect(missing).toEqual([
    ...["11:00", "12:00", "13:00", "14:00", "15:00"].map((time) => [time, [kim.id]]),
    ["10:00", [ben.id, kim.id]],
  ]);
  expect(starts(await find({ userIds: [ada.id, ben.id], stepMinutes: 60, first: 1 }))).toEqual(["11:00"]);
});

test("a room is one of those asked for that is free and holds so many", async () => {
  await block(admin, "11:00", "13:00", { attendees: [{ userId: large }] });
  const first = { userIds: [ada.id], stepMinutes: 60, first: 1 };
  expect((await find({ ...first, rooms: [small, large] })).suggestions).toMatchObject([
    { startAt: at("10:00"), rooms: [small, large] },
  ]);
  expect((await find({ ...first, rooms: [large], startAt: at("11:00") })).suggestions).toMatchObject([
    { startAt: at("13:00"), rooms: [large] },
  ]);
  expect((await find({ ...first, capacity: 10 })).suggestions).toMatchObject([{ rooms: [large] }]);
  expect((await find({ ...first, capacity: 3 })).suggestions).toMatchObject([{ rooms: [small, large] }]);
  // Rooms are open at night, where nobody has said when they close.
  expect(starts(await find({ rooms: [small], first: 1 }))).toEqual(["00:00"]);
  expect(await find({ ...first, capacity: 50 })).toEqual({
    suggestions: [],
    reason: "There is no room for 50 people.",
    blocking: [],
  });
  expect(await find({ ...first, rooms: [small], capacity: 5 })).toMatchObject({
    suggestions: [],
    blocking: [small],
  });
  const taken = { startAt: at("11:00"), endAt: at("13:00"), rooms: [large] };
  expect(await find({ userIds: [ada.id], ...taken })).toEqual({
    suggestions: [],
    reason: "No room is free when everybody is.",
    blocking: [large],
  });
});

test("where there is no time it says why, and who is in the way", async () => {
  const morning = { startAt: at("08:00"), endAt: at("10:00") };
  expect(await find({ userIds: [ada.id, admin.id], ...morning })).toEqual({
    suggestions: [],
    reason: "There is no time at which everybody is free within their working hours.",
    blocking: [ada.id],
  });
  expect(await find({ userIds: [ada.id, kim.id] })).toMatchObject({ suggestions: [], blocking: [kim.id] });
  expect(await find({ userIds: [ada.id], ...morning, durationMinutes: 121 })).toMatchObject({
    suggestions: [],
    reason: "The time from startAt to endAt is shorter than the meeting.",
  });
});

test("what is no such search is refused, naming the field", async () => {
  const stranger = await world.person({ organisationId: await world.organisation() });
  const refused: [string, object][] = [
    ["userIds", {}],
    ["userIds", { userIds: Array<string>(51).fill(ada.id) }],
    ["userIds[1]", { userIds: [ada.id, stranger.id] }],
    ["optionalUserIds[0]", { userIds: [ada.id], optionalUserIds: ["999999"] }],
    ["rooms[0]", { userIds: [ada.id], rooms: [ben.id] }],
    ["rooms[0]", { userIds: [ada.id], rooms: ["x"] }],
    ["capacity", { userIds: [ada.id], capacity: 0 }],
    ["durationMinutes", { userIds: [ada.id], durationMinutes: 0 }],
    ["durationMinutes", { userIds: [ada.id], durationMinutes: 10_081 }],
    ["stepMinutes", { userIds: [ada.id], stepMinutes: 0 }],
    ["first", { userIds: [ada.id], first: 101 }],
    ["endAt", { userIds: [ada.id], endAt: "2026-03-02T00:00:00Z" }],
    ["endAt", { userIds: [ada.id], endAt: "2027-04-06T00:00:00Z" }],
  ];
  for (const [field, input] of refused) {
    const { errors } = await ada.graphql(FIND, { input: { ...MONDAY, ...input } });
    expect([input, errors?.[0]?.extensions]).toMatchObject([
      input,
      { code: "bad_request", details: [{ field }] },
    ]);
  }
  const reader = await ada.through("writer", ["write"]);
  const { errors } = await reader.graphql(FIND, { input: { ...MONDAY, userIds: [ada.id] } });
  expect(errors?.[0]?.extensions.code).toBe("forbidden");
});

test("every room that is large enough is looked at, the smallest that fits first", async () => {
  const organisationId = await world.organisation();
  const host = await world.person({ organisationId, role: "admin" });
  await world.sql.query(
    `insert into app_user (organisation_id, email, name, timezone, kind, capacity)
     select $1, 'room-' || n || '@x.co', 'A room ' || n, 'UTC', 'room', 10 + n from generate_series(1, 320) n`,
    [organisationId],
  );
  const ask = async (more: object): Promise<any> =>
    (await host.graphql(FIND, { input: { ...MONDAY, userIds: [host.id], first: 1, ...more } })).data
      .findTimes;
  const idOf = async (n: number): Promise<string> =>
    (await world.sql.query("select id from app_user where email = $1", [`room-${n}@x.co`])).rows[0].id;
  const free = (await ask({ capacity: 12 })).suggestions[0].rooms;
  expect(free.slice(0, 2)).toEqual([await idOf(2), await idOf(3)]);
  expect(free).toHaveLength(50);
  // All but the two hundredth are taken all day.
  await world.sql.query(
    `insert into event (organisation_id, owner_id, start_time, end_time, timezone, organizer_email)
     select $1, u.id, '2026-03-02', '2026-03-03', 'UTC', u.email from app_user u
     where u.organisation_id = $1 and u.kind = 'room' and u.email <> 'room-200@x.co'`,
    [organisationId],
  );
  expect((await ask({ capacity: 12 })).suggestions).toMatchObject([{ rooms: [await idOf(200)] }]);
  expect(await ask({ capacity: 300 })).toMatchObject({
    ...{ suggestions: [], reason: "No room is free when everybody is." },
    blocking: [await idOf(290), ...Array.from({ length: 30 }, () => expect.any(String))],
  });
});

test("an event that is to be moved keeps nobody busy, where whoever asks sees it; others there stay in the way", async () => {
  const [jo, lu] = await Promise.all([world.person({ name: "Jo" }), world.person({ name: "Lu" })]);
  const day = { startAt: "2026-05-04T09:00:00Z", endAt: "2026-05-04T11:00:00Z", stepMinutes: 60 };
  const times = { startTime: "2026-05-04T09:00:00Z", endTime: "2026-05-04T11:00:00Z" };
  const made = async (owner: Person, more: object): Promise<string> =>
    (await owner.rest("POST", "/events", { subject: "x", ...times, ...more })).body.id;
  const meeting = await made(jo, { attendees: [{ userId: lu.id }] });
  const asks = async (who: Person, exceptEventId: string | null): Promise<string[]> => {
    const input = {
      userIds: [jo.id, lu.id],
      ...day,
      durationMinutes: 60,
      ignoreWorkHours: true,
      exceptEventId,
    };
    return starts((await who.graphql(FIND, { input })).data.findTimes);
  };
  const busyBut = async (who: Person, id: string): Promise<number[]> => {
    const document = `{ freeBusy(userIds: [${jo.id}, ${lu.id}], startAt: "${day.startAt}", endAt: "${day.endAt}", exceptEventId: ${id}) { busy { startAt } } }`;
    return (await who.graphql(document)).data.freeBusy.map(({ busy }: any) => busy.length);
  };
  expect([await asks(jo, null), await asks(jo, meeting), await asks(jo, "99999999")]).toEqual([
    ...[[], ["09:00", "10:00"], []],
  ]);
  const other = { startTime: "2026-05-04T10:00:00Z", endTime: "2026-05-04T11:00:00Z", private: true };
  const secret = await made(lu, { ...other, attendees: [{ userId: jo.id }] });
  expect([await asks(jo, meeting), await busyBut(jo, meeting)]).toEqual([["09:00"], [1, 1]]);
  await made(lu, { startTime: times.startTime, endTime: "2026-05-04T09:30:00Z" });
  await jo.rest("DELETE", `/events/${meeting}`);
  // Who is in a private event is not told by leaving it out.
  expect([await busyBut(jo, secret), await busyBut(ada, secret)]).toEqual([
    [0, 1],
    [1, 2],
  ]);
});
