// GraphQL over HTTP: the audits of graphql-http against a running service.
import { serverAudits } from "graphql-http";
import { openWorld, type Person, type World } from "../support/world";

const LEGACY =
  "Apollo Server answers 400 in either media type: whoever watches a proxy's log sees a broken client, and clients read the errors of a 400.";
const PREFLIGHT =
  "CSRF prevention: a GET that a page of another site could make without asking is refused; with a header that browsers ask for first it is answered.";

/** Every audit that we deviate from, and why. None is a MUST. */
const DEVIATIONS: Record<string, string> = {
  "SHOULD use 200 status code on document parsing failure when accepting application/json": LEGACY,
  "SHOULD use 200 status code on document validation failure when accepting application/json": LEGACY,
  "SHOULD use a status code of 200 on variable coercion failure when accepting application/json": LEGACY,
  "MAY accept application/x-www-form-urlencoded formatted GET requests": PREFLIGHT,
  "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json":
    PREFLIGHT,
  "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json":
    PREFLIGHT,
};

let world: World;
let ada: Person;
beforeAll(async () => {
  world = await openWorld();
  ada = await world.person();
});
afterAll(() => world.close());

/** The names of the audits that deviate. One audit after the other: a token has only so many requests at work. */
async function audit(headers: Record<string, string> = {}): Promise<string[]> {
  const audits = serverAudits({
    url: `${world.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, {
        ...init,
        headers: { ...(init.headers as object), Authorization: `Bearer ${ada.token}`, ...headers },
      }),
  });
  expect(audits.length).toBeGreaterThan(50);
  const deviations: string[] = [];
  for (const { fn, name } of audits) if ((await fn()).status !== "ok") deviations.push(name);
  return deviations.sort();
}

test("every MUST of GraphQL over HTTP passes; what we deviate from is listed, with its reason, and nothing else", async () => {
  const deviations = await audit();
  expect(deviations.filter((name) => name.startsWith("MUST"))).toEqual([]);
  expect(deviations).toEqual(Object.keys(DEVIATIONS).sort());
});

test("with a header that browsers ask for first, GET requests are answered too", async () => {
  const deviations = await audit({ "Apollo-Require-Preflight": "1" });
  const listed = Object.keys(DEVIATIONS).filter((name) => DEVIATIONS[name] !== PREFLIGHT);
  expect(deviations).toEqual(listed.sort());
});
