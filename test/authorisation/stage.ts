// The people of the matrix and the things they name. What an allowed write spoils is made anew.
import { randomUUID } from "node:crypto";
import { issueToken } from "../../src/access/tokens";
import { TokenScope } from "../../src/entities/access-token";
import type { Person, World } from "../support/world";
import type { Kind } from "./row";
import { type Credential, CREDENTIALS, type EventRelation, type Relation } from "./rules";

/** Who asks. Each but the last two has a part in the events of the stage. */
export const CALLERS = [
  "owner",
  "guest",
  "leaver",
  "colleague",
  "admin",
  "stranger",
  "strangers' admin",
] as const;
export type CallerName = (typeof CALLERS)[number];

/** Whose the thing is that is named. */
export const OWNERSHIPS: Readonly<Record<Kind, readonly string[]>> = {
  event: ["open", "private", "another organisation's", "nobody's"],
  eventOf: ["open", "another organisation's", "nobody's"],
  user: ["one's own", "a colleague's", "another organisation's", "nobody's"],
  calendar: ["one's own", "a colleague's", "another organisation's", "nobody's"],
  token: ["one's own", "a colleague's", "another organisation's", "nobody's"],
  record: ["the organisation's", "another organisation's", "nobody's"],
  account: ["the organisation's", "another organisation's", "nobody's"],
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
  contact: string;
}

const NOBODYS: Thing = { id: "999999999", organisationId: null, userId: null };
const TIMED = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

export class Stage {
  readonly callers = {} as Record<CallerName, Caller>;
  private readonly events = new Map<string, Thing>();
  private readonly tokens = new Map<string, Thing>();
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
      stage.callers[name] = { ...person, role, credentials, mine: "", contact: "" };
    }
    stage.victim = await world.person({ name: "victim" });
    stage.bystander = await world.person({ name: "bystander", organisationId: elsewhere });
    // Each row makes more tokens.
    await world.sql.query("update app_user set max_tokens = 1000");
    for (const where of ["owner", "stranger"] as const) await stage.newRecords(stage.callers[where]);
    for (const caller of Object.values(stage.callers)) {
      caller.contact = stage.records.get(`${caller.organisationId} Contact`)?.id ?? "";
    }
    await stage.restore();
    return stage;
  }

  /** The thing of a kind that a caller names. */
  thing(kind: Kind, ownership: string, caller: Caller): Thing {
    const { owner, stranger } = this.callers;
    if (ownership === "nobody's") return NOBODYS;
    if (kind === "nothing") return { id: "", organisationId: caller.organisationId, userId: caller.id };
    const foreign = ownership === "another organisation's";
    if (kind === "event" || kind === "eventOf")
      return this.required(this.events, foreign ? "foreign" : ownership);
    if (kind === "record" || kind === "account") {
      const { organisationId } = foreign ? stranger : owner;
      return this.required(this.records, `${organisationId} ${kind === "account" ? "Account" : "Contact"}`);
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
    const tables = ["event", "calendar_entry", "app_user", "access_token", "record", "event_history"];
    // Whatever is written has the number of the transaction that wrote it.
    const parts = tables.map(
      (table) => `(select count(*) || '/' || coalesce(sum(xmin::text::bigint), 0) from ${table})`,
    );
    const { rows } = await this.world.sql.query<{ print: string }>(
      `select concat_ws(' ', ${parts.join(", ")}) as print`,
    );
    return rows[0]?.print ?? "";
  }

  /** Brings back whom a write disabled and what it archived. */
  async revive(): Promise<void> {
    const { sql } = this.world;
    await sql.query("update app_user set disabled_at = null where disabled_at is not null");
    await sql.query("update record set archived_at = null where archived_at is not null");
  }

  /** Makes tokens and events anew. */
  async restore(): Promise<void> {
    await this.revive();
    await this.world.sql.query("delete from event");
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
    const parentId = Number(await newEvent(stranger));
    const relatedTo = { contactId: stranger.contact };
    const people = [{ userId: this.bystander.id }, { contactId: Number(stranger.contact) }];
    const foreign = await newEvent(stranger, { parentId, relatedTo, attendees: people, location: "there" });
    await newEvent(stranger, { parentId: Number(foreign) });
    this.events.set("foreign", { id: foreign, organisationId: stranger.organisationId, userId: stranger.id });
  }

  private required(things: ReadonlyMap<string, Thing>, name: string): Thing {
    const found = things.get(name);
    if (!found) throw new Error(`The stage has no ${name}.`);
    return found;
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
    this.records.set(`${organisationId} Account`, { id: account, organisationId, userId: null });
    this.records.set(`${organisationId} Contact`, { id: contact, organisationId, userId: null });
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
