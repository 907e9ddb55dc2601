-- Locks on calendars, and what a transaction remembers of those it holds. The order, which nobody may break: the
-- organisation, its calendars by id, then rows of event.
--
-- Here and in the other files, functions on the way of a create or a change say `done := f()` where f returns nothing: an
-- expression costs a fifth of what PERFORM does, which runs a statement.

create or replace function tidemark_held() returns tidemark_held language plpgsql stable as $$
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
create or replace function lock_organisation(org bigint, patience interval default '1 min') returns void language plpgsql as $$
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
create or replace function tidemark_lock(held tidemark_held, org bigint, calendars bigint[]) returns tidemark_held
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

create or replace function lock_calendars(organisation_id bigint, calendar_ids bigint[]) returns void
language plpgsql as $$
declare
  done text;
begin
  done := set_config(
    'tidemark.held', tidemark_lock(tidemark_held(), organisation_id, calendar_ids)::text, true);
end $$;
comment on function lock_calendars(bigint, bigint[]) is
  'Takes the locks of these calendars until the commit, in id order. Call it before changing many events.';

-- The calendars of these users.
create or replace function lock_calendars_of(org bigint, user_ids bigint[]) returns void language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
  perform lock_calendars(org, array(
    select c.id from calendar c where (c.organisation_id = org) is true and c.user_id = any (user_ids) order by c.id));
end $$;
