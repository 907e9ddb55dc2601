// A first minute with something to look at: an organisation, three people, a few records and meetings.
import type { EntityManager } from "typeorm";
import { issueToken } from "./access/tokens";
import type { Database } from "./database/database";
import { LOCK_SPACE } from "./database/migrate";
import { textRow } from "./database/text-rows";
import { withEntities } from "./database/entity-transaction";
import { Event, type Attendee } from "./entities/event";
import { Organisation } from "./entities/organisation";
import { Record, RecordType } from "./entities/record";
import { Role, User } from "./entities/user";
import type { Status } from "./values/status";
import { toInstant } from "./values/instants";

const DEMO_LOCK = 2;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface DemoToken {
  email: string;
  secret: string;
}

/** Fills an empty database and answers a token for its admin; null where there is something already. */
export async function seedDemo({ dataSource }: Database): Promise<DemoToken | null> {
  return withEntities(dataSource, async ({ client, manager }) => {
    // Several instances may start at once on an empty database: the first one fills it.
    await textRow(client, { text: "select pg_advisory_xact_lock($1, $2)", values: [LOCK_SPACE, DEMO_LOCK] });
    if (await manager.existsBy(Organisation, {})) return null;
    const row = await textRow(client, {
      text: "select extract(epoch from tidemark_now())::bigint",
      values: [],
    });
    const today = Math.floor((Number(row?.[0]) * 1000) / DAY_MS) * DAY_MS;
    const organisation = manager.create(Organisation, { name: "Demo" });
    await manager.insert(Organisation, organisation);
    const people = await addPeople(manager, organisation.id);
    const records = await addRecords(manager, organisation.id);
    await addEvents(manager, organisation.id, { people, records, today });
    const { ada } = people;
    const { secret } = await issueToken(manager, {
      organisationId: organisation.id,
      userId: ada.id,
      name: "demo",
    });
    return { email: ada.email, secret };
  });
}

type People = { [Name in "ada" | "ben" | "cleo"]: User };
type Records = { [Name in "dana" | "renewal"]: Record };

async function addPeople(manager: EntityManager, organisationId: string): Promise<People> {
  const add = async (name: string, email: string, timezone: string, role = Role.member): Promise<User> => {
    const user = manager.create(User, { organisationId, name, email, timezone, role });
    await manager.insert(User, user);
    return user;
  };
  return {
    ada: await add("Ada Lovelace", "ada@demo.test", "Europe/London", Role.admin),
    ben: await add("Ben Franklin", "ben@demo.test", "America/New_York"),
    cleo: await add("Cleo Paris", "cleo@demo.test", "Europe/Paris"),
  };
}

async function addRecords(manager: EntityManager, organisationId: string): Promise<Records> {
  const add = async (
    type: RecordType,
    name: string,
    emails: string[],
    accountId?: string,
  ): Promise<Record> => {
    const record = manager.create(Record, {
      organisationId,
      type,
      name,
      emails,
      accountId: accountId ?? null,
    });
    await manager.insert(Record, record);
    return record;
  };
  const { id: globex } = await add(RecordType.Account, "Globex", []);
  await add(RecordType.Lead, "Eli Initech", ["eli@initech.test"]);
  return {
    dana: await add(RecordType.Contact, "Dana Scott", ["dana@globex.test"], globex),
    renewal: await add(RecordType.Opportunity, "Globex renewal", [], globex),
  };
}

interface Cast {
  people: People;
  records: Records;
  /** Midnight UTC, in milliseconds. */
  today: number;
}

async function addEvents(
  manager: EntityManager,
  organisationId: string,
  { people, records, today }: Cast,
): Promise<void> {
  const { ada, ben, cleo } = people;
  const { dana, renewal } = records;
  const at = (day: number, hour: number, hours: number): Pick<Event, "startTime" | "endTime"> => ({
    startTime: toInstant(today + day * DAY_MS + hour * HOUR_MS),
    endTime: toInstant(today + day * DAY_MS + (hour + hours) * HOUR_MS),
  });
  const events: Partial<Event>[] = [
    {
      ownerId: ada.id,
      subject: "Stand-up",
      ...at(0, 9, 0.25),
      attendees: [user(ben, "Accepted"), user(cleo, "Accepted")],
    },
    {
      ownerId: ada.id,
      subject: "Globex renewal call",
      location: "https://meet.demo.test/globex",
      ...at(1, 14, 1),
      attendees: [user(ada, "Accepted"), user(cleo, "NoResponse"), contact(dana, "Tentative")],
      relatedTo: [link(dana), link(renewal)],
    },
    { ownerId: ben.id, subject: "Dentist", private: true, ...at(2, 15, 1) },
    {
      ownerId: cleo.id,
      subject: "Offsite",
      allDay: true,
      ...at(3, 0, 48),
      attendees: [user(ada, "Tentative")],
    },
  ];
  for (const event of events) await manager.insert(Event, { ...event, organisationId });
}

const user = ({ id, email, name }: User, status: Status): Attendee => ({
  userId: id,
  emailAddress: email,
  contactId: null,
  name,
  status,
});

const contact = ({ id, emails, name }: Record, status: Status): Attendee => ({
  userId: null,
  emailAddress: emails[0] ?? null,
  contactId: Number(id),
  name,
  status,
});

const link = ({ type, id, name }: Record): Event["relatedTo"][number] => ({ type, id, name });
