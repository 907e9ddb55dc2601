-- How the service begins a write: it says who writes, locks what the write touches, and looks up whom it names.

-- The first call of every write of the service: says who writes, and waits for a user being added to the
-- organisation, whose arrival fills in invitations (see app_user_arrives). A write of more calendars than are
-- locked one by one has the organisation's lock exclusively from here on: of two that hold it shared and come to
-- need it exclusively, one is a deadlock's victim. No lock is waited for longer than a list would wait.
create or replace function begin_write(org bigint, token bigint, calendars bigint default 1) returns void
language plpgsql as $$
declare
  held tidemark_held;
  done text;
begin
  done := set_config('tidemark.token', coalesce(token::text, ''), true);
  done := set_config('lock_timeout', '5s', true);
  if calendars <= 64 then
    done := pg_advisory_xact_lock_shared(-org);
    return;
  end if;
  held := tidemark_held();
  if held.organisation_id is distinct from org then
    held := row(org, false, '{}', null, 0, '{}')::tidemark_held;
  end if;
  perform lock_organisation(org);
  held.whole := true;
  perform set_config('tidemark.held', held::text, true);
end $$;

-- The calendars that hold any of these events, and those of these users, sorted.
create or replace function calendars_of(org bigint, event_ids bigint[], user_ids bigint[]) returns bigint[]
language plpgsql stable as $$
begin
  return array(
    select held.id from event e cross join unnest(event_calendars(e)) held (id)
    where e.organisation_id = org and e.id = any (event_ids)
    union
    select c.id from calendar c where c.organisation_id = org and c.user_id = any (user_ids)
    order by 1);
end $$;

-- Takes the calendars that came to hold these events while the writer waited for `calendars`, theirs as they were before.
-- It is out of order by now, so it must not wait: where one of them is taken it gives up (40001: try again), which costs
-- a round trip where a deadlock costs everybody a second. Nobody can add more: the owner's calendar is held.
create or replace function lock_latecomers(org bigint, event_ids bigint[], calendars bigint[]) returns void
language plpgsql as $$
declare
  late bigint[] := array(
    select unnest(calendars_of(org, event_ids, '{}')) except select unnest(calendars) order by 1);
  calendar_id bigint;
begin
  if cardinality(late) = 0 or (tidemark_held()).whole then
    return;
  end if;
  foreach calendar_id in array late loop
    if not pg_try_advisory_xact_lock(calendar_id) then
      raise exception 'An event was given to somebody else meanwhile: try again.' using errcode = '40001';
    end if;
  end loop;
  perform lock_calendars(org, late);
end $$;

-- Waits its turn for an event: the row is locked against other writers until the commit. Its calendars are locked
-- before it, the order of everybody who calls lock_calendars; those of the users whom the write names (`invited`) too,
-- because a writer who takes one more calendar after others is out of order.
create or replace function lock_event(org bigint, token bigint, event_id bigint, invited bigint[] default '{}') returns setof event
language plpgsql rows 1 set plan_cache_mode = force_generic_plan as $$
declare
  seen event;
  locked event;
  calendars bigint[] := array[]::bigint[];
  done text;
begin
  select * into seen from event e where e.organisation_id = org and e.id = event_id;
  if found then
    calendars := event_calendars(seen);
  end if;
  if invited <> '{}' then
    calendars := array(
      select unnest(calendars) union
      select c.id from calendar c where c.organisation_id = org and c.user_id = any (invited) order by 1);
  end if;
  done := begin_write(org, token, cardinality(calendars));
  done := lock_calendars(org, calendars);
  select * into locked from event e where e.organisation_id = org and e.id = event_id for no key update;
  if not found then
    return;
  end if;
  if locked.last_modified_at is distinct from seen.last_modified_at then
    perform lock_latecomers(org, array[event_id], calendars);
  end if;
  return next locked;
end $$;

-- These events, locked until the commit, for a write that names these users (`invited`).
create or replace function lock_events(org bigint, token bigint, event_ids bigint[], invited bigint[] default '{}')
returns setof event language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  calendars bigint[] := calendars_of(org, event_ids, invited);
begin
  perform begin_write(org, token, cardinality(calendars));
  perform lock_calendars(org, calendars);
  return query
    select * from event e where e.organisation_id = org and e.id = any (event_ids) order by e.id for no key update;
  perform lock_latecomers(org, event_ids, calendars);
end $$;

-- The same for events to be deleted: their descendants go too.
create or replace function lock_for_delete(org bigint, token bigint, event_ids bigint[]) returns setof event
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  family bigint[] := array(
    with recursive kin (id) as (
      select e.id from event e where e.organisation_id = org and e.id = any (event_ids)
      union
      select e.id from kin k join event e on e.organisation_id = org and e.parent_id = k.id
    )
    select id from kin);
begin
  perform lock_events(org, token, family);
  return query select * from event e where e.organisation_id = org and e.id = any (event_ids);
end $$;

create or replace function lower_addresses(addresses text[]) returns text[] language sql immutable parallel safe as $$
  select array(select lower(address) from unnest(addresses) address)
$$;

-- The addresses by which an invitation would know these users, and those of these records that are contacts.
create or replace function addresses_of(org bigint, user_ids bigint[], record_ids bigint[]) returns text[]
language plpgsql stable as $$
begin
  return array(
    select u.email from app_user u where u.organisation_id = org and u.id = any (user_ids)
    union all
    select r.emails[1] from record r
    where r.organisation_id = org and r.id = any (record_ids) and r.type = 'Contact' and cardinality(r.emails) > 0);
end $$;

-- Everybody and everything a write names, in one look-up: users by id or address, records by id, contacts by
-- address. Its statements are younger than the lock that begin_write took, so nobody arrives unseen. `event_ids` are
-- the events about to be changed: with them it is known how many calendars the write will need.
create or replace function find_people(
  org bigint, token bigint, addresses text[], user_ids bigint[], record_ids bigint[], event_ids bigint[],
  out users jsonb, out records jsonb
) language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  participants bigint := 1::bigint + cardinality(addresses) + cardinality(user_ids) + cardinality(record_ids);
  keys text[] := array[]::text[];
  address text;
  done text;
begin
  if event_ids <> '{}' then
    participants := participants + (
      select coalesce(sum(jsonb_array_length(e.attendees) + 1), 0) from event e
      where e.organisation_id = org and e.id = any (event_ids));
  end if;
  if participants > 64 then
    keys := lower_addresses(addresses || addresses_of(org, user_ids, record_ids));
    participants := 1::bigint + cardinality(calendars_of(org, event_ids, user_ids || array(
      select u.id from app_user u where u.organisation_id = org and lower(u.email) = any (keys))));
  end if;
  done := begin_write(org, token, participants);
  -- Somebody named by id alone is found at their address too: the user who is a contact, the contact who is a user.
  if record_ids <> '{}' then
    addresses := addresses || addresses_of(org, '{}', record_ids);
  end if;
  keys := '{}';
  foreach address in array addresses loop
    keys := keys || lower(address);
  end loop;
  select coalesce(jsonb_agg(jsonb_build_object('id', u.id::text, 'email', u.email, 'name', u.name)), '[]'),
    addresses || array_agg(u.email)
  into users, addresses
  from app_user u where u.organisation_id = org and (lower(u.email) = any (keys) or u.id = any (user_ids));
  keys := '{}';
  foreach address in array addresses loop
    keys := keys || (org || ':' || lower(address)); -- As record_keys makes them.
  end loop;
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', r.id::text, 'type', r.type, 'name', r.name, 'emails', to_jsonb(r.emails), 'archived', r.archived_at is not null
  ) order by r.id), '[]') into records
  from record r where r.organisation_id = org and (
    r.id = any (record_ids)
    or r.type = 'Contact' and r.archived_at is null and record_keys(r.organisation_id, r.emails) && keys);
end $$;
