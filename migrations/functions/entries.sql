-- What a row of event means: the triggers that complete it, refuse it, take its tick, and write its entries and tombstones.

-- Attendees as the wire shows them: every key present, userId a string, contactId a number. The service
-- writes them so; plain SQL may leave keys out.
create or replace function canonical_attendees(attendees jsonb) returns jsonb language plpgsql immutable as $$
begin
  if jsonb_typeof(attendees) is distinct from 'array'
    or jsonb_path_exists(attendees, 'strict $[*] ? (@.type() != "object")') -- event_attendees_shape refuses it.
    or not jsonb_path_exists(attendees, '$[*] ? (
      !exists(@.userId) || !exists(@.emailAddress) || !exists(@.contactId) || !exists(@.name) || !exists(@.status)
      || @.userId.type() == "number" || @.contactId.type() == "string" || @.status == null
      || exists(@.keyvalue() ? (@.key != "userId" && @.key != "emailAddress" && @.key != "contactId"
                                && @.key != "name" && @.key != "status")))')
  then
    return attendees;
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'userId', a ->> 'userId',
      'emailAddress', a ->> 'emailAddress',
      'contactId', (a ->> 'contactId')::bigint,
      'name', a ->> 'name',
      'status', coalesce(a ->> 'status', 'NoResponse')
    ) order by position), '[]')
    from jsonb_array_elements(attendees) with ordinality as list (a, position)
  );
end $$;

-- Those of `departed` who are still on the list as Declined. Anybody else is back, or off the list.
create or replace function still_departed(departed bigint[], attendees jsonb, owner_id bigint) returns bigint[]
language sql immutable as $$
  select coalesce(array_agg(d::bigint order by d::bigint), '{}') from (
    select d::text from unnest(departed) d where d <> owner_id
    intersect
    select a ->> 'userId' from jsonb_array_elements(attendees) a where a ->> 'status' = 'Declined') still (d)
$$;

-- The calendars that hold the event, sorted: the owner's, and those of attendees who have not left. A user id
-- of another organisation opens no calendar.
create or replace function event_calendars(e event) returns bigint[] language plpgsql stable as $$
begin
  -- Nobody else of the organisation is invited: the usual case, at a third of the cost.
  if e.attendees = '[]' or not jsonb_path_exists(
    e.attendees, '$[*].userId ? (@ != null && @ != $owner)', jsonb_build_object('owner', e.owner_id::text))
  then
    return array(
      select id from calendar where organisation_id = e.organisation_id and user_id = e.owner_id);
  end if;
  if e.left_user_ids = '{}' then
    return array(
      select id from calendar
      where organisation_id = e.organisation_id
        and user_id = any (
          e.owner_id || array(
            select (a ->> 'userId')::bigint from jsonb_array_elements(e.attendees) a where a ->> 'userId' is not null))
      order by id);
  end if;
  return array(
    select id from calendar
    where organisation_id = e.organisation_id
      and user_id = any (
        e.owner_id || array(
          select (a ->> 'userId')::bigint from jsonb_array_elements(e.attendees) a where a ->> 'userId' is not null
          except
          select unnest(e.left_user_ids)))
    order by id);
end $$;

-- Refuses what PostgreSQL knows no zone by. (It knows a few, such as POSIX rules, that others do not; the service takes
-- those for UTC.) Asking is a thousand times quicker than looking into pg_timezone_names.
create or replace function require_zone(zone text, refused_by text) returns void language plpgsql as $$
declare
  done timestamp;
begin
  done := now() at time zone zone;
exception when invalid_parameter_value then
  raise exception 'there is no time zone "%"', zone using errcode = 'check_violation', constraint = refused_by;
end $$;

create or replace function event_before_insert() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  done text;
begin
  new.attendees := canonical_attendees(new.attendees);
  new.left_user_ids := case
    when new.left_user_ids = '{}' then new.left_user_ids
    else still_departed(new.left_user_ids, new.attendees, new.owner_id) end;
  if new.timezone is null or new.organizer_email is null then
    select coalesce(new.timezone, u.timezone), coalesce(new.organizer_email, u.email), coalesce(new.organizer_name, u.name)
    into new.timezone, new.organizer_email, new.organizer_name
    from app_user u where u.organisation_id = new.organisation_id and u.id = new.owner_id;
  end if;
  if new.parent_id is not null then
    perform refuse_own_ancestor(new.organisation_id, new.id, new.parent_id); -- Rows of one statement may name one another.
  end if;
  done := require_zone(new.timezone, 'event_timezone');
  new.last_modified_at := tidemark_tick(new.organisation_id, event_calendars(new));
  new.created_at := least(new.created_at, new.last_modified_at); -- the tick may be older: it is taken once
  return new;
end $$;

create or replace function event_before_update() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
  if (new.organisation_id, new.id) is distinct from (old.organisation_id, old.id) then
    raise exception 'an event keeps its id and its organisation' using errcode = 'restrict_violation';
  end if;
  new.last_modified_at := old.last_modified_at;
  new.created_at := old.created_at;
  new.attendees := canonical_attendees(new.attendees);
  if new.left_user_ids <> '{}' then
    new.left_user_ids := still_departed(new.left_user_ids, new.attendees, new.owner_id);
  end if;
  if new.timezone is null then
    select u.timezone into new.timezone
    from app_user u where u.organisation_id = new.organisation_id and u.id = new.owner_id;
  end if;
  if new.owner_id <> old.owner_id then
    select u.email, u.name into new.organizer_email, new.organizer_name
    from app_user u where u.organisation_id = new.organisation_id and u.id = new.owner_id;
  end if;
  if new is not distinct from old then
    return new; -- Equal to what is stored: no tick, and event_after_update does not fire.
  end if;
  if new.timezone <> old.timezone then
    perform require_zone(new.timezone, 'event_timezone');
  end if;
  if new.parent_id is distinct from old.parent_id and new.parent_id is not null then
    perform refuse_parent_cycle(new.organisation_id, new.id, new.parent_id);
  end if;
  new.last_modified_at := tidemark_tick(
    new.organisation_id,
    case
      when (new.owner_id, new.attendees, new.left_user_ids) = (old.owner_id, old.attendees, old.left_user_ids)
      then event_calendars(new)
      else array(select distinct c from unnest(event_calendars(old) || event_calendars(new)) c order by c)
    end);
  return new;
end $$;

-- Refuses `parent` where the event is the parent itself or one of its ancestors. One look-up for each step up: as one
-- recursive query it was planned, without statistics, to read the organisation's events for each.
create or replace function refuse_own_ancestor(org bigint, event_id bigint, parent bigint) returns void
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  above bigint := parent;
begin
  while above is not null loop
    if above = event_id then
      raise exception 'an event cannot be its own ancestor'
        using errcode = 'check_violation', constraint = 'event_parent_cycle';
    end if;
    above := (select e.parent_id from event e where e.organisation_id = org and e.id = above);
  end loop;
end $$;

-- Two updates that each look harmless could close a circle together, so they take turns. A snapshot from before
-- the other's turn does not show what it did, but locking what it changed is refused then, as 40001.
create or replace function refuse_parent_cycle(org bigint, event_id bigint, parent bigint) returns void
language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('tidemark.parent'), hashtext(org::text));
  perform refuse_own_ancestor(org, event_id, parent);
  if current_setting('transaction_isolation') <> 'read committed' then
    while parent is not null loop
      select e.parent_id into parent from event e
      where e.organisation_id = org and e.id = parent for share;
    end loop;
  end if;
end $$;

-- Writes the entries of `present` and buries those of `gone`, all at the event's tick.
create or replace function write_entries(e event, present bigint[], gone bigint[], why text, tick timestamptz) returns void
language plpgsql as $$
begin
  insert into calendar_entry as n
    (organisation_id, calendar_id, event_id, tick, start_time, end_time, changed_by)
  select e.organisation_id, c, e.id, tick, e.start_time, e.end_time, tidemark_token() from unnest(present) c
  on conflict (organisation_id, calendar_id, event_id) do update
    set tick = excluded.tick, removed_at = null, reason = null,
        start_time = excluded.start_time, end_time = excluded.end_time, changed_by = excluded.changed_by,
        foreign_tick = case when n.changed_by = excluded.changed_by then n.foreign_tick else n.tick end;
  if gone <> '{}' then
    update calendar_entry n
    set tick = write_entries.tick, removed_at = write_entries.tick, reason = why, changed_by = tidemark_token(),
        foreign_tick = case when n.changed_by = tidemark_token() then n.foreign_tick else n.tick end
    where n.organisation_id = e.organisation_id and n.event_id = e.id and n.calendar_id = any (gone);
  end if;
end $$;

create or replace function event_after_insert() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  done text := write_entries(new, event_calendars(new), '{}', null, new.last_modified_at);
begin
  return null;
end $$;

create or replace function event_after_update() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  present bigint[] := event_calendars(new);
  gone bigint[] := array[]::bigint[];
  found_entries bigint;
begin
  if (new.owner_id, new.attendees, new.left_user_ids) is distinct from (old.owner_id, old.attendees, old.left_user_ids) then
    gone := array(select unnest(event_calendars(old)) except select unnest(present) order by 1);
  else
    -- The same people as before: their entries are there, and need not be looked for by trying to insert them.
    update calendar_entry n
    set tick = new.last_modified_at, start_time = new.start_time, end_time = new.end_time, changed_by = tidemark_token(),
        foreign_tick = case when n.changed_by = tidemark_token() then n.foreign_tick else n.tick end
    where n.organisation_id = new.organisation_id and n.calendar_id = any (present) and n.event_id = new.id;
    get diagnostics found_entries = row_count;
    if found_entries = cardinality(present) then
      return null;
    end if; -- A user came after the event that names them: their entry is made now.
  end if;
  perform write_entries(new, present, gone, 'left', new.last_modified_at);
  return null;
end $$;

create or replace function event_after_delete() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  gone bigint[] := event_calendars(old);
begin
  perform write_entries(old, '{}', gone, 'deleted', tidemark_tick(old.organisation_id, gone));
  return null;
end $$;
