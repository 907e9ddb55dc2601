-- What tables, checks and indexes are made of: the only file that runs before the tables. None of it reads a table. Where
-- one of these comes to return something else, what stands on it must be built anew: see ../README.md.

create or replace function tidemark_now() returns timestamptz language sql volatile as 'select clock_timestamp()';
comment on function tidemark_now() is 'The only place from which Tidemark reads the time.';

create or replace function is_dates(start_time timestamptz, end_time timestamptz) returns boolean language plpgsql immutable as $$
begin
  return end_time > start_time
    and extract(epoch from start_time) % 86400 = 0 and extract(epoch from end_time) % 86400 = 0;
end $$;

create or replace function attendees_well_formed(attendees jsonb) returns boolean language plpgsql immutable as $$
begin
  return case when jsonb_typeof(attendees) = 'array' then
    jsonb_array_length(attendees) <= 1000 and not jsonb_path_exists(attendees,
      '$[*] ? (!(@.status == "Accepted" || @.status == "Declined" || @.status == "Tentative" || @.status == "NoResponse")
               || (@.userId != null && !(@.userId like_regex "^[1-9][0-9]{0,15}$"))
               || (@.emailAddress != null && @.emailAddress.type() != "string")
               || (@.contactId != null && @.contactId.type() != "number")
               || (@.name != null && @.name.type() != "string")
               || (@.userId == null && @.emailAddress == null && @.contactId == null))')
    else false end;
end $$;

-- Counts what is as it should be: what has no such keys is neither equal nor unequal to anything.
create or replace function links_well_formed(related_to jsonb) returns boolean language plpgsql immutable as $$
begin
  return case when jsonb_typeof(related_to) = 'array' then
    jsonb_array_length(related_to) = 0 or jsonb_array_length(related_to) <= 100
      and jsonb_array_length(related_to) = jsonb_array_length(jsonb_path_query_array(related_to,
        'strict $[*] ? ((@.type == "Contact" || @.type == "Account" || @.type == "Opportunity" || @.type == "Lead")
                        && @.id.type() == "string" && @.id like_regex "^[1-9][0-9]{0,15}$"
                        && @.name.type() == "string")', '{}', true))
    else false end;
end $$;

-- An index key of (organisation, address) for each address of a record, in one GIN index without extensions.
create or replace function record_keys(organisation_id bigint, emails text[]) returns text[]
language sql immutable parallel safe as $$
  select coalesce(array_agg(organisation_id || ':' || lower(address)), '{}') from unnest(emails) address
$$;

-- The tagged, tenant-prefixed keys by which an event is found: e:<org>:<address>, u:<org>:<user>,
-- c:<org>:<contact>, r:<org>:<type>:<record>. One GIN index answers them all and never leaves the tenant.
-- (plpgsql, because an index calls it for every row, and starting a query costs ten times what its work does.)
-- A value that comes from a row is packed, and every look into it unpacks all of it: `#> '{}'` does so once.
create or replace function event_keys(organisation_id bigint, attendees jsonb, related_to jsonb) returns text[]
language plpgsql immutable parallel safe as $$
declare
  keys text[] := array[]::text[];
  tenant text := ':' || organisation_id || ':';
  people jsonb := attendees #> '{}';
  links jsonb := related_to #> '{}';
  one jsonb;
begin
  for position in 0 .. jsonb_array_length(people) - 1 loop
    one := people -> position;
    if one ->> 'emailAddress' is not null then
      keys := keys || ('e' || tenant || lower(one ->> 'emailAddress'));
    end if;
    if one ->> 'userId' is not null then
      keys := keys || ('u' || tenant || (one ->> 'userId'));
    end if;
    if one ->> 'contactId' is not null then
      keys := keys || ('c' || tenant || (one ->> 'contactId'));
    end if;
  end loop;
  for position in 0 .. jsonb_array_length(links) - 1 loop
    one := links -> position;
    keys := keys || ('r' || tenant || (one ->> 'type') || ':' || (one ->> 'id'));
  end loop;
  return keys;
end $$;

-- One more word is the name of the organisation, which no text can hold (it has a space) and every search asks for: a search
-- costs what the organisation has of its words, not what all have; one that only excludes, such as -lunch, too.
create or replace function event_words(organisation_id bigint, subject text, location text, description text) returns tsvector
language sql immutable parallel safe as $$
  select array_to_tsvector(array['org ' || organisation_id::text])
    || to_tsvector('simple', subject || ' ' || coalesce(location, '') || ' ' || coalesce(description, ''))
$$;

-- By organisation and a digest of the UID: one of a thousand characters would not fit into a page of an index.
create or replace function uid_keys(organisation_id bigint, i_cal_uid text) returns text[] language sql immutable parallel safe as $$
  select array[organisation_id::text || ':' || md5(i_cal_uid)]
$$;

-- The indexes that lists walk know the organisation by a name that only those lists use: an event looked up by its key must
-- never be looked for along them, which statistics from when there was an event or two make look as cheap.
create or replace function by_start(organisation_id bigint) returns bigint
language sql immutable parallel safe as 'select organisation_id + 0';
create or replace function by_change(organisation_id bigint) returns bigint
language sql immutable parallel safe as 'select organisation_id - 0';
