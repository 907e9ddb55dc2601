drop function log_polls;
drop table sync_activity, sync_client;
