// What a calendar file is about to write of a series, locked: the series with all its occurrences, other events, and the calendars
// of whom the file names.
import type { CalendarRef, Context } from "../context";
import { columns, selectRow, selectRows, text } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import type { EventInput } from "../event/event.inputs";
import { lockEvents, type LockedEvent } from "../event/locked";
import { findPeople, namedBy } from "../event/people-of-write";
import { SERIES, stateOf, type SeriesState } from "./stored";

export const reachOf = (calendar: CalendarRef): { calendar: CalendarRef; reach: "meeting" } => ({
  calendar,
  reach: "meeting",
});

const MEMBER = columns({ id: text("e.id") });

/** The ids of the occurrences of a series. */
export async function membersOf({ caller }: Context, on: Queryable, seriesId: string): Promise<string[]> {
  const rows = await selectRows(on, MEMBER, {
    text: `select ${MEMBER.list} from event e where e.series_id = $2 and (e.organisation_id = $1) is true`,
    values: [caller.organisationId, seriesId],
  });
  return rows.map(({ id }) => id);
}

export interface Held {
  id: string | null;
  state: SeriesState | null;
  events: Map<string, LockedEvent>;
}

interface Holding {
  seriesId: string | null;
  ids: readonly string[];
  invited?: readonly string[];
}

/** The series with all its occurrences, and these events, locked; no series where it is gone by now. */
export async function hold(
  ctx: Context,
  tx: Transaction,
  calendar: CalendarRef,
  { seriesId, ids: more, invited = [] }: Holding,
): Promise<Held> {
  const { organisationId } = ctx.caller;
  const members = seriesId === null ? [] : await membersOf(ctx, tx.client, seriesId);
  const ids = [...new Set([...members, ...more])];
  const events = await lockEvents(ctx, tx, reachOf(calendar), ids, [calendar.userId, ...invited]);
  const row =
    seriesId === null
      ? null
      : await selectRow(tx.client, SERIES, {
          text: `select ${SERIES.list} from lock_series($1, $2, $3) s where s.owner_id = $4`,
          values: [organisationId, seriesId, ids, calendar.userId],
        });
  return { id: row?.id ?? null, state: row && stateOf(row), events };
}

/** What a file is about to write. */
export interface Touched {
  seriesId: string | null;
  eventIds: readonly string[];
  /** Whom it names. */
  attendees: EventInput["attendees"];
}

/** Locks all that a file is about to write in several steps of one transaction, which take no locks of calendars then. */
export async function holdForFile(
  ctx: Context,
  tx: Transaction,
  calendar: CalendarRef,
  { seriesId, eventIds, attendees = [] }: Touched,
): Promise<void> {
  const people = await findPeople(tx.client, ctx.caller, namedBy([{ attendees }]), eventIds);
  await hold(ctx, tx, calendar, { seriesId, ids: eventIds, invited: people.userIds });
}
