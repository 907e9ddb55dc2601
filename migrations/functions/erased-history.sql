-- History without a person who is erased.

-- What a change has changed, without the person.
create or replace function erased_change(changes jsonb, who tidemark_person) returns jsonb language plpgsql immutable as $$
begin
  if changes ? 'attendees' then
    changes := jsonb_set(changes, '{attendees}', jsonb_build_array(
      without_person(changes #> '{attendees,0}', who), without_person(changes #> '{attendees,1}', who)));
  end if;
  if changes ? 'relatedTo' then
    changes := jsonb_set(changes, '{relatedTo}', jsonb_build_array(
      without_records(changes #> '{relatedTo,0}', who), without_records(changes #> '{relatedTo,1}', who)));
  end if;
  if changes ? 'organizerEmail' then
    changes := jsonb_set(changes, '{organizerEmail}', (
      select jsonb_agg(case when names_person(email, who) then who.mask else email end order by position)
      from jsonb_array_elements_text(changes -> 'organizerEmail') with ordinality as two (email, position)));
  end if;
  if changes ? 'organizerName' then
    changes := jsonb_set(changes, '{organizerName}', (
      select jsonb_agg(case when name = any (who.names) then null else name end order by position)
      from jsonb_array_elements_text(changes -> 'organizerName') with ordinality as two (name, position)));
  end if;
  return changes;
end $$;

create or replace function erased_history(kind text, changes jsonb, who tidemark_person) returns jsonb language sql immutable as $$
  select case when not changes ?| array['attendees', 'relatedTo', 'organizerEmail', 'organizerName'] then changes
    when kind = 'changed' then erased_change(changes, who) else erased_content(changes, who) end
$$;

-- What a row of history says of an event's organiser, or with a minus before its id of a series': the address that they had after it,
-- null where a series says none, and whose the series was.
create or replace function organiser_after(h event_history, out email text, out owner_id text) language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  is_series boolean := h.event_id < 0;
begin
  -- The next row that says so knows it, and where there is none, what is stored now.
  select case l.kind when 'changed' then l.changes #>> '{organizerEmail,0}' else l.changes ->> 'organizerEmail' end into email
  from event_history l
  where l.organisation_id = h.organisation_id and l.event_id = h.event_id and l.id > h.id
    and (l.changes ? 'organizerEmail' or l.kind = 'deleted')
  order by l.id limit 1;
  if not found and is_series then
    select s.content ->> 'organizerEmail' into email from series s where s.organisation_id = h.organisation_id and s.id = -h.event_id;
  elsif not found then
    select e.organizer_email into email from event e where e.organisation_id = h.organisation_id and e.id = h.event_id;
  end if;
  if not is_series then
    return;
  end if;
  select case l.kind when 'changed' then l.changes #>> '{ownerId,0}' else l.changes ->> 'ownerId' end into owner_id
  from event_history l
  where l.organisation_id = h.organisation_id and l.event_id = h.event_id and l.id > h.id and l.changes ? 'ownerId'
  order by l.id limit 1;
  if not found then
    select s.owner_id::text into organiser_after.owner_id from series s
    where s.organisation_id = h.organisation_id and s.id = -h.event_id;
  end if;
end $$;

-- A row of history without the person. A name that it changes is judged by whose it was: by the address beside it, and where it stands
-- alone, by the one that was in force.
create or replace function erased_row(h event_history, who tidemark_person) returns jsonb language plpgsql stable as $$
declare
  erased jsonb := erased_history(h.kind, h.changes, who);
  then_is record;
  email text;
  owner_id text;
begin
  if h.kind <> 'changed' or not h.changes ? 'organizerName' then
    return erased;
  end if;
  then_is := organiser_after(h);
  for side in 0..1 loop
    email := case when h.changes ? 'organizerEmail' then h.changes #>> array['organizerEmail', side::text] else then_is.email end;
    owner_id := case when h.changes ? 'ownerId' then h.changes #>> array['ownerId', side::text] else then_is.owner_id end;
    -- What is erased in pieces may have the new address in a later row already.
    if names_person(email, who) or email = who.mask or h.event_id < 0 and email is null and owner_id = who.user_id::text then
      erased := jsonb_set(erased, array['organizerName', side::text], 'null');
    end if;
  end loop;
  return erased;
end $$;

-- Of the organiser's names that a row of history changes, those that are the person's.
create or replace function own_names(h event_history, who tidemark_person) returns jsonb language plpgsql stable as $$
declare
  said jsonb := h.changes -> 'organizerName';
  left_over jsonb;
begin
  if h.kind <> 'changed' or said is null then
    return '{}'::jsonb;
  end if;
  left_over := erased_row(h, who) -> 'organizerName';
  return jsonb_build_object('organizerName', (
    select jsonb_agg(case when left_over -> side = 'null' then said -> side end order by side) from generate_series(0, 1) side));
end $$;
