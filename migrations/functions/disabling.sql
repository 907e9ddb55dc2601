-- A user who is disabled.

-- Whoever is disabled loses their access tokens for good: enabled again, they get new ones. What stands for a client of an
-- issuer stays: its JWTs are the issuer's to end, and are how its users come back.
create or replace function app_user_disabled() returns trigger language plpgsql as $$
begin
  update access_token t set revoked_at = new.disabled_at
  where t.organisation_id = new.organisation_id and t.user_id = new.id and t.revoked_at is null and t.issuer is null;
  -- Theirs would be due for ever, before those of everybody else.
  update series s set extend_at = null
  where s.owner_id = new.id and (s.organisation_id = new.organisation_id) is true and s.extend_at is not null;
  return null;
end $$;

-- Series of theirs that have no end go on.
create or replace function app_user_enabled() returns trigger language plpgsql as $$
begin
  update series s set extend_at = tidemark_now()
  where s.owner_id = new.id and (s.organisation_id = new.organisation_id) is true and s.extend_at is null and s.expanded_until is not null;
  return null;
end $$;

-- So does one that somebody else takes over from them.
create or replace function series_changes_hands() returns trigger language plpgsql as $$
begin
  if new.extend_at is null and new.expanded_until is not null then
    new.extend_at := tidemark_now();
  end if;
  return new;
end $$;
