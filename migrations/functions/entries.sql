-- What a row of event means: the triggers that complete it, refuse it, take its tick, and write its entries and tombstones.

-- Attendees as the wire shows them: every key present, userId a string, contactId a number. The service
-- writes them so; plain SQL may leave keys out.
create or replace function canonical_attendees(attendees jsonb) returns jsonb language plpgsql immutable as $$
begin
  if jsonb_typeof(attendees) is distinct from 'array'
    or jsonb_path_exists(attendees, 'strict $[*] ? (@.type() != "object")') -- event_attendees_shape refuses it.
    or not jsonb_path_exists(attendees, '$[*] ? (
      !exists(@.userId) || !exists(@.emailAddress) || !exists(@.contactId) || !exists(@.name) || !exists(@.status)
      || !exists(@.type) || @.userId.type() == "number" || @.contactId.type() == "string" || @.status == null || @.type == null
      || exists(@.keyvalue() ? (@.key != "userId" && @.key != "emailAddress" && @.key != "contactId"
                                && @.key != "name" && @.key != "status" && @.key != "type")))')
  then
    return attendees;
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'userId', a ->> 'userId',
      'emailAddress', a ->> 'emailAddress',
      'contactId', (a ->> 'contactId')::bigint,
      'name', a ->> 'name',
      'status', coalesce(a ->> 'status', 'NoResponse'),
      'type', coalesce(a ->> 'type', 'required')
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

-- The calendars of those who are in the event, sorted: the owner's, and those of attendees who have not left. A user id
-- of another organisation opens no calendar. They are looked up by their users: `is true` keeps the organisation's other
-- calendars out of it, whatever statistics say of how many there are.
create or replace function event_calendars(e event) returns bigint[] language plpgsql stable as $$
begin
  -- Nobody else of the organisation is invited: the usual case, at a third of the cost.
  if e.attendees = '[]' or not jsonb_path_exists(
    e.attendees, '$[*].userId ? (@ != null && @ != $owner)', jsonb_build_object('owner', e.owner_id::text))
  then
    return array(
      select id from calendar where (organisation_id = e.organisation_id) is true and user_id = e.owner_id);
  end if;
  if e.left_user_ids = '{}' then
    return array(
      select id from calendar
      where (organisation_id = e.organisation_id) is true
        and user_id = any (
          e.owner_id || array(
            select (a ->> 'userId')::bigint from jsonb_array_elements(e.attendees) a where a ->> 'userId' is not null))
      order by id);
  end if;
  return array(
    select id from calendar
    where (organisation_id = e.organisation_id) is true
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

-- The event with what its owner stands for where nothing is said: their time zone, and they as the organiser. The name of an
-- organiser who is somebody else is not theirs to fill in.
create or replace function with_owner_words(e event) returns event language plpgsql stable as $$
begin
  select coalesce(e.timezone, u.timezone), coalesce(e.organizer_email, u.email),
    case when address_key(coalesce(e.organizer_email, u.email)) = any (address_keys(u.email || u.aliases)) then coalesce(e.organizer_name, u.name)
      else e.organizer_name end
  into e.timezone, e.organizer_email, e.organizer_name
  from app_user u where u.organisation_id = e.organisation_id and u.id = e.owner_id;
  return e;
end $$;

create or replace function event_before_insert() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  done text;
  is_owners boolean := new.organizer_email is null;
  nobody event;
  rooms bigint[];
  asked bigint[] := array[]::bigint[];
  told event; -- NEW is a row of its partition, which is another type where there are any: plans stand on its being always that.
begin
  new.attendees := canonical_attendees(new.attendees);
  if new.attendees <> '[]' then
    rooms := rooms_among(new.organisation_id, new.owner_id, new.attendees);
    if rooms <> '{}' then
      asked := rooms_to_ask(rooms, nobody, new);
      new.attendees := with_rooms_answers(rooms, asked, nobody, new);
    end if;
  end if;
  new.left_user_ids := case
    when new.left_user_ids = '{}' then new.left_user_ids
    else still_departed(new.left_user_ids, new.attendees, new.owner_id) end;
  if new.own_answers <> '{}' then
    new.own_answers := still_answered(new.own_answers, new.attendees);
  end if;
  if new.timezone is null or new.organizer_email is null or new.organizer_name is null then
    told := with_owner_words(new);
    new.timezone := told.timezone;
    new.organizer_email := told.organizer_email;
    new.organizer_name := told.organizer_name;
  end if;
  if is_owners then
    new.organizer_id := new.owner_id;
  else
    told := with_organiser(new);
    new.organizer_id := told.organizer_id;
    new.organizer_name := told.organizer_name;
  end if;
  if new.parent_id is not null then
    perform refuse_own_ancestor(new.organisation_id, new.id, new.parent_id); -- Rows of one statement may name one another.
  end if;
  done := require_zone(new.timezone, 'event_timezone');
  new.last_modified_at := tidemark_tick(new.organisation_id, event_calendars(new));
  if asked <> '{}' then
    told := rooms_answer(new, asked);
    new.attendees := told.attendees;
    new.own_answers := told.own_answers;
  end if;
  new.created_at := least(new.created_at, new.last_modified_at); -- the tick may be older: it is taken once
  return new;
end $$;

create or replace function event_before_update() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  is_owners boolean := new.organizer_email is null;
  rooms bigint[];
  asked bigint[] := array[]::bigint[];
  told event; -- As in event_before_insert.
  gives_way boolean := coalesce(current_setting('tidemark.moving', true), '') <> '' and was_to_move(new.id);
begin
  if (new.organisation_id, new.id) is distinct from (old.organisation_id, old.id) then
    raise exception 'an event keeps its id and its organisation' using errcode = 'restrict_violation';
  end if;
  new.last_modified_at := old.last_modified_at;
  new.created_at := old.created_at;
  new.attendees := canonical_attendees(new.attendees);
  if new.attendees <> '[]' and ((new.owner_id, new.attendees, new.left_user_ids, new.start_time, new.end_time, new.all_day, new.show_as, new.status)
    <> (old.owner_id, old.attendees, old.left_user_ids, old.start_time, old.end_time, old.all_day, old.show_as, old.status)
    or requires_rooms() or gives_way)
  then
    rooms := rooms_among(new.organisation_id, new.owner_id, new.attendees);
    if rooms <> '{}' then
      asked := case when gives_way then rooms_to_ask(rooms, null, new) else rooms_to_ask(rooms, old, new) end;
      new.attendees := with_rooms_answers(rooms, asked, old, new);
    end if;
  end if;
  if new.left_user_ids <> '{}' then
    new.left_user_ids := still_departed(new.left_user_ids, new.attendees, new.owner_id);
  end if;
  if new.own_answers <> '{}' and (new.own_answers, new.attendees) <> (old.own_answers, old.attendees) then
    new.own_answers := still_answered(new.own_answers, new.attendees);
  end if;
  if new.timezone is null or new.organizer_email is null or new.organizer_name is null then
    told := with_owner_words(new);
    new.timezone := told.timezone;
    new.organizer_email := told.organizer_email;
    new.organizer_name := told.organizer_name;
  end if;
  if is_owners then
    new.organizer_id := new.owner_id;
  elsif new.organizer_email <> old.organizer_email and address_key(new.organizer_email) <> address_key(old.organizer_email)
    and not is_forgetting() -- Who is erased organises it still.
  then
    told := with_organiser(new);
    new.organizer_id := told.organizer_id;
    new.organizer_name := told.organizer_name;
  else
    new.organizer_id := old.organizer_id;
    -- An owner's own meeting is that of the next owner. Somebody else's stays theirs, whoever keeps it.
    if new.owner_id <> old.owner_id and old.organizer_id = old.owner_id then
      select u.email, u.name, u.id into new.organizer_email, new.organizer_name, new.organizer_id
      from app_user u where u.organisation_id = new.organisation_id and u.id = new.owner_id;
    end if;
  end if;
  if new is not distinct from old then
    return new; -- Equal to what is stored: no tick, and event_after_update does not fire.
  end if;
  if new.own_answers <> old.own_answers and not is_seen(old, new) then
    return new; -- They have said what the list had: it is theirs from now on, and nobody else's business.
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
  if asked <> '{}' then
    told := rooms_answer(new, asked);
    new.attendees := told.attendees;
    new.own_answers := told.own_answers;
  end if;
  return new;
end $$;

-- Writes the entries of `present` and buries those of `gone`, all at the event's tick. Who owns it says one of them alone,
-- when it is buried too: a webhook of the organisation tells each event once.
create or replace function write_entries(e event, present bigint[], gone bigint[], why text, tick timestamptz) returns void
language plpgsql as $$
declare
  owners bigint := (select id from calendar where (organisation_id = e.organisation_id) is true and user_id = e.owner_id);
begin
  insert into calendar_entry as n
    (organisation_id, calendar_id, event_id, tick, start_time, end_time, changed_by, owned)
  select e.organisation_id, c, e.id, tick, e.start_time, e.end_time, tidemark_token(e.id), c is not distinct from owners
  from unnest(present) c
  on conflict (organisation_id, calendar_id, event_id) do update
    set tick = excluded.tick, removed_at = null, reason = null, owned = excluded.owned,
        start_time = excluded.start_time, end_time = excluded.end_time, changed_by = excluded.changed_by,
        foreign_tick = case when n.changed_by = excluded.changed_by then n.foreign_tick else n.tick end;
  if gone <> '{}' then
    update calendar_entry n
    set tick = write_entries.tick, removed_at = write_entries.tick, reason = why, changed_by = tidemark_token(e.id),
        owned = n.calendar_id is not distinct from owners,
        foreign_tick = case when n.changed_by = tidemark_token(e.id) then n.foreign_tick else n.tick end
    where n.organisation_id = e.organisation_id and n.event_id = e.id and n.calendar_id = any (gone);
  end if;
end $$;

-- Those that hold it: a cancelled event is in none. Its changes take their ticks and locks with the calendars of all who are
-- in it nevertheless, so that they strictly increase, and it may come back to them.
create or replace function holding_calendars(e event) returns bigint[] language plpgsql stable as $$
begin
  return case when e.status = 'cancelled' then array[]::bigint[] else event_calendars(e) end;
end $$;

-- One that is cancelled from the start has tombstones: its id is known to who made it.
create or replace function event_after_insert() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  present bigint[] := event_calendars(new);
  done text := write_entries(
    new, present, case when new.status = 'cancelled' then present else '{}' end, 'deleted', new.last_modified_at);
begin
  return null;
end $$;

create or replace function event_after_update() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  present bigint[] := holding_calendars(new);
  gone bigint[] := array[]::bigint[];
  found_entries bigint;
begin
  if (new.owner_id, new.attendees, new.left_user_ids, new.status = 'cancelled')
    is distinct from (old.owner_id, old.attendees, old.left_user_ids, old.status = 'cancelled')
  then
    gone := array(select unnest(holding_calendars(old)) except select unnest(present) order by 1);
  else
    -- The same people as before: their entries are there, and need not be looked for by trying to insert them.
    update calendar_entry n
    set tick = new.last_modified_at, start_time = new.start_time, end_time = new.end_time, changed_by = tidemark_token(new.id),
        foreign_tick = case when n.changed_by = tidemark_token(new.id) then n.foreign_tick else n.tick end
    where n.organisation_id = new.organisation_id and n.calendar_id = any (present) and n.event_id = new.id;
    get diagnostics found_entries = row_count;
    if found_entries = cardinality(present) then
      return null;
    end if; -- A user came after the event that names them: their entry is made now.
  end if;
  perform write_entries(
    new, present, gone, case when new.status = 'cancelled' then 'deleted' else 'left' end, new.last_modified_at);
  return null;
end $$;

create or replace function event_after_delete() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  tick timestamptz := tidemark_tick(old.organisation_id, event_calendars(old));
begin
  perform write_entries(old, '{}', holding_calendars(old), 'deleted', tick);
  return null;
end $$;
