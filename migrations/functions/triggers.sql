-- Which function runs when. Of several at one moment PostgreSQL takes the one first whose name comes first.
--
-- Making a trigger anew waits for whoever writes to its table and keeps others from it until the commit. Tables come in
-- the order in which a write comes to them, so that nobody waits in a circle: a sweep, a user who arrives, an event, its
-- calendars' clocks, its entries.

create or replace trigger sweep_history before insert on sweep for each row execute function sweep_history();
create or replace trigger sweep_tombstones before insert on sweep for each row execute function sweep_tombstones();

create or replace trigger app_user_zone before insert or update of timezone on app_user
  for each row execute function app_user_zone();
create or replace trigger app_user_kind before update of kind, timezone on app_user for each row
  when ((old.kind, old.timezone) is distinct from (new.kind, new.timezone)) execute function app_user_kind();
create or replace trigger app_user_before_insert before insert on app_user
  for each row execute function app_user_before();
create or replace trigger app_user_before_email before update of email, aliases on app_user for each row
  when ((old.email, old.aliases) is distinct from (new.email, new.aliases)) execute function app_user_before();
create or replace trigger app_user_after_insert after insert on app_user
  for each row execute function app_user_arrives();
create or replace trigger app_user_after_email after update of email, aliases on app_user for each row
  when ((old.email, old.aliases) is distinct from (new.email, new.aliases)) execute function app_user_arrives();
create or replace trigger app_user_disabled after update of disabled_at on app_user for each row
  when (old.disabled_at is null and new.disabled_at is not null) execute function app_user_disabled();
create or replace trigger app_user_enabled after update of disabled_at on app_user for each row
  when (old.disabled_at is not null and new.disabled_at is null) execute function app_user_enabled();
create or replace trigger app_user_ends_webhooks after update of disabled_at, role on app_user for each row
  when (new.disabled_at is not null or new.role <> 'admin') execute function app_user_ends_webhooks();

create or replace trigger user_address_guard before insert or update or delete on user_address for each statement
  when (pg_trigger_depth() = 0 and not is_forgetting()) execute function refuse_direct_write();

create or replace trigger record_before_insert before insert on record for each row
  when (new.emails <> '{}') execute function record_before();
create or replace trigger record_before_update before update of emails, archived_at on record for each row
  when (old.emails <> new.emails or old.archived_at is distinct from new.archived_at) execute function record_before();
create or replace trigger record_after_insert after insert on record for each row
  when (new.type = 'Contact' and new.archived_at is null) execute function record_arrives();
create or replace trigger record_after_update after update of emails, archived_at on record for each row
  when (new.type = 'Contact' and new.archived_at is null) execute function record_arrives();

create or replace trigger record_moved after update of account_id on record for each row
  when (old.account_id is distinct from new.account_id and new.type in ('Contact', 'Opportunity')) execute function record_moved();

create or replace trigger event_before_insert before insert on event
  for each row execute function event_before_insert();
create or replace trigger event_before_update before update on event
  for each row execute function event_before_update();
create or replace trigger event_c_own_words before update on event for each row
  when (old.series_id is not null) execute function event_own_words();
create or replace trigger event_after_insert after insert on event
  for each row execute function event_after_insert();
create or replace trigger event_after_update after update on event for each row
  when (old is distinct from new and (old.own_answers = new.own_answers or is_seen(old, new))) execute function event_after_update();
-- By its name before those of foreign keys ("RI_…").
create or replace trigger "A_event_takes_children" after delete on event
  for each row execute function event_takes_children();
create or replace trigger event_after_delete after delete on event for each row
  when (not is_forgetting()) execute function event_after_delete();
create or replace trigger event_history_created after insert on event
  for each row execute function event_created();
create or replace trigger event_history_changed after update on event for each row
  when (old is distinct from new and (old.own_answers = new.own_answers or is_seen(old, new))) execute function event_changed();
create or replace trigger event_history_deleted after delete on event for each row
  when (not is_forgetting()) execute function event_deleted();
create or replace trigger event_lost_update after update on event for each row
  when ((old.attendees, old.related_to, old.private, old.owner_id, old.left_user_ids)
    is distinct from (new.attendees, new.related_to, new.private, new.owner_id, new.left_user_ids))
  execute function event_lost();
create or replace trigger event_lost_delete after delete on event for each row
  when ((old.attendees <> '[]' or old.related_to <> '[]') and not is_forgetting()) execute function event_lost();
create or replace trigger event_hung_insert after insert on event for each row
  when (new.parent_id is not null) execute function event_hung();
create or replace trigger event_hung_update after update on event for each row
  when (new.parent_id is not null and new.parent_id is distinct from old.parent_id) execute function event_hung();
create or replace trigger event_leaves_series after delete on event for each row
  when (old.series_id is not null and not is_forgetting()) execute function event_leaves_series();
create or replace trigger series_changes_hands before update of owner_id on series for each row
  when (old.owner_id <> new.owner_id) execute function series_changes_hands();
create or replace trigger series_noted after insert or update or delete on series
  for each row execute function series_noted();
create or replace trigger series_ticks after update on series for each row
  when ((old.owner_id, old.first_place, old.start_ms, old.length_ms, old.all_day, old.timezone, old.rrule, old.rdates, old.exdates,
      old.deleted_places, old.content, old.left_user_ids, old.i_cal_uid)
    is distinct from (new.owner_id, new.first_place, new.start_ms, new.length_ms, new.all_day, new.timezone, new.rrule, new.rdates, new.exdates,
      new.deleted_places, new.content, new.left_user_ids, new.i_cal_uid) and not is_forgetting())
  execute function series_ticks();
create or replace trigger event_forgets_booked after insert or update on event for each statement
  when (coalesce(current_setting('tidemark.booked', true), '') <> '' or coalesce(current_setting('tidemark.moving', true), '') <> '')
  execute function forget_booked();
create or replace trigger event_no_truncate before truncate on event
  for each statement execute function refuse_direct_write();

-- A trigger's depth is 0 for a statement that a client sent, and more inside the triggers above.
create or replace trigger calendar_guard before insert or delete or update on calendar for each statement
  when (pg_trigger_depth() = 0 and not is_forgetting()) execute function refuse_direct_write();
create or replace trigger calendar_arrives after insert on calendar
  for each row execute function calendar_arrives();
create or replace trigger calendar_no_truncate before truncate on calendar
  for each statement execute function refuse_direct_write();

create or replace trigger entry_guard before insert or update or delete on calendar_entry for each statement
  when (pg_trigger_depth() = 0 and not is_forgetting()) execute function refuse_direct_write();
create or replace trigger entry_no_truncate before truncate on calendar_entry
  for each statement execute function refuse_direct_write();

create or replace trigger history_counted before insert on event_history for each row
  when (new.token_id is not null and pg_column_size(new.changes) > random() * 16384) execute function count_history();
create or replace trigger history_guard before update or delete on event_history for each statement
  when (pg_trigger_depth() = 0 and not is_forgetting()) execute function refuse_history_write();
create or replace trigger history_no_truncate before truncate on event_history
  for each statement execute function refuse_history_write();

-- Of access tokens those of an issuer's clients come by themselves, as their users sign in.
create or replace trigger organisation_act_made after insert on organisation for each row
  when (not is_forgetting()) execute function note_act('organisation');
create or replace trigger organisation_act_changed after update on organisation for each row
  when (old is distinct from new and not is_forgetting()) execute function note_act('organisation');
create or replace trigger organisation_act_ended after delete on organisation for each row
  when (not is_forgetting()) execute function note_act('organisation');
create or replace trigger app_user_act_made after insert on app_user for each row
  when (not is_forgetting()) execute function note_act('user');
create or replace trigger app_user_act_changed after update on app_user for each row
  when (old is distinct from new and not is_forgetting()) execute function note_act('user');
create or replace trigger app_user_act_ended after delete on app_user for each row
  when (not is_forgetting()) execute function note_act('user');
create or replace trigger access_token_act_made after insert on access_token for each row
  when (new.issuer is null and not is_forgetting()) execute function note_act('token');
create or replace trigger access_token_act_changed after update on access_token for each row
  when (old is distinct from new and not is_forgetting()) execute function note_act('token');
create or replace trigger access_token_act_ended after delete on access_token for each row
  when (not is_forgetting()) execute function note_act('token');
create or replace trigger calendar_grant_act_made after insert on calendar_grant for each row
  when (not is_forgetting()) execute function note_act('grant');
create or replace trigger calendar_grant_act_changed after update on calendar_grant for each row
  when (old is distinct from new and not is_forgetting()) execute function note_act('grant');
create or replace trigger calendar_grant_act_ended after delete on calendar_grant for each row
  when (not is_forgetting()) execute function note_act('grant');
create or replace trigger record_act_made after insert on record for each row
  when (not is_forgetting()) execute function note_act('record');
create or replace trigger record_act_changed after update on record for each row
  when (old is distinct from new and not is_forgetting()) execute function note_act('record');
create or replace trigger record_act_ended after delete on record for each row
  when (not is_forgetting()) execute function note_act('record');
create or replace trigger webhook_act_made after insert on webhook for each row
  when (not is_forgetting()) execute function note_act('webhook');
create or replace trigger webhook_act_changed after update on webhook for each row
  when (old is distinct from new and not is_forgetting()) execute function note_act('webhook');
create or replace trigger webhook_act_ended after delete on webhook for each row
  when (not is_forgetting()) execute function note_act('webhook');

-- Last, since a write of each table above comes to it.
create or replace trigger admin_history_counted before insert on admin_history for each row
  when (new.token_id is not null and pg_column_size(new.changes) > random() * 16384) execute function count_history();
create or replace trigger admin_history_guard before update or delete on admin_history for each statement
  when (pg_trigger_depth() = 0 and not is_forgetting()) execute function refuse_history_write();
create or replace trigger admin_history_no_truncate before truncate on admin_history
  for each statement execute function refuse_history_write();
