// Availability over users, zones and privacy.
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", timezone: "America/New_York" });
  ben = await world.person({ name: "Ben", timezone: "Asia/Kolkata" });
});
afterAll(() => world.close());

const QUERY =
  "query($u: [ID!]!, $s: DateTime!, $e: DateTime!) { freeBusy(userIds: $u, startAt: $s, endAt: $e) { userId busy { startAt endAt } } }";
const ask = (who: Person, u: string[], s = "2026-03-02T00:00:00Z", e = "2026-03-04T00:00:00Z") =>
  who.graphql(QUERY, { u, s, e });
const busy = (startAt: string, endAt: string): object => ({
  startAt: new Date(startAt).toISOString(),
  endAt: new Date(endAt).toISOString(),
});

test("busy blocks merge, private ones count, declined ones and moments do not, all-day is the user's own day", async () => {
  const at = (from: string, to: string, more: object = {}): object => ({
    subject: "x",
    startTime: `2026-03-02T${from}:00Z`,
    endTime: `2026-03-02T${to}:00Z`,
    ...more,
  });
  await ben.rest("POST", "/events", at("09:00", "10:00", { private: true }));
  await ben.rest("POST", "/events", at("09:30", "11:00"));
  await ben.rest("POST", "/events", at("11:00", "11:30"));
  await ben.rest("POST", "/events", at("13:00", "13:00"));
  await ada.rest(
    "POST",
    "/events",
    at("14:00", "15:00", { attendees: [{ userId: ben.id, status: "Declined" }] }),
  );
  await ada.rest("POST", "/events", at("16:00", "17:00", { attendees: [{ userId: ben.id }] }));
  await ben.rest("POST", "/events", { subject: "day", allDay: true, startTime: "2026-03-03" });

  const { data, errors } = await ask(ada, [ben.id, ada.id]);
  expect(errors).toBeUndefined();
  expect(data.freeBusy).toEqual([
    {
      userId: ben.id,
      busy: [
        busy("2026-03-02T09:00:00Z", "2026-03-02T11:30:00Z"),
        busy("2026-03-02T16:00:00Z", "2026-03-02T17:00:00Z"),
        // Midnight to midnight in Kolkata.
        busy("2026-03-02T18:30:00Z", "2026-03-03T18:30:00Z"),
      ],
    },
    {
      userId: ada.id,
      busy: [
        busy("2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z"),
        busy("2026-03-02T16:00:00Z", "2026-03-02T17:00:00Z"),
      ],
    },
  ]);
});

test("blocks are cut off at the window's edges", async () => {
  const { data } = await ask(ada, [ben.id], "2026-03-02T09:30:00Z", "2026-03-02T10:00:00Z");
  expect(data.freeBusy[0].busy).toEqual([busy("2026-03-02T09:30:00Z", "2026-03-02T10:00:00Z")]);
});

test("too many users, too long a window, an unknown user or another organisation's are refused, naming the field", async () => {
  const stranger = await world.person({ organisationId: await world.organisation() });
  const fieldOf = async (...args: Parameters<typeof ask>): Promise<unknown> =>
    (await ask(...args)).errors?.[0]?.extensions.details[0].field;
  expect(await fieldOf(ada, Array<string>(51).fill(ben.id))).toBe("userIds");
  expect(await fieldOf(ada, [ben.id], "2026-01-01T00:00:00Z", "2026-04-12T00:00:00Z")).toBe("endAt");
  expect(await fieldOf(ada, [ben.id], "2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z")).toBe("endAt");
  expect(await fieldOf(ada, [ben.id, "99999"])).toBe("userIds[1]");
  expect(await fieldOf(ada, [stranger.id])).toBe("userIds[0]");
});
