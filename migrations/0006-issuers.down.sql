delete from access_token where issuer is not null;
drop index access_token_by_issuer;
alter table access_token drop column issuer, alter column hash set not null;
