// Where a siege takes place: an attacker's organisation with all that can be turned into a weapon, and a neighbour's, who
// does nothing but small things. The many rows go past the triggers, which would make them an affair of an hour, and leave
// behind what those would have left. Nobody analyses the tables: the planner knows as little as after an import.
import { createHash } from "node:crypto";
import type { EntityManager } from "typeorm";
import type { Database } from "../../../src/database/database";
import { Organisation } from "../../../src/entities/organisation";

export interface Sizes {
  /** Of the attacker's organisation, small ones. */
  events: number;
  contacts: number;
  /** Events whose text takes 400 KB each. */
  large: number;
  /** Meetings with 1,000 guests, whose names have so many letters. */
  crowded: number;
  nameLetters: number;
}

export const SMALL_GROUND: Sizes = {
  events: 20_000,
  contacts: 500,
  large: 200,
  crowded: 20,
  nameLetters: 200,
};
export const LARGE_GROUND: Sizes = {
  events: 200_000,
  contacts: 5_000,
  large: 500,
  crowded: 300,
  nameLetters: 1_000,
};

export interface Somebody {
  id: string;
  email: string;
  token: string;
}

export interface Ground {
  sizes: Sizes;
  /** Members of the attacker's organisation, and its admin before all. */
  attackers: readonly Somebody[];
  /** Whose calendar has the large events. */
  glutton: Somebody;
  /** Whose calendar has the crowded meetings. */
  host: Somebody;
  /** Ids of a thousand colleagues. */
  guestIds: readonly string[];
  contactIds: readonly string[];
  neighbour: Somebody;
}

const ATTACKERS = 10;
const GUESTS = 1_000;
const EVENTS_AT_ONCE = 20_000;
const START = "timestamptz '2026-01-05T08:00:00Z'";
const TICK = "timestamptz '2025-01-01T00:00:00Z'";

const tokenOf = (email: string): string =>
  `tmk_${createHash("sha256").update(`siege ${email}`).digest("base64url")}`;
const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");

export async function layGround({ dataSource }: Database, sizes: Sizes): Promise<Ground> {
  return dataSource.transaction(async (manager) => {
    const attacker = await newOrganisation(manager, "Mallory Ltd");
    const quiet = await newOrganisation(manager, "Quiet Ltd");
    await manager.query("set local statement_timeout = 0");
    await manager.query("set local session_replication_role = replica");
    const attackers = await people(manager, attacker, "attacker", ATTACKERS);
    const [glutton, host] = (await people(manager, attacker, "owner", 2)) as [Somebody, Somebody];
    const guests = await people(manager, attacker, "guest", GUESTS);
    const [neighbour] = (await people(manager, quiet, "quiet", 1)) as [Somebody];
    await manager.query("update app_user set role = 'admin' where organisation_id = $1 and id = $2", [
      attacker,
      attackers[0]?.id,
    ]);
    const contactIds = await contacts(manager, attacker, sizes.contacts);
    const owners = attackers.slice(1).map(({ id }) => id);
    for (let from = 0; from < sizes.events; from += EVENTS_AT_ONCE) {
      const until = Math.min(from + EVENTS_AT_ONCE, sizes.events);
      await smallEvents(manager, attacker, { owners, contactIds, from, until });
    }
    await largeEvents(manager, attacker, glutton, sizes.large);
    await crowdedEvents(manager, attacker, host, sizes);
    await enter(manager, attacker);
    return {
      ...{ sizes, attackers, glutton, host, neighbour, contactIds },
      guestIds: guests.map(({ id }) => id),
    };
  });
}

async function newOrganisation(manager: EntityManager, name: string): Promise<string> {
  const organisation = manager.create(Organisation, { name });
  await manager.insert(Organisation, organisation);
  return organisation.id;
}

async function people(
  manager: EntityManager,
  organisationId: string,
  word: string,
  count: number,
): Promise<Somebody[]> {
  const emails = Array.from({ length: count }, (_, index) => `${word}${index}@siege.test`);
  const rows = await manager.query<{ id: string; email: string }[]>(
    `insert into app_user (organisation_id, email, name, timezone)
     select $1, email, 'Person ' || email, 'Europe/Paris' from unnest($2::text[]) email returning id, email`,
    [organisationId, emails],
  );
  const ids = rows.map(({ id }) => id);
  await manager.query(
    `insert into calendar (organisation_id, user_id, clock) select $1, id, ${TICK} from unnest($2::bigint[]) id`,
    [organisationId, ids],
  );
  await manager.query(
    `insert into user_address (organisation_id, address, user_id)
     select organisation_id, address_key(email), id from app_user where organisation_id = $1 and id = any ($2)`,
    [organisationId, ids],
  );
  const found = rows.map(({ id, email }) => ({ id, email, token: tokenOf(email) }));
  await manager.query(
    `insert into access_token (organisation_id, user_id, name, hash, scopes)
     select $1, t.id, 'siege', decode(t.hash, 'hex'), '{read,write}' from unnest($2::bigint[], $3::text[]) t (id, hash)`,
    [organisationId, ids, found.map(({ token }) => hashOf(token))],
  );
  return found;
}

async function contacts(manager: EntityManager, organisationId: string, count: number): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `insert into record (organisation_id, type, name, emails)
     select $1, 'Contact', 'Contact ' || n, array['contact' || n || '@customer.test']
     from generate_series(1, $2::int) n returning id`,
    [organisationId, count],
  );
  return rows.map(({ id }) => id);
}

interface Batch {
  owners: readonly string[];
  contactIds: readonly string[];
  from: number;
  until: number;
}

const COLUMNS = `organisation_id, owner_id, subject, description, start_time, end_time, timezone, attendees, related_to,
  organizer_email, organizer_name, created_at, last_modified_at`;

async function smallEvents(manager: EntityManager, organisationId: string, batch: Batch): Promise<void> {
  await manager.query(
    `insert into event (${COLUMNS})
     select $1, ($2::bigint[])[1 + n % cardinality($2::bigint[])], 'Review ' || n, 'Where we stand.', s.at,
       s.at + interval '45 min', 'UTC',
       jsonb_build_array(jsonb_build_object('userId', null, 'emailAddress', 'contact' || c.place || '@customer.test',
         'contactId', c.id, 'name', 'Contact ' || c.place, 'status', 'NoResponse', 'type', 'required')),
       jsonb_build_array(jsonb_build_object('type', 'Contact', 'id', c.id::text, 'name', 'Contact ' || c.place)),
       'a@siege.test', null, ${TICK}, ${TICK} + (n + 1) * interval '1 ms'
     from generate_series($4::int, $5::int - 1) n,
       lateral (select 1 + (n * 7 + n / 1000) % cardinality($3::bigint[]) as place) p,
       lateral (select p.place, ($3::bigint[])[p.place] as id) c,
       lateral (select ${START} + n * interval '7 min' as at) s`,
    [organisationId, batch.owners, batch.contactIds, batch.from, batch.until],
  );
}

/** Each of 100,000 letters that take four bytes, and hardly anything on the disk. */
async function largeEvents(
  manager: EntityManager,
  organisationId: string,
  owner: Somebody,
  count: number,
): Promise<void> {
  await manager.query(
    `insert into event (${COLUMNS})
     select $1, $2, 'Large ' || n, repeat('😀', 100000), ${START} + n * interval '1 h', ${START} + n * interval '1 h', 'UTC',
       '[]', '[]', $3, null, ${TICK}, ${TICK} + (1000000 + n) * interval '1 ms'
     from generate_series(1, $4::int) n`,
    [organisationId, owner.id, owner.email, count],
  );
}

async function crowdedEvents(
  manager: EntityManager,
  organisationId: string,
  owner: Somebody,
  { crowded, nameLetters }: Sizes,
): Promise<void> {
  await manager.query(
    `with guests as (
       select jsonb_agg(jsonb_build_object('userId', null, 'emailAddress', 'g' || g || '@out.test', 'contactId', null,
         'name', repeat('n', $4), 'status', 'NoResponse', 'type', 'required')) as list
       from generate_series(1, ${GUESTS}) g)
     insert into event (${COLUMNS})
     select $1, $2, 'Crowded ' || n, null, ${START} + n * interval '1 h', ${START} + n * interval '1 h', 'UTC',
       guests.list, '[]', $3, null, ${TICK}, ${TICK} + (2000000 + n) * interval '1 ms'
     from generate_series(1, $5::int) n, guests`,
    [organisationId, owner.id, owner.email, nameLetters, crowded],
  );
}

/** The entries of all events in their owners' calendars, and the clocks that belong to them. */
async function enter(manager: EntityManager, organisationId: string): Promise<void> {
  await manager.query(
    `insert into calendar_entry (organisation_id, calendar_id, event_id, tick, start_time, end_time)
     select e.organisation_id, c.id, e.id, e.last_modified_at, e.start_time, e.end_time
     from event e join calendar c on c.organisation_id = e.organisation_id and c.user_id = e.owner_id
     where e.organisation_id = $1`,
    [organisationId],
  );
  await manager.query(
    `update calendar c set clock = t.last
     from (select calendar_id, max(tick) as last from calendar_entry where organisation_id = $1 group by calendar_id) t
     where c.organisation_id = $1 and c.id = t.calendar_id`,
    [organisationId],
  );
}
