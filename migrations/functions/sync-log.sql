-- The sync log: instances write here what clients polled (src/sync-log/poll-log.ts).

-- Adds what one instance has gathered in memory for some seconds, all of it in one statement: no request waits for it, and a
-- crash loses those seconds. Rows are locked in one order: instances write at the same time. Instants come as how long ago
-- they were, by the instance's clock that never steps.
create or replace function log_polls(gathered jsonb) returns void language plpgsql as $$
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
