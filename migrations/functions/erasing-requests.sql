-- What is kept of requests, and of those who send them, without a person who is erased (erasing.sql).

-- What stays of a name, or an address of the web, that told of the person.
create or replace function without_words(given text, who tidemark_person, instead text) returns text language sql immutable as $$
  select case when tells_of(given, who) then instead else given end
$$;

-- The next of the answers that are kept for a retry.
create or replace function erase_keys(org bigint, who tidemark_person, after text, most integer, out last text, out gone bigint)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  from_user bigint := split_part(coalesce(after, '0 '), ' ', 1)::bigint;
  from_key text := substr(coalesce(after, '0 '), strpos(coalesce(after, '0 '), ' ') + 1);
  to_user bigint;
  to_key text;
begin
  gone := 0::bigint;
  select piece.user_id, piece.key into to_user, to_key from (
    select k.user_id, k.key from idempotency_key k where k.organisation_id = org and (k.user_id, k.key) > (from_user, from_key)
    order by k.user_id, k.key limit most) piece
  order by piece.user_id desc, piece.key desc limit 1;
  if not found then
    return;
  end if;
  last := to_user || ' ' || to_key;
  delete from idempotency_key k
  where k.organisation_id = org and (k.user_id, k.key) > (from_user, from_key) and (k.user_id, k.key) <= (to_user, to_key)
    and ((k.user_id = who.user_id) is true or tells_of(k.key, who) or tells_of(k.answer, who));
  get diagnostics gone = row_count;
end $$;

-- How the person signed in, what clients and webhooks are called, and what receivers said; of what only grows, since then.
create or replace function erase_requests(org bigint, who tidemark_person, since timestamptz) returns bigint language plpgsql
set plan_cache_mode = force_generic_plan as $$
declare
  called text := split_part(who.mask, '@', 1);
  changed bigint;
  more bigint;
begin
  delete from sign_in s where s.organisation_id = org and ((s.user_id = who.user_id) is true or s.address = any (who.keys));
  get diagnostics changed = row_count;
  update access_token t set name = called || '-' || t.id
  where t.organisation_id = org and t.created_at >= since and tells_of(t.name, who);
  get diagnostics more = row_count;
  changed := changed + more;
  update webhook w
  set name = without_words(w.name, who, called), url = without_words(w.url, who, 'https://erased.invalid/'),
      paused_at = case when tells_of(w.url, who) then coalesce(w.paused_at, tidemark_now()) else w.paused_at end,
      paused_because = case when tells_of(w.url, who) or tells_of(w.paused_because, who)
        then 'Its address named somebody who was erased.' else w.paused_because end
  where w.organisation_id = org
    and (tells_of(w.name, who) or tells_of(w.url, who) or tells_of(w.paused_because, who));
  get diagnostics more = row_count;
  changed := changed + more;
  delete from sync_notice n where n.organisation_id = org and n.at >= since
    and (tells_of(n.request, who) or tells_of(n.field, who) or tells_of(n.message, who));
  update webhook_attempt a set error = null where a.organisation_id = org and a.at >= since and tells_of(a.error, who);
  update webhook_cursor c set last_error = null where c.organisation_id = org and c.last_error is not null and tells_of(c.last_error, who);
  return changed;
end $$;
