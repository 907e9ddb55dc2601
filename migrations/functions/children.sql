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
  return (select count(*) from event e where e.parent_id = parent and e.organisation_id + 0 = org);
end $$;

-- Those of these events that the user is in (null: anybody), and how many hang under each.
create or replace function find_parents(org bigint, event_ids bigint[], user_id bigint)
returns table (id bigint, children bigint) language sql stable as $$
  select e.id, children_of(org, e.id) from event e
  where e.organisation_id = org and e.id = any (event_ids) and (user_id is null or is_in(e, user_id))
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
    if not found or not (user_id is null or is_in(held, user_id))
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
