// Answers that come by mail (METHOD:REPLY), in whatever order the mail brings them, and who hears of them.
import { vevent } from "../support/calendar-text";
import type { Imported } from "../support/calendar-import";
import { bring, FOUR, loner, rowsOf, weekly } from "../support/series-in-files";
import { openWorld, type Person, type World } from "../support/world";

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const PEOPLE = ["ATTENDEE:mailto:a@x.test", "ATTENDEE:mailto:b@x.test"];
const place = (day: string): string => `RECURRENCE-ID;TZID=Europe/Paris:202701${day}T090000`;

/** An answer of the nth minute. */
const answer = (
  ada: Person,
  who: string,
  status: string,
  minute: number,
  ...lines: string[]
): Promise<Imported> =>
  bring(
    world,
    ada,
    "METHOD:REPLY",
    vevent(
      ...["UID:w", `DTSTAMP:20261129T1200${String(minute).padStart(2, "0")}Z`],
      ...[`ATTENDEE;PARTSTAT=${status}:mailto:${who}`, ...lines],
    ),
  );

const statusesOf = async (ada: Person): Promise<string[]> =>
  (await rowsOf(ada)).map(({ attendees }) => attendees.map(({ status }) => status).join());

test("an answer that comes late, after a newer one, changes nothing", async () => {
  const ada = await loner(world);
  await bring(world, ada, weekly("SEQUENCE:2", ...PEOPLE));
  expect(await answer(ada, "a@x.test", "DECLINED", 5, "SEQUENCE:2")).toMatchObject({ answered: 1 });
  const before = await rowsOf(ada);
  const late = await answer(ada, "A@X.test", "ACCEPTED", 4, "SEQUENCE:2");
  expect(late).toMatchObject({ answered: 0, unchanged: 1, problems: 0 });
  expect(await rowsOf(ada)).toEqual(before);
  // Somebody else's is no older for that, and the same person's next one counts.
  await answer(ada, "b@x.test", "TENTATIVE", 3, "SEQUENCE:2");
  await answer(ada, "a@x.test", "ACCEPTED", 6, "SEQUENCE:2");
  expect(await statusesOf(ada)).toEqual(["Accepted,Tentative"]);
  // One that says no time is the one at hand.
  const dateless = vevent("UID:w", "SEQUENCE:2", "ATTENDEE;PARTSTAT=DECLINED:mailto:a@x.test");
  expect(await bring(world, ada, "METHOD:REPLY", dateless)).toMatchObject({ answered: 1 });
});

test("an older answer to a whole series leaves the newer ones to single instances, and the other way round", async () => {
  const ada = await loner(world);
  await bring(world, ada, weekly(FOUR, ...PEOPLE));
  await answer(ada, "a@x.test", "DECLINED", 5, place("11"));
  await answer(ada, "a@x.test", "ACCEPTED", 4);
  expect(await statusesOf(ada)).toEqual(
    ["Accepted", "Declined", "Accepted", "Accepted"].map((s) => `${s},NoResponse`),
  );
  expect(await answer(ada, "a@x.test", "TENTATIVE", 3, place("18"))).toMatchObject({ answered: 0 });
  expect(await answer(ada, "a@x.test", "TENTATIVE", 6)).toMatchObject({ answered: 4 });
  expect(await answer(ada, "a@x.test", "DECLINED", 5, place("11"))).toMatchObject({ answered: 0 });
  expect(await statusesOf(ada)).toEqual(Array(4).fill("Tentative,NoResponse"));
});

test("an answer to a whole series that every occurrence has already is in the calendar's file, which is a new one", async () => {
  const ada = await loner(world);
  await bring(world, ada, weekly(FOUR, ...PEOPLE));
  for (const day of ["04", "11", "18", "25"]) await answer(ada, "a@x.test", "ACCEPTED", 1, place(day));
  const before = await ada.rest("GET", "/events.ics");
  const seriesId = (await rowsOf(ada))[0]?.seriesId;
  const series = await ada.rest("GET", `/series/${seriesId}`);
  const rows = await rowsOf(ada);
  expect(await answer(ada, "a@x.test", "ACCEPTED", 2)).toMatchObject({ answered: 0 });
  expect(await rowsOf(ada)).toEqual(rows);
  const [etag, seriesEtag] = [before.headers.get("ETag") ?? "", series.headers.get("ETag") ?? ""];
  const after = await ada.rest("GET", "/events.ics", undefined, { "If-None-Match": etag });
  expect([after.status, after.text === before.text]).toEqual([200, false]);
  const told = await ada.rest("GET", `/series/${seriesId}`, undefined, { "If-None-Match": seriesEtag });
  expect([told.status, told.body.attendees?.[0]?.status]).toEqual([200, "Accepted"]);
  // The same again says nothing.
  await answer(ada, "a@x.test", "ACCEPTED", 3);
  const tag = after.headers.get("ETag") ?? "";
  expect((await ada.rest("GET", "/events.ics", undefined, { "If-None-Match": tag })).status).toBe(304);
});
