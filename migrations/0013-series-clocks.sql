-- What series are to be told of: contacts and users that come, records that are merged, and newer time zone data.
alter table series
  add column zone_data text collate "C" not null default '',
  add column zone_offsets jsonb;
comment on column series.zone_data is 'The release of the time zone database by which its occurrences were placed; empty: before that was kept.';
comment on column series.zone_offsets is 'How the clocks of its zone go by that data: newer data moves what these have placed.';
-- What older data has placed, whosever it is.
create index series_zone_data on series (zone_data, id) where not all_day;
-- Whom and what a series names, as for events (event_key).
create index series_key on series using gin (
  event_keys(organisation_id, coalesce(content -> 'attendees', '[]'), coalesce(content -> 'relatedTo', '[]')))
  with (gin_pending_list_limit = 256);
