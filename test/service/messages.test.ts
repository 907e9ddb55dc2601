// What a request and its response are when they arrive, before Express sees them.
import { once } from "node:events";
import { request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Express, Request, Response } from "express";
import { createHttpServer } from "../../src/server/http-server";
import { createLog } from "../../src/telemetry/log";
import { openWorld, testConfig, type Person, type World } from "../support/world";

let world: World;
let person: Person;
let server: Server;
let stop: () => Promise<void>;

beforeAll(async () => {
  world = await openWorld();
  person = await world.person();
  const { db, databaseUrl } = world;
  const http = await createHttpServer({ config: testConfig(databaseUrl), db, log: createLog("silent") });
  server = http.server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stop = async () => {
    const closed = once(server, "close");
    server.close();
    await http.endStreams();
    server.closeAllConnections();
    await closed;
  };
});

afterAll(async () => {
  await stop();
  await world.close();
});

interface Seen {
  req: Request;
  res: Response;
  /** As it is before anything has handled the request. */
  arrived: { req: unknown; res: unknown; app: Express | undefined };
  status: number | undefined;
}

async function ask(method: string, path: string, more: Record<string, string> = {}, body?: unknown) {
  const { port } = server.address() as AddressInfo;
  const arrival = new Promise<Omit<Seen, "status">>((resolve) =>
    server.prependOnceListener("request", (bare: IncomingMessage, answer: ServerResponse) => {
      const [req, res] = [bare as Request, answer as Response];
      const arrived = {
        req: Object.getPrototypeOf(req),
        res: Object.getPrototypeOf(res),
        app: req.app as Express,
      };
      resolve({ req, res, arrived });
    }),
  );
  const headers = { authorization: `Bearer ${person.token}`, "content-type": "application/json", ...more };
  const asked = request({ port, method, path, headers });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  answer.resume();
  await once(answer, "end");
  return { ...(await arrival), status: answer.statusCode };
}

const requireBorn = ({ req, res, arrived }: Seen): void => {
  expect(arrived.app).toBeDefined();
  expect(arrived.req).toBe(arrived.app!.request);
  expect(arrived.res).toBe(arrived.app!.response);
  // The application has left both as they were.
  expect(Object.getPrototypeOf(req)).toBe(arrived.req);
  expect(Object.getPrototypeOf(res)).toBe(arrived.res);
};

test.each([
  ["REST", "GET", `/api/v1/events?limit=1`, undefined, 200],
  ["GraphQL", "POST", "/graphql", { query: "{ me { id } }" }, 200],
  ["a page", "GET", "/", undefined, 200],
  ["an address that is none", "GET", "/nothing", undefined, 404],
] as const)(
  "A request to %s and its response have the application's prototypes when they arrive",
  async (_door, method, path, body, status) => {
    const seen = await ask(method, path, {}, body);
    expect(seen.status).toBe(status);
    requireBorn(seen);
  },
);

test("A request that offers another protocol has them too, when it is served without the offer", async () => {
  const seen = await ask("GET", "/healthz", { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c" });
  expect(seen.status).toBe(200);
  requireBorn(seen);
});
