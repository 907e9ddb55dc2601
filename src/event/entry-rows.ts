// What stands behind an event's columns in a row: whether it is visible, or the entry that a calendar has of it.
import { columns, flag, instant, orNull, text, word } from "../database/rows";
import type { TextRow } from "../database/text-rows";
import { EVENT_WIDTH, EventView, RemovedView, type RemovalReason } from "./projection";

const VISIBLE = columns({ isVisible: flag("visible") }, EVENT_WIDTH);

/** The event, as somebody sees it for whom its visibility (visibleSql) was selected. */
export const viewOfVisible = (row: TextRow): EventView => new EventView(row, !VISIBLE.of(row).isVisible);

/** The columns of an entry, over alias `n` of calendar_entry. */
export const ENTRY_COLUMNS = {
  eventId: text("n.event_id"),
  tick: instant("n.tick"),
  reason: orNull(word<RemovalReason>("n.reason")),
};

export const ENTRY = columns(ENTRY_COLUMNS, EVENT_WIDTH);

/** The event of an entry, or that it was removed. */
export function viewOfEntry(row: TextRow): EventView | RemovedView {
  const { eventId, tick, reason } = ENTRY.of(row);
  return reason ? new RemovedView(eventId, reason, tick) : new EventView(row);
}
