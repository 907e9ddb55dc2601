// GraphQL over HTTP: the audits of graphql-http against a running service.
import { serverAudits } from "graphql-http";
import { openWorld, type Person, type World } from "./support/world";

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

const audits = (headers: Record<string, string> = {}): ReturnType<typeof serverAudits> =>
  serverAudits({
    url: `${world.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, {
        ...init,
        headers: { ...(init.headers as object), Authorization: `Bearer ${ada.token}`, ...headers },
      }),
  });

test("every MUST of GraphQL over HTTP passes; what we deviate from is listed, with its reason, and nothing else", async () => {
  const results = await Promise.all(audits().map(({ fn }) => fn()));
  expect(results.length).toBeGreaterThan(50);
  const deviations = results.filter(({ status }) => status !== "ok").map(({ name }) => name);
  expect(deviations.filter((name) => name.startsWith("MUST"))).toEqual([]);
  expect(deviations.sort()).toEqual(Object.keys(DEVIATIONS).sort());
});

test("with a header that browsers ask for first, GET requests are answered too", async () => {
  const results = await Promise.all(audits({ "Apollo-Require-Preflight": "1" }).map(({ fn }) => fn()));
  const deviations = results.filter(({ status }) => status !== "ok").map(({ name }) => name);
  const listed = Object.keys(DEVIATIONS).filter((name) => DEVIATIONS[name] !== PREFLIGHT);
  expect(deviations.sort()).toEqual(listed.sort());
});
