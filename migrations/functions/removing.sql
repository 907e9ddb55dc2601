-- An organisation that is closed, and one that is removed with all that it has.

-- Ends whatever speaks for an organisation or is told of it: its access tokens, for good, its webhooks, and
-- the making of occurrences. What is closed stays so.
create or replace function close_organisation(org bigint) returns timestamptz language plpgsql as $$
declare
  at timestamptz;
begin
  update organisation o set closed_at = coalesce(o.closed_at, tidemark_now()) where o.id = org returning o.closed_at into at;
  update access_token t set revoked_at = tidemark_now() where t.organisation_id = org and t.revoked_at is null;
  update webhook w set paused_at = tidemark_now(), paused_because = 'The organisation is closed.'
  where w.organisation_id = org and w.paused_at is null;
  update series s set extend_at = null where s.organisation_id = org and s.extend_at is not null;
  return at;
end $$;

-- The tables that know an organisation, those first that refer to others. A table that comes to be is among them.
create or replace function tables_of_organisations() returns setof regclass language sql stable as $$
  with recursive tables as (
    select c.oid from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'organisation_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and not c.relispartition
      and c.relnamespace = (select o.relnamespace from pg_class o where o.oid = 'organisation'::regclass)
  ), refers as (
    select distinct f.conrelid as child, f.confrelid as parent from pg_constraint f
    where f.contype = 'f' and f.conrelid <> f.confrelid
      and f.conrelid in (select oid from tables) and f.confrelid in (select oid from tables)
  ), depths as (
    select oid, 0 as depth from tables
    union
    select r.child, d.depth + 1 from depths d join refers r on r.parent = d.oid where d.depth < 50
  )
  select oid::regclass from depths group by oid order by max(depth) desc, oid
$$;

-- The columns by which rows of a table keep others of it from going.
create or replace function own_references(of_table regclass) returns setof name language sql stable as $$
  select a.attname from pg_constraint f cross join unnest(f.conkey) key
  join pg_attribute a on a.attrelid = f.conrelid and a.attnum = key
  where f.contype = 'f' and f.conrelid = of_table and f.confrelid = of_table and f.confdeltype in ('a', 'r')
    and a.attname <> 'organisation_id'
$$;

-- Removes up to so many rows of an organisation that is closed, and answers of which table, and how many. Null where there are
-- none left: then the organisation itself is gone too. It makes no tombstones and no history: there is nobody to be told.
create or replace function remove_piece(org bigint, most integer, out of_table text, out gone bigint) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  one regclass;
  reference name;
begin
  perform set_config('tidemark.forgetting', 'organisation', true);
  if exists (select from organisation o where o.id = org and o.closed_at is null) then
    raise exception 'an organisation is closed before it is removed' using errcode = 'restrict_violation';
  end if;
  for one in select * from tables_of_organisations() loop
    -- None may go that another one names: these names go first.
    for reference in select * from own_references(one) loop
      execute format('update %1$s set %2$I = null where organisation_id = $1 and ctid = any (array(
        select ctid from %1$s where organisation_id = $1 and %2$I is not null limit $2))', one, reference) using org, most;
      get diagnostics gone = row_count;
      if gone > 0 then
        of_table := one::text;
        gone := 0;
        return;
      end if;
    end loop;
    -- Where a row stands (ctid) is known in its own partition only, and an organisation is in one.
    execute format('delete from %1$s where organisation_id = $1 and ctid = any (array(
      select ctid from %1$s where organisation_id = $1 limit $2))', one) using org, most;
    get diagnostics gone = row_count;
    if gone > 0 then
      of_table := one::text;
      return;
    end if;
  end loop;
  delete from organisation o where o.id = org;
  gone := null;
end $$;
