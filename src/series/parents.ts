// Occurrences that hang under another event: each is one of its children.
import type { Parents } from "../event/parents";
import type { Faults } from "../values/faults";

/** Whether so many may hang under the parent: counts them as hanging there. Refused, or passed over, where they may not. */
export function hasRoom(
  parents: Parents,
  parentId: string | number | null | undefined,
  count: number,
  faults: Faults,
): boolean {
  for (let index = 0; parentId != null && index < count; index++) {
    if (!parents.accepts(String(parentId), faults)) return false;
    parents.hang(String(parentId));
  }
  return true;
}
