// Giving one event another owner.
import { requireScope, type Context } from "../context";
import { textRow } from "../database/text-rows";
import { forbidden, notFound } from "../errors";
import { ownCalendar } from "../people/calendars";
import { findUsersById, refuseDisabled } from "../people/users";
import { inTurnOf } from "./batch-turns";
import { lockEvents, type LockedEvent } from "./locked";
import { eventColumns, EventView } from "./projection";
import { touch } from "./touch";

const TRANSFER = `
  update event e set owner_id = $3 where e.organisation_id = $1 and e.id = $2 returning ${eventColumns("e")}`;

/**
 * Makes `to` the owner of an event, for its owner or an admin; everybody in it is told. The owner so far keeps it only where
 * they are on its list. Refuses, as `conflict`, a disabled user. Giving it to its owner changes nothing. Three statements.
 */
export async function transferEvent(ctx: Context, id: string, to: string): Promise<void> {
  requireScope(ctx, "write");
  const { organisationId } = ctx.caller;
  const [heir] = await findUsersById(ctx, [to]);
  const calendar = ownCalendar(ctx);
  await inTurnOf(ctx, calendar, [id], 1, async (tx) => {
    const reach = { calendar, reach: "organisation" } as const;
    const { view } = requireOwn(ctx, (await lockEvents(ctx, tx, reach, [id], heir ? [to] : [])).get(id));
    if (!heir) throw notFound("This user");
    refuseDisabled(heir);
    if (view.ownerId === to) return;
    const row = await textRow(tx.last, { text: TRANSFER, values: [organisationId, id, to] });
    if (!row) throw new Error("A locked event is gone.");
    touch(tx, organisationId, view, new EventView(row));
  });
}

function requireOwn({ caller }: Context, locked: LockedEvent | undefined): LockedEvent {
  if (!locked) throw notFound("This event");
  if (locked.view.ownerId !== caller.userId && caller.role !== "admin")
    throw forbidden("Only its owner or an admin may transfer this event.");
  return locked;
}
