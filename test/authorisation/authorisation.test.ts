// Who may do what: every caller, with every kind of token, at every route, argument and field that names something,
// whosever it is. authorisation/rules.ts has the rules of src/rest/README.md, "Who may do what"; a refused write must have left no trace.
import { readFileSync } from "node:fs";
import path from "node:path";
import { randomUUID } from "node:crypto";
import {
  buildSchema,
  getNamedType,
  isInputObjectType,
  isObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
} from "graphql";
import { OPEN_ROUTES } from "../../src/rest/openapi/served";
import { ROUTES } from "../../src/rest/routes";
import type { GraphQLRow } from "./graphql-asks";
import { GRAPHQL_ROWS as OTHER_ROWS, OWN } from "./graphql-rows";
import { REST_ROWS, type RestRow } from "./rest-rows";
import type { EventKind } from "./row";
import {
  CREDENTIALS,
  EVENT_RULES,
  GRANT_RULES,
  ofCredential,
  RULES,
  type Credential,
  type Outcome,
} from "./rules";
import { CALLERS, OWNERSHIPS, Stage, type Caller, type CallerName, type Thing } from "./stage";
import { ROOT } from "../support/child";
import { SERIES_ROWS } from "./series-rows";
import { isLong } from "../support/long-form";
import { callRest, openWorld, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

const GRAPHQL_ROWS: Readonly<Record<string, GraphQLRow>> = { ...OTHER_ROWS, ...SERIES_ROWS };

let world: World;
let stage: Stage;

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0, trustProxy: 1, webhookInternalHosts: ["127.0.0.1"] });
  stage = await Stage.open(world);
});
afterAll(() => world.close());

/** Failures of authentication are counted by address: here each comes from another. */
let calls = 0;
const address = (): string => `10.${(++calls >> 16) & 255}.${(calls >> 8) & 255}.${calls & 255}`;

/** What an answer came to: its code where it was refused; undefined where it says no more than that it was not. */
type Said = Outcome | undefined;

const filled = (text: string, { mine, id, peer, contact, otherContact }: Caller): string =>
  text
    .replaceAll(OWN.mine, JSON.stringify(mine))
    .replaceAll(OWN.me, JSON.stringify(id))
    .replaceAll(OWN.peer, JSON.stringify(peer))
    .replaceAll(OWN.contact, JSON.stringify(contact))
    .replaceAll(OWN.otherContact, JSON.stringify(otherContact));

async function askRest({ ask }: RestRow, caller: Caller, token: string | null, { id }: Thing): Promise<Said> {
  const { method, body, look } = ask;
  const at = ask
    .path(id)
    .replace(OWN.mine, caller.mine)
    .replace(OWN.series, caller.series)
    .replace(OWN.contact, caller.contact);
  const sent = body?.(randomUUID(), id);
  const headers = {
    "X-Forwarded-For": address(),
    ...(typeof sent === "string" && { "Content-Type": "text/calendar" }),
  };
  const reply = await callRest(world.url, token, { method, path: at, body: sent, headers });
  if (reply.status >= 400) return reply.body.code as Outcome;
  if (method !== "DELETE") return look(reply.body, id);
  const calendarId = at.split("calendarId=")[1];
  if (calendarId !== undefined) return undefined;
  const row = await callRest(world.url, caller.credentials.good, {
    method: "GET",
    path: `${at}?showDeleted=true`,
  });
  return row.body.reason as Outcome;
}

async function askGraphQL(
  { ask }: GraphQLRow,
  caller: Caller,
  token: string | null,
  { id }: Thing,
): Promise<Said> {
  const query = filled(ask.document(id, randomUUID()), caller);
  const stream = query.startsWith("subscription");
  const reply = await fetch(`${world.url}/graphql`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Forwarded-For": address(),
      ...(stream && { Accept: "text/event-stream" }),
      ...(token !== null && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(10_000),
  });
  const streamed = reply.headers.get("content-type")?.startsWith("text/event-stream");
  const { data, errors } = streamed ? await firstEvent(reply) : ((await reply.json()) as any);
  if (errors) return errors[0].extensions.code as Outcome;
  return ask.look(Object.values(data)[0], id);
}

async function firstEvent(reply: Response): Promise<any> {
  let text = "";
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    text += value ?? "";
    const found = /^data: (\{.*\})$/m.exec(text)?.[1];
    if (found || done) {
      await reader.cancel();
      return JSON.parse(found ?? "{}");
    }
  }
}

const OF_EVENTS = ["event", "occurrence", "series"];
const isOfEvents = <R extends RestRow | GraphQLRow>(row: R): row is R & { names: EventKind } =>
  OF_EVENTS.includes(row.names);

function expectedOf(row: RestRow | GraphQLRow, name: CallerName, ownership: string, thing: Thing): Outcome {
  const grant = name === "reader" ? "read" : name === "writer" ? "write" : null;
  const granted = grant && row.names === "calendar" && ownership === "a colleague's" && GRANT_RULES[row.rule];
  if (granted && row.needs !== "nothing") return granted[grant][row.needs];
  if (!isOfEvents(row)) return RULES[row.rule][stage.relation(thing, stage.callers[name])];
  const rule = EVENT_RULES[row.rule][stage.eventRelation(name, ownership)];
  if (rule === "visible") return ownership === "private" ? "masked" : "seen";
  if (rule === "visible or nothing") return ownership === "private" ? "nothing" : "seen";
  return rule;
}

/** "Seen" and "done" are what is not refused; some answers tell more. */
const agrees = (said: Said, expected: Outcome): boolean =>
  said === expected || (said === undefined && ["seen", "done"].includes(expected));

const isRefusal = (outcome: Outcome): boolean =>
  ["bad_request", "forbidden", "not_found", "unauthorized", "token.dead"].includes(outcome);

interface Cell {
  credential: Credential;
  caller: CallerName;
  ownership: string;
}

/**
 * What a token lacks does not depend on who holds it: a member's and an admin's stand for all. Nor on whose the thing is: the
 * short form asks with such a token for the first kind of thing, the long one for all.
 */
const credentialsOf = (
  caller: CallerName,
  ownership: string,
  row: RestRow | GraphQLRow,
): readonly Credential[] =>
  ["owner", "admin"].includes(caller) && (isLong || ownership === OWNERSHIPS[row.names][0])
    ? CREDENTIALS
    : ["good"];

/** All of a row; in the short form every sixth one, from another on in another row. */
const cellsOf = (key: string, row: RestRow | GraphQLRow): Cell[] =>
  CALLERS.flatMap((caller) =>
    OWNERSHIPS[row.names].flatMap((ownership) =>
      credentialsOf(caller, ownership, row).map((credential) => ({ credential, caller, ownership })),
    ),
  ).filter((_, index) => isLong || index % 6 === key.length % 6);

let restored = true;
/** What takes an event away, be it from whoever puts it without themselves on its list; other writes leave all where the next one needs it. */
const SPOILING = /delete|transfer|^PUT/i;

/** A row that only reads leaves the stage to the next one as it was. */
function leave({ needs }: RestRow | GraphQLRow): void {
  if (needs === "write") restored = false;
}

/** Asks as every caller for everything, and says where an answer breaks its rule, or a refusal left a trace. */
async function failuresOf<Row extends RestRow | GraphQLRow>(
  [key, row]: readonly [string, Row],
  ask: (row: Row, caller: Caller, token: string | null, thing: Thing) => Promise<Said>,
): Promise<string[]> {
  const failures: string[] = [];
  let before: string | null = null;
  for (const { credential, caller: name, ownership } of cellsOf(key, row)) {
    if (!restored) {
      await stage.restore();
      before = null;
    }
    restored = true;
    const caller = stage.callers[name];
    const thing = stage.thing(row.names, ownership, caller);
    const ofUser = expectedOf(row, name, ownership, thing);
    const expected = ofCredential(credential, row.needs) ?? ofUser;
    const writes = row.needs === "write";
    if (writes) before ??= await stage.fingerprint();
    const said = await ask(row, caller, caller.credentials[credential], thing);
    const cell = `${name}, token ${credential}, ${ownership}`;
    // Without the scope, what its user would be refused with will do as well.
    const asUser = expected === "forbidden" && said === ofUser && isRefusal(ofUser);
    if (!agrees(said, expected) && !asUser) failures.push(`${cell}: ${said ?? "let in"}, not ${expected}`);
    if (!writes || (await stage.fingerprint()) === before) continue;
    before = null;
    await stage.revive();
    restored = !SPOILING.test(key);
    if (!["done", "deleted", "left"].includes(expected))
      failures.push(`${cell}: refused, and changed something`);
  }
  leave(row);
  return failures;
}

describe("REST", () => {
  test.each(Object.entries(REST_ROWS))(
    "%s is for those whom its rule lets in, and nobody else",
    async (...row) => {
      expect(await failuresOf(row, askRest)).toEqual([]);
    },
    60_000,
  );

  test("every route and every parameter that names something has a row", () => {
    const keys = [...ROUTES, ...OPEN_ROUTES].flatMap(({ method, path: at, parameters }) => {
      const naming = parameters.filter(({ name }) => /id$/i.test(name) && !/uid|request-id/i.test(name));
      return [`${method} ${at}`, ...naming.map(({ name }) => `${method} ${at} (${name})`)];
    });
    expect(keys.filter((key) => !(key in REST_ROWS))).toEqual([]);
    const routes = new Set([...ROUTES, ...OPEN_ROUTES].map(({ method, path: at }) => `${method} ${at}`));
    expect(Object.keys(REST_ROWS).filter((key) => !routes.has(key.replace(/ \(.*/, "")))).toEqual([]);
  });
});

describe("GraphQL", () => {
  test.each(Object.entries(GRAPHQL_ROWS))(
    "%s is for those whom its rule lets in, and nobody else",
    async (...row) => {
      expect(await failuresOf(row, askGraphQL)).toEqual([]);
    },
    60_000,
  );

  const schema = buildSchema(readFileSync(path.join(ROOT, "schema.graphql"), "utf8"));
  const ROOTS = ["Query", "Mutation", "Subscription"];

  test("every operation, and every argument that names something, has a row", () => {
    const keys = ROOTS.flatMap((root) => operationKeys(schema, root));
    expect(keys.length).toBeGreaterThan(40);
    expect(keys.filter((key) => !(key in GRAPHQL_ROWS))).toEqual([]);
  });

  test("every field that leads to an event, a user, a record, a token or a calendar has a row", () => {
    const keys = linkKeys(schema);
    expect(keys.length).toBeGreaterThan(15);
    expect(keys.filter((key) => !(key in GRAPHQL_ROWS))).toEqual([]);
  });

  test("no row is of something that is not there any more", () => {
    const fields = Object.keys(GRAPHQL_ROWS).map((key) => key.replace(/\(.*/, "").split("."));
    for (const [type, field] of fields as [string, string][]) {
      const found = schema.getType(type);
      expect([type, field, isObjectType(found) && field in found.getFields()]).toEqual([type, field, true]);
    }
  });

  const LEADING = [
    "Event",
    "Series",
    "User",
    "Record",
    "Token",
    "Calendar",
    "EventConnection",
    "HistoryConnection",
  ];

  function linkKeys(of: GraphQLSchema): string[] {
    return Object.values(of.getTypeMap()).flatMap((type) =>
      !isObjectType(type) || type.name.startsWith("__") || ROOTS.includes(type.name)
        ? []
        : Object.values(type.getFields())
            .filter((field) => LEADING.includes(getNamedType(field.type).name))
            .map((field) => `${type.name}.${field.name}`),
    );
  }

  function operationKeys(of: GraphQLSchema, root: string): string[] {
    const type = of.getType(root);
    if (!isObjectType(type)) throw new Error(`The schema has no ${root}.`);
    return Object.values(type.getFields()).flatMap(({ name, args }) => {
      const naming = args.flatMap((argument) => [...idsIn(argument.type, argument.name)]);
      return naming.length === 0 ? [`${root}.${name}`] : naming.map((at) => `${root}.${name}(${at})`);
    });
  }

  /** Where ids stand in an argument. */
  function* idsIn(type: GraphQLInputType, at: string): Generator<string> {
    const named = getNamedType(type);
    if (["ID", "Long"].includes(named.name)) yield at;
    if (!isInputObjectType(named)) return;
    for (const field of Object.values(named.getFields())) yield* idsIn(field.type, `${at}.${field.name}`);
  }
});
