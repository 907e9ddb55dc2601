-- What is done to users, access tokens, grants, records, webhooks and the organisation itself: who did it, when, before and after. See
-- functions/admin-history.sql. Only admins read it (src/audit/admin-history.ts); it is kept as long as the history of events is.

create table admin_history (
  organisation_id bigint not null,
  id bigint generated always as identity (maxvalue 9007199254740991),
  at timestamptz(3) not null default tidemark_now(),
  subject text not null,
  subject_id bigint not null,
  kind text not null check (kind in ('created', 'changed', 'deleted')),
  token_id bigint,
  by_operator boolean not null default false,
  changes jsonb not null,
  primary key (organisation_id, id)
);
comment on column admin_history.subject_id is 'Its id; of a grant that of the calendar, of a person that of the erasure.';
comment on column admin_history.token_id is 'The access token that did it; null for the command line, the service itself, and plain SQL.';
comment on column admin_history.by_operator is 'The command line did it.';
comment on column admin_history.changes is 'By column: [before, after] of what was changed, the value alone of what was created or deleted. No secrets.';
-- What was done to one of them.
create index admin_history_subject on admin_history (organisation_id, subject, subject_id, id);
-- A sweep finds the oldest.
create index admin_history_age on admin_history (at);
