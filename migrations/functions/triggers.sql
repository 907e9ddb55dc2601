-- Which function runs when. Of several at one moment PostgreSQL takes the one first whose name comes first.
--
-- Making a trigger anew waits for whoever writes to its table and keeps others from it until the commit. Tables come in
-- the order in which a write comes to them, so that nobody waits in a circle: a sweep, a user who arrives, an event, its
-- calendars' clocks, its entries.

create or replace trigger sweep_history before insert on sweep for each row execute function sweep_history();
create or replace trigger sweep_tombstones before insert on sweep for each row execute function sweep_tombstones();

create or replace trigger app_user_zone before insert or update of timezone on app_user
  for each row execute function app_user_zone();
create or replace trigger app_user_before_insert before insert on app_user
  for each row execute function app_user_before();
create or replace trigger app_user_before_email before update of email on app_user for each row
  when (lower(old.email) is distinct from lower(new.email)) execute function app_user_before();
create or replace trigger app_user_after_insert after insert on app_user
  for each row execute function app_user_arrives();
create or replace trigger app_user_after_email after update of email on app_user for each row
  when (lower(old.email) is distinct from lower(new.email)) execute function app_user_arrives();

create or replace trigger event_before_insert before insert on event
  for each row execute function event_before_insert();
create or replace trigger event_before_update before update on event
  for each row execute function event_before_update();
create or replace trigger event_after_insert after insert on event
  for each row execute function event_after_insert();
create or replace trigger event_after_update after update on event for each row
  when (old is distinct from new) execute function event_after_update();
create or replace trigger event_after_delete after delete on event
  for each row execute function event_after_delete();
create or replace trigger event_history_created after insert on event
  for each row execute function event_created();
create or replace trigger event_history_changed after update on event for each row
  when (old is distinct from new) execute function event_changed();
create or replace trigger event_history_deleted after delete on event
  for each row execute function event_deleted();
create or replace trigger event_hung_insert after insert on event for each row
  when (new.parent_id is not null) execute function event_hung();
create or replace trigger event_hung_update after update on event for each row
  when (new.parent_id is not null and new.parent_id is distinct from old.parent_id) execute function event_hung();
create or replace trigger event_no_truncate before truncate on event
  for each statement execute function refuse_direct_write();

-- A trigger's depth is 0 for a statement that a client sent, and more inside the triggers above.
create or replace trigger calendar_guard before insert or delete or update on calendar for each statement
  when (pg_trigger_depth() = 0) execute function refuse_direct_write();
create or replace trigger calendar_no_truncate before truncate on calendar
  for each statement execute function refuse_direct_write();

create or replace trigger entry_guard before insert or update or delete on calendar_entry for each statement
  when (pg_trigger_depth() = 0) execute function refuse_direct_write();
create or replace trigger entry_no_truncate before truncate on calendar_entry
  for each statement execute function refuse_direct_write();

create or replace trigger history_counted before insert on event_history for each row
  when (new.token_id is not null and pg_column_size(new.changes) > random() * 16384) execute function count_history();
create or replace trigger history_guard before update or delete on event_history for each statement
  when (pg_trigger_depth() = 0) execute function refuse_history_write();
create or replace trigger history_no_truncate before truncate on event_history
  for each statement execute function refuse_history_write();
