// Access tokens of an OpenID Connect issuer: a real one, which gives, rotates and goes away; and the tokens that somebody
// makes who is not it.
import { setTimeout as sleep } from "node:timers/promises";
import { warnOfIssuers } from "../../src/access/bindings";
import type { Run } from "../../src/commands/command";
import { updateOrganisation } from "../../src/commands/organisations";
import type { Log } from "../../src/telemetry/log";
import { AUDIENCE, forge, Issuer, makeKey, type Key } from "../support/issuer";
import { followSse, greeted, openInstance, rawSocket, say } from "../support/live";
import { callGraphQL, callRest, openWorld, type Person, type RestReply, type World } from "../support/world";

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
  world = await openWorld({
    oidc: { issuer: issuer.url, audience: AUDIENCE, organisation: null, client: null },
  });
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

  test("speaks for whoever has its address as an alias; a letter that only looks like theirs is another mailbox", async () => {
    const kim = await world.person({ email: "kim@x.co" });
    await world.sql.query("update app_user set aliases = '{kim@b\u00fccher.example}' where id = $1", [
      kim.id,
    ]);
    const whoIs = async (email: string): Promise<string> =>
      ((body) => body.userId ?? body.code)((await me(await forge(key, claims({ email })))).body);
    expect(await whoIs("KIM@XN--BCHER-KVA.example")).toBe(kim.id);
    expect(await whoIs("\u212aim@x.co")).toBe("unauthorized");
    await world.sql.query("update app_user set aliases = '{}' where id = $1", [kim.id]);
    expect(await whoIs("kim@b\u00fccher.example")).toBe("unauthorized");
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
        oidc: { issuer: many.url, audience: AUDIENCE, organisation: null, client: null },
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
      oidc: { issuer: many.url, audience: AUDIENCE, organisation: null, client: null },
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
      world.instance({ oidc: { issuer: issuer.url, audience: AUDIENCE, organisation, client: null } });
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

describe("where there are several organisations", () => {
  /** Of an organisation of their own, which `evil` is not: their addresses are of a domain that no other test uses. */
  let domain: string;
  let home: string;
  let evil: string;
  let count = 0;
  beforeEach(async () => {
    domain = `d${++count}.test`;
    [home, evil] = [await world.organisation(`Home ${count}`), await world.organisation(`Evil ${count}`)];
  });
  afterEach(() => world.sql.query("update organisation set domains = '{}', issuer = null"));

  const update = (words: Record<string, string | string[]>): Promise<unknown> => {
    const given = {
      words: [],
      required: (name: string) => String(words[name]),
      optional: (name: string) => (words[name] === undefined ? undefined : String(words[name])),
      all: (name: string) => [words[name] ?? []].flat(),
    };
    return updateOrganisation({ given, open: () => Promise.resolve(world.db) } as unknown as Run);
  };
  const bind = (organisation: string, ...domains: string[]): Promise<unknown> =>
    update({ org: organisation, issuer: issuer.url, domain: domains });
  const at = (name: string): string => `${name}@${domain}`;
  const user = (name: string, organisationId: string): Promise<Person> =>
    world.person({ email: at(name), organisationId });
  /** Whom a new JWT speaks for, or the code it is refused with. */
  const whoIs = async (name: string, more: object = {}): Promise<string> => {
    const { body } = await me(await forge(key, claims({ email: at(name), jti: Math.random(), ...more })));
    return (body.userId ?? body.code) as string;
  };
  const readdress = (person: Person, name: string): Promise<unknown> =>
    world.sql.query("update app_user set email = $2 where id = $1", [person.id, at(name)]);

  test("an address that two have is refused, and so is one of a domain that another had the first user of", async () => {
    await user("two", home);
    await user("two", evil);
    await user("alone", evil);
    const fresh = await user("fresh", home);
    const codes = [await whoIs("two"), await whoIs("alone"), await whoIs("fresh")];
    expect(codes).toEqual(["unauthorized", "unauthorized", fresh.id]);
    const old = await world.person({ email: `old${domain}`, organisationId: evil });
    await user("later", home);
    await readdress(old, "old");
    expect(await whoIs("old")).toBe("unauthorized");
  });

  test("nobody is locked out by a user whom another organisation adds with their address, in whatever case", async () => {
    const hers = await user("ada", home);
    expect(await whoIs("ada")).toBe(hers.id);
    await world.person({ email: at("ada").toUpperCase(), organisationId: evil });
    expect([await whoIs("ada"), await whoIs("ADA", { azp: "another client" })]).toEqual([hers.id, hers.id]);
  });

  test("nor by one whom it gives their address, who came in by another one before", async () => {
    const hers = await user("ada", home);
    expect(await whoIs("ada")).toBe(hers.id);
    const theirs = await world.person({ email: `mal@evil${domain}`, organisationId: evil });
    const mal = await forge(key, claims({ email: theirs.email }));
    expect((await me(mal)).body.userId).toBe(theirs.id);
    await readdress(theirs, "ada");
    expect(await whoIs("ada")).toBe(hers.id);
    await readdress(hers, "ada.l");
    expect(await whoIs("ada")).toBe("unauthorized");
  });

  test("a first sign-in is not caught by an organisation that adds the address first", async () => {
    await user("boss", home);
    await user("hire", evil);
    expect(await whoIs("hire")).toBe("unauthorized");
    await bind(`Home ${count}`, domain);
    expect(await whoIs("hire")).toBe("unauthorized");
    const hers = await user("hire", home);
    expect(await whoIs("hire")).toBe(hers.id);
  });

  test("whoever was let in, and gets another address of the issuer's, is not caught by it either", async () => {
    const hers = await user("ada", home);
    const sub = `${domain}|ada`;
    expect(await whoIs("ada", { sub })).toBe(hers.id);
    await world.sql.query("update app_user set email = 'else' where id = $1", [hers.id]);
    const theirs = await user("ada.l", evil);
    expect(await whoIs("ada.l", { sub })).toBe("unauthorized");
    await readdress(hers, "ada.l");
    expect(await whoIs("ada.l", { sub })).toBe(hers.id);
    await world.sql.query("update app_user set disabled_at = now() where id = $1", [hers.id]);
    expect([await whoIs("ada.l", { sub }), await whoIs("ada.l")]).toEqual(["token.dead", "token.dead"]);
    expect(theirs.id).not.toBe(hers.id);
  });

  test("an issuer that one names speaks for its users alone, and without the name as before", async () => {
    const [hers, other] = [
      await user("ada", home),
      await world.person({ email: `o@other${domain}`, organisationId: evil }),
    ];
    const theirs = await forge(key, claims({ email: other.email }));
    expect((await me(theirs)).status).toBe(200);
    await bind(`Home ${count}`);
    await sleep(3_100);
    expect([await whoIs("ada"), (await me(theirs)).body.code]).toEqual([hers.id, "unauthorized"]);
    await update({ org: `Home ${count}`, issuer: "" });
    expect((await me(theirs)).body.userId).toBe(other.id);
  });

  test("several that name it are told apart by their domains; a domain that is somebody's is nobody else's", async () => {
    const [hers, same] = [await user("ada", home), await user("ada", evil)];
    await user("ben", evil);
    await bind(`Home ${count}`, domain.toUpperCase());
    await bind(`Evil ${count}`);
    expect([await whoIs("ada"), await whoIs("ben")]).toEqual([hers.id, "unauthorized"]);
    await expect(bind(`Evil ${count}`, domain)).rejects.toThrow(/--domain.*is the domain of "Home/);
    await bind(`Home ${count}`, `other${domain},third${domain}`);
    await bind(`Evil ${count}`, domain);
    expect(await whoIs("ada", { azp: "later" })).toBe(same.id);
  });

  test("no JWT speaks for the users of one that names another issuer", async () => {
    await user("ada", home);
    await update({ org: `Home ${count}`, issuer: "https://other.test" });
    expect(await whoIs("ada")).toBe("unauthorized");
    const instance = await world.instance({
      oidc: { issuer: issuer.url, audience: AUDIENCE, organisation: `Home ${count}`, client: null },
    });
    const { body } = await me(await forge(key, claims({ email: at("ada") })), instance.url);
    expect(body.code).toBe("unauthorized");
    await instance.close();
  });

  test.each([
    ["an issuer over plain http", { issuer: "http://login.test" }, /--issuer must be an https URL/],
    ["an issuer that is no address", { issuer: "login.test" }, /--issuer must be an https URL/],
    ["a domain with a user", { domain: ["a@b.test"] }, /--domain must be an e-mail domain/],
    ["a domain for everybody", { domain: ["*.test"] }, /--domain must be an e-mail domain/],
    [
      "a domain of an organisation that names no issuer",
      { domain: ["a.test"] },
      /--domain goes with an issuer/,
    ],
    ["an organisation that is not there", { org: "Nowhere" }, /"Nowhere" does not exist/],
  ])("the command line refuses %s", async (_what, words, reason) => {
    await expect(update({ org: `Home ${count}`, ...words })).rejects.toThrow(reason);
  });

  test("at the start the service says what is left open, or contradictory", async () => {
    const told = async (organisation: string | null): Promise<string> => {
      const lines: string[] = [];
      const log = { warn: (line: string) => lines.push(line) } as unknown as Log;
      await warnOfIssuers(
        world.db.pool,
        { oidc: { issuer: issuer.url, audience: AUDIENCE, organisation, client: null } },
        log,
      );
      return lines.join("\n");
    };
    expect(await told(null)).toMatch(/^There are several organisations.*tidemark org update.*$/);
    expect(await told(`Home ${count}`)).toBe("");
    expect(await told("Nowhere")).toMatch(/no organisation "Nowhere"/);
    await bind(`Evil ${count}`, domain);
    expect(await told(null)).toBe("");
    expect(await told(`Home ${count}`)).toMatch(/"Evil.* name OIDC_ISSUER, but OIDC_ORGANISATION is "Home/);
    await update({ org: `Home ${count}`, issuer: "https://other.test" });
    expect(await told(`Home ${count}`)).toMatch(/"Home.* names another issuer itself/);
  });

  test("a user comes through as many clients of the issuer as they may have tokens, two new ones at once included", async () => {
    const hers = await user("many", home);
    const clients = Array.from({ length: 24 }, (_, index) => `client ${index}`);
    const codes = await Promise.all(clients.map((azp) => whoIs("many", { azp })));
    expect(codes.filter((code) => code === hers.id)).toHaveLength(20);
    expect(codes.filter((code) => code === "forbidden")).toHaveLength(4);
  });
});

describe("an issuer that changes", () => {
  test("has its new keys taken within a second or two, and its old ones are no good any more", async () => {
    const [old, fresh] = [await makeKey("old"), await makeKey("fresh", "RS256")];
    const rotating = new Issuer([{ id: "web", claims: { email: "ada@x.co", email_verified: true } }]);
    await rotating.start(old);
    const instance = await world.instance({
      oidc: { issuer: rotating.url, audience: AUDIENCE, organisation: null, client: null },
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
      oidc: { issuer: away.url, audience: AUDIENCE, organisation: null, client: null },
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
      oidc: { issuer: issuer.url, audience: AUDIENCE, organisation: null, client: null },
    });
    // Long enough for a slow machine to open what is to end.
    const LIFE_S = 6;
    const from = performance.now();
    const jwt = await forge(key, claims(), { until: LIFE_S });
    const { socket, heard, closed } = await greeted(instance.url, { ...ada, token: jwt });
    say(socket, { id: "1", type: "subscribe", payload: { query } });
    const stream = followSse(instance.url, jwt, {});
    const opened = performance.now() - from;
    expect((await closed)[0]).toBe(4403);
    const took = performance.now() - from;
    expect(took).toBeGreaterThan((LIFE_S - 1) * 1_000);
    expect(took).toBeLessThan((LIFE_S + 5) * 1_000 + opened);
    expect(heard.join()).toContain('"code":"token.dead"');
    const sse = await stream;
    await sse.until(({ errors }) => errors.length > 0);
    expect(sse.errors[0]!.extensions.code).toBe("token.dead");
    const late = await rawSocket(instance.url);
    say(late.socket, { type: "connection_init", payload: { authorization: `Bearer ${jwt}` } });
    expect((await late.closed)[0]).toBe(4403);
    await instance.stop();
  });
});
