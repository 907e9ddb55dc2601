-- What went from the timelines of records, so that whoever follows one is told (src/live/follow-timeline.ts). What came, or is there
-- still, shows at the event itself, but for what came with a record.

-- The records whose timelines an event of these keys is in, as it stands.
create or replace function records_of_keys(org bigint, keys text[]) returns bigint[] language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  addresses text[] := array(select substr(key, 3) from unnest(keys) key where key like 'e:%');
begin
  return array(
    select split_part(key, ':', -1)::bigint from unnest(keys) key where left(key, 2) in ('c:', 'r:')
    union select r.id from record r
    where addresses <> '{}' and record_keys(r.organisation_id, r.emails) && addresses
      and (r.organisation_id = org) is true);
end $$;

-- Those of whose calendars one holds an event: they see it though it is private.
create or replace function people_of(owner bigint, attendees jsonb, left_user_ids bigint[]) returns bigint[]
language sql immutable parallel safe as $$
  select array(
    select owner
    union select (a ->> 'userId')::bigint from jsonb_array_elements(attendees) a
    where a ->> 'userId' is not null and not (a ->> 'userId')::bigint = any (left_user_ids))
$$;

-- An event went from timelines: it was deleted, a record or a person is off it, or it has become private. From the timelines of
-- those who are no longer in a private one it went alone.
create or replace function event_lost() returns trigger language plpgsql as $$
declare
  was text[] := event_keys(old.organisation_id, old.attendees, old.related_to);
  ids bigint[];
  is_busy boolean := (select o.colleagues_see = 'BUSY' from organisation o where o.id = old.organisation_id);
  people bigint[] := people_of(old.owner_id, old.attendees, old.left_user_ids);
  gone bigint[];
begin
  if tg_op = 'UPDATE' and (new.private or is_busy) then
    gone := array(select unnest(people) except select unnest(people_of(new.owner_id, new.attendees, new.left_user_ids)));
    if gone <> '{}' then
      ids := records_of_keys(old.organisation_id, was);
      if ids <> '{}' then
        insert into timeline_lost (organisation_id, tick, event_id, reason, record_ids, user_ids)
        values (old.organisation_id, new.last_modified_at, old.id, 'left', ids, gone);
      end if;
    end if;
  end if;
  if tg_op = 'UPDATE' and not (new.private and not old.private) then
    was := array(select unnest(was) except select unnest(event_keys(new.organisation_id, new.attendees, new.related_to)));
  end if;
  if was = '{}' then return null; end if;
  ids := records_of_keys(old.organisation_id, was);
  if ids = '{}' then return null; end if;
  insert into timeline_lost (organisation_id, tick, event_id, reason, record_ids, user_ids)
  values (
    old.organisation_id,
    case when tg_op = 'UPDATE' then new.last_modified_at else (tidemark_held()).tick end,
    old.id, case when tg_op = 'UPDATE' then 'left' else 'deleted' end, ids,
    case when old.private or is_busy then people end);
  return null;
end $$;

-- A contact, or an opportunity, belongs to another account: its events go from the timeline of the one and come to the other's,
-- and stay as they are.
create or replace function record_moved() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  keys text[] := timeline_keys(new.organisation_id, new.id, false);
  is_busy boolean := (select o.colleagues_see = 'BUSY' from organisation o where o.id = new.organisation_id);
begin
  insert into timeline_lost (organisation_id, tick, event_id, reason, record_ids, user_ids)
  select e.organisation_id, date_trunc('milliseconds', tidemark_now()), e.id, way.reason, array[way.account],
    case when way.reason = 'left' and (e.private or is_busy) then people_of(e.owner_id, e.attendees, e.left_user_ids) end
  from event e cross join (values ('left', old.account_id), ('came', new.account_id)) as way (reason, account)
  where event_keys(e.organisation_id, e.attendees, e.related_to) && keys
    and (e.organisation_id = new.organisation_id and way.account is not null) is true;
  return null;
end $$;
