// The slow look: one statement for all subscribers of an instance, however many there are. It finds what was written by
// programs that send no hints, hints that got lost, and tokens that died.
import { textRows, type Queryable } from "../database/text-rows";
import { deadToken, forbidden, type Problem } from "../errors";
import { instantFromDatabase } from "../values/instants";
import type { Channel } from "./channel";
import type { Subscriber } from "./subscriber";

// Nothing is answered where nothing has changed.
const LOOK = `
  select 'moved', known.position, c.clock::text
  from unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) with ordinality
    as known (organisation_id, id, clock, position)
  join calendar c on c.organisation_id = known.organisation_id and c.id = known.id and c.clock > known.clock
  union all
  select case when u.disabled_at is null and u.role <> held.role then 'changed' else 'dead' end, held.position, null
  from unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::timestamptz[]) with ordinality
    as held (organisation_id, user_id, token_id, role, expires_at, position)
  join app_user u on u.organisation_id = held.organisation_id and u.id = held.user_id
  left join access_token t on t.organisation_id = held.organisation_id and t.id = held.token_id
  where u.disabled_at is not null or u.role <> held.role or held.expires_at <= tidemark_now()
    or held.token_id is not null and (t.id is null or t.revoked_at is not null or t.expires_at <= tidemark_now())`;

/** What somebody is let in by. */
const RIGHTS = ["organisationId", "userId", "tokenId", "role", "expiresAt"] as const;

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
    const rows = await textRows(this.pool, { text: LOOK, values });
    for (const [what, position, clock] of rows) {
      const index = Number(position) - 1;
      if (what === "moved") crowd.channels[index]?.moved(instantFromDatabase(clock as string));
      else for (const subscriber of crowd.bearers[index] ?? []) subscriber.cut(problemOf(what));
    }
    if (rows.length > 0) crowd.clocks = clocksOf(crowd.channels);
  }
}

const problemOf = (what: string | null | undefined): Problem =>
  what === "dead"
    ? deadToken("This access token has expired or was revoked, or its user is disabled.")
    : forbidden("The role of this token's user has changed: subscribe again.");

function crowdOf(channels: readonly Channel[]): Crowd {
  const bearers = new Map<string, Subscriber[]>();
  for (const subscriber of channels.flatMap(({ subscribers }) => [...subscribers])) {
    const key = RIGHTS.map((name) => subscriber.caller[name]).join(" ");
    const alike = bearers.get(key);
    if (alike) alike.push(subscriber);
    else bearers.set(key, [subscriber]);
  }
  const held = [...bearers.values()].map(([first]) => (first as Subscriber).caller);
  return {
    channels,
    bearers: [...bearers.values()],
    calendars: [
      arrayOf(channels.map(({ organisationId }) => organisationId)),
      arrayOf(channels.map(({ calendarId }) => calendarId)),
    ],
    clocks: clocksOf(channels),
    rights: RIGHTS.map((name) => arrayOf(held.map((caller) => caller[name]))),
  };
}

const clocksOf = (channels: readonly Channel[]): string => arrayOf(channels.map(({ clock }) => clock));

/** PostgreSQL's text of an array of ids, instants and words of ours: none of them needs quotes. */
const arrayOf = (texts: readonly (string | null)[]): string =>
  `{${texts.map((text) => text ?? "NULL").join(",")}}`;
