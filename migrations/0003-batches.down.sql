drop function lock_calendars_of, lock_for_delete, lock_events;
