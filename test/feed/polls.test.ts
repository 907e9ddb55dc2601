// Unchanged polls, retention, and the proof of being in step.
import { createHash } from "node:crypto";
import { keepRetention } from "../../src/retention";
import { openWorld, testConfig, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;

beforeEach(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", role: "admin" });
  ben = await world.person({ name: "Ben" });
});
afterEach(() => world.close());

const meeting = (subject: string, day = "2026-03-02"): object => ({
  subject,
  startTime: `${day}T15:00:00Z`,
  endTime: `${day}T16:00:00Z`,
});
const passDays = (days: number): Promise<unknown> =>
  world.sql.query(
    `create or replace function tidemark_now() returns timestamptz language sql volatile
     as $$ select clock_timestamp() + interval '${days} days' $$`,
  );

describe("unchanged polls", () => {
  const lists = [
    "/events",
    "/events?since=2026-01-01T00:00:00Z",
    "/deletedEvents",
    "/events/manifest",
    "/events/digest",
  ];

  test.each(lists)("GET %s answers 304 until something changes, and 200 right after", async (path) => {
    const created = await ada.rest("POST", "/events", meeting("A"));
    const first = await ada.rest("GET", path);
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[^"]+"$/);
    const unchanged = await ada.rest("GET", path, undefined, { "If-None-Match": etag });
    expect([unchanged.status, unchanged.text, unchanged.headers.get("etag")]).toEqual([304, "", etag]);
    await ada.rest("PATCH", `/events/${created.body.id}`, { private: true });
    const changed = await ada.rest("GET", path, undefined, { "If-None-Match": etag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(etag);
  });

  test("a write that changes nothing keeps the list's tag", async () => {
    const created = await ada.rest("POST", "/events", meeting("A"));
    const etag = (await ada.rest("GET", "/events")).headers.get("etag") ?? "";
    await ada.rest("PATCH", `/events/${created.body.id}`, { subject: "A" });
    expect((await ada.rest("GET", "/events", undefined, { "If-None-Match": etag })).status).toBe(304);
  });

  test("a tag is good for its own query and its own caller only", async () => {
    const etag = (await ada.rest("GET", "/events")).headers.get("etag") ?? "";
    const headers = { "If-None-Match": etag };
    expect((await ada.rest("GET", "/events?limit=5", undefined, headers)).status).toBe(200);
    expect((await ben.rest("GET", "/events", undefined, headers)).status).toBe(200);
    expect((await ada.rest("GET", `/events?calendarId=${ben.calendarId}`, undefined, headers)).status).toBe(
      200,
    );
  });

  test("an unchanged poll reads no events", async () => {
    await ada.rest("POST", "/events", meeting("A"));
    const etag = (await ada.rest("GET", "/events")).headers.get("etag") ?? "";
    const reader = await world.sql.connect();
    try {
      // With the event table locked away a read of it would wait; the probe of the calendar does not.
      await reader.query(
        "begin; lock table event in access exclusive mode; lock table calendar_entry in access exclusive mode",
      );
      expect((await ada.rest("GET", "/events", undefined, { "If-None-Match": etag })).status).toBe(304);
    } finally {
      await reader.query("rollback");
      reader.release();
    }
  });
});

describe("retention", () => {
  test("tombstones live 400 days; then a since before the floor is 410 with the floor, never answered in part", async () => {
    const kept = await ada.rest("POST", "/events", meeting("kept"));
    const before = (await ada.rest("GET", "/events")).body.nextDeltaToken as string;
    const gone = await ada.rest("POST", "/events", meeting("gone"));
    await ada.rest("DELETE", `/events/${gone.body.id}`);
    const config = testConfig(world.databaseUrl);

    await passDays(399);
    expect(await keepRetention(world.db, config)).toMatchObject({ purged: 0 });
    expect((await ada.rest("GET", `/deletedEvents?since=${before}`)).body.records).toHaveLength(1);

    await passDays(401);
    expect(await keepRetention(world.db, config)).toMatchObject({ purged: 1 });
    for (const path of [
      `/events?since=${before}`,
      `/deletedEvents?since=${before}`,
      `/events?deltaToken=${before}`,
    ]) {
      const reply = await ada.rest("GET", path);
      expect([reply.status, reply.body.code]).toEqual([410, "syncToken.expired"]);
      const floor = /\d{4}-[\dT:.-]+Z/.exec(reply.body.message as string)?.[0] ?? "";
      expect(reply.body.details).toEqual([{ field: "since", message: expect.stringContaining(floor) }]);
      expect((await ada.rest("GET", `/events?since=${floor}`)).status).toBe(200);
    }
    const graphql = await ada.graphql("query($s: DateTime) { changes(since: $s) { hasMore } }", {
      s: before,
    });
    expect(graphql.errors?.[0]?.extensions.code).toBe("syncToken.expired");
    for (const path of ["/events?showDeleted=true", "/events?since=0", "/deletedEvents", "/events"]) {
      expect((await ada.rest("GET", path)).status).toBe(200);
    }
    expect((await ada.rest("GET", "/events?since=1970-01-01T00:00:00Z")).body.records[0].id).toBe(
      kept.body.id,
    );
  });

  test("a calendar that lost nothing keeps its floor at the epoch", async () => {
    const gone = await ada.rest("POST", "/events", meeting("gone"));
    await ada.rest("DELETE", `/events/${gone.body.id}`);
    await ben.rest("POST", "/events", meeting("kept"));
    await passDays(401);
    await keepRetention(world.db, testConfig(world.databaseUrl));
    expect((await ben.rest("GET", "/events?since=2020-01-01T00:00:00Z")).body.records).toHaveLength(1);
  });

  test("sweeps of thousands of tombstones happen in pieces and end with the floor at the greatest tick purged", async () => {
    await world.sql.query(
      `insert into event (organisation_id, owner_id, start_time, end_time)
       select $1, $2, '2026-03-02', '2026-03-03' from generate_series(1, 7000)`,
      [ada.organisationId, ada.id],
    );
    await world.sql.query("delete from event");
    const { rows } = await world.sql.query<{ tick: Date }>("select max(tick) as tick from calendar_entry");
    await passDays(401);
    expect(await keepRetention(world.db, testConfig(world.databaseUrl))).toMatchObject({ purged: 7000 });
    const floor = await world.sql.query<{ floor: Date }>("select floor from calendar where id = $1", [
      ada.calendarId,
    ]);
    expect(floor.rows[0]?.floor).toEqual(rows[0]?.tick);
  });
});

describe("being in step", () => {
  test("manifest and digest say what the calendar holds, alike at both doors", async () => {
    for (const day of ["2026-03-02", "2026-03-31", "2026-04-01", "2025-12-31"]) {
      await ada.rest("POST", "/events", { ...meeting(day, day), attendees: [{ userId: ben.id }] });
    }
    const gone = await ada.rest("POST", "/events", meeting("gone"));
    await ada.rest("DELETE", `/events/${gone.body.id}`);
    for (const who of [ada, ben]) {
      const events = (await who.rest("GET", "/events")).body.records as {
        id: string;
        lastModifiedAt: string;
        startTime: string;
      }[];
      const expected = events
        .map(({ id, lastModifiedAt }) => ({ id, lastModifiedAt }))
        .sort((a, b) => Number(a.id) - Number(b.id));
      const manifest = await who.rest("GET", "/events/manifest");
      expect(manifest.body.records).toEqual(expected);
      expect(manifest.body.nextDeltaToken).toBe((await who.rest("GET", "/events")).body.nextDeltaToken);
      const months = new Set(events.map(({ startTime }) => startTime.slice(0, 7)));
      const digest = [...months].sort().map((month) => {
        const lines = events
          .filter(({ startTime }) => startTime.startsWith(month))
          .sort((a, b) => Number(a.id) - Number(b.id))
          .map(({ id, lastModifiedAt }) => `${id}:${lastModifiedAt}\n`);
        return {
          month,
          count: lines.length,
          hash: createHash("sha256").update(lines.join("")).digest("hex"),
        };
      });
      expect((await who.rest("GET", "/events/digest?by=month")).body.records).toEqual(digest);
      const { data } = await who.graphql("{ manifest { id lastModifiedAt } digest { month count hash } }");
      expect(data).toEqual({ manifest: expected, digest });
    }
  });

  test("a manifest of a window holds what the interval list holds, also in pages", async () => {
    for (let day = 1; day <= 9; day++) await ada.rest("POST", "/events", meeting("x", `2026-03-0${day}`));
    const window = "startAt=2026-03-03T15:30:00Z&endAt=2026-03-07T00:00:00Z";
    const listed = (await ada.rest("GET", `/events?${window}`)).body.records as { id: string }[];
    const ids: string[] = [];
    for (let token: string | undefined; ;) {
      const page = await ada.rest(
        "GET",
        `/events/manifest?${window}&limit=2${token ? `&pageToken=${token}` : ""}`,
      );
      ids.push(...(page.body.records as { id: string }[]).map(({ id }) => id));
      token = page.body.nextPageToken as string | undefined;
      if (!token) break;
    }
    expect(ids).toEqual(listed.map(({ id }) => id));
  });

  test("a digest by anything but month is refused", async () => {
    const reply = await ada.rest("GET", "/events/digest?by=week");
    expect([reply.status, reply.body.details[0].field]).toEqual([400, "by"]);
  });
});
