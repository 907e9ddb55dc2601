-- Whom the JWTs of an OpenID Connect issuer may speak for (src/access/sign-in.ts).

-- The organisations for whose users an issuer may speak at an address of a domain. OIDC_ORGANISATION (only_name) names
-- the only one. One that is closed is none. Else those that name the issuer, and where none does, those that name no issuer at all.
create or replace function organisations_of(by_issuer text, at_domain text, only_name text) returns setof bigint
language sql stable as $$
  select o.id from organisation o
  where o.name = only_name and o.closed_at is null and coalesce(o.issuer, by_issuer) = by_issuer
    and (at_domain = any (o.domains) or o.domains = '{}' and not exists (
      select from organisation b where b.closed_at is null and b.issuer = by_issuer and at_domain = any (b.domains)))
  union all
  select o.id from organisation o
  where only_name is null and o.issuer = by_issuer and o.closed_at is null
    and (at_domain = any (o.domains) or o.domains = '{}' and not exists (
      select from organisation b where b.closed_at is null and b.issuer = by_issuer and at_domain = any (b.domains)))
  union all
  select o.id from organisation o
  where only_name is null and o.issuer is null and o.closed_at is null
    and not exists (select from organisation b where b.closed_at is null and b.issuer = by_issuer)
$$;

-- Keeps who an issuer's JWT speaks for, where that is new: the first sign-in of the address, and a token of the client,
-- as long as the user comes through no more clients than they may have tokens. Whoever finds no token after it has too
-- many. The user's row is locked: of two new clients at once one is the twenty-first.
create or replace function remember_sign_in(org bigint, by_user bigint, by_issuer text, client text, by_address text, by_subject text)
returns void language plpgsql as $$
declare
  most integer;
begin
  select max_tokens(u) into most from app_user u where u.organisation_id = org and u.id = by_user for no key update;
  insert into sign_in as s (issuer, address, subject, organisation_id, user_id)
  values (by_issuer, address_key(by_address), by_subject, org, by_user)
  on conflict (issuer, address) do update set subject = excluded.subject
    where s.subject is null and s.organisation_id = excluded.organisation_id;
  insert into access_token (organisation_id, user_id, issuer, name, scopes)
  select org, by_user, by_issuer, client, array['read', 'write']
  where most > (
    select count(*) from access_token t
    where t.organisation_id = org and t.user_id = by_user and t.issuer is not null and t.revoked_at is null)
  on conflict (organisation_id, user_id, issuer, name) where issuer is not null do nothing;
end $$;
