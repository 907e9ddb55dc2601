// What statements cost, counted in pages of PostgreSQL and never in seconds: planned for their values, and for any.
import pg from "pg";
import { setLimit } from "../../src/database/time-limits";
import type { Statement } from "../../src/database/statement";
import { inPartition } from "../../src/database/partitions";
import { TEST_PARTITIONS } from "./global-setup";
import type { World } from "./world";

/** The statements about events that `work` sends. */
async function statementsOf(world: World, work: () => Promise<unknown>): Promise<Statement[]> {
  const query = jest.spyOn(world.db.pool, "query");
  await work();
  const seen = query.mock.calls.map(([sent]) => sent as unknown as Statement & { text: string });
  query.mockRestore();
  return seen.filter(({ text }) =>
    /(from|join) ((event|calendar_entry|record|calendar|app_user|sync_client|series) |find_meeting\()/.test(
      text,
    ),
  );
}

const literal = (value: string | number | boolean | readonly string[] | null): string => {
  if (value === null) return "null";
  if (typeof value !== "object") return pg.escapeLiteral(String(value));
  return pg.escapeLiteral(`{${value.map((one) => JSON.stringify(one)).join(",")}}`);
};

/** How many pages a statement touches, planned for its values or for any. */
async function pagesOf(
  world: World,
  query: Statement,
  generic: boolean,
): Promise<{ pages: number; plan: string }> {
  const { text, values } = query as unknown as { text: string; values: (string | string[] | null)[] };
  const client = await world.sql.connect();
  try {
    await client.query("begin");
    await client.query(setLimit(query.limit));
    await client.query(`set local plan_cache_mode = force_${generic ? "generic" : "custom"}_plan`);
    await client.query(`prepare shape as ${TEST_PARTITIONS > 0 ? inPartition(text) : text}`);
    const given = values.map(literal).join(", ");
    const { rows } = await client.query<{ "QUERY PLAN": string }>(
      `explain (analyze, buffers, costs off, timing off) execute shape${given && `(${given})`}`,
    );
    const lines = rows.map((row) => row["QUERY PLAN"]);
    const [, hit = "0", read = "0"] =
      /shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(lines.find((line) => /Buffers/.test(line)) ?? "") ?? [];
    return { pages: Number(hit) + Number(read), plan: lines.join("\n") };
  } finally {
    await client.query("rollback");
    await client.query("deallocate all");
    client.release();
  }
}

/** Which of the statements that `work` sends touch more than `most` pages, and how they were planned. */
export async function faultsOf(
  world: World,
  name: string,
  most: number,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const faults: string[] = [];
  const statements = await statementsOf(world, work);
  expect(statements.length).toBeGreaterThan(0);
  for (const query of statements) {
    for (const generic of [false, true]) {
      const { pages, plan } = await pagesOf(world, query, generic);
      if (pages > most)
        faults.push(`${name}: ${pages} pages, ${most} at most${generic ? " (generic)" : ""}\n${plan}`);
    }
  }
  return faults;
}
