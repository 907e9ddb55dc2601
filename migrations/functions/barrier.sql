-- The barrier: a read waits here for the writers in flight on its calendar, as a statement of its own, because the read's
-- snapshot must be younger than their commits.

create or replace function calendar_barrier(org bigint, calendar_id bigint, out clock timestamptz, out floor timestamptz)
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
create or replace function try_calendar_barrier(
  org bigint, calendar_id bigint, out clock timestamptz, out floor timestamptz, out passed boolean
) language plpgsql volatile as $$
begin
  passed := pg_try_advisory_xact_lock_shared(-org) and pg_try_advisory_xact_lock_shared(calendar_id);
  select c.clock, c.floor into clock, floor from calendar c where c.organisation_id = org and c.id = calendar_id;
end $$;
