-- The history of what admins do: one row for each thing that is made, changed or taken away, written by a trigger, so in the
-- transaction of the act and for whoever does it.

-- The beginning of an act: through which access token it is done; null: on the command line.
create or replace function begin_act(token bigint) returns void language plpgsql as $$
begin
  perform set_config('tidemark.token', coalesce(token::text, ''), true);
  perform set_config('tidemark.operator', case when token is null then 'on' else '' end, true);
end $$;

-- Whether the transaction is the command line's.
create or replace function is_operator() returns boolean language sql stable as $$
  select coalesce(current_setting('tidemark.operator', true), '') <> ''
$$;

-- What two versions of a row differ in, or what the only one of them says. Of a secret it says that there is another one.
create or replace function act_of(before jsonb, after jsonb) returns jsonb language sql immutable as $$
  select case when before is null or after is null
    then coalesce(before, after) - '{organisation_id,id,created_at,granted_at,hash,secret,old_secret,old_until}'::text[]
    else (
      select jsonb_object_agg(key, case when key = 'secret' then '["hidden", "hidden"]' else jsonb_build_array(was.value, is_now.value) end)
      from jsonb_each(before) was join jsonb_each(after) is_now using (key)
      where was.value <> is_now.value and key <> all ('{hash,old_secret,old_until}')) end
$$;

-- Called with what the table holds.
create or replace function note_act() returns trigger language plpgsql as $$
declare
  before jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  after jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  one jsonb := coalesce(after, before);
  changes jsonb := act_of(before, after);
begin
  if changes is not null then
    insert into admin_history (organisation_id, subject, subject_id, kind, token_id, by_operator, changes)
    values (
      coalesce(one ->> 'organisation_id', one ->> 'id')::bigint, tg_argv[0], coalesce(one ->> 'id', one ->> 'calendar_id')::bigint,
      case tg_op when 'INSERT' then 'created' when 'UPDATE' then 'changed' else 'deleted' end,
      tidemark_token(), is_operator(), changes);
  end if;
  return null;
end $$;

-- Whether it was done to the person, or to a record that they are.
create or replace function is_act_on(act admin_history, who tidemark_person) returns boolean language sql immutable as $$
  select (act.subject = 'user' and act.subject_id = who.user_id) is true
    or act.subject = 'record' and act.subject_id = any (who.record_ids)
$$;

-- What is kept of an act once the person is erased: of those on themselves neither names nor addresses, of others nothing that tells
-- of them.
create or replace function erased_act(act admin_history, who tidemark_person) returns jsonb language plpgsql immutable as $$
declare
  is_theirs boolean := is_act_on(act, who);
begin
  return (
    select coalesce(jsonb_object_agg(key, case
      when not (is_theirs and key in ('email', 'aliases', 'name', 'emails', 'former_emails') or tells_of(value::text, who)) then value
      when act.kind = 'changed' then '["erased", "erased"]' else '"erased"' end), '{}')
    from jsonb_each(act.changes));
end $$;

-- Takes the person out of the next acts.
create or replace function erase_acts(org bigint, who tidemark_person, after text, most integer, out last text, out gone bigint)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  from_id bigint := coalesce(after, '0')::bigint;
  to_id bigint := (
    select max(piece.id) from (
      select h.id from admin_history h where h.organisation_id = org and h.id > from_id order by h.id limit most) piece);
begin
  perform set_config('tidemark.forgetting', 'person', true);
  last := to_id::text;
  update admin_history h set changes = erased_act(h, who)
  where h.organisation_id = org and h.id > from_id and h.id <= to_id and erased_act(h, who) <> h.changes;
  get diagnostics gone = row_count;
end $$;

-- And out of those since then.
create or replace function erase_late_acts(org bigint, who tidemark_person, since timestamptz) returns bigint language plpgsql
set plan_cache_mode = force_generic_plan as $$
declare
  changed bigint;
begin
  perform set_config('tidemark.forgetting', 'person', true);
  update admin_history h set changes = erased_act(h, who)
  where h.at >= since and (h.organisation_id = org) is true and erased_act(h, who) <> h.changes;
  get diagnostics changed = row_count;
  return changed;
end $$;

-- The addresses and names that a user, and records, had before.
create or replace function formerly(org bigint, user_id bigint, record_ids bigint[]) returns table (field text, said text)
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  return query
    select distinct key, one #>> '{}' from admin_history h
    cross join jsonb_each(h.changes)
    cross join jsonb_path_query(value, 'strict $.**') one
    where h.organisation_id = org and jsonb_typeof(one) = 'string' and one <> '"erased"'
      and key in ('email', 'aliases', 'name', 'emails', 'former_emails')
      and (h.subject = 'user' and h.subject_id = formerly.user_id or h.subject = 'record' and h.subject_id = any (record_ids));
end $$;
