-- The records that had an address before: whoever is erased is looked for among them, while others wait.
create index record_former_email on record using gin (record_keys(organisation_id, former_emails))
  with (gin_pending_list_limit = 256) where former_emails <> '{}';

-- What came to a timeline though the event stayed as it was: its contact, or opportunity, belongs to another account now.
alter table timeline_lost drop constraint timeline_lost_reason_check;
alter table timeline_lost add constraint timeline_lost_reason_check check (reason in ('deleted', 'left', 'came'));
