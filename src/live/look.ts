// The slow look: one statement for all subscribers of an instance, however many there are. It finds what was written by
// programs that send no hints, hints that got lost, and tokens that died.
import { columns, instant, number, orNull, selectRows, word } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import { deadToken, forbidden, type Problem } from "../errors";
import type { Channel } from "./channel";
import type { Subscriber } from "./subscriber";

// Nothing is answered where nothing has changed.
const FOUND = columns({
  what: word<"moved" | "changed" | "dead" | "taken">("what"),
  /** From 1, in the list that `what` is about. */
  position: number("position"),
  clock: orNull(instant("clock")),
});

const LOOK = `
  select ${FOUND.list} from (
  select 'moved' as what, known.position, c.clock
  from unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) with ordinality
    as known (organisation_id, id, clock, position)
  join calendar c on c.organisation_id = known.organisation_id and c.id = known.id and c.clock > known.clock
  union all
  select 'moved', known.position, newest.clock
  from unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) with ordinality
    as known (organisation_id, id, clock, position)
  cross join lateral (
    select greatest(
      (select max(c.clock) from calendar c where c.organisation_id = known.organisation_id),
      (select max(l.tick) from timeline_lost l where l.organisation_id = known.organisation_id)) as clock) newest
  where known.id is null and newest.clock > known.clock
  union all
  select case
      when u.disabled_at is null and u.role <> held.role then 'changed'
      when u.disabled_at is not null or held.expires_at <= tidemark_now()
        or held.token_id is not null and (t.id is null or t.revoked_at is not null or t.expires_at <= tidemark_now())
      then 'dead' else 'taken' end, held.position, null
  from unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::timestamptz[], $9::bigint[]) with ordinality
    as held (organisation_id, user_id, token_id, role, expires_at, calendar_id, position)
  join app_user u on u.organisation_id = held.organisation_id and u.id = held.user_id
  left join access_token t on t.organisation_id = held.organisation_id and t.id = held.token_id
  where u.disabled_at is not null or u.role <> held.role or held.expires_at <= tidemark_now()
    or held.token_id is not null and (t.id is null or t.revoked_at is not null or t.expires_at <= tidemark_now())
    or held.calendar_id is not null and not exists (
      select from calendar_grant g
      where g.organisation_id = held.organisation_id and g.user_id = held.user_id and g.calendar_id = held.calendar_id)
  ) found`;

/** What somebody is let in by. */
const RIGHTS = ["organisationId", "userId", "tokenId", "role", "expiresAt"] as const;

/** The calendar that somebody follows by a grant; null: their own, or any for an admin. */
const grantedTo = ({ caller, calendar }: Subscriber): string | null =>
  caller.role === "admin" || !calendar || calendar.id === caller.calendarId ? null : calendar.id;

const rightsOf = (subscriber: Subscriber): (string | null)[] => [
  ...RIGHTS.map((name) => subscriber.caller[name]),
  grantedTo(subscriber),
];

/** Who is looked after, and the statement's values for it: written once for many looks, as little changes in between. */
interface Crowd {
  readonly channels: readonly Channel[];
  /** The subscribers by what they are let in by, a row of `rights` each. */
  readonly bearers: readonly (readonly Subscriber[])[];
  readonly calendars: readonly string[];
  clocks: string;
  readonly rights: readonly string[];
}

export class Look {
  private crowd: Crowd | null = null;

  constructor(
    private readonly pool: Queryable,
    private readonly channels: ReadonlyMap<string, Channel>,
  ) {}

  /** Somebody came or went since the last look. */
  forget(): void {
    this.crowd = null;
  }

  /** Wakes whoever has something to read, and cuts whoever may read no longer. One statement. */
  async take(): Promise<void> {
    const crowd = (this.crowd ??= crowdOf([...this.channels.values()]));
    const values = [...crowd.calendars, crowd.clocks, ...crowd.rights];
    const rows = await selectRows(this.pool, FOUND, { text: LOOK, values });
    for (const { what, position, clock } of rows) {
      const index = position - 1;
      if (what === "moved" && clock !== null) crowd.channels[index]?.moved(clock);
      else for (const subscriber of crowd.bearers[index] ?? []) subscriber.cut(problemOf(what));
    }
    if (rows.length > 0) crowd.clocks = clocksOf(crowd.channels);
  }
}

function problemOf(what: string): Problem {
  if (what === "dead")
    return deadToken("This access token has expired or was revoked, or its user is disabled.");
  return forbidden(
    what === "taken"
      ? "This calendar is granted to this token's user no longer."
      : "The role of this token's user has changed: subscribe again.",
  );
}

function crowdOf(channels: readonly Channel[]): Crowd {
  const bearers = new Map<string, Subscriber[]>();
  for (const subscriber of channels.flatMap(({ subscribers }) => [...subscribers])) {
    const key = rightsOf(subscriber).join(" ");
    const alike = bearers.get(key);
    if (alike) alike.push(subscriber);
    else bearers.set(key, [subscriber]);
  }
  const held = [...bearers.values()].map(([first]) => rightsOf(first as Subscriber));
  return {
    channels,
    bearers: [...bearers.values()],
    calendars: [
      arrayOf(channels.map(({ organisationId }) => organisationId)),
      arrayOf(channels.map(({ calendarId }) => calendarId)),
    ],
    clocks: clocksOf(channels),
    rights: [...RIGHTS, "calendarId"].map((_, index) => arrayOf(held.map((rights) => rights[index] ?? null))),
  };
}

const clocksOf = (channels: readonly Channel[]): string => arrayOf(channels.map(({ clock }) => clock));

/** PostgreSQL's text of an array of ids, instants and words of ours: none of them needs quotes. */
const arrayOf = (texts: readonly (string | null)[]): string =>
  `{${texts.map((text) => text ?? "NULL").join(",")}}`;
