-- The sync log: instances write here what clients polled (src/sync-log/poll-log.ts).

-- Adds what one instance has gathered in memory for some seconds, all of it in one statement: no request waits for it, and a
-- crash loses those seconds. Rows are locked in one order: instances write at the same time. Instants come as how long ago
-- they were, by the instance's clock that never steps.
create or replace function log_polls(gathered jsonb) returns void language plpgsql as $$
begin
  -- Nobody waits for the disk: what a crash of PostgreSQL takes is no more than a crash of the instance would.
  perform set_config('synchronous_commit', 'off', true);
  -- What is closed is about to be removed: nothing of it comes back.
  gathered := (
    select coalesce(jsonb_agg(one), '[]') from jsonb_array_elements(gathered) one
    join organisation o on o.id = (one ->> 'organisationId')::bigint and o.closed_at is null);
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
    (organisation_id, calendar_id, token_id, start_at, polls, delivered, left_out, unchanged, refused, passed_over)
  select g."organisationId", g."calendarId", g."tokenId", date_bin('5 min', tidemark_now(), 'epoch'),
         g.polls, g.delivered, g."leftOut", g.unchanged, g.refused, g."passedOver"
  from jsonb_to_recordset(gathered) as g (
    "organisationId" bigint, "calendarId" bigint, "tokenId" bigint,
    polls integer, delivered integer, "leftOut" integer, unchanged integer, refused integer,
    "passedOver" integer)
  order by 1, 2, 3
  on conflict (organisation_id, calendar_id, token_id, start_at) do update
    set polls = a.polls + excluded.polls, delivered = a.delivered + excluded.delivered,
        left_out = a.left_out + excluded.left_out, unchanged = a.unchanged + excluded.unchanged,
        refused = a.refused + excluded.refused, passed_over = a.passed_over + excluded.passed_over;
  insert into sync_notice (organisation_id, calendar_id, token_id, at, request_id, request, code, field, message)
  select g."organisationId", g."calendarId", g."tokenId", tidemark_now() - n.ago * interval '1 ms',
         n."requestId", n.request, n.code, n.field, n.message
  from jsonb_to_recordset(gathered) as g ("organisationId" bigint, "calendarId" bigint, "tokenId" bigint, notices jsonb)
  cross join jsonb_to_recordset(g.notices) as n (
    ago float, "requestId" text, request text, code text, field text, message text)
  order by n.ago desc;
  -- The last hundred of each kind stay.
  delete from sync_notice n using (
    select o.organisation_id, o.calendar_id, o.token_id, o.id,
           row_number() over (
             partition by o.organisation_id, o.calendar_id, o.token_id, o.code is null order by o.id desc) as place
    from jsonb_to_recordset(gathered) as g ("organisationId" bigint, "calendarId" bigint, "tokenId" bigint, notices jsonb)
    join sync_notice o on o.organisation_id = g."organisationId" and o.calendar_id = g."calendarId"
      and o.token_id = g."tokenId"
    where g.notices <> '[]') old
  where old.place > 100 and n.organisation_id = old.organisation_id and n.calendar_id = old.calendar_id
    and n.token_id = old.token_id and n.id = old.id;
end $$;
