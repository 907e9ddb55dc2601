-- Tokens of an OpenID Connect issuer: whoever comes with one has a row here too, made when they are first seen, for
-- each client of the issuer that they come through. It has no secret. What it is for: a change is known by the token
-- that made it (excludeOwn), a limit belongs to a token, and an administrator can revoke it.

alter table access_token
  alter column hash drop not null,
  add column issuer text check (char_length(issuer) between 1 and 2000),
  add constraint access_token_has_secret_or_issuer check (num_nonnulls(hash, issuer) = 1);
comment on column access_token.issuer is 'Who signs the tokens of this client; null where the secret is ours.';

create unique index access_token_by_issuer on access_token (organisation_id, user_id, issuer, name)
  where issuer is not null;
