// The data set: users with a thousand events each, made by the database itself from their numbers, so that it is the
// same every time. It goes past the triggers, which would make ten million rows an affair of hours, and leaves behind
// what they would have left: entries, clocks and ticks that belong together.
import { createHash } from "node:crypto";
import type pg from "pg";
import { addSameTables } from "./same-promises";

export const EVENTS_A_USER = 1_000;
export const ORGANISATION = 900_001;
/** The first user; the calendar of each has the user's id. */
const FIRST_USER = 1_000_001;
const FIRST_EVENT = 10_000_001;
/** When the first event of everybody starts; one starts every 26 h 24 min. */
export const FIRST_START = Date.parse("2025-01-06T08:00:00Z");
export const STEP_MS = 26.4 * 3_600_000;
/** The tick of everybody's first event; each event's is a millisecond later than the one before. */
export const FIRST_TICK = Date.parse("2025-01-01T00:00:00Z");

export const userId = (user: number): string => String(FIRST_USER + user);
export const eventId = (user: number, event: number): string =>
  String(FIRST_EVENT + user * EVENTS_A_USER + event);
/** The token of user number `user`. */
export const tokenOf = (user: number): string =>
  `tmk_${createHash("sha256").update(`bench ${user}`).digest("base64url")}`;

/** Fills a migrated, empty database with `events` events, and analyses it. */
export async function load(client: pg.Client, events: number): Promise<void> {
  const users = Math.ceil(events / EVENTS_A_USER);
  await client.query("set session_replication_role = replica");
  await client.query("set maintenance_work_mem = '1GB'");
  await client.query(`insert into organisation (id, name) values (${ORGANISATION}, 'Bench')`);
  await client.query(
    `insert into app_user (organisation_id, id, email, name, timezone)
     select ${ORGANISATION}, ${FIRST_USER} + u, 'user' || u || '@bench.test', 'User ' || u, 'Europe/Paris'
     from generate_series(0, $1::int - 1) u`,
    [users],
  );
  await client.query(
    `insert into calendar (organisation_id, id, user_id, clock)
     select ${ORGANISATION}, ${FIRST_USER} + u, ${FIRST_USER} + u, ${tickOf(EVENTS_A_USER)} from generate_series(0, $1::int - 1) u`,
    [users],
  );
  await client.query(
    `insert into access_token (organisation_id, user_id, name, hash, scopes)
     select ${ORGANISATION}, ${FIRST_USER} + u.number - 1, 'bench', decode(u.hash, 'hex'), '{read,write}'
     from unnest($1::text[]) with ordinality u (hash, number)`,
    [hashesOf(users, tokenOf)],
  );
  await client.query(
    `insert into record (organisation_id, id, type, name, emails)
     select ${ORGANISATION}, r, 'Contact', 'Contact ' || r, array['contact' || r || '@customer.test']
     from generate_series(1, 1000) r`,
  );
  await loadEvents(client, users);
  await loadGuest(client, users);
  await loadCrowd(client);
  await loadTenants(client);
  await client.query(
    `insert into user_address (organisation_id, address, user_id)
     select organisation_id, address_key(email), id from app_user on conflict do nothing`,
  );
  await client.query("reset session_replication_role");
  await client.query("vacuum (analyze)");
  await client.query("checkpoint");
}

/** Another organisation, with people, each of whom has a token, and nothing else. */
export const CROWD = { organisation: ORGANISATION + 1, users: 100_000 };
const FIRST_OF_CROWD = 500_000_001;
export const crowdId = (user: number): string => String(FIRST_OF_CROWD + user);
export const crowdAddress = (user: number): string => `crowd${user}@bench.test`;
export const crowdToken = (user: number): string => tokenOf(FIRST_OF_CROWD + user);

async function loadCrowd(client: pg.Client): Promise<void> {
  const { organisation, users } = CROWD;
  await client.query(`insert into organisation (id, name) values (${organisation}, 'Crowd')`);
  await client.query(
    `insert into app_user (organisation_id, id, email, name, timezone)
     select ${organisation}, ${FIRST_OF_CROWD} + u, 'crowd' || u || '@bench.test', 'Crowd ' || u, 'Europe/Paris'
     from generate_series(0, $1::int - 1) u`,
    [users],
  );
  await client.query(
    `insert into calendar (organisation_id, id, user_id, clock)
     select ${organisation}, id, id, ${tickOf(0)} from app_user where organisation_id = ${organisation}`,
  );
  await client.query(
    `insert into access_token (organisation_id, user_id, name, hash, scopes)
     select ${organisation}, ${FIRST_OF_CROWD} + u.number - 1, 'bench', decode(u.hash, 'hex'), '{read,write}'
     from unnest($1::text[]) with ordinality u (hash, number)`,
    [hashesOf(users, crowdToken)],
  );
}

/** Organisations of one person each. */
export const TENANTS = { first: ORGANISATION + 100, count: 200, events: 50 };
const FIRST_OF_TENANTS = 600_000_001;
export const tenantId = (tenant: number): string => String(FIRST_OF_TENANTS + tenant);
export const tenantToken = (tenant: number): string => tokenOf(FIRST_OF_TENANTS + tenant);
export const tenantEventId = (tenant: number, event: number): string =>
  String(FIRST_OF_TENANTS + tenant * TENANTS.events + event);
const OF_TENANTS = `organisation_id between ${TENANTS.first} and ${TENANTS.first + TENANTS.count - 1}`;

async function loadTenants(client: pg.Client): Promise<void> {
  const { first, count, events } = TENANTS;
  await client.query(
    `insert into organisation (id, name) select ${first} + t, 'Tenant ' || t from generate_series(0, ${count} - 1) t`,
  );
  await client.query(
    `insert into app_user (organisation_id, id, email, name, timezone)
     select ${first} + t, ${FIRST_OF_TENANTS} + t, 'tenant' || t || '@bench.test', 'Tenant ' || t, 'Europe/Paris'
     from generate_series(0, ${count} - 1) t`,
  );
  await client.query(
    `insert into calendar (organisation_id, id, user_id, clock)
     select organisation_id, id, id, ${tickOf(EVENTS_A_USER)} from app_user where ${OF_TENANTS}`,
  );
  await client.query(
    `insert into access_token (organisation_id, user_id, name, hash, scopes)
     select ${first} + u.number - 1, ${FIRST_OF_TENANTS} + u.number - 1, 'bench', decode(u.hash, 'hex'), '{read,write}'
     from unnest($1::text[]) with ordinality u (hash, number)`,
    [hashesOf(count, tenantToken)],
  );
  await client.query(
    `insert into event
     select (jsonb_populate_record(e, jsonb_build_object('organisation_id', ${first} + t, 'owner_id', ${FIRST_OF_TENANTS} + t,
       'id', ${FIRST_OF_TENANTS} + t * ${events} + e.id - ${FIRST_EVENT}, 'attendees', '[]'::jsonb, 'related_to', '[]'::jsonb))).*
     from generate_series(0, ${count} - 1) t, event e
     where e.organisation_id = ${ORGANISATION} and e.id >= ${FIRST_EVENT} and e.id < ${FIRST_EVENT} + ${events}`,
  );
  await client.query(
    `insert into calendar_entry (organisation_id, calendar_id, event_id, tick, start_time, end_time)
     select organisation_id, owner_id, id, last_modified_at, start_time, end_time from event where ${OF_TENANTS}`,
  );
}

const hashesOf = (count: number, token: (number: number) => string): string[] =>
  Array.from({ length: count }, (_, number) => createHash("sha256").update(token(number)).digest("hex"));

/** How many tokens the guest of all events has. */
export const GUEST_TOKENS = 200;
export const guestToken = (number: number): string => tokenOf(-1 - number);

/** Somebody whose calendar holds every event of everybody, beside all the small ones. */
async function loadGuest(client: pg.Client, users: number): Promise<void> {
  const id = Number(userId(users));
  await client.query(
    `insert into app_user (organisation_id, id, email, name, timezone)
     values (${ORGANISATION}, ${id}, 'guest@bench.test', 'Guest of all', 'UTC')`,
  );
  await client.query(
    `insert into calendar (organisation_id, id, user_id, clock)
     values (${ORGANISATION}, ${id}, ${id}, ${tickOf(users * EVENTS_A_USER)})`,
  );
  await client.query(
    `insert into access_token (organisation_id, user_id, name, hash, scopes)
     select ${ORGANISATION}, ${id}, 'bench', decode(hash, 'hex'), '{read}' from unnest($1::text[]) hash`,
    [hashesOf(GUEST_TOKENS, guestToken)],
  );
  await client.query(
    `insert into calendar_entry (organisation_id, calendar_id, event_id, tick, start_time, end_time)
     select organisation_id, ${id}, id, ${tickOf(`id - ${FIRST_EVENT} + 1`)}, start_time, end_time from event
     where organisation_id = ${ORGANISATION} and id >= ${FIRST_EVENT}`,
  );
}

const tickOf = (number: string | number): string =>
  `timestamptz 'epoch' + (${FIRST_TICK} + ${number}) * interval '1 ms'`;

const USERS_AT_ONCE = 1_000;

async function loadEvents(client: pg.Client, users: number): Promise<void> {
  for (let from = 0; from < users; from += USERS_AT_ONCE) {
    const range = [from, Math.min(from + USERS_AT_ONCE, users) - 1];
    await client.query(
      `insert into event (organisation_id, id, owner_id, subject, description, location, start_time, end_time, private,
         timezone, attendees, related_to, i_cal_uid, organizer_email, organizer_name, created_at, last_modified_at)
       select ${ORGANISATION}, ${FIRST_EVENT} + u * ${EVENTS_A_USER} + n, ${FIRST_USER} + u,
         'Review ' || n || ' of the pipeline', 'Where we stand with customer ' || (u * 7 + n) % 1000 || ', and what comes next.',
         'Room ' || n % 50, s.at, s.at + interval '45 min', n % 20 = 0, 'Europe/Paris',
         jsonb_build_array(
           jsonb_build_object('userId', (${FIRST_USER} + u)::text, 'emailAddress', 'user' || u || '@bench.test',
             'contactId', null, 'name', 'User ' || u, 'status', 'Accepted', 'type', 'required'),
           jsonb_build_object('userId', null, 'emailAddress', 'contact' || c.id || '@customer.test',
             'contactId', c.id, 'name', 'Contact ' || c.id, 'status', 'NoResponse', 'type', 'required')),
         case when n % 2 = 0 then jsonb_build_array(
           jsonb_build_object('type', 'Contact', 'id', c.id::text, 'name', 'Contact ' || c.id)) else '[]' end,
         'bench-' || u || '-' || n, 'user' || u || '@bench.test', 'User ' || u, ${tickOf("n")}, ${tickOf("n + 1")}
       from generate_series($1::int, $2::int) u, generate_series(0, ${EVENTS_A_USER - 1}) n,
         lateral (select timestamptz 'epoch' + (${FIRST_START} + n * ${STEP_MS}::bigint) * interval '1 ms' as at) s,
         lateral (select 1 + (u * 7 + n) % 1000 as id) c`,
      range,
    );
    await client.query(
      `insert into calendar_entry (organisation_id, calendar_id, event_id, tick, start_time, end_time)
       select organisation_id, owner_id, id, last_modified_at, start_time, end_time from event
       where organisation_id = ${ORGANISATION} and id between $1 and $2`,
      [eventId(range[0] as number, 0), eventId(range[1] as number, EVENTS_A_USER - 1)],
    );
  }
}

/** So many users' events are in the floors' table, to be changed. */
export const FLOOR_USERS = 200;
const OF_FLOORS = `(organisation_id = ${ORGANISATION} and id < ${FIRST_EVENT} + ${FLOOR_USERS * EVENTS_A_USER} or ${OF_TENANTS})`;

/** What the bare floors write to: the columns of event with its primary key, and neither triggers nor further indexes. */
export async function addFloorTable(client: pg.Client): Promise<void> {
  await client.query("create table floor_event (like event including defaults including identity)");
  await client.query("alter table floor_event add primary key (organisation_id, id)");
  await client.query("create index on floor_event (organisation_id, owner_id, start_time)");
  await client.query(`insert into floor_event select * from event where ${OF_FLOORS}`);
  await client.query("vacuum (analyze) floor_event");
  await addSameTables(client, OF_FLOORS);
}
