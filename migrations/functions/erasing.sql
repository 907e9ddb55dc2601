-- Erasing a person, in pieces: each is a transaction, and together they may be begun again at any point (src/forgetting/erase.ts).
-- First what there is: history, events, series, answers that are kept, acts; then what was written meanwhile; and at the end, in one
-- transaction that keeps other writers of the organisation out, what came since then and what the person is known by.

-- Begins an erasure (`person` is the text of a tidemark_person), or takes up one that was broken off. Waits for the organisation's writers: what they leave behind is
-- older than the erasure, or is found by its end.
create or replace function begin_erasure(org bigint, address text)
returns table (id bigint, mask text, person text, started_at timestamptz, is_last_admin boolean) language plpgsql as $$
declare
  who tidemark_person;
  digest_of bytea := (
    select sha256(s.value || convert_to(org || ':' || address_key(address), 'UTF8')) from secret s where s.name = 'page-token');
begin
  perform lock_organisation(org);
  select e.id, e.started_at into begin_erasure.id, begin_erasure.started_at
  from erasure e where e.organisation_id = org and e.digest = digest_of;
  if not found then
    insert into erasure as e (organisation_id, digest) values (org, digest_of)
    returning e.id, e.started_at into begin_erasure.id, begin_erasure.started_at;
  end if;
  mask := 'erased-' || begin_erasure.id || '@erased.invalid';
  who := find_person(org, address, mask);
  person := who::text;
  is_last_admin := exists (
    select from app_user u
    where u.organisation_id = org and u.id = who.user_id and u.role = 'admin' and u.disabled_at is null
      and not exists (
        select from app_user o where o.organisation_id = org and o.id <> u.id and o.role = 'admin' and o.disabled_at is null));
  return next;
end $$;

-- Takes the person out of the next of the history. Answers whether there may be more.
create or replace function erase_history(org bigint, erasure_id bigint, who tidemark_person, most integer) returns boolean
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  from_event bigint;
  from_id bigint;
  to_event bigint;
  to_id bigint;
  changed bigint;
begin
  perform set_config('tidemark.forgetting', 'person', true);
  select e.history_event_id, e.history_id into from_event, from_id
  from erasure e where e.organisation_id = org and e.id = erasure_id for no key update;
  select piece.event_id, piece.id into to_event, to_id from (
    select h.event_id, h.id from event_history h where h.organisation_id = org and (h.event_id, h.id) > (from_event, from_id)
    order by h.event_id, h.id limit most) piece
  order by piece.event_id desc, piece.id desc limit 1;
  if not found then
    return false;
  end if;
  update event_history h set changes = erased_row(h, who)
  where h.organisation_id = org and (h.event_id, h.id) > (from_event, from_id) and (h.event_id, h.id) <= (to_event, to_id)
    and erased_row(h, who) <> h.changes;
  get diagnostics changed = row_count;
  update erasure e set history_event_id = to_event, history_id = to_id, history = e.history + changed
  where e.organisation_id = org and e.id = erasure_id;
  return true;
end $$;

create or replace function is_to_erase(e event, who tidemark_person) returns boolean language plpgsql immutable as $$
declare
  erased event := erased_event(e, who);
begin
  return (erased.attendees, erased.related_to, erased.organizer_email, erased.organizer_name)
    is distinct from (e.attendees, e.related_to, e.organizer_email, e.organizer_name);
end $$;

-- Takes the person out of these events, as changes that every client is told of, and out of their history.
create or replace function erase_from(org bigint, token bigint, ids bigint[], who tidemark_person) returns bigint
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  changed bigint;
begin
  perform set_config('tidemark.forgetting', 'person', true);
  perform lock_events(org, token, ids);
  update event e
  set attendees = erased.attendees, related_to = erased.related_to,
      organizer_email = erased.organizer_email, organizer_name = erased.organizer_name
  from event was cross join lateral erased_event(was, who) erased
  where was.organisation_id = org and was.id = any (ids) and e.organisation_id = org and e.id = was.id and is_to_erase(was, who);
  get diagnostics changed = row_count;
  update event_history h set changes = erased_row(h, who)
  where h.organisation_id = org and h.event_id = any (ids) and erased_row(h, who) <> h.changes;
  return changed;
end $$;

-- Looks through the next events. Answers whether there may be more.
create or replace function erase_events(org bigint, token bigint, erasure_id bigint, who tidemark_person, most integer) returns boolean
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  seen bigint;
  last bigint;
  ids bigint[];
  changed bigint := 0::bigint;
begin
  select e.event_id into seen from erasure e where e.organisation_id = org and e.id = erasure_id for no key update;
  select max(piece.id), array_agg(piece.id) filter (where piece.is_meant) into last, ids from (
    select e.id, is_to_erase(e, who) as is_meant from event e where e.organisation_id = org and e.id > seen
    order by e.id limit most) piece;
  if last is null then
    return false;
  end if;
  if ids is not null then
    changed := erase_from(org, token, ids, who);
  end if;
  update erasure e set event_id = last, events = e.events + changed where e.organisation_id = org and e.id = erasure_id;
  return true;
end $$;

-- Waits for the organisation's writers, and answers the time: what they leave behind is older.
create or replace function mark_erasure(org bigint) returns timestamptz language plpgsql as $$
begin
  perform lock_organisation(org);
  return tidemark_now();
end $$;

-- The next events that were changed since then, in the order of their changes, and where they end; null where these were the last. (What is
-- changed after that is for the end: whoever writes all the time would be followed for ever.)
create or replace function erase_late_events(
  org bigint, token bigint, erasure_id bigint, who tidemark_person, since timestamptz, after text, most integer)
returns text language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  from_tick timestamptz := coalesce(split_part(after, ' ', 1)::timestamptz, since);
  from_id bigint := coalesce(split_part(after, ' ', 2)::bigint, 0::bigint);
  last text;
  found bigint;
  ids bigint[];
begin
  select count(*), (array_agg(to_char(piece.last_modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ' ' || piece.id
      order by piece.last_modified_at desc, piece.id desc))[1],
    array_agg(piece.id) filter (where piece.is_meant)
  into found, last, ids from (
    select e.id, e.last_modified_at, is_to_erase(e, who) as is_meant from event e
    where by_change(e.organisation_id) = org and (e.last_modified_at, e.id) > (from_tick, from_id)
    order by e.last_modified_at, e.id limit most) piece;
  if ids is not null then
    update erasure x set events = x.events + erase_from(org, token, ids, who) where x.organisation_id = org and x.id = erasure_id;
  end if;
  return case when found = most then last end;
end $$;

-- So many of the history since then, those of one tick together, past what others have written meanwhile. Where they end; null where these
-- were the last.
create or replace function erase_late_history(org bigint, who tidemark_person, since timestamptz, after text, most integer)
returns text language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  -- An instant that was read back may be cut to milliseconds.
  from_tick timestamptz := coalesce(after::timestamptz, since - interval '1 ms');
  to_tick timestamptz;
  found bigint;
begin
  select max(piece.at), count(*) into to_tick, found from (
    select h.at from event_history h where h.at > from_tick and (h.organisation_id = org) is true order by h.at limit most) piece;
  perform set_config('tidemark.forgetting', 'person', true);
  update event_history h set changes = erased_row(h, who)
  where h.at > from_tick and h.at <= to_tick and (h.organisation_id = org) is true and erased_row(h, who) <> h.changes;
  return case when found = most then to_char(to_tick at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end;
end $$;

-- The next of the series: under the organisation's lock, as one of them may be in many calendars.
create or replace function erase_series(org bigint, token bigint, who tidemark_person, after text, most integer, out last text, out gone bigint)
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  from_id bigint := coalesce(after, '0')::bigint;
  ids bigint[] := array(select s.id from series s where s.organisation_id = org and s.id > from_id order by s.id limit most);
begin
  last := ids[cardinality(ids)]::text;
  if not exists (
    select from series s where s.organisation_id = org and s.id = any (ids) and erased_series(s, who) <> s.content)
  then
    gone := 0::bigint;
    return;
  end if;
  perform set_config('tidemark.forgetting', 'person', true);
  perform begin_write(org, token, 65); -- More calendars than are locked one by one.
  update series s
  set content = erased_series(s, who),
      last_modified_at = greatest(s.last_modified_at, date_trunc('milliseconds', tidemark_now()))
  where s.organisation_id = org and s.id = any (ids) and erased_series(s, who) <> s.content;
  get diagnostics gone = row_count;
end $$;

-- The person's records are archived and say nothing any more; of other records their addresses go.
create or replace function erase_records(org bigint, who tidemark_person) returns bigint language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  keys text[] := array(select org || ':' || key from unnest(who.keys) key);
  others bigint[] := array(
    select r.id from record r
    where record_keys(r.organisation_id, r.emails) && keys and (r.organisation_id = org and r.id <> all (who.record_ids)) is true
    union select r.id from record r
    where r.former_emails <> '{}' and record_keys(r.organisation_id, r.former_emails) && keys
      and (r.organisation_id = org and r.id <> all (who.record_ids)) is true);
begin
  update record r set emails = array(
    select email from unnest(r.emails) with ordinality as list (email, position)
    where address_key(email) <> all (who.keys) order by position)
  where r.organisation_id = org and r.id = any (others) and address_keys(r.emails) && who.keys;
  update record r set former_emails = array(
    select email from unnest(r.former_emails) with ordinality as list (email, position)
    where address_key(email) <> all (who.keys) order by position)
  where r.organisation_id = org and r.id = any (others);
  update record r
  set name = split_part(who.mask, '@', 1), emails = '{}', account_id = null, archived_at = coalesce(r.archived_at, tidemark_now())
  where r.organisation_id = org and r.id = any (who.record_ids);
  update record r set former_emails = '{}' where r.organisation_id = org and r.id = any (who.record_ids);
  return (cardinality(others) + cardinality(who.record_ids))::bigint;
end $$;

-- The user stays, disabled, as who owns and answered what they did.
create or replace function erase_user(org bigint, who tidemark_person) returns void language plpgsql
as $$
begin
  perform set_config('tidemark.forgetting', 'person', true);
  update app_user u
  set email = who.mask, aliases = '{}', name = split_part(who.mask, '@', 1), role = 'member',
      disabled_at = coalesce(u.disabled_at, tidemark_now())
  where u.organisation_id = org and u.id = who.user_id;
  update access_token t set revoked_at = tidemark_now()
  where t.organisation_id = org and t.user_id = who.user_id and t.revoked_at is null;
  delete from calendar_grant g where g.organisation_id = org and g.user_id = who.user_id;
  delete from imported_event i using calendar c
  where c.organisation_id = org and c.user_id = who.user_id and i.organisation_id = org and i.calendar_id = c.id;
end $$;

-- The end of an erasure, which keeps the organisation's other writers out: what was written since a mark of it, and all that the
-- person is known by. So many (`erased`) of what is kept beside events went before. Answers whether it is done; else some of the events
-- were, and it is to be called again.
create or replace function finish_erasure(
  org bigint, token bigint, erasure_id bigint, who tidemark_person, since timestamptz, erased bigint, most integer)
returns boolean language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  -- What takes no lock of the organisation's may have been written before, and committed after.
  lately timestamptz := since - interval '5 min';
  ids bigint[];
  total bigint;
  changed bigint := 0::bigint;
begin
  perform set_config('tidemark.forgetting', 'person', true);
  perform begin_write(org, token, 65); -- More calendars than are locked one by one.
  ids := array(
    select e.id from event e
    where by_change(e.organisation_id) = org and e.last_modified_at >= since and is_to_erase(e, who) limit most);
  if ids <> '{}' then
    changed := erase_from(org, token, ids, who);
    update erasure e set events = e.events + changed where e.organisation_id = org and e.id = erasure_id;
  end if;
  if cardinality(ids) = most then
    return false;
  end if;
  declare
    after text := erase_late_history(org, who, since, null, most);
  begin
    while after is not null loop
      after := erase_late_history(org, who, since, after, most);
    end loop;
  end;
  update series s
  set content = erased_series(s, who),
      last_modified_at = greatest(s.last_modified_at, date_trunc('milliseconds', tidemark_now()))
  where s.organisation_id = org and s.last_modified_at >= since and erased_series(s, who) <> s.content;
  delete from idempotency_key k where k.created_at >= lately and (k.organisation_id = org) is true
    and ((k.user_id = who.user_id) is true or tells_of(k.key, who) or tells_of(k.answer, who));
  changed := erase_records(org, who);
  total := erased + erase_requests(org, who, lately) + erase_late_acts(org, who, lately) + changed;
  if who.user_id is not null then
    perform erase_user(org, who);
  end if;
  update erasure e set digest = null, finished_at = tidemark_now(), records = changed, user_id = who.user_id
  where e.organisation_id = org and e.id = erasure_id returning e.events + e.history into changed;
  if total + changed = 0 and who.user_id is null then
    delete from erasure e where e.organisation_id = org and e.id = erasure_id;
  else
    insert into admin_history (organisation_id, subject, subject_id, kind, token_id, by_operator, changes)
    values (org, 'person', erasure_id, 'changed', token, token is null, jsonb_build_object('address', jsonb_build_array(null, who.mask)));
  end if;
  return true;
end $$;
