-- Batches: many events locked by one statement. Calendars come first, by id, then events, by id: the order of single
-- writes and of whoever calls lock_calendars, so that two batches never wait for each other in a circle.

-- These events, locked until the commit, for a write that names these users (`invited`).
create function lock_events(org bigint, token bigint, event_ids bigint[], invited bigint[] default '{}')
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
create function lock_for_delete(org bigint, token bigint, event_ids bigint[]) returns setof event
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

-- The calendars of these users.
create function lock_calendars_of(org bigint, user_ids bigint[]) returns void language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
  perform lock_calendars(org, array(
    select c.id from calendar c where c.organisation_id = org and c.user_id = any (user_ids) order by c.id));
end $$;
