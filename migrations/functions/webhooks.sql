-- Webhooks: what changes for them when people come, go, and are no longer admins.

-- A webhook of the organisation covers a calendar that comes later, from its beginning. (createWebhook holds the
-- organisation's lock shared, and who adds a user holds it exclusively: neither misses the other.)
create or replace function calendar_arrives() returns trigger language plpgsql as $$
begin
  insert into webhook_cursor (organisation_id, webhook_id, calendar_id, covered)
  select w.organisation_id, w.id, new.id, new.clock from webhook w
  where w.organisation_id = new.organisation_id and w.calendar_id is null;
  return null;
end $$;

-- A webhook sees what its user sees, and ends with what they may: on every instance, from the commit on.
create or replace function app_user_ends_webhooks() returns trigger language plpgsql as $$
begin
  update webhook w
  set paused_at = tidemark_now(),
      paused_because = case when new.disabled_at is not null then 'Its user is disabled.' else 'Its user is no longer an admin.' end
  where w.organisation_id = new.organisation_id and w.user_id = new.id and w.paused_at is null;
  return null;
end $$;
