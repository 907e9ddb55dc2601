/**
 * Tells errors of the file system, of sockets and of PostgreSQL apart by their `code`. Looks at what they carry
 * and not at their class: under jest, Node's own errors are of another realm's `Error`.
 */

/** True when `error` carries one of these codes, such as ENOENT or 57P01. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    codes.some((code) => error.code === code)
  );
}

export function messageOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error
    ? String(error.message)
    : String(error);
}
