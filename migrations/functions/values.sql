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
               || !(@.type == "required" || @.type == "optional" || @.type == "resource")
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

-- What a CRM keeps with an event: up to 50 keys with texts, numbers, and yes or no. Keys and texts come to 8 KiB at most; a
-- number is one that a double can hold.
create or replace function properties_well_formed(properties jsonb) returns boolean language plpgsql immutable as $$
declare
  name text;
  given jsonb;
  names integer := 0;
  bytes integer := 0;
  fits boolean;
begin
  if jsonb_typeof(properties) is distinct from 'object' then
    return false;
  end if;
  for name, given in select p.key, p.value from jsonb_each(properties) p loop
    names := names + 1;
    bytes := bytes + octet_length(name) + octet_length(case when jsonb_typeof(given) = 'string' then given::text else '' end);
    fits := case jsonb_typeof(given)
      when 'string' then char_length(given #>> '{}') <= 1000
      when 'number' then abs(given::numeric) <= 1.7976931348623157e308
      else jsonb_typeof(given) = 'boolean' end;
    if not fits or names > 50 or bytes > 8192 or name !~ '^[A-Za-z][A-Za-z0-9_]{0,63}$' then
      return false;
    end if;
  end loop;
  return true;
end $$;

-- An index key of (organisation, address) for each address of a record, in one GIN index without extensions.
create or replace function record_keys(organisation_id bigint, emails text[]) returns text[]
language plpgsql immutable parallel safe set search_path from current as $$
declare
  keys text[] := array[]::text[];
  address text;
begin
  foreach address in array emails loop
    keys := keys || (organisation_id || ':' || address_key(address));
  end loop;
  return keys;
end $$;

-- The tagged, tenant-prefixed keys by which an event is found: e:<org>:<address>, u:<org>:<user>,
-- c:<org>:<contact>, r:<org>:<type>:<record>. One GIN index answers them all and never leaves the tenant.
-- (plpgsql, because an index calls it for every row, and starting a query costs ten times what its work does.)
-- A value that comes from a row is packed, and every look into it unpacks all of it: `#> '{}'` does so once.
create or replace function event_keys(organisation_id bigint, attendees jsonb, related_to jsonb) returns text[]
language plpgsql immutable parallel safe set search_path from current as $$
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
      keys := keys || ('e' || tenant || address_key(one ->> 'emailAddress'));
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

-- The value of a property as it is looked for: 5 and "5" are one, and so are 1.5 and 1.50.
create or replace function property_text(given jsonb) returns text language sql immutable parallel safe as $$
  select case when jsonb_typeof(given) = 'number' then trim_scale((given #>> '{}')::numeric)::text else given #>> '{}' end
$$;

-- What an event says that few others do: w:<org>:<showAs or status>, unless it is what all say, t:<org>:<type>, and
-- p:<org>:<name>:<digest> of each property.
create or replace function said_keys(organisation_id bigint, show_as text, status text, type text, properties jsonb) returns text[]
language plpgsql immutable parallel safe set search_path from current as $$
declare
  tenant text := ':' || organisation_id || ':';
  keys text[] := array[]::text[];
begin
  if show_as <> 'busy' then
    keys := keys || ('w' || tenant || 'showAs:' || show_as);
  end if;
  if status <> 'confirmed' then
    keys := keys || ('w' || tenant || 'status:' || status);
  end if;
  if type is not null then
    keys := keys || ('t' || tenant || type);
  end if;
  if properties <> '{}' then
    keys := keys || array(
      select 'p' || tenant || p.key || ':' || md5(property_text(p.value)) from jsonb_each(properties) p);
  end if;
  return keys;
end $$;

-- By organisation and a digest of the UID: one of a thousand characters would not fit into a page of an index.
create or replace function uid_keys(organisation_id bigint, i_cal_uid text) returns text[] language sql immutable parallel safe as $$
  select array[organisation_id::text || ':' || md5(i_cal_uid)]
$$;

-- The indexes that lists walk know the organisation by a name that only those lists use: an event, or an entry, looked up by
-- its key must never be looked for along them, nor a list be walked along another's, which statistics that are missing or
-- of another time make look as cheap.
create or replace function by_start(organisation_id bigint) returns bigint
language sql immutable parallel safe as 'select organisation_id + 0';
create or replace function by_change(organisation_id bigint) returns bigint
language sql immutable parallel safe as 'select organisation_id - 0';
create or replace function by_span(organisation_id bigint) returns bigint
language sql immutable parallel safe as 'select organisation_id * 1';
create or replace function by_name(organisation_id bigint) returns bigint
language sql immutable parallel safe as 'select organisation_id + 0';
