// A client of the service, with its token: writes through either door, tried again until the answer is certain.
import { setTimeout as sleep } from "node:timers/promises";
import type { Findings } from "./findings";
import { call, NoAnswer, type Call, type Reply } from "./http";
import type { Door, Fate } from "./plan";
import type { Cut } from "./proxy";
import { etagOf, FIELDS, refusalOf, type Row } from "./wire";

/** Where the service can be reached. */
export interface Reach {
  /** The instances that are up. */
  urls(): readonly string[];
  /** Where a connection begins that is going to be cut; null where nothing is cut. */
  cut(cut: Cut): string | null;
  findings: Findings;
  /** Is told how each try ended. */
  heard?: (ending: Reply | Error, ms: number) => void;
}

/** How a write goes out. */
export interface Way {
  door: Door;
  instance: number;
  fate: Fate;
  /** What has no say is passed over at GraphQL too. */
  lenient?: boolean;
}

export const plainly: Way = { door: "rest", instance: 0, fate: "arrives" };

/** The end of a write: what was answered, and how many earlier tries may have been carried out without a word. */
export interface Outcome {
  /** The event as answered; null where the answer says nothing (204) or there is none. */
  row: Row | null;
  /** Null for success; "lost" where it was not tried again and nobody knows. */
  refusal: string | null;
  /** With precondition_failed: the event as it stands. */
  current: Row | null;
  lost: number;
}

const GIVE_UP_MS = 120_000;
/** A defect is counted at each try; one that lasts shows nothing more to who goes on asking. */
const MAX_DEFECT_MS = 5_000;
/** Answers after which a client tries again; the write may have been carried out all the same. */
const PASSING = new Set(["unavailable", "rate_limited", "internal"]);

/** Refusals of a single event, for which an atomic batch is refused. */
const ITEM_CODES = new Set(["not_found", "forbidden", "precondition_failed"]);

/** Nothing came for so long that it was not tried again; that is a fault already. */
class GivenUp extends Error {}

/** Null where it was given up. */
export async function unlessGivenUp<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof GivenUp) return null;
    throw error;
  }
}

export class Client {
  constructor(
    readonly reach: Reach,
    readonly token: string,
  ) {}

  async create(input: object, key: string | null, way: Way): Promise<Outcome> {
    const sent: Call =
      way.door === "rest"
        ? {
            method: "POST",
            path: "/api/v1/events",
            body: input,
            headers: key === null ? {} : { "idempotency-key": key },
          }
        : graphQL(
            `mutation ($input: EventInput!, $key: String) { row: createEvent(input: $input, idempotencyKey: $key) { ${FIELDS} } }`,
            { input, key },
          );
    return this.write(sent, way, key !== null);
  }

  /** `version`: only if that is still the event's. */
  async patch(id: string, patch: object, version: string | null, way: Way): Promise<Outcome> {
    const sent: Call =
      way.door === "rest"
        ? { method: "PATCH", path: `/api/v1/events/${id}`, body: patch, headers: ifMatch(id, version) }
        : graphQL(
            `mutation ($id: ID!, $input: EventPatch!, $version: DateTime, $handling: Handling) { row: updateEvent(id: $id, input: $input, ifLastModifiedAt: $version, handling: $handling) { ${FIELDS} } }`,
            { id, input: patch, version, handling: way.lenient ? "LENIENT" : "STRICT" },
          );
    return this.write(sent, way);
  }

  /** Creates, or changes the meeting that is there by its UID. Repeating it is no harm. */
  async match(input: object, way: Way): Promise<Outcome> {
    const sent: Call =
      way.door === "rest"
        ? { method: "POST", path: "/api/v1/events?matchICalUid=true", body: input, headers: {} }
        : graphQL(
            `mutation ($input: EventInput!) { row: createEvent(input: $input, matchICalUid: true, handling: LENIENT) { ${FIELDS} } }`,
            { input },
          );
    return this.write(sent, way);
  }

  /** GraphQL has no PUT. */
  async put(id: string, input: object, way: Way): Promise<Outcome> {
    return this.write({ method: "PUT", path: `/api/v1/events/${id}`, body: input, headers: {} }, way);
  }

  async remove(id: string, version: string | null, way: Way): Promise<Outcome> {
    const sent: Call =
      way.door === "rest"
        ? { method: "DELETE", path: `/api/v1/events/${id}`, headers: ifMatch(id, version) }
        : graphQL(
            "mutation ($id: ID!, $version: DateTime) { row: deleteEvent(id: $id, ifLastModifiedAt: $version) { id deleted reason lastModifiedAt } }",
            { id, version },
          );
    return this.write(sent, way);
  }

  async respond(id: string, status: string, way: Way): Promise<Outcome> {
    return this.write(
      graphQL(
        `mutation ($id: ID!, $status: String!) { row: respondToEvent(id: $id, status: $status) { ${FIELDS} } }`,
        { id, status },
      ),
      way,
    );
  }

  /** Several changes in one call; an outcome for each, in order. */
  async patchMany(items: { id: string; input: object }[], atomic: boolean, way: Way): Promise<Outcome[]> {
    const sent = graphQL(
      `mutation ($items: [EventPatchItem!]!, $atomic: Boolean!) { results: updateEvents(items: $items, atomic: $atomic) { event { ${FIELDS} } error { code } } }`,
      { items, atomic },
    );
    const { reply, lost } = await this.persist(sent, { ...way, door: "graphql" });
    const whole = refusalOf(reply);
    // Which item it was is not for the model to know, as long as the code is one that an item can have.
    const refusal = whole !== null && ITEM_CODES.has(whole) ? "batch" : whole;
    if (refusal !== null) return items.map(() => ({ row: null, refusal, current: null, lost }));
    const results = reply.body.data.results as { event: Row | null; error: { code: string } | null }[];
    return results.map(({ event, error }) => ({
      row: event,
      refusal: error?.code ?? null,
      current: null,
      // An item that was in somebody's way was not done; the others of its call were.
      lost,
    }));
  }

  /** A query, or a mutation that may be repeated; throws what is refused. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the query asks for; its caller says what
  async ask(query: string, variables: object = {}): Promise<any> {
    const { reply } = await this.persist(graphQL(query, variables), plainly);
    const refusal = refusalOf(reply);
    if (refusal !== null) throw new Error(`${refusal}: ${JSON.stringify(reply.body).slice(0, 500)}`);
    return reply.body.data;
  }

  /** A GET on the REST door, tried again until it is answered or refused. */
  async get(path: string, way: Way = plainly, headers: Record<string, string> = {}): Promise<Reply> {
    return (await this.persist({ method: "GET", path: `/api/v1${path}`, headers }, way)).reply;
  }

  private async write(sent: Call, way: Way, again = true): Promise<Outcome> {
    const repeat = again || sent.method === "PATCH" || sent.method === "DELETE";
    const { reply, lost } = await this.persist(sent, way, repeat);
    if (reply === null) return { row: null, refusal: "lost", current: null, lost };
    const refusal = refusalOf(reply);
    if (refusal !== null) return { row: null, refusal, current: (reply.body?.current ?? null) as Row, lost };
    const row = (reply.body?.data ? reply.body.data.row : reply.body) as Row | null;
    return { row, refusal: null, current: null, lost };
  }

  private async persist(sent: Call, way: Way): Promise<{ reply: Reply; lost: number }>;
  private async persist(sent: Call, way: Way, again: boolean): Promise<{ reply: Reply | null; lost: number }>;
  private async persist(sent: Call, way: Way, again = true): Promise<{ reply: Reply | null; lost: number }> {
    const from = performance.now();
    for (let tries = 0, lost = 0; ; tries++) {
      const reply = await this.once(sent, tries === 0 ? way : { ...way, fate: "arrives" }, tries);
      const code = reply && refusalOf(reply);
      if (code === "internal") this.defect(sent, reply);
      if (reply && !PASSING.has(code ?? "")) return { reply, lost };
      if (code !== "rate_limited") lost++;
      if (!again) return { reply: null, lost };
      const patience = code === "internal" ? MAX_DEFECT_MS : GIVE_UP_MS;
      if (performance.now() - from > patience) {
        this.defect(sent, reply);
        throw new GivenUp(`${sent.method} ${sent.path} was not answered in ${patience / 1000} s.`);
      }
      await sleep(20 + Math.random() * 60 * Math.min(tries + 1, 5));
    }
  }

  /** One try. */
  private async once(sent: Call, { instance, fate }: Way, tries: number): Promise<Reply | null> {
    const urls = this.reach.urls();
    const cut = fate === "arrives" ? null : this.reach.cut(fate);
    const base = cut ?? urls[(instance + tries) % Math.max(urls.length, 1)];
    if (base === undefined) return null;
    const began = performance.now();
    try {
      const reply = await call(base, { ...sent, token: this.token, alone: cut !== null });
      this.reach.heard?.(reply, performance.now() - began);
      return reply;
    } catch (error) {
      this.reach.heard?.(error as Error, performance.now() - began);
      if (error instanceof NoAnswer) return null;
      this.reach.findings.fault("defects", `${sent.method} ${sent.path}: ${String(error)}`);
      return null;
    }
  }

  private defect({ method, path }: Call, reply: Reply | null): void {
    const told = reply ? `${reply.status} ${JSON.stringify(reply.body).slice(0, 400)}` : "no answer";
    this.reach.findings.fault("defects", `${method} ${path}: ${told}`);
  }
}

const graphQL = (query: string, variables: object): Call => ({
  method: "POST",
  path: "/graphql",
  body: { query, variables },
});

const ifMatch = (id: string, version: string | null): Record<string, string> =>
  version === null ? {} : { "if-match": etagOf(id, version) };
