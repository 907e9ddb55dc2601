-- How the service begins a write: it says who writes, locks what the write touches, and looks up whom it names.

-- The first call of every write of the service: says who writes, and waits for a user being added to the
-- organisation, whose arrival fills in invitations (see app_user_arrives). A write of more calendars than are
-- locked one by one has the organisation's lock exclusively from here on: of two that hold it shared and come to
-- need it exclusively, one is a deadlock's victim. A transaction that has set no lock_timeout waits for a lock for
-- somewhat less than the service's writers wait for a connection (5 s); the service's come again and again (README.md).
create or replace function begin_write(org bigint, token bigint, calendars bigint default 1) returns void
language plpgsql as $$
declare
  held tidemark_held;
  done text;
begin
  done := set_config('tidemark.token', coalesce(token::text, ''), true);
  if current_setting('lock_timeout') = '0' then
    done := set_config('lock_timeout', '4500ms', true);
  end if;
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
    select c.id from calendar c where (c.organisation_id = org) is true and c.user_id = any (user_ids)
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
      select c.id from calendar c where (c.organisation_id = org) is true and c.user_id = any (invited) order by 1);
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

-- The keys of a list of addresses, each once, in the order of the list.
create or replace function address_keys(addresses text[]) returns text[]
language plpgsql immutable parallel safe as $$
declare
  keys text[] := array[]::text[];
  address text;
begin
  foreach address in array addresses loop
    address := address_key(address);
    if not address = any (keys) then
      keys := keys || address;
    end if;
  end loop;
  return keys;
end $$;

-- The addresses of these records that are contacts: a user who has one of them is the same person.
create or replace function addresses_of(org bigint, record_ids bigint[]) returns text[] language plpgsql stable as $$
begin
  return array(
    select address from record r cross join unnest(r.emails) address
    where r.organisation_id = org and r.id = any (record_ids) and r.type = 'Contact');
end $$;

-- Those users who have one of these addresses (address_keys).
create or replace function users_at(org bigint, keys text[]) returns bigint[] language plpgsql stable as $$
begin
  return array(
    select a.user_id from user_address a where a.organisation_id = org and a.address = any (keys) order by 1);
end $$;

-- What an event that invites an address has one of: the address itself, or the user whose it is, be it by another address.
create or replace function invited_keys(org bigint, key text) returns text[] language plpgsql stable as $$
begin
  return array(
    select 'e:' || org || ':' || key
    union all select 'u:' || org || ':' || user_id from unnest(users_at(org, array[key])) user_id);
end $$;

-- Everybody and everything a write names: users by id or address, records by id, contacts by address.
create or replace function look_up_people(
  org bigint, addresses text[], user_ids bigint[], record_ids bigint[], out users jsonb, out records jsonb
) language plpgsql stable set plan_cache_mode = force_generic_plan as $$
declare
  keys text[];
begin
  -- Somebody named by id alone is found at their address too: the user who is a contact, the contact who is a user.
  if record_ids <> '{}' then
    record_ids := record_ids || array(
      select r.merged_into from record r where r.organisation_id = org and r.id = any (record_ids) and r.merged_into is not null);
    addresses := addresses || addresses_of(org, record_ids);
  end if;
  keys := address_keys(addresses);
  user_ids := user_ids || users_at(org, keys);
  if user_ids <> '{}' then
    select jsonb_agg(jsonb_build_object('id', u.id::text, 'email', u.email, 'name', u.name, 'kind', u.kind, 'addresses', (
      select jsonb_agg(a.address) from user_address a where a.organisation_id = org and a.user_id = u.id)))
    into users from app_user u where u.organisation_id = org and u.id = any (user_ids);
    keys := keys || array(
      select a.address from user_address a where a.organisation_id = org and a.user_id = any (user_ids));
  end if;
  users := coalesce(users, '[]');
  keys := array(select org || ':' || key from unnest(keys) key); -- As record_keys makes them.
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', r.id::text, 'type', r.type, 'name', r.name, 'emails', to_jsonb(r.emails), 'former', to_jsonb(r.former_emails),
    'archived', r.archived_at is not null, 'mergedInto', r.merged_into::text
  ) order by r.id), '[]') into records
  from record r where r.organisation_id = org and (
    r.id = any (record_ids)
    or r.type = 'Contact' and r.archived_at is null and record_keys(r.organisation_id, r.emails) && keys);
end $$;

-- The same at the beginning of a write. Its statements are younger than the lock that begin_write took, so nobody arrives
-- unseen. `event_ids` are the events about to be changed: with them it is known how many calendars the write will need.
create or replace function find_people(
  org bigint, token bigint, addresses text[], user_ids bigint[], record_ids bigint[], event_ids bigint[],
  out users jsonb, out records jsonb
) language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  participants bigint := 1::bigint + cardinality(addresses) + cardinality(user_ids) + cardinality(record_ids);
  done text;
begin
  if event_ids <> '{}' then
    participants := participants + (
      select coalesce(sum(jsonb_array_length(e.attendees) + 1), 0) from event e
      where e.organisation_id = org and e.id = any (event_ids));
  end if;
  if participants > 64 then
    participants := 1::bigint + cardinality(calendars_of(org, event_ids,
      user_ids || users_at(org, address_keys(addresses || addresses_of(org, record_ids)))));
  end if;
  done := begin_write(org, token, participants);
  select found.users, found.records into users, records from look_up_people(org, addresses, user_ids, record_ids) found;
end $$;
