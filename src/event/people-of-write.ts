// Everybody and everything a write of an event names, looked up in one statement.
import { textRow, type Queryable } from "../database/text-rows";
import type { RecordType } from "../entities/record";
import type { EventPatch } from "./event.inputs";

export interface KnownUser {
  id: string;
  email: string;
  name: string;
}

export interface KnownRecord {
  id: string;
  type: RecordType;
  name: string;
  emails: string[];
  archived: boolean;
}

/** Addresses are compared without case. */
export const addressKey = (address: string): string => address.toLowerCase();

/** What the organisation knows of the people and records that a write names. */
export class KnownPeople {
  private readonly usersByAddress: Map<string, KnownUser>;
  private readonly contactsByAddress = new Map<string, KnownRecord>();
  private readonly usersById: Map<string, KnownUser>;
  private readonly recordsById: Map<string, KnownRecord>;

  constructor(users: readonly KnownUser[], records: readonly KnownRecord[]) {
    this.usersById = new Map(users.map((user) => [user.id, user]));
    this.usersByAddress = new Map(users.map((user) => [addressKey(user.email), user]));
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

  user(id: string | null | undefined): KnownUser | undefined {
    return id == null ? undefined : this.usersById.get(id);
  }

  userAt(address: string | null): KnownUser | undefined {
    return address === null ? undefined : this.usersByAddress.get(addressKey(address));
  }

  contactAt(address: string | null): KnownRecord | undefined {
    return address === null ? undefined : this.contactsByAddress.get(addressKey(address));
  }

  record(id: string | null | undefined): KnownRecord | undefined {
    return id == null ? undefined : this.recordsById.get(id);
  }
}

/** For a write that names nobody. */
export const NOBODY = new KnownPeople([], []);

const present = <T>(values: (T | null | undefined)[]): T[] => values.filter((value) => value != null);

/**
 * Looks up what `write` names; also tells the database on whose behalf (`tokenId`) the transaction writes, and which
 * events it is about to change.
 */
export async function findPeople(
  client: Queryable,
  { organisationId, tokenId }: { organisationId: string; tokenId: string | null },
  { attendees = [], relatedTo = [] }: Pick<EventPatch, "attendees" | "relatedTo">,
  eventIds: readonly string[] = [],
): Promise<KnownPeople> {
  const row = await textRow(client, {
    text: "select users, records from find_people($1, $2, $3, $4, $5, $6)",
    values: [
      organisationId,
      tokenId,
      present(attendees.map((attendee) => attendee.emailAddress)),
      present(attendees.map((attendee) => attendee.userId)),
      present([...attendees.map((attendee) => attendee.contactId), ...relatedTo.map((ref) => ref.id)]),
      eventIds,
    ],
  });
  const [users, records] = row ?? [];
  return new KnownPeople(
    JSON.parse(users ?? "[]") as KnownUser[],
    JSON.parse(records ?? "[]") as KnownRecord[],
  );
}
