-- Rate limits: instances settle here what they counted by themselves (src/access/rate-limits.ts).

-- Takes what was used from the buckets, which fill in a minute, and answers what is left in them. Rows are locked in
-- one order: instances settle at the same time.
create or replace function settle_rate_buckets(size double precision, orgs bigint[], tokens bigint[], used double precision[])
returns table (token_id bigint, level double precision) language sql volatile as $$
  insert into rate_bucket as b (organisation_id, token_id, level, settled_at)
  select u.org, u.token, size - u.used, tidemark_now()
  from unnest(orgs, tokens, used) as u (org, token, used) order by u.org, u.token
  on conflict on constraint rate_bucket_pkey do update
    set level = greatest(-size, excluded.level - size
          + least(size, b.level + size / 60 * greatest(0, extract(epoch from excluded.settled_at - b.settled_at)))),
        settled_at = excluded.settled_at
  returning b.token_id, b.level
$$;

-- How many live access tokens a user may have.
create or replace function max_tokens(of_user app_user) returns integer language sql immutable as $$
  select coalesce(of_user.max_tokens, 20)
$$;

-- When tokens were used, as one instance gathered it in memory for some seconds (src/access/last-uses.ts): no request waits
-- for it, and a crash loses those seconds. Rows are locked in one order: instances write at the same time.
create or replace function log_token_uses(orgs bigint[], tokens bigint[], ms_ago float[]) returns void language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  insert into token_use as u (organisation_id, token_id, at)
  select used.org, used.token, tidemark_now() - used.ago * interval '1 ms'
  from unnest(orgs, tokens, ms_ago) as used (org, token, ago)
  join organisation o on o.id = used.org and o.closed_at is null -- What is closed is about to be removed.
  order by used.org, used.token
  on conflict (organisation_id, token_id) do update set at = greatest(u.at, excluded.at);
end $$;
