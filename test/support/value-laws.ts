// What must hold of times, people and links for any input. No database: test/values/value-laws.test.ts runs the laws here, and
// again in processes that live in other time zones.
import "reflect-metadata";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Attendee } from "../../src/entities/event";
import { RecordType } from "../../src/entities/record";
import { UserKind } from "../../src/entities/user";
import { mergeAttendees } from "../../src/event/attendees";
import type { AttendeeInput } from "../../src/event/attendee.inputs";
import { mergeLinks } from "../../src/event/links";
import { KnownPeople, type KnownRecord, type KnownUser } from "../../src/event/people-of-write";
import { requireTimes, resolveTimes, type GivenTimes, type Times } from "../../src/event/times";
import { dateOf, midnight, nextDate, parseInstant, toInstant } from "../../src/values/instants";
import { Faults } from "../../src/values/faults";
import { STATUS } from "../../src/values/vocabulary";

const DAY_MS = 86_400_000;
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

// Zones whose midnights are missing, come twice or stand at odd offsets. (Pacific/Apia skipped a whole day in 2011.)
const zone = fc.constantFrom(
  "UTC",
  "Europe/Paris",
  "America/St_Johns",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "America/Sao_Paulo",
  "America/Havana",
  "Asia/Beirut",
  "Africa/Cairo",
  "Australia/Lord_Howe",
  "Pacific/Kiritimati",
  "Pacific/Pago_Pago",
);
const two = (number: number): string => String(number).padStart(2, "0");
const offset = fc
  .tuple(fc.constantFrom("+", "-"), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([sign, hours, minutes]) => `${sign}${two(hours)}:${two(minutes)}`);
const dateBetween = (first: string, last: string): fc.Arbitrary<string> =>
  fc
    .integer({ min: Date.parse(first) / DAY_MS, max: Date.parse(last) / DAY_MS })
    .map((day) => dateOf(toInstant(day * DAY_MS)));
const anyDate = dateBetween("1970-01-01", "9999-12-29");
const recentDate = dateBetween("1971-01-02", "2037-12-30");
const timeOfDay = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute, second]) => `${two(hour)}:${two(minute)}:${two(second)}`);
const instant = fc.integer({ min: 0, max: LAST_MS }).map(toInstant);

function patched(before: Times, given: GivenTimes, inZone: string): Times {
  const faults = new Faults();
  const times = resolveTimes(given, before, inZone, faults);
  deepStrictEqual(faults.details, []);
  return times as Times;
}

/** The date a wall calendar in the zone shows, by Intl and not by our own reckoning. */
const wallDate = (at: string, inZone: string): string =>
  new Intl.DateTimeFormat("en-CA", {
    timeZone: inZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(Date.parse(at));

const TIME_LAWS: Record<string, () => void> = {
  "an instant is the same in whichever offset it is written": () => {
    fc.assert(
      fc.property(instant, offset, (at, east) => {
        const minutes = Number(east.slice(1, 3)) * 60 + Number(east.slice(4));
        const local = Date.parse(at) + (east.startsWith("-") ? -1 : 1) * minutes * 60_000;
        fc.pre(local >= 0 && local <= LAST_MS);
        const written = toInstant(local).slice(0, -1);
        strictEqual(parseInstant(written + east), at);
        strictEqual(parseInstant(written + east.replace("+", " ")), at);
        strictEqual(parseInstant(written.replace("T", "t") + east.replace(":", "")), at);
        strictEqual(parseInstant(`${written}999999${east}`), at);
        const ms = Date.parse(at);
        const looksLikeSeconds = ms > 0 && ms < 1e11;
        strictEqual(parseInstant(ms), looksLikeSeconds ? null : at);
        strictEqual(parseInstant(String(ms)), looksLikeSeconds ? null : at);
        strictEqual(parseInstant(at), at);
      }),
    );
  },

  "nothing without an offset is an instant, whatever the zone of the process": () => {
    fc.assert(
      fc.property(instant, (at) => {
        strictEqual(parseInstant(at.slice(0, -1)), null);
        strictEqual(parseInstant(at.slice(0, 10)), null);
      }),
    );
  },

  "an all-day event has the dates as written, in any zone, offset and time of day": () => {
    fc.assert(
      fc.property(anyDate, timeOfDay, fc.option(offset), zone, (date, time, east, inZone) => {
        const startTime = `${date}T${time}${east ?? ""}`;
        const expected = { startTime: midnight(date), endTime: midnight(nextDate(date)), allDay: true };
        deepStrictEqual(requireTimes({ allDay: true, startTime }, inZone), expected);
        deepStrictEqual(requireTimes({ allDay: true, startTime, endTime: null }, inZone), expected);
        deepStrictEqual(
          requireTimes({ allDay: true, startTime: date, endTime: startTime }, inZone),
          expected,
        );
      }),
    );
  },

  "an all-day event given back as it went out stays as it is, in any zone": () => {
    fc.assert(
      fc.property(anyDate, fc.integer({ min: 1, max: 400 }), zone, (date, days, inZone) => {
        const endMs = Date.parse(date) + days * DAY_MS;
        fc.pre(endMs <= Date.parse("9999-12-31"));
        const times = { startTime: midnight(date), endTime: toInstant(endMs), allDay: true };
        deepStrictEqual(requireTimes(times, inZone), times);
        deepStrictEqual(patched(times, times, inZone), times);
        deepStrictEqual(patched(times, {}, inZone), times);
        deepStrictEqual(patched(times, { startTime: times.startTime.slice(0, 10) }, inZone), times);
      }),
    );
  },

  "allDay switched off and on again keeps the dates, in any zone": () => {
    fc.assert(
      fc.property(recentDate, fc.integer({ min: 1, max: 30 }), zone, (date, days, inZone) => {
        const times = {
          startTime: midnight(date),
          endTime: toInstant(Date.parse(date) + days * DAY_MS),
          allDay: true,
        };
        const timed = patched(times, { allDay: false }, inZone);
        strictEqual(wallDate(timed.startTime, inZone), date);
        strictEqual(wallDate(timed.endTime, inZone), dateOf(times.endTime));
        // The first instant of those dates: a millisecond before it was still yesterday.
        const justBefore = (at: string): string => wallDate(toInstant(Date.parse(at) - 1), inZone);
        ok(justBefore(timed.startTime) < date);
        ok(justBefore(timed.endTime) < dateOf(times.endTime));
        deepStrictEqual(patched(timed, { allDay: true }, inZone), times);
      }),
      // Midnights that a change of the clocks left out: 4 November 2018 in Brazil, 31 March 2019 in Lebanon.
      {
        examples: [
          ["2018-11-03", 1, "America/Sao_Paulo"],
          ["2019-03-30", 1, "Asia/Beirut"],
        ],
        numRuns: 200,
      },
    );
  },

  "allDay switched on covers every date on which the event takes place in its zone, and no other": () => {
    fc.assert(
      fc.property(
        recentDate.chain((date) =>
          fc.integer({ min: 0, max: DAY_MS - 1 }).map((ms) => Date.parse(date) + ms),
        ),
        fc.integer({ min: 1, max: 5 * DAY_MS }),
        zone,
        (start, length, inZone) => {
          const timed = { startTime: toInstant(start), endTime: toInstant(start + length), allDay: false };
          const dates = patched(timed, { allDay: true }, inZone);
          strictEqual(dateOf(dates.startTime), wallDate(timed.startTime, inZone));
          const lastMoment = toInstant(start + length - 1);
          strictEqual(dateOf(toInstant(Date.parse(dates.endTime) - 1)), wallDate(lastMoment, inZone));
        },
      ),
    );
  },
};

// ------------------------------------------------------------------------------------------------- people

const USERS: KnownUser[] = [
  { id: "1", email: "ada@x.co", name: "Ada", kind: UserKind.person, addresses: ["ada@x.co"] },
  { id: "2", email: "Ben@x.co", name: "Ben", kind: UserKind.person, addresses: ["ben@x.co"] },
  { id: "3", email: "cleo@x.co", name: "Cleo", kind: UserKind.person, addresses: ["cleo@x.co"] },
];
const RECORDS: KnownRecord[] = [
  {
    id: "11",
    type: RecordType.Contact,
    name: "C. One",
    emails: ["one@acme.co"],
    archived: false,
    former: [],
    mergedInto: null,
  },
  {
    id: "12",
    type: RecordType.Contact,
    name: "Ben's card",
    emails: ["ben@x.co"],
    archived: false,
    former: [],
    mergedInto: null,
  },
  {
    id: "13",
    type: RecordType.Contact,
    name: "No Address",
    emails: [],
    archived: false,
    former: [],
    mergedInto: null,
  },
  {
    id: "14",
    type: RecordType.Account,
    name: "Acme",
    emails: [],
    archived: false,
    former: [],
    mergedInto: null,
  },
];
const PEOPLE = new KnownPeople(USERS, RECORDS);

// Every address belongs to one person: Ada has an alias the organisation does not know.
const ADDRESSES: Record<string, string[]> = {
  u1: ["ada@x.co", "ada@alias.co"],
  u2: ["ben@x.co"],
  u3: ["cleo@x.co"],
  c11: ["one@acme.co"],
  s1: ["s1@else.co"],
  s2: ["s2@else.co"],
};
const spelled = (address: string): fc.Arbitrary<string> =>
  fc.boolean().map((loud) => (loud ? address.toUpperCase() : address));
const addressOf = (...whose: string[]): fc.Arbitrary<string> =>
  fc.constantFrom(...whose.flatMap((one) => ADDRESSES[one] ?? [])).chain(spelled);
const manners = {
  name: fc.constantFrom("X", "Y", "", null),
  status: fc.constantFrom(...STATUS.words, null),
};
const leftOut = { requiredKeys: [] as [] };

/** People as a mailbox names them. */
const person: fc.Arbitrary<AttendeeInput> = fc.oneof(
  fc
    .constantFrom("1", "2", "3")
    .chain((userId) =>
      fc.record(
        { userId: fc.constant(userId), emailAddress: fc.option(addressOf(`u${userId}`)), ...manners },
        { requiredKeys: ["userId"] },
      ),
    ),
  fc.record(
    { emailAddress: addressOf("u2", "u3", "c11", "s1", "s2"), ...manners },
    { requiredKeys: ["emailAddress"] },
  ),
  fc.record({ contactId: fc.constantFrom("11", "12", "13"), ...manners }, { requiredKeys: ["contactId"] }),
);
const list = fc.array(person, { maxLength: 6 });

/** Anything that is accepted, contradictions included: a user with another one's address. */
const wild: fc.Arbitrary<AttendeeInput> = fc
  .record(
    {
      userId: fc.constantFrom("1", "2", "3", null),
      emailAddress: fc.option(addressOf(...Object.keys(ADDRESSES))),
      contactId: fc.constantFrom("11", "12", "13", null),
      ...manners,
    },
    leftOut,
  )
  .filter(({ userId, emailAddress: at, contactId }) => (userId ?? at ?? contactId) != null);
const wildList = fc.array(wild, { maxLength: 6 });

function merge(given: readonly AttendeeInput[], before: readonly Attendee[]): Attendee[] {
  const faults = new Faults();
  const after = mergeAttendees({ given, before, people: PEOPLE }, faults);
  deepStrictEqual(faults.details, []);
  return after;
}

const asInput = (person: Attendee): AttendeeInput => ({
  ...person,
  contactId: person.contactId === null ? null : String(person.contactId),
});

/** By what a person is told from others. */
const identity = ({ userId, emailAddress: at, contactId }: Attendee): string =>
  userId !== null ? `u:${userId}` : at !== null ? `e:${at.toLowerCase()}` : `c:${contactId}`;

const PEOPLE_LAWS: Record<string, () => void> = {
  "a list of attendees given back as it went out changes nothing, in any order": () => {
    fc.assert(
      fc.property(wildList, fc.nat(), (given, turn) => {
        const stored = merge(given, []);
        const answer = stored.map(asInput);
        const turned = [...answer.slice(turn % 7), ...answer.slice(0, turn % 7)];
        deepStrictEqual(merge(answer, stored), stored);
        deepStrictEqual(merge(turned, stored), stored);
      }),
      { numRuns: 500 },
    );
  },

  "the same list written twice is written once": () => {
    fc.assert(
      fc.property(list, list, (earlier, given) => {
        const once = merge(given, merge(earlier, []));
        deepStrictEqual(merge(given, once), once);
      }),
      { numRuns: 500 },
    );
  },

  "whoever is named by no more than user or address keeps everything the write left out": () => {
    fc.assert(
      fc.property(list, (given) => {
        const stored = merge(given, []);
        const named = stored.map(({ userId, emailAddress: at, contactId }): AttendeeInput => {
          if (userId !== null) return { userId };
          return at !== null ? { emailAddress: at.toUpperCase() } : { contactId: String(contactId) };
        });
        deepStrictEqual(merge(named, stored), stored);
      }),
      { numRuns: 500 },
    );
  },

  "nobody is on the list twice": () => {
    fc.assert(
      fc.property(wildList, wildList, (earlier, given) => {
        const people = merge(given, merge(earlier, [])).map(identity);
        deepStrictEqual(people, [...new Set(people)]);
      }),
      { numRuns: 500 },
    );
  },

  "every user who is named is on the list, in however many ways": () => {
    fc.assert(
      fc.property(wildList, wildList, (earlier, given) => {
        const users = merge(given, merge(earlier, [])).map(({ userId }) => userId);
        for (const { userId } of given) if (userId != null) ok(users.includes(userId));
      }),
      {
        numRuns: 500,
        // Two users with the address of a contact who was there before.
        examples: [
          [[{ contactId: "11" }], ["1", "3"].map((userId) => ({ userId, emailAddress: "one@acme.co" }))],
        ],
      },
    );
  },

  "those who stay keep their order, and new people come last": () => {
    fc.assert(
      fc.property(list, list, (earlier, given) => {
        const before = merge(earlier, []).map(identity);
        const after = merge(given, merge(earlier, [])).map(identity);
        const places = after.map((person) => before.indexOf(person)).filter((place) => place >= 0);
        deepStrictEqual(
          places,
          [...places].sort((a, b) => a - b),
        );
        deepStrictEqual(
          after.slice(0, places.length).filter((person) => !before.includes(person)),
          [],
        );
      }),
      { numRuns: 500 },
    );
  },

  "an empty list clears it": () => {
    fc.assert(fc.property(list, (given) => deepStrictEqual(merge([], merge(given, [])), [])));
  },

  "links keep their order and names, new ones come last, each once": () => {
    const ref = fc.constantFrom(...RECORDS).map(({ type, id }) => ({ type, id }));
    fc.assert(
      fc.property(fc.array(ref, { maxLength: 6 }), fc.array(ref, { maxLength: 6 }), (earlier, given) => {
        const link = (refs: typeof given, before: ReturnType<typeof mergeLinks>) => {
          const faults = new Faults();
          const links = mergeLinks(refs, before, PEOPLE, faults);
          deepStrictEqual(faults.details, []);
          return links;
        };
        const before = link(earlier, []);
        const after = link(given, before);
        deepStrictEqual(link(given, after), after);
        deepStrictEqual(new Set(after.map(({ id }) => id)), new Set(given.map(({ id }) => id)));
        strictEqual(after.length, new Set(given.map(({ id }) => id)).size);
        const kept = before.filter(({ id }) => given.some((one) => one.id === id));
        deepStrictEqual(after.slice(0, kept.length), kept);
      }),
    );
  },

  "a status is understood in any case": () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STATUS.words),
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        (word, loud) => {
          const given = [...word].map((letter, at) =>
            loud[at] ? letter.toUpperCase() : letter.toLowerCase(),
          );
          strictEqual(STATUS.read(given.join("")), word);
        },
      ),
    );
  },
};

export const LAWS: Record<string, () => void> = { ...TIME_LAWS, ...PEOPLE_LAWS };

/** The laws that have to do with time, for a process in another zone: throws where one is broken. */
if (require.main === module) {
  for (const law of Object.values(TIME_LAWS)) law();
  process.stdout.write(
    `${Object.keys(TIME_LAWS).length} laws hold in ${Intl.DateTimeFormat().resolvedOptions().timeZone}\n`,
  );
}
