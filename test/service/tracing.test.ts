// Traces as a collector receives them: a service that is told of one, against a receiver of OTLP over HTTP.
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { ensureBuilt, killServices, startService, type Running } from "../support/child";
import { callGraphQL, callRest, openWorld, type Person, type World } from "../support/world";
import { eventually } from "../support/wait";

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number };
}
interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
  status: { code: number };
}
interface Export {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[];
}

let world: World;
let collector: Server;
let service: Running;
let ada: Person;
const received: Export[] = [];

beforeAll(async () => {
  await ensureBuilt();
  world = await openWorld();
  ada = await world.person({ name: "Zebra Ada" });
  collector = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      if (req.url === "/v1/traces") received.push(JSON.parse(Buffer.concat(chunks).toString()) as Export);
      res.setHeader("Content-Type", "application/json").end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  service = await startService({
    DATABASE_URL: world.databaseUrl,
    DATABASE_POOL: "2",
    LOG_LEVEL: "info",
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_SERVICE_NAME: "tidemark-test",
  });
});
afterAll(async () => {
  await killServices();
  collector.close();
  await world.close();
});

const spans = (): Span[] =>
  received.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
  );
const attribute = (span: Span, name: string): string | number | undefined => {
  const value = span.attributes.find(({ key }) => key === name)?.value;
  return value?.stringValue ?? value?.intValue;
};

/** The spans of a trace, once its request is among them: the request's, and those within it. */
async function traceOf(traceId: string): Promise<{ request: Span; statements: Span[] }> {
  let found: Span[] = [];
  await eventually(() => {
    found = spans().filter((span) => span.traceId === traceId);
    expect(found.filter(({ kind }) => kind === 2)).toHaveLength(1);
  });
  const request = found.find(({ kind }) => kind === 2)!;
  return { request, statements: found.filter((span) => span !== request) };
}

let traces = 0;
function parent(): { traceId: string; spanId: string; headers: Record<string, string> } {
  const traceId = (++traces).toString(16).padStart(32, "0");
  const spanId = traces.toString(16).padStart(16, "a");
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
}

const EVENT = {
  subject: "Zebra crossing",
  startTime: "2026-03-02T09:00:00Z",
  endTime: "2026-03-02T10:00:00Z",
};
const rest = (method: string, path: string, body: unknown, headers: Record<string, string>) =>
  callRest(service.url, ada.token, { method, path, body, headers });

test("a request is a span of the trace it was sent in, and its statements are spans within it, without a value", async () => {
  const { traceId, spanId, headers } = parent();
  const reply = await rest("POST", "/events", EVENT, headers);
  const { request, statements } = await traceOf(traceId);
  expect(request).toMatchObject({ name: "POST /events", parentSpanId: spanId });
  expect(attribute(request, "http.route")).toBe("/events");
  expect(attribute(request, "http.response.status_code")).toBe(201);
  expect(attribute(request, "tidemark.request_id")).toBe(reply.headers.get("x-request-id"));
  const texts = statements.map((span) => String(attribute(span, "db.query.text")));
  expect(texts.join("\n")).toMatch(/find_people[^]*insert into event /);
  for (const span of statements) {
    expect(span).toMatchObject({ parentSpanId: request.spanId, kind: 3 });
    expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(request.startTimeUnixNano));
    expect(BigInt(span.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(request.endTimeUnixNano));
  }
  const [{ resourceSpans } = { resourceSpans: [] }] = received;
  expect(resourceSpans[0]!.resource.attributes).toContainEqual({
    key: "service.name",
    value: { stringValue: "tidemark-test" },
  });
});

test("statements are told under the request that asked for them, also where requests wait for a connection", async () => {
  const ids = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const { traceId, headers } = parent();
      await rest("GET", "/events?limit=5", undefined, headers);
      return traceId;
    }),
  );
  for (const traceId of ids) {
    const { request, statements } = await traceOf(traceId);
    const own = statements.filter(({ parentSpanId }) => parentSpanId === request.spanId);
    const reads = own.filter((span) =>
      /calendar_barrier|event/.test(String(attribute(span, "db.query.text"))),
    );
    expect(reads.length).toBeGreaterThanOrEqual(2);
    expect(own).toHaveLength(statements.length);
  }
});

test("GraphQL's requests are told by what they ask for; a statement that fails by its code, and the log has the trace", async () => {
  const asked = parent();
  await callGraphQL(service.url, ada.token, {
    query: "{ events(first: 1) { edges { node { subject } } } }",
    headers: asked.headers,
  });
  expect((await traceOf(asked.traceId)).request.name).toBe("POST query events");
  await world.sql.query("alter table event add constraint odd check (subject <> 'Zebra defect') not valid");
  const failed = parent();
  const reply = await rest("POST", "/events", { ...EVENT, subject: "Zebra defect" }, failed.headers);
  expect(reply.status).toBe(500);
  const { request, statements } = await traceOf(failed.traceId);
  expect(request.status.code).toBe(2);
  expect(attribute(request, "error.type")).toBe("internal");
  const [broken] = statements.filter(({ status }) => status.code === 2);
  expect(attribute(broken!, "db.response.status_code")).toBe("23514");
  await eventually(() => expect(service.stderr()).toContain(`"traceId":"${failed.traceId}"`));
});

test("a request without a trace begins one; nothing of a user is in any span", async () => {
  const before = new Set(spans().map(({ traceId }) => traceId));
  await rest("GET", "/records?q=zebra", undefined, {});
  await eventually(() =>
    expect(spans().some(({ traceId, name }) => name === "GET /records" && !before.has(traceId))).toBe(true),
  );
  const told = JSON.stringify(received).toLowerCase();
  for (const secret of ["zebra", ada.token.toLowerCase(), ada.email]) expect(told).not.toContain(secret);
});

test("a collector that is gone keeps no request waiting, and the service stops as it would", async () => {
  collector.closeAllConnections();
  collector.close();
  const { status } = await rest("GET", "/events", undefined, {});
  expect(status).toBe(200);
  expect(await service.stop()).toBe(0);
});
