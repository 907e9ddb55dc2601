// Conditional writes, writes that meet, and the echo of one's own changes.
import fc from "fast-check";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada" });
  ben = await world.person({ name: "Ben" });
});
afterAll(() => world.close());

const meeting = (subject: string): object => ({
  subject,
  startTime: "2026-03-02T15:00:00Z",
  endTime: "2026-03-02T16:00:00Z",
  attendees: [{ userId: ben.id }],
});
const create = async (subject = "A"): Promise<{ id: string; lastModifiedAt: string }> =>
  (await ada.rest("POST", "/events", meeting(subject))).body;
const tagOf = ({ id, lastModifiedAt }: { id: string; lastModifiedAt: string }): string =>
  `"${id}-${Date.parse(lastModifiedAt)}"`;

describe("a write with a condition", () => {
  test.each(["PATCH", "PUT", "DELETE"])("%s goes through for the version it names", async (method) => {
    const event = await create();
    const body = method === "DELETE" ? undefined : meeting("B");
    const reply = await ada.rest(method, `/events/${event.id}`, body, { "If-Match": tagOf(event) });
    expect(reply.status).toBe(method === "DELETE" ? 204 : 200);
  });

  test.each(["PATCH", "PUT", "DELETE"])(
    "%s of another version is 412 with the event as it stands",
    async (method) => {
      const event = await create();
      const current = await ada.rest("PATCH", `/events/${event.id}`, { subject: "Newer" });
      const body = method === "DELETE" ? undefined : meeting("Older");
      const reply = await ada.rest(method, `/events/${event.id}`, body, { "If-Match": tagOf(event) });
      expect([reply.status, reply.body.code]).toEqual([412, "precondition_failed"]);
      expect(reply.body.current).toEqual(current.body);
      expect((await ada.rest("GET", `/events/${event.id}`)).body.subject).toBe("Newer");
    },
  );

  test("a proxy's weak form of the tag is the tag, * always matches, and one of a list suffices", async () => {
    const event = await create();
    const patch = (tags: string) =>
      ada.rest("PATCH", `/events/${event.id}`, { subject: tags }, { "If-Match": tags });
    expect((await patch('W/"1-2"')).status).toBe(412);
    expect((await patch(`W/${tagOf(event)}`)).status).toBe(200);
    expect((await patch(`W/${tagOf(event)}`)).status).toBe(412);
    expect((await patch("*")).status).toBe(200);
    const { body: now } = await ada.rest("GET", `/events/${event.id}`);
    expect((await patch(`"other", ${tagOf(now)}`)).status).toBe(200);
  });

  test.each(["x", '"a" "b"', '"a', "1042-17"])(
    "If-Match %s does not parse: 400 naming the header",
    async (tags) => {
      const event = await create();
      const reply = await ada.rest("PATCH", `/events/${event.id}`, { subject: "B" }, { "If-Match": tags });
      expect([reply.status, reply.body.details[0].field]).toEqual([400, "If-Match"]);
    },
  );

  test("ifLastModifiedAt does the same in GraphQL", async () => {
    const event = await create();
    const UPDATE =
      'mutation($id: ID!, $at: DateTime) { updateEvent(id: $id, input: {subject: "B"}, ifLastModifiedAt: $at) { subject lastModifiedAt } }';
    const good = await ada.graphql(UPDATE, { id: event.id, at: event.lastModifiedAt });
    expect(good.data.updateEvent.subject).toBe("B");
    const stale = await ada.graphql(UPDATE, { id: event.id, at: event.lastModifiedAt });
    expect(stale.errors?.[0]?.extensions).toMatchObject({
      code: "precondition_failed",
      current: { subject: "B" },
    });
    const DELETE =
      "mutation($id: ID!, $at: DateTime) { deleteEvent(id: $id, ifLastModifiedAt: $at) { reason } }";
    const refused = await ada.graphql(DELETE, { id: event.id, at: event.lastModifiedAt });
    expect(refused.errors?.[0]?.extensions.code).toBe("precondition_failed");
    const bad = await ada.graphql(DELETE, { id: event.id, at: "yesterday" });
    expect(bad.errors?.[0]?.extensions).toMatchObject({
      code: "bad_request",
      details: [{ field: "ifLastModifiedAt" }],
    });
  });

  test("of two writers with the same condition one wins and one is told", async () => {
    const event = await create();
    const replies = await Promise.all(
      [ada, ben].map((who) =>
        who.rest(
          "PATCH",
          `/events/${event.id}`,
          who === ada ? { subject: "Ada's" } : { attendees: [{ userId: ben.id, status: "Accepted" }] },
          { "If-Match": tagOf(event) },
        ),
      ),
    );
    expect(replies.map((reply) => reply.status).sort()).toEqual([200, 412]);
  });
});

test("without a condition, concurrent patches of different fields both survive", async () => {
  for (let round = 0; round < 10; round++) {
    const event = await create();
    await Promise.all([
      ada.rest("PATCH", `/events/${event.id}`, { subject: "by Ada" }),
      ben.rest("PATCH", `/events/${event.id}`, { attendees: [{ userId: ben.id, status: "Accepted" }] }),
      ada.rest("PATCH", `/events/${event.id}`, { description: "by Ada too" }),
    ]);
    const { body } = await ada.rest("GET", `/events/${event.id}`);
    expect(body).toMatchObject({
      subject: "by Ada",
      description: "by Ada too",
      attendees: [{ userId: ben.id, status: "Accepted" }],
    });
  }
});

describe("excludeOwn", () => {
  type Writer = "own" | "other" | "sql";
  interface Step {
    writer: Writer;
    event: number;
    verb: "patch" | "delete" | "poll";
  }
  const step = fc.record<Step>({
    writer: fc.constantFrom<Writer>("own", "other", "sql"),
    event: fc.nat(2),
    verb: fc.constantFrom("patch", "patch", "patch", "delete", "poll"),
  });

  test("leaves out a row exactly when every change of it after since was the caller's own", async () => {
    const own = await ada.through("own");
    const other = await ada.through("other");
    let subject = 0;
    const write = async ({ writer, verb }: Step, id: string): Promise<void> => {
      subject++;
      if (writer === "sql") {
        const sql =
          verb === "delete"
            ? "delete from event where id = $1"
            : `update event set subject = '${subject}' where id = $1`;
        await world.sql.query(sql, [id]);
      } else {
        const who = writer === "own" ? own : other;
        if (verb === "delete") await who.rest("DELETE", `/events/${id}`);
        else await who.rest("PATCH", `/events/${id}`, { subject: String(subject) });
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const ids = await Promise.all([0, 1, 2].map(async () => (await create()).id));
        const { body: start } = await own.rest("GET", "/events?since=0");
        const marks = [start.nextDeltaToken as string];
        // The model: who changed what, and how many marks had been set by then.
        const log: { id: string; writer: Writer; mark: number; gone: boolean }[] = [];
        for (const one of steps) {
          const id = ids[one.event]!;
          if (one.verb === "poll") {
            marks.push((await own.rest("GET", "/events?since=0")).body.nextDeltaToken as string);
          } else if (!log.some((entry) => entry.id === id && entry.gone)) {
            await write(one, id);
            log.push({ id, writer: one.writer, mark: marks.length, gone: one.verb === "delete" });
          }
        }
        for (const [index, since] of marks.entries()) {
          const changes = log.filter((entry) => entry.mark > index);
          const expected = ids.filter((id) =>
            changes.some((entry) => entry.id === id && entry.writer !== "own"),
          );
          const rest = await own.rest("GET", `/events?since=${since}&showDeleted=true&excludeOwn=true`);
          const seen = (rest.body.records as { id: string }[]).map(({ id }) => id).sort();
          expect(seen).toEqual(expected.sort());
          const { data } = await own.graphql(
            "query($s: DateTime) { changes(since: $s, excludeOwn: true) { records { id } } }",
            { s: since },
          );
          expect((data.changes.records as { id: string }[]).map(({ id }) => id).sort()).toEqual(seen);
          const gone = await own.rest("GET", `/deletedEvents?since=${since}&excludeOwn=true`);
          const removed = (gone.body.records as { id: string }[]).map(({ id }) => id);
          expect(seen).toEqual(expect.arrayContaining(removed));
        }
      }),
      { numRuns: 15 },
    );
  });
});
