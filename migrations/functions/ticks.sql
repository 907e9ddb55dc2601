-- The clock of a calendar: each change takes an instant later than every one that the calendar has committed.

-- Tells whether `many` holds all of `few`, in the time of sorting them. (The operator <@ compares each with each, which is
-- quicker for short lists only.)
create or replace function holds_all(many bigint[], few bigint[]) returns boolean language plpgsql immutable parallel safe as $$
begin
  if cardinality(few) <= 8 or cardinality(many) <= 8 then
    return few <@ many;
  end if;
  return few = many or not exists (select unnest(few) except select unnest(many));
end $$;

-- The tick of a change that touches these calendars: strictly later than the clock on the wall and than every
-- tick these calendars have committed.
create or replace function tidemark_tick(org bigint, calendars bigint[]) returns timestamptz
language plpgsql as $$
declare
  held tidemark_held := tidemark_held();
  together bigint[];
  done text;
begin
  if held.organisation_id = org and held.used < 500 and holds_all(held.ticked, calendars) then
    held.used := held.used + 1;
  else
    -- Writers who go together (note_together) take one tick for all their calendars.
    together := coalesce(nullif(current_setting('tidemark.together', true), ''), '{}')::bigint[];
    if calendars <@ together then
      calendars := together;
    end if;
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
create or replace function tidemark_token() returns bigint language sql stable as $$
  select nullif(current_setting('tidemark.token', true), '')::bigint
$$;

-- The one on whose behalf it writes this event: where writers go together, each has its own (note_together).
create or replace function tidemark_token(event_id bigint) returns bigint language sql stable as $$
  select case when coalesce(current_setting('tidemark.tokens', true), '') = '' then tidemark_token()
    else (current_setting('tidemark.tokens')::jsonb ->> event_id::text)::bigint end
$$;
