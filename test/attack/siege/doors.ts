// What is tried at the doors themselves: addresses that cannot be decoded, browsers sent by a foreign page, tokens that
// make tokens, children hung under one event without end.
import type { Assault, Pressure } from "./pressure";
import type { Ground } from "./ground";

const ESCAPES = [
  "%ff",
  "%E0%A4%A",
  "%",
  "%zz",
  "%c0%af",
  "%ed%a0%80",
  "%00",
  "..%2f..%2fetc",
  "%2e%2e/%ff",
  "%5c%ff",
];
const PLACES = [
  ...[
    "/",
    "/assets/",
    "/records/",
    "/records/a/",
    "/sync/",
    "/docs/",
    "/graphql/",
    "/graphiql/",
    "/healthz/",
    "/metrics/",
  ],
  ...[
    "/api/v1/",
    "/api/v1/events/",
    "/api/v1/docs/",
    "/api/",
    "/static/",
    "/favicon.ico/",
    "/.well-known/",
    "/openapi.json/",
  ],
];
const METHODS = ["GET", "HEAD", "POST", "OPTIONS"];

export const MALFORMED: readonly string[] = PLACES.flatMap((place) =>
  ESCAPES.map((escape) => `${place}${escape}`),
);

const FOREIGN: readonly Record<string, string>[] = [
  { Origin: "https://evil.test" },
  { Origin: "null" },
  { Origin: "http://evil.test:80", "Sec-Fetch-Site": "cross-site" },
  { "Sec-Fetch-Site": "cross-site" },
];
const TYPES = [undefined, "application/json"];
const NEW_EVENT = JSON.stringify({
  subject: "forged",
  startTime: "2027-01-04T10:00:00Z",
  endTime: "2027-01-04T11:00:00Z",
});
const NEW_EVENT_QUERY = JSON.stringify({
  query: `mutation { createEvent(input: {subject: "forged", startTime: "2027-01-04T10:00:00Z", endTime: "2027-01-04T11:00:00Z"}) { id } }`,
});

/** A browser that remembers who its user is, on a page of somebody else. */
async function forge(pressure: Pressure, number: number, token: string): Promise<string | null> {
  const fields = FOREIGN[number % FOREIGN.length] as Record<string, string>;
  const type = TYPES[number % TYPES.length];
  const graphql = number % 3 === 0;
  const { status } = await pressure.ask({
    ...{
      method: "POST",
      path: graphql ? "/graphql" : "/api/v1/events",
      body: graphql ? NEW_EVENT_QUERY : NEW_EVENT,
    },
    headers: {
      ...fields,
      ...(type !== undefined && { "Content-Type": type }),
      Authorization: `Basic ${Buffer.from(`me:${token}`).toString("base64")}`,
    },
  });
  if (status === 0 || status === 429 || status === 403) return null;
  // Without a Content-Type GraphQL has another refusal, which writes nothing either.
  if (graphql && status >= 400) return null;
  return `a foreign page's write got ${status} (${JSON.stringify(fields)}, ${type ?? "no Content-Type"}, ${graphql ? "GraphQL" : "REST"})`;
}

async function mint(pressure: Pressure, { attackers }: Ground): Promise<string[]> {
  const { id = "", token = "" } = attackers[6] ?? {};
  let made = 0;
  const secrets = [token];
  await pressure.keepUp(4, async (number) => {
    const { text } = await pressure.graphql(
      secrets[number % secrets.length] as string,
      `mutation { createToken(userId: "${id}", name: "minted ${number}") { token } }`,
    );
    const secret = /"token":"([^"]+)"/.exec(text)?.[1];
    if (secret === undefined) return pressure.pause(50);
    made++;
    secrets.push(secret);
  });
  return made > 19 ? [`a member made ${made} tokens beside the one they had, and all of them live`] : [];
}

const CHILDREN_A_BATCH = 400;

async function hang(pressure: Pressure, { attackers }: Ground): Promise<string[]> {
  const { token = "" } = attackers[7] ?? {};
  const parent = await pressure.ask({
    ...{
      method: "POST",
      path: "/api/v1/events",
      token,
      body: NEW_EVENT,
      headers: { "Content-Type": "application/json" },
    },
  });
  const id = /"id":"(\d+)"/.exec(parent.text)?.[1] ?? "0";
  const child = `{startTime: "2027-01-04T10:00:00Z", endTime: "2027-01-04T11:00:00Z", parentId: ${id}}`;
  const query = `mutation { createEvents(inputs: [${`${child} `.repeat(CHILDREN_A_BATCH)}]) { id } }`;
  let hung = 0;
  await pressure.keepUp(1, async () => {
    const { text } = await pressure.graphql(token, query);
    const made = text.match(/"id":"\d+"/g)?.length ?? 0;
    hung += made;
    if (made === 0) await pressure.pause(500);
  });
  return hung > 1_000 ? [`${hung} events hang under one`] : [];
}

export const DOORS: readonly Assault[] = [
  {
    name: "addresses with escapes that decode to nothing, on every path",
    mayTakeMb: 150,
    run: async (pressure, { attackers }) => {
      const { token = "" } = attackers[1] ?? {};
      await pressure.keepUp(4, async (number) => {
        const path = MALFORMED[number % MALFORMED.length] as string;
        const method = METHODS[Math.floor(number / MALFORMED.length) % METHODS.length] as string;
        await pressure.ask({ method, path, ...(number % 2 === 0 && { token }) });
        await pressure.pause(2);
      });
      return [];
    },
  },
  {
    name: "writes of a browser that a foreign page sends",
    mayTakeMb: 150,
    run: async (pressure, { attackers }) => {
      const { token = "" } = attackers[1] ?? {};
      const faults = new Set<string>();
      await pressure.keepUp(1, async (number) => {
        const fault = await forge(pressure, number, token);
        if (fault !== null) faults.add(fault);
        await pressure.pause(20);
      });
      return [...faults];
    },
  },
  { name: "tokens that make tokens", mayTakeMb: 150, run: mint },
  { name: "children hung under one event", mayTakeMb: 150, run: hang },
];
