-- A user who is disabled.

-- Whoever is disabled loses their access tokens for good: enabled again, they get new ones. What stands for a client of an
-- issuer stays: its JWTs are the issuer's to end, and are how its users come back.
create or replace function app_user_disabled() returns trigger language plpgsql as $$
begin
  update access_token t set revoked_at = new.disabled_at
  where t.organisation_id = new.organisation_id and t.user_id = new.id and t.revoked_at is null and t.issuer is null;
  return null;
end $$;
