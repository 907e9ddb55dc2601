-- Of whoever deletes an event the children go with it, and those of others lose it and stay (functions/children.sql). A foreign key
-- that deletes would take them all.
alter table event
  drop constraint event_organisation_id_parent_id_fkey,
  add constraint event_organisation_id_parent_id_fkey foreign key (organisation_id, parent_id)
    references event on delete set null (parent_id);
create index series_parent on series (organisation_id, (content ->> 'parentId')) where content ->> 'parentId' is not null;
