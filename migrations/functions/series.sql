-- Series and their occurrences, whoever writes. A change of an occurrence that does not come from its series is the
-- occurrence's own, and an occurrence that is deleted never comes back.
--
-- Locks: the organisation, calendars by id, events, and the series last. Whoever changes a series holds its owner's calendar,
-- and so does everybody who changes one of its occurrences: nobody ever waits for the series itself.

-- Whether this transaction writes for the series: it has said so (write_series).
create or replace function writes_series(series_id bigint) returns boolean language sql stable as $$
  select series_id = any (coalesce(nullif(current_setting('tidemark.series', true), ''), '{}')::bigint[])
$$;

-- Says that what this transaction does to the occurrences of these series comes from the series.
create or replace function write_series(series_ids bigint[]) returns void language plpgsql as $$
begin
  perform set_config('tidemark.series', series_ids::text, true);
end $$;

-- The calendars that hold occurrences of a series which are not over.
create or replace function calendars_of_series(org bigint, of_series bigint) returns bigint[] language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  return array(
    select distinct c from event e cross join lateral unnest(holding_calendars(e)) c
    where e.series_id = of_series and (e.organisation_id = org) is true and e.end_time > tidemark_now()
    order by c);
end $$;

-- Locks these, and the calendar of the user whose series it is, before a change of the series that is none of its occurrences'.
create or replace function lock_calendars_of_series(org bigint, by_user bigint, of_series bigint) returns void
language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
  perform lock_calendars(org, array(
    select c.id from calendar c where (c.organisation_id = org) is true and c.user_id = by_user
    union
    select unnest(calendars_of_series(org, of_series))
    order by 1));
end $$;

-- The calendars that hold occurrences of a series which are not over get a tick with it: their files say what the series says, which may
-- change where no occurrence does. Whoever writes for a series has them locked; who has not (write_series) leaves them.
create or replace function series_ticks() returns trigger language plpgsql as $$
declare
  calendars bigint[];
begin
  if not writes_series(new.id) then
    return null;
  end if;
  calendars := calendars_of_series(new.organisation_id, new.id);
  if calendars <> '{}' then
    perform tidemark_tick(new.organisation_id, calendars);
  end if;
  return null;
end $$;

-- Who is invited, whatever they have answered and are called, and whether they are known or not.
create or replace function people_of(attendees jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_agg(jsonb_build_array(
    coalesce(address_key(a ->> 'emailAddress'), a ->> 'userId', a ->> 'contactId'), a ->> 'type') order by position), '[]')
  from jsonb_array_elements(attendees) with ordinality as list (a, position)
$$;

-- Runs after event_before_update, by name: what the row has for nulls is settled then.
create or replace function event_own_words() returns trigger language plpgsql as $$
begin
  -- Whoever is erased is erased everywhere: that makes nobody an exception.
  if writes_series(old.series_id) or is_forgetting() then
    return new;
  end if;
  if (new.series_id, new.recurrence_id) is distinct from (old.series_id, old.recurrence_id) then
    raise exception 'an occurrence keeps its place in its series' using errcode = 'restrict_violation';
  end if;
  new.overrides := array(
    select unnest(old.overrides)
    union
    select field from (
      (select * from jsonb_each(event_words(new)) except select * from jsonb_each(event_words(old)))
      union all
      (select * from jsonb_each(event_words(old)) except select * from jsonb_each(event_words(new)))
    ) differs (field, value)
    order by 1);
  return new;
end $$;

-- What an occurrence may have for itself, by the names of the fields.
create or replace function event_words(e event) returns jsonb language sql stable as $$
  select (event_content(e) - 'ownerId') || jsonb_build_object(
    'attendees', people_of(e.attendees),
    'startTime', extract(epoch from e.start_time), 'endTime', extract(epoch from e.end_time))
$$;

create or replace function event_leaves_series() returns trigger language plpgsql as $$
begin
  if not writes_series(old.series_id) then
    update series s
    set deleted_places = array_append(s.deleted_places, old.recurrence_id), last_modified_at = (tidemark_held()).tick
    where s.organisation_id = old.organisation_id and s.id = old.series_id
      and not old.recurrence_id = any (s.deleted_places);
  end if;
  return null;
end $$;

-- The series, whose occurrences that are not over are locked (`known`), locked too. Where it has others by now, which somebody
-- has made meanwhile, the writer begins again (40001).
create or replace function lock_series(org bigint, of_series bigint, known bigint[]) returns setof series
language plpgsql as $$
begin
  if exists (
    select e.id from event e
    where e.series_id = of_series and (e.organisation_id = org) is true and e.end_time > tidemark_now()
    except select unnest(known))
  then
    raise exception 'A series has more occurrences than before: try again.' using errcode = '40001';
  end if;
  return query select * from series s where s.organisation_id = org and s.id = of_series for no key update;
end $$;

-- The instant of a change of a series: the tick that the transaction gave its events, where it has one.
create or replace function series_tick(before timestamptz) returns timestamptz language sql stable as $$
  select greatest(before + interval '1 ms',
    coalesce((tidemark_held()).tick, date_trunc('milliseconds', tidemark_now()) + interval '1 ms'))
$$;

-- Whom and what a series names, by the keys of events (event_keys); as the index series_key has it.
create or replace function series_keys(s series) returns text[] language sql immutable parallel safe as $$
  select event_keys(s.organisation_id, coalesce(s.content -> 'attendees', '[]'), coalesce(s.content -> 'relatedTo', '[]'))
$$;

-- Whether one of these users has the series, or is on its list and has not left it.
create or replace function takes_part(s series, user_ids bigint[]) returns boolean language sql stable as $$
  select s.owner_id = any (user_ids) or exists (
    select from jsonb_array_elements(s.content -> 'attendees') a
    where (a ->> 'userId')::bigint = any (user_ids) and not (a ->> 'userId')::bigint = any (s.left_user_ids))
$$;

-- The users who let this one look into their calendars.
create or replace function users_open_to(org bigint, of_user bigint) returns bigint[] language sql stable as $$
  select array(
    select c.user_id from calendar_grant g
    join calendar c on c.organisation_id = g.organisation_id and c.id = g.calendar_id
    where g.organisation_id = org and g.user_id = of_user)
$$;

-- Who organises the occurrences to come, as a write of an event fills it in: the owner where nothing is said.
create or replace function organiser_of(s series, out email text, out name text) language sql stable as $$
  select coalesce(s.content ->> 'organizerEmail', o.email), coalesce(s.content ->> 'organizerName', u.name)
  from app_user o
  left join app_user u on u.organisation_id = s.organisation_id and u.id =
    case when s.content ->> 'organizerEmail' is null then o.id else user_at(s.organisation_id, s.content ->> 'organizerEmail') end
  where o.organisation_id = s.organisation_id and o.id = s.owner_id
$$;

-- What a series says, by field, for its history.
create or replace function series_content(s series) returns jsonb language sql stable as $$
  select jsonb_strip_nulls((s.content - 'ownAnswers') || jsonb_build_object(
    'rrule', s.rrule, 'rdates', to_jsonb(s.rdates), 'exdates', to_jsonb(s.exdates || s.deleted_places),
    'timezone', s.timezone, 'firstPlace', s.first_place, 'lengthMs', s.length_ms, 'allDay', s.all_day,
    'iCalUid', s.i_cal_uid, 'ownerId', s.owner_id::text, 'previousId', s.previous_id::text,
    'leftUserIds', to_jsonb(s.left_user_ids::text[])))
$$;

-- A series' history stands beside those of events, under its id below zero.
create or replace function series_noted() returns trigger language plpgsql as $$
declare
  before jsonb := case when tg_op = 'INSERT' then '{}' else series_content(old) end;
  after jsonb := case when tg_op = 'DELETE' then '{}' else series_content(new) end;
  changes jsonb;
begin
  if before = after or is_forgetting() then
    return null;
  end if;
  changes := case tg_op
    when 'INSERT' then after
    when 'DELETE' then before
    else (
      select jsonb_object_agg(coalesce(b.key, a.key), jsonb_build_array(b.value, a.value))
      from jsonb_each(before) b full join jsonb_each(after) a on a.key = b.key
      where b.value is distinct from a.value) end;
  insert into event_history (organisation_id, event_id, at, kind, token_id, changes)
  values (
    coalesce(new.organisation_id, old.organisation_id), -coalesce(new.id, old.id),
    coalesce((tidemark_held()).tick, date_trunc('milliseconds', tidemark_now())),
    case tg_op when 'INSERT' then 'created' when 'DELETE' then 'deleted' else 'changed' end, tidemark_token(), changes);
  return null;
end $$;
