// Organisations that are closed, and removed, as whoever runs the service does it. Removing goes in pieces, each a transaction of its
// own, so that others are served meanwhile; broken off, it goes on when it is asked for again. migrations/functions/removing.sql
// has the pieces.
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../database/database";
import { columns, instant, number, orNull, selectRow, sql, text } from "../database/rows";
import { inTransaction } from "../database/transaction";
import { notFound } from "../errors";
import { sqlState } from "../failures";
import { patiently } from "./patiently";
import { beginAct, OPERATOR } from "../people/acting";
import type { Instant } from "../values/instants";

export interface Closed {
  id: string;
  name: string;
  closedAt: Instant;
}

/** What is removed in one transaction. */
const MAX_PIECE = 2_000;
/** Whoever was let in before it was closed may be at it for so long. */
const TOKENS_END_MS = 5_000;
const MAX_TRIES = 20;

const FOUND = columns({ id: text("o.id") });
const CLOSED = columns({ closedAt: instant("at"), openForMs: number("greatest(0, ms)") });

/**
 * Closes an organisation: its tokens end for good, on every instance within 5 s, nobody signs in, and its webhooks pause. One that
 * is closed stays as it is; a name that nobody has is `not_found`.
 */
export async function closeOrganisation(db: Database, name: string): Promise<Closed> {
  const { id, closedAt } = await close(db, name);
  return { id, name, closedAt };
}

function close(db: Database, name: string): Promise<{ id: string; closedAt: Instant; openForMs: number }> {
  return inTransaction(db, async ({ client }) => {
    await beginAct(client, OPERATOR);
    const found = await selectRow(
      client,
      FOUND,
      sql`select ${FOUND} from organisation o where o.name = ${name} for no key update`,
    );
    if (!found) throw notFound(`The organisation "${name}"`);
    const closed = await selectRow(
      client,
      CLOSED,
      sql`
        select ${CLOSED} from (
          select at, ${TOKENS_END_MS} - extract(epoch from tidemark_now() - at) * 1000 as ms
          from close_organisation(${found.id}) at) closed`,
    );
    if (!closed) throw new Error("The database does not say when it closed an organisation.");
    return { id: found.id, closedAt: closed.closedAt, openForMs: closed.openForMs };
  });
}

export interface Removed {
  id: string;
  name: string;
  /** How many rows went, by table. */
  removed: Record<string, number>;
}

const GONE = columns({ table: orNull(text("of_table")), rows: orNull(number("gone")) });

/**
 * Removes an organisation and everything of it, after closing it where it is open; `told` hears of each piece. A name that nobody
 * has is `not_found`. It waits until its tokens have ended.
 */
export async function deleteOrganisation(
  db: Database,
  name: string,
  told: (removed: number) => void = () => undefined,
): Promise<Removed> {
  const { id, openForMs } = await close(db, name);
  await sleep(openForMs);
  const removed: Record<string, number> = {};
  for (let total = 0; ;) {
    const { table, rows } = await removePiece(db, id);
    if (table === null) return { id, name, removed };
    removed[table] = (removed[table] ?? 0) + (rows ?? 0);
    told((total += rows ?? 0));
  }
}

/** Where somebody who was let in before writes still, what they hold is waited for. */
const removePiece = (db: Database, id: string): Promise<{ table: string | null; rows: number | null }> =>
  patiently(
    MAX_TRIES,
    () =>
      inTransaction(db, async ({ client }) => {
        const gone = await selectRow(
          client,
          GONE,
          sql`select ${GONE} from remove_piece(${id}, ${MAX_PIECE})`,
        );
        if (!gone) throw new Error("The database does not say what it removed.");
        return gone;
      }),
    isStillNamed,
  );

/** Something came to refer to what was about to go. */
const isStillNamed = (error: unknown): boolean => sqlState(error) === "23503";
