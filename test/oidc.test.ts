// Access tokens of an OpenID Connect issuer: a real one, which gives, rotates and goes away; and the tokens that somebody
// makes who is not it.
import { setTimeout as sleep } from "node:timers/promises";
import { AUDIENCE, forge, Issuer, makeKey, type Key } from "./support/issuer";
import { followSse, greeted, openInstance, rawSocket, say } from "./support/live";
import { callGraphQL, callRest, openWorld, type Person, type RestReply, type World } from "./support/world";

const CLIENT = "brightsync";
const issuer = new Issuer([
  { id: CLIENT, claims: { email: "ADA@x.co", email_verified: true } },
  { id: "web", claims: { email: "ada@x.co", email_verified: true } },
  { id: "unverified", claims: { email: "ada@x.co", email_verified: false } },
]);

let world: World;
let ada: Person;
let key: Key;

beforeAll(async () => {
  key = await makeKey("first");
  await issuer.start(key);
  world = await openWorld({ oidc: { issuer: issuer.url, audience: AUDIENCE, organisation: null } });
  ada = await world.person({ email: "Ada@x.co" });
});
afterAll(async () => {
  await world.close();
  await issuer.stop();
});

const me = (jwt: string, url = world.url): Promise<RestReply> =>
  callRest(url, jwt, { method: "GET", path: "/me" });
const own = { iss: "", email: "ada@x.co", azp: CLIENT };
const claims = (more: object = {}): Record<string, unknown> => ({ ...own, iss: issuer.url, ...more });
const codeOf = async (jwt: string): Promise<[number, string]> => {
  const { status, body } = await me(jwt);
  const graphql = await callGraphQL(world.url, jwt, { query: "{ me { id } }" });
  expect(graphql.errors?.[0]?.extensions.code).toBe(body.code);
  return [status, body.code];
};

describe("a token of the issuer", () => {
  test("speaks at both doors for the user of its e-mail address, however that is spelt", async () => {
    const jwt = await issuer.token(CLIENT);
    const { status, body } = await me(jwt);
    expect([status, body.userId]).toEqual([200, ada.id]);
    const { data } = await callGraphQL(world.url, jwt, { query: "{ me { id } }" });
    expect(data.me.id).toBe(ada.id);
    const Authorization = `Basic ${Buffer.from(`:${jwt}`).toString("base64")}`;
    const basic = await callRest(world.url, null, { method: "GET", path: "/me", headers: { Authorization } });
    expect(basic.status).toBe(200);
  });

  test("may do what its scopes say, and everything where they say nothing of ours", async () => {
    const event = { subject: "E", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
    const post = async (scope: string): Promise<number> => {
      const jwt = await issuer.token(CLIENT, scope);
      return (await callRest(world.url, jwt, { method: "POST", path: "/events", body: event })).status;
    };
    expect([await post(""), await post("read write"), await post("read")]).toEqual([201, 201, 403]);
    const writer = await forge(key, claims({ scope: "openid write email" }));
    expect((await callRest(world.url, writer, { method: "GET", path: "/events" })).status).toBe(403);
  });

  test("is the same client each time: its own changes can be left out, its keys make repeats safe", async () => {
    const body = { subject: "Mine", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
    const create = async (client: string): Promise<RestReply> =>
      callRest(world.url, await issuer.token(client), {
        method: "POST",
        path: "/events",
        body,
        headers: { "Idempotency-Key": "k1" },
      });
    const before = (await ada.rest("GET", "/events")).body.nextDeltaToken as string;
    const first = await create(CLIENT);
    const second = await create(CLIENT);
    expect([second.body.id, second.headers.get("idempotency-replayed")]).toEqual([first.body.id, "true"]);
    const path = `/events?since=${before}&excludeOwn=true`;
    const seenBy = async (jwt: string): Promise<number> =>
      (await callRest(world.url, jwt, { method: "GET", path })).body.records.length;
    expect(await seenBy(await issuer.token(CLIENT))).toBe(0);
    expect(await seenBy(await issuer.token("web"))).toBe(1);
    const { rows } = await world.sql.query(
      "select name, issuer, hash from access_token where issuer is not null and user_id = $1 order by name",
      [ada.id],
    );
    expect(rows).toEqual([CLIENT, "web"].map((name) => ({ name, issuer: issuer.url, hash: null })));
  });

  test("dies within five seconds of being revoked for its user and client, and with its user", async () => {
    const eve = await world.person({ email: "eve@x.co" });
    const jwt = await forge(key, claims({ email: "eve@x.co" }));
    expect((await me(jwt)).body.userId).toBe(eve.id);
    const { rows } = await world.sql.query<{ id: string }>(
      "select id from access_token where issuer is not null and user_id = $1",
      [eve.id],
    );
    await eve.graphql("mutation($id: ID!) { revokeToken(id: $id) { id } }", { id: rows[0]!.id });
    const other = await forge(key, claims({ email: "eve@x.co", azp: "other" }));
    expect((await me(other)).status).toBe(200);
    await world.sql.query("update app_user set disabled_at = now() where id = $1", [eve.id]);
    await sleep(3_500);
    expect([await codeOf(jwt), await codeOf(other)]).toEqual([
      [401, "token.dead"],
      [401, "token.dead"],
    ]);
  });

  test("is fine whichever of RS, ES and EdDSA signs it", async () => {
    for (const alg of ["RS256", "RS512", "ES384", "EdDSA"]) {
      const other = await makeKey(`other-${alg}`, alg);
      const many = new Issuer([]);
      await many.start(other);
      const instance = await world.instance({
        oidc: { issuer: many.url, audience: AUDIENCE, organisation: null },
      });
      const { status } = await me(await forge(other, claims({ iss: many.url })), instance.url);
      expect([alg, status]).toEqual([alg, 200]);
      await instance.close();
      await many.stop();
    }
  });
});

describe("refused, at both doors, is", () => {
  const cut = (jwt: string): string[] => jwt.split(".");
  const coded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

  test.each<[string, () => Promise<string>, string?]>([
    ["one that has expired", () => forge(key, claims(), { until: -1 }), "token.dead"],
    ["one that has long expired", () => forge(key, claims(), { until: -3600 }), "token.dead"],
    ["one that is not valid yet", () => forge(key, claims(), { from: 60 })],
    ["one for somebody else", () => forge(key, claims({ aud: "https://other.test" }))],
    ["one for nobody in particular", () => forge(key, claims({ aud: undefined }))],
    ["one of another issuer, by its word", () => forge(key, claims({ iss: "https://other.test" }))],
    ["one without an address", () => forge(key, claims({ email: undefined }))],
    ["one whose address is not verified", () => forge(key, claims({ email_verified: false }))],
    ["one that does not say whether it is verified", () => forge(key, claims({ email_verified: undefined }))],
    ["one of the issuer, with an address that is not verified", () => issuer.token("unverified")],
    ["one of a person we do not know", () => forge(key, claims({ email: "nobody@x.co" }))],
    ["one whose address is no text", () => forge(key, claims({ email: { $ne: "" } }))],
    ["one whose address PostgreSQL would not take", () => forge(key, claims({ email: "a\u0000@x.co" }))],
    ["one with a key the issuer does not have", async () => forge(await makeKey("unknown"), claims())],
    [
      "one with another key under the name of the issuer's",
      async () => forge(await makeKey("first"), claims()),
    ],
    ["one that is no access token", () => forge(key, claims(), { typ: "logout+jwt" })],
    [
      "one signed with nothing (alg: none)",
      async () => `${coded({ alg: "none", typ: "JWT" })}.${cut(await forge(key, claims()))[1]}.`,
    ],
    [
      "one whose signature was taken away",
      async () =>
        `${cut(await forge(key, claims()))
          .slice(0, 2)
          .join(".")}.`,
    ],
    [
      "one whose claims were changed",
      async () => {
        const [head, , signature] = cut(await forge(key, claims()));
        return `${head}.${coded(claims({ email: "ben@x.co", aud: AUDIENCE, exp: 99999999999 }))}.${signature}`;
      },
    ],
    ["text with two dots", () => Promise.resolve("a.b.c")],
  ])("%s", async (_what, make, code = "unauthorized") => {
    expect(await codeOf(await make())).toEqual([401, code]);
  });

  test("one signed with the issuer's public key as an HMAC secret", async () => {
    const { exportSPKI, importJWK, SignJWT } = await import("jose");
    const rsa = await makeKey("rsa", "RS256");
    const many = new Issuer([]);
    await many.start(rsa);
    const instance = await world.instance({
      oidc: { issuer: many.url, audience: AUDIENCE, organisation: null },
    });
    const { kty, n, e } = rsa.jwk;
    const publicKey = await importJWK({ kty, n, e }, "RS256", { extractable: true });
    const secrets = [
      await exportSPKI(publicKey as Parameters<typeof exportSPKI>[0]),
      JSON.stringify({ kty, n, e }),
      n!,
    ];
    for (const secret of secrets) {
      const jwt = await new SignJWT(claims({ iss: many.url, aud: AUDIENCE, email_verified: true }))
        .setProtectedHeader({ alg: "HS256", kid: "rsa" })
        .setExpirationTime("10m")
        .sign(new TextEncoder().encode(secret));
      expect((await me(jwt, instance.url)).body.code).toBe("unauthorized");
    }
    expect((await me(await forge(rsa, claims({ iss: many.url })), instance.url)).status).toBe(200);
    await instance.close();
    await many.stop();
  });

  test("one of an address that users of two organisations have, until all but one are disabled", async () => {
    const here = await world.person({ email: "two@x.co" });
    const there = await world.person({ email: "two@x.co", organisationId: await world.organisation() });
    const jwt = await forge(key, claims({ email: "two@x.co" }));
    expect(await codeOf(jwt)).toEqual([401, "unauthorized"]);
    await world.sql.query("update app_user set disabled_at = now() where id = $1", [here.id]);
    expect((await me(jwt)).body.userId).toBe(there.id);
  });

  test("one of a user of an organisation other than the one that OIDC_ORGANISATION names", async () => {
    const name = "Only here";
    const organisationId = await world.organisation(name);
    const here = await world.person({ email: "both@x.co", organisationId });
    await world.person({ email: "both@x.co" });
    await world.person({ email: "elsewhere@x.co" });
    const bound = async (organisation: string): Promise<Awaited<ReturnType<World["instance"]>>> =>
      world.instance({ oidc: { issuer: issuer.url, audience: AUDIENCE, organisation } });
    const [instance, nowhere] = [await bound(name), await bound("No such organisation")];
    const [both, elsewhere] = [
      await forge(key, claims({ email: "both@x.co" })),
      await forge(key, claims({ email: "elsewhere@x.co" })),
    ];
    expect((await me(both, instance.url)).body.userId).toBe(here.id);
    expect((await me(elsewhere, instance.url)).body.code).toBe("unauthorized");
    expect((await me(elsewhere)).status).toBe(200);
    expect((await me(both, nowhere.url)).body.code).toBe("unauthorized");
    await Promise.all([instance.close(), nowhere.close()]);
  });
});

describe("an issuer that changes", () => {
  test("has its new keys taken within a second or two, and its old ones are no good any more", async () => {
    const [old, fresh] = [await makeKey("old"), await makeKey("fresh", "RS256")];
    const rotating = new Issuer([{ id: "web", claims: { email: "ada@x.co", email_verified: true } }]);
    await rotating.start(old);
    const instance = await world.instance({
      oidc: { issuer: rotating.url, audience: AUDIENCE, organisation: null },
    });
    expect((await me(await rotating.token("web"), instance.url)).status).toBe(200);
    await rotating.stop();
    await rotating.start(fresh);
    await sleep(1_100);
    expect((await me(await rotating.token("web"), instance.url)).status).toBe(200);
    const { status } = await me(await forge(old, claims({ iss: rotating.url })), instance.url);
    expect(status).toBe(401);
    await instance.close();
    await rotating.stop();
  });

  test("may be away when the service starts, and later: our own tokens work, its tokens are 503 until it is back", async () => {
    const away = new Issuer([]);
    await away.start(key);
    await away.stop();
    const instance = await world.instance({
      oidc: { issuer: away.url, audience: AUDIENCE, organisation: null },
    });
    const jwt = await forge(key, claims({ iss: away.url }));
    const refused = await me(jwt, instance.url);
    expect([refused.status, refused.body.code]).toEqual([503, "unavailable"]);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect((await me(ada.token, instance.url)).status).toBe(200);
    await away.start(key);
    expect((await me(jwt, instance.url)).status).toBe(200);

    await away.stop();
    await sleep(3_100);
    // Its keys are kept for a while; one that is not among them might be new.
    expect((await me(jwt, instance.url)).status).toBe(200);
    const another = await forge(await makeKey("newer"), claims({ iss: away.url }));
    expect((await me(another, instance.url)).status).toBe(503);
    expect((await me(ada.token, instance.url)).status).toBe(200);
    await instance.close();
  });
});

describe("subscriptions", () => {
  const query = "subscription { eventChanged { id } }";

  test("take a token of the issuer in connectionParams, and end with it", async () => {
    const instance = await openInstance(world.databaseUrl, undefined, {
      oidc: { issuer: issuer.url, audience: AUDIENCE, organisation: null },
    });
    const jwt = await forge(key, claims(), { until: 4 });
    const { socket, heard, closed } = await greeted(instance.url, { ...ada, token: jwt });
    say(socket, { id: "1", type: "subscribe", payload: { query } });
    const stream = followSse(instance.url, jwt, {});
    const from = performance.now();
    expect((await closed)[0]).toBe(4403);
    const took = performance.now() - from;
    expect(took).toBeGreaterThan(2_000);
    expect(took).toBeLessThan(9_000);
    expect(heard.join()).toContain('"code":"token.dead"');
    const sse = await stream;
    await sse.until(({ errors }) => errors.length > 0, 9_000);
    expect(sse.errors[0]!.extensions.code).toBe("token.dead");
    const late = await rawSocket(instance.url);
    say(late.socket, { type: "connection_init", payload: { authorization: `Bearer ${jwt}` } });
    expect((await late.closed)[0]).toBe(4403);
    await instance.stop();
  });
});
