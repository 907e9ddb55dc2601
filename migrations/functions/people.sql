-- Users: how one arrives in the calendars that already invite their address, and how events get another owner.

-- Whoever arrives (a new user, or a user with a new address) gets a calendar and the events that already
-- invite the address. The organisation's lock, taken first and exclusively, keeps out writers that looked the
-- address up before and would store an invitation without the user id after.
create or replace function app_user_before() returns trigger language plpgsql as $$
begin
  perform lock_organisation(new.organisation_id);
  new.addressed_at := tidemark_now();
  return new;
end $$;

create or replace function app_user_arrives() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into calendar (organisation_id, user_id) values (new.organisation_id, new.id);
  end if;
  update event e
  set attendees = (
    select jsonb_agg(
      case when lower(a ->> 'emailAddress') = lower(new.email) and a ->> 'userId' is null
        then a || jsonb_build_object('userId', new.id::text) else a end
      order by position)
    from jsonb_array_elements(e.attendees) with ordinality as list (a, position))
  where e.organisation_id = new.organisation_id
    and event_keys(e.organisation_id, e.attendees, e.related_to)
        @> array['e:' || new.organisation_id || ':' || lower(new.email)]
    and not event_keys(e.organisation_id, e.attendees, e.related_to)
        @> array['u:' || new.organisation_id || ':' || new.id];
  return null;
end $$;

create or replace function app_user_zone() returns trigger language plpgsql as $$
begin
  perform require_zone(new.timezone, 'app_user_timezone');
  return new;
end $$;

-- Makes `new_owner` the owner of every event of `old_owner` and answers how many. The calendars are locked first, in
-- order: those of everybody invited to any of the events.
create or replace function transfer_events(org bigint, token bigint, old_owner bigint, new_owner bigint) returns bigint
language plpgsql as $$
declare
  moved bigint;
  touched bigint[] := array(
    select distinct other.calendar_id
    from calendar c
    join calendar_entry own on own.organisation_id = org and own.calendar_id = c.id and own.removed_at is null
    join event e on e.organisation_id = org and e.id = own.event_id and e.owner_id = old_owner
    cross join lateral unnest(event_calendars(e)) other (calendar_id)
    where c.organisation_id = org and c.user_id = old_owner
    union select id from calendar where organisation_id = org and user_id = new_owner
    order by 1);
begin
  perform begin_write(org, token, cardinality(touched));
  perform lock_calendars(org, touched);
  update event e set owner_id = new_owner
  from calendar c join calendar_entry own on own.organisation_id = org and own.calendar_id = c.id and own.removed_at is null
  where c.organisation_id = org and c.user_id = old_owner and e.organisation_id = org and e.id = own.event_id
    and e.owner_id = old_owner and new_owner <> old_owner;
  get diagnostics moved = row_count;
  return moved;
end $$;
