// A write of a series that says what is there already leaves nothing behind, however it is spelled: no version, no row of the feed,
// no history, no split.
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", timezone: "Europe/Paris" });
  ben = await world.person({ name: "Ben" });
});
afterAll(() => world.close());

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** A series of four with Ben, who has answered one; another has a text of its own. */
async function made(): Promise<{ id: string; ids: string[] }> {
  const { id } = (
    await ada.rest("POST", "/series", {
      ...{ subject: "Pipeline", description: "Bring numbers", location: "Hall", timezone: "Europe/Paris" },
      ...{ startTime: `${inDays(10)}T09:00:00Z`, endTime: `${inDays(10)}T10:00:00Z`, type: "Pipeline" },
      ...{ attendees: [{ userId: ben.id }, { emailAddress: "out@side.test", status: "Accepted" }] },
      recurrence: { rrule: "FREQ=WEEKLY;COUNT=4" },
    })
  ).body as { id: string };
  const { rows } = await world.sql.query<{ id: string }>(
    "select id::text from event where series_id = $1 order by recurrence_id",
    [id],
  );
  const ids = rows.map((row) => row.id);
  await ben.graphql(`mutation { respondToEvent(id: ${ids[1]}, status: "Tentative") { id } }`);
  await ada.rest("PATCH", `/events/${ids[2]}`, { description: "Bring cake" });
  return { id, ids };
}

/** All that a write could leave of these events, and of series. */
async function standOf(): Promise<unknown> {
  const tables = ["event", "series", "calendar", "calendar_entry", "event_history"];
  const rows = tables.map(
    async (table) =>
      (
        await world.sql.query<{ row: string }>(
          `select to_jsonb(t)::text as row from ${table} t where organisation_id = $1 order by 1`,
          [world.organisationId],
        )
      ).rows,
  );
  return Promise.all(rows);
}

test.each(["PUT", "PATCH"])(
  "an occurrence whose own body comes back by %s, from whoever is in it, stays as it was",
  async (method) => {
    const { ids } = await made();
    const before = await standOf();
    for (const who of [ada, ben]) {
      for (const id of ids) {
        const { body } = await who.rest("GET", `/events/${id}`);
        const reply = await who.rest(method, `/events/${id}`, body);
        expect([reply.status, reply.body]).toEqual([200, body]);
      }
    }
    expect(await standOf()).toEqual(before);
  },
);

test.each(["ALL", "FOLLOWING"])(
  "a series that is told for %s what it says already stays as it was",
  async (scope) => {
    const { ids } = await made();
    const shown = await ada.graphql(
      `{ event(id: ${ids[1]}) { subject description location startTime endTime type timezone private showAs } }`,
    );
    const { event: said } = shown.data as { event: Record<string, string> };
    const before = await standOf();
    const inputs: object[] = [
      said,
      // The same instants with an offset, names of people in another order and spelling, a rule in another order.
      { startTime: said.startTime?.replace("Z", "+00:00"), endTime: said.endTime?.replace(".000Z", "Z") },
      { attendees: [{ emailAddress: "OUT@side.test" }, { emailAddress: ben.email.toUpperCase() }] },
      { subject: "Pipeline", showAs: "BUSY", relatedTo: [] },
      ...(scope === "ALL" ? [{ recurrence: { rrule: "rrule:count=4; freq=weekly;interval=1" } }] : []),
    ];
    for (const input of inputs) {
      const reply = await ada.graphql(
        `mutation ($id: ID!, $input: SeriesPatch!) {
         updateSeries(eventId: $id, scope: ${scope}, input: $input, handling: LENIENT) { changed created deleted detached } }`,
        { id: ids[1] ?? "", input },
      );
      expect([input, reply.errors, reply.data]).toEqual([
        input,
        undefined,
        { updateSeries: { changed: 0, created: 0, deleted: 0, detached: 0 } },
      ]);
    }
    expect(await standOf()).toEqual(before);
  },
);
