// What travels with a request: who calls, on which database, and where a write or a list is addressed.
import type { Database } from "./database/database";
import type { Role } from "./entities/user";
import type { TokenScope } from "./entities/access-token";
import { forbidden } from "./errors";
import type { Loaders } from "./graphql/loaders";
import type { Tally } from "./telemetry/tally";
import type { Instant } from "./values/instants";

/** Whoever presented the access token. */
export interface Caller {
  organisationId: string;
  userId: string;
  /** The caller's own calendar. */
  calendarId: string;
  name: string;
  email: string;
  timezone: string;
  role: Role;
  /** Null for the command line. */
  tokenId: string | null;
  /** The token's name: the client, such as BrightSync. */
  client: string;
  scopes: readonly TokenScope[];
  /** When the token dies; null: never. */
  expiresAt: Instant | null;
}

export interface Context {
  db: Database;
  caller: Caller;
  requestId: string;
  loaders: Loaders;
  /** What the request comes to, for log and metrics. */
  tally: Tally;
  /** It came by REST, which speaks for one calendar: an admin, too, hangs events only where its user takes part. */
  forOneCalendar?: boolean;
}

/** A calendar that a request speaks for, and whose it is. */
export interface CalendarRef {
  id: string;
  userId: string;
}

/** Refuses, as `forbidden`, a caller whose token lacks the scope. */
export function requireScope({ caller }: Context, scope: "read" | "write"): void {
  if (!caller.scopes.some((held) => held === scope)) throw forbidden(`This token has no "${scope}" scope.`);
}

/** Refuses, as `forbidden`, everybody but admins. */
export function requireAdmin({ caller }: Context, what: string): void {
  if (caller.role !== "admin") throw forbidden(`Only an admin may ${what}.`);
}
