// The parents that a write names: whether the event may hang there. What is wrong with one must be found out before the
// statement, which would refuse all rows of a batch for it.
import type { CalendarRef, Context } from "../context";
import { columns, number, orNull, selectRows, text } from "../database/rows";
import { textRows } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import { Role } from "../entities/user";
import { ANCESTORS_RULE, CHILDREN_RULE, MAX_ANCESTORS, MAX_CHILDREN, PARENT_RULE } from "../errors";
import type { Faults } from "../values/faults";
import type { EventPatch } from "./event.inputs";

/** The parents a write may hang events under, and the lines above them: as stored, and as the write adds to them. */
export class Parents {
  private readonly above = new Map<string, string[]>();
  private readonly coming = new Map<string, number>();

  constructor(
    /** How many hang under each. */
    private readonly children: ReadonlyMap<string, number>,
    /** Who takes part in them; null where that does not matter. */
    readonly userId: string | null,
    stored: readonly (readonly [string, string | null])[],
  ) {
    for (const [id, parentId] of stored) this.link(id, parentId);
  }

  /** Whether it may hang there; where not, that is noted as what is not understood. */
  accepts(parentId: string, faults: Faults): boolean {
    const fault = this.faultOf(parentId);
    if (fault !== null) faults.notUnderstood("parentId", fault);
    return fault === null;
  }

  private faultOf(parentId: string): string | null {
    const children = this.children.get(parentId);
    if (children === undefined) return PARENT_RULE;
    if (children + (this.coming.get(parentId) ?? 0) >= MAX_CHILDREN) return CHILDREN_RULE;
    return this.ancestorsWith(parentId) > MAX_ANCESTORS ? ANCESTORS_RULE : null;
  }

  /** One more will hang there. Those that the same write takes away stand until then. */
  hang(parentId: string | null | undefined): void {
    if (parentId != null) this.coming.set(parentId, (this.coming.get(parentId) ?? 0) + 1);
  }

  /** How many will come to hang under which. */
  get arrivals(): readonly [id: string, count: number][] {
    return [...this.coming];
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

  /** How many generations there are from this event upwards, itself the first; not counted beyond what there may be. */
  private ancestorsWith(id: string): number {
    let generation = [id];
    let count = 0;
    while (generation.length > 0 && count <= MAX_ANCESTORS) {
      count++;
      generation = [...new Set(generation.flatMap((one) => this.above.get(one) ?? []))];
    }
    return count;
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

const PARENT = columns({ id: text("id"), children: number("children") });
const LINE = columns({ id: text("id"), parentId: orNull(text("parent_id")) });

/** The parents that `patches` name, as far as the calendar's user takes part in them. Two statements, or none. */
export async function findParents(
  { caller, terms }: Context,
  { client }: Transaction,
  calendar: CalendarRef,
  patches: readonly Pick<EventPatch, "parentId">[],
): Promise<Parents> {
  const ids = patches.flatMap(({ parentId }) => (parentId == null ? [] : [parentId]));
  const userId = caller.role === Role.admin && !terms.forOneCalendar ? null : calendar.userId;
  if (ids.length === 0) return new Parents(new Map(), userId, []);
  const values = [caller.organisationId, [...new Set(ids)]];
  const parents = await selectRows(client, PARENT, {
    text: `select ${PARENT.list} from find_parents($1, $2, $3)`,
    values: [...values, userId],
  });
  const lines = await selectRows(client, LINE, {
    text: `
      with recursive line (id, parent_id, generation) as (
        select e.id, e.parent_id, 1 from event e where e.organisation_id = $1 and e.id = any ($2)
        union
        select e.id, e.parent_id, l.generation + 1
        from line l join event e on e.organisation_id = $1 and e.id = l.parent_id where l.generation <= $3)
      select distinct ${LINE.list} from line`,
    values: [...values, MAX_ANCESTORS],
  });
  return new Parents(
    new Map(parents.map(({ id, children }) => [id, children])),
    userId,
    lines.map(({ id, parentId }) => [id, parentId]),
  );
}

/**
 * Locks the parents of what is about to be hung, whose calendars are locked: nobody hangs more there, or deletes them,
 * until the commit. Begins the transaction again where they have changed since they were looked at. One statement, or none.
 */
export async function holdParents(
  { caller }: Context,
  { client }: Transaction,
  { arrivals, userId }: Parents,
): Promise<void> {
  if (arrivals.length === 0) return;
  await textRows(client, {
    text: "select hold_parents($1, $2, $3, $4)",
    values: [caller.organisationId, arrivals.map(([id]) => id), arrivals.map(([, count]) => count), userId],
  });
}
