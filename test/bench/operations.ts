// What is measured: each operation as the floors, the REST door and the GraphQL door are asked for it, and where the
// events are in what they answer, so that the answers can be compared before anything is timed.
import {
  CROWD,
  crowdId,
  crowdToken,
  EVENTS_A_USER,
  eventId,
  FIRST_START,
  FIRST_TICK,
  FLOOR_USERS,
  ORGANISATION,
  STEP_MS,
  tenantEventId,
  tenantId,
  TENANTS,
  tenantToken,
  tokenOf,
  userId,
} from "./data";
import { eventOfPeer, PEER } from "./peer-queries";

export interface Request {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export type Door = "floor" | "rest" | "graphql" | "peer";
/** An answer as parsed JSON; only this file knows its shape. */
export type Answer = Record<string, never>;

export interface Operation {
  name: string;
  /** How many events an answer holds. */
  rows: number;
  /** What is asked of a door for a user. */
  ask: (door: Door, pick: Pick) => Request;
  /** The events of an answer; null where answers are not compared. */
  events: ((answer: Answer, door: Door) => unknown[]) | null;
}

/** Which user, and a number that is another one each time. */
export interface Pick {
  user: number;
  turn: number;
}

export const FIELDS = `id subject description location startTime endTime allDay private timezone
  showAs status type conferenceUrl properties guestsCanEdit
  attendees { userId emailAddress contactId name status type } parentId relatedTo { type id: recordId name }
  iCalUid seriesId recurrenceId ownerId organizerEmail organizerName createdAt lastModifiedAt`;

const iso = (ms: number): string => new Date(ms).toISOString();
const DAY_MS = 86_400_000;

const floor = (
  path: string,
  parameters: Record<string, string | number>,
  write?: [Request["method"], object],
): Request => ({
  method: write?.[0] ?? "GET",
  path: `${path}?${new URLSearchParams(Object.entries({ org: ORGANISATION, ...parameters }).map(([name, value]): [string, string] => [name, String(value)])).toString()}`,
  headers: {},
  ...(write && { body: JSON.stringify(write[1]) }),
});

const rest = (token: string, path: string, write?: [Request["method"], object]): Request => ({
  method: write?.[0] ?? "GET",
  path: `/api/v1${path}`,
  headers: { authorization: `Bearer ${token}`, ...(write && { "content-type": "application/json" }) },
  ...(write && { body: JSON.stringify(write[1]) }),
});

const graphql = (token: string, query: string, variables: object): Request => ({
  method: "POST",
  path: "/graphql",
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  body: JSON.stringify({ query, variables }),
});

const peer = (query: string, variables: object): Request => ({
  method: "POST",
  path: "/graphql",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query, variables: { organisation: String(ORGANISATION), ...variables } }),
});

type Found = { [door in Door]: (answer: any) => unknown[] }; // eslint-disable-line @typescript-eslint/no-explicit-any -- JSON of three doors

const reading =
  (found: Found): Operation["events"] =>
  (answer, door) =>
    found[door](answer);

const CHANGES = `query ($since: DateTime, $first: Int!) { changes(since: $since, first: $first) {
  records { id event { ${FIELDS} } deleted lastModifiedAt } watermark hasMore } }`;

interface Poller {
  organisation: number;
  /** The floors and PostGraphile are told whose changes; the doors know it by the token. */
  calendar: string;
  token: string;
}

const oneOfAll = ({ user }: Pick): Poller => ({
  organisation: ORGANISATION,
  calendar: userId(user),
  token: tokenOf(user),
});

/** One of so many that whoever asks again was forgotten meanwhile. */
const oneOfCrowd = ({ turn }: Pick): Poller => {
  const user = (turn * 7_919) % CROWD.users;
  return { organisation: CROWD.organisation, calendar: crowdId(user), token: crowdToken(user) };
};

function feed(name: string, rows: number, poller = oneOfAll): Operation {
  return {
    name,
    rows,
    ask(door, pick) {
      // From so many changes ago; or from beyond all of them, those included that were made in an earlier run.
      const back = (pick.turn * 37) % (EVENTS_A_USER - rows);
      const since = rows === 0 ? "2100-01-01T00:00:00.000Z" : iso(FIRST_TICK + back);
      const limit = rows || 100;
      const { organisation, calendar, token } = poller(pick);
      if (door === "floor")
        return floor(rows === 0 ? "/poll" : "/feed", { org: organisation, calendar, since, limit });
      if (door === "peer")
        return peer(PEER.feed, { organisation: String(organisation), calendar, since, first: limit });
      if (door === "rest") return rest(token, `/events?since=${since}&limit=${limit}`);
      return graphql(token, CHANGES, { since, first: limit });
    },
    events: reading({
      floor: ({ records }) => records,
      rest: ({ records }) => records,
      graphql: ({ data }) => data.changes.records.map(({ event }: { event: unknown }) => event),
      peer: ({ data }) => data.found.nodes.map(eventOfPeer),
    }),
  };
}

const EVENTS = `query ($startAt: DateTime!, $endAt: DateTime!) {
  events(filter: { startAt: $startAt, endAt: $endAt }, first: 1000) { edges { node { ${FIELDS} } } pageInfo { hasNextPage } } }`;

function interval(name: string, days: number): Operation {
  return {
    name,
    rows: Math.round((days * DAY_MS) / STEP_MS),
    ask(door, pick) {
      // On the hour of a start no event runs into the interval, so that starting in it and overlapping it are the same.
      const from = FIRST_START + ((pick.turn * 37) % 800) * STEP_MS;
      const [startAt, endAt] = [iso(from), iso(from + days * DAY_MS)];
      if (door === "floor") return floor("/interval", { calendar: userId(pick.user), startAt, endAt });
      if (door === "peer") return peer(PEER.interval, { calendar: userId(pick.user), startAt, endAt });
      if (door === "rest") return rest(tokenOf(pick.user), `/events?startAt=${startAt}&endAt=${endAt}`);
      return graphql(tokenOf(pick.user), EVENTS, { startAt, endAt });
    },
    events: reading({
      floor: ({ records }) => records,
      rest: ({ records }) => records,
      graphql: ({ data }) => data.events.edges.map(({ node }: { node: unknown }) => node),
      peer: ({ data }) => data.found.nodes.map(eventOfPeer),
    }),
  };
}

const byId: Operation = {
  name: "one by id",
  rows: 1,
  ask(door, pick) {
    const id = eventId(pick.user, (pick.turn * 37) % EVENTS_A_USER);
    if (door === "floor") return floor("/event", { id });
    if (door === "peer") return peer(PEER.byId, { id });
    const token = tokenOf(pick.user);
    if (door === "rest") return rest(token, `/events/${id}`);
    return graphql(token, `query ($id: ID!) { event(id: $id) { ${FIELDS} } }`, { id });
  },
  events: reading({
    floor: (answer) => [answer],
    rest: (answer) => [answer],
    graphql: ({ data }) => [data.event],
    peer: ({ data }) => [eventOfPeer(data.event)],
  }),
};

/** What the service knows of itself, and who writes the table has to say, as the floors do. */
const FILLED_IN = {
  organisationId: String(ORGANISATION),
  timezone: "Europe/Paris",
  organizerEmail: "user@bench.test",
  lastModifiedAt: iso(FIRST_TICK),
};

/** Who writes, as which user of the data. */
interface Writer {
  organisation: number;
  id: string;
  address: string;
  token: string;
}

const oneOfUsers = (user: number): Writer => ({
  organisation: ORGANISATION,
  id: userId(user),
  address: `user${user}@bench.test`,
  token: tokenOf(user),
});

const tenantOf = ({ turn }: Pick): number => (turn * 7_919) % TENANTS.count;

/** Somebody in an organisation of their own. */
const oneOfTenants = (tenant: number): Writer => ({
  organisation: TENANTS.first + tenant,
  id: tenantId(tenant),
  address: `tenant${tenant}@bench.test`,
  token: tenantToken(tenant),
});

const creating = (name: string, writerOf: (pick: Pick) => Writer): Operation => ({
  name,
  rows: 1,
  ask(door, pick) {
    const { organisation, id, address, token } = writerOf(pick);
    const from = Date.parse("2029-01-01T08:00:00Z") + pick.turn * 1_800_000;
    const attendees = [{ userId: id, emailAddress: address, status: "Accepted", type: "required" }];
    const input = {
      subject: `New ${pick.turn}`,
      startTime: iso(from),
      endTime: iso(from + 1_800_000),
      attendees,
    };
    if (door === "floor") return floor("/create", { org: organisation, calendar: id }, ["POST", input]);
    if (door === "peer") {
      const event = { ...input, ...FILLED_IN, organisationId: String(organisation), ownerId: id };
      return peer(PEER.create, { event });
    }
    if (door === "rest") return rest(token, "/events", ["POST", input]);
    return graphql(token, `mutation ($input: EventInput!) { createEvent(input: $input) { ${FIELDS} } }`, {
      input,
    });
  },
  events: null,
});

const changing = (name: string, whose: (pick: Pick) => Writer & { eventId: string }): Operation => ({
  name,
  rows: 1,
  ask(door, pick) {
    const { organisation, eventId: id, token } = whose(pick);
    const input = { subject: `Changed ${pick.turn}` };
    if (door === "floor") return floor("/change", { org: organisation, id }, ["PATCH", input]);
    if (door === "peer") return peer(PEER.change, { organisation: String(organisation), id, patch: input });
    if (door === "rest") return rest(token, `/events/${id}`, ["PATCH", input]);
    const query = `mutation ($id: ID!, $input: EventPatch!) { updateEvent(id: $id, input: $input) { ${FIELDS} } }`;
    return graphql(token, query, { id, input });
  },
  events: null,
});

const oneOfFloors = ({ user, turn }: Pick): Writer & { eventId: string } => {
  const whose = user % FLOOR_USERS;
  return { ...oneOfUsers(whose), eventId: eventId(whose, (turn * 37) % EVENTS_A_USER) };
};

const tenantsEvent = (pick: Pick): Writer & { eventId: string } => {
  const tenant = tenantOf(pick);
  return {
    ...oneOfTenants(tenant),
    eventId: tenantEventId(tenant, Math.floor(pick.turn / TENANTS.count) % TENANTS.events),
  };
};

/** A poll of somebody whose token the service does not know any more: of 100,000 users nobody asks twice in three seconds. */
export const NOT_REMEMBERED = "empty poll, not remembered";

/** In this order: the writes come last, for they change what the reads find. */
export const OPERATIONS: readonly Operation[] = [
  feed("feed page of 100", 100),
  feed("feed page of 500", 500),
  feed("empty feed poll", 0),
  feed(NOT_REMEMBERED, 0, oneOfCrowd),
  interval("a week, 7 events", 7),
  interval("90 days, 82 events", 90),
  byId,
  creating("create", ({ user }) => oneOfUsers(user)),
  changing("change a subject", oneOfFloors),
  creating("create, each in an organisation of its own", (pick) => oneOfTenants(tenantOf(pick))),
  changing("change a subject, each in an organisation of its own", tenantsEvent),
];
