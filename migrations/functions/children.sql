-- How many hang under one event, and who may hang one there. Whoever hangs events locks the parents' rows, after the
-- calendars and by id, so that two at once are counted one after the other.

create or replace function most_children() returns bigint language sql immutable as 'select 1000::bigint';

-- Whether the user owns the event, or is on its list and has not left.
create or replace function is_in(e event, user_id bigint) returns boolean language sql immutable as $$
  select e.owner_id = user_id or not user_id = any (e.left_user_ids) and jsonb_path_exists(
    e.attendees, '$[*].userId ? (@ == $user)', jsonb_build_object('user', user_id::text))
$$;

-- By that index, however the table looked when a session planned this: without statistics all ways seem alike.
create or replace function children_of(org bigint, parent bigint) returns bigint language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  return (select count(*) from event e where e.parent_id = parent and (e.organisation_id = org) is true);
end $$;

-- Those of these events, cancelled ones aside, that the user is in (null: anybody), and how many hang under each.
create or replace function find_parents(org bigint, event_ids bigint[], user_id bigint)
returns table (id bigint, children bigint) language sql stable as $$
  select e.id, children_of(org, e.id) from event e
  where e.organisation_id = org and e.id = any (event_ids) and e.status <> 'cancelled' and (user_id is null or is_in(e, user_id))
$$;

-- Locks the parents of what is about to be hung, so many under each. What find_parents said of them may be past by now:
-- then the transaction begins again (40001) and looks anew. The calendars of what is hung must be locked.
create or replace function hold_parents(org bigint, event_ids bigint[], arrivals bigint[], user_id bigint) returns void
language plpgsql volatile as $$
declare
  parent record;
  held event;
begin
  for parent in select id, coming from unnest(event_ids, arrivals) as wanted (id, coming) order by id loop
    select * into held from event e where e.organisation_id = org and e.id = parent.id for no key update;
    if not found or held.status = 'cancelled' or not (user_id is null or is_in(held, user_id))
      or children_of(org, parent.id) + parent.coming > most_children()
    then
      raise exception 'The parent was changed meanwhile: try again.' using errcode = '40001';
    end if;
  end loop;
end $$;

-- Whoever writes. A snapshot from before the others' turn (REPEATABLE READ) does not show what they hung.
create or replace function event_hung() returns trigger language plpgsql as $$
begin
  perform from event e where e.organisation_id = new.organisation_id and e.id = new.parent_id for no key update;
  if children_of(new.organisation_id, new.parent_id) > most_children() then
    raise exception 'at most % events may hang under one', most_children()
      using errcode = 'check_violation', constraint = 'event_children';
  end if;
  return null;
end $$;

-- What its owner hung under an event goes with it; what others did stays, without a parent: the foreign key sees to that, behind
-- this. With their organisation they go anyway.
create or replace function event_takes_children() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  delete from event e
  where e.parent_id = old.id and (e.organisation_id = old.organisation_id) is true
    and (e.owner_id = old.owner_id or current_setting('tidemark.forgetting', true) = 'organisation');
  -- What a series makes from now on hangs nowhere.
  if not is_forgetting() then
    update series s set content = s.content || '{"parentId": null}', last_modified_at = series_tick(s.last_modified_at)
    where s.organisation_id = old.organisation_id and s.content ->> 'parentId' = old.id::text;
  end if;
  return null;
end $$;

-- How many there may be above one event.
create or replace function most_ancestors() returns integer language sql immutable as 'select 50';

-- Refuses `parent` where the event is the parent itself or one of its ancestors, or would have more than there may be. One look-up for each step up: as one
-- recursive query it was planned, without statistics, to read the organisation's events for each.
create or replace function refuse_own_ancestor(org bigint, event_id bigint, parent bigint) returns void
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  above bigint := parent;
  ancestors integer := 0;
begin
  while above is not null loop
    ancestors := ancestors + 1;
    if ancestors > most_ancestors() then
      raise exception 'an event has at most % ancestors', most_ancestors()
        using errcode = 'check_violation', constraint = 'event_ancestors';
    end if;
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
