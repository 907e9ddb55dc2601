// The people of the matrix and the things they name. What an allowed write spoils is made anew.
import { randomUUID } from "node:crypto";
import { issueToken } from "../../src/access/tokens";
import { TokenScope } from "../../src/entities/access-token";
import type { Person, World } from "../support/world";
import type { Kind } from "./row";
import { type Credential, CREDENTIALS, type EventRelation, type Relation } from "./rules";

/** Who asks. The reader and the writer are granted the calendar of the colleague whose things are named. */
export const CALLERS = [
  "owner",
  "guest",
  "leaver",
  "colleague",
  "reader",
  "writer",
  "admin",
  "stranger",
  "strangers' admin",
] as const;
export type CallerName = (typeof CALLERS)[number];

/** Whose the thing is that is named. */
export const OWNERSHIPS: Readonly<Record<Kind, readonly string[]>> = {
  event: ["open", "private", "another organisation's", "nobody's"],
  occurrence: ["open", "private", "another organisation's", "nobody's"],
  series: ["open", "private", "another organisation's", "nobody's"],
  eventOf: ["open", "another organisation's", "nobody's"],
  user: ["one's own", "a colleague's", "another organisation's", "nobody's"],
  calendar: ["one's own", "a colleague's", "another organisation's", "nobody's"],
  token: ["one's own", "a colleague's", "another organisation's", "nobody's"],
  webhook: ["the organisation's", "another organisation's", "nobody's"],
  record: ["the organisation's", "another organisation's", "nobody's"],
  account: ["the organisation's", "another organisation's", "nobody's"],
  opportunity: ["the organisation's", "another organisation's", "nobody's"],
  lead: ["the organisation's", "another organisation's", "nobody's"],
  nothing: [""],
};

export interface Thing {
  id: string;
  organisationId: string | null;
  userId: string | null;
}

export interface Caller extends Person {
  role: "member" | "admin";
  credentials: Readonly<Record<Credential, string | null>>;
  /** An event of theirs, without anybody else. */
  mine: string;
  /** A series of theirs, without anybody else. */
  series: string;
  contact: string;
  /** Another Contact of their organisation. */
  otherContact: string;
  /** Somebody else of their organisation, whose things nobody names. */
  peer: string;
}

const RECORD_TYPES = { record: "Contact", account: "Account", opportunity: "Opportunity", lead: "Lead" };
const NOBODYS: Thing = { id: "999999999", organisationId: null, userId: null };
/** Where a webhook may call, and finds nobody. */
export const NOBODY_LISTENS = "http://127.0.0.1:65535/";
/** Years ahead of whoever runs it. */
const COMING = { startTime: "2090-03-02T15:00:00Z", endTime: "2090-03-02T16:00:00Z", timezone: "UTC" };
const TIMED = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

export class Stage {
  readonly callers = {} as Record<CallerName, Caller>;
  private readonly events = new Map<string, Thing>();
  private readonly series = new Map<string, Thing>();
  private readonly tokens = new Map<string, Thing>();
  private readonly webhooks = new Map<string, Thing>();
  private readonly records = new Map<string, Thing>();
  private victim!: Person;
  /** Of the other organisation. */
  private bystander!: Person;

  private constructor(readonly world: World) {}

  static async open(world: World): Promise<Stage> {
    const stage = new Stage(world);
    const elsewhere = await world.organisation();
    for (const name of CALLERS) {
      const role = name.endsWith("admin") ? "admin" : "member";
      const organisationId = name.startsWith("stranger") ? elsewhere : world.organisationId;
      const person = await world.person({ name, role, organisationId });
      const credentials = await stage.credentialsOf(person);
      stage.callers[name] = {
        ...person,
        role,
        credentials,
        mine: "",
        series: "",
        contact: "",
        otherContact: "",
        peer: "",
      };
    }
    stage.victim = await world.person({ name: "victim" });
    stage.bystander = await world.person({ name: "bystander", organisationId: elsewhere });
    const peer = await world.person({ name: "peer" });
    for (const caller of Object.values(stage.callers)) {
      const isHome = caller.organisationId === world.organisationId;
      caller.peer = isHome ? peer.id : stage.bystander.id;
    }
    await stage.grant();
    // Each row makes more tokens.
    await world.sql.query("update app_user set max_tokens = 1000");
    for (const where of ["owner", "stranger"] as const) await stage.newRecords(stage.callers[where]);
    for (const caller of Object.values(stage.callers)) {
      caller.contact = stage.records.get(`${caller.organisationId} Contact`)?.id ?? "";
      caller.otherContact = stage.records.get(`${caller.organisationId} other`)?.id ?? "";
    }
    await stage.restore();
    return stage;
  }

  private async grant(): Promise<void> {
    const { reader, writer } = this.callers;
    await this.world.sql.query(
      `insert into calendar_grant (organisation_id, user_id, calendar_id, access)
       values ($1, $2, $4, 'read'), ($1, $3, $4, 'write')
       on conflict (organisation_id, user_id, calendar_id) do update set access = excluded.access
         where calendar_grant.access <> excluded.access`,
      [this.world.organisationId, reader.id, writer.id, this.victim.calendarId],
    );
  }

  /** The thing of a kind that a caller names. */
  thing(kind: Kind, ownership: string, caller: Caller): Thing {
    const { owner, stranger } = this.callers;
    if (ownership === "nobody's") return NOBODYS;
    if (kind === "nothing") return { id: "", organisationId: caller.organisationId, userId: caller.id };
    const foreign = ownership === "another organisation's";
    const named = foreign ? "foreign" : ownership;
    if (["occurrence", "series"].includes(kind)) return this.required(this.series, `${kind} ${named}`);
    if (["event", "eventOf"].includes(kind)) return this.required(this.events, named);
    if (kind === "webhook") return this.required(this.webhooks, (foreign ? stranger : owner).organisationId);
    if (kind in RECORD_TYPES) {
      const { organisationId } = foreign ? stranger : owner;
      return this.required(
        this.records,
        `${organisationId} ${RECORD_TYPES[kind as keyof typeof RECORD_TYPES]}`,
      );
    }
    const whose = foreign ? stranger : ownership === "one's own" ? caller : this.victim;
    const { organisationId, id: userId } = whose;
    if (kind === "token") return this.required(this.tokens, userId);
    return { id: kind === "user" ? userId : whose.calendarId, organisationId, userId };
  }

  /** What a caller is to an event. */
  eventRelation(name: CallerName, ownership: string): EventRelation {
    const { organisationId, role } = this.callers[name];
    const home = ownership === "another organisation's" ? this.callers.stranger : this.callers.owner;
    if (ownership === "nobody's" || home.organisationId !== organisationId) return "elsewhere";
    if (role === "admin") return "admin";
    if (name === "stranger" || name === "owner") return "owner";
    return name === "guest" ? "attendee" : name === "leaver" ? "left" : "colleague";
  }

  relation({ organisationId, userId }: Thing, caller: Caller): Relation {
    if (organisationId !== caller.organisationId) return `${caller.role}, elsewhere`;
    return userId === caller.id ? `${caller.role}, own` : `${caller.role}, colleague's`;
  }

  /** Everything there is, in short: a refused write leaves it as it was. */
  async fingerprint(): Promise<string> {
    const tables = [
      "event",
      "series",
      "calendar_entry",
      "app_user",
      "access_token",
      "record",
      "event_history",
      "calendar_grant",
      "webhook",
    ];
    // Whatever is written has the number of the transaction that wrote it.
    const parts = tables.map(
      (table) => `(select count(*) || '/' || coalesce(sum(xmin::text::bigint), 0) from ${table})`,
    );
    const { rows } = await this.world.sql.query<{ print: string }>(
      `select concat_ws(' ', ${parts.join(", ")}) as print`,
    );
    return rows[0]?.print ?? "";
  }

  /** Forgets what was made, and brings back whom a write disabled, with their tokens, and what it archived. */
  async revive(): Promise<void> {
    const { sql } = this.world;
    await sql.query(
      `update access_token t set revoked_at = null from app_user u
       where u.organisation_id = t.organisation_id and u.id = t.user_id and t.revoked_at = u.disabled_at`,
    );
    await sql.query("update app_user set disabled_at = null where disabled_at is not null");
    const kept = [...this.webhooks.values()].map(({ id }) => id);
    await sql.query("delete from webhook where not id = any ($1)", [kept]);
    await sql.query("update webhook set paused_at = null, paused_because = null where paused_at is not null");
    await sql.query("update record set archived_at = null, merged_into = null where archived_at is not null");
  }

  /** Makes tokens and events anew. */
  async restore(): Promise<void> {
    await this.revive();
    await this.world.sql.query("delete from event");
    await this.world.sql.query("delete from series");
    await this.newWebhooks();
    const spares = [...Object.values(this.callers), this.victim].map(async (person) => {
      const spare = await person.through("spare");
      this.tokens.set(person.id, {
        id: spare.tokenId,
        organisationId: person.organisationId,
        userId: person.id,
      });
    });
    const own = Object.values(this.callers).map(async (caller) => {
      caller.mine = await newEvent(caller, { relatedTo: { contactId: caller.contact } });
      caller.series = await this.newSeries(`of ${caller.id}`, caller, {});
    });
    await Promise.all([...spares, ...own, newEvent(this.victim)]);
    const { owner, guest, leaver, stranger } = this.callers;
    const attendees = [{ userId: guest.id }, { userId: leaver.id }, { contactId: Number(owner.contact) }];
    for (const [name, more] of [
      ["open", {}],
      ["private", { private: true }],
    ] as const) {
      const parentId = Number(await newEvent(owner));
      const relatedTo = { contactId: owner.contact };
      const id = await newEvent(owner, { ...more, parentId, relatedTo, attendees, location: "here" });
      await newEvent(owner, { parentId: Number(id) });
      await leaver.rest("DELETE", `/events/${id}`);
      this.events.set(name, { id, organisationId: owner.organisationId, userId: owner.id });
    }
    const invited = [{ userId: guest.id }, { userId: leaver.id }];
    await this.newSeries("open", owner, { attendees: invited });
    await this.newSeries("private", owner, { attendees: invited, private: true });
    await this.newSeries("foreign", stranger, {});
    const parentId = Number(await newEvent(stranger));
    const relatedTo = { contactId: stranger.contact };
    const people = [{ userId: this.bystander.id }, { contactId: Number(stranger.contact) }];
    const foreign = await newEvent(stranger, { parentId, relatedTo, attendees: people, location: "there" });
    await newEvent(stranger, { parentId: Number(foreign) });
    this.events.set("foreign", { id: foreign, organisationId: stranger.organisationId, userId: stranger.id });
  }

  /** Series of two occurrences to come, which the guest is invited to and the leaver has left. */
  private async newSeries(name: string, person: Person, more: object): Promise<string> {
    const { organisationId, id: userId } = person;
    const mutation = `mutation($input: SeriesInput!) { createSeries(input: $input) { series { id } event { id } } }`;
    const input = { ...COMING, location: "here", recurrence: { rrule: "FREQ=DAILY;COUNT=2" }, ...more };
    const { series, event } = (await person.graphql(mutation, { input })).data.createSeries;
    this.series.set(`series ${name}`, { id: series.id, organisationId, userId });
    this.series.set(`occurrence ${name}`, { id: event.id, organisationId, userId });
    if ("attendees" in more) await this.callers.leaver.rest("DELETE", `/events/${event.id}?scope=all`);
    return series.id as string;
  }

  private required(things: ReadonlyMap<string, Thing>, name: string): Thing {
    const found = things.get(name);
    if (!found) throw new Error(`The stage has no ${name}.`);
    return found;
  }

  private async newWebhooks(): Promise<void> {
    const { sql } = this.world;
    await sql.query("delete from webhook");
    for (const { id: userId, organisationId } of [this.callers.admin, this.callers["strangers' admin"]]) {
      const { rows } = await sql.query<{ id: string }>(
        `insert into webhook (organisation_id, user_id, name, url, secret) values ($1, $2, 'spare', $3, sha256('secret'))
         returning id`,
        [organisationId, userId, NOBODY_LISTENS],
      );
      this.webhooks.set(organisationId, { id: rows[0]?.id ?? "", organisationId, userId: null });
    }
  }

  private async newRecords(person: Person): Promise<void> {
    const save = async (record: object): Promise<string> => {
      const query = "mutation($r: [RecordInput!]!) { saveRecords(records: $r) { id } }";
      const { data } = await person.graphql(query, { r: [record] });
      return data.saveRecords[0].id as string;
    };
    const { organisationId } = person;
    const account = await save({ type: "Account", name: "A" });
    const contact = await save({ type: "Contact", name: "C", accountId: account });
    const opportunity = await save({ type: "Opportunity", name: "O", accountId: account });
    const lead = await save({ type: "Lead", name: "L" });
    const other = await save({ type: "Contact", name: "C 2" });
    const made = { Account: account, Contact: contact, Opportunity: opportunity, Lead: lead, other };
    for (const [name, id] of Object.entries(made))
      this.records.set(`${organisationId} ${name}`, { id, organisationId, userId: null });
  }

  private async credentialsOf({ organisationId, id: userId, token }: Person): Promise<Caller["credentials"]> {
    const { manager } = this.world.db.dataSource;
    const made: Partial<Record<Credential, string | null>> = { good: token, none: null };
    for (const credential of CREDENTIALS) {
      if (credential in made) continue;
      const scopes =
        credential === "read only"
          ? [TokenScope.read]
          : credential === "write only"
            ? [TokenScope.write]
            : null;
      const issued = await issueToken(manager, { organisationId, userId, name: randomUUID(), scopes });
      made[credential] = issued.secret;
      const column = { revoked: "revoked_at", expired: "expires_at" }[credential as string];
      if (column) {
        const text = `update access_token set ${column} = now() - interval '1 s' where id = $1`;
        await this.world.sql.query(text, [issued.token.id]);
      }
    }
    return made as Caller["credentials"];
  }
}

async function newEvent(person: Person, more: object = {}): Promise<string> {
  const { status, body } = await person.rest("POST", "/events", { ...TIMED, subject: "Meeting", ...more });
  if (status !== 201) throw new Error(`The stage was not set: ${JSON.stringify(body)}`);
  return body.id as string;
}
