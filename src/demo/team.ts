// Who is in the demo: a small sales team, the room they meet in, and those they sell to.
import type { EntityManager } from "typeorm";
import type { Attendee, Event } from "../entities/event";
import { Record, RecordType } from "../entities/record";
import { Role, User, UserKind } from "../entities/user";
import type { Status } from "../values/vocabulary";

export const ADMIN = "ada@demo.test";

export type People = { [Name in "ada" | "ben" | "cleo" | "thames"]: User };
export type Records = { [Name in "eli" | "dana" | "renewal" | "fred" | "rollout"]: Record };

export async function addPeople(manager: EntityManager, organisationId: string): Promise<People> {
  const add = async (wish: Partial<User>): Promise<User> => {
    const user = manager.create(User, { role: Role.member, ...wish, organisationId });
    await manager.insert(User, user);
    return user;
  };
  return {
    ada: await add({ name: "Ada Lovelace", email: ADMIN, timezone: "Europe/London", role: Role.admin }),
    ben: await add({ name: "Ben Franklin", email: "ben@demo.test", timezone: "America/New_York" }),
    cleo: await add({ name: "Cleo Paris", email: "cleo@demo.test", timezone: "Europe/Paris" }),
    thames: await add({
      ...{ name: "Thames", email: "thames@demo.test", timezone: "Europe/London" },
      ...{ kind: UserKind.room, capacity: 6 },
    }),
  };
}

export async function addRecords(manager: EntityManager, organisationId: string): Promise<Records> {
  const add = async (type: RecordType, name: string, more: Partial<Record> = {}): Promise<Record> => {
    const record = manager.create(Record, {
      emails: [],
      accountId: null,
      ...more,
      organisationId,
      type,
      name,
    });
    await manager.insert(Record, record);
    return record;
  };
  const { Account, Contact, Lead, Opportunity } = RecordType;
  const { id: globex } = await add(Account, "Globex");
  const eli = await add(Lead, "Eli Initech", { emails: ["eli@initech.test"] });
  const dana = await add(Contact, "Dana Scott", { emails: ["dana@globex.test"], accountId: globex });
  const renewal = await add(Opportunity, "Globex renewal", { accountId: globex });
  const { id: umbrella } = await add(Account, "Umbrella");
  return {
    ...{ eli, dana, renewal },
    fred: await add(Contact, "Fred Birkin", { emails: ["fred@umbrella.test"], accountId: umbrella }),
    rollout: await add(Opportunity, "Umbrella rollout", { accountId: umbrella }),
  };
}

export const ofUser = ({ id, email, name, kind }: User, status: Status): Attendee => ({
  userId: id,
  emailAddress: email,
  contactId: null,
  name,
  status,
  type: kind === UserKind.person ? "required" : "resource",
});

/** A contact; a lead is known by its address alone. */
export const ofContact = ({ id, type, emails, name }: Record, status: Status): Attendee => ({
  userId: null,
  emailAddress: emails[0] ?? null,
  contactId: type === RecordType.Contact ? Number(id) : null,
  name,
  status,
  type: "required",
});

export const linkTo = ({ type, id, name }: Record): Event["relatedTo"][number] => ({ type, id, name });
