// Events as large as they come: small on the wire of whoever makes them, and not of whoever reads them.
import type pg from "pg";
import type { Person } from "./world";

/** As many letters as a description may have, four bytes each. */
export const LONG_TEXT = "😀".repeat(100_000);

interface Crowd {
  count: number;
  /** How many are made in one transaction, and so have one tick; all by default. */
  perTick?: number;
  description?: string | null;
  attendees?: object[];
}

/** A thousand people with names of a thousand letters: more than a megabyte of ASCII, or five of anything else. */
export const crowd = (letter = "n"): object[] =>
  Array.from({ length: 1_000 }, (_, index) => ({
    emailAddress: `guest${index}@elsewhere.test`,
    name: letter.repeat(1_000),
    status: "NoResponse",
  }));

/** Inserts them past the service, an hour apart; answers their ids in order. */
export async function insertLarge(
  sql: pg.Pool,
  owner: Person,
  { count, perTick = count, description = LONG_TEXT, attendees = [] }: Crowd,
): Promise<string[]> {
  const ids: string[] = [];
  for (let start = 0; start < count; start += perTick) {
    const { rows } = await sql.query<{ id: string }>(
      `insert into event (organisation_id, owner_id, subject, description, attendees, start_time, end_time)
       select $1, $2, 'Large ' || n, $3, $4, '2026-03-02T10:00:00Z'::timestamptz + n * interval '1 hour',
         '2026-03-02T11:00:00Z'::timestamptz + n * interval '1 hour'
       from generate_series($5::int, $6::int) n order by n returning id`,
      [
        ...[owner.organisationId, owner.id, description, JSON.stringify(attendees)],
        ...[start, Math.min(start + perTick, count) - 1],
      ],
    );
    ids.push(...rows.map(({ id }) => String(id)));
  }
  return ids;
}
