// Searches by the words of a meeting, and what they make of somebody's time.
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;
let ben: Person;
let colleague: Person;
let root: Person;
let byName: Record<string, any>;

const at = (day: number): object => ({
  startTime: `2026-03-0${day}T15:00:00Z`,
  endTime: `2026-03-0${day}T16:00:00Z`,
});
const MADE: Record<string, object> = {
  plain: at(1),
  free: { ...at(2), showAs: "free", type: "Call", properties: { stage: "won", seats: 5 } },
  away: { ...at(3), showAs: "outOfOffice", status: "tentative", properties: { stage: "lost", hot: true } },
  secret: { ...at(4), showAs: "free", private: true, type: "Call", properties: { stage: "won" } },
  gone: { ...at(5), showAs: "free", status: "cancelled", type: "Call" },
};

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", email: "ada@x.co" });
  ben = await world.person({ name: "Ben", email: "ben@x.co" });
  colleague = await world.person();
  root = await world.person({ role: "admin" });
  byName = {};
  for (const [subject, more] of Object.entries(MADE)) {
    const input = { subject, attendees: [{ userId: ben.id }], ...more };
    byName[subject] = (await ada.rest("POST", "/events", input)).body;
  }
});
afterAll(() => world.close());

async function search(who: Person, filter: object, more: object = {}): Promise<string[]> {
  const { data, errors } = await who.graphql(
    `query($filter: EventFilter, $first: Int, $after: String, $order: EventOrder) {
      events(filter: $filter, first: $first, after: $after, orderBy: $order) {
        totalCount edges { node { subject } } pageInfo { endCursor } } }`,
    { filter, first: 100, order: "START", ...more },
  );
  expect(errors).toBeUndefined();
  if (!("first" in more)) expect(data.events.totalCount).toBe(data.events.edges.length);
  return data.events.edges.map(({ node }: any) => node.subject);
}

const FILTERS: [what: string, filter: object, live: string[], everywhere: string[]][] = [
  ["busy", { showAs: "busy" }, ["plain"], ["plain"]],
  ["free", { showAs: "Transparent" }, ["free", "secret"], ["free", "secret", "gone"]],
  ["out of office", { showAs: "oof" }, ["away"], ["away"]],
  ["confirmed", { status: "confirmed" }, ["plain", "free", "secret"], ["plain", "free", "secret"]],
  ["tentative", { status: "TENTATIVE" }, ["away"], ["away"]],
  ["cancelled", { status: "canceled" }, [], ["gone"]],
  ["a type", { type: "Call" }, ["free", "secret"], ["free", "secret", "gone"]],
  ["a type in other letters", { type: "call" }, [], []],
  ["a text property", { property: { key: "stage", value: "won" } }, ["free", "secret"], ["free", "secret"]],
  ["a number", { property: { key: "seats", value: 5 } }, ["free"], ["free"]],
  ["a number by its text", { property: { key: "seats", value: "5.0" } }, [], []],
  ["a number by its digits", { property: { key: "seats", value: "5" } }, ["free"], ["free"]],
  ["true", { property: { key: "hot", value: true } }, ["away"], ["away"]],
  ["a property nobody has", { property: { key: "nothing", value: "won" } }, [], []],
  ["a part of a value", { property: { key: "stage", value: "wo" } }, [], []],
  [
    "all of them at once",
    { showAs: "free", status: "confirmed", type: "Call", property: { key: "stage", value: "won" } },
    ["free", "secret"],
    ["free", "secret"],
  ],
  ["words besides", { text: "fre", showAs: "free" }, ["free"], ["free"]],
  ["a window besides", { startAt: "2026-03-03T00:00:00Z", showAs: "free" }, ["secret"], ["secret", "gone"]],
];

test.each(FILTERS)(
  "%s: found in a calendar, in several, and in the organisation",
  async (_what, filter, live, everywhere) => {
    expect(await search(ada, filter)).toEqual(live);
    expect(await search(ben, filter)).toEqual(live);
    expect(await search(root, { ...filter, calendarIds: [ada.calendarId, ben.calendarId] })).toEqual(live);
    expect(await search(root, { ...filter, scope: "ORGANISATION" })).toEqual(everywhere);
    expect(await search(ada, { ...filter, scope: "ORGANISATION" })).toEqual(everywhere);
    expect(await search(root, { ...filter, scope: "ORGANISATION" }, { order: "LAST_CHANGE" })).toEqual(
      everywhere.toReversed(),
    );
  },
);

test.each(FILTERS)("%s: never finds what is masked", async (_what, filter, live, everywhere) => {
  const open = (names: string[]): string[] => names.filter((name) => name !== "secret");
  expect(await search(colleague, { ...filter, scope: "ORGANISATION" })).toEqual(open(everywhere));
  expect(await search(colleague, { ...filter, calendarIds: [ada.calendarId] })).toEqual(open(live));
});

test("pages of such a search have each event once, in order", async () => {
  for (const scope of ["CALENDAR", "ORGANISATION"]) {
    const filter = { type: "Call", scope };
    const all = await search(ada, filter);
    const { data } = await ada.graphql(
      `query($f: EventFilter) { events(filter: $f, first: 1) { edges { node { subject } } pageInfo { endCursor } } }`,
      { f: filter },
    );
    const rest = await search(ada, filter, { first: 50, after: data.events.pageInfo.endCursor });
    expect([data.events.edges[0].node.subject, ...rest]).toEqual(all);
  }
});

test.each([
  ["showAs", { showAs: "away" }, "showAs"],
  ["status", { status: "Accepted" }, "status"],
  ["type", { type: "x".repeat(1001) }, "type"],
  ["property's value", { property: { key: "a", value: ["b"] } }, "property.value"],
  ["property's name", { property: { key: "x".repeat(65), value: 1 } }, "property.key"],
])("a filter by a %s that cannot be is refused", async (_what, filter, field) => {
  const { errors } = await ada.graphql("query($f: EventFilter) { events(filter: $f) { totalCount } }", {
    f: filter,
  });
  expect(errors![0]!.extensions).toMatchObject({ code: "bad_request", details: [{ field }] });
});

describe("availability", () => {
  let owner: Person;
  beforeAll(async () => {
    owner = await world.person({ name: "Owner" });
    const times = (from: string, to: string): object => ({
      startTime: `2027-03-02T${from}:00Z`,
      endTime: `2027-03-02T${to}:00Z`,
    });
    for (const input of [
      { ...times("08:00", "09:00"), showAs: "free" },
      { ...times("09:00", "12:00"), showAs: "tentative" },
      { ...times("10:00", "11:00") },
      { ...times("10:30", "10:45"), showAs: "oof", status: "tentative" },
      { ...times("12:00", "13:00"), status: "tentative" },
      { ...times("13:00", "14:00"), attendees: [{ userId: owner.id, status: "Tentative" }] },
      { ...times("14:00", "15:00"), attendees: [{ userId: owner.id, status: "Declined" }] },
      { ...times("16:00", "17:00"), status: "cancelled" },
      { ...times("17:00", "18:00"), attendees: [{ userId: ada.id, status: "Tentative" }] },
    ])
      await owner.rest("POST", "/events", input);
  });
  const busy = async (more: string): Promise<string[]> => {
    const { data, errors } = await ada.graphql(
      `{ freeBusy(userIds: [${owner.id}], startAt: "2027-03-02T00:00:00Z", endAt: "2027-03-03T00:00:00Z"${more}) { busy { startAt endAt kind } } }`,
    );
    expect(errors).toBeUndefined();
    return data.freeBusy[0].busy.map(
      ({ startAt, endAt, kind }: any) => `${startAt.slice(11, 16)}-${endAt.slice(11, 16)} ${kind}`,
    );
  };

  test("what is free, cancelled or declined by the person is no block; all others are of one kind", async () => {
    expect(await busy("")).toEqual(["09:00-14:00 BUSY", "17:00-18:00 BUSY"]);
  });

  test("in detail each kind has its blocks, and where they meet the stronger wins", async () => {
    expect(await busy(", detailed: true")).toEqual([
      "09:00-10:00 TENTATIVE",
      "10:00-10:30 BUSY",
      "10:30-10:45 OUT_OF_OFFICE",
      "10:45-11:00 BUSY",
      "11:00-14:00 TENTATIVE",
      "17:00-18:00 BUSY",
    ]);
  });
});
