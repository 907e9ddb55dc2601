// Large answers go out compressed, to whoever takes gzip; the same bytes come out of them, under the same entity tag.
import http from "node:http";
import { gunzipSync } from "node:zlib";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let id: string;

const DESCRIPTION = "An agenda that goes on. ".repeat(50);
const TIMED = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person();
  for (let batch = 0; batch < 3; batch++) {
    const inputs = Array.from({ length: 400 }, () => ({ ...TIMED, description: DESCRIPTION }));
    const { data } = await ada.graphql(
      "mutation($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { id } }",
      { inputs },
    );
    id = data.createEvents[0].id;
  }
});
afterAll(() => world.close());

interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  bytes: Buffer;
}

interface Ask {
  path: string;
  encoding?: string;
  body?: object;
  headers?: Record<string, string>;
  method?: string;
}

/** As a program that unpacks nothing by itself. */
function ask({ path, encoding, body, headers = {}, method = body ? "POST" : "GET" }: Ask): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      new URL(path, world.url),
      {
        method,
        headers: {
          Authorization: `Bearer ${ada.token}`,
          "Content-Type": "application/json",
          ...(encoding !== undefined && { "Accept-Encoding": encoding }),
          ...headers,
        },
      },
      (reply) => {
        const pieces: Buffer[] = [];
        reply.on("data", (piece: Buffer) => pieces.push(piece));
        reply.on("error", reject);
        reply.on("end", () =>
          resolve({ status: reply.statusCode ?? 0, headers: reply.headers, bytes: Buffer.concat(pieces) }),
        );
      },
    );
    request.on("error", reject);
    request.end(body && JSON.stringify(body));
  });
}

const EVENTS = { query: "{ events(first: 100) { edges { node { id description } } } }" };

test.each([
  ["a page", { path: "/api/v1/events?limit=100" }],
  ["a whole list, streamed", { path: "/api/v1/events" }],
  ["a feed", { path: "/api/v1/events?since=0&showDeleted=true&limit=200" }],
  ["an answer of GraphQL", { path: "/graphql", body: EVENTS }],
  ["the OpenAPI document", { path: "/api/v1/openapi.json" }],
])(
  "%s is compressed for whoever takes gzip, and the same bytes under the same tag",
  async (_, asked: Ask) => {
    const plain = await ask(asked);
    const packed = await ask({ ...asked, encoding: "br, gzip;q=0.8" });
    expect([plain.headers["content-encoding"], packed.headers["content-encoding"]]).toEqual([
      undefined,
      "gzip",
    ]);
    expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 3);
    expect([packed.status, packed.headers.etag]).toEqual([200, plain.headers.etag]);
  },
);

test.each(["", "identity", "br", "gzip;q=0", "gzip;q=0, *", "deflate"])(
  "nothing is compressed for whoever takes %p",
  async (encoding) => {
    for (const path of ["/api/v1/events?limit=100", "/api/v1/events"])
      expect((await ask({ path, encoding })).headers["content-encoding"]).toBeUndefined();
  },
);

test("a single event stays as it is, and a long one does not", async () => {
  const single = await ask({ path: `/api/v1/events/${id}`, encoding: "gzip" });
  expect(single.headers["content-encoding"]).toBeUndefined();
  const { body } = await ada.rest("POST", "/events", { ...TIMED, description: "x".repeat(4_096) });
  const long = await ask({ path: `/api/v1/events/${body.id}`, encoding: "gzip" });
  expect(long.headers["content-encoding"]).toBe("gzip");
  expect(JSON.parse(gunzipSync(long.bytes).toString())).toEqual(body);
});

test("the tag of a compressed list is good for 304, in its weak form too", async () => {
  const { headers } = await ask({ path: "/api/v1/events?limit=100", encoding: "gzip" });
  expect(headers.vary).toContain("Accept-Encoding");
  for (const tag of [headers.etag!, `W/${headers.etag!}`]) {
    const again = await ask({
      path: "/api/v1/events?limit=100",
      encoding: "gzip",
      headers: { "If-None-Match": tag },
    });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
  }
});

test("a compressed stream's first events come before its last are read, and whoever hangs up holds nothing", async () => {
  for (let time = 0; time < 20; time++) {
    await new Promise<void>((resolve, reject) => {
      const request = http.get(
        new URL("/api/v1/events", world.url),
        { headers: { Authorization: `Bearer ${ada.token}`, "Accept-Encoding": "gzip" } },
        (reply) => reply.once("data", () => (request.destroy(), resolve())),
      );
      request.on("error", reject);
    }).catch(() => undefined);
  }
  const { status } = await ask({ path: "/api/v1/events?limit=1" });
  expect(status).toBe(200);
});

test("a HEAD request has the fields of the compressed answer, and no body", async () => {
  const { headers, bytes } = await ask({
    path: "/api/v1/events?limit=100",
    encoding: "gzip",
    method: "HEAD",
  });
  expect([headers["content-encoding"], bytes.length]).toEqual(["gzip", 0]);
});
