-- Records: how a contact comes by the events that have its address already, how several records become one, and which
-- events are about a record.

-- A write of records that may change events: the organisation's lock, taken before any row, is what record_before would
-- come to need in the midst of it.
create or replace function begin_record_write(org bigint, token bigint) returns void language plpgsql as $$
begin
  perform begin_write(org, token, 65); -- More calendars than are locked one by one.
end $$;

-- Keeps what a record was known by before, and where a contact may come by an address keeps out writers that looked the
-- address up before and would store it without the contact after (see app_user_before).
create or replace function record_before() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    new.former_emails := array(
      select address from unnest(old.emails || new.former_emails) with ordinality as former (address, position)
      where not address_key(address) = any (address_keys(new.emails))
      group by address order by min(position) limit 200);
  end if;
  if new.type = 'Contact' and new.archived_at is null and new.emails <> '{}' then
    perform lock_organisation(new.organisation_id);
  end if;
  return new;
end $$;

-- Whether the list has one of these addresses (address_keys) without a contact.
create or replace function lacks_contact(attendees jsonb, keys text[]) returns boolean language sql immutable parallel safe as $$
  select exists (
    select from jsonb_array_elements(attendees) a
    where a ->> 'contactId' is null and address_key(a ->> 'emailAddress') = any (keys))
$$;

-- The list, with whoever has one of these addresses and no contact linked to this one.
create or replace function with_contact(attendees jsonb, keys text[], contact_id bigint, contact_name text) returns jsonb
language sql immutable parallel safe as $$
  select jsonb_agg(
    case when a ->> 'contactId' is null and address_key(a ->> 'emailAddress') = any (keys)
      then a || jsonb_build_object('contactId', contact_id, 'name', coalesce(a ->> 'name', contact_name)) else a end
    order by position)
  from jsonb_array_elements(attendees) with ordinality as list (a, position)
$$;

-- A contact that is made, restored or given another address is linked where events, and series, have that address and no contact.
create or replace function record_arrives() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  came text[] := address_keys(new.emails);
  keys text[];
begin
  if tg_op = 'UPDATE' then
    if old.archived_at is null then
      came := array(select address from unnest(came) address where not address = any (address_keys(old.emails)));
    end if;
  end if;
  if came = '{}' then
    return null;
  end if;
  keys := array(select 'e:' || new.organisation_id || ':' || address from unnest(came) address);
  update event e set attendees = with_contact(e.attendees, came, new.id, new.name)
  where event_keys(e.organisation_id, e.attendees, e.related_to) && keys
    and (e.organisation_id = new.organisation_id and lacks_contact(e.attendees, came)) is true;
  update series s
  set content = jsonb_set(s.content, '{attendees}', with_contact(s.content -> 'attendees', came, new.id, new.name)),
    last_modified_at = series_tick(s.last_modified_at)
  where series_keys(s) && keys
    and (s.organisation_id = new.organisation_id and lacks_contact(s.content -> 'attendees', came)) is true;
  return null;
end $$;

-- The record that answers for this one: what has taken it over, or itself.
create or replace function survivor_of(org bigint, about bigint) returns bigint language sql stable as $$
  select coalesce((select r.merged_into from record r where r.organisation_id = org and r.id = about), about)
$$;

-- The links, with `target` in the place of what it takes over, each once.
create or replace function merged_links(links jsonb, gone text[], target jsonb) returns jsonb
language sql immutable parallel safe as $$
  select coalesce(jsonb_agg(link order by position), '[]') from (
    select distinct on (link ->> 'type', link ->> 'id') link, position
    from jsonb_array_elements(links) with ordinality as old (was, position)
    cross join lateral (select case
      when was ->> 'type' = target ->> 'type' and was ->> 'id' = any (gone) then target else was end) as new (link)
    order by link ->> 'type', link ->> 'id', position) as one
$$;

-- The people, with the contact `target` in the place of those it takes over. Who is known by nothing but the contact is on
-- the list once.
create or replace function merged_people(people jsonb, gone text[], target bigint) returns jsonb
language sql immutable parallel safe as $$
  select coalesce(jsonb_agg(person order by position), '[]') from (
    select person, position, person ->> 'userId' is null and person ->> 'emailAddress' is null
        and person ->> 'contactId' = target::text
        and bool_or(person ->> 'contactId' = target::text)
          over (order by position rows between unbounded preceding and 1 preceding) as again
    from jsonb_array_elements(people) with ordinality as old (was, position)
    cross join lateral (select case
      when was ->> 'contactId' = any (gone) then was || jsonb_build_object('contactId', target) else was end) as new (person)
  ) as one
  where again is not true
$$;

-- Makes `target` take over these records of its type: their addresses, their links and attendees' contacts as changes of
-- the events, and what belongs to them. They are archived, and answer as `target`. begin_record_write comes before.
create or replace function merge_records(org bigint, gone bigint[], target bigint) returns void language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  survivor record;
  gone_ids text[] := gone::text[];
  link jsonb;
  said text := current_setting('tidemark.series', true);
  addresses text[];
  former text[];
  keys text[];
begin
  select r.type, r.name, r.emails into survivor from record r where r.organisation_id = org and r.id = target;
  keys := array(
    select 'r:' || org || ':' || survivor.type || ':' || id from unnest(gone_ids) id
    union all select 'c:' || org || ':' || id from unnest(gone_ids) id);
  link := jsonb_build_object('type', survivor.type, 'id', target::text, 'name', survivor.name);
  -- It is one record wherever it is named: that makes no occurrence an exception.
  perform write_series(array(
    select distinct e.series_id from event e
    where event_keys(e.organisation_id, e.attendees, e.related_to) && keys
      and (e.organisation_id = org and e.series_id is not null) is true));
  update event e
  set related_to = merged_links(e.related_to, gone_ids, link),
      attendees = merged_people(e.attendees, gone_ids, target)
  where event_keys(e.organisation_id, e.attendees, e.related_to) && keys and (e.organisation_id = org) is true;
  perform set_config('tidemark.series', coalesce(said, ''), true);
  update series s
  set content = s.content || jsonb_build_object(
      'relatedTo', merged_links(s.content -> 'relatedTo', gone_ids, link),
      'attendees', merged_people(s.content -> 'attendees', gone_ids, target)),
    last_modified_at = series_tick(s.last_modified_at)
  where series_keys(s) && keys and (s.organisation_id = org) is true;
  addresses := array(
    select min(address) from unnest(gone) with ordinality as g (id, place)
    join record r on r.organisation_id = org and r.id = g.id
    cross join unnest(r.emails) with ordinality as a (address, position)
    where not address_key(address) = any (address_keys(survivor.emails))
    group by address_key(address) order by min(place * 100 + position));
  former := array(
    select address from record r cross join unnest(r.former_emails) address
    where r.organisation_id = org and r.id = any (gone));
  update record r set merged_into = target where r.merged_into = any (gone) and (r.organisation_id = org) is true;
  update record r set account_id = target where r.account_id = any (gone) and (r.organisation_id = org) is true;
  update record r
  set emails = '{}', archived_at = coalesce(r.archived_at, tidemark_now()), merged_into = target
  where r.organisation_id = org and r.id = any (gone);
  update record r set emails = r.emails || addresses, former_emails = r.former_emails || former
  where r.organisation_id = org and r.id = target;
end $$;

-- The keys of the events about a record: those that link it, name it as an attendee's contact, or have one of its addresses;
-- for an account, with `roll_up`, also those of its contacts and opportunities. What is archived, or was merged into one of
-- these, counts as well.
create or replace function timeline_keys(org bigint, about bigint, roll_up boolean) returns text[] language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  return array(
    with own as (
      select r.* from record r where r.organisation_id = org and r.id = about
      union all
      select r.* from record r where r.merged_into = about and (r.organisation_id = org) is true
    ), every as (
      select * from own
      union all
      select r.* from own o join record r on r.account_id = o.id
      where roll_up and o.type = 'Account'
        and (r.organisation_id = org and r.type in ('Contact', 'Opportunity')) is true
    )
    select 'r:' || org || ':' || type || ':' || id from every
    union all select 'c:' || org || ':' || id from every where type = 'Contact'
    union select 'e:' || org || ':' || address_key(address) from every cross join unnest(emails) address);
end $$;
