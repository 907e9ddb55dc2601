-- Takes back the first migration: nothing of Tidemark is left. (The functions over the row type of event go
-- with the table; btree_gist stays, others may use it.)
drop table secret, sweep, calendar_entry, event, record, calendar, access_token, app_user, organisation cascade;
drop function
  sweep_tombstones, transfer_events, refuse_direct_write, app_user_arrives, app_user_before, app_user_zone, require_zone, event_after_delete,
  event_after_update, event_after_insert, refuse_parent_cycle, refuse_parent,
  is_ancestor, event_before_update,
  event_before_insert, still_departed, canonical_attendees, links_well_formed, attendees_well_formed, is_dates, try_calendar_barrier,
  calendar_barrier, begin_write, lock_latecomers, calendars_of, find_people, addresses_of, lower_addresses, tidemark_token, tidemark_tick, lock_calendars, tidemark_lock, lock_organisation,
  tidemark_held(), event_keys, record_keys, tidemark_now;
drop type tidemark_held;
