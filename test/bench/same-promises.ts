// A floor that keeps the service's promises about what is written: under a lock that lives until the commit a write takes a tick that
// its calendar has not had, and leaves the event, its entry and its history, with all constraints, foreign keys and indexes. One
// statement, one round trip. No authentication, nobody looked up, no idempotency key, no If-Match, no rooms, no series.
import type pg from "pg";

const TICK = "interval '1 ms' + greatest(date_trunc('milliseconds', clock_timestamp()), c.clock)";

/** The writes, which answer these columns of an event `e`. */
export const sameWrites = (selected: string): { create: string; change: string } => ({
  create: `
    with tick as (
      update same_calendar c set clock = ${TICK} where c.organisation_id = $1 and c.user_id = $2 returning c.id, c.clock),
    e as (
      insert into same_event (organisation_id, owner_id, subject, start_time, end_time, timezone, attendees, organizer_email,
        organizer_id, last_modified_at)
      select $1, $2, $3, $4, $5, 'Europe/Paris', $6, 'user@bench.test', $2, clock from tick returning *),
    entry as (
      insert into same_entry (organisation_id, calendar_id, event_id, tick, start_time, end_time, changed_by, owned)
      select e.organisation_id, tick.id, e.id, e.last_modified_at, e.start_time, e.end_time, 5, true from e, tick),
    history as (
      insert into same_history (organisation_id, event_id, at, kind, token_id, changes)
      select e.organisation_id, e.id, e.last_modified_at, 'created', 5, jsonb_strip_nulls(jsonb_build_object(
        'subject', e.subject, 'description', e.description, 'location', e.location,
        'startTime', e.start_time, 'endTime', e.end_time, 'allDay', e.all_day, 'private', e.private,
        'timezone', e.timezone, 'showAs', e.show_as, 'status', e.status, 'type', e.type, 'conferenceUrl', e.conference_url,
        'properties', e.properties, 'guestsCanEdit', e.guests_can_edit, 'attendees', e.attendees, 'parentId', e.parent_id,
        'relatedTo', e.related_to, 'iCalUid', e.i_cal_uid, 'ownerId', e.owner_id::text,
        'organizerEmail', e.organizer_email, 'organizerName', e.organizer_name)) from e)
    select ${selected} from e`,
  change: `
    with o as materialized (select * from same_event where organisation_id = $1 and id = $2 for no key update),
    tick as (
      update same_calendar c set clock = ${TICK} from o
      where c.organisation_id = $1 and c.user_id = o.owner_id returning c.id, c.clock),
    e as (
      update same_event e set subject = $3, last_modified_at = tick.clock from tick
      where e.organisation_id = $1 and e.id = $2 returning e.*),
    entry as (
      update same_entry n set tick = e.last_modified_at, start_time = e.start_time, end_time = e.end_time, changed_by = 5,
        foreign_tick = case when n.changed_by = 5 then n.foreign_tick else n.tick end
      from e, tick where n.organisation_id = $1 and n.calendar_id = tick.id and n.event_id = $2),
    history as (
      insert into same_history (organisation_id, event_id, at, kind, token_id, changes)
      select e.organisation_id, e.id, e.last_modified_at, 'changed', 5,
        jsonb_build_object('subject', jsonb_build_array(o.subject, e.subject)) from e, o)
    select ${selected} from e`,
});

/** What it writes to: tables with the indexes and constraints of the service's, without their triggers. `which` says which events. */
export async function addSameTables(client: pg.Client, which: string): Promise<void> {
  await client.query(`
    create table same_calendar (like calendar including all) with (fillfactor = 50);
    create table same_event (like event including all);
    create table same_entry (like calendar_entry including all);
    create table same_history (like event_history including all);
    insert into same_event select * from event where ${which};
    insert into same_calendar select * from calendar where organisation_id in (select organisation_id from same_event);
    insert into same_entry select n.* from calendar_entry n
      join same_event e on e.organisation_id = n.organisation_id and e.id = n.event_id and e.owner_id = n.calendar_id;
    alter table same_calendar add foreign key (organisation_id, user_id) references app_user;
    alter table same_event
      add foreign key (organisation_id, owner_id) references app_user,
      add foreign key (organisation_id, parent_id) references same_event,
      add foreign key (organisation_id, series_id) references series;
    alter table same_entry add foreign key (organisation_id, calendar_id) references same_calendar;
    analyze same_calendar; analyze same_event; analyze same_entry;`);
}
