// Small on the wire and large in memory: texts that a variable multiplies, lists of what is large, JSON that is deep or
// wide, aliases over lists.
import type { Ground, Somebody } from "./ground";
import type { Assault, Pressure } from "./pressure";

const EMOJI = 100_000;
const WHEN = `startTime: "2027-01-04T10:00:00Z", endTime: "2027-01-04T11:00:00Z"`;

/** A batch of events that have one text, which travels once: 411 KB that come to 200 MB. */
export const MULTIPLIED = (count: number): string =>
  `mutation ($d: String!) { createEvents(inputs: [${`{${WHEN}, description: $d} `.repeat(count)}]) { id error { code } } }`;

const LISTS: readonly ((pressure: Pressure, token: string) => Promise<unknown>)[] = [
  (pressure, token) => pressure.ask({ path: "/api/v1/events?limit=1000", token }),
  (pressure, token) =>
    pressure.ask({ path: "/api/v1/events", token, headers: { "Accept-Encoding": "gzip" } }),
  (pressure, token) =>
    pressure.ask({ path: "/api/v1/events?since=1970-01-01T00:00:00Z&showDeleted=true&limit=1000", token }),
  (pressure, token) => pressure.graphql(token, `{ events(first: 1000) { edges { node { ${FIELDS} } } } }`),
  (pressure, token) =>
    pressure.graphql(token, `{ changes(first: 1000) { records { event { ${FIELDS} } } } }`),
  (pressure, token) =>
    pressure.graphql(
      token,
      aliases((a) => `${a}: events(first: 60) { edges { node { ${FIELDS} } } }`),
    ),
];
const FIELDS = "id description attendees { name emailAddress }";

export const aliases = (field: (alias: string, number: number) => string): string =>
  `{ ${Array.from({ length: 15 }, (_, number) => field(`a${number}`, number)).join(" ")} }`;

const listsOf =
  (whose: (ground: Ground) => Somebody) =>
  async (pressure: Pressure, ground: Ground): Promise<string[]> => {
    const { token } = whose(ground);
    await pressure.keepUp(6, (number) =>
      (LISTS[number % LISTS.length] as (typeof LISTS)[number])(pressure, token),
    );
    return [];
  };

const WIDE = {
  "a body of half a million brackets": "[".repeat(500_000) + "]".repeat(500_000),
  "an object nested a hundred thousand times": `${'{"a":'.repeat(150_000)}1${"}".repeat(150_000)}`,
  "an object of a hundred thousand keys": `{${Array.from({ length: 90_000 }, (_, n) => `"k${n}":1`).join(",")}}`,
  "a list of a quarter of a million objects": `{"attendees":[${"{},".repeat(250_000)}{}]}`,
  "properties by the ten thousand": `{"properties":{${Array.from({ length: 50_000 }, (_, n) => `"p${n}":"x"`).join(",")}}}`,
  "a text of a million escapes": `{"subject":"${"\\u0061".repeat(170_000)}"}`,
};
const BODIES = Object.values(WIDE);
const JSON_HEADERS = { "Content-Type": "application/json" };

export const LARGE_BODIES: readonly Assault[] = [
  {
    name: "one text of 100,000 emoji used by 500 events of a batch",
    mayTakeMb: 150,
    run: async (pressure, { attackers }) => {
      const token = attackers[1]?.token ?? "";
      const faults = new Set<string>();
      await pressure.keepUp(2, async () => {
        const { status, code } = await pressure.graphql(token, MULTIPLIED(500), { d: "😀".repeat(EMOJI) });
        if (status === 200 && code === null) faults.add("a batch that comes to 200 MB is not refused");
      });
      return [...faults];
    },
  },
  {
    name: "lists of events of 400 KB each, at both doors",
    mayTakeMb: 150,
    run: listsOf(({ glutton }) => glutton),
  },
  {
    name: "lists of meetings with 1,000 guests of long names, at both doors",
    mayTakeMb: 150,
    run: listsOf(({ host }) => host),
  },
  {
    name: "bodies of JSON that is deep, wide or escaped",
    mayTakeMb: 150,
    run: async (pressure, { attackers }) => {
      const token = attackers[2]?.token ?? "";
      await pressure.keepUp(6, (number) => {
        const body = BODIES[number % BODIES.length] as string;
        const variables = `{"query":"query($f: EventFilter) { events(filter: $f) { totalCount } }","variables":{"f":${body}}}`;
        return number % 2 === 0
          ? pressure.ask({ method: "POST", path: "/api/v1/events", token, headers: JSON_HEADERS, body })
          : pressure.ask({ method: "POST", path: "/graphql", token, headers: JSON_HEADERS, body: variables });
      });
      return [];
    },
  },
  {
    name: "15 aliases of a list, as long as the cost of an operation lets them be",
    mayTakeMb: 150,
    run: async (pressure, { attackers }) => {
      const token = attackers[3]?.token ?? "";
      const query = aliases(
        (alias, number) =>
          `${alias}: events(first: ${150 + number}) { edges { node { id subject attendees { name } } } }`,
      );
      await pressure.keepUp(8, () => pressure.graphql(token, query));
      return [];
    },
  },
];
