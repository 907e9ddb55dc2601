// The statements of the reads, and what PostgreSQL does for each: only ranges of indexes, and pages in proportion to rows.
import { FIRST_START, FIRST_TICK, ORGANISATION, STEP_MS, userId } from "./data";
import type { Stage } from "./stage";

const PLANS: [string, string, unknown[]][] = [
  [
    "a page of the feed",
    `select n.event_id, n.tick, e.subject from calendar_entry n
     join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
     where n.organisation_id = $1 and n.calendar_id = $2 and n.tick > $3 and n.tick <= $4 and n.removed_at is null
     order by n.tick fetch first 100 rows with ties`,
    [ORGANISATION, userId(1), new Date(FIRST_TICK + 100).toISOString(), "2100-01-01"],
  ],
  [
    "a week",
    `select n.event_id, e.subject from calendar_entry n
     join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
     where n.organisation_id = $1 and n.calendar_id = $2 and n.removed_at is null
       and n.start_time >= $3 and n.start_time < $4 order by n.start_time, n.event_id limit 501`,
    [ORGANISATION, userId(1), ...[0, 7].map((n) => new Date(FIRST_START + n * STEP_MS).toISOString())],
  ],
  [
    "one by id",
    "select subject from event where organisation_id = $1 and id = $2",
    [ORGANISATION, "10001005"],
  ],
];

export interface Plan {
  name: string;
  plan: string;
  /** Pages that were touched, in PostgreSQL's memory or out of it. */
  buffers: number;
}

/** The plans of the reads, each carried out twice: once to have it in memory. */
export async function plansOf({ client }: Stage): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (const [name, text, values] of PLANS) {
    await client.query(text, values);
    const { rows } = await client.query<{ "QUERY PLAN": string }>(
      `explain (analyze, buffers, timing off) ${text}`,
      values,
    );
    const lines = rows.map((row) => row["QUERY PLAN"]);
    const touched = /shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(lines.join("\n"));
    plans.push({
      name,
      plan: lines.map((line) => `    ${line}`).join("\n"),
      buffers: Number(touched?.[1] ?? 0) + Number(touched?.[2] ?? 0),
    });
  }
  return plans;
}
