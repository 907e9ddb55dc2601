// A first minute with something to look at: a small sales team, its records, and three weeks of its meetings.
import type { EntityManager } from "typeorm";
import { issueToken } from "../access/tokens";
import { RequestContext } from "../context";
import type { Database } from "../database/database";
import { LOCKS } from "../database/locks";
import { columns, flag, number, selectRow, sql, text } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import { withEntities } from "../database/entity-transaction";
import { TokenScope } from "../entities/access-token";
import type { Caller } from "../entities/caller";
import { Event } from "../entities/event";
import { Organisation } from "../entities/organisation";
import { createSeries } from "../series/create";
import { SeriesInput } from "../series/series.inputs";
import { readGiven } from "../values/rules";
import { Calendar } from "./calendar";
import { ADMIN, addPeople, addRecords } from "./team";

export interface Demo {
  /** Of its admin. */
  email: string;
  /** Null where somebody has used a token of the demo: whoever wants another makes one. */
  secret: string | null;
}

const NAME = "demo";
const EVERYTHING = [TokenScope.read, TokenScope.write];
/** Of the tokens that starts print and nobody uses so many live. */
const MAX_UNUSED = 5;

const OWN_CALENDAR = columns({ id: text("id") });
const CLOCK = columns({ seconds: number("extract(epoch from tidemark_now())::bigint") });

/**
 * Fills an empty database, and answers a token for the demo's admin: another one at each start for as long as nobody has
 * used one, so that one which was lost harms nobody. Null where the database holds something else.
 */
export async function seedDemo(db: Database): Promise<Demo | null> {
  const { demo, team } = await withEntities(db, async ({ client, manager }) => {
    // Several instances may start at once on an empty database: the first one fills it.
    await textRow(client, { text: "select pg_advisory_xact_lock($1, $2)", values: [...LOCKS.demo] });
    if (await manager.existsBy(Organisation, {}))
      return { demo: await tokenAgain(manager, client), team: null };
    return fill(manager, client);
  });
  if (team) await addSeries(db, team);
  return demo;
}

interface Team {
  admin: Caller;
  calendar: Calendar;
}

async function fill(manager: EntityManager, client: Queryable): Promise<{ demo: Demo; team: Team }> {
  const clock = await selectRow(client, CLOCK, sql`select ${CLOCK}`);
  if (!clock) throw new Error("The database does not say what time it is.");
  const organisation = manager.create(Organisation, { name: "Demo" });
  await manager.insert(Organisation, organisation);
  const { id: organisationId } = organisation;
  const people = await addPeople(manager, organisationId);
  const calendar = new Calendar(people, await addRecords(manager, organisationId), clock.seconds * 1000);
  for (const event of calendar.events()) await manager.insert(Event, { ...event, organisationId });
  const { id: userId, name, email, timezone, role } = people.ada;
  const { secret } = await issueToken(manager, { organisationId, userId, name: NAME });
  const own = await selectRow(
    client,
    OWN_CALENDAR,
    sql`select ${OWN_CALENDAR} from calendar where organisation_id = ${organisationId} and user_id = ${userId}`,
  );
  if (!own) throw new Error("A user was made without a calendar.");
  const ada = { organisationId, userId, calendarId: own.id, name, email, timezone, role };
  const admin = { ...ada, tokenId: null, client: "Tidemark", scopes: EVERYTHING, expiresAt: null };
  return { demo: { email, secret }, team: { admin, calendar } };
}

/** As its admin would have made them; they take transactions of their own. */
async function addSeries(db: Database, { admin, calendar }: Team): Promise<void> {
  const ctx = new RequestContext(db, admin, NAME);
  const { calendarId: id, userId } = admin;
  for (const one of calendar.series())
    await createSeries(ctx, { id, userId }, readGiven(SeriesInput, one, ctx.handling), null);
}

const DEMO = columns({
  organisationId: text("u.organisation_id"),
  userId: text("u.id"),
  isUsed: flag("bool_or(used.token_id is not null)"),
});

/** Of the demo, where this is one: it has a token that a start has printed. */
async function tokenAgain(manager: EntityManager, client: Queryable): Promise<Demo | null> {
  const demo = await selectRow(
    client,
    DEMO,
    sql`
      select ${DEMO}
      from app_user u
      join access_token t on t.organisation_id = u.organisation_id and t.user_id = u.id and t.name = ${NAME}
      left join token_use used on used.organisation_id = t.organisation_id and used.token_id = t.id
      where u.email = ${ADMIN} and u.disabled_at is null
      group by u.organisation_id, u.id limit 1`,
  );
  if (!demo) return null;
  if (demo.isUsed) return { email: ADMIN, secret: null };
  const { organisationId, userId } = demo;
  await textRow(client, {
    text: `
      update access_token set revoked_at = tidemark_now()
      where organisation_id = $1 and user_id = $2 and name = $3 and revoked_at is null and id not in (
        select id from access_token where organisation_id = $1 and user_id = $2 and name = $3
        order by id desc limit ${MAX_UNUSED - 1})`,
    values: [organisationId, userId, NAME],
  });
  const { secret } = await issueToken(manager, { organisationId, userId, name: NAME });
  return { email: ADMIN, secret };
}
