import type { Instant } from "../values/instants";
import type { TokenScope } from "./access-token";
import type { Role } from "./user";

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
