-- A token whose secret stands in the address of a calendar feed may read that feed and nothing else.
alter table access_token
  drop constraint access_token_scopes_check,
  add constraint access_token_scopes_check
    check (scopes <@ array['read', 'write', 'feed'] and cardinality(scopes) > 0 and (scopes = array['feed'] or not 'feed' = any (scopes)));
