-- Users: how one arrives in the calendars that already invite their address, and how events get another owner.

-- Whoever arrives (a new user, or a user with a new address or alias) gets a calendar and the events that already
-- invite the address. The organisation's lock, taken first and exclusively, keeps out writers that looked the
-- address up before and would store an invitation without the user id after. Another spelling of an address is no new one.
create or replace function app_user_before() returns trigger language plpgsql as $$
begin
  new.aliases := array(
    select (array_agg(alias order by position))[1] from unnest(new.aliases) with ordinality as list (alias, position)
    where address_key(alias) <> address_key(new.email)
    group by address_key(alias) order by min(position));
  if tg_op = 'UPDATE' then
    if address_keys(old.email || old.aliases) @> address_keys(new.email || new.aliases) then
      return new;
    end if;
  end if;
  perform lock_organisation(new.organisation_id);
  return new;
end $$;

-- The list, with whoever has one of these addresses (address_keys) known as the user; of two the first.
create or replace function with_user(attendees jsonb, keys text[], user_id bigint, user_name text) returns jsonb
language plpgsql immutable parallel safe as $$
declare
  people jsonb := attendees #> '{}';
  one jsonb;
begin
  for place in 0 .. jsonb_array_length(people) - 1 loop
    one := people -> place;
    if one ->> 'userId' is null and address_key(one ->> 'emailAddress') = any (keys) then
      return jsonb_set(people, array[place::text], one || jsonb_build_object(
        'userId', user_id::text, 'name', coalesce(one ->> 'name', user_name)));
    end if;
  end loop;
  return people;
end $$;

create or replace function app_user_arrives() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  present text[] := address_keys(new.email || new.aliases);
  came text[] := present;
  found_by text[];
begin
  if tg_op = 'INSERT' then
    insert into calendar (organisation_id, user_id) values (new.organisation_id, new.id);
  else
    came := array(select unnest(present) except select unnest(address_keys(old.email || old.aliases)));
    delete from user_address a
    where a.user_id = new.id and (a.organisation_id = new.organisation_id and not a.address = any (present)) is true;
  end if;
  insert into user_address (organisation_id, address, user_id)
  select new.organisation_id, address, new.id from unnest(came) address;
  if is_forgetting() then
    return null; -- The address that stands for somebody who is erased brings them nothing.
  end if;
  found_by := array(select 'e:' || new.organisation_id || ':' || address from unnest(came) address);
  update event e set attendees = with_user(e.attendees, came, new.id, new.name)
  where event_keys(e.organisation_id, e.attendees, e.related_to) && found_by
    and (e.organisation_id = new.organisation_id and not exists (
      select from jsonb_array_elements(e.attendees) a where a ->> 'userId' = new.id::text)) is true;
  -- Those made later are to be theirs as well.
  update series s
  set content = jsonb_set(s.content, '{attendees}', with_user(s.content -> 'attendees', came, new.id, new.name)),
    last_modified_at = series_tick(s.last_modified_at)
  where series_keys(s) && found_by
    and (s.organisation_id = new.organisation_id
      and with_user(s.content -> 'attendees', came, new.id, new.name) <> s.content -> 'attendees'
      and not exists (
        select from jsonb_array_elements(s.content -> 'attendees') a where a ->> 'userId' = new.id::text)) is true;
  return null;
end $$;

create or replace function app_user_zone() returns trigger language plpgsql as $$
begin
  perform require_zone(new.timezone, 'app_user_timezone');
  return new;
end $$;

-- Makes `new_owner` the owner of every event of `old_owner` and answers how many. The calendars are locked first, in
-- order: those of everybody invited to any of the events.
create or replace function transfer_events(org bigint, token bigint, old_owner bigint, new_owner bigint) returns bigint
language plpgsql as $$
declare
  moved bigint;
  cancelled bigint;
  touched bigint[] := array(
    select distinct other.calendar_id
    from calendar c
    join calendar_entry own on by_start(own.organisation_id) = org and own.calendar_id = c.id and own.removed_at is null
    join event e on e.organisation_id = org and e.id = own.event_id and e.owner_id = old_owner
    cross join lateral unnest(event_calendars(e)) other (calendar_id)
    where (c.organisation_id = org) is true and c.user_id = old_owner
    union
    select other.calendar_id from event e cross join lateral unnest(event_calendars(e)) other (calendar_id)
    where e.owner_id = old_owner and e.status = 'cancelled' and (e.organisation_id = org) is true
    union select id from calendar where (organisation_id = org) is true and user_id = new_owner
    order by 1);
begin
  perform begin_write(org, token, cardinality(touched));
  perform lock_calendars(org, touched);
  -- Another owner makes an occurrence no exception: the whole series is another's.
  perform write_series(array(select s.id from series s where s.owner_id = old_owner and (s.organisation_id = org) is true));
  update event e set owner_id = new_owner
  from calendar c join calendar_entry own on by_start(own.organisation_id) = org and own.calendar_id = c.id and own.removed_at is null
  where (c.organisation_id = org) is true and c.user_id = old_owner and e.organisation_id = org and e.id = own.event_id
    and e.owner_id = old_owner and new_owner <> old_owner;
  get diagnostics moved = row_count;
  -- An owner's own meeting is that of the next owner.
  update series s set owner_id = new_owner, last_modified_at = greatest(s.last_modified_at, (tidemark_held()).tick),
    content = case when s.content ->> 'organizerEmail' is null or user_at(org, s.content ->> 'organizerEmail') = old_owner
      then s.content || '{"organizerEmail": null, "organizerName": null}' else s.content end
  where s.owner_id = old_owner and (s.organisation_id = org) is true and new_owner <> old_owner;
  -- Those that are cancelled are in no calendar.
  update event e set owner_id = new_owner
  where e.owner_id = old_owner and e.status = 'cancelled' and (e.organisation_id = org) is true and new_owner <> old_owner;
  get diagnostics cancelled = row_count;
  return moved + cancelled;
end $$;
