-- What is kept of requests: answers for retries, what is left of rate limits, the sync log, when tokens were
-- used, how much history users make, whom issuers have let in, and the secret that signs page
-- tokens.

-- The answer to a create, kept under the client's key by the transaction that made the event.
--
-- The key is inserted after the event and before the commit. A repeat that runs at the same time waits at the unique
-- index until the first is through, finds the key taken, undoes its own event and answers what is stored. A refused
-- or crashed request rolls back, and with it its key.
create table idempotency_key (
  organisation_id bigint not null,
  user_id bigint not null,
  key text not null check (char_length(key) between 1 and 255),
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  answer text not null,
  created_at timestamptz(3) not null default tidemark_now(),
  primary key (organisation_id, user_id, key),
  foreign key (organisation_id, user_id) references app_user on delete restrict
);
comment on column idempotency_key.fingerprint is 'SHA-256 over the content of the request, normalised.';
comment on column idempotency_key.answer is 'The event as it was answered: the columns of the projection, as JSON.';
-- A sweep finds the oldest keys.
create index idempotency_key_age on idempotency_key (created_at);

-- How much each access token may still ask, as far as the instances have told one another (functions/limits.sql). After a
-- crash of PostgreSQL, and on a standby that takes over, the table is empty and everybody has the whole limit again,
-- which is why it need not be logged.
create unlogged table rate_bucket (
  organisation_id bigint not null,
  token_id bigint not null,
  level double precision not null,
  settled_at timestamptz not null,
  primary key (organisation_id, token_id)
) with (fillfactor = 50);
comment on column rate_bucket.level is 'Requests left as of settled_at; below zero where instances together took more than there was.';

-- How each client keeps up with each calendar, for people (the page /sync) and for /metrics (functions/sync-log.sql). The
-- tables are bounded: one row for a client and calendar, forgotten a month after the client was last heard, and one for
-- each five minutes in which it was heard, kept for a day (src/retention.ts). They refer to no other table: nothing is
-- ever deleted from those they name, and a check would touch the calendar's row.
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
  passed_over integer not null,
  primary key (organisation_id, calendar_id, token_id, start_at)
) with (fillfactor = 50);
-- A sweep finds the oldest.
create index sync_activity_age on sync_activity (start_at);

-- What each client was refused, and what of its writes was passed over, field by field: the last hundred of each kind, for a
-- month. A path and a message may quote what the client wrote.
create table sync_notice (
  organisation_id bigint not null,
  calendar_id bigint not null,
  token_id bigint not null,
  id bigint generated always as identity,
  at timestamptz(3) not null,
  request_id text not null,
  request text not null,
  code text,
  field text,
  message text,
  primary key (organisation_id, calendar_id, token_id, id)
);
comment on column sync_notice.code is 'Why it was refused; null for what was passed over.';
-- A sweep finds the oldest.
create index sync_notice_age on sync_notice (at);

-- When each token was last used, to the minute (functions/limits.sql).
create table token_use (
  organisation_id bigint not null,
  token_id bigint not null,
  at timestamptz(3) not null,
  primary key (organisation_id, token_id)
) with (fillfactor = 50);

-- How much history each user makes (functions/history.sql).
create unlogged table history_use (
  organisation_id bigint not null,
  user_id bigint not null,
  bytes double precision not null,
  at timestamptz not null,
  primary key (organisation_id, user_id)
) with (fillfactor = 50);
comment on table history_use is 'After a crash it is empty and everybody has a whole day''s, which is why it need not be logged.';
comment on column history_use.bytes is 'What is counted against the user as of `at`; it falls by a day''s allowance a day.';

-- Shared by every instance: signs page tokens. 244 random bits, hashed to 32 bytes.
create table secret (
  name text primary key,
  value bytea not null
);
insert into secret (name, value)
values ('page-token', sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

-- An organisation names the issuer that may speak for its users, and the e-mail domains that are its own with that issuer.
-- Who was let in stays where they were let in: a user whom another organisation adds later takes nobody's sign-in.
create table sign_in (
  issuer text not null,
  address text not null,
  subject text,
  organisation_id bigint not null,
  user_id bigint not null,
  at timestamptz(3) not null default tidemark_now(),
  primary key (issuer, address),
  foreign key (organisation_id, user_id) references app_user on delete restrict
);
comment on table sign_in is 'The first sign-in of each address with an issuer: where it belongs as long as nothing else says so.';
comment on column sign_in.subject is 'The issuer''s own name for the person (sub), which stays when their address changes.';
-- A person who comes with another address.
create index sign_in_subject on sign_in (issuer, subject, at) where subject is not null;
-- A user who is deleted must have none.
create index sign_in_user on sign_in (organisation_id, user_id);
