drop function settle_rate_buckets;
drop table rate_bucket;
