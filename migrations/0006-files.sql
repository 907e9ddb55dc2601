-- What calendar files have brought into each calendar: which event stands for which part of a file, and which version of it
-- was the newest. So a newer file takes away what it no longer has, and an older one changes nothing, not even when what
-- it has was taken away since.
create table imported_event (
  organisation_id bigint not null,
  calendar_id bigint not null,
  uid_hash bytea not null check (octet_length(uid_hash) = 16),
  slot text not null check (char_length(slot) <= 20),
  event_id bigint,
  sequence bigint,
  changed bigint,
  stamped bigint,
  primary key (organisation_id, calendar_id, uid_hash, slot),
  foreign key (organisation_id, calendar_id) references calendar on delete cascade
);
comment on column imported_event.uid_hash is 'Of the UID: the first half of its SHA-256.';
comment on column imported_event.slot is
  'The place in the series, as RECURRENCE-ID has it in UTC; "" for an event that does not recur, "*" for the UID as a whole.';
comment on column imported_event.event_id is 'Null where a file took it away. The event may be gone.';
comment on column imported_event.sequence is 'SEQUENCE of the newest version; with LAST-MODIFIED and DTSTAMP, in epoch milliseconds.';
