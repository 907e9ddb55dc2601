// What is read of whoever a token speaks for, be it one of ours or an issuer's.
import { flag, instant, number, orNull, text, word, type RowOf } from "../database/rows";
import type { Role } from "../entities/user";

/** SQL for what is known of the token. */
interface TokenSql {
  id: string;
  client: string;
  scopes: string;
  expiresAt: string;
  isDead: string;
}

/** The columns, over the aliases `u` of app_user and `c` of calendar. */
export const bearerColumns = ({ id, client, scopes, expiresAt, isDead }: TokenSql) => ({
  tokenId: orNull(text(id)),
  client: text(client),
  scopes: text(scopes),
  expiresAt: orNull(instant(expiresAt)),
  organisationId: text("u.organisation_id"),
  userId: text("u.id"),
  email: text("u.email"),
  name: text("u.name"),
  timezone: text("u.timezone"),
  role: word<Role>("u.role"),
  calendarId: text("c.id"),
  isDead: flag(isDead),
  /** Nobody speaks for a room, equipment or a team. */
  isDisabled: flag("u.disabled_at is not null or u.kind <> 'person'"),
  livesForMs: orNull(number(`floor(extract(epoch from ${expiresAt} - tidemark_now()) * 1000)`)),
});

export type Bearer = RowOf<ReturnType<typeof bearerColumns>>;
