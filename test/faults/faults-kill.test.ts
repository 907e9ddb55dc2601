// The service is killed (kill -9) at every step of a write: before each of its statements reaches PostgreSQL, and before
// each answer reaches it. Whatever was committed is there whole, whatever was not has left nothing, and the same request
// again comes to one event.
import { setTimeout as sleep } from "node:timers/promises";
import { ensureBuilt, killServices, startService, type Running } from "../support/child";
import { calendar, vevent } from "../support/calendar-text";
import { isLong } from "../support/long-form";
import { expectSound } from "../support/plain-sql";
import { StepProxy, type Step } from "../support/step-proxy";
import { callRest, openWorld, type Person, type RestReply, type World } from "../support/world";

const TIMES = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const SIDES: Step["side"][] = isLong ? ["statement", "answer"] : ["answer"];
const KINDS = isLong ? ["create", "change", "delete", "make", "series", "split", "file"] : ["create"];
const MAX_STEPS = 60;

let world: World;
let ada: Person;
let ben: Person;
let proxy: StepProxy;
let url: string;
/** Made ready while the one before it is being killed. */
let next: Promise<Running>;

/** Its first sweep is over: the transaction that begins next is the one that a test asks for. */
async function start(): Promise<Running> {
  const service = await startService({
    DATABASE_URL: url,
    DATABASE_POOL: "3",
    RATE_LIMIT_PER_MINUTE: "0",
    DEMO: "off",
    LOG_LEVEL: "error",
  });
  const metrics = async (): Promise<string> => (await fetch(`${service.url}/metrics`)).text();
  while (!/^tidemark_sweeps_total [1-9]/m.test(await metrics())) await sleep(20);
  return service;
}

beforeAll(async () => {
  await ensureBuilt();
  world = await openWorld();
  ada = await world.person({ name: "Ada" });
  ben = await world.person({ name: "Ben" });
  proxy = new StepProxy(new URL(world.databaseUrl));
  url = await proxy.open();
  next = start();
});
afterAll(async () => {
  await next.catch(() => undefined);
  await killServices();
  await proxy.close();
  await world.close();
});

interface Write {
  /** What is there of it: whole, or nothing. */
  done: () => Promise<boolean>;
  request: { method: string; path: string; body?: unknown; headers?: Record<string, string> };
  /** What the repeated request answers. */
  again: number;
}

const count = async (text: string, values: unknown[]): Promise<number> =>
  Number((await world.sql.query<{ n: string }>(`select count(*) as n from ${text}`, values)).rows[0]!.n);

async function make(subject: string): Promise<{ id: string }> {
  const body = { ...TIMES, subject, attendees: [{ userId: ben.id }] };
  return (await ada.rest("POST", "/events", body)).body as { id: string };
}

const WRITES: Record<string, (name: string) => Promise<Write>> = {
  create: (name) =>
    Promise.resolve({
      request: {
        method: "POST",
        path: "/events",
        body: { ...TIMES, subject: name, attendees: [{ userId: ben.id }] },
        headers: { "Idempotency-Key": name },
      },
      done: async () => {
        const events = await count("event where subject = $1", [name]);
        const keys = await count("idempotency_key where key = $1", [name]);
        const entries = await count(
          "calendar_entry n join event e on e.organisation_id = n.organisation_id and e.id = n.event_id where e.subject = $1",
          [name],
        );
        const told = await count("event_history where changes ->> 'subject' = $1", [name]);
        expect([0, 1]).toContain(events);
        expect({ keys, entries, told }).toEqual({ keys: events, entries: 2 * events, told: events });
        return events === 1;
      },
      again: 201,
    }),
  change: async (name) => {
    const { id } = await make(name);
    return {
      request: {
        method: "PATCH",
        path: `/events/${id}`,
        body: { subject: `${name} changed`, attendees: [] },
      },
      done: async () => {
        const changed = await count("event where id = $1 and subject = $2 and attendees = '[]'", [
          id,
          `${name} changed`,
        ]);
        const left = await count("calendar_entry where event_id = $1 and reason = 'left'", [id]);
        const told = await count("event_history where event_id = $1 and kind = 'changed'", [id]);
        expect({ left, told }).toEqual({ left: changed, told: changed });
        return changed === 1;
      },
      again: 200,
    };
  },
  make: (name) =>
    Promise.resolve({
      request: {
        method: "POST",
        path: "/series",
        body: seriesOf(name),
        headers: { "Idempotency-Key": name },
      },
      done: async () => {
        const series = await count("series where content ->> 'subject' = $1", [name]);
        const events = await count("event where subject = $1 and series_id is not null", [name]);
        const keys = await count("idempotency_key where key = $1", [name]);
        expect([0, 1]).toContain(series);
        expect({ events, keys }).toEqual({ events: 3 * series, keys: series });
        return series === 1;
      },
      again: 201,
    }),
  series: (name) => changeOfSeries(name, "all"),
  split: (name) => changeOfSeries(name, "following"),
  file: changeByFile,
  delete: async (name) => {
    const { id } = await make(name);
    return {
      request: { method: "DELETE", path: `/events/${id}` },
      done: async () => {
        const there = await count("event where id = $1", [id]);
        const buried = await count("calendar_entry where event_id = $1 and reason = 'deleted'", [id]);
        expect(buried).toBe(2 - 2 * there);
        return there === 0;
      },
      again: 204,
    };
  },
};

const BEGAN = Date.now();
const inDays = (days: number): string => new Date(BEGAN + days * 86_400_000).toISOString().slice(0, 10);

const seriesOf = (name: string): object => ({
  ...{ startTime: `${inDays(30)}T09:00:00Z`, endTime: `${inDays(30)}T10:00:00Z`, timezone: "UTC" },
  ...{ subject: name, attendees: [{ userId: ben.id }], recurrence: { rrule: "FREQ=WEEKLY;COUNT=3" } },
});

/** A series of three, of which the second is changed with the others (`all`), or with the one after it (`following`). */
async function changeOfSeries(name: string, scope: "all" | "following"): Promise<Write> {
  const { id } = (await ada.rest("POST", "/series", seriesOf(name))).body as { id: string };
  const rows = await world.sql.query<{ id: string }>(
    "select id::text from event where series_id = $1 order by recurrence_id",
    [id],
  );
  const ids = rows.rows.map((row) => row.id);
  const concerned = scope === "all" ? 3 : 2;
  return {
    request: {
      method: "PATCH",
      path: `/events/${ids[1]}?scope=${scope}`,
      body: { location: "Hall", startTime: `${inDays(37)}T11:00:00Z`, endTime: `${inDays(37)}T12:00:00Z` },
    },
    done: async () => {
      const changed = await count(
        "event where id = any ($1) and location = 'Hall' and recurrence_id like '%T11:00:00' and start_time::time = '11:00'",
        [ids],
      );
      const stays = await count("event where id = any ($1)", [ids]);
      const said = await count(
        "series where content ->> 'subject' = $1 and content ->> 'location' = 'Hall'",
        [name],
      );
      const splits = await count("series where previous_id = $1", [id]);
      expect([0, concerned]).toContain(changed);
      const isDone = changed > 0;
      expect({ stays, said, splits }).toEqual({
        stays: 3,
        said: isDone ? 1 : 0,
        splits: isDone && scope === "following" ? 1 : 0,
      });
      return isDone;
    },
    again: 200,
  };
}

const basicDay = (days: number): string => inDays(days).replaceAll("-", "");

/**
 * A series of six from a file, changed in every way by a newer one: it has another rule, time and place, one date is cancelled and
 * one excepted, one has a subject of its own, and one has come.
 */
async function changeByFile(name: string): Promise<Write> {
  const of = (hour: string, ...lines: string[]): string =>
    vevent(`UID:${name}`, `DTSTART:${basicDay(30)}T${hour}0000Z`, "DURATION:PT1H", ...lines);
  const instance = (days: number, ...lines: string[]): string =>
    vevent(`UID:${name}`, `RECURRENCE-ID:${basicDay(days)}T110000Z`, ...lines);
  const path = "/import";
  const headers = { "Content-Type": "text/calendar" };
  const guest = `ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:${ben.email}`;
  await ada.rest(
    "POST",
    path,
    calendar(of("09", `SUMMARY:${name}`, guest, "RRULE:FREQ=WEEKLY;COUNT=6", "SEQUENCE:1")),
    headers,
  );
  const body = calendar(
    of(
      "11",
      `SUMMARY:${name}`,
      ...[guest, "LOCATION:Hall", "RRULE:FREQ=WEEKLY;COUNT=5", "SEQUENCE:2"],
      ...[`EXDATE:${basicDay(37)}T110000Z`, `RDATE:${basicDay(31)}T110000Z`],
    ),
    instance(44, `DTSTART:${basicDay(44)}T120000Z`, "DURATION:PT1H", `SUMMARY:${name} own`, "SEQUENCE:2"),
    instance(51, "STATUS:CANCELLED", "SEQUENCE:2"),
  );
  return {
    request: { method: "POST", path, body, headers },
    done: async () => {
      const { rows } = await world.sql.query<{ said: string }>(
        `select to_char(e.start_time at time zone 'UTC', 'YYYYMMDD HH24') || coalesce(' ' || e.location, '') ||
           case when e.subject = $1 then '' else ' own' end || case when e.overrides = '{}' then '' else ' overrides' end ||
           case when e.series_id = s.id then '' else ' alone' end as said
         from event e join series s on s.i_cal_uid = $1
         where e.subject in ($1, $1 || ' own') order by e.start_time`,
        [name],
      );
      const [series] = (
        await world.sql.query<{ said: string }>(
          `select rrule || coalesce(' ' || (content ->> 'location'), '') || ' ' || cardinality(exdates) || ' ' ||
             cardinality(deleted_places) as said
           from series where i_cal_uid = $1`,
          [name],
        )
      ).rows;
      const stand = [...rows.map(({ said }) => said), series?.said];
      const before = [30, 37, 44, 51, 58, 65].map((days) => `${basicDay(days)} 09`);
      const after = [
        ...[`${basicDay(30)} 11 Hall`, `${basicDay(31)} 11 Hall`],
        ...[`${basicDay(44)} 12 own overrides`, `${basicDay(58)} 11 Hall`],
      ];
      const isDone = series?.said.startsWith("FREQ=WEEKLY;COUNT=5") === true;
      expect(stand).toEqual(
        isDone ? [...after, "FREQ=WEEKLY;COUNT=5 Hall 2 0"] : [...before, "FREQ=WEEKLY;COUNT=6 0 0"],
      );
      return isDone;
    },
    again: 200,
  };
}

/** What became of the request: its answer, or null where the service died over it. */
const send = (service: Running, { request }: Write): Promise<RestReply | null> =>
  callRest(service.url, ada.token, request).catch(() => null);

/** The transactions of the killed are rolled back by PostgreSQL when it notices. */
async function noneInFlight(): Promise<void> {
  const open =
    "pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null";
  while ((await count(open, [])) > 0) await sleep(20);
}

describe.each(SIDES)("killed before an %s of a write goes on its way,", (side) => {
  test.each(KINDS)(
    "a %s is done whole or not at all, and once when it is repeated",
    async (kind) => {
      const outcomes: string[] = [];
      for (let at = 1; at <= MAX_STEPS; at++) {
        const service = await next;
        const write = await WRITES[kind]!(`${kind} ${side} ${at}`);
        let killed: Promise<void> | undefined;
        proxy.stopAt({ at, side }, () => void (killed = service.kill()));
        const reply = await send(service, write);
        proxy.pass();
        if (killed === undefined) {
          // The transaction has fewer steps than that: nothing was killed, and it was simply done.
          expect(reply?.status).toBe(write.again);
          expect(await write.done()).toBe(true);
          next = Promise.resolve(service);
          break;
        }
        next = start();
        expect(reply).toBeNull();
        await killed;
        await noneInFlight();
        const done = await write.done();
        outcomes.push(done ? "done" : "nothing");
        const repeated = await send(await next, write);
        expect(repeated?.status).toBe(write.again);
        expect(await write.done()).toBe(true);
        if (kind === "create" || kind === "make") {
          expect(repeated?.headers.get("idempotency-replayed") === "true").toBe(done);
        }
      }
      console.log(`${kind}, killed before each ${side}: ${outcomes.join(", ")}`);
      // A transaction begins in the round trip of its first statement, and ends, without a key to keep, in that of its last.
      expect(outcomes.length).toBeGreaterThanOrEqual(
        { create: 4, change: 2, delete: 3, make: 5, series: 8, split: 12, file: 20 }[kind]!,
      );
      // A PATCH of a series then reads, for its answer, what the calendar has of the event.
      const readsAfter = kind === "series" || kind === "split";
      expect(outcomes.at(-1)).toBe(side === "answer" || readsAfter ? "done" : "nothing");
      // The commit travels with the last statement, and is answered after it: from the answer to the statement on it is done.
      const from = outcomes.includes("done") ? outcomes.indexOf("done") : outcomes.length;
      expect(from).toBeGreaterThanOrEqual(outcomes.length - (readsAfter ? 4 : 2));
      expect(outcomes.slice(from)).toEqual(outcomes.slice(from).map(() => "done"));
      await expectSound(world.sql);
    },
    900_000,
  );
});
