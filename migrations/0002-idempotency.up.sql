-- Idempotency keys: the answer to a create, kept under the client's key by the transaction that made the event.
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

create index idempotency_key_age on idempotency_key (created_at);
