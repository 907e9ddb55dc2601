// The slow look: one statement for all subscribers of an instance, however many there are. It finds what was written by
// programs that send no hints, hints that got lost, and tokens that died.
import type { Caller } from "../context";
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

/** Wakes whoever has something to read, and cuts whoever may read no longer. One statement. */
export async function look(pool: Queryable, channels: readonly Channel[]): Promise<void> {
  const bearers = bearersIn(channels);
  const callers = bearers.map(([first]) => (first as Subscriber).caller);
  const rows = await textRows(pool, { text: LOOK, values: [...clocksOf(channels), ...rightsOf(callers)] });
  for (const [what, position, clock] of rows) {
    const index = Number(position) - 1;
    if (what === "moved") channels[index]?.moved(instantFromDatabase(clock as string));
    else for (const subscriber of bearers[index] ?? []) subscriber.cut(problemOf(what));
  }
}

const problemOf = (what: string | null | undefined): Problem =>
  what === "dead"
    ? deadToken("This access token has expired or was revoked, or its user is disabled.")
    : forbidden("The role of this token's user has changed: subscribe again.");

const clocksOf = (channels: readonly Channel[]): unknown[] => [
  channels.map(({ organisationId }) => organisationId),
  channels.map(({ calendarId }) => calendarId),
  channels.map(({ clock }) => clock),
];

const rightsOf = (callers: readonly Caller[]): unknown[] => [
  callers.map(({ organisationId }) => organisationId),
  callers.map(({ userId }) => userId),
  callers.map(({ tokenId }) => tokenId),
  callers.map(({ role }) => role),
  callers.map(({ expiresAt }) => expiresAt),
];

/** The subscribers by what they are let in by: a token, a role, an end. */
function bearersIn(channels: readonly Channel[]): Subscriber[][] {
  const bearers = new Map<string, Subscriber[]>();
  for (const { subscribers } of channels) {
    for (const subscriber of subscribers) {
      const { organisationId, userId, tokenId, role, expiresAt } = subscriber.caller;
      const key = [organisationId, userId, tokenId, role, expiresAt].join(" ");
      const alike = bearers.get(key);
      if (alike) alike.push(subscriber);
      else bearers.set(key, [subscriber]);
    }
  }
  return [...bearers.values()];
}
