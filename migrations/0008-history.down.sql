drop trigger sweep_history on sweep;
alter table sweep drop column forgotten;
drop trigger event_history_created on event;
drop trigger event_history_changed on event;
drop trigger event_history_deleted on event;
drop table event_history;
drop function sweep_history, event_created, event_changed, event_deleted, list_change, refuse_history_write;
