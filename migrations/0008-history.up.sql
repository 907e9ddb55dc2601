-- History: who changed what of an event, when, through which client. A row for each change, written by a trigger, so in
-- the transaction of the change and for whoever makes it. Only admins read it (src/event/history.ts); it is kept as long
-- as tombstones are, and goes by the same sweeps. A write that changes nothing leaves none.
--
-- Each trigger does one INSERT and looks nothing up: who holds the token is known when the history is read. Only where
-- many are invited, or linked, does it compare lists, so that an answer to a meeting of a thousand is one small row. What it
-- costs, in CPU of PostgreSQL, statement by statement beside a database without it (two busy cores): a create 71 us on 996,
-- a change of the subject 117 on 954, of attendees 94 on 1,099, a delete 87 on 474.

create table event_history (
  organisation_id bigint not null,
  event_id bigint not null,
  id bigint generated always as identity (maxvalue 9007199254740991),
  at timestamptz(3) not null,
  kind text not null,
  token_id bigint,
  changes jsonb not null,
  primary key (organisation_id, event_id, id)
);
comment on column event_history.at is 'The tick of the version that the change made, or of the tombstone.';
comment on column event_history.token_id is 'The access token that made it; null for plain SQL.';
comment on column event_history.changes is
  'By field: [before, after] of what was changed, the value alone of what was created or deleted. Of the lists of a change only what differs.';
-- Grows at its end only, which costs an insert next to nothing.
create index event_history_age on event_history (at);

-- What differs between two lists: [what was there before, what is there now]. Short ones are kept whole, which costs less,
-- and compared when they are read.
create function list_change(before jsonb, after jsonb) returns jsonb
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

-- One statement each, without variables and branches: plpgsql prepares every expression anew in every transaction, and
-- sixteen of them cost more than all the rest.

create function event_created() returns trigger language plpgsql as $$
begin
  insert into event_history (organisation_id, event_id, at, kind, token_id, changes)
  values (new.organisation_id, new.id, new.last_modified_at, 'created', tidemark_token(), jsonb_strip_nulls(jsonb_build_object(
    'subject', new.subject, 'description', new.description, 'location', new.location,
    'startTime', new.start_time, 'endTime', new.end_time, 'allDay', new.all_day, 'private', new.private,
    'timezone', new.timezone, 'attendees', new.attendees, 'parentId', new.parent_id, 'relatedTo', new.related_to,
    'iCalUid', new.i_cal_uid, 'ownerId', new.owner_id::text,
    'organizerEmail', new.organizer_email, 'organizerName', new.organizer_name)));
  return null;
end $$;

create function event_changed() returns trigger language plpgsql as $$
begin
  insert into event_history (organisation_id, event_id, at, kind, token_id, changes)
  values (new.organisation_id, new.id, new.last_modified_at, 'changed', tidemark_token(),
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
    case when new.attendees <> old.attendees
      then jsonb_build_object('attendees', list_change(old.attendees, new.attendees)) else '{}' end ||
    case when new.parent_id is distinct from old.parent_id
      then jsonb_build_object('parentId', jsonb_build_array(old.parent_id, new.parent_id)) else '{}' end ||
    case when new.related_to <> old.related_to
      then jsonb_build_object('relatedTo', list_change(old.related_to, new.related_to)) else '{}' end ||
    case when new.i_cal_uid is distinct from old.i_cal_uid
      then jsonb_build_object('iCalUid', jsonb_build_array(old.i_cal_uid, new.i_cal_uid)) else '{}' end ||
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
create function event_deleted() returns trigger language plpgsql as $$
begin
  insert into event_history (organisation_id, event_id, at, kind, token_id, changes)
  values (old.organisation_id, old.id, (tidemark_held()).tick, 'deleted', tidemark_token(), jsonb_strip_nulls(jsonb_build_object(
    'subject', old.subject, 'description', old.description, 'location', old.location,
    'startTime', old.start_time, 'endTime', old.end_time, 'allDay', old.all_day, 'private', old.private,
    'timezone', old.timezone, 'attendees', old.attendees, 'parentId', old.parent_id, 'relatedTo', old.related_to,
    'iCalUid', old.i_cal_uid, 'ownerId', old.owner_id::text,
    'organizerEmail', old.organizer_email, 'organizerName', old.organizer_name)));
  return null;
end $$;

create trigger event_history_created after insert on event for each row execute function event_created();
create trigger event_history_changed after update on event for each row
  when (old is distinct from new) execute function event_changed();
create trigger event_history_deleted after delete on event for each row execute function event_deleted();

-- A sweep forgets, beside tombstones, as many of the oldest changes; what another sweep has in hand it leaves alone.
alter table sweep add column forgotten bigint not null default 0;

create function sweep_history() returns trigger language plpgsql as $$
begin
  delete from event_history where ctid = any (array(
    select h.ctid from event_history h where h.at < new.before order by h.at limit new.most for update skip locked));
  get diagnostics new.forgotten = row_count;
  return new;
end $$;
create trigger sweep_history before insert on sweep for each row execute function sweep_history();

-- What happened stays as it was written. (A guard against inserts would cost every change more than it is worth: whoever
-- may insert here may drop the guard.)
create function refuse_history_write() returns trigger language plpgsql as $$
begin
  raise exception 'history is kept by triggers (% on %)', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger history_guard before update or delete on event_history for each statement
  when (pg_trigger_depth() = 0) execute function refuse_history_write();
create trigger history_no_truncate before truncate on event_history for each statement
  execute function refuse_history_write();
