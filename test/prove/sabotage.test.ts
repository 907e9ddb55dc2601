// The proof proved: each invariant of the feed is broken on purpose, one at a time, in a database and a service of its
// own, and the proof must find it out. The table at the end says which count caught it.
import { sql } from "../../src/database/rows";
import { isLong } from "../support/long-form";
import { SABOTAGES, type Sabotage } from "../support/sabotages";
import { openWorld } from "../support/world";
import { hangUp } from "./http";
import { prove, type ProofWish } from "./prove";
import type { Report } from "./report";
import { runningElsewhere, setClock } from "./service";

/** The sabotage of code that is in force, if any. */
const mockForce: { now: Sabotage["code"] } = { now: undefined };

jest.mock("../../src/event/idempotency", () => {
  const actual = jest.requireActual<typeof import("../../src/event/idempotency")>(
    "../../src/event/idempotency",
  );
  type Once = typeof actual.once;
  /** The key in a transaction of its own, after the one that made the event. */
  const keyApart: Once = (ctx, idempotency, create) =>
    actual.once(ctx, idempotency, async (remember): ReturnType<typeof create> => {
      const view = await create({ ...remember, keep: () => Promise.resolve() });
      if (!view.deleted) await remember.keep(ctx.db.pool, { view, passedOver: [] });
      return view;
    });
  const once: Once = (...args) => (mockForce.now === "key apart" ? keyApart : actual.once)(...args);
  return { ...actual, once };
});

jest.mock("../../src/event/attendees", () => {
  const actual = jest.requireActual<typeof import("../../src/event/attendees")>("../../src/event/attendees");
  const mergeAttendees: typeof actual.mergeAttendees = (write, faults) =>
    actual.mergeAttendees(
      mockForce.now === "any say" ? { ...write, isGuest: false, answering: undefined } : write,
      faults,
    );
  return { ...actual, mergeAttendees };
});

jest.mock("../../src/event/answers", () => {
  const actual = jest.requireActual<typeof import("../../src/event/answers")>("../../src/event/answers");
  const answerAfter: typeof actual.answerAfter = (was, wanted, ...more) =>
    mockForce.now === "answers yield" ? wanted : actual.answerAfter(was, wanted, ...more);
  return { ...actual, answerAfter };
});

jest.mock("../../src/event/guest", () => {
  const actual = jest.requireActual<typeof import("../../src/event/guest")>("../../src/event/guest");
  const guestPart: typeof actual.guestPart = (changes, ...more) =>
    mockForce.now === "guests write" ? changes : actual.guestPart(changes, ...more);
  return { ...actual, guestPart };
});

jest.mock("../../src/event/visibility", () => {
  const actual = jest.requireActual<typeof import("../../src/event/visibility")>(
    "../../src/event/visibility",
  );
  const visibleSql: typeof actual.visibleSql = (...args) =>
    mockForce.now === "no mask" ? sql`true` : actual.visibleSql(...args);
  return { ...actual, visibleSql };
});

const HOUR_MS = 3_600_000;

/** Few calendars and many who write to them, so that what can go wrong does so soon. */
const storm: ProofWish = {
  seed: "sabotage",
  versions: 1_500,
  // As long as a slow machine takes: brittle, a storm ends with the first fault.
  minutes: 2.5,
  writers: 8,
  calendars: 2,
  pauseMs: 12,
  sqlWriters: 2,
  holdMs: 40,
  brittle: true,
  harmless: true,
  oneWay: true,
};

/** Mailboxes need people who edit, and no storm. */
const mailboxes: Partial<ProofWish> = {
  versions: 150,
  minutes: 0.1,
  writers: 2,
  sqlWriters: 0,
  poorMailboxes: true,
};

type Statement = Parameters<NonNullable<Sabotage["query"]>>[0];

async function proveWith(
  { sql, query, code, stepsBack }: Partial<Sabotage>,
  wish: ProofWish,
): Promise<Report> {
  const world = await openWorld({ rateLimitPerMinute: 0 });
  try {
    if (sql) await world.sql.query(await sql(world.sql));
    if (query) {
      const { pool } = world.db;
      const original = pool.query.bind(pool);
      // The query itself is altered: it knows how to speak to its connection.
      jest
        .spyOn(pool, "query")
        .mockImplementation((asked) => original(Object.assign(asked, query(asked as unknown as Statement))));
    }
    mockForce.now = code;
    const { token } = await world.person({ role: "admin" });
    if (stepsBack) await setClock(world.sql, HOUR_MS);
    const onStage = (): Promise<void> => (stepsBack ? setClock(world.sql, 0) : Promise.resolve());
    return await prove(runningElsewhere(world.url, token, world.sql), { ...wish, onStage });
  } finally {
    mockForce.now = undefined;
    await world.close();
  }
}

const table: string[] = [];
afterAll(() => {
  hangUp();
  process.stdout.write(`\nSabotage -> the counts that caught it\n${table.join("\n")}\n`);
});

/** One each of SQL, of a statement and of the code: the short form. The long one has all the others. */
const SHORT = ["the clock's lock is dropped", ">= for > in the feed", "the mask is skipped"];

test.each(SABOTAGES.filter(({ name }) => SHORT.includes(name) !== isLong))(
  "the proof notices: $name",
  async (sabotage) => {
    // A race has to happen to be seen: where none did in one storm, there are two more.
    const wish = { ...storm, ...(sabotage.mailboxes && mailboxes), ...sabotage.storm };
    let report = await proveWith(sabotage, wish);
    for (let again = 1; again <= 2 && report.counts[sabotage.caughtBy] === 0; again++) {
      report = await proveWith(sabotage, { ...wish, seed: `sabotage ${again}` });
    }
    const caught = Object.entries(report.counts).filter(([, count]) => count > 0);
    table.push(
      `  ${sabotage.name.padEnd(64)} -> ${caught.map(([name, count]) => `${name} ${count}`).join(", ") || "nothing"}` +
        ` (${report.versionsCommitted} versions, ${report.seconds} s)`,
    );
    expect(Object.keys(Object.fromEntries(caught))).toContain(sabotage.caughtBy);
  },
  900_000,
);

test("the same proof finds nothing where nothing is broken", async () => {
  const report = await proveWith({}, { ...storm, versions: 250, minutes: 4, poorMailboxes: true });
  expect(report.examples).toEqual([]);
  expect(report.versionsCommitted).toBeGreaterThan(50);
});
