-- A sweep is a row: inserting it into the table sweep forgets the oldest tombstones and the oldest history.

-- Forgets some `most` of the oldest tombstones from before `before`, calendar by calendar, 64 calendars at most, and lifts
-- their floors to the greatest tick that went. It waits for nobody, because it holds the locks of the calendars it is done
-- with: one that is being written to is left for a later sweep. Statistics have no say in how it finds them: from the oldest on.
create or replace function sweep_tombstones() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
declare
  seen bigint[] := array[]::bigint[];
  org bigint;
  calendar bigint;
  last timestamptz;
  gone bigint;
begin
  new.purged := 0;
  while new.purged < new.most and cardinality(seen) < 64 loop
    select n.organisation_id, n.calendar_id into org, calendar from calendar_entry n
    where n.removed_at < new.before and n.reason is not null and not n.calendar_id = any (seen) order by n.removed_at limit 1;
    exit when not found;
    seen := seen || calendar;
    continue when not (pg_try_advisory_xact_lock_shared(-org) and pg_try_advisory_xact_lock(calendar));
    -- In tick order, and whole ticks: what stays is later than the floor.
    select max(oldest.tick) into last from (
      select n.tick from calendar_entry n
      where by_change(n.organisation_id) = org and n.calendar_id = calendar and n.tick < new.before
        and n.removed_at is not null
      order by n.tick limit new.most - new.purged
    ) oldest;
    delete from calendar_entry n
    where by_change(n.organisation_id) = org and n.calendar_id = calendar and n.tick <= last and n.removed_at is not null;
    get diagnostics gone = row_count;
    update calendar c set floor = greatest(c.floor, last)
    where c.organisation_id = org and c.id = calendar and gone > 0;
    new.purged := new.purged + gone;
  end loop;
  return new;
end $$;

-- Where the rows of a table are: its partitions, or itself.
create or replace function places_of(of_table regclass) returns setof regclass language sql stable as $$
  select i.inhrelid::regclass from pg_inherits i where i.inhparent = of_table
  union all
  select of_table where not exists (select from pg_inherits i where i.inhparent = of_table)
$$;

-- Forgets, beside tombstones, as many of the oldest changes, of events and of what admins do; what another sweep has in hand it leaves alone.
create or replace function sweep_history() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
declare
  place regclass;
  went bigint;
  acts bigint;
begin
  new.forgotten := 0;
  -- Where a row stands (ctid) is known in its own partition only.
  for place in select * from places_of('event_history') loop
    execute format('delete from %1$s where ctid = any (array(
      select h.ctid from %1$s h where h.at < $1 order by h.at limit $2 for update skip locked))', place)
    using new.before, new.most - new.forgotten;
    get diagnostics went = row_count;
    new.forgotten := new.forgotten + went;
  end loop;
  delete from admin_history where ctid = any (array(
    select h.ctid from admin_history h where h.at < new.before order by h.at limit new.most for update skip locked));
  get diagnostics acts = row_count;
  new.forgotten := new.forgotten + acts;
  return new;
end $$;
