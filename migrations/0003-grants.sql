-- Who may look into, or write in, somebody else's calendar (src/people/grants.ts).

create table calendar_grant (
  organisation_id bigint not null,
  user_id bigint not null,
  calendar_id bigint not null,
  access text not null check (access in ('read', 'write')),
  granted_at timestamptz(3) not null default tidemark_now(),
  primary key (organisation_id, user_id, calendar_id),
  foreign key (organisation_id, user_id) references app_user on delete cascade,
  foreign key (organisation_id, calendar_id) references calendar on delete cascade
);
comment on column calendar_grant.user_id is 'To whom it is granted.';
-- A calendar that is deleted takes its grants along.
create index calendar_grant_calendar on calendar_grant (calendar_id, organisation_id);
