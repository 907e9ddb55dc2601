// What would hold the event loop for long is refused before the costly step, or done in pieces.
import { setImmediate as turn } from "node:timers/promises";
import WebSocket from "ws";
import { Pauses } from "../../src/turns/pauses";
import { callGraphQL, openWorld, type Person, type World } from "../support/world";

let world: World;
let owner: Person;

beforeAll(async () => {
  world = await openWorld();
  owner = await world.person();
  await world.sql.query(
    `insert into event (organisation_id, owner_id, subject, start_time, end_time)
     select $1, $2, 'Small ' || n, '2026-03-02T10:00:00Z', '2026-03-02T11:00:00Z' from generate_series(1, 1000) n`,
    [owner.organisationId, owner.id],
  );
});
afterAll(() => world.close());

const times = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => one(index)).join(" ");

/** What a socket and an event stream answer to a query; each the first error. */
const DOORS: Record<string, (query: string) => Promise<unknown>> = {
  "a request": async (query) => (await owner.graphql(query)).errors?.[0],
  "an event stream": async (query) => {
    const reply = await fetch(`${world.url}/graphql`, {
      method: "POST",
      headers: {
        ...{ Accept: "text/event-stream", "Content-Type": "application/json" },
        Authorization: `Bearer ${owner.token}`,
      },
      body: JSON.stringify({ query }),
    });
    const text = await reply.text();
    const [, json = text] = /data: (\{.*)/.exec(text) ?? [];
    return (JSON.parse(json) as { errors: unknown[] }).errors[0];
  },
  "a socket": (query) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${world.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
      const send = (message: object): void => socket.send(JSON.stringify(message));
      socket.on("error", reject);
      socket.on("open", () =>
        send({ type: "connection_init", payload: { authorization: `Bearer ${owner.token}` } }),
      );
      socket.on("message", (data: Buffer) => {
        const { type, payload } = JSON.parse(data.toString()) as { type: string; payload: unknown[] };
        if (type === "connection_ack") return send({ id: "1", type: "subscribe", payload: { query } });
        socket.terminate();
        return resolve(payload[0]);
      });
    }),
};

describe.each(Object.keys(DOORS))("a document through %s", (door) => {
  const ask = (query: string): Promise<unknown> => (DOORS[door] as (typeof DOORS)[string])(query);
  const refused = (message: string): object => ({
    message: expect.stringContaining(message),
    extensions: expect.objectContaining({ code: "bad_request" }),
  });

  it("of more than 262,144 characters is refused, comments included", async () => {
    const [before, after] = ["{ me { id } nothing } #", ""];
    const fill = (length: number): string => before + "x".repeat(length - before.length) + after;
    expect(await ask(fill(262_144))).toMatchObject(refused('Cannot query field "nothing"'));
    expect(await ask(fill(262_145))).toMatchObject(refused("262,144 characters"));
  });

  it.each([
    ["one field by the thousand", `{ me { ${"id ".repeat(9_000)} } }`],
    ["one object with an argument by the hundred", `{ ${"event(id: 1) { id } ".repeat(800)} }`],
    [
      "fragments that each spread the next",
      `{ event(id: 1) { ...F0 } } ${times(800, (n) => `fragment F${n} on Event { id ...F${n + 1} }`)} fragment F800 on Event { id }`,
    ],
    [
      "fragments in a circle of fields",
      `{ event(id: 1) { ...F0 } } ${times(300, (n) => `fragment F${n} on Event { id a: parent { ...F${(n + 1) % 300} } }`)}`,
    ],
  ])("with %s is refused before it is held against the schema", async (_what, query) => {
    expect(await ask(query)).toMatchObject(refused("50,000 fields and pairs of fields of one name"));
  });
});

it("a long document whose fragments ask for the same fields again and again is answered", async () => {
  const fields = "id subject startTime endTime description location timezone organizerName organizerEmail";
  const query = `{ events(first: 2) { edges { node { ${times(40, (n) => `...F${n}`)} } } } } ${times(40, (n) => `fragment F${n} on Event { ${fields} }`)}`;
  expect(query.length).toBeGreaterThan(2_000);
  const { data, errors } = await owner.graphql(query);
  expect(errors).toBeUndefined();
  expect(data.events.edges).toHaveLength(2);
});

it("16 names of __typename for one type are refused, of the schema's types too, and 15 are answered", async () => {
  const names = (count: number): string => times(count, (n) => `t${n}: __typename`);
  const ask = (query: string) => callGraphQL(world.url, owner.token, { query });
  for (const [type, query] of [
    ["User", (inside: string) => `{ me { ${inside} } }`],
    ["__Type", (inside: string) => `{ __schema { types { ${inside} } } }`],
  ] as const) {
    expect((await ask(query(names(15)))).errors).toBeUndefined();
    expect((await ask(query(names(16)))).errors?.[0]).toMatchObject({
      message: `${type}.__typename has 16 aliases; the limit is 15.`,
      extensions: { code: "bad_request" },
    });
  }
});

describe("an answer of many values", () => {
  const FIELDS = "allDay deleted description iCalUid id location ownerId parentId private".split(" ");
  /** 15 short names for each field. */
  const ALIASED = times(135, (n) => `k${n.toString(36)}: ${FIELDS[n % FIELDS.length]}`);
  const list = (name: string, inside: string): string =>
    `${name}: events(first: 1000) { edges { node { ${ALIASED} ${inside} } } }`;

  it.each([
    ["as events are printed", ""],
    ["with what they lead to", "owner { id }"],
  ])("is whole up to a million, and refused beyond that, %s", async (_how, inside) => {
    const ask = (count: number) =>
      owner.graphql(`{ ${times(count, (n) => list(`e${n}`, n === 0 ? inside : ""))} }`);
    const { data, errors } = await ask(2);
    expect(errors).toBeUndefined();
    const { node } = data.e0.edges[999];
    expect(Object.keys(node).length).toBe(135 + (inside ? 1 : 0));
    expect(node).toMatchObject({ k0: false, k4: expect.stringMatching(/^\d+$/), k5: null });
    const beyond = await ask(8);
    expect(beyond.data ?? null).toBeNull();
    expect(beyond.errors).toMatchObject([
      { message: expect.stringContaining("1,000,000 values"), extensions: { code: "bad_request" } },
    ]);
  });
});

it("between the pieces of long work, however many are at it, whatever else there is gets its turn", async () => {
  const WORKERS = 5;
  const told: string[] = [];
  let [isOver, pieces] = [false, 0];
  const busy = (): void => {
    for (const until = performance.now() + 12; performance.now() < until;);
    told.push("piece");
    pieces++;
  };
  const work = async (): Promise<void> => {
    const pauses = new Pauses();
    for (let piece = 0; piece < 4; piece++) {
      busy();
      await pauses.take();
    }
  };
  const others = (async () => {
    while (!isOver) {
      await turn();
      told.push("other");
    }
  })();
  await Promise.all(Array.from({ length: WORKERS }, work));
  isOver = true;
  await others;
  // The first piece of each was done at once.
  const after = told.slice(told.indexOf("other"));
  expect(pieces).toBe(WORKERS * 4);
  expect(after.filter((one) => one === "piece")).toHaveLength(WORKERS * 3);
  expect(after.join(" ")).not.toContain("piece piece");
});
