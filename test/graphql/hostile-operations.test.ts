// What becomes of operations that ask for too much, or are none, at the GraphQL door of a running service.
import { getIntrospectionQuery, parse } from "graphql";
import { createHash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MAX_DOCUMENT_TOKENS } from "../../src/graphql/bounds";
import { ask, HOSTILE, ofDepth, times, type Sent } from "../support/hostile-operations";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

describe("A running service", () => {
  let world: World;
  let ada: Person;

  beforeAll(async () => {
    world = await openWorld();
    ada = await world.person({ name: "Ada" });
    await ada.rest("POST", "/events", {
      subject: "Kick-off",
      startTime: "2026-03-02T15:00:00Z",
      endTime: "2026-03-02T16:00:00Z",
    });
  });
  afterAll(() => world.close());

  const send = async (
    { body, headers }: Sent,
    method = "POST",
  ): Promise<{ status: number; headers: Headers; body: any }> => {
    const reply = await fetch(`${world.url}/graphql`, {
      method,
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${ada.token}`, ...headers },
      body,
    });
    return { status: reply.status, headers: reply.headers, body: await reply.json() };
  };
  const get = async (
    parameters: Record<string, string>,
    headers = {},
  ): Promise<{ status: number; headers: Headers; body: any }> => {
    const reply = await fetch(`${world.url}/graphql?${String(new URLSearchParams(parameters))}`, {
      headers: { Authorization: `Bearer ${ada.token}`, "Apollo-Require-Preflight": "1", ...headers },
    });
    return { status: reply.status, headers: reply.headers, body: await reply.json() };
  };

  function expectRefusal(
    { status, body }: { status: number; body: any },
    code = "bad_request",
    expected = 400,
  ): void {
    expect({ status, data: body.data ?? null }).toEqual({ status: expected, data: null });
    expect(body.errors.length).toBeGreaterThan(0);
    for (const { message, extensions } of body.errors) {
      expect(Object.keys(extensions).sort()).toEqual(["code", "details", "requestId"]);
      expect(extensions.code).toBe(code);
      expect(extensions.requestId).toMatch(/^[\w-]{36}$/);
      expect(Array.isArray(extensions.details)).toBe(true);
      expect(message.length).toBeLessThanOrEqual(1_000);
    }
  }

  test.each(HOSTILE)("%s is refused as bad_request", async (_, hostile) => {
    expectRefusal(await send(hostile()));
  });

  test.each([201, 400, 700, 1_000, 1_500, 2_000, 3_000, 4_500])(
    "fields and values nested %s times are refused as bad_request, wherever they would have been too deep",
    async (levels) => {
      const of = (open: string, close: string, inside: string): string =>
        `${open.repeat(levels)}${inside}${close.repeat(levels)}`;
      for (const document of [
        `{ __schema { types { ${of("ofType { ", "} ", "name ")} } } }`,
        `{ events(filter: {calendarIds: ${of("[", "]", "1")}}) { totalCount } }`,
        `{ me { ${of("... { ", "} ", "id ")} } }`,
      ]) {
        expectRefusal(await send(ask(document)));
      }
    },
  );

  test("the service stays ready and its memory flat under all of that", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const used = async (): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      collect();
      return process.memoryUsage().heapUsed / 2 ** 20;
    };
    const before = await used();
    for (const [, hostile] of HOSTILE) await send(hostile());
    expect((await used()) - before).toBeLessThan(10);
    expect((await fetch(`${world.url}/readyz`)).status).toBe(200);
    expect((await ada.graphql("{ me { name } }")).data).toEqual({ me: { name: "Ada" } });
  });

  test("the computed cost and the limit are in the message", async () => {
    const { errors } = await ada.graphql(
      "{ events(first: 1000) { edges { node { children { children { children { id } } } } } } }",
    );
    expect(errors?.[0]?.message).toMatch("The operation costs 157,001; the limit is 100,000.");
    const first = /first: (\d+)/.exec(String(errors?.[0]?.message))?.[1];
    const asking = (size: number): string =>
      `{ events(first: ${size}) { edges { node { children { children { children { id } } } } } } }`;
    expect((await ada.graphql(asking(Number(first)))).errors).toBeUndefined();
    expect((await ada.graphql(asking(Number(first) + 1))).errors).toHaveLength(1);
  });

  test("sizes out of range are refused by the name of the argument, however large", async () => {
    for (const size of [0, -1, 1001, 2147483647]) {
      const { errors } = await ada.graphql(`{ events(first: ${size}) { edges { node { id } } } }`);
      expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field: "first" }] });
    }
  });

  test("a body above 1 MiB is too_large, and a variable just below is taken", async () => {
    const create = "mutation($input: EventInput!) { createEvent(input: $input) { id } }";
    const input = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
    expectRefusal(
      await send(ask(create, { input: { ...input, description: "x".repeat(1_100_000) } })),
      "too_large",
      413,
    );
    const reply = await send(
      ask(create, {
        input: { ...input, description: "x".repeat(100_000), subject: "fits" },
        unused: "x".repeat(900_000),
      }),
    );
    expect(reply.body.errors).toBeUndefined();
  });

  test("a document at the bound of tokens is taken, one beyond is not", async () => {
    const tokens = (count: number): string => `{ me { ${"id ".repeat(count - 5)} } }`;
    expect(() => parse(tokens(MAX_DOCUMENT_TOKENS), { maxTokens: MAX_DOCUMENT_TOKENS })).not.toThrow();
    const [{ message }] = (await send(ask(tokens(MAX_DOCUMENT_TOKENS + 1)))).body.errors;
    expect(message).toMatch(/more that 10000 tokens/);
  });

  test("GET asks but never writes", async () => {
    const read = await get({
      query: "query($id: ID!) { event(id: $id) { id } me { name } }",
      variables: '{"id":"1000000"}',
    });
    expect(read.body).toEqual({ data: { event: null, me: { name: "Ada" } } });
    const write = await get({ query: 'mutation { deleteEvent(id: "1") { id } }' });
    expectRefusal(write, "method_not_allowed", 405);
    expect(write.headers.get("allow")).toBe("POST");
    expectRefusal(await get({ query: ofDepth(13) }));
    expectRefusal(await get({ query: "{ me { id } }", variables: "[1]" }));
    expectRefusal(await get({ query: "{ me { id } }", variables: "{" }));
    expectRefusal(await get({}));
  });

  test("a GET that a page of another site could make without asking is refused", async () => {
    expectRefusal(await get({ query: "{ me { id } }" }, { "Apollo-Require-Preflight": "" }));
  });

  test("other methods are method_not_allowed, and an Accept that rules JSON out is not_acceptable", async () => {
    const put = await send(ask("{ me { id } }"), "PUT");
    expectRefusal(put, "method_not_allowed", 405);
    expectRefusal(
      await send({ ...ask("{ me { id } }"), headers: { Accept: "text/csv" } }),
      "not_acceptable",
      406,
    );
  });

  test("application/graphql-response+json is spoken where it is asked for", async () => {
    const headers = { Accept: "application/graphql-response+json" };
    const good = await send({ ...ask("{ me { name } }"), headers });
    expect(good.headers.get("content-type")).toMatch(/^application\/graphql-response\+json/);
    const bad = await send({ ...ask(ofDepth(13)), headers });
    expect(bad.headers.get("content-type")).toMatch(/^application\/graphql-response\+json/);
    expectRefusal(bad);
  });

  test("a persisted query is asked for by its hash once it was sent, and is kept within the same bounds", async () => {
    const query = "{ me { email } }";
    const sha256Hash = createHash("sha256").update(query).digest("hex");
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const unknown = await send({ body: JSON.stringify({ extensions }) });
    expect(unknown.body.errors[0].extensions).toEqual({
      code: "PERSISTED_QUERY_NOT_FOUND",
      requestId: unknown.headers.get("x-request-id"),
      details: [],
    });
    await send({ body: JSON.stringify({ query, extensions }) });
    expect((await get({ extensions: JSON.stringify(extensions) })).body).toEqual({
      data: { me: { email: ada.email } },
    });
    const deep = { version: 1, sha256Hash: createHash("sha256").update(ofDepth(13)).digest("hex") };
    expectRefusal(
      await send({ body: JSON.stringify({ query: ofDepth(13), extensions: { persistedQuery: deep } }) }),
    );
    const again = await send({ body: JSON.stringify({ extensions: { persistedQuery: deep } }) });
    expect(again.body.errors[0].extensions.code).toBe("PERSISTED_QUERY_NOT_FOUND");
  });

  test("INTROSPECTION=off refuses the schema and answers everything else", async () => {
    const closed = await world.instance({ introspection: false });
    const reply = async (query: string): Promise<{ status: number; body: any }> => {
      const answer = await fetch(`${closed.url}/graphql`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${ada.token}` },
        body: JSON.stringify({ query }),
      });
      return { status: answer.status, body: await answer.json() };
    };
    expectRefusal(await reply("{ __schema { types { name } } }"));
    expectRefusal(await reply('{ me { id } __type(name: "Event") { name } }'));
    expect((await reply("{ __typename me { name } }")).body.data).toEqual({
      __typename: "Query",
      me: { name: "Ada" },
    });
    await closed.close();
  });

  test("whoever has no token may read the schema within its bounds, and nothing else", async () => {
    const anonymous = (query: string): Promise<{ status: number; body: any }> =>
      fetch(`${world.url}/graphql`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ query }),
      }).then(async (reply) => ({ status: reply.status, body: await reply.json() }));
    expect((await anonymous(getIntrospectionQuery())).body.errors).toBeUndefined();
    expectRefusal(await anonymous(`{ ${times(16, (i) => `t${i}: __schema { types { name } }`)} }`));
    expectRefusal(await anonymous("{ me { id } }"), "unauthorized", 401);
    expectRefusal(await anonymous(ofDepth(13)), "unauthorized", 401);
  });
});
