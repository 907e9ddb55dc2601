// How many connections there are: of a token, and of an instance.
import { MAX_SOCKETS, Sockets } from "../../src/access/sockets";
import type { Caller } from "../../src/entities/caller";
import { openInstance, rawSocket, say, type Instance } from "../support/live";
import { Wire } from "../support/wire";
import { until } from "../support/wait";
import { callRest, openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;
let instance: Instance;

beforeAll(async () => {
  world = await openWorld();
  [ada, ben] = [await world.person(), await world.person()];
  instance = await openInstance(world.databaseUrl, undefined, { rateLimitPerMinute: 0 });
});
afterAll(async () => {
  await instance.stop();
  await world.close();
});

const me = ({ token }: Person): string =>
  ["GET /api/v1/me HTTP/1.1", "Host: x", `Authorization: Bearer ${token}`, "", ""].join("\r\n");

test("a token has 1,000 connections: the next is 429 or closed, others are let in, and one that closes makes room", async () => {
  const wires: Wire[] = [];
  const ask = async (some: readonly Wire[]): Promise<void> => {
    for (const wire of some) wire.send(me(ada));
    for (const wire of some) expect((await wire.reply()).status).toBe(200);
  };
  while (wires.length < MAX_SOCKETS) {
    const some = Array.from({ length: 50 }, () => new Wire(instance.url));
    await ask(some);
    wires.push(...some);
    // On a slow machine the first would have been idle for too long before the last is there.
    if (wires.length === 500) for (let at = 0; at < 500; at += 50) await ask(wires.slice(at, at + 50));
  }
  const late = new Wire(instance.url);
  late.send(me(ada));
  const refused = await late.reply();
  expect([refused.status, JSON.parse(refused.body), refused.headers["retry-after"]]).toEqual([
    429,
    expect.objectContaining({ code: "rate_limited" }),
    expect.stringMatching(/^\d+$/),
  ]);
  await late.end();

  const { socket, closed } = await rawSocket(instance.url);
  say(socket, { type: "connection_init", payload: { authorization: `Bearer ${ada.token}` } });
  expect(await closed).toEqual([1013, "rate_limited"]);

  // Those that are open go on, and another token is let in.
  wires[0]!.send(me(ada));
  expect((await wires[0]!.reply()).status).toBe(200);
  expect((await callRest(instance.url, ben.token, { method: "GET", path: "/me" })).status).toBe(200);

  // A connection counts for who called on it last, as on one that a proxy shares.
  wires[0]!.send(me(ben));
  expect((await wires[0]!.reply()).status).toBe(200);
  wires[1]!.socket.destroy();
  // That one of its connections is gone, the service hears a moment later; those that are refused hold none.
  const statuses: number[] = [];
  await until(async () => {
    const wire = new Wire(instance.url);
    wires.push(wire);
    wire.send(me(ada));
    const { status } = await wire.reply();
    if (status === 200 || statuses.length === 2) statuses.push(status);
    return statuses.length === 3;
  });
  expect(statuses).toEqual([200, 200, 429]);
  for (const wire of wires) wire.socket.destroy();
});

test("a connection that is gone before its token was looked up is not counted", () => {
  const sockets = new Sockets(1);
  const caller = { tokenId: "1" } as Caller;
  const gone = new Wire(instance.url).socket;
  gone.destroy();
  sockets.hold(caller, gone);
  const wire = new Wire(instance.url);
  expect(() => sockets.hold(caller, wire.socket)).not.toThrow();
  wire.socket.destroy();
});

test("an organisation has its share of an instance's connections, whichever of its tokens hold them", () => {
  const sockets = new Sockets(2, 3);
  const caller = (organisationId: string, tokenId: string): Caller => ({ organisationId, tokenId }) as Caller;
  const wires = Array.from({ length: 6 }, () => new Wire(instance.url));
  const hold = (who: Caller, index: number): (() => void) => {
    return () => sockets.hold(who, wires[index]!.socket);
  };
  for (const index of [0, 1]) hold(caller("1", "a"), index)();
  hold(caller("1", "b"), 2)();
  expect(hold(caller("1", "b"), 3)).toThrow(
    "Your organisation has 3 connections open on this instance: close some",
  );
  expect(hold(caller("2", "c"), 3)).not.toThrow();
  // Another of its tokens calls on a connection that is there; then it is somebody else's, and there is room.
  expect(hold(caller("1", "b"), 1)).not.toThrow();
  expect(hold(caller("2", "c"), 1)).not.toThrow();
  expect(hold(caller("1", "a"), 4)).not.toThrow();
  expect(hold(caller("1", "d"), 5)).toThrow("Your organisation has 3");
  for (const { socket } of wires) socket.destroy();
});
