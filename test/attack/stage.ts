// Two organisations side by side: whatever one has is marked, so that it shows wherever it does not belong. What an
// attack destroys, tokens and users, comes back now and then, so that the attack goes on.
import { issueToken } from "../../src/access/tokens";
import type { Database } from "../../src/database/database";
import { TokenScope } from "../../src/entities/access-token";
import { Organisation } from "../../src/entities/organisation";
import { Role, User } from "../../src/entities/user";
import { call } from "../prove/http";
import type { Home, Known } from "./values";

export interface Attacker {
  home: Home;
  /** What the Authorization header says; null: there is none. */
  authorization: string | null;
}

export interface Stage {
  attackers: readonly Attacker[];
  /** Those without a good token. */
  strangers: readonly Attacker[];
  homes: readonly [Home, Home];
  known: Known;
  /** Brings tokens and users back, and keeps the events to a number that can be listed. */
  restore(): Promise<void>;
}

const HOMES: readonly [Home, Home] = [
  { marker: "qzheliotrope", year: 2144 },
  { marker: "qzvermilion", year: 2143 },
];
/** Nobody: no mark of either organisation may be seen. */
const NOWHERE: Home = { marker: "qznobody", year: 2142 };
const EVENTS_EACH = 12;
const EVENTS_KEPT = 400;

interface Person {
  id: string;
  calendarId: string;
  email: string;
  token: string;
  tokenId: string;
}

export async function setStage(db: Database, url: string): Promise<Stage> {
  const [first, second] = [await furnish(db, url, HOMES[0], "a"), await furnish(db, url, HOMES[1], "b")];
  const ids = [...first.ids, ...second.ids];
  const emails = [...first.emails, ...second.emails, "nobody@else.test"];
  return {
    attackers: [...first.attackers, ...second.attackers],
    strangers: nobodies(first.attackers),
    homes: HOMES,
    known: { ids, emails },
    restore: () => restore(db, [first, second]),
  };
}

function nobodies(somebodies: readonly Attacker[]): Attacker[] {
  const good = somebodies[0]?.authorization ?? "";
  const headers = [null, "", "Bearer", `${good}x`, "Bearer tmk_", "Basic Og==", `Basic ${good.slice(7)}`];
  return headers.map((authorization) => ({ home: NOWHERE, authorization }));
}

interface Furnished {
  attackers: Attacker[];
  organisationId: string;
  adminId: string;
}

async function furnish(db: Database, url: string, home: Home, letter: string): Promise<Known & Furnished> {
  const { manager } = db.dataSource;
  const organisation = manager.create(Organisation, { name: `${home.marker} Ltd` });
  await manager.insert(Organisation, organisation);
  const people: Person[] = [];
  for (const number of [1, 2, 3, 4]) {
    const role = number === 1 ? Role.admin : Role.member;
    people.push(await newPerson(db, organisation.id, { number, letter, home, role }));
  }
  const records = await newRecords(url, people[0] as Person, home, letter);
  const events = await newEvents(url, people, records, home);
  const [, ada] = people as [Person, Person];
  const limited = [[TokenScope.read], [TokenScope.write]].map((scopes) => ({
    organisationId: organisation.id,
    userId: ada.id,
    name: `${home.marker} limited`,
    scopes,
  }));
  const tokens = [...people.map(({ token }) => token)];
  for (const wish of limited) tokens.push((await issueToken(manager, wish)).secret);
  return {
    attackers: tokens.map((token) => ({ home, authorization: `Bearer ${token}` })),
    ids: [
      ...people.flatMap(({ id, calendarId, tokenId }) => [id, calendarId, tokenId]),
      ...records,
      ...events,
    ],
    emails: people.map(({ email }) => email),
    organisationId: organisation.id,
    adminId: (people[0] as Person).id,
  };
}

interface Wish {
  number: number;
  letter: string;
  home: Home;
  role: Role;
}

async function newPerson(
  db: Database,
  organisationId: string,
  { number, letter, home, role }: Wish,
): Promise<Person> {
  const { manager } = db.dataSource;
  // Addresses bear no mark: somebody elsewhere may write them down, and read them again.
  const email = `${letter}${number}@people.test`;
  const name = `${home.marker} person ${number}`;
  const user = manager.create(User, { organisationId, email, name, timezone: "Europe/Paris", role });
  await manager.insert(User, user);
  const [calendar] = await manager.query<{ id: string }[]>(
    "select id from calendar where organisation_id = $1 and user_id = $2",
    [organisationId, user.id],
  );
  const issued = await issueToken(manager, {
    organisationId,
    userId: user.id,
    name: `${home.marker} client`,
  });
  return {
    id: user.id,
    calendarId: calendar?.id ?? "",
    email,
    token: issued.secret,
    tokenId: issued.token.id,
  };
}

async function newRecords(url: string, { token }: Person, home: Home, letter: string): Promise<string[]> {
  const types = ["Contact", "Account", "Opportunity", "Lead"];
  const records = types.map((type) => ({
    type,
    name: `${home.marker} ${type}`,
    emails: [`${letter}-${type.toLowerCase()}@records.test`],
  }));
  const query = "mutation ($records: [RecordInput!]!) { saveRecords(records: $records) { id } }";
  const { body } = await call(url, {
    method: "POST",
    path: "/graphql",
    token,
    body: { query, variables: { records } },
  });
  return body.data.saveRecords.map(({ id }: { id: string }) => id) as string[];
}

async function newEvents(
  url: string,
  people: readonly Person[],
  records: readonly string[],
  { marker, year }: Home,
): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < EVENTS_EACH; index++) {
    const [owner, guest] = [people[index % 4] as Person, people[(index + 1) % 4] as Person];
    const day = `${year}-03-${String(index + 1).padStart(2, "0")}`;
    const { status, body } = await call(url, {
      method: "POST",
      path: "/api/v1/events",
      token: owner.token,
      body: {
        subject: `${marker} ${index}`,
        description: `${marker} agenda`,
        location: `${marker} room`,
        startTime: `${day}T10:00:00Z`,
        endTime: `${day}T11:00:00Z`,
        private: index % 3 === 0,
        iCalUid: `${marker}-${index}`,
        attendees: [
          { userId: guest.id },
          { emailAddress: `guest${index}@out.test`, name: `${marker} guest` },
        ],
        relatedTo: { contactId: records[0] },
        parentId: index % 4 === 3 ? ids.at(-4) : null,
      },
    });
    if (status !== 201) throw new Error(`The stage was not set: ${JSON.stringify(body)}`);
    ids.push(body.id as string);
  }
  return ids;
}

async function restore({ dataSource }: Database, homes: readonly Furnished[]): Promise<void> {
  const organisations = homes.map(({ organisationId }) => organisationId);
  const admins = homes.map(({ adminId }) => adminId);
  const ours = "organisation_id = any ($1)";
  await dataSource.query(
    `update access_token set revoked_at = null where ${ours} and revoked_at is not null`,
    [organisations],
  );
  await dataSource.query(`update app_user set disabled_at = null where ${ours} and disabled_at is not null`, [
    organisations,
  ]);
  await dataSource.query(
    `update app_user set role = 'admin' where ${ours} and id = any ($2) and role <> 'admin'`,
    [organisations, admins],
  );
  await dataSource.query(
    `delete from event e using (
       select organisation_id, id, row_number() over (partition by organisation_id order by id desc) as place
       from event where ${ours}) n
     where n.place > $2 and n.organisation_id = e.organisation_id and n.id = e.id`,
    [organisations, EVENTS_KEPT],
  );
}
