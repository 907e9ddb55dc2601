-- Tidemark's first migration: the tables, and the promises of the delta feed as triggers.
--
-- WHY THE DATABASE KEEPS THE CLOCK
--
-- A feed keyed by time ("what changed since …?") loses changes when a row is stamped before another one
-- but committed after it: whoever polls in between moves past the later commit for ever. Stamping with
-- now(), with clock_timestamp(), with a sequence or with a transaction id all have that hole, because none
-- of them is ordered by *commit*. Here the order of stamps is the order of commits, per calendar, because
-- the stamp is taken under a lock that lives until the commit:
--
--     calendar.clock        one instant per calendar: the greatest tick committed in it.
--     a change              (1) locks every calendar it touches, in id order;
--                           (2) tick = max( the next millisecond after tidemark_now(),
--                                           the greatest of their clocks + 1 ms );
--                           (3) writes the tick to those clocks, to event.last_modified_at and to the
--                               event's entry in each calendar;
--                           (4) commits, which releases the locks.
--
-- Two changes of one calendar are therefore stamped in the order in which they become visible, a clock that
-- steps back only makes ticks advance by single milliseconds for a while, and an event has one tick, the same
-- in every calendar.
--
-- THE LOCKS
--
-- A calendar's lock is the transaction-level advisory lock on its id, exclusive for a change, shared for the
-- barrier (below). It is an advisory lock and not FOR SHARE on the row, which would write to the row at every
-- poll. A writer first takes the organisation's lock (minus its id) shared; the barrier passes that one, then the
-- calendar's, and never waits for one while it holds the other. A transaction that needs more than 64 calendars
-- takes the organisation's lock exclusively instead, so that a meeting with a thousand attendees costs one lock, not a
-- thousand slots of the server's shared lock table; the service does so from the start (begin_write), because two
-- that hold the lock shared cannot both get more. Whoever wants it exclusively waits in short turns
-- (lock_organisation): everybody else queues behind a waiter, and a transaction that somebody left open would
-- otherwise stop the whole organisation.
--
-- The functions on the way of a create or a change say `done := f()` where f answers nothing: an expression costs
-- a fifth of what PERFORM does, which runs a statement.
--
-- The order is: organisation, calendars by id, rows of "event". The service keeps it by locking the calendars of what
-- it is about to change, and of whom it names, before the rows (lock_event).
--
-- A row trigger sees one row at a time, so it cannot sort the calendars of a statement over many events. Call
-- lock_calendars(organisation_id, calendar_ids) before such a statement; without it two of them may deadlock,
-- which PostgreSQL resolves by cancelling one (40P01: try again).
--
-- REUSING A TICK
--
-- A transaction may give one tick to several changes, but only while *every* calendar concerned already
-- carries that tick. Reusing it for a calendar taken later would stamp that calendar with an instant somebody
-- may have polled past. What the transaction holds is kept in a transaction-local setting; comparing stored
-- transaction ids instead would match a stranger's after a dump and restore. After 500 changes the tick moves
-- on, so that a page of the feed, which never ends inside a tick, stays small.
--
-- THE BARRIER
--
-- A client may send its own clock instead of our watermark. Between the moment a writer took its tick and its
-- commit such a client could read its clock, poll, see nothing, and come back with an instant later than the
-- tick. calendar_barrier() waits for writers in flight by taking the calendar's lock shared for a moment. A
-- tick is strictly later than the clock at which it was taken, so whatever is written after the barrier is
-- later than anything the client's clock could have shown before it. It must run before the *snapshot* of the
-- read it protects: as a statement of its own.
--
-- ENTRIES AND TOMBSTONES
--
-- calendar_entry says which events a calendar holds. Participants of an event are its owner and the attendees
-- with a user id who have not left. A change upserts the entries of those who are participants, and turns the
-- entries of those who no longer are into tombstones ("left"); a delete turns them all ("deleted"), and really
-- deletes the event's row. Entries are written by AFTER triggers only: BEFORE triggers also run for rows that
-- ON CONFLICT DO NOTHING then drops, and a clock that moved without a row is harmless where an entry is not.
--
-- EVERY WRITER, NOT ONLY THE SERVICE
--
-- All of this holds for plain SQL on "event". Writing entries or clocks by hand, and TRUNCATE, are refused.
-- tidemark_now() is the one place that reads the time.

-- ---------------------------------------------------------------------------------------------- time

create function tidemark_now() returns timestamptz language sql volatile as 'select clock_timestamp()';

comment on function tidemark_now() is 'The only place from which Tidemark reads the time.';

-- --------------------------------------------------------------------------------------------- tables
create extension if not exists btree_gist;

-- Every tenant table has organisation_id first in its key and in every foreign key, so no row can point
-- across tenants. Ids stay below 2^53: they travel as JSON numbers.

create table organisation (
  id bigint generated by default as identity (maxvalue 9007199254740991) primary key,
  name text not null unique check (char_length(name) between 1 and 200),
  created_at timestamptz(3) not null default tidemark_now()
);

create table app_user (
  organisation_id bigint not null references organisation on delete restrict,
  id bigint generated by default as identity (maxvalue 9007199254740991),
  email text not null check (char_length(email) between 1 and 320),
  name text not null check (char_length(name) between 1 and 200),
  timezone text not null,
  role text not null default 'member' check (role in ('member', 'admin')),
  disabled_at timestamptz(3),
  created_at timestamptz(3) not null default tidemark_now(),
  primary key (organisation_id, id),
  check (id between 1 and 9007199254740991)
);
create unique index app_user_email on app_user (organisation_id, lower(email));
create index app_user_by_address on app_user (lower(email));
create index app_user_name on app_user (organisation_id, name, id);

create table access_token (
  organisation_id bigint not null,
  id bigint generated by default as identity (maxvalue 9007199254740991),
  user_id bigint not null,
  name text not null check (char_length(name) between 1 and 200),
  hash bytea not null unique check (octet_length(hash) = 32),
  scopes text[] not null check (scopes <@ array['read', 'write'] and cardinality(scopes) > 0),
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  created_at timestamptz(3) not null default tidemark_now(),
  primary key (organisation_id, id),
  foreign key (organisation_id, user_id) references app_user on delete restrict
);
create index access_token_user on access_token (organisation_id, user_id);
create index access_token_id on access_token (id);

-- fillfactor, and no index on clock: a change of the clock is a heap-only update.
create table calendar (
  organisation_id bigint not null,
  id bigint generated by default as identity (maxvalue 9007199254740991),
  user_id bigint not null,
  clock timestamptz(3) not null default date_trunc('milliseconds', tidemark_now()),
  floor timestamptz(3) not null default 'epoch',
  primary key (organisation_id, id),
  unique (organisation_id, user_id),
  foreign key (organisation_id, user_id) references app_user on delete restrict
) with (fillfactor = 50);

create table record (
  organisation_id bigint not null references organisation on delete restrict,
  id bigint generated by default as identity (maxvalue 9007199254740991),
  type text not null check (type in ('Contact', 'Account', 'Opportunity', 'Lead')),
  name text not null check (char_length(name) between 1 and 500),
  emails text[] not null default '{}' check (cardinality(emails) <= 50),
  account_id bigint,
  archived_at timestamptz(3),
  created_at timestamptz(3) not null default tidemark_now(),
  primary key (organisation_id, id),
  foreign key (organisation_id, account_id) references record on delete restrict,
  check (id between 1 and 9007199254740991)
);
create index record_name on record (organisation_id, type, name, id);
create index record_account on record (organisation_id, account_id) where account_id is not null;

-- An index key of (organisation, address) for each address of a record, in one GIN index without extensions.
create function record_keys(organisation_id bigint, emails text[]) returns text[]
language sql immutable parallel safe as $$
  select coalesce(array_agg(organisation_id || ':' || lower(address)), '{}') from unnest(emails) address
$$;
create index record_email on record using gin (record_keys(organisation_id, emails));

-- What an event is checked for. (Functions, because PostgreSQL reads a constraint anew for every statement, letter by
-- letter, which for these three took a sixth of an update.)

create function is_dates(start_time timestamptz, end_time timestamptz) returns boolean language plpgsql immutable as $$
begin
  return end_time > start_time
    and extract(epoch from start_time) % 86400 = 0 and extract(epoch from end_time) % 86400 = 0;
end $$;

create function attendees_well_formed(attendees jsonb) returns boolean language plpgsql immutable as $$
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
create function links_well_formed(related_to jsonb) returns boolean language plpgsql immutable as $$
begin
  return case when jsonb_typeof(related_to) = 'array' then
    jsonb_array_length(related_to) = 0 or jsonb_array_length(related_to) <= 100
      and jsonb_array_length(related_to) = jsonb_array_length(jsonb_path_query_array(related_to,
        'strict $[*] ? ((@.type == "Contact" || @.type == "Account" || @.type == "Opportunity" || @.type == "Lead")
                        && @.id.type() == "string" && @.id like_regex "^[1-9][0-9]{0,15}$"
                        && @.name.type() == "string")', '{}', true))
    else false end;
end $$;

create table event (
  organisation_id bigint not null, -- whose owner's it is, so that there is such an organisation
  id bigint generated by default as identity (maxvalue 9007199254740991),
  owner_id bigint not null,
  subject text not null default '' check (char_length(subject) <= 1000),
  description text check (char_length(description) <= 100000),
  location text check (char_length(location) <= 2000),
  start_time timestamptz(3) not null,
  end_time timestamptz(3) not null,
  all_day boolean not null default false,
  private boolean not null default false,
  timezone text not null,
  attendees jsonb not null default '[]',
  related_to jsonb not null default '[]',
  parent_id bigint,
  i_cal_uid text check (char_length(i_cal_uid) <= 1000),
  organizer_email text not null,
  organizer_name text,
  left_user_ids bigint[] not null default '{}',
  created_at timestamptz(3) not null default tidemark_now(),
  last_modified_at timestamptz(3) not null,
  primary key (organisation_id, id),
  foreign key (organisation_id, owner_id) references app_user on delete restrict,
  foreign key (organisation_id, parent_id) references event on delete cascade,
  constraint event_id_range check (id between 1 and 9007199254740991),
  constraint event_not_own_parent check (parent_id <> id),
  constraint event_end_not_before_start check (end_time >= start_time),
  constraint event_time_range
    check (start_time >= '1970-01-01T00:00:00Z' and end_time < '10000-01-01T00:00:00Z'),
  constraint event_all_day_is_dates check (not all_day or is_dates(start_time, end_time)),
  constraint event_attendees_shape check (attendees_well_formed(attendees)),
  constraint event_related_to_shape check (links_well_formed(related_to))
);
comment on column event.left_user_ids is
  'Attendees who took the event out of their calendar: still on the list, as Declined, but no participants.';

create index event_start on event (organisation_id, start_time, id);
create index event_long_span on event using gist (organisation_id, tstzrange(start_time, end_time, '[]'))
  where end_time - start_time > interval '1 day';
create index event_change on event (organisation_id, last_modified_at, id);
create index event_parent on event (organisation_id, parent_id) where parent_id is not null;
-- By hash: a key of a thousand characters would not fit into a B-tree's page.
create index event_i_cal_uid on event using hash (i_cal_uid) where i_cal_uid is not null;

create table calendar_entry (
  organisation_id bigint not null,
  calendar_id bigint not null,
  event_id bigint not null,
  tick timestamptz(3) not null,
  removed_at timestamptz(3),
  reason text check (reason in ('deleted', 'left')),
  start_time timestamptz(3) not null,
  end_time timestamptz(3) not null,
  changed_by bigint,
  foreign_tick timestamptz(3),
  primary key (organisation_id, calendar_id, event_id),
  foreign key (organisation_id, calendar_id) references calendar on delete restrict,
  check ((removed_at is null) = (reason is null)),
  check (removed_at is null or removed_at = tick)
);
comment on column calendar_entry.changed_by is 'The access token of the last change; null for plain SQL.';
comment on column calendar_entry.foreign_tick is
  'The last tick of this entry that was not made by changed_by; null where there was none.';

-- The feed reads each kind in tick order; both kinds are a merge of the two.
create index entry_feed on calendar_entry (organisation_id, calendar_id, tick, event_id) where removed_at is null;
create index entry_removed on calendar_entry (organisation_id, calendar_id, tick, event_id) where removed_at is not null;
-- An interval [a, b) is what starts in [a - 1 day, b), in order, plus the few longer events that began even
-- earlier, found by their span. Most events are short and never touch the second index.
create index entry_start on calendar_entry (organisation_id, calendar_id, start_time, event_id) where removed_at is null;
create index entry_long_span on calendar_entry
  using gist (organisation_id, calendar_id, tstzrange(start_time, end_time, '[]'))
  where removed_at is null and end_time - start_time > interval '1 day';

-- --------------------------------------------------------------------- look-ups inside attendees and links

-- The tagged, tenant-prefixed keys by which an event is found: e:<org>:<address>, u:<org>:<user>,
-- c:<org>:<contact>, r:<org>:<type>:<record>. One GIN index answers them all and never leaves the tenant.
-- (plpgsql, because an index calls it for every row, and starting a query costs ten times what its work does.)
create function event_keys(organisation_id bigint, attendees jsonb, related_to jsonb) returns text[]
language plpgsql immutable parallel safe as $$
declare
  keys text[] := '{}';
  one jsonb;
begin
  for position in 0 .. jsonb_array_length(attendees) - 1 loop
    one := attendees -> position;
    if one ->> 'emailAddress' is not null then
      keys := keys || ('e:' || organisation_id || ':' || lower(one ->> 'emailAddress'));
    end if;
    if one ->> 'userId' is not null then
      keys := keys || ('u:' || organisation_id || ':' || (one ->> 'userId'));
    end if;
    if one ->> 'contactId' is not null then
      keys := keys || ('c:' || organisation_id || ':' || (one ->> 'contactId'));
    end if;
  end loop;
  for position in 0 .. jsonb_array_length(related_to) - 1 loop
    one := related_to -> position;
    keys := keys || ('r:' || organisation_id || ':' || (one ->> 'type') || ':' || (one ->> 'id'));
  end loop;
  return keys;
end $$;
create index event_key on event using gin (event_keys(organisation_id, attendees, related_to));

-- ------------------------------------------------------------------------------------ locks and ticks

-- What this transaction holds, kept in the transaction-local setting tidemark.held.
create type tidemark_held as (
  organisation_id bigint,
  whole boolean,          -- the organisation's lock is held exclusively
  locked bigint[],        -- calendars locked one by one
  tick timestamptz,
  used integer,           -- changes that carry the tick
  ticked bigint[]         -- calendars whose clock is the tick
);

create function tidemark_held() returns tidemark_held language plpgsql stable as $$
declare
  setting text := current_setting('tidemark.held', true);
begin
  if setting is null or setting = '' then
    return row(null, false, '{}', null, 0, '{}')::tidemark_held;
  end if;
  return setting::tidemark_held;
end $$;

-- Takes the organisation's lock exclusively: waits for it a tenth of a second at a time, and lets those pass in between
-- who came after. Under a transaction that stays open it gives up with 55P03 when its patience, or lock_timeout where
-- that is shorter, is over. Such turns end before a deadlock would be looked for: of two who hold the lock shared and want
-- it exclusively, the first to give up sets the other free.
create function lock_organisation(org bigint, patience interval default '1 min') returns void language plpgsql as $$
declare
  own_timeout text := current_setting('lock_timeout');
  until_then timestamptz :=
    clock_timestamp() + least(coalesce(nullif(own_timeout::interval, interval '0'), patience), patience);
begin
  if pg_try_advisory_xact_lock(-org) then
    return;
  end if;
  loop
    begin
      perform set_config('lock_timeout', '100ms', true);
      perform pg_advisory_xact_lock(-org);
      perform set_config('lock_timeout', own_timeout, true);
      return;
    exception when lock_not_available then -- which has taken back the setting too
      if clock_timestamp() > until_then then
        raise;
      end if;
    end;
    perform pg_sleep(0.05 + random() * 0.1);
  end loop;
end $$;

-- Takes what `held` lacks of the locks on `calendars` and answers what is held then.
create function tidemark_lock(held tidemark_held, org bigint, calendars bigint[]) returns tidemark_held
language plpgsql as $$
declare
  missing bigint[];
  calendar_id bigint;
  done text;
begin
  if held.organisation_id is distinct from org then
    -- One transaction may write for several organisations; the locks of the first stay, unremembered.
    held := row(org, false, '{}', null, 0, '{}')::tidemark_held;
  end if;
  if held.whole or calendars <@ held.locked then
    return held;
  end if;
  missing := case
    when cardinality(calendars) = 1 then calendars
    else array(select distinct c from unnest(calendars) c where not c = any (held.locked) order by c) end;
  if cardinality(held.locked) + cardinality(missing) > 64 then
    if cardinality(held.locked) = 0 then
      perform lock_organisation(org);
    else
      perform lock_organisation(org, '5 s'); -- Others may be waiting for what is held.
    end if;
    held.whole := true;
    return held;
  end if;
  if cardinality(held.locked) = 0 then
    done := pg_advisory_xact_lock_shared(-org);
  end if;
  foreach calendar_id in array missing loop
    done := pg_advisory_xact_lock(calendar_id);
  end loop;
  held.locked := held.locked || missing;
  return held;
end $$;

create function lock_calendars(organisation_id bigint, calendar_ids bigint[]) returns void
language plpgsql as $$
declare
  done text;
begin
  done := set_config(
    'tidemark.held', tidemark_lock(tidemark_held(), organisation_id, calendar_ids)::text, true);
end $$;
comment on function lock_calendars(bigint, bigint[]) is
  'Takes the locks of these calendars until the commit, in id order. Call it before changing many events.';

-- The tick of a change that touches these calendars: strictly later than the clock on the wall and than every
-- tick these calendars have committed.
create function tidemark_tick(org bigint, calendars bigint[]) returns timestamptz
language plpgsql as $$
declare
  held tidemark_held := tidemark_held();
  done text;
begin
  if held.organisation_id = org and calendars <@ held.ticked and held.used < 500 then
    held.used := held.used + 1;
  else
    held := tidemark_lock(held, org, calendars);
    -- The locks above are held, and this statement's snapshot is younger than they are: nobody moves these
    -- clocks meanwhile. (Under REPEATABLE READ the snapshot may be older; the update then fails with 40001.)
    select interval '1 ms' + greatest(date_trunc('milliseconds', tidemark_now()), max(c.clock)), 1, calendars
    into held.tick, held.used, held.ticked
    from calendar c where c.organisation_id = org and c.id = any (calendars);
    update calendar c set clock = held.tick where c.organisation_id = org and c.id = any (calendars);
  end if;
  done := set_config('tidemark.held', held::text, true);
  return held.tick;
end $$;

-- The access token on whose behalf this transaction writes; null for plain SQL.
create function tidemark_token() returns bigint language sql stable as $$
  select nullif(current_setting('tidemark.token', true), '')::bigint
$$;

-- The first call of every write of the service: says who writes, and waits for a user being added to the
-- organisation, whose arrival fills in invitations (see app_user_arrives). A write of more calendars than are
-- locked one by one has the organisation's lock exclusively from here on: of two that hold it shared and come to
-- need it exclusively, one is a deadlock's victim. No lock is waited for longer than a list would wait.
create function begin_write(org bigint, token bigint, calendars bigint default 1) returns void
language plpgsql as $$
declare
  held tidemark_held;
  done text;
begin
  done := set_config('tidemark.token', coalesce(token::text, ''), true);
  done := set_config('lock_timeout', '5s', true);
  if calendars <= 64 then
    done := pg_advisory_xact_lock_shared(-org);
    return;
  end if;
  held := tidemark_held();
  if held.organisation_id is distinct from org then
    held := row(org, false, '{}', null, 0, '{}')::tidemark_held;
  end if;
  perform lock_organisation(org);
  held.whole := true;
  perform set_config('tidemark.held', held::text, true);
end $$;

-- The calendars that hold any of these events, and those of these users, sorted.
create function calendars_of(org bigint, event_ids bigint[], user_ids bigint[]) returns bigint[]
language plpgsql stable as $$
begin
  return array(
    select held.id from event e cross join unnest(event_calendars(e)) held (id)
    where e.organisation_id = org and e.id = any (event_ids)
    union
    select c.id from calendar c where c.organisation_id = org and c.user_id = any (user_ids)
    order by 1);
end $$;

-- Takes the calendars that came to hold these events while the writer waited for `calendars`, theirs as they were before.
-- It is out of order by now, so it must not wait: where one of them is taken it gives up (40001: try again), which costs
-- a round trip where a deadlock costs everybody a second. Nobody can add more: the owner's calendar is held.
create function lock_latecomers(org bigint, event_ids bigint[], calendars bigint[]) returns void language plpgsql as $$
declare
  late bigint[] := array(
    select c from unnest(calendars_of(org, event_ids, '{}')) c where not c = any (calendars) order by c);
  calendar_id bigint;
begin
  if cardinality(late) = 0 or (tidemark_held()).whole then
    return;
  end if;
  foreach calendar_id in array late loop
    if not pg_try_advisory_xact_lock(calendar_id) then
      raise exception 'An event was given to somebody else meanwhile: try again.' using errcode = '40001';
    end if;
  end loop;
  perform lock_calendars(org, late);
end $$;

-- Waits its turn for an event: the row is locked against other writers until the commit. Its calendars are locked
-- before it, the order of everybody who calls lock_calendars; those of the users whom the write names (`invited`) too,
-- because a writer who takes one more calendar after others is out of order.
create function lock_event(org bigint, token bigint, event_id bigint, invited bigint[] default '{}') returns setof event
language plpgsql rows 1 set plan_cache_mode = force_generic_plan as $$
declare
  seen event;
  locked event;
  calendars bigint[] := '{}';
  done text;
begin
  select * into seen from event e where e.organisation_id = org and e.id = event_id;
  if found then
    calendars := event_calendars(seen);
  end if;
  if invited <> '{}' then
    calendars := array(
      select unnest(calendars) union
      select c.id from calendar c where c.organisation_id = org and c.user_id = any (invited) order by 1);
  end if;
  done := begin_write(org, token, cardinality(calendars));
  done := lock_calendars(org, calendars);
  select * into locked from event e where e.organisation_id = org and e.id = event_id for no key update;
  if not found then
    return;
  end if;
  if locked.last_modified_at is distinct from seen.last_modified_at then
    perform lock_latecomers(org, array[event_id], calendars);
  end if;
  return next locked;
end $$;

create function lower_addresses(addresses text[]) returns text[] language sql immutable parallel safe as $$
  select array(select lower(address) from unnest(addresses) address)
$$;

-- The addresses by which an invitation would know these users, and those of these records that are contacts.
create function addresses_of(org bigint, user_ids bigint[], record_ids bigint[]) returns text[]
language plpgsql stable as $$
begin
  return array(
    select u.email from app_user u where u.organisation_id = org and u.id = any (user_ids)
    union all
    select r.emails[1] from record r
    where r.organisation_id = org and r.id = any (record_ids) and r.type = 'Contact' and cardinality(r.emails) > 0);
end $$;

-- Everybody and everything a write names, in one look-up: users by id or address, records by id, contacts by
-- address. Its statements are younger than the lock that begin_write took, so nobody arrives unseen. `event_ids` are
-- the events about to be changed: with them it is known how many calendars the write will need.
create function find_people(
  org bigint, token bigint, addresses text[], user_ids bigint[], record_ids bigint[], event_ids bigint[],
  out users jsonb, out records jsonb
) language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  participants bigint := cardinality(addresses) + cardinality(user_ids) + cardinality(record_ids) + 1;
  keys text[] := '{}';
  address text;
  done text;
begin
  if event_ids <> '{}' then
    participants := participants + (
      select coalesce(sum(jsonb_array_length(e.attendees) + 1), 0) from event e
      where e.organisation_id = org and e.id = any (event_ids));
  end if;
  if participants > 64 then
    keys := lower_addresses(addresses || addresses_of(org, user_ids, record_ids));
    participants := 1 + cardinality(calendars_of(org, event_ids, user_ids || array(
      select u.id from app_user u where u.organisation_id = org and lower(u.email) = any (keys))));
  end if;
  done := begin_write(org, token, participants);
  -- Somebody named by id alone is found at their address too: the user who is a contact, the contact who is a user.
  if record_ids <> '{}' then
    addresses := addresses || addresses_of(org, '{}', record_ids);
  end if;
  keys := '{}';
  foreach address in array addresses loop
    keys := keys || lower(address);
  end loop;
  select coalesce(jsonb_agg(jsonb_build_object('id', u.id::text, 'email', u.email, 'name', u.name)), '[]'),
    addresses || array_agg(u.email)
  into users, addresses
  from app_user u where u.organisation_id = org and (lower(u.email) = any (keys) or u.id = any (user_ids));
  keys := '{}';
  foreach address in array addresses loop
    keys := keys || (org || ':' || lower(address)); -- As record_keys makes them.
  end loop;
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', r.id::text, 'type', r.type, 'name', r.name, 'emails', to_jsonb(r.emails), 'archived', r.archived_at is not null
  ) order by r.id), '[]') into records
  from record r where r.organisation_id = org and (
    r.id = any (record_ids)
    or r.type = 'Contact' and r.archived_at is null and record_keys(r.organisation_id, r.emails) && keys);
end $$;

-- ---------------------------------------------------------------------------------------- the barrier

create function calendar_barrier(org bigint, calendar_id bigint, out clock timestamptz, out floor timestamptz)
language plpgsql volatile set lock_timeout = '5s' as $$
begin
  -- One after the other, never both: a reader that held the organisation's lock while it waits for a calendar's
  -- would deadlock with the writer it waits for, when that one comes to need the whole organisation. Rolling back
  -- is how a transaction lets go of a lock.
  begin
    perform pg_advisory_xact_lock_shared(-org);
    raise sqlstate 'TIDEM';
  exception when sqlstate 'TIDEM' then null;
  end;
  perform pg_advisory_xact_lock_shared(calendar_id);
  select c.clock, c.floor into clock, floor from calendar c where c.organisation_id = org and c.id = calendar_id;
end $$;
comment on function calendar_barrier(bigint, bigint) is
  'Waits, 5 s at most for either lock, for the writers in flight on the calendar; answers its clock and floor then.';

-- The same without waiting: `passed` says whether no writer was in flight.
create function try_calendar_barrier(
  org bigint, calendar_id bigint, out clock timestamptz, out floor timestamptz, out passed boolean
) language plpgsql volatile as $$
begin
  passed := pg_try_advisory_xact_lock_shared(-org) and pg_try_advisory_xact_lock_shared(calendar_id);
  select c.clock, c.floor into clock, floor from calendar c where c.organisation_id = org and c.id = calendar_id;
end $$;

-- ------------------------------------------------------------------------------- what an event row means

-- Attendees as the wire shows them: every key present, userId a string, contactId a number. The service
-- writes them so; plain SQL may leave keys out.
create function canonical_attendees(attendees jsonb) returns jsonb language plpgsql immutable as $$
begin
  if jsonb_typeof(attendees) is distinct from 'array'
    or jsonb_path_exists(attendees, 'strict $[*] ? (@.type() != "object")') -- event_attendees_shape refuses it.
    or not jsonb_path_exists(attendees, '$[*] ? (
      !exists(@.userId) || !exists(@.emailAddress) || !exists(@.contactId) || !exists(@.name) || !exists(@.status)
      || @.userId.type() == "number" || @.contactId.type() == "string" || @.status == null
      || exists(@.keyvalue() ? (@.key != "userId" && @.key != "emailAddress" && @.key != "contactId"
                                && @.key != "name" && @.key != "status")))')
  then
    return attendees;
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'userId', a ->> 'userId',
      'emailAddress', a ->> 'emailAddress',
      'contactId', (a ->> 'contactId')::bigint,
      'name', a ->> 'name',
      'status', coalesce(a ->> 'status', 'NoResponse')
    ) order by position), '[]')
    from jsonb_array_elements(attendees) with ordinality as list (a, position)
  );
end $$;

-- Those of `departed` who are still on the list as Declined. Anybody else is back, or off the list.
create function still_departed(departed bigint[], attendees jsonb, owner_id bigint) returns bigint[]
language sql immutable as $$
  select coalesce(array_agg(distinct d order by d), '{}') from unnest(departed) d
  where d <> owner_id and exists (
    select from jsonb_array_elements(attendees) a
    where a ->> 'userId' = d::text and a ->> 'status' = 'Declined')
$$;

-- The calendars that hold the event, sorted: the owner's, and those of attendees who have not left. A user id
-- of another organisation opens no calendar.
create function event_calendars(e event) returns bigint[] language plpgsql stable as $$
begin
  -- Nobody else of the organisation is invited: the usual case, at a third of the cost.
  if e.attendees = '[]' or not jsonb_path_exists(
    e.attendees, '$[*].userId ? (@ != null && @ != $owner)', jsonb_build_object('owner', e.owner_id::text))
  then
    return array(
      select id from calendar where organisation_id = e.organisation_id and user_id = e.owner_id);
  end if;
  return array(
    select id from calendar
    where organisation_id = e.organisation_id
      and user_id = any (
        e.owner_id || array(
          select (a ->> 'userId')::bigint from jsonb_array_elements(e.attendees) a
          where a ->> 'userId' is not null and not (a ->> 'userId')::bigint = any (e.left_user_ids)))
    order by id);
end $$;

-- ------------------------------------------------------------------------------------------ time zones

-- Refuses what PostgreSQL knows no zone by. (It knows a few, such as POSIX rules, that others do not; the service takes
-- those for UTC.) Asking is a thousand times quicker than looking into pg_timezone_names.
create function require_zone(zone text, refused_by text) returns void language plpgsql as $$
declare
  there timestamp;
begin
  there := now() at time zone zone;
exception when invalid_parameter_value then
  raise exception 'there is no time zone "%"', zone using errcode = 'check_violation', constraint = refused_by;
end $$;

-- ------------------------------------------------------------------------------------- event triggers

create function event_before_insert() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  done text;
begin
  new.attendees := canonical_attendees(new.attendees);
  new.left_user_ids := case
    when new.left_user_ids = '{}' then new.left_user_ids
    else still_departed(new.left_user_ids, new.attendees, new.owner_id) end;
  if new.timezone is null or new.organizer_email is null then
    select coalesce(new.timezone, u.timezone), coalesce(new.organizer_email, u.email), coalesce(new.organizer_name, u.name)
    into new.timezone, new.organizer_email, new.organizer_name
    from app_user u where u.organisation_id = new.organisation_id and u.id = new.owner_id;
  end if;
  if new.parent_id is not null and is_ancestor(new.organisation_id, new.id, new.parent_id) then
    perform refuse_parent(); -- Rows of one statement may name one another.
  end if;
  done := require_zone(new.timezone, 'event_timezone');
  new.last_modified_at := tidemark_tick(new.organisation_id, event_calendars(new));
  new.created_at := least(new.created_at, new.last_modified_at); -- the tick may be older: it is taken once
  return new;
end $$;

create function event_before_update() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
  if (new.organisation_id, new.id) is distinct from (old.organisation_id, old.id) then
    raise exception 'an event keeps its id and its organisation' using errcode = 'restrict_violation';
  end if;
  new.last_modified_at := old.last_modified_at;
  new.created_at := old.created_at;
  new.attendees := canonical_attendees(new.attendees);
  if new.left_user_ids <> '{}' then
    new.left_user_ids := still_departed(new.left_user_ids, new.attendees, new.owner_id);
  end if;
  if new.timezone is null then
    select u.timezone into new.timezone
    from app_user u where u.organisation_id = new.organisation_id and u.id = new.owner_id;
  end if;
  if new.owner_id <> old.owner_id then
    select u.email, u.name into new.organizer_email, new.organizer_name
    from app_user u where u.organisation_id = new.organisation_id and u.id = new.owner_id;
  end if;
  if new is not distinct from old then
    return new; -- Equal to what is stored: no tick, and event_after_update does not fire.
  end if;
  if new.timezone <> old.timezone then
    perform require_zone(new.timezone, 'event_timezone');
  end if;
  if new.parent_id is distinct from old.parent_id and new.parent_id is not null then
    perform refuse_parent_cycle(new.organisation_id, new.id, new.parent_id);
  end if;
  new.last_modified_at := tidemark_tick(
    new.organisation_id,
    case
      when (new.owner_id, new.attendees, new.left_user_ids) = (old.owner_id, old.attendees, old.left_user_ids)
      then event_calendars(new)
      else array(select distinct c from unnest(event_calendars(old) || event_calendars(new)) c order by c)
    end);
  return new;
end $$;

create function is_ancestor(org bigint, event_id bigint, child bigint) returns boolean
language plpgsql as $$
begin
  return exists (
    with recursive ancestor (id, parent_id) as (
      select e.id, e.parent_id from event e where e.organisation_id = org and e.id = child
      union
      select e.id, e.parent_id from ancestor a join event e on e.organisation_id = org and e.id = a.parent_id
    )
    select from ancestor where event_id in (id, parent_id));
end $$;

create function refuse_parent() returns void language plpgsql as $$
begin
  raise exception 'an event cannot be its own ancestor'
    using errcode = 'check_violation', constraint = 'event_parent_cycle';
end $$;

-- Two updates that each look harmless could close a circle together, so they take turns. A snapshot from before
-- the other's turn does not show what it did, but locking what it changed is refused then, as 40001.
create function refuse_parent_cycle(org bigint, event_id bigint, parent bigint) returns void
language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('tidemark.parent'), hashtext(org::text));
  if is_ancestor(org, event_id, parent) then
    perform refuse_parent();
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    while parent is not null loop
      select e.parent_id into parent from event e
      where e.organisation_id = org and e.id = parent for share;
    end loop;
  end if;
end $$;

-- Writes the entries of `present` and buries those of `gone`, all at the event's tick.
create function write_entries(e event, present bigint[], gone bigint[], why text, tick timestamptz) returns void
language plpgsql as $$
begin
  insert into calendar_entry as n
    (organisation_id, calendar_id, event_id, tick, start_time, end_time, changed_by)
  select e.organisation_id, c, e.id, tick, e.start_time, e.end_time, tidemark_token() from unnest(present) c
  on conflict (organisation_id, calendar_id, event_id) do update
    set tick = excluded.tick, removed_at = null, reason = null,
        start_time = excluded.start_time, end_time = excluded.end_time, changed_by = excluded.changed_by,
        foreign_tick = case when n.changed_by = excluded.changed_by then n.foreign_tick else n.tick end;
  if gone <> '{}' then
    update calendar_entry n
    set tick = write_entries.tick, removed_at = write_entries.tick, reason = why, changed_by = tidemark_token(),
        foreign_tick = case when n.changed_by = tidemark_token() then n.foreign_tick else n.tick end
    where n.organisation_id = e.organisation_id and n.event_id = e.id and n.calendar_id = any (gone);
  end if;
end $$;

create function event_after_insert() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  done text := write_entries(new, event_calendars(new), '{}', null, new.last_modified_at);
begin
  return null;
end $$;

create function event_after_update() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  present bigint[] := event_calendars(new);
  gone bigint[] := '{}';
  found_entries bigint;
begin
  if (new.owner_id, new.attendees, new.left_user_ids) is distinct from (old.owner_id, old.attendees, old.left_user_ids) then
    gone := array(select c from unnest(event_calendars(old)) c where not c = any (present) order by c);
  else
    -- The same people as before: their entries are there, and need not be looked for by trying to insert them.
    update calendar_entry n
    set tick = new.last_modified_at, start_time = new.start_time, end_time = new.end_time, changed_by = tidemark_token(),
        foreign_tick = case when n.changed_by = tidemark_token() then n.foreign_tick else n.tick end
    where n.organisation_id = new.organisation_id and n.calendar_id = any (present) and n.event_id = new.id;
    get diagnostics found_entries = row_count;
    if found_entries = cardinality(present) then
      return null;
    end if; -- A user came after the event that names them: their entry is made now.
  end if;
  perform write_entries(new, present, gone, 'left', new.last_modified_at);
  return null;
end $$;

create function event_after_delete() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  gone bigint[] := event_calendars(old);
begin
  perform write_entries(old, '{}', gone, 'deleted', tidemark_tick(old.organisation_id, gone));
  return null;
end $$;

create trigger event_before_insert before insert on event for each row execute function event_before_insert();
create trigger event_before_update before update on event for each row execute function event_before_update();
create trigger event_after_insert after insert on event for each row execute function event_after_insert();
create trigger event_after_update after update on event for each row
  when (old is distinct from new) execute function event_after_update();
create trigger event_after_delete after delete on event for each row execute function event_after_delete();

-- ------------------------------------------------------------------------------------- user triggers

-- Whoever arrives (a new user, or a user with a new address) gets a calendar and the events that already
-- invite the address. The organisation's lock, taken first and exclusively, keeps out writers that looked the
-- address up before and would store an invitation without the user id after.
create function app_user_before() returns trigger language plpgsql as $$
begin
  perform lock_organisation(new.organisation_id);
  return new;
end $$;

create function app_user_arrives() returns trigger language plpgsql as $$
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

create function app_user_zone() returns trigger language plpgsql as $$
begin
  perform require_zone(new.timezone, 'app_user_timezone');
  return new;
end $$;

create trigger app_user_zone before insert or update of timezone on app_user
  for each row execute function app_user_zone();
create trigger app_user_before_insert before insert on app_user for each row execute function app_user_before();
create trigger app_user_before_email before update of email on app_user for each row
  when (lower(old.email) is distinct from lower(new.email)) execute function app_user_before();
create trigger app_user_after_insert after insert on app_user for each row execute function app_user_arrives();
create trigger app_user_after_email after update of email on app_user for each row
  when (lower(old.email) is distinct from lower(new.email)) execute function app_user_arrives();

-- Makes `new_owner` the owner of every event of `old_owner` and answers how many. The calendars are locked first, in
-- order: those of everybody invited to any of the events.
create function transfer_events(org bigint, token bigint, old_owner bigint, new_owner bigint) returns bigint
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

-- ------------------------------------------------------------------------------------------- retention

-- A sweep is a row: inserting it buries some `most` of the oldest tombstones from before `before`, calendar by
-- calendar, 64 calendars at most, and lifts their floors to the greatest tick that went. It waits for nobody, because it
-- holds the locks of the calendars it is done with: one that is being written to is left for a later sweep. The row stays
-- as the log of what was done.
create table sweep (
  id bigint generated by default as identity primary key,
  before timestamptz(3) not null,
  most integer not null default 5000,
  purged bigint not null default 0,
  at timestamptz(3) not null default tidemark_now()
);

create function sweep_tombstones() returns trigger language plpgsql as $$
declare
  seen bigint[] := '{}';
  org bigint;
  calendar bigint;
  last timestamptz;
  gone bigint;
begin
  new.purged := 0;
  while new.purged < new.most and cardinality(seen) < 64 loop
    select n.organisation_id, n.calendar_id into org, calendar from calendar_entry n
    where n.removed_at < new.before and not n.calendar_id = any (seen) order by n.removed_at limit 1;
    exit when not found;
    seen := seen || calendar;
    continue when not (pg_try_advisory_xact_lock_shared(-org) and pg_try_advisory_xact_lock(calendar));
    -- In tick order, and whole ticks: what stays is later than the floor.
    select max(oldest.tick) into last from (
      select n.tick from calendar_entry n
      where n.organisation_id = org and n.calendar_id = calendar and n.removed_at < new.before
        and n.removed_at is not null
      order by n.tick limit new.most - new.purged
    ) oldest;
    delete from calendar_entry n
    where n.organisation_id = org and n.calendar_id = calendar and n.tick <= last and n.removed_at is not null;
    get diagnostics gone = row_count;
    update calendar c set floor = greatest(c.floor, last)
    where c.organisation_id = org and c.id = calendar and gone > 0;
    new.purged := new.purged + gone;
  end loop;
  return new;
end $$;
create index entry_tombstone on calendar_entry (removed_at) where removed_at is not null;
create trigger sweep_tombstones before insert on sweep for each row execute function sweep_tombstones();

-- --------------------------------------------------------------------------------------------- guards

create function refuse_direct_write() returns trigger language plpgsql as $$
begin
  raise exception 'entries and clocks are kept by triggers: write to event instead (% on %)', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

-- A trigger's depth is 0 for a statement a client sent, and more inside the triggers above.
create trigger entry_guard before insert or update or delete on calendar_entry for each statement
  when (pg_trigger_depth() = 0) execute function refuse_direct_write();
create trigger entry_no_truncate before truncate on calendar_entry for each statement
  execute function refuse_direct_write();
create trigger calendar_guard before insert or delete or update on calendar for each statement
  when (pg_trigger_depth() = 0) execute function refuse_direct_write();
create trigger calendar_no_truncate before truncate on calendar for each statement
  execute function refuse_direct_write();
create trigger event_no_truncate before truncate on event for each statement execute function refuse_direct_write();

-- ------------------------------------------------------------------------------------------- secrets

-- Shared by every instance: signs page tokens. 244 random bits, hashed to 32 bytes.
create table secret (
  name text primary key,
  value bytea not null
);
insert into secret (name, value)
values ('page-token', sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));
