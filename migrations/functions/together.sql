-- Writes of many callers that go together in one transaction (src/event/together.ts). What they need is tried and never
-- waited for: what somebody else has is left out, and its writer does it alone. What is taken here the triggers find taken;
-- what a row means is theirs, as for every other writer, and what is missing here they take by themselves.

-- The first call of such a transaction, for begin_write. Says whether it may begin: not while somebody has the whole
-- organisation. What is not tried, such as a row that a foreign key needs, is waited for shortly: many wait.
create or replace function begin_together(org bigint) returns boolean language plpgsql as $$
declare
  done text;
begin
  done := set_config('tidemark.token', '', true);
  done := set_config('lock_timeout', '500ms', true);
  return pg_try_advisory_xact_lock_shared(-org);
end $$;

-- The same, and whom and what the writes name (look_up_people).
create or replace function find_people_together(
  org bigint, addresses text[], user_ids bigint[], record_ids bigint[], out began boolean, out users jsonb, out records jsonb
) language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
  began := begin_together(org);
  if began and not (addresses = '{}' and user_ids = '{}' and record_ids = '{}') then
    select found.users, found.records into users, records
    from look_up_people(org, addresses, user_ids, record_ids) found;
  end if;
end $$;

-- Locks those of these calendars that nobody else has, and answers them. One whose clock is ahead of the wall by more than a
-- second is left out: it would take the clocks of all others along.
create or replace function lock_free_calendars(org bigint, calendars bigint[]) returns bigint[]
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  held tidemark_held := tidemark_held();
  calendar_id bigint;
  done text;
begin
  if held.organisation_id is distinct from org then
    held := row(org, false, '{}', null, 0, '{}')::tidemark_held;
  end if;
  foreach calendar_id in array calendars loop
    if not calendar_id = any (held.locked) and pg_try_advisory_xact_lock(calendar_id) then
      held.locked := held.locked || calendar_id;
    end if;
  end loop;
  done := set_config('tidemark.held', held::text, true);
  return array(
    select c.id from calendar c
    where c.organisation_id = org and c.id = any (calendars) and c.id = any (held.locked)
      and c.clock < tidemark_now() + interval '1 second');
end $$;

-- Says that these events are written through these tokens, one each, and that the first tick is to be taken for all of these
-- calendars, which are locked.
create or replace function note_together(calendars bigint[], event_ids bigint[], tokens bigint[]) returns void
language plpgsql as $$
declare
  done text;
begin
  done := set_config('tidemark.together', calendars::text, true);
  done := set_config('tidemark.tokens', (
    select coalesce(jsonb_object_agg(w.id, w.token), '{}')::text from unnest(event_ids, tokens) w (id, token)), true);
end $$;

-- For new events, of which number n is written through tokens[n] and is in the calendars of users[m] wherever places[m] = n:
-- locks those calendars, and answers the numbers and ids of the events that may be inserted now.
create or replace function hold_together(org bigint, tokens bigint[], places bigint[], users bigint[])
returns table (place bigint, id bigint) language plpgsql rows 64 set plan_cache_mode = force_generic_plan as $$
declare
  wanted_by bigint[];
  wanted bigint[];
  free bigint[];
  fit bigint[];
  ids bigint[];
  done text;
begin
  select coalesce(array_agg(w.place), '{}'), coalesce(array_agg(c.id), '{}') into wanted_by, wanted
  from unnest(places, users) w (place, user_id)
  join calendar c on (c.organisation_id = org) is true and c.user_id = w.user_id;
  free := lock_free_calendars(org, array(select distinct c from unnest(wanted) c order by c));
  fit := array(
    select n from generate_series(1::bigint, cardinality(tokens)) n
    except select w.place from unnest(wanted_by, wanted) w (place, calendar_id) where not w.calendar_id = any (free)
    order by 1);
  if fit = '{}' then
    return;
  end if;
  ids := array(select nextval('event_id_seq') from unnest(fit));
  done := note_together(
    array(
      select distinct w.calendar_id from unnest(wanted_by, wanted) w (place, calendar_id) where w.place = any (fit)),
    ids, array(select tokens[n] from unnest(fit) with ordinality f (n, position) order by position));
  return query select * from unnest(fit, ids);
end $$;

-- The calendars that hold the event, and those of whoever has left it and is on the list still: they may come back.
create or replace function event_calendars_ever(e event) returns bigint[] language plpgsql stable as $$
begin
  e.left_user_ids := '{}';
  return event_calendars(e);
end $$;

-- Events for changes by somebody each, where number n names users[m] wherever places[m] = n: locked where nobody else has
-- the event or any calendar that the change may concern. Long ones are left out.
create or replace function lock_together(org bigint, event_ids bigint[], places bigint[], users bigint[]) returns setof event
language plpgsql rows 64 set plan_cache_mode = force_generic_plan as $$
declare
  wanted bigint[];
  free bigint[];
begin
  if not begin_together(org) then
    return;
  end if;
  wanted := array(
    select held.id from event e cross join unnest(event_calendars_ever(e)) held (id)
    where e.organisation_id = org and e.id = any (event_ids)
    union
    select c.id from calendar c where (c.organisation_id = org) is true and c.user_id = any (users)
    order by 1);
  free := lock_free_calendars(org, wanted[1:128]);
  return query
    select * from event e
    where e.organisation_id = org and e.id = any (event_ids) and event_calendars_ever(e) <@ free
      and pg_column_size(e.attendees) + pg_column_size(e.related_to) + coalesce(pg_column_size(e.description), 0) <= 20000
      and not exists (
        select from unnest(places, users) w (place, user_id)
        join calendar c on (c.organisation_id = org) is true and c.user_id = w.user_id
        where event_ids[w.place] = e.id and not c.id = any (free))
    for no key update skip locked;
end $$;

-- The same for deletes. What hangs under an event goes with it, and an occurrence's series is told: one that has such, or is one, is
-- left out. Looked at once they are locked: nobody hangs anything there then.
create or replace function lock_to_delete_together(org bigint, event_ids bigint[]) returns setof event
language plpgsql rows 64 set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  held bigint[] := array(select e.id from lock_together(org, event_ids, '{}', '{}') e);
begin
  return query
    select * from event e
    where e.organisation_id = org and e.id = any (held) and e.series_id is null
      and not exists (select from event child where (child.organisation_id = org) is true and child.parent_id = e.id);
end $$;

-- For changes of these events, which lock_together has locked, through these tokens, one each; `users` are on their lists then.
create or replace function note_changes(org bigint, event_ids bigint[], tokens bigint[], users bigint[]) returns void
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  done text := note_together(calendars_of(org, event_ids, users), event_ids, tokens);
begin
  return;
end $$;
