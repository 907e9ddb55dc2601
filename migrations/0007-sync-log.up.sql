-- The sync log: how each client keeps up with each calendar, for people (the page /sync) and for /metrics.
--
-- No request waits for it. An instance gathers in memory what clients polled, and writes it here every few seconds, all
-- of it in one statement (src/sync/poll-log.ts). A crash loses those seconds. The tables are bounded: one row for a
-- client and calendar, forgotten a month after the client was last heard, and one for each five minutes in which it was
-- heard, kept for a day (src/retention.ts). They refer to no other table: nothing is ever deleted from those they name,
-- and a check would touch the calendar's row.

create table sync_client (
  organisation_id bigint not null,
  calendar_id bigint not null,
  token_id bigint not null,
  heard_at timestamptz(3) not null,
  live boolean not null,
  polled_at timestamptz(3),
  watermark timestamptz(3),
  refused_at timestamptz(3),
  refused_code text,
  primary key (organisation_id, calendar_id, token_id)
) with (fillfactor = 50);
comment on column sync_client.live is 'It was last heard through a subscription, which is heard while it lasts.';
comment on column sync_client.watermark is 'Up to where the last answer that the client took covers the feed.';

create table sync_activity (
  organisation_id bigint not null,
  calendar_id bigint not null,
  token_id bigint not null,
  start_at timestamptz(0) not null,
  polls integer not null,
  delivered integer not null,
  left_out integer not null,
  unchanged integer not null,
  refused integer not null,
  primary key (organisation_id, calendar_id, token_id, start_at)
) with (fillfactor = 50);
create index sync_activity_age on sync_activity (start_at);

-- Adds what one instance has gathered. Rows are locked in one order: instances write at the same time. Instants come as
-- how long ago they were, by the instance's clock that never steps.
create function log_polls(gathered jsonb) returns void language plpgsql as $$
begin
  -- Nobody waits for the disk: what a crash of PostgreSQL takes is no more than a crash of the instance would.
  perform set_config('synchronous_commit', 'off', true);
  insert into sync_client as c
    (organisation_id, calendar_id, token_id, heard_at, live, polled_at, watermark, refused_at, refused_code)
  select g."organisationId", g."calendarId", g."tokenId", tidemark_now() - g."heardAgo" * interval '1 ms', g.live,
         tidemark_now() - g."polledAgo" * interval '1 ms', g.watermark,
         tidemark_now() - g."refusedAgo" * interval '1 ms', g."refusedCode"
  from jsonb_to_recordset(gathered) as g (
    "organisationId" bigint, "calendarId" bigint, "tokenId" bigint, "heardAgo" float, live boolean, "polledAgo" float,
    watermark timestamptz, "refusedAgo" float, "refusedCode" text)
  order by 1, 2, 3
  on conflict (organisation_id, calendar_id, token_id) do update
    set heard_at = greatest(c.heard_at, excluded.heard_at),
        live = excluded.live,
        watermark = case when c.polled_at > excluded.polled_at then c.watermark
                         else coalesce(excluded.watermark, c.watermark) end,
        polled_at = greatest(c.polled_at, excluded.polled_at),
        refused_code = case when c.refused_at > excluded.refused_at then c.refused_code
                              else coalesce(excluded.refused_code, c.refused_code) end,
        refused_at = greatest(c.refused_at, excluded.refused_at);
  insert into sync_activity as a
    (organisation_id, calendar_id, token_id, start_at, polls, delivered, left_out, unchanged, refused)
  select g."organisationId", g."calendarId", g."tokenId", date_bin('5 min', tidemark_now(), 'epoch'),
         g.polls, g.delivered, g."leftOut", g.unchanged, g.refused
  from jsonb_to_recordset(gathered) as g (
    "organisationId" bigint, "calendarId" bigint, "tokenId" bigint,
    polls integer, delivered integer, "leftOut" integer, unchanged integer, refused integer)
  order by 1, 2, 3
  on conflict (organisation_id, calendar_id, token_id, start_at) do update
    set polls = a.polls + excluded.polls, delivered = a.delivered + excluded.delivered,
        left_out = a.left_out + excluded.left_out, unchanged = a.unchanged + excluded.unchanged,
        refused = a.refused + excluded.refused;
end $$;
