// Who does what is kept in the history of admins' acts (migrations/functions/admin-history.sql).
import { sql } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";

/** In whose name a transaction acts: through an access token, or (null) on the command line. Its first statement. */
export async function beginAct(client: Queryable, { tokenId }: { tokenId: string | null }): Promise<void> {
  await textRow(client, sql`select begin_act(${tokenId})`);
}

/** Whoever runs the service, on the command line. */
export const OPERATOR = { tokenId: null };
