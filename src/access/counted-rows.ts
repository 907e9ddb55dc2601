// Rows of a list that has neither pages nor a size of its own: as many as the answer has room for.
import type { Context } from "../context";
import { boundedRows } from "../database/bounded-rows";
import type { TextQuery, TextRow } from "../database/text-rows";
import { answerSizeOf } from "./answer-size";

/**
 * The rows, `most` of them where that is known, counted as they are read: refused as `bad_request` once the answer has come
 * to too much. One statement.
 */
export async function countedRows(
  ctx: Context,
  query: TextQuery,
  what: string,
  most = Infinity,
): Promise<TextRow[]> {
  const size = answerSizeOf(ctx);
  const whose = `${what} of ${ctx.caller.organisationId}`;
  const { room } = size;
  const bound = { bytes: room, rows: most, whose, held: ctx.held };
  const { rows, next, bytes } = await boundedRows(ctx.db.pool, query, bound);
  size.read(rows.length, next ? room + 1 : bytes);
  return rows;
}
