// A rep's weekly meeting through all that happens to it, beside a sync client that has no idea of series: it polls the feed, keeps a
// copy, and pushes each change of the copy into the organiser's mailbox, which then writes to the guests. Each mail is counted here,
// because a flood of invitations is what people see first of a series that is synchronised badly.
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

let world: World;

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0 });
});
afterAll(() => world.close());

interface Row {
  [field: string]: any;
  id: string;
  attendees: { emailAddress: string; status: string }[];
}

/** An iTIP mail that the organiser's mailbox sends. */
interface Mail {
  method: "REQUEST" | "CANCEL";
  to: string;
  event: string;
}

/** What a guest is told of; the rest of a meeting (its answers, its record, its version) is no news to them. */
const TOLD = ["subject", "description", "location", "startTime", "endTime", "allDay", "conferenceUrl"];

const guestsOf = (row: Row | undefined): string[] => (row?.attendees ?? []).map((a) => a.emailAddress);

/** What Outlook and Google send when this copy of a meeting becomes that one. */
function mailsOf(before: Row | undefined, after: Row | undefined): Mail[] {
  const [had, has] = [guestsOf(before), guestsOf(after)];
  const told = TOLD.some((field) => before?.[field] !== after?.[field]);
  const event = (after ?? before)?.id ?? "";
  return [
    ...has.filter((to) => told || !had.includes(to)).map((to): Mail => ({ method: "REQUEST", to, event })),
    ...had.filter((to) => !has.includes(to)).map((to): Mail => ({ method: "CANCEL", to, event })),
  ];
}

/** Knows events by their ids, and polls `events?deltaToken=…&showDeleted=true`. */
class Client {
  readonly copy = new Map<string, Row>();
  private token = "0";

  constructor(readonly person: Person) {}

  /** Takes in what is new; answers how many rows came, and the mails that they cause. */
  async poll(): Promise<{ rows: number; mails: Mail[] }> {
    const path = `/events?deltaToken=${encodeURIComponent(this.token)}&showDeleted=true`;
    const { body, status } = await this.person.rest("GET", path);
    expect(status).toBe(200);
    this.token = body.nextDeltaToken;
    const mails = (body.records as Row[]).flatMap((row) => {
      const before = this.copy.get(row.id);
      if (row.deleted) this.copy.delete(row.id);
      else this.copy.set(row.id, row);
      return mailsOf(before, this.copy.get(row.id));
    });
    const { records } = (await this.person.rest("GET", "/events")).body as { records: Row[] };
    expect([...this.copy.values()].sort(byStart)).toEqual(records.sort(byStart));
    return { rows: body.records.length, mails };
  }

  /** The ids of what it holds, by start. */
  ids(): string[] {
    return [...this.copy.values()].sort(byStart).map(({ id }) => id);
  }

  answerOf(id: string | undefined, who: string): string | undefined {
    return this.copy.get(id ?? "")?.attendees.find((a) => a.emailAddress === who)?.status;
  }
}

const byStart = (a: Row, b: Row): number =>
  a.startTime < b.startTime || (a.startTime === b.startTime && a.id < b.id) ? -1 : 1;

/** What a rep and their guests do, at one door. */
interface Door {
  create(rep: Person, input: object): Promise<void>;
  change(rep: Person, id: string, scope: string, input: object): Promise<void>;
  remove(rep: Person, id: string): Promise<void>;
  answer(guest: Person, id: string, scope: string, status: string): Promise<void>;
}

async function graphql(who: Person, query: string, variables: Record<string, unknown>): Promise<void> {
  expect((await who.graphql(query, variables)).errors).toBeUndefined();
}

async function rest(who: Person, method: string, path: string, body?: unknown): Promise<void> {
  const reply = await who.rest(method, path, body);
  expect([200, 201, 204]).toContain(reply.status);
  expect(reply.headers.get("Tidemark-Passed-Over")).toBeNull();
}

const respond = (guest: Person, id: string, scope: string, status: string): Promise<void> =>
  graphql(
    guest,
    "mutation ($id: ID!, $scope: SeriesScope!, $status: String!) { respondToSeries(eventId: $id, scope: $scope, status: $status) { changed } }",
    { id, scope, status },
  );

const DOORS: Record<string, Door> = {
  GraphQL: {
    create: (rep, input) =>
      graphql(rep, "mutation ($input: SeriesInput!) { createSeries(input: $input) { created } }", { input }),
    change: (rep, id, scope, input) =>
      graphql(
        rep,
        `mutation ($id: ID!, $input: SeriesPatch!) { updateSeries(eventId: $id, scope: ${scope}, input: $input) { changed } }`,
        { id, input },
      ),
    remove: (rep, id) => graphql(rep, "mutation ($id: ID!) { deleteEvent(id: $id) { id } }", { id }),
    answer: respond,
  },
  REST: {
    create: (rep, input) => rest(rep, "POST", "/series", input),
    change: (rep, id, scope, input) =>
      rest(rep, "PATCH", `/events/${id}?scope=${scope.toLowerCase()}`, input),
    remove: (rep, id) => rest(rep, "DELETE", `/events/${id}`),
    // This door knows no answers of a whole series: a guest's mailbox writes one by one what it has.
    answer: (guest, id, scope, status) =>
      scope === "THIS"
        ? rest(guest, "PATCH", `/events/${id}`, { attendees: [{ userId: guest.id, status }] })
        : respond(guest, id, scope, status),
  },
};

/** The same day all along: a test that begins before midnight may end after it. Tomorrow's week comes 53 times within the horizon. */
const BEGAN = Date.now();
const at = (days: number, time: string): string =>
  `${new Date(BEGAN + days * 86_400_000).toISOString().slice(0, 10)}T${time}:00.000Z`;

/** Ada, whose meeting it is; two colleagues and three people elsewhere; each user with a client. */
async function team(): Promise<{ ada: Client; ben: Client; cleo: Client; guests: string[] }> {
  const organisationId = await world.organisation();
  const someone = async (name: string): Promise<Client> =>
    new Client(await world.person({ name, organisationId, timezone: "UTC" }));
  const [ada, ben, cleo] = [await someone("Ada"), await someone("Ben"), await someone("Cleo")];
  const guests = [ben.person.email, cleo.person.email, "dan@out.test", "eve@out.test", "fay@out.test"];
  return { ada, ben, cleo, guests };
}

/** How many of each kind an act caused, by whom it went to. */
function counted(mails: Mail[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, to } of mails) counts[`${method} ${to}`] = (counts[`${method} ${to}`] ?? 0) + 1;
  return counts;
}

const each = (method: string, guests: string[], count: number): Record<string, number> =>
  Object.fromEntries(guests.map((to) => [`${method} ${to}`, count]));

const idsOf = (mails: Mail[]): string[] => [...new Set(mails.map(({ event }) => event))].sort();

describe.each(Object.entries(DOORS))("by %s,", (_name, door) => {
  test(
    "a weekly meeting of a year with five guests costs 265 invitations; moving one 5, cancelling one 5, an answer none, " +
      "another time from the third on 245, and one guest more 52: nobody is written to for what did not happen, and no answer is lost",
    async () => {
      const { ada, ben, cleo, guests } = await team();
      const clients = [ada, ben, cleo];
      const poll = async (): Promise<{ rows: number; mails: Mail[] }> => {
        const [told] = await Promise.all(clients.map((client) => client.poll()));
        return told as { rows: number; mails: Mail[] };
      };
      const organiser = ada.person;
      expect((await poll()).rows).toBe(0);

      await door.create(organiser, {
        ...{ subject: "Pipeline", startTime: at(1, "09:00"), endTime: at(1, "10:00"), timezone: "UTC" },
        ...{
          attendees: guests.map((emailAddress) => ({ emailAddress })),
          recurrence: { rrule: "FREQ=WEEKLY" },
        },
      });
      const made = await poll();
      expect([made.rows, counted(made.mails)]).toEqual([53, each("REQUEST", guests, 53)]);
      const ids = ada.ids();
      const [moved, cancelled, declined] = [ids[4]!, ids[6]!, ids[8]!];

      // A colleague is coming; what people elsewhere say arrives in the mailbox, whose client writes its copy back.
      await door.answer(ben.person, ids[0]!, "ALL", "Accepted");
      expect(await poll()).toEqual({ rows: 53, mails: [] });
      const bright = await organiser.through("BrightSync");
      for (const id of [ids[1]!, ids[5]!]) {
        const attendees = ada.copy
          .get(id)!
          .attendees.map((a) => (a.emailAddress === "dan@out.test" ? { ...a, status: "Tentative" } : a));
        await rest(bright, "PATCH", `/events/${id}`, { attendees });
      }
      expect(await poll()).toEqual({ rows: 2, mails: [] });

      await door.change(organiser, moved, "THIS", { startTime: at(30, "14:00"), endTime: at(30, "15:00") });
      const one = await poll();
      expect([one.rows, counted(one.mails), idsOf(one.mails)]).toEqual([
        1,
        each("REQUEST", guests, 1),
        [moved],
      ]);

      await door.remove(organiser, cancelled);
      const gone = await poll();
      expect([gone.rows, counted(gone.mails), idsOf(gone.mails)]).toEqual([
        ...[1, each("CANCEL", guests, 1)],
        [cancelled],
      ]);

      await door.answer(cleo.person, declined, "THIS", "Declined");
      expect(await poll()).toEqual({ rows: 1, mails: [] });

      const from = ids[2]!;
      const times = { startTime: at(15, "11:00"), endTime: at(15, "12:00") };
      await door.change(organiser, from, "FOLLOWING", times);
      const later = await poll();
      // The one that was moved has its own time: it goes on in the series from here on, which is no guest's business.
      const concerned = ids.slice(2).filter((id) => id !== moved && id !== cancelled);
      expect([later.rows, counted(later.mails)]).toEqual([50, each("REQUEST", guests, 49)]);
      expect(idsOf(later.mails)).toEqual(concerned.sort());

      const more = { attendees: [...guests, "gil@out.test"].map((emailAddress) => ({ emailAddress })) };
      await door.change(organiser, from, "ALL", more);
      await door.change(organiser, ids[0]!, "ALL", more);
      const joined = await poll();
      expect([joined.rows, counted(joined.mails)]).toEqual([52, { "REQUEST gil@out.test": 52 }]);

      const live = ids.filter((id) => id !== cancelled);
      expect(ada.ids().sort()).toEqual([...live].sort());
      const said = (who: string): (string | undefined)[] => live.map((id) => ada.answerOf(id, who));
      const only = (some: string[], status: string): string[] =>
        live.map((id) => (some.includes(id) ? status : "NoResponse"));
      expect(said(ben.person.email)).toEqual(live.map(() => "Accepted"));
      expect(said(cleo.person.email)).toEqual(only([declined], "Declined"));
      expect(said("dan@out.test")).toEqual(only([ids[1]!, ids[5]!], "Tentative"));
      expect(ada.copy.get(moved)).toMatchObject({ startTime: at(30, "14:00"), endTime: at(30, "15:00") });

      // A client that writes back all that it holds says nothing new, and hears nothing.
      for (const row of ada.copy.values()) await rest(bright, "PUT", `/events/${row.id}`, row);
      expect(await poll()).toEqual({ rows: 0, mails: [] });
    },
  );
});
