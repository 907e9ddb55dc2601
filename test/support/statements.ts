// The SQL statements that some work sends, by listening to the driver.
import pg from "pg";

/** What travels with a statement: the beginning of its transaction, its time limit, the end. */
const TRAVELS_ALONG = /^(start transaction|commit$)/;

/** What the service does on its own account, every few seconds or when it gets to it, whatever is asked of it meanwhile. */
const BESIDE =
  /(from|into|update) access_token|rate_bucket|pg_notify|log_polls|log_token_uses|(from|update|join) webhook|^\s*select 1$/;

/** The texts of all statements that this process sends while `work` runs, but for what goes on beside it. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const texts: string[] = [];
  const listener = jest.spyOn(pg.Client.prototype, "query");
  await work();
  for (const [given] of listener.mock.calls as unknown[][]) {
    const text = typeof given === "string" ? given : (given as { text?: string }).text;
    if (text === undefined || TRAVELS_ALONG.test(text)) continue;
    if (!BESIDE.test(text)) texts.push(text.replace(/\s+/g, " ").trim());
  }
  listener.mockRestore();
  return texts;
}
