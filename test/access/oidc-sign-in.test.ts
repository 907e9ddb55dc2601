// Signing in at an issuer in a browser, as far as the service has to do with it: whoever comes back without having left, with
// somebody else's answer, or from an issuer that is away, is let in nowhere.
import { AUDIENCE, Issuer, makeKey } from "../support/issuer";
import { openWorld, type World } from "../support/world";

const issuer = new Issuer([]);
let world: World;

beforeAll(async () => {
  await issuer.start(await makeKey("sign-in"));
  const client = { id: "pages", secret: null };
  world = await openWorld({ oidc: { issuer: issuer.url, audience: AUDIENCE, organisation: null, client } });
});
afterAll(async () => {
  await world.close();
  await issuer.stop();
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${world.url}${path}`, { redirect: "manual", headers });
const leave = (page: string, origin = world.url): Promise<Response> =>
  get(`/sign-in?${new URLSearchParams({ origin, page }).toString()}`);
const cookieOf = (reply: Response): string => (reply.headers.get("set-cookie") ?? "").split(";")[0] ?? "";

test("a page is told where its people may sign in; without a client of the issuer's there is no such offer", async () => {
  expect(await (await get("/sign-in/offer")).json()).toEqual({ issuer: new URL(issuer.url).host });
  const other = await world.instance({ oidc: null });
  expect(await (await fetch(`${other.url}/sign-in/offer`)).json()).toEqual({ issuer: null });
  expect((await fetch(`${other.url}/sign-in?origin=${other.url}`)).status).toBe(404);
  await other.close();
});

test("the browser leaves with a challenge and keeps its secret, out of reach of pages", async () => {
  const reply = await leave("/sync?calendar=1");
  const to = new URL(reply.headers.get("location") ?? "");
  expect([reply.status, to.origin]).toEqual([302, issuer.url]);
  expect(Object.fromEntries(to.searchParams)).toMatchObject({
    ...{ response_type: "code", client_id: "pages", redirect_uri: `${world.url}/sign-in/callback` },
    ...{ code_challenge_method: "S256", resource: AUDIENCE, scope: "openid email" },
  });
  expect(reply.headers.get("set-cookie")).toMatch(/; Path=\/sign-in; Max-Age=600; HttpOnly; SameSite=Lax$/);
  expect(to.href).not.toContain(cookieOf(reply).split("=")[1]);
});

test("whoever comes back without having left, or with another answer than theirs, is not signed in", async () => {
  const left = cookieOf(await leave("/records/Contact/7"));
  const { state } = JSON.parse(Buffer.from(left.split("=")[1]!, "base64url").toString()) as { state: string };
  const back = async (query: string, cookie = ""): Promise<string | null> =>
    (await get(`/sign-in/callback${query}`, { Cookie: cookie })).headers.get("location");
  expect(await back(`?state=${state}&code=x`)).toBe("/#sign-in=late");
  const other = `${state.slice(0, 12)}other`;
  expect(await back(`?state=${state}&code=x`, `${left.split("=")[0]}=nonsense`)).toBe("/#sign-in=late");
  expect(await back(`?state=${other}&code=x`, left)).toBe("/#sign-in=late");
  expect(await back("?code=x", left)).toBe("/#sign-in=late");
  expect(await back(`?state=${other}&error=access_denied`, left)).toBe("/#sign-in=late");
  // Another tab's attempt is another cookie.
  const tabs = `${cookieOf(await leave("/sync"))}; ${left}`;
  expect(await back(`?state=${state}&code=x`, tabs)).toBe("/records/Contact/7#sign-in=failed");
  expect(await back(`?state=${state}&code=x`, left)).toBe("/records/Contact/7#sign-in=failed");
  expect(await back(`?state=${state}&error=access_denied`, left)).toBe("/records/Contact/7#sign-in=declined");
});

test("nobody is led away from here: not by the page to come back to, the origin, or a cookie", async () => {
  const pageOf = async (page: string): Promise<string> =>
    (
      JSON.parse(Buffer.from(cookieOf(await leave(page)).split("=")[1]!, "base64url").toString()) as {
        page: string;
      }
    ).page;
  for (const page of [
    "https://evil.test/",
    "//evil.test/x",
    "/\\evil.test",
    "http://here//evil.test",
    "/graphql/sandbox",
    "/sign-in?page=/sync",
    "/healthz",
    "/admin/users/x",
    "javascript:1",
  ])
    expect([page, await pageOf(page)]).toEqual([page, "/"]);
  expect(await pageOf("/admin/users?x=1#token=tmk_x")).toBe("/admin/users?x=1");
  for (const origin of ["https://evil.test", "", `${world.url}.evil.test`, "null"]) {
    const refused = await leave("/", origin);
    expect([origin, refused.status, await refused.json()]).toMatchObject([
      origin,
      400,
      { code: "bad_request", details: [{ field: "origin" }] },
    ]);
  }
  const forged = Buffer.from(
    JSON.stringify({ state: "state", verifier: "v", callback: "https://evil.test/", page: "//evil.test" }),
  ).toString("base64url");
  const reply = await get("/sign-in/callback?state=state&error=x", {
    Cookie: `tidemark_sign_in_state=${forged}`,
  });
  expect(reply.headers.get("location")).toBe("/#sign-in=declined");
});

test("where the issuer is away people are told so, and tokens sign in as before", async () => {
  await issuer.stop();
  const oidc = {
    issuer: issuer.url,
    audience: AUDIENCE,
    organisation: null,
    client: { id: "pages", secret: null },
  };
  const other = await world.instance({ oidc });
  const asked = `${other.url}/sign-in?${new URLSearchParams({ origin: other.url, page: "/sync" }).toString()}`;
  const reply = await fetch(asked, { redirect: "manual" });
  expect(reply.headers.get("location")).toBe("/sync#sign-in=failed");
  await other.close();
  const person = await world.person();
  expect((await person.rest("GET", "/me")).status).toBe(200);
  await issuer.start(await makeKey("sign-in"));
});
