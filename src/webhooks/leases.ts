// Who delivers what: a cursor that is due is leased by one delivery of one instance, which alone may move it. What a crash
// leaves leased is free again after a while; whoever comes back too late finds that its lease is another's.
import { randomUUID } from "node:crypto";
import {
  columns,
  flag,
  instant,
  number,
  orNull,
  selectRow,
  selectRows,
  sql,
  text,
  word,
  type Selected,
} from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import type { Role } from "../entities/user";
import type { Instant } from "../values/instants";
import type { Content } from "./letters";
import type { Reading } from "./reading";
import { signingSecrets } from "./signature";

/** Longer than a call takes, which begins with a lease anew. */
const LEASE = "interval '20 s'";
/** Deliveries at a time, of a webhook and of an organisation, by one instance. */
const MAX_OF_WEBHOOK = 4;
const MAX_OF_ORGANISATION = 8;
// An instant that is later than now is from before the clock was set back: nobody waits for it.
const DUE = `
  c.clock > k.covered and (k.next_at <= now.at or k.tried_at > now.at)
  and (k.leased_at is null or now.at not between k.leased_at and k.leased_at + ${LEASE})`;

const LEASED = columns({
  organisationId: text("k.organisation_id"),
  webhookId: text("k.webhook_id"),
  calendarId: text("k.calendar_id"),
  userId: text("c.user_id"),
  covered: instant("k.covered"),
  since: orNull(instant("k.since")),
  began: orNull(instant("k.began")),
  attempts: number("k.attempts"),
  leasedBy: text("k.leased_by"),
  url: text("w.url"),
  content: word<Content>("w.content"),
  owned: flag("w.calendar_id is null"),
  skipTokenId: orNull(text("w.skip_token_id")),
  secret: text("encode(w.secret, 'hex')"),
  oldSecret: orNull(text("case when w.old_until > now.at then encode(w.old_secret, 'hex') end")),
  seerId: text("u.id"),
  seerCalendarId: text("own.id"),
  seerName: text("u.name"),
  seerEmail: text("u.email"),
  seerZone: text("u.timezone"),
  seerRole: word<Role>("u.role"),
});

/** SQL: an organisation that is closed tells nobody anything, whatever somebody has resumed since. */
const OPEN = "join organisation o on o.id = w.organisation_id and o.closed_at is null";

/** Calendars, of everybody's webhooks or those named by their users. */
const ALL_CURSORS = `
  webhook w
  ${OPEN}
  join webhook_cursor k on k.organisation_id = w.organisation_id and k.webhook_id = w.id
  join calendar c on c.organisation_id = k.organisation_id and c.id = k.calendar_id`;
const NAMED_CURSORS = `
  unnest($5::bigint[], $6::bigint[]) named (organisation_id, user_id)
  join calendar c on c.user_id = named.user_id and (c.organisation_id = named.organisation_id) is true
  join webhook w on w.organisation_id = c.organisation_id
  ${OPEN}
  join webhook_cursor k on k.organisation_id = w.organisation_id and k.webhook_id = w.id and k.calendar_id = c.id`;

// Organisations take turns, and so do the webhooks of one; what has failed comes after what has not. Among equals chance decides:
// an order that is always the same would leave those at its end waiting for ever.
const leaseSql = (cursors: string): string => `
  with now as materialized (select tidemark_now()::timestamptz(3) as at),
  busy as (
    select organisation_id, webhook_id, count(*) as n
    from unnest($3::bigint[], $4::bigint[]) b (organisation_id, webhook_id) group by 1, 2),
  due as (
    select k.organisation_id, k.webhook_id, k.calendar_id, k.covered,
      coalesce(busy.n, 0) + row_number() over (
        partition by k.organisation_id, k.webhook_id order by k.attempts > 0, k.next_at, k.covered, k.calendar_id) as place
    from now cross join ${cursors}
    left join busy on busy.organisation_id = k.organisation_id and busy.webhook_id = k.webhook_id
    where w.paused_at is null and ${DUE}),
  turn as (
    select d.*, coalesce((select sum(b.n) from busy b where b.organisation_id = d.organisation_id), 0)
      + row_number() over (partition by d.organisation_id order by d.place, random()) as rank
    from due d where d.place <= ${MAX_OF_WEBHOOK}),
  picked as (
    select k.organisation_id, k.webhook_id, k.calendar_id
    from turn t
    join webhook_cursor k on k.organisation_id = t.organisation_id and k.webhook_id = t.webhook_id
      and k.calendar_id = t.calendar_id and k.covered = t.covered
    cross join now
    where t.rank <= ${MAX_OF_ORGANISATION}
      and (k.leased_at is null or now.at not between k.leased_at and k.leased_at + ${LEASE})
    order by t.rank, random() limit $2 for update of k skip locked),
  k as (
    update webhook_cursor cursor set leased_at = now.at, leased_by = $1
    from picked p cross join now
    where cursor.organisation_id = p.organisation_id and cursor.webhook_id = p.webhook_id
      and cursor.calendar_id = p.calendar_id
    returning cursor.*)
  select ${LEASED.list}
  from k
  cross join now
  join webhook w on w.organisation_id = k.organisation_id and w.id = k.webhook_id
  join calendar c on c.organisation_id = k.organisation_id and c.id = k.calendar_id
  join app_user u on u.organisation_id = w.organisation_id and u.id = w.user_id
  join calendar own on own.user_id = u.id and (own.organisation_id = u.organisation_id) is true`;

const LEASE_ALL = leaseSql(ALL_CURSORS);
const LEASE_NAMED = leaseSql(NAMED_CURSORS);

/** A cursor that a delivery has in hand. */
export interface Lease extends Reading {
  leasedBy: string;
  attempts: number;
  url: string;
  secrets: readonly Buffer[];
}

export interface WebhookKey {
  organisationId: string;
  webhookId: string;
}

export interface Wanted {
  /** How many at most. */
  most: number;
  /** A delivery that is under way, one each. */
  busy: readonly WebhookKey[];
  /** Only of these calendars. */
  calendars?: readonly { organisationId: string; userId: string }[];
}

/** Leases cursors that are due, none of which another has. One statement. */
export async function takeLeases(on: Queryable, { most, busy, calendars }: Wanted): Promise<Lease[]> {
  const values = [
    randomUUID(),
    most,
    busy.map(({ organisationId }) => organisationId),
    busy.map(({ webhookId }) => webhookId),
  ];
  const query = calendars
    ? {
        text: LEASE_NAMED,
        values: [
          ...values,
          calendars.map(({ organisationId }) => organisationId),
          calendars.map(({ userId }) => userId),
        ],
      }
    : { text: LEASE_ALL, values };
  return (await selectRows(on, LEASED, query)).map(leaseOf);
}

function leaseOf(row: Selected<typeof LEASED>): Lease {
  const { organisationId, webhookId, calendarId, userId, covered, since, began } = row;
  const { attempts, leasedBy, url, content, owned, skipTokenId } = row;
  return {
    ...{ organisationId, webhookId, calendarId, userId, covered, attempts, leasedBy },
    ...{ url, content, owned, skipTokenId },
    run: since !== null && began !== null ? { since, began } : null,
    secrets: signingSecrets(row),
    seer: {
      userId: row.seerId,
      calendarId: row.seerCalendarId,
      name: row.seerName,
      email: row.seerEmail,
      timezone: row.seerZone,
      role: row.seerRole,
    },
  };
}

/** SQL: it is this delivery's, and stands where that began. */
export const heldSql = ({ organisationId, webhookId, calendarId, leasedBy, covered }: Lease) => sql`
  k.organisation_id = ${organisationId} and k.webhook_id = ${webhookId} and k.calendar_id = ${calendarId}
  and k.leased_by = ${leasedBy} and k.covered = ${covered}`;

const CLOCK = columns({ now: instant("k.leased_at") });

/**
 * Takes the lease anew for one call, and answers the time, for what is signed; null where it was too long ago, and the cursor is
 * another's: what was read for it may be older than what the receiver has by now.
 */
export async function holdOn(on: Queryable, lease: Lease): Promise<Instant | null> {
  const row = await selectRow(
    on,
    CLOCK,
    sql`update webhook_cursor k set leased_at = tidemark_now() where ${heldSql(lease)} returning ${CLOCK}`,
  );
  return row?.now ?? null;
}

/** Gives a cursor back as it was. */
export async function giveBack(on: Queryable, lease: Lease): Promise<void> {
  await textRow(
    on,
    sql`update webhook_cursor k set leased_at = null, leased_by = null where ${heldSql(lease)}`,
  );
}

const LIVE = columns({ organisationId: text("w.organisation_id"), webhookId: text("w.id") });

/** Which of these webhooks are not paused, and there, of an organisation that is open. */
export const stillOn = (on: Queryable, keys: readonly WebhookKey[]): Promise<WebhookKey[]> =>
  selectRows(on, LIVE, {
    text: `
      select ${LIVE.list} from unnest($1::bigint[], $2::bigint[]) busy (organisation_id, id)
      join webhook w on w.organisation_id = busy.organisation_id and w.id = busy.id and w.paused_at is null
      ${OPEN}`,
    values: [keys.map(({ organisationId }) => organisationId), keys.map(({ webhookId }) => webhookId)],
  });

const ORGANISATION = columns({ id: text("w.organisation_id") });

/** The organisations that have a webhook to deliver to. */
export async function organisationsWithWebhooks(on: Queryable): Promise<Set<string>> {
  const rows = await selectRows(on, ORGANISATION, {
    text: `select distinct ${ORGANISATION.list} from webhook w ${OPEN} where w.paused_at is null`,
    values: [],
  });
  return new Set(rows.map(({ id }) => id));
}
