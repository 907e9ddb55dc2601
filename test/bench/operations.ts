// What is measured: each operation as the floors, the REST door and the GraphQL door are asked for it, and where the
// events are in what they answer, so that the answers can be compared before anything is timed.
import {
  EVENTS_A_USER,
  eventId,
  FIRST_START,
  FIRST_TICK,
  FLOOR_USERS,
  ORGANISATION,
  STEP_MS,
  tokenOf,
  userId,
} from "./data";

export interface Request {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export type Door = "floor" | "rest" | "graphql";
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

const FIELDS = `id subject description location startTime endTime allDay private timezone
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

const rest = ({ user }: Pick, path: string, write?: [Request["method"], object]): Request => ({
  method: write?.[0] ?? "GET",
  path: `/api/v1${path}`,
  headers: { authorization: `Bearer ${tokenOf(user)}`, ...(write && { "content-type": "application/json" }) },
  ...(write && { body: JSON.stringify(write[1]) }),
});

const graphql = ({ user }: Pick, query: string, variables: object): Request => ({
  method: "POST",
  path: "/graphql",
  headers: { authorization: `Bearer ${tokenOf(user)}`, "content-type": "application/json" },
  body: JSON.stringify({ query, variables }),
});

type Found = { [door in Door]: (answer: any) => unknown[] }; // eslint-disable-line @typescript-eslint/no-explicit-any -- JSON of three doors

const reading =
  (found: Found): Operation["events"] =>
  (answer, door) =>
    found[door](answer);

const CHANGES = `query ($since: DateTime, $first: Int!) { changes(since: $since, first: $first) {
  records { id event { ${FIELDS} } deleted lastModifiedAt } watermark hasMore } }`;

function feed(name: string, rows: number): Operation {
  return {
    name,
    rows,
    ask(door, pick) {
      // From so many changes ago; or from beyond all of them, those included that were made in an earlier run.
      const back = (pick.turn * 37) % (EVENTS_A_USER - rows);
      const since = rows === 0 ? "2100-01-01T00:00:00.000Z" : iso(FIRST_TICK + back);
      const limit = rows || 100;
      if (door === "floor") return floor("/feed", { calendar: userId(pick.user), since, limit });
      if (door === "rest") return rest(pick, `/events?since=${since}&limit=${limit}`);
      return graphql(pick, CHANGES, { since, first: limit });
    },
    events: reading({
      floor: ({ records }) => records,
      rest: ({ records }) => records,
      graphql: ({ data }) => data.changes.records.map(({ event }: { event: unknown }) => event),
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
      if (door === "rest") return rest(pick, `/events?startAt=${startAt}&endAt=${endAt}`);
      return graphql(pick, EVENTS, { startAt, endAt });
    },
    events: reading({
      floor: ({ records }) => records,
      rest: ({ records }) => records,
      graphql: ({ data }) => data.events.edges.map(({ node }: { node: unknown }) => node),
    }),
  };
}

const byId: Operation = {
  name: "one by id",
  rows: 1,
  ask(door, pick) {
    const id = eventId(pick.user, (pick.turn * 37) % EVENTS_A_USER);
    if (door === "floor") return floor("/event", { id });
    if (door === "rest") return rest(pick, `/events/${id}`);
    return graphql(pick, `query ($id: ID!) { event(id: $id) { ${FIELDS} } }`, { id });
  },
  events: reading({
    floor: (answer) => [answer],
    rest: (answer) => [answer],
    graphql: ({ data }) => [data.event],
  }),
};

const create: Operation = {
  name: "create",
  rows: 1,
  ask(door, pick) {
    const from = Date.parse("2029-01-01T08:00:00Z") + pick.turn * 1_800_000;
    const attendees = [
      {
        userId: userId(pick.user),
        emailAddress: `user${pick.user}@bench.test`,
        status: "Accepted",
        type: "required",
      },
    ];
    const input = {
      subject: `New ${pick.turn}`,
      startTime: iso(from),
      endTime: iso(from + 1_800_000),
      attendees,
    };
    if (door === "floor") return floor("/create", { calendar: userId(pick.user) }, ["POST", input]);
    if (door === "rest") return rest(pick, "/events", ["POST", input]);
    return graphql(pick, `mutation ($input: EventInput!) { createEvent(input: $input) { ${FIELDS} } }`, {
      input,
    });
  },
  events: null,
};

const change: Operation = {
  name: "change a subject",
  rows: 1,
  ask(door, pick) {
    const user = pick.user % FLOOR_USERS;
    const id = eventId(user, (pick.turn * 37) % EVENTS_A_USER);
    const input = { subject: `Changed ${pick.turn}` };
    if (door === "floor") return floor("/change", { id }, ["PATCH", input]);
    if (door === "rest") return rest({ ...pick, user }, `/events/${id}`, ["PATCH", input]);
    const query = `mutation ($id: ID!, $input: EventPatch!) { updateEvent(id: $id, input: $input) { ${FIELDS} } }`;
    return graphql({ ...pick, user }, query, { id, input });
  },
  events: null,
};

/** In this order: the writes come last, for they change what the reads find. */
export const OPERATIONS: readonly Operation[] = [
  feed("feed page of 100", 100),
  feed("feed page of 500", 500),
  feed("empty feed poll", 0),
  interval("a week, 7 events", 7),
  interval("90 days, 82 events", 90),
  byId,
  create,
  change,
];
