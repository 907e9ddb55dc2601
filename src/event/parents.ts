// The parents that the items of a batch name. What is wrong with one must be found out before the statement, which would
// refuse all rows for it.
import type { Context } from "../context";
import { textRows } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import type { Faults } from "../values/rules";
import type { EventPatch } from "./event.inputs";

/** The live parents of a batch, and the lines above them: as stored, and as the batch adds to them. */
export class Parents {
  private readonly above = new Map<string, string[]>();

  constructor(
    private readonly live: ReadonlySet<string>,
    stored: readonly (readonly [string, string | null])[],
  ) {
    for (const [id, parentId] of stored) this.link(id, parentId);
  }

  require(parentId: string | null | undefined, faults: Faults): void {
    if (parentId != null && !this.live.has(parentId)) faults.add("parentId", "must be a live event");
  }

  /**
   * The rows of one statement are checked in whatever order they come, so that a line an item takes away may still
   * stand when another's is checked: it counts.
   */
  requireNoCircle(id: string, parentId: string | null | undefined, faults: Faults): void {
    if (parentId == null) return;
    if (parentId === id) faults.add("parentId", "must not be the event itself");
    else if (this.isAbove(id, parentId)) faults.add("parentId", "must not make the event its own ancestor");
  }

  link(id: string, parentId: string | null | undefined): void {
    if (parentId != null) this.above.set(id, [...(this.above.get(id) ?? []), parentId]);
  }

  private isAbove(ancestor: string, id: string): boolean {
    const line = new Set([id]);
    // A Set grows under its own iteration.
    for (const one of line) {
      if (one === ancestor) return true;
      for (const parent of this.above.get(one) ?? []) line.add(parent);
    }
    return false;
  }
}

/** The parents that `patches` name, locked against deletion. Two statements, or none. */
export async function findParents(
  { caller }: Context,
  { client }: Transaction,
  patches: readonly EventPatch[],
): Promise<Parents> {
  const ids = patches.flatMap(({ parentId }) => (parentId == null ? [] : [parentId]));
  if (ids.length === 0) return new Parents(new Set(), []);
  const values = [caller.organisationId, ids];
  const live = await textRows(client, {
    text: "select id from event where organisation_id = $1 and id = any ($2) order by id for key share",
    values,
  });
  const lines = await textRows(client, {
    text: `
      with recursive line (id, parent_id) as (
        select e.id, e.parent_id from event e where e.organisation_id = $1 and e.id = any ($2)
        union
        select e.id, e.parent_id from line l join event e on e.organisation_id = $1 and e.id = l.parent_id)
      select id, parent_id from line`,
    values,
  });
  return new Parents(
    new Set(live.map(([id]) => id as string)),
    lines.map(([id, parentId]) => [id as string, parentId ?? null]),
  );
}
