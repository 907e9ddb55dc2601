// What is forgotten in pieces: so many rows at a time, the oldest first, until none is left.
import { columns, number, selectRow } from "./rows";
import type { Queryable, TextQuery } from "./text-rows";

const GONE = columns({ count: number("count(*)") });

/** Runs statements each of which deletes so many rows at most, one after another. Whether there may be more. */
export async function deleteSome(
  client: Queryable,
  deletes: readonly TextQuery[],
  most: number,
): Promise<boolean> {
  let isMore = false;
  for (const { text, values } of deletes) {
    const gone = await selectRow(client, GONE, {
      text: `with gone as (${text} returning true) select ${GONE.list} from gone`,
      values,
    });
    if (gone && gone.count >= most) isMore = true;
  }
  return isMore;
}
