-- Rate limits: how much each access token may still ask, as far as the instances have told one another.
--
-- An instance counts by itself and settles here what it counted, a sixteenth of the limit at a time, for all tokens in
-- one statement (src/access/rate-limits.ts). After a crash of PostgreSQL, and on a standby that takes over, the table
-- is empty and everybody has the whole limit again, which is why it need not be logged.

create unlogged table rate_bucket (
  organisation_id bigint not null,
  token_id bigint not null,
  level double precision not null,
  settled_at timestamptz not null,
  primary key (organisation_id, token_id)
) with (fillfactor = 50);
comment on column rate_bucket.level is 'Requests left as of settled_at; below zero where instances together took more than there was.';

-- Takes what was used from the buckets, which fill in a minute, and answers what is left in them. Rows are locked in
-- one order: instances settle at the same time.
create function settle_rate_buckets(size double precision, orgs bigint[], tokens bigint[], used double precision[])
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
