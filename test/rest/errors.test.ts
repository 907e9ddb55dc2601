// Refusals at the REST door: their one shape, their order, and that nothing a client sends is a defect of ours.
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import { callRest, openWorld, type Person, type RestReply, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;
let admin: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person();
  admin = await world.person({ role: "admin" });
});
afterAll(() => world.close());

const TIMED = { subject: "Kick-off", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const create = async (more: object = {}): Promise<any> =>
  (await ada.rest("POST", "/events", { ...TIMED, ...more })).body;

/** That this is a refusal, in the one shape there is; answers its code and the fields to blame. */
function refusal(reply: RestReply, status: number): { code: string; fields: string[] } {
  const { headers, body } = reply;
  expect([reply.status, body]).toEqual([status, expect.anything()]);
  expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
  const { current, ...rest } = body;
  expect(Object.keys(rest)).toEqual(["code", "message", "requestId", "details"]);
  expect(current === undefined).toBe(status !== 412);
  expect(rest.requestId).toBe(headers.get("x-request-id"));
  expect(rest.message).toMatch(/^\S.*[^\s]$/s);
  expect(rest.message).not.toMatch(/<|\bat .*:\d+:\d+|select |node_modules/);
  for (const detail of rest.details) expect(Object.keys(detail)).toEqual(["field", "message"]);
  return { code: rest.code, fields: rest.details.map((detail: any) => detail.field) };
}

/** A request whose target is sent exactly as it is written here. */
function raw(method: string, target: string, headers: Record<string, string> = {}): Promise<RestReply> {
  const { hostname, port } = new URL(world.url);
  return new Promise((resolve, reject) => {
    const auth = { Authorization: `Bearer ${ada.token}` };
    const sent = request(
      { hostname, port, method, path: target, headers: { ...auth, ...headers } },
      (reply) => {
        const pieces: Buffer[] = [];
        reply
          .on("data", (piece: Buffer) => pieces.push(piece))
          .on("end", () => {
            const text = Buffer.concat(pieces).toString();
            const fields = new Headers(reply.headers as Record<string, string>);
            const json = fields.get("content-type")?.startsWith("application/json") && text !== "";
            resolve({
              status: reply.statusCode ?? 0,
              headers: fields,
              text,
              body: json ? JSON.parse(text) : null,
            });
          });
      },
    );
    sent.on("error", reject).end();
  });
}

describe("who calls is settled first, then the route, then the rest", () => {
  test.each(["/me", "/events/1", "/nowhere", "/events/%ZZ"])(
    "without a token %s is 401, with a challenge",
    async (path) => {
      for (const method of ["GET", "POST", "TRACE"]) {
        if (method === "TRACE") continue; // fetch refuses to send it
        const reply = await callRest(world.url, null, { method, path, headers: { Accept: "text/html" } });
        expect(refusal(reply, 401)).toEqual({ code: "unauthorized", fields: [] });
        expect(reply.headers.get("www-authenticate")).toMatch(/^Bearer .*Basic /);
      }
    },
  );

  test("the beginning of all addresses names the documentation, to anybody", async () => {
    for (const path of ["", "/"]) {
      const reply = await callRest(world.url, null, { method: "GET", path });
      expect([reply.status, reply.body]).toEqual([
        200,
        { documentation: "/api/v1/docs", openapi: "/api/v1/openapi.json" },
      ]);
      expect((await ada.rest("POST", path, {})).status).toBe(405);
    }
  });

  test("whoever mistypes an address, or leaves out the version, is told where the addresses are", async () => {
    for (const path of ["/api/v1/event", "/api/events", "/api"]) {
      const reply = await fetch(world.url + path, { headers: { Authorization: `Bearer ${ada.token}` } });
      expect([path, reply.status, await reply.json()]).toEqual([
        path,
        404,
        expect.objectContaining({ message: expect.stringContaining("/api/v1/docs shows those that do") }),
      ]);
    }
  });

  test("an unknown address is 404 for every method", async () => {
    for (const path of ["/nowhere", "/events/1/attendees", "/events//", "//events", "/Events", "/me/1"]) {
      for (const method of ["GET", "POST", "PATCH", "DELETE"]) {
        expect(refusal(await ada.rest(method, path, method === "GET" ? undefined : {}), 404)).toEqual({
          code: "not_found",
          fields: [],
        });
      }
    }
  });

  test.each([
    ["/me", "POST", ["GET", "HEAD"]],
    ["/users/me", "DELETE", ["GET", "HEAD"]],
    ["/events", "PATCH", ["GET", "HEAD", "POST"]],
    ["/events/1", "POST", ["DELETE", "GET", "HEAD", "PATCH", "PUT"]],
    ["/events/abc", "POST", ["DELETE", "GET", "HEAD", "PATCH", "PUT"]],
    ["/deletedEvents", "DELETE", ["GET", "HEAD"]],
    ["/contacts", "PUT", ["GET", "HEAD", "POST"]],
    ["/contacts/1", "PATCH", ["GET", "HEAD"]],
  ])("%s does not answer %s, and says what it does answer", async (path, method, allowed) => {
    // Neither the body nor Accept matters before the route is settled.
    const reply = await ada.rest(method, path, "{", { Accept: "text/html", "Content-Type": "text/plain" });
    expect(refusal(reply, 405)).toEqual({ code: "method_not_allowed", fields: [] });
    expect(reply.headers.get("allow")?.split(", ").sort()).toEqual(allowed);
  });

  test("whoever accepts no JSON is told so", async () => {
    const reply = await ada.rest("GET", "/me", undefined, { Accept: "text/html" });
    expect(refusal(reply, 406)).toEqual({ code: "not_acceptable", fields: [] });
    for (const accept of [
      "*/*",
      "application/*",
      "text/html, application/json;q=0.1",
      "application/json; charset=utf-8",
      "Application/JSON;version=1, text/plain",
      "",
    ]) {
      expect([accept, (await raw("GET", "/api/v1/me", { Accept: accept })).status]).toEqual([accept, 200]);
    }
    for (const accept of ["application/json;q=0, */*", "application/xml", "application/json;q=0.0"]) {
      expect([accept, (await raw("GET", "/api/v1/me", { Accept: accept })).status]).toEqual([accept, 406]);
    }
  });

  test("a body that is announced too long is refused before any of it comes", async () => {
    const { hostname, port } = new URL(world.url);
    const headers = {
      Authorization: `Bearer ${ada.token}`,
      "Content-Length": "5000000",
      Expect: "100-continue",
    };
    const sent = request({ hostname, port, method: "POST", path: "/api/v1/events", headers });
    sent.on("error", () => undefined).flushHeaders();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    sent.destroy();
  });

  test("a new event without times is told of both, whatever else is wrong with them", async () => {
    for (const [method, path] of [
      ["POST", "/events"],
      ["PUT", `/events/${(await create()).id}`],
    ] as const) {
      for (const body of [{}, { startTime: null, endTime: null }, { startTime: "x" }]) {
        expect(refusal(await ada.rest(method, path, body), 400).fields).toEqual(["startTime", "endTime"]);
      }
      expect(refusal(await ada.rest(method, path, { allDay: true }), 400).fields).toEqual(["startTime"]);
    }
  });

  test("a token that may not write learns that first, not what is wrong with its body", async () => {
    const reader = await ada.through("reader", ["read"]);
    const { id } = await create();
    for (const [method, path] of [
      ["POST", "/events"],
      ["PUT", `/events/${id}`],
      ["PATCH", `/events/${id}`],
      ["DELETE", `/events/${id}`],
      ["POST", "/contacts"],
    ] as const) {
      const body = method === "DELETE" ? undefined : { subject: 5, endTime: [] };
      expect(refusal(await reader.rest(method, path, body), 403).code).toBe("forbidden");
    }
  });

  test("HEAD answers like GET, without a body", async () => {
    const event = await create();
    for (const path of ["/me", "/events", `/events/${event.id}`]) {
      const reply = await ada.rest("HEAD", path);
      expect([reply.status, reply.text]).toEqual([200, ""]);
      expect(reply.headers.get("content-type")).toBe("application/json; charset=utf-8");
    }
    expect((await ada.rest("HEAD", `/events/${event.id}`)).headers.get("etag")).toMatch(/^"\d+-\d+"$/);
    expect((await ada.rest("HEAD", "/events/999999")).status).toBe(404);
    expect((await ada.rest("HEAD", "/nowhere")).status).toBe(404);
  });
});

describe("the request id", () => {
  test("is taken over, or made, and stands in the header and in the body", async () => {
    const given = "8f0c-1/abc:DEF~!";
    const reply = await ada.rest("GET", "/nowhere", undefined, { "X-Request-Id": given });
    expect(reply.body.requestId).toBe(given);
    const made = (await ada.rest("GET", "/nowhere")).body.requestId;
    expect(made).toMatch(/^[\w-]{8,}$/);
    expect((await ada.rest("GET", "/nowhere")).body.requestId).not.toBe(made);
    expect(
      (await ada.rest("GET", "/me", undefined, { "X-Request-Id": given })).headers.get("x-request-id"),
    ).toBe(given);
  });

  test("is made where the one given is empty, too long or not printable", async () => {
    for (const odd of ["", "x".repeat(2000), "a b", "ü"]) {
      const reply = await raw("GET", "/api/v1/nowhere", { "X-Request-Id": odd });
      expect(refusal(reply, 404).code).toBe("not_found");
      expect(reply.body.requestId).not.toBe(odd);
      expect(reply.body.requestId).toMatch(/^[\w-]{8,}$/);
    }
  });

  test("stands in the errors of GraphQL too", async () => {
    const { errors, headers } = await ada.graphql("{ nothing }", {}, { "X-Request-Id": "mine" });
    expect(errors?.[0]?.extensions).toEqual({ code: "bad_request", requestId: "mine", details: [] });
    expect(headers.get("x-request-id")).toBe("mine");
  });
});

describe("bodies", () => {
  const send = (body: string, headers?: Record<string, string>): Promise<RestReply> =>
    ada.rest("POST", "/events", body, headers);

  test.each([
    ["nothing", ""],
    ["half an object", '{"subject":'],
    ["a word", "subject"],
    ["a comma too many", '{"subject":"x",}'],
    ["a list", "[]"],
    ["null", "null"],
    ["a text", '"subject"'],
    ["a number", "1"],
    ["a byte order mark and nothing else", "\ufeff"],
    ["lists in lists, a hundred thousand deep", "[".repeat(100_000)],
  ])("%s is no body", async (_what, body) => {
    expect(refusal(await send(body), 400)).toEqual({ code: "bad_request", fields: [] });
  });

  test("bytes that are no UTF-8 are refused, not replaced", async () => {
    const reply = await fetch(`${world.url}/api/v1/events`, {
      method: "POST",
      headers: { Authorization: `Bearer ${ada.token}`, "Content-Type": "application/json" },
      body: Buffer.concat([Buffer.from('{"subject":"'), Buffer.from([0xe9]), Buffer.from('"}')]),
    });
    const body = await reply.json();
    expect([reply.status, (body as any).code]).toEqual([400, "bad_request"]);
  });

  test("objects in objects, fifty thousand deep, under a key nobody knows are passed over", async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const { status } = await send(`${JSON.stringify(TIMED).slice(0, -1)},"extra":${deep}}`);
    expect(status).toBe(201);
  });

  test("keys that every object has are no fields", async () => {
    const odd = '{"__proto__":{"subject":"x"},"constructor":1,"toString":2,"hasOwnProperty":3,';
    const { status, body } = await send(odd + JSON.stringify({ ...TIMED, subject: undefined }).slice(1));
    expect([status, body.subject]).toEqual([201, ""]);
  });

  test("1 MiB is taken, one byte more is 413", async () => {
    const bare = JSON.stringify({ ...TIMED, filler: "" });
    const filled = (bytes: number): string => bare.replace('""', `"${"x".repeat(bytes - bare.length)}"`);
    expect((await send(filled(1024 * 1024))).status).toBe(201);
    expect(refusal(await send(filled(1024 * 1024 + 1)), 413)).toEqual({ code: "too_large", fields: [] });
  });

  test("what is gzipped counts unpacked", async () => {
    const post = (body: Buffer): Promise<Response> =>
      fetch(`${world.url}/api/v1/events`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${ada.token}`,
          "Content-Type": "application/json",
          "Content-Encoding": "gzip",
        },
        body,
      });
    expect((await post(gzipSync(JSON.stringify(TIMED)))).status).toBe(201);
    expect((await post(gzipSync(JSON.stringify({ ...TIMED, filler: "x".repeat(2 ** 21) })))).status).toBe(
      413,
    );
    expect((await post(Buffer.from(JSON.stringify(TIMED)))).status).toBe(400);
  });

  test("another type than JSON is 415; none, +json and a charset of UTF-8 are JSON", async () => {
    const body = JSON.stringify(TIMED);
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/xml",
      "multipart/form-data; boundary=x",
    ]) {
      const reply = await send(body, { "Content-Type": type });
      expect(refusal(reply, 415)).toEqual({ code: "unsupported_media_type", fields: [] });
      expect(reply.body.message).toContain("send Content-Type: application/json");
    }
    const latin = await send(body, { "Content-Type": "application/json; charset=latin1" });
    expect(refusal(latin, 415).code).toBe("unsupported_media_type");
    for (const type of [
      "application/json;charset=UTF-8",
      "APPLICATION/JSON",
      "application/merge-patch+json",
    ]) {
      expect((await send(body, { "Content-Type": type })).status).toBe(201);
    }
    const bare = await fetch(`${world.url}/api/v1/events`, {
      method: "POST",
      headers: { Authorization: `Bearer ${ada.token}` },
      body: Buffer.from(body),
    });
    expect(bare.status).toBe(201);
  });
});

describe("paths and queries", () => {
  test("percent-garbage in a path is an id that does not exist", async () => {
    for (const id of [
      "%ZZ",
      "%",
      "%00",
      "%ff%fe",
      "%E0%A4%A",
      "1%20",
      "%2e%2e",
      "..%2f..%2fetc",
      "1;x=1",
      "☃".repeat(5),
    ]) {
      const target = `/api/v1/events/${encodeURI(id).replaceAll("%25", "%")}`;
      expect(refusal(await raw("GET", target), 404)).toEqual({ code: "not_found", fields: [] });
      expect(refusal(await raw("DELETE", target), 404)).toEqual({ code: "not_found", fields: [] });
    }
  });

  test.each([
    ["/events?startAt=%ZZ", "startAt"],
    ["/events?since=%", "since"],
    ["/events?since=%00", "since"],
    ["/events?endAt=%ff%fe", "endAt"],
    ["/events?since=", "since"],
    ["/events?since", "since"],
    ["/events?startAt=&endAt=2026-01-01T00:00:00Z", "startAt"],
    ["/events?since=0&since=1", "since"],
    ["/events?limit=1&limit=1", "limit"],
    ["/events?limit=ten", "limit"],
    ["/events?limit=0", "limit"],
    ["/events?limit=1001", "limit"],
    ["/events?limit=1e2", "limit"],
    ["/events?limit=-1", "limit"],
    ["/events?showDeleted=yes", "showDeleted"],
    ["/events?showDeleted=", "showDeleted"],
    ["/events?excludeOwn=1", "excludeOwn"],
    ["/events?calendarId=", "calendarId"],
    ["/events?calendarId=primary&calendarId=primary", "calendarId"],
    ["/events?iCalUid=", "iCalUid"],
    ["/events?iCalUid=%00", "iCalUid"],
    ["/events?deltaToken=soon", "deltaToken"],
    ["/events?since=0&deltaToken=0", "deltaToken"],
    ["/events?since=2026-03-02T15:00:00", "since"],
    ["/events?since=99999999999999999999", "since"],
    ["/deletedEvents?since=yesterday", "since"],
    ["/deletedEvents?limit=", "limit"],
    ["/users?email=", "email"],
    ["/users?email=a@x.co,", "email"],
    ["/users?email=a@x.co&email=", "email"],
    ["/contacts?email=%00", "email"],
    ["/records?type=Invoice", "type"],
    ["/records?type=", "type"],
    ["/records?q=", "q"],
    ["/calendars?all=maybe", "all"],
    ["/events?pageToken=", "pageToken"],
  ])("%s is refused, and the parameter named", async (path, field) => {
    const { code, fields } = refusal(await raw("GET", `/api/v1${path}`), 400);
    expect([code, fields.map((one) => one.replace(/\[\d+\]$/, ""))]).toEqual(["bad_request", [field]]);
  });

  test("parameters nobody knows are passed over, however odd", async () => {
    for (const search of [
      "?colour=red&colour=blue",
      "?x=",
      "?=",
      "?&&",
      "?%ZZ=%ZZ",
      "?__proto__=1",
      "?a[b]=c",
    ]) {
      expect((await raw("GET", `/api/v1/events${search}`)).status).toBe(200);
    }
  });

  test.each(["page", "offset", "skip", "cursor"])(
    "%s pages elsewhere: here it would be the first page for ever, and is refused with a word on pageToken",
    async (name) => {
      for (const path of ["/events?limit=10&", "/events?since=0&", "/contacts?", "/users?"]) {
        const { code, fields } = refusal(await raw("GET", `/api/v1${path}${name}=2`), 400);
        expect([path, code, fields]).toEqual([path, "bad_request", [name]]);
      }
      expect((await raw("GET", `/api/v1/events?${name}=2`)).body.message).toContain("pageToken");
    },
  );

  test("a body's faults and a query's are refused on writes too", async () => {
    expect(refusal(await ada.rest("POST", "/events?calendarId=", TIMED), 400).fields).toEqual(["calendarId"]);
    expect(refusal(await ada.rest("POST", "/contacts", {}), 400).fields).toEqual(["name"]);
    expect(
      refusal(await ada.rest("POST", "/contacts", { name: "C", accountId: "999999" }), 400).fields,
    ).toEqual(["accountId"]);
    const { id } = await create();
    expect(
      refusal(await ada.rest("PATCH", `/events/${id}`, TIMED, { "If-Match": "1-2" }), 400).fields,
    ).toEqual(["If-Match"]);
  });
});

describe("page tokens", () => {
  const tokenOf = async (who: Person, path: string): Promise<string> => {
    const { body } = await who.rest("GET", path);
    expect(body.nextPageToken).toEqual(expect.any(String));
    return encodeURIComponent(body.nextPageToken as string);
  };
  const refuses = async (who: Person, path: string): Promise<void> => {
    const reply = await who.rest("GET", path);
    expect(refusal(reply, 400).code).toBe("token.notValid");
    expect(reply.body.message).toBe("Page token is invalid");
  };
  let token: string;
  beforeAll(async () => {
    for (let at = 0; at < 3; at++) await create();
    token = await tokenOf(ada, "/events?limit=1&endAt=2030-01-01T00:00:00Z");
  });

  test("one that was tampered with, cut or made up is token.notValid", async () => {
    const turned = token.replace(/^./, (first) => (first === "W" ? "X" : "W"));
    const forged = [
      "abc",
      ".",
      "..",
      "a.b.c",
      "%00",
      "x".repeat(5000),
      "x".repeat(12_000),
      token.slice(0, -1),
      token.slice(5),
      turned,
      `${token}A`,
    ];
    for (const one of [...forged, token.split(".")[0]]) {
      await refuses(ada, `/events?limit=1&endAt=2030-01-01T00:00:00Z&pageToken=${one}`).catch(
        (error: unknown) => {
          throw new Error(`token ${one?.slice(0, 40)}`, { cause: error });
        },
      );
    }
  });

  test("one of another query, route, calendar or caller is token.notValid", async () => {
    const page = `pageToken=${token}`;
    await refuses(ada, `/events?limit=1&${page}`);
    await refuses(ada, `/events?limit=1&endAt=2030-01-02T00:00:00Z&${page}`);
    await refuses(ada, `/events?limit=1&endAt=2030-01-01T00:00:00Z&since=0&${page}`);
    await refuses(ada, `/deletedEvents?limit=1&endAt=2030-01-01T00:00:00Z&${page}`);
    await refuses(admin, `/events?limit=1&endAt=2030-01-01T00:00:00Z&${page}`);
    await refuses(admin, `/events?limit=1&endAt=2030-01-01T00:00:00Z&calendarId=${ada.calendarId}&${page}`);
    await refuses(ada, `/users?limit=1&endAt=2030-01-01T00:00:00Z&${page}`);
  });

  test("the right one is good again and again, with another limit, another token of the user and on another instance", async () => {
    const path = `/events?endAt=2030-01-01T00:00:00Z&pageToken=${token}`;
    const { body: rest } = await ada.rest("GET", path);
    const { body: page } = await ada.rest("GET", `${path}&limit=2`);
    expect(page.records).toEqual(rest.records.slice(0, 2));
    const other = await ada.through("other");
    expect((await other.rest("GET", path)).body.records).toEqual(rest.records);
    const instance = await world.instance();
    const elsewhere = await callRest(instance.url, ada.token, { method: "GET", path });
    await instance.close();
    expect(elsewhere.body).toEqual(rest);
  });

  test("what a route does not know is no part of the query a page token and an ETag belong to", async () => {
    const first = await ada.rest("GET", "/events?limit=1&_=1");
    const next = await ada.rest("GET", `/events?limit=1&_=2&odd=&pageToken=${first.body.nextPageToken}`);
    expect([next.status, next.body.length]).toEqual([200, 1]);
    const etag = first.headers.get("etag") ?? "";
    expect((await ada.rest("GET", "/events?limit=1&_=3", undefined, { "If-None-Match": etag })).status).toBe(
      304,
    );
  });

  test("a cursor of one order is refused in the other", async () => {
    const query =
      "query($order: EventOrder, $after: String) { events(orderBy: $order, first: 1, after: $after) { pageInfo { endCursor } } }";
    for (const [order, other] of [
      ["START", "LAST_CHANGE"],
      ["LAST_CHANGE", "START"],
    ]) {
      const { data } = await ada.graphql(query, { order });
      const after = data.events.pageInfo.endCursor;
      expect((await ada.graphql(query, { order, after })).errors).toBeUndefined();
      const { errors } = await ada.graphql(query, { order: other, after });
      expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field: "after" }] });
    }
  });

  test("a made-up cursor of GraphQL is bad_request", async () => {
    for (const after of ["", "abc", "MTox", "::", "\u0000"]) {
      const { errors } = await ada.graphql(
        "query($after: String) { events(after: $after) { edges { cursor } } }",
        { after },
      );
      if (after === "MTox")
        expect(errors).toBeUndefined(); // "1:1" is a place like any other
      else
        expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field: "after" }] });
    }
  });
});
