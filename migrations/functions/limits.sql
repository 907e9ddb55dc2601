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
