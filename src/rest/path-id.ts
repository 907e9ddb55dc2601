import { notFound } from "../errors";
import { parseId } from "../values/ids";
import type { RestCall } from "./route";

/** The id in a path. A malformed one is one that does not exist. */
export function pathId({ params }: RestCall, what = "This event"): string {
  const id = parseId(params.id);
  if (id === null) throw notFound(what);
  return id;
}
