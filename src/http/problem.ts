import type { Problem } from "../errors";

/** The one shape of every refusal on the REST door. */
export function problemJson({ code, message, details, current }: Problem, requestId: string): string {
  const json = JSON.stringify({ code, message, requestId, details });
  return current == null ? json : `${json.slice(0, -1)},"current":${current}}`;
}
