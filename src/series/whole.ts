// What is asked before a whole series is written: whether the caller may, and whether it is of a size that can be written.
import { MAX_BATCH_BYTES, eventSizeOf, sizeAfter } from "../event/batch-size";
import type { LockedEvent } from "../event/locked";
import type { Change } from "../event/stored";
import { batchTooLarge, forbidden } from "../errors";
import { addressKey } from "../values/address-key";
import type { Opened } from "./opened";

/**
 * Refuses, as `forbidden`, somebody who has the whole say in this occurrence alone: it became their own meeting, or it alone
 * names them as its organiser.
 */
export function requireWholeSeries({ state }: Opened, { view, claims, asAdmin }: LockedEvent): void {
  if (asAdmin) return;
  const isOf = (organizer: string | null): string => addressKey(organizer ?? "");
  const isTheirs = claims
    ? isOf(view.organizerEmail) === isOf(state.content.organizerEmail ?? null)
    : view.ownerId === state.ownerId;
  if (!isTheirs)
    throw forbidden(
      "This occurrence is a meeting of its own: its owner has no say in the others of the series.",
    );
}

/** Refuses, as `too_large`, a series whose occurrences come to more than a batch: none of them could be changed again. */
export function requireModestSeries(
  events: readonly { attendees?: readonly object[] }[],
  changes: readonly Change[] = [],
): void {
  let bytes = 0;
  for (const event of events) bytes += eventSizeOf(event).bytes;
  for (const { locked, changes: changed } of changes) bytes += sizeAfter(locked.view, changed).bytes;
  if (bytes > MAX_BATCH_BYTES) throw batchTooLarge();
}
