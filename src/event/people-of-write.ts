// Everybody and everything a write of an event names, looked up in one statement.
import { columns, flag, json, orNull, selectRow, selectRows, sql, text, word } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import { addressKey } from "../values/address-key";
import type { Attendee } from "../entities/event";
import type { RecordType } from "../entities/record";
import { isRoom, type UserKind } from "../entities/user";
import type { EventPatch } from "./event.inputs";

export interface KnownUser {
  id: string;
  email: string;
  name: string;
  kind: UserKind;
  /** Keys of all addresses that are theirs. */
  addresses: readonly string[];
}

export interface KnownRecord {
  id: string;
  type: RecordType;
  name: string;
  emails: string[];
  /** Addresses that it had before. */
  former: string[];
  archived: boolean;
  /** The record that has taken it over. */
  mergedInto: string | null;
}

/** What the organisation knows of the people and records that a write names. */
export class KnownPeople {
  private readonly usersByAddress: Map<string, KnownUser>;
  private readonly contactsByAddress = new Map<string, KnownRecord>();
  private readonly usersById: Map<string, KnownUser>;
  private readonly recordsById: Map<string, KnownRecord>;

  constructor(users: readonly KnownUser[], records: readonly KnownRecord[]) {
    this.usersById = new Map(users.map((user) => [user.id, user]));
    this.usersByAddress = new Map(users.flatMap((user) => user.addresses.map((key) => [key, user])));
    this.recordsById = new Map(records.map((record) => [record.id, record]));
    for (const record of records) {
      if (record.type !== "Contact" || record.archived) continue;
      for (const email of record.emails) {
        // Of several contacts with one address the oldest is meant.
        if (!this.contactsByAddress.has(addressKey(email)))
          this.contactsByAddress.set(addressKey(email), record);
      }
    }
  }

  get userIds(): string[] {
    return [...this.usersById.keys()];
  }

  /** Whether it is a room or equipment. */
  answersByItself(userId: string): boolean {
    const user = this.user(userId);
    return user !== undefined && isRoom(user.kind);
  }

  /** Those whom a write invites. */
  invitedBy({ attendees }: Pick<EventPatch, "attendees">): string[] {
    const found = (attendees ?? []).flatMap(({ userId, emailAddress, contactId }) => {
      const contact = emailAddress == null ? this.record(contactId) : undefined;
      return [this.user(userId), this.userAt(emailAddress ?? (contact ? this.addressOf(contact) : null))];
    });
    return [...new Set(found.flatMap((user) => user?.id ?? []))];
  }

  user(id: string | null | undefined): KnownUser | undefined {
    return id == null ? undefined : this.usersById.get(id);
  }

  userAt(address: string | null): KnownUser | undefined {
    return address === null ? undefined : this.usersByAddress.get(addressKey(address));
  }

  /** By what an address is compared: all that are one user's are one. */
  keyOf(address: string): string {
    const key = addressKey(address);
    const user = this.usersByAddress.get(key);
    return user ? `user ${user.id}` : key;
  }

  /** The address by which a contact is invited: where a user has one of theirs, the two are one person. */
  addressOf({ emails }: KnownRecord): string | null {
    return emails.find((email) => this.userAt(email)) ?? emails[0] ?? null;
  }

  contactAt(address: string | null): KnownRecord | undefined {
    return address === null ? undefined : this.contactsByAddress.get(addressKey(address));
  }

  /** The record, or what has taken it over. */
  record(id: string | number | null | undefined): KnownRecord | undefined {
    const found = id == null ? undefined : this.recordsById.get(String(id));
    return found?.mergedInto ? this.recordsById.get(found.mergedInto) : found;
  }

  /** Whether an attendee whose address alone is named keeps this contact: it is live, and has not lost the address. */
  keepsContact(contactId: number, address: string | null): boolean {
    const contact = this.record(contactId);
    if (!contact) return true;
    const key = address && addressKey(address);
    return !contact.archived && !contact.former.some((former) => addressKey(former) === key);
  }

  /** The same with these users. One statement, where there are any. */
  async withUsers(client: Queryable, organisationId: string, ids: readonly string[]): Promise<KnownPeople> {
    if (ids.length === 0) return this;
    const found = await selectRows(
      client,
      USER,
      sql`select ${USER} from app_user where organisation_id = ${organisationId} and id = any (${ids}::bigint[])`,
    );
    const users = new Map(this.usersById);
    for (const { id, email, name, kind } of found) {
      if (!users.has(id)) users.set(id, { id, email, name, kind, addresses: [] });
    }
    return new KnownPeople([...users.values()], [...this.recordsById.values()]);
  }

  /** Looks up the contacts of people who are on a list already. One statement, where there are any that are not known. */
  async addContacts(client: Queryable, organisationId: string, people: readonly Attendee[]): Promise<void> {
    const ids = people
      .flatMap(({ contactId }) => contactId ?? [])
      .filter((id) => !this.recordsById.has(String(id)));
    if (ids.length === 0) return;
    const found = await selectRows(
      client,
      CONTACT,
      sql`select ${CONTACT} from record where organisation_id = ${organisationId} and id = any (${ids})`,
    );
    for (const { record } of found) this.recordsById.set(record.id, record);
  }
}

const USER = columns({
  id: text("id"),
  email: text("email"),
  name: text("name"),
  kind: word<UserKind>("kind"),
});

const CONTACT = columns({
  record: json<KnownRecord>(`json_build_object(
    'id', id::text, 'type', type, 'name', name, 'emails', emails, 'former', former_emails,
    'archived', archived_at is not null, 'mergedInto', merged_into::text)`),
});

/** For a write that names nobody. */
export const NOBODY = new KnownPeople([], []);

const present = <T>(values: (T | null | undefined)[]): T[] => values.filter((value) => value != null);

const FOUND = columns({
  users: orNull(json<KnownUser[]>("users")),
  records: orNull(json<KnownRecord[]>("records")),
});

type Names = Pick<EventPatch, "attendees" | "relatedTo">;

/** Everybody and everything that the items name. */
export const namedBy = (inputs: readonly EventPatch[]): Names => ({
  attendees: inputs.flatMap(({ attendees }) => attendees ?? []),
  relatedTo: inputs.flatMap(({ relatedTo }) => relatedTo ?? []),
});

/** Addresses, ids of users, and ids of records. */
const keysOf = ({ attendees = [], relatedTo = [] }: Names): [string[], string[], (string | number)[]] => [
  present(attendees.map((attendee) => attendee.emailAddress)),
  present(attendees.map((attendee) => attendee.userId)),
  present([...attendees.map((attendee) => attendee.contactId), ...relatedTo.map((ref) => ref.id)]),
];

/**
 * Looks up what `write` names; also tells the database on whose behalf (`tokenId`) the transaction writes, and which
 * events it is about to change.
 */
export async function findPeople(
  client: Queryable,
  { organisationId, tokenId }: { organisationId: string; tokenId: string | null },
  write: Names,
  eventIds: readonly string[] = [],
): Promise<KnownPeople> {
  const found = await selectRow(client, FOUND, {
    text: `select ${FOUND.list} from find_people($1, $2, $3, $4, $5, $6)`,
    values: [organisationId, tokenId, ...keysOf(write), eventIds],
  });
  return new KnownPeople(found?.users ?? [], found?.records ?? []);
}

const FOUND_TOGETHER = columns({
  began: flag("began"),
  users: orNull(json<KnownUser[]>("users")),
  records: orNull(json<KnownRecord[]>("records")),
});

/** What the writes of many callers name, where they go together; null where these cannot begin now. */
export async function findPeopleTogether(
  client: Queryable,
  organisationId: string,
  writes: readonly EventPatch[],
): Promise<KnownPeople | null> {
  const found = await selectRow(client, FOUND_TOGETHER, {
    text: `select ${FOUND_TOGETHER.list} from find_people_together($1, $2, $3, $4)`,
    values: [organisationId, ...keysOf(namedBy(writes))],
  });
  return found?.began ? new KnownPeople(found.users ?? [], found.records ?? []) : null;
}
