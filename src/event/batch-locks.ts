// The locks of a batch: calendars first, by id, then events (migrations/functions/writes.sql).
import type { Context } from "../context";
import { boundedRows } from "../database/bounded-rows";
import type { Transaction } from "../database/transaction";
import { batchTooLarge } from "../errors";
import { mapInPieces } from "../turns/pauses";
import { MAX_BATCH_BYTES } from "./batch-size";
import { LOCKED_COLUMNS, lockedEvent, type LockedEvent, type Reach } from "./save";

/**
 * The events, locked, by id; `lock` is one of the functions of migrations/functions/writes.sql. Refuses, as `too_large`,
 * events that come to more than a batch may.
 */
export async function lockEvents(
  ctx: Context,
  { client }: Transaction,
  reach: Reach,
  [lock, ...values]:
    | readonly ["lock_events($1, $2, $3, $4)", readonly string[], readonly string[]]
    | readonly ["lock_for_delete($1, $2, $3)", readonly string[]],
): Promise<Map<string, LockedEvent>> {
  const { organisationId, tokenId } = ctx.caller;
  const text = `select ${LOCKED_COLUMNS} from ${lock} e`;
  const { rows, next } = await boundedRows(
    client,
    { text, values: [organisationId, tokenId, ...values] },
    { bytes: MAX_BATCH_BYTES, rows: values[0].length, whose: organisationId },
  );
  if (next) throw batchTooLarge();
  return new Map(
    await mapInPieces(rows, (row): [string, LockedEvent] => [row[0] as string, lockedEvent(ctx, row, reach)]),
  );
}
