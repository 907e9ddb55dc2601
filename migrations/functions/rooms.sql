-- Rooms and equipment (app_user.kind) answer by themselves, in the transaction of the write, whoever writes. What one of them
-- has accepted is a booking, unless the event is free, cancelled or of no length; two bookings never overlap. They are asked
-- while their calendar is locked: whoever books at the same moment waits, and then sees this booking.

-- Those of the list who are a room or equipment.
create or replace function rooms_among(org bigint, owner_id bigint, attendees jsonb) returns bigint[] language plpgsql stable as $$
begin
  if not jsonb_path_exists(attendees, '$[*].userId ? (@ != null && @ != $owner)', jsonb_build_object('owner', owner_id::text)) then
    return array[]::bigint[];
  end if;
  return array(
    select u.id from app_user u
    where u.organisation_id = org and u.kind in ('room', 'equipment') and u.id <> owner_id and u.id = any (array(
      select (a ->> 'userId')::bigint from jsonb_array_elements(attendees) a where a ->> 'userId' is not null))
    order by u.id);
end $$;

-- What somebody's status on the list is; null where they are not on it.
create or replace function status_of(attendees jsonb, user_id bigint) returns text language sql immutable parallel safe as $$
  select a ->> 'status' from jsonb_array_elements(attendees) a where a ->> 'userId' = user_id::text limit 1
$$;

-- The list, on which each of `user_ids` has the status at its place.
create or replace function with_statuses(attendees jsonb, user_ids bigint[], statuses text[]) returns jsonb
language sql immutable parallel safe as $$
  select jsonb_agg(case when n is null then a else jsonb_set(a, '{status}', to_jsonb(statuses[n])) end order by position)
  from jsonb_array_elements(attendees) with ordinality as list (a, position)
  cross join lateral (select array_position(user_ids, (a ->> 'userId')::bigint) as n) named
$$;

-- Whether the transaction wants every room that it invites, or nothing written: `set local tidemark.require_rooms = 'on'`.
create or replace function requires_rooms() returns boolean language sql stable as $$
  select coalesce(current_setting('tidemark.require_rooms', true), '') = 'on'
$$;

-- Which of these rooms are to be asked: who is invited anew, or has left and is back; all of them where the event is moved,
-- restored, another's, or comes to take time or to take none; and with requires_rooms() those that have declined before.
create or replace function rooms_to_ask(rooms bigint[], before event, after event) returns bigint[] language plpgsql stable as $$
declare
  is_new boolean := before.id is null;
  is_moved boolean := is_new or (before.owner_id, before.start_time, before.end_time, before.all_day, before.show_as = 'free', before.status = 'cancelled')
    is distinct from (after.owner_id, after.start_time, after.end_time, after.all_day, after.show_as = 'free', after.status = 'cancelled');
begin
  if after.status = 'cancelled' then
    return array[]::bigint[];
  end if;
  return array(
    select room from unnest(rooms) room
    where not (room = any (after.left_user_ids) and status_of(after.attendees, room) = 'Declined')
      and (is_moved or status_of(before.attendees, room) is null or room = any (before.left_user_ids)
        or requires_rooms() and status_of(before.attendees, room) = 'Declined'));
end $$;

-- The list before rooms have answered: nobody answers for them. Those who are asked have said nothing yet, the others what
-- they had said; but one that is taken out of the event has declined.
create or replace function with_rooms_answers(rooms bigint[], asked bigint[], before event, after event) returns jsonb
language plpgsql immutable as $$
declare
  was jsonb := coalesce(before.attendees, '[]');
begin
  return with_statuses(after.attendees, rooms, array(
    select case
      when room = any (asked) then 'NoResponse'
      when room = any (after.left_user_ids) and status_of(after.attendees, room) = 'Declined' then 'Declined'
      else coalesce(status_of(was, room), 'NoResponse') end
    from unnest(rooms) with ordinality as list (room, position) order by position));
end $$;

-- The events that a statement is going to move and has not reached yet (`tidemark.moving`, an array of their ids): they stand in nobody's
-- way where they were. Each is asked anew once it is reached, and a statement that leaves one out is refused (forget_booked).
create or replace function moving_events() returns bigint[] language sql stable as $$
  select coalesce(nullif(current_setting('tidemark.moving', true), ''), '{}')::bigint[]
$$;

-- Whether the statement was to move this event, which it has reached.
create or replace function was_to_move(id bigint) returns boolean language plpgsql volatile as $$
declare
  moving bigint[] := moving_events();
  done text;
begin
  if not id = any (moving) then
    return false;
  end if;
  done := set_config('tidemark.moving', array_remove(moving, id)::text, true);
  return true;
end $$;

-- When an event takes a room's time: its dates are days of the room's zone.
create or replace function booked_span(e event, zone text) returns tstzrange language plpgsql immutable as $$
declare
  starts timestamptz := e.start_time;
  ends timestamptz := e.end_time;
begin
  if e.all_day then
    starts := (starts at time zone 'UTC') at time zone zone;
    ends := greatest(starts, (ends at time zone 'UTC') at time zone zone);
  end if;
  return tstzrange(starts, ends);
end $$;

-- The event that has the room at that time; null where nobody has. What the room owns takes its time too.
create or replace function booking_at(org bigint, room bigint, zone text, span tstzrange, but bigint) returns bigint
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
declare
  -- No zone is further from UTC than 15 hours: there lie the dates of all-day events.
  around tstzrange := tstzrange(lower(span) - interval '15 hours', upper(span) + interval '15 hours');
  day_before timestamptz := lower(around) - interval '1 day';
  accepted jsonb := jsonb_build_array(jsonb_build_object('userId', room::text, 'status', 'Accepted'));
  own_calendar bigint := (select id from calendar where (organisation_id = org) is true and user_id = room);
  moving bigint[] := moving_events();
begin
  return (
    select near.event_id
    from (
      select n.event_id from calendar_entry n
      where by_start(n.organisation_id) = org and n.calendar_id = own_calendar and n.removed_at is null
        and n.start_time >= day_before and n.start_time < upper(around) and n.end_time > lower(around)
      union all
      select n.event_id from calendar_entry n
      where by_span(n.organisation_id) = org and n.calendar_id = own_calendar and n.removed_at is null
        and n.end_time - n.start_time > interval '1 day' and tstzrange(n.start_time, n.end_time, '[]') @> day_before
        and n.start_time < day_before and n.end_time > lower(around)) near
    cross join lateral (
      select e as other from event e where e.organisation_id = org and e.id = near.event_id offset 0) found
    where near.event_id <> but and (found.other).show_as <> 'free'
      and ((found.other).owner_id = room or (found.other).attendees @> accepted and near.event_id <> all (moving))
      and booked_span(found.other, zone) && span
    limit 1);
end $$;

-- A span in milliseconds.
create or replace function in_ms(span tstzrange) returns int8multirange language sql immutable as $$
  select int8multirange(int8range(
    (extract(epoch from lower(span)) * 1000)::bigint, (extract(epoch from upper(span)) * 1000)::bigint))
$$;

-- The event as these rooms have answered it. Their calendars are locked. What the same statement has booked before is in no
-- calendar yet, since entries come after all of its rows: it is kept in a setting until then (forget_booked).
create or replace function rooms_answer(e event, asked bigint[]) returns event language plpgsql volatile as $$
declare
  booked jsonb := coalesce(nullif(current_setting('tidemark.booked', true), ''), '{}')::jsonb;
  statuses text[] := array[]::text[];
  room app_user;
  room_id bigint;
  span tstzrange;
  own int8multirange;
  is_taken boolean;
  taken_by bigint;
  done text;
begin
  foreach room_id in array asked loop
    select * into room from app_user u where u.organisation_id = e.organisation_id and u.id = room_id;
    span := booked_span(e, room.timezone);
    own := coalesce(booked ->> room_id::text, '{}')::int8multirange;
    taken_by := null;
    is_taken := room.disabled_at is not null;
    if e.show_as <> 'free' and not isempty(span) and not is_taken then
      is_taken := own && in_ms(span);
      if not is_taken then
        taken_by := booking_at(e.organisation_id, room_id, room.timezone, span, e.id);
        is_taken := taken_by is not null;
      end if;
      if not is_taken then
        booked := jsonb_set(booked, array[room_id::text], to_jsonb((own + in_ms(span))::text));
      end if;
    end if;
    if is_taken and requires_rooms() then
      raise exception 'the room "%" is %', room.name, case when room.disabled_at is null then 'taken' else 'disabled' end
        using errcode = 'exclusion_violation', constraint = 'event_rooms_free', detail = jsonb_build_object(
          'userId', room_id::text, 'name', room.name, 'eventId', taken_by::text, 'isDisabled', room.disabled_at is not null)::text;
    end if;
    statuses := statuses || case when is_taken then 'Declined' else 'Accepted' end;
  end loop;
  done := set_config('tidemark.booked', booked::text, true);
  e.attendees := with_statuses(e.attendees, asked, statuses);
  e.own_answers := still_answered(e.own_answers, e.attendees);
  return e;
end $$;

-- After a statement its bookings are in the calendars, and what it was to move is moved: others may have been given its time.
create or replace function forget_booked() returns trigger language plpgsql as $$
begin
  if moving_events() <> '{}' then
    raise exception 'a statement moves the events that tidemark.moving names' using errcode = 'restrict_violation';
  end if;
  perform set_config('tidemark.moving', '', true);
  perform set_config('tidemark.booked', '', true);
  return null;
end $$;

-- Only persons have access tokens; and who becomes a room, or a room of another zone, has no two bookings at one time.
create or replace function app_user_kind() returns trigger language plpgsql as $$
declare
  is_booked boolean := new.kind in ('room', 'equipment');
begin
  if new.kind <> 'person' and exists (
    select from access_token t
    where (t.organisation_id = new.organisation_id) is true and t.user_id = new.id and t.revoked_at is null
      and coalesce(t.expires_at > tidemark_now(), true))
  then
    raise exception 'a user with access tokens is a person' using errcode = 'check_violation', constraint = 'app_user_tokens_of_persons';
  end if;
  if not is_booked or old.kind in ('room', 'equipment') and new.timezone = old.timezone then
    return new;
  end if;
  perform lock_organisation(new.organisation_id); -- Whoever writes an event now knows the user as they were.
  if exists (
    select from (
      select lower(span) as starts, max(upper(span)) over (order by lower(span), upper(span) rows between unbounded preceding and 1 preceding) as earlier
      from calendar c
      join calendar_entry n on by_start(n.organisation_id) = new.organisation_id and n.calendar_id = c.id and n.removed_at is null
      join event e on e.organisation_id = new.organisation_id and e.id = n.event_id
      cross join lateral (select booked_span(e, new.timezone) as span) b
      where (c.organisation_id = new.organisation_id) is true and c.user_id = new.id and e.show_as <> 'free' and not isempty(span)
        and e.owner_id <> new.id and status_of(e.attendees, new.id) = 'Accepted') bookings
    where starts < earlier)
  then
    raise exception 'two bookings would overlap' using errcode = 'exclusion_violation',
      constraint = case when new.timezone = old.timezone then 'app_user_bookings_of_kind' else 'app_user_bookings_of_zone' end;
  end if;
  return new;
end $$;
