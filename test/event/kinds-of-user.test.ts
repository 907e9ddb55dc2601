// Rooms, equipment and teams: what they are, and what they cannot have.
import { addRoom, CREATE_USER, UPDATE_USER } from "../support/rooms";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let admin: Person;
let ada: Person;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.person({ name: "Admin", role: "admin" });
  ada = await world.person({ name: "Ada" });
});
afterAll(() => world.close());

test("a user says what it is, how many it holds, and when it works; a person works from nine to five on weekdays", async () => {
  const room = await addRoom(admin, { capacity: 8 });
  const { data } = await admin.graphql(
    `{ users { id kind capacity workHours { days from to } } calendars(all: true) { userId kind } }`,
  );
  const nineToFive = [{ days: ["MO", "TU", "WE", "TH", "FR"], from: "09:00", to: "17:00" }];
  expect(data.users).toContainEqual({ id: room.id, kind: "room", capacity: 8, workHours: nineToFive });
  expect(data.users).toContainEqual({ id: ada.id, kind: "person", capacity: null, workHours: nineToFive });
  expect(data.calendars).toContainEqual({ userId: room.id, kind: "room" });
  const { body } = await admin.rest("GET", "/calendars?all=true");
  expect(body.records).toContainEqual(expect.objectContaining({ userId: room.id, kind: "room" }));
  const hours = [
    { days: ["SA", "SU"], from: "10:00", to: "14:00" },
    { days: ["MO"], from: "20:00", to: "24:00" },
  ];
  const changed = await admin.graphql(UPDATE_USER, {
    id: room.id,
    input: { workHours: hours, capacity: null, name: "Blue" },
  });
  expect(changed.data.updateUser).toMatchObject({ name: "Blue", workHours: hours, capacity: null });
  const back = await admin.graphql(UPDATE_USER, { id: room.id, input: { workHours: null } });
  expect(back.data.updateUser.workHours).toEqual(nineToFive);
});

test.each<[string, object]>([
  ["role", { kind: "team", role: "admin" }],
  ["capacity", { kind: "person", capacity: 5 }],
  ["capacity", { kind: "room", capacity: 0 }],
  ["capacity", { kind: "room", capacity: 100_001 }],
  ["workHours[0].to", { workHours: [{ days: ["MO"], from: "17:00", to: "09:00" }] }],
  ["workHours[0].from", { workHours: [{ days: ["MO"], from: "9", to: "10:00" }] }],
  ["workHours[0].to", { workHours: [{ days: ["MO"], from: "09:00", to: "24:01" }] }],
])("%s is refused in %j", async (field, wish) => {
  const input = { name: "R", email: "refused@test.test", timezone: "UTC", ...wish };
  const { errors } = await admin.graphql(CREATE_USER, { input });
  expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field }] });
});

test("a room has no access token, is no admin, opens nobody's calendar, and has no address of a person's", async () => {
  const room = await addRoom(admin);
  const token = await admin.graphql(
    `mutation($u: ID!) { createToken(userId: $u, name: "door sign") { id } }`,
    { u: room.id },
  );
  expect(token.errors?.[0]?.extensions).toMatchObject({
    code: "bad_request",
    details: [{ field: "userId" }],
  });
  const admins = await admin.graphql(UPDATE_USER, { id: room.id, input: { role: "admin" } });
  expect(admins.errors?.[0]?.extensions).toMatchObject({
    code: "bad_request",
    details: [{ field: "role" }],
  });
  const grant = await admin.graphql(
    `mutation($c: ID!, $u: ID!) { setCalendarGrant(calendarId: $c, userId: $u, access: READ) { id } }`,
    { c: ada.calendarId, u: room.id },
  );
  expect(grant.errors?.[0]?.extensions).toMatchObject({
    code: "bad_request",
    details: [{ field: "userId" }],
  });
  const alias = await admin.graphql(UPDATE_USER, { id: room.id, input: { aliases: [ada.email] } });
  expect(alias.errors?.[0]?.extensions).toMatchObject({
    code: "conflict",
    details: [{ field: "aliases[0]" }],
  });
});
