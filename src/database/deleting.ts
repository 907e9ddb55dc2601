// What is forgotten in pieces: so many rows at a time, the oldest first, until none is left.
import { columns, number, selectRow } from "./rows";
import type { Queryable, TextQuery } from "./text-rows";

const GONE = columns({ count: number("count(*)") });

/** Runs a `delete` of so many rows at most. Whether there may be more. */
export async function deleteSome(
  client: Queryable,
  { text, values }: TextQuery,
  most: number,
): Promise<boolean> {
  const gone = await selectRow(client, GONE, {
    text: `with gone as (${text} returning true) select ${GONE.list} from gone`,
    values,
  });
  return (gone?.count ?? 0) >= most;
}
