// Whose calendars a transaction has changed through triggers, for the hint that follows its commit.
import { calendarKey } from "./hints";
import { columns, selectRows, sql, text } from "./rows";
import type { Queryable } from "./text-rows";

const CHANGED = columns({ userId: text("c.user_id") });

/**
 * Notes the calendars whose clocks this transaction has moved: whoever arrives, or is merged, changes events that no writer
 * names. One statement, over the organisation's calendars.
 */
export async function touchChanged(
  client: Queryable,
  organisationId: string,
  touched: Set<string>,
): Promise<void> {
  const changed = await selectRows(
    client,
    CHANGED,
    sql`select ${CHANGED} from calendar c
      where c.organisation_id = ${organisationId} and c.xmin = pg_current_xact_id()::xid`,
  );
  for (const { userId } of changed) touched.add(calendarKey(organisationId, userId));
}
