-- What is kept of a person, each thing as an object of JSON: what `kind` says it is. Others stand beside them on lists, in answers
-- that are kept for a retry, in shared records and in what admins did: of all that it gives the person's own part alone.

-- Of the addresses in a text, those that are not the person's are left out.
create or replace function own_text(given text, who tidemark_person) returns text language plpgsql immutable as $$
declare
  address constant text := '[^][:space:]<>()["'',;:|/?&=#]+(?:@|%40)[^][:space:]<>()["'',;:|/?&=#]+';
begin
  return (
    select string_agg(part || case
      when one is null then ''
      when address_key(replace(rtrim(one[1], '.!'), '%40', '@')) = any (who.keys) then one[1]
      else '(an address)' end, '' order by position)
    from regexp_split_to_table(given, address) with ordinality as parts (part, position)
    left join regexp_matches(given, address, 'g') with ordinality as addresses (one, position) using (position));
end $$;

-- The same of whatever texts there are in it.
create or replace function own_words(given jsonb, who tidemark_person) returns jsonb language plpgsql immutable as $$
begin
  if given::text !~ '@|%40' then
    return given;
  end if;
  return case jsonb_typeof(given)
    when 'string' then to_jsonb(own_text(given #>> '{}', who))
    when 'array' then (
      select jsonb_agg(own_words(one, who) order by position) from jsonb_array_elements(given) with ordinality as list (one, position))
    else (select jsonb_object_agg(key, own_words(value, who)) from jsonb_each(given)) end;
end $$;

-- A line. An address that only the person's own entries say is theirs; a UID may look like one.
create or replace function own_line(thing jsonb, who tidemark_person) returns text language plpgsql immutable as $$
begin
  who.keys := who.keys || address_keys(array(
    select address #>> '{}' from jsonb_path_query(thing, 'lax $.attendees[*].emailAddress') address
    union select address #>> '{}' from jsonb_path_query(thing, 'lax $.changes.attendees[*].emailAddress') address));
  return (own_words(thing - 'iCalUid', who)
    || case when thing ? 'iCalUid' then jsonb_build_object('iCalUid', thing -> 'iCalUid') else '{}' end)::text || E'\n';
end $$;

-- Of the name, or text, of somebody else's thing that tells of the person: the words that do.
create or replace function own_mentions(given text, who tidemark_person) returns text language plpgsql immutable as $$
declare
  one text;
  said text[] := '{}'::text[];
begin
  foreach one in array who.words loop
    who.words := array[one];
    if tells_of(given, who) then
      said := said || one;
    end if;
  end loop;
  return nullif(array_to_string(said, ', '), '');
end $$;

-- The person's entries of a list. Whoever writes a list may put anybody's address beside a contact: what others have is not told.
create or replace function own_entries(attendees jsonb, who tidemark_person) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(case
    when one ->> 'emailAddress' is null or names_person(one ->> 'emailAddress', who)
      or own_keys(who, array[one ->> 'emailAddress']) <> '{}' then one
    else one || '{"emailAddress": null}' end order by position), '[]')
  from jsonb_array_elements(attendees) with ordinality as list (one, position)
  where is_person(one, who)
$$;

create or replace function own_links(links jsonb, who tidemark_person) returns jsonb language sql immutable as $$
  select coalesce(jsonb_agg(one order by position), '[]') from jsonb_array_elements(links) with ordinality as list (one, position)
  where one ->> 'type' in ('Contact', 'Lead') and one ->> 'id' = any (who.record_ids::text[])
$$;

-- What something says (event_content), with the person's entries alone, and as its organiser nobody else.
create or replace function own_content(content jsonb, who tidemark_person) returns jsonb language sql stable as $$
  select case when is_organiser(content, who) then content
      else content - '{organizerEmail,organizerName}'::text[] end
    || case when content ? 'attendees' then jsonb_build_object('attendees', own_entries(content -> 'attendees', who)) else '{}' end
    || case when content ? 'relatedTo' then jsonb_build_object('relatedTo', own_links(content -> 'relatedTo', who)) else '{}' end
$$;

create or replace function own_addresses(emails text[], who tidemark_person) returns text[] language sql immutable as $$
  select array(
    select email from unnest(emails) with ordinality as list (email, position)
    where address_key(email) = any (who.keys) order by position)
$$;

-- Lines up to about a megabyte, from `after` on, and where they end; null where there are no more.

create or replace function export_events(who tidemark_person, after text, most integer) returns table (last text, lines text)
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  from_id bigint := coalesce(after, '0')::bigint;
  said text[] := '{}'::text[];
  bytes bigint := 0::bigint;
  e event;
begin
  for e in select * from event one where one.organisation_id = who.organisation_id and one.id > from_id order by one.id limit most loop
    last := e.id::text;
    if is_about(e, who) then
      said := said || own_line(jsonb_build_object('kind', 'event', 'id', e.id::text) || own_content(event_content(e), who)
        || jsonb_build_object('createdAt', e.created_at, 'lastModifiedAt', e.last_modified_at), who);
      bytes := bytes + octet_length(said[cardinality(said)]);
      exit when bytes >= 1048576;
    end if;
  end loop;
  lines := array_to_string(said, '');
  return next;
end $$;

-- Of a change, the person's own part before and after.
create or replace function own_changes(act text, changes jsonb, who tidemark_person) returns jsonb language sql stable as $$
  select case when act <> 'changed' then (
      select coalesce(jsonb_object_agg(field, said), '{}') from jsonb_each(own_content(changes, who)) as each_of (field, said)
      where field in ('attendees', 'relatedTo', 'organizerEmail', 'organizerName'))
    else (
      select coalesce(jsonb_object_agg(field, case field
        when 'attendees' then jsonb_build_array(own_entries(said -> 0, who), own_entries(said -> 1, who))
        when 'relatedTo' then jsonb_build_array(own_links(said -> 0, who), own_links(said -> 1, who))
        when 'organizerEmail' then (
          select jsonb_agg(case when names_person(email, who) then email end order by position)
          from jsonb_array_elements_text(said) with ordinality as two (email, position))
        else (
          select jsonb_agg(case when name = any (who.names) then name end order by position)
          from jsonb_array_elements_text(said) with ordinality as two (name, position)) end), '{}')
      from jsonb_each(changes) as each_of (field, said) where field in ('attendees', 'relatedTo', 'organizerEmail', 'organizerName')) end
$$;

create or replace function export_history(who tidemark_person, after text, most integer) returns table (last text, lines text)
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  -- That of series comes first, under their ids below zero.
  from_event bigint := split_part(coalesce(after, '-9007199254740991 0'), ' ', 1)::bigint;
  from_id bigint := split_part(coalesce(after, '-9007199254740991 0'), ' ', 2)::bigint;
  said text[] := '{}'::text[];
  bytes bigint := 0::bigint;
  h event_history;
begin
  for h in
    select * from event_history one
    where one.organisation_id = who.organisation_id and (one.event_id, one.id) > (from_event, from_id)
    order by one.event_id, one.id limit most
  loop
    last := h.event_id || ' ' || h.id;
    if erased_row(h, who) <> h.changes then
      said := said || own_line(jsonb_build_object('kind', 'history', 'eventId', h.event_id::text, 'at', h.at, 'act', h.kind,
        'changes', own_changes(h.kind, h.changes, who) || own_names(h, who)), who);
      bytes := bytes + octet_length(said[cardinality(said)]);
      exit when bytes >= 1048576;
    end if;
  end loop;
  lines := array_to_string(said, '');
  return next;
end $$;

create or replace function export_series(who tidemark_person, after text, most integer) returns table (last text, lines text)
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  from_id bigint := coalesce(after, '0')::bigint;
  said text[] := '{}'::text[];
  bytes bigint := 0::bigint;
  s series;
begin
  for s in select * from series one where one.organisation_id = who.organisation_id and one.id > from_id order by one.id limit most loop
    last := s.id::text;
    if (s.owner_id = who.user_id) is true or erased_series(s, who) <> s.content then
      said := said || own_line(jsonb_build_object('kind', 'series', 'id', s.id::text) || own_content(series_content(s), who), who);
      bytes := bytes + octet_length(said[cardinality(said)]);
      exit when bytes >= 1048576;
    end if;
  end loop;
  lines := array_to_string(said, '');
  return next;
end $$;

-- What stands in a text where lists of people and links stand; nothing where it only looks like them, as a subject may.
create or replace function own_parts(said text, who tidemark_person) returns jsonb language plpgsql stable as $$
begin
  return case when said ~ '^\[\s*\{' then own_entries(said::jsonb, who) || own_links(said::jsonb, who) else '[]' end;
exception when others then
  return '[]'::jsonb;
end $$;

-- Whom the answer kept for a retry names of the person: of an event, its id first, of a series, or a contact. History has the rest.
create or replace function own_answer(answer jsonb, who tidemark_person) returns jsonb language plpgsql stable as $$
begin
  if jsonb_typeof(answer) = 'object' and answer ? 'event' then
    answer := answer -> 'event';
  end if;
  if jsonb_typeof(answer) <> 'array' then
    return jsonb_build_object('recordId', answer -> 'id', 'emails', own_addresses(array(
      select jsonb_array_elements_text(answer -> 'emails')), who));
  end if;
  return (
    select jsonb_build_object('eventId', answer -> 0, 'says', coalesce(jsonb_agg(own), '[]'))
    from jsonb_array_elements_text(answer) one
    cross join lateral jsonb_array_elements(own_parts(one, who)) own);
end $$;

create or replace function export_keys(who tidemark_person, after text, most integer) returns table (last text, lines text)
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  from_user bigint := split_part(coalesce(after, '0 '), ' ', 1)::bigint;
  from_key text := substr(coalesce(after, '0 '), strpos(coalesce(after, '0 '), ' ') + 1);
  said text[] := '{}'::text[];
  k idempotency_key;
begin
  for k in
    select * from idempotency_key one
    where one.organisation_id = who.organisation_id and (one.user_id, one.key) > (from_user, from_key)
    order by one.user_id, one.key limit most
  loop
    last := k.user_id || ' ' || k.key;
    if (k.user_id = who.user_id) is true or tells_of(k.key, who) or tells_of(k.answer, who) then
      said := said || own_line(jsonb_build_object('kind', 'idempotencyKey', 'userId', k.user_id::text,
        'key', case when k.user_id = who.user_id then k.key else own_mentions(k.key, who) end, 'createdAt', k.created_at, 'answer', own_answer(k.answer::jsonb, who)), who);
    end if;
  end loop;
  lines := array_to_string(said, '');
  return next;
end $$;

-- What tells of the person in the values of an act, in its place.
create or replace function own_said(given jsonb, who tidemark_person) returns jsonb language plpgsql immutable as $$
begin
  if jsonb_typeof(given) <> 'array' then
    return coalesce(to_jsonb(own_mentions(given #>> '{}', who)), 'null');
  end if;
  return (
    select coalesce(jsonb_agg(own_said(one, who) order by position), '[]')
    from jsonb_array_elements(given) with ordinality as list (one, position));
end $$;

-- Of an act on the person themselves, all; of another one what tells of them.
create or replace function own_act(act admin_history, who tidemark_person) returns jsonb language sql immutable as $$
  select case when is_act_on(act, who) then act.changes else (
    select coalesce(jsonb_object_agg(key, own_said(value, who)), '{}') from jsonb_each(act.changes) where tells_of(value::text, who)) end
$$;

create or replace function export_acts(who tidemark_person, after text, most integer) returns table (last text, lines text)
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  from_id bigint := coalesce(after, '0')::bigint;
  said text[] := '{}'::text[];
  h admin_history;
begin
  for h in select * from admin_history one where one.organisation_id = who.organisation_id and one.id > from_id order by one.id limit most loop
    last := h.id::text;
    if erased_act(h, who) <> h.changes then
      said := said || own_line(
        jsonb_build_object('kind', 'act', 'act', h.kind) || (to_jsonb(h) - 'kind') || jsonb_build_object('changes', own_act(h, who)), who);
    end if;
  end loop;
  lines := array_to_string(said, '');
  return next;
end $$;

-- Whatever else there is, all of it short.
create or replace function export_person(who tidemark_person) returns table (line text) language plpgsql stable
set plan_cache_mode = force_generic_plan as $$
declare
  org bigint := who.organisation_id;
begin
  return query
    select own_line(thing, who) from (
      select (to_jsonb(u) - 'kind') || jsonb_build_object('kind', 'user', 'userKind', u.kind) as thing from app_user u
      where u.organisation_id = org and u.id = who.user_id
      union all
      -- Who had an address before, and is somebody else, is not told by name.
      select jsonb_build_object('kind', 'record') || to_jsonb(r) || jsonb_build_object(
        'emails', own_addresses(r.emails, who), 'former_emails', own_addresses(r.former_emails, who),
        'name', case when r.id = any (who.record_ids) or r.type not in ('Contact', 'Lead') then r.name end)
      from record r
      where r.organisation_id = org and (r.id = any (who.record_ids) or address_keys(r.emails || r.former_emails) && who.keys)
      union all
      select jsonb_build_object('kind', 'signIn') || to_jsonb(s) from sign_in s
      where s.organisation_id = org and ((s.user_id = who.user_id) is true or s.address = any (who.keys))
      union all
      select jsonb_build_object('kind', 'token', 'lastUsedAt', used.at) || (to_jsonb(t) - 'hash')
        || case when t.user_id = who.user_id then '{}' else jsonb_build_object('name', own_mentions(t.name, who)) end
      from access_token t
      left join token_use used on used.organisation_id = t.organisation_id and used.token_id = t.id
      where t.organisation_id = org and ((t.user_id = who.user_id) is true or tells_of(t.name, who))
      union all
      select jsonb_build_object('kind', 'grant') || to_jsonb(g) from calendar_grant g
      join calendar c on c.organisation_id = g.organisation_id and c.id = g.calendar_id
      where g.organisation_id = org and who.user_id in (g.user_id, c.user_id)
      union all
      select jsonb_build_object('kind', 'webhook') || (to_jsonb(w) - '{secret,old_secret}'::text[])
        || case when w.user_id = who.user_id then '{}'
          else jsonb_build_object('name', own_mentions(w.name, who), 'url', own_mentions(replace(w.url, '%40', '@'), who)) end
      from webhook w
      where w.organisation_id = org
        and ((w.user_id = who.user_id) is true or tells_of(w.name, who) or tells_of(w.url, who))
      union all
      select jsonb_build_object('kind', 'syncNotice') || to_jsonb(n) || jsonb_build_object('message', own_mentions(n.message, who))
      from sync_notice n
      where n.organisation_id = org and (tells_of(n.request, who) or tells_of(n.field, who) or tells_of(n.message, who))
      union all
      select jsonb_build_object('kind', 'syncClient') || to_jsonb(s) from sync_client s
      where s.organisation_id = org and s.calendar_id in (
        select c.id from calendar c where (c.organisation_id = org) is true and c.user_id = who.user_id)) things;
end $$;
