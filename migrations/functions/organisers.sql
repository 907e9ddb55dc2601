-- Whose meeting an event is (its organiser), and which event a meeting of mailboxes is already.

-- The user whose address it is; null: somebody outside.
create or replace function user_at(org bigint, email text) returns bigint language plpgsql stable as $$
declare
  key text := address_key(email);
begin
  return (select a.user_id from user_address a where a.organisation_id = org and a.address = key);
end $$;

-- The organiser as a write of an event makes them: who has the address when it is written stays the organiser under whatever
-- address they have later. A name that is left out is theirs, where they are a user.
create or replace function with_organiser(e event) returns event language plpgsql stable as $$
begin
  e.organizer_id := user_at(e.organisation_id, e.organizer_email);
  if e.organizer_name is null and e.organizer_id is not null then
    e.organizer_name := (select u.name from app_user u where u.organisation_id = e.organisation_id and u.id = e.organizer_id);
  end if;
  return e;
end $$;

-- Who organises an event now: somebody outside may have become a user since. Null: somebody outside.
create or replace function organised_by(e event) returns bigint language plpgsql stable as $$
begin
  if e.organizer_id is not null then
    return e.organizer_id;
  end if;
  return user_at(e.organisation_id, e.organizer_email);
end $$;

-- Waits its turn for a meeting: of two that would make one event of it at the same moment the second finds what the first made.
-- It comes before every other lock of a transaction. The organisation is in the first key: nobody else's UID can be made to collide.
create or replace function lock_meeting(org bigint, uid text) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('tidemark.meeting ' || org), hashtext(uid));
end $$;

-- What uid_keys says of each of these UIDs.
create or replace function keys_of_uids(org bigint, i_cal_uids text[]) returns text[] language sql immutable parallel safe as $$
  select coalesce(array_agg(key), '{}') from unnest(i_cal_uids) uid, unnest(uid_keys(org, uid)) key
$$;

-- The addresses of a user, as they are compared.
create or replace function own_addresses(org bigint, by_user bigint) returns text[] language plpgsql stable
set plan_cache_mode = force_generic_plan as $$
begin
  return array(select a.address from user_address a where a.user_id = by_user and (a.organisation_id = org) is true);
end $$;

-- Whether a user has part in an event as a meeting: they own it, organise it, or are on its list, be it that they have left, or
-- that it has no more than an address of theirs (own_addresses).
create or replace function has_part_in(e event, by_user bigint, keys text[]) returns boolean language plpgsql stable as $$
begin
  return e.owner_id = by_user or organised_by(e) = by_user
    or e.attendees @> jsonb_build_array(jsonb_build_object('userId', by_user::text))
    or with_user(e.attendees, keys, by_user, null) <> e.attendees;
end $$;

-- The live event that is this meeting for a user, who has part in it. Of several the one they own, then the oldest. Mailboxes send
-- each instance of a series under the UID of the series: where no event has it, it is that of an occurrence.
create or replace function find_meeting(org bigint, by_user bigint, uid text, at timestamptz)
returns table (id bigint, has_left boolean, is_instance boolean)
language plpgsql stable rows 1 set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  keys text[] := own_addresses(org, by_user);
begin
  return query
    select e.id, by_user = any (e.left_user_ids), false from event e
    where e.i_cal_uid is not null and uid_keys(e.organisation_id, e.i_cal_uid) @> uid_keys(org, uid)
      and (e.organisation_id = org and e.i_cal_uid = uid and e.start_time = at and e.status <> 'cancelled'
        and has_part_in(e, by_user, keys)) is true
    order by e.owner_id = by_user desc, e.id limit 1;
  if not found then
    return query select o.id, o.has_left, true from find_occurrence(org, by_user, keys, uid, at) o;
  end if;
end $$;

-- The live occurrence that starts then, or whose place is then, of a series with this UID or of what was split from it. What starts
-- then comes before what has moved away. An occurrence's own UID ends with its place.
create or replace function find_occurrence(org bigint, by_user bigint, keys text[], uid text, at timestamptz)
returns table (id bigint, has_left boolean)
language plpgsql stable rows 1 set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  return query
    with recursive named as (
      select s.id from series s
      where uid_keys(s.organisation_id, s.i_cal_uid) @> uid_keys(org, uid) and (s.organisation_id = org and s.i_cal_uid = uid) is true
      union
      select s.id from series s join named n on s.previous_id = n.id and (s.organisation_id = org) is true)
    select e.id, by_user = any (e.left_user_ids)
    from named n join event e on e.series_id = n.id
    where (e.organisation_id = org and e.status <> 'cancelled'
      and (e.start_time = at or right(e.i_cal_uid, 17) = '_' || to_char(at at time zone 'UTC', 'YYYYMMDD"T"HH24MISS"Z"')
        or e.all_day and right(e.i_cal_uid, 9) = '_' || to_char(at at time zone 'UTC', 'YYYYMMDD'))
      and has_part_in(e, by_user, keys)) is true
    order by e.start_time = at desc, e.owner_id = by_user desc, e.id limit 1;
end $$;

-- The list of an event, with a user known on it whom it has by no more than an address of theirs: plain SQL need not know.
create or replace function naming(e event, by_user bigint) returns jsonb language plpgsql stable as $$
begin
  if e.attendees @> jsonb_build_array(jsonb_build_object('userId', by_user::text)) then
    return e.attendees;
  end if;
  return with_user(e.attendees, own_addresses(e.organisation_id, by_user), by_user,
    (select u.name from app_user u where u.organisation_id = e.organisation_id and u.id = by_user));
end $$;
