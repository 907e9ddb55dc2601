// What a query asks of its events, where reading less of them makes a difference.
import type { FieldNode, FragmentDefinitionNode, GraphQLResolveInfo, SelectionSetNode } from "graphql";
import { LONG_FIELDS } from "./fields";

/** What is made of fields that may be long: `viewer` of the list of attendees. */
const NEEDS_LONG: ReadonlySet<string> = new Set([...LONG_FIELDS, "viewer"]);

const known = new WeakMap<FieldNode, boolean>();

/** Whether nothing below a field is one of LONG_FIELDS, or made of one: a page of such rows is short, however large its events are. */
export function asksForLittle({ fieldNodes, fragments }: GraphQLResolveInfo): boolean {
  return fieldNodes.every((node) => {
    let little = known.get(node);
    if (little === undefined) {
      little = !node.selectionSet || !hasLong(node.selectionSet, fragments, new Set());
      known.set(node, little);
    }
    return little;
  });
}

function hasLong(
  { selections }: SelectionSetNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  seen: Set<string>,
): boolean {
  return selections.some((selection) => {
    if (selection.kind === "Field" && NEEDS_LONG.has(selection.name.value)) return true;
    if (selection.kind !== "FragmentSpread")
      return selection.selectionSet !== undefined && hasLong(selection.selectionSet, fragments, seen);
    const { value } = selection.name;
    const fragment = seen.has(value) ? undefined : fragments[value];
    seen.add(value);
    return fragment !== undefined && hasLong(fragment.selectionSet, fragments, seen);
  });
}
