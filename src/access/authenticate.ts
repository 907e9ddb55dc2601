// Who is calling: the Authorization header, Bearer or Basic, at both doors.
import type { IncomingMessage } from "node:http";
import type { Config } from "../config";
import type { Caller } from "../entities/caller";
import { columns, selectRow } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import type { TokenScope } from "../entities/access-token";
import { deadToken, unauthorized } from "../errors";
import { networkAddressOf, networkOf } from "./address";
import { FailedAttempts } from "./failures";
import { Oidc } from "./oidc";
import { bearerColumns, type Bearer } from "./bearer";
import { findBearer } from "./sign-in";
import { hashToken } from "./tokens";

const REMEMBERED = 10_000;
/** Revoking takes effect within 5 s on every instance; this leaves time for the request itself. */
const REMEMBERED_FOR_MS = 3_000;

interface Found {
  caller: Caller;
  livesForMs: number;
}

interface Remembered {
  caller: Caller;
  until: number;
}

const FOUND = columns(
  bearerColumns({
    id: "t.id",
    client: "t.name",
    scopes: "array_to_string(t.scopes, ',')",
    expiresAt: "t.expires_at",
    isDead:
      "coalesce(t.expires_at <= tidemark_now(), false) or t.revoked_at is not null or o.closed_at is not null",
  }),
);

const FIND = `
  select ${FOUND.list}
  from access_token t
  join organisation o on o.id = t.organisation_id
  join app_user u on u.organisation_id = t.organisation_id and u.id = t.user_id
  join calendar c on (c.organisation_id = u.organisation_id) is true and c.user_id = u.id
  where t.hash = $1`;

/** Turns Authorization headers into callers, remembering each for a few seconds. */
export class Authenticator {
  private readonly remembered = new Map<string, Remembered>();
  private readonly attempts = new FailedAttempts();
  private readonly oidc: Oidc | null;

  constructor(
    private readonly pool: Queryable,
    private readonly config: Pick<Config, "trustProxy" | "oidc">,
  ) {
    this.oidc = config.oidc && new Oidc(config.oidc);
  }

  /** Refuses with `unauthorized` (absent, malformed, unknown) or `token.dead` (expired, revoked, user disabled). */
  async authenticate(header: string | undefined, request: IncomingMessage): Promise<Caller> {
    const secret = secretOf(header);
    const key = hashToken(secret).toString("base64");
    const known = this.remembered.get(key);
    if (known && known.until > performance.now()) return known.caller;
    this.remembered.delete(key);
    // A token lives on from when it was asked about: the answer may take its time.
    const askedAt = performance.now();
    const { caller, livesForMs } = await this.attempts.watch(this.networkOf(request), () =>
      this.find(secret),
    );
    if (this.remembered.size >= REMEMBERED) this.remembered.clear();
    this.remembered.set(key, { caller, until: askedAt + Math.min(REMEMBERED_FOR_MS, livesForMs) });
    return caller;
  }

  /** For what needs no token: refuses, as `rate_limited`, an address that asks for it all the time. */
  passStranger(request: IncomingMessage): void {
    this.attempts.count(this.networkOf(request));
  }

  private networkOf(request: IncomingMessage): string {
    return networkOf(networkAddressOf(request, this.config.trustProxy));
  }

  private async find(secret: string): Promise<Found> {
    const { oidc } = this.config;
    if (this.oidc && oidc && Oidc.isJwt(secret)) {
      const identity = await this.oidc.verify(secret);
      return read(await findBearer(this.pool, identity, oidc.organisation));
    }
    const row = await selectRow(this.pool, FOUND, {
      text: FIND,
      values: [hashToken(secret)],
      isLookUp: true,
    });
    if (!row) throw unauthorized("This access token is unknown.");
    return read(row);
  }
}

/** Whom a row speaks for; refuses with `token.dead`. */
function read(row: Bearer): Found {
  if (row.isDisabled) throw deadToken("The user of this access token is disabled, or no person.");
  if (row.isDead) throw deadToken("This access token has expired or was revoked.");
  const { organisationId, userId, calendarId, name, email, timezone, role, tokenId, client, expiresAt } = row;
  const scopes = row.scopes.split(",") as TokenScope[];
  const caller = { organisationId, userId, calendarId, name, email, timezone, role };
  return {
    caller: { ...caller, tokenId, client, scopes, expiresAt },
    livesForMs: row.livesForMs ?? Infinity,
  };
}

/** The token of `Bearer <token>`, or of Basic as the password, or as the user name with an empty password. */
function secretOf(header: string | undefined): string {
  if (!header) throw unauthorized("Send an access token: Authorization: Bearer tmk_…");
  const [, scheme, credentials] = /^(bearer|basic) +([\w.~+/=-]+) *$/i.exec(header) ?? [];
  if (!scheme || !credentials) {
    throw unauthorized(
      "The Authorization header must be Bearer <token>, or Basic with the token as password.",
    );
  }
  if (scheme.toLowerCase() === "bearer") return credentials;
  const decoded = Buffer.from(credentials, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  const secret = colon < 0 ? "" : decoded.slice(colon + 1) || decoded.slice(0, colon);
  if (!secret) throw unauthorized("Basic authorization needs the token as password, or as user name.");
  return secret;
}
