-- What nobody may write by hand.

create or replace function refuse_direct_write() returns trigger language plpgsql as $$
begin
  raise exception 'entries and clocks are kept by triggers: write to event instead (% on %)', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

-- What happened stays as it was written. (A guard against inserts would cost every change more than it is worth: whoever
-- may insert here may drop the guard.)
create or replace function refuse_history_write() returns trigger language plpgsql as $$
begin
  raise exception 'history is kept by triggers (% on %)', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
