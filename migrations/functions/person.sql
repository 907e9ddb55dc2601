-- A person: where an organisation names them, and what takes their place once they are erased.

-- What erasing and removing set for the rest of their transaction: triggers let them do what they refuse to others, and do not
-- make good what they take away. (As a setting of the function it could be made by superusers only.)
create or replace function is_forgetting() returns boolean language sql stable as $$
  select coalesce(current_setting('tidemark.forgetting', true), '') <> ''
$$;

-- Those of these addresses that belong to nobody else: no other user, and no Contact or Lead besides.
create or replace function own_keys(who tidemark_person, addresses text[]) returns text[] language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  return array(
    select key from unnest(address_keys(addresses)) key
    where key <> all (who.keys)
      and not exists (
        select from user_address a where a.organisation_id = who.organisation_id and a.address = key
          and a.user_id is distinct from who.user_id)
      and not exists (
        select from record r
        where record_keys(r.organisation_id, r.emails) && array[who.organisation_id || ':' || key]
          and (r.organisation_id = who.organisation_id and r.type in ('Contact', 'Lead') and r.archived_at is null
            and r.id <> all (who.record_ids)) is true));
end $$;

-- The Contacts and Leads with one of these addresses, those that were merged into them, and those that they were merged into.
create or replace function records_of(org bigint, keys text[]) returns bigint[] language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  found bigint[] := array(
    select r.id from record r
    where record_keys(r.organisation_id, r.emails) && array(select org || ':' || key from unnest(keys) key)
      and (r.organisation_id = org and r.type in ('Contact', 'Lead')) is true);
begin
  return array(
    select unnest(found)
    union select r.id from record r where r.merged_into = any (found) and (r.organisation_id = org) is true
    union select r.merged_into from record r where r.organisation_id = org and r.id = any (found) and r.merged_into is not null);
end $$;

-- What events say of a person beside what is known, on their lists and as the organiser, and series as the organiser: addresses that
-- they had, and names.
create or replace function said_of(who tidemark_person) returns table (address text, name text) language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  return query
    select distinct a ->> 'emailAddress', a ->> 'name' from event e cross join jsonb_array_elements(e.attendees) a
    where event_keys(e.organisation_id, e.attendees, e.related_to) && array(
        select 'e:' || who.organisation_id || ':' || key from unnest(who.keys) key
        union all select 'u:' || who.organisation_id || ':' || who.user_id where who.user_id is not null
        union all select 'c:' || who.organisation_id || ':' || id from unnest(who.record_ids) id)
      and (e.organisation_id = who.organisation_id and is_person(a, who)) is true
    limit 1000;
  return query
    select distinct e.organizer_email, e.organizer_name
    from calendar c
    join calendar_entry n on n.organisation_id = c.organisation_id and n.calendar_id = c.id
    join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
    where c.organisation_id = who.organisation_id and c.user_id = who.user_id and e.organizer_id = who.user_id
    limit 1000;
  return query
    select distinct e.organizer_email, e.organizer_name from event e
    where e.organisation_id = who.organisation_id and e.organizer_name is not null and names_person(e.organizer_email, who)
    limit 1000;
  return query
    select distinct s.content ->> 'organizerEmail', s.content ->> 'organizerName' from series s
    where s.organisation_id = who.organisation_id and s.content ->> 'organizerName' is not null
      and is_organiser(s.content || jsonb_build_object('ownerId', s.owner_id::text), who)
    limit 1000;
end $$;

-- The person at an address: the user who has it, with their other addresses, and the Contacts and Leads who have one of them.
-- Addresses that their records have besides, or had, are theirs unless they are somebody else's too. What entries of lists say of
-- them is not: whoever writes a list may put anybody's address beside a contact.
create or replace function find_person(org bigint, address text, mask text) returns tidemark_person language plpgsql stable as $$
declare
  who tidemark_person;
  found_user app_user;
  spelled text[] := array[address];
begin
  who.organisation_id := org;
  who.mask := mask;
  who.keys := address_keys(array[address]);
  who.record_ids := '{}';
  who.user_id := user_at(org, address);
  if who.user_id is not null then
    select * into found_user from app_user u where u.organisation_id = org and u.id = who.user_id;
    spelled := spelled || found_user.email || found_user.aliases;
    who.keys := address_keys(spelled);
  end if;
  who.record_ids := records_of(org, who.keys);
  spelled := spelled || array(
    select email from record r cross join unnest(r.emails || r.former_emails) email
    where r.organisation_id = org and r.id = any (who.record_ids)
    union all select f.said from formerly(org, who.user_id, who.record_ids) f where f.field <> 'name');
  who.keys := who.keys || own_keys(who, spelled);
  who.names := array(
    select found_user.name where found_user.name is not null
    union select r.name from record r where r.organisation_id = org and r.id = any (who.record_ids)
    union select s.name from said_of(who) s where s.name is not null
    union select f.said from formerly(org, who.user_id, who.record_ids) f where f.field = 'name');
  who.words := array(
    select unnest(who.names) union select unnest(who.keys)
    union select one from unnest(spelled) one where address_key(one) = any (who.keys));
  return who;
end $$;

-- Whether an entry of a list is the person's.
create or replace function is_person(attendee jsonb, who tidemark_person) returns boolean language plpgsql immutable as $$
begin
  return (attendee ->> 'userId' = who.user_id::text) is true
    or (attendee ->> 'contactId' = any (who.record_ids::text[])) is true
    or (address_key(attendee ->> 'emailAddress') = any (who.keys)) is true;
end $$;

-- The list without the person's address, name and contact: they stay on it, once, with their answer and as the user they are.
create or replace function without_person(attendees jsonb, who tidemark_person) returns jsonb language plpgsql immutable as $$
declare
  people jsonb := '[]'::jsonb;
  one jsonb;
  place integer;
  answer text := 'NoResponse';
begin
  for one in select * from jsonb_array_elements(attendees) loop
    if not is_person(one, who) then
      people := people || jsonb_build_array(one);
      continue;
    end if;
    if coalesce(one ->> 'status', 'NoResponse') <> 'NoResponse' then
      answer := one ->> 'status';
    end if;
    one := one || jsonb_build_object('emailAddress', who.mask, 'name', null, 'contactId', null, 'status', answer);
    if place is null then
      place := jsonb_array_length(people);
      people := people || jsonb_build_array(one);
    else
      people := jsonb_set(people, array[place::text], (people -> place) || jsonb_build_object(
        'status', answer, 'userId', coalesce(people -> place ->> 'userId', one ->> 'userId')));
    end if;
  end loop;
  return people;
end $$;

-- The links without those to the person's records.
create or replace function without_records(links jsonb, who tidemark_person) returns jsonb language sql immutable as $$
  select coalesce(jsonb_agg(link order by position), '[]')
  from jsonb_array_elements(links) with ordinality as list (link, position)
  where not (link ->> 'type' in ('Contact', 'Lead') and link ->> 'id' = any (who.record_ids::text[]))
$$;

create or replace function names_person(email text, who tidemark_person) returns boolean language sql immutable as $$
  select address_key(email) = any (who.keys) is true
$$;

-- Whether the organiser that something says (event_content, series_content) is the person. Of a series that says a name alone it is the
-- owner's.
create or replace function is_organiser(content jsonb, who tidemark_person) returns boolean language sql immutable as $$
  select names_person(content ->> 'organizerEmail', who)
    or (content ->> 'ownerId' = who.user_id::text and content ->> 'organizerName' is not null
      and (content ->> 'organizerEmail' is null or content ->> 'organizerName' = any (who.names))) is true
$$;

-- What something says, without the person.
create or replace function erased_content(content jsonb, who tidemark_person) returns jsonb language plpgsql immutable as $$
begin
  if content ? 'attendees' then
    content := jsonb_set(content, '{attendees}', without_person(content -> 'attendees', who));
  end if;
  if content ? 'relatedTo' then
    content := jsonb_set(content, '{relatedTo}', without_records(content -> 'relatedTo', who));
  end if;
  if is_organiser(content, who) then
    content := (content - 'organizerName') || jsonb_build_object('organizerEmail', who.mask);
  end if;
  return content;
end $$;

-- What a series says, without the person.
create or replace function erased_series(s series, who tidemark_person) returns jsonb language sql immutable as $$
  select erased_content(s.content || jsonb_build_object('ownerId', s.owner_id::text), who) - 'ownerId'
$$;

-- The event as it will be. The organiser is the user whom it names, be it by an address that they no longer have.
create or replace function erased_event(e event, who tidemark_person) returns event language plpgsql immutable as $$
begin
  e.attendees := without_person(e.attendees, who);
  e.related_to := without_records(e.related_to, who);
  if names_person(e.organizer_email, who) or (e.organizer_id = who.user_id and e.organizer_email <> who.mask) is true then
    e.organizer_email := who.mask;
    e.organizer_name := null;
  end if;
  return e;
end $$;

-- Whether the event is the person's in any way: they are in it, organise it, own it, or are a record that it is about.
create or replace function is_about(e event, who tidemark_person) returns boolean language plpgsql immutable as $$
begin
  return (e.owner_id = who.user_id) is true or (e.organizer_id = who.user_id) is true or names_person(e.organizer_email, who)
    or exists (select from jsonb_array_elements(e.attendees) a where is_person(a, who))
    or e.related_to <> '[]' and without_records(e.related_to, who) <> e.related_to;
end $$;

-- Whether a text names the person: by an address, also as a URL writes it, or a name of five characters and more, anywhere; by a
-- shorter one as a word.
create or replace function tells_of(given text, who tidemark_person) returns boolean language plpgsql immutable as $$
begin
  return given is not null and exists (
    select from unnest(who.words) word
    where case when char_length(word) >= 5 then strpos(replace(lower(given), '%40', '@'), lower(word)) > 0
      else strpos(' ' || search_text(given) || ' ', ' ' || search_text(word) || ' ') > 0 end);
end $$;

-- The fields of an event whose texts name the person: nobody but its people can say what is to become of these.
create or replace function texts_about(e event, who tidemark_person) returns text[] language sql immutable as $$
  select coalesce(array_agg(field), '{}') from (values
    ('subject', e.subject), ('description', e.description), ('location', e.location), ('type', e.type),
    ('conferenceUrl', e.conference_url), ('properties', e.properties::text), ('iCalUid', e.i_cal_uid)) as texts (field, given)
  where tells_of(given, who)
$$;

-- The next events whose texts name the person: what an erasure leaves to people.
create or replace function texts_of_events(who tidemark_person, from_id bigint, most integer)
returns table (id bigint, fields text) language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  return query
    select piece.id, array_to_string(piece.fields, ',') from (
      select e.id, texts_about(e, who) as fields from event e
      where e.organisation_id = who.organisation_id and e.id > from_id order by e.id limit most) piece
    where piece.fields <> '{}' or piece.id = (
      select max(one.id) from (
        select e.id from event e where e.organisation_id = who.organisation_id and e.id > from_id order by e.id limit most) one)
    order by piece.id;
end $$;

-- Whether an address stands anywhere in an organisation; in texts, in history, in acts of admins and under keys it does not look.
create or replace function is_known_in(org bigint, address text) returns boolean language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  key text := address_key(address);
begin
  return user_at(org, address) is not null
    or exists (select from record r where record_keys(r.organisation_id, r.emails) && array[org || ':' || key])
    or exists (
      select from record r where r.former_emails <> '{}' and record_keys(r.organisation_id, r.former_emails) && array[org || ':' || key])
    or exists (
      select from event e where event_keys(e.organisation_id, e.attendees, e.related_to) && array['e:' || org || ':' || key]
        and (e.organisation_id = org) is true)
    or exists (
      select from erasure x join secret s on s.name = 'page-token'
      where x.organisation_id = org and x.digest = sha256(s.value || convert_to(org || ':' || key, 'UTF8')))
    or exists (select from event e where e.organisation_id = org and address_key(e.organizer_email) = key)
    or exists (
      select from series s where s.organisation_id = org and (address_key(s.content ->> 'organizerEmail') = key
        or exists (select from jsonb_array_elements(s.content -> 'attendees') a where address_key(a ->> 'emailAddress') = key)))
    or exists (select from export_person(find_person(org, address, null)));
end $$;
