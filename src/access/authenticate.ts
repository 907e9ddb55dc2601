// Who is calling: the Authorization header, Bearer or Basic, at both doors.
import type { IncomingMessage } from "node:http";
import type { Config } from "../config";
import type { Caller } from "../entities/caller";
import { textRow, type Queryable, type TextRow } from "../database/text-rows";
import type { TokenScope } from "../entities/access-token";
import type { Role } from "../entities/user";
import { deadToken, unauthorized } from "../errors";
import { instantFromDatabase } from "../values/instants";
import { addressOf, networkOf } from "./address";
import { FailedAttempts } from "./failures";
import { Oidc } from "./oidc";
import { DISABLED, findBearer } from "./sign-in";
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

// Where the query below says so, and that of src/access/sign-in.ts.
const [DEAD, LIVES_FOR] = [11, 13];
const WHOSE = "u.organisation_id, u.id, u.email, u.name, u.timezone, u.role, c.id";

const FIND = `
  select t.id, t.name, array_to_string(t.scopes, ','), t.expires_at, ${WHOSE},
         coalesce(t.expires_at <= tidemark_now(), false) or t.revoked_at is not null, u.disabled_at is not null,
         floor(extract(epoch from t.expires_at - tidemark_now()) * 1000)
  from access_token t
  join app_user u on u.organisation_id = t.organisation_id and u.id = t.user_id
  join calendar c on c.organisation_id = u.organisation_id and c.user_id = u.id
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
    const { caller, livesForMs } = await this.attempts.watch(this.networkOf(request), () =>
      this.find(secret),
    );
    if (this.remembered.size >= REMEMBERED) this.remembered.clear();
    this.remembered.set(key, { caller, until: performance.now() + Math.min(REMEMBERED_FOR_MS, livesForMs) });
    return caller;
  }

  /** For what needs no token: refuses, as `rate_limited`, an address that asks for it all the time. */
  passStranger(request: IncomingMessage): void {
    this.attempts.count(this.networkOf(request));
  }

  private networkOf(request: IncomingMessage): string {
    return networkOf(addressOf(request, this.config.trustProxy));
  }

  private async find(secret: string): Promise<Found> {
    const { oidc } = this.config;
    if (this.oidc && oidc && Oidc.isJwt(secret)) {
      const identity = await this.oidc.verify(secret);
      return read(await findBearer(this.pool, WHOSE, identity, oidc.organisation));
    }
    const row = await textRow(this.pool, { text: FIND, values: [hashToken(secret)] });
    if (!row) throw unauthorized("This access token is unknown.");
    return read(row);
  }
}

/** What a row of one of the two queries says; refuses with `token.dead`. */
function read(row: TextRow): Found {
  const [
    tokenId,
    client,
    scopes,
    expiresAt,
    organisationId,
    userId,
    email,
    name,
    timezone,
    role,
    calendarId,
  ] = row as string[];
  if (row[DEAD] === "t") throw deadToken("This access token has expired or was revoked.");
  if (row[DISABLED] === "t") throw deadToken("The user of this access token is disabled.");
  const caller = {
    organisationId,
    userId,
    calendarId,
    name,
    email,
    timezone,
    role: role as Role,
    tokenId,
    client,
    scopes: scopes?.split(",") as TokenScope[],
    expiresAt: expiresAt ? instantFromDatabase(expiresAt) : null,
  } as Caller;
  const livesForMs = row[LIVES_FOR] == null ? Infinity : Number(row[LIVES_FOR]);
  return { caller, livesForMs };
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
