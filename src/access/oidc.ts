// JWTs of an OpenID Connect issuer: are they its own, meant for us, and whose. The issuer is found by discovery and its
// keys are kept; it is first asked when somebody comes with a JWT, so the service starts and works without it.
import type { JWTPayload, JWTVerifyGetKey } from "jose" with { "resolution-mode": "import" };
import type { Config } from "../config";
import { TokenScope } from "../entities/access-token";
import { isPrivate } from "../values/urls";
import { deadToken, unauthorized, unavailable, type Problem } from "../errors";

/** What an issuer says of whoever sent its token. */
export interface Identity {
  issuer: string;
  email: string;
  /** Its own name for the person, which stays when their address changes; null: it gives none. */
  subject: string | null;
  /** The issuer's client that the token was made for. */
  client: string;
  scopes: TokenScope[];
  /** Epoch seconds. */
  expiresAt: number;
}

// A package that only some need takes a while to load.
const load = () => import("jose");
type Jose = Awaited<ReturnType<typeof load>>;

// Signatures only an issuer can make: with HMAC its public key would do as the secret, and "none" is no signature.
const ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];
const TYPES = new Set(["jwt", "at+jwt", "application/at+jwt"]);
/** Clocks differ; for the end of a token the database's clock is asked, without patience. */
const TOLERATED_SECONDS = 5;
export const ISSUER_PATIENCE_MS = 5_000;
const KEYS_KEPT_MS = 600_000;
/** A token with a key we do not know has the keys fetched again, so often at most. */
const KEYS_FETCHED_EVERY_MS = 1_000;
const LATEST_SECONDS = Date.UTC(9999, 11, 31) / 1_000;
const ANY_CLIENT = "OpenID Connect";

/** What an issuer tells of itself (OpenID Connect Discovery). */
export type Told = Readonly<Record<string, unknown>>;

/** One request. Throws where the issuer is away, or another one answers. */
export async function discover(issuer: string): Promise<Told> {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const answer = await fetch(address, { signal: AbortSignal.timeout(ISSUER_PATIENCE_MS) });
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}.`);
  const told = (await answer.json()) as Told;
  if (told.issuer !== issuer) throw new Error(`${address} speaks for another issuer.`);
  return told;
}

/** The address that an issuer tells under this name. Throws where it tells none, or one that anybody on the way could change. */
export function addressIn(told: Told, name: string): URL {
  const found = new URL(String(told[name]));
  if (!isPrivate(found)) throw new Error(`The issuer names a ${name} that anybody on the way could change.`);
  return found;
}

export class Oidc {
  private found: Promise<JWTVerifyGetKey> | undefined;

  constructor(private readonly settings: NonNullable<Config["oidc"]>) {}

  /** Whether a secret has the form of a JWT; those of our own have no dots. */
  static isJwt(secret: string): boolean {
    return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(secret);
  }

  /**
   * Refuses with `unauthorized`, with `token.dead` where it has expired, and with `unavailable` where the issuer's keys
   * cannot be had: the token may well be good.
   */
  async verify(jwt: string): Promise<Identity> {
    const jose = await load();
    const { issuer, audience } = this.settings;
    try {
      // Before any key is asked for: tokens of other issuers are nothing to bother ours with.
      if (jose.decodeJwt(jwt).iss !== issuer)
        throw unauthorized("This JWT is not of the issuer that is trusted here.");
      const { payload, protectedHeader } = await jose.jwtVerify(jwt, await this.keys(jose), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ["exp"],
        clockTolerance: TOLERATED_SECONDS,
      });
      if (!TYPES.has((protectedHeader.typ ?? "JWT").toLowerCase()))
        throw unauthorized("This JWT is no access token.");
      return identityOf(payload, issuer);
    } catch (error) {
      throw error instanceof jose.errors.JOSEError ? refusalOf(error) : error;
    }
  }

  private keys(jose: Jose): Promise<JWTVerifyGetKey> {
    this.found ??= this.discover(jose).catch((error: unknown) => {
      this.found = undefined;
      throw unavailable("The issuer of this token cannot be reached: try again.", error);
    });
    return this.found;
  }

  private async discover({ createRemoteJWKSet, errors }: Jose): Promise<JWTVerifyGetKey> {
    const keysAt = addressIn(await discover(this.settings.issuer), "jwks_uri");
    const keys = createRemoteJWKSet(keysAt, {
      cacheMaxAge: KEYS_KEPT_MS,
      cooldownDuration: KEYS_FETCHED_EVERY_MS,
      timeoutDuration: ISSUER_PATIENCE_MS,
    });
    return async (header, token) => {
      try {
        return await keys(header, token);
      } catch (error) {
        const { JWKSNoMatchingKey, JWKSMultipleMatchingKeys } = errors;
        if (error instanceof JWKSNoMatchingKey || error instanceof JWKSMultipleMatchingKeys) throw error;
        // They may have moved.
        this.found = undefined;
        throw unavailable("The issuer of this token cannot be reached: try again.", error);
      }
    };
  }
}

function refusalOf(error: { code: string; claim?: unknown }): Problem {
  if (error.code === "ERR_JWT_EXPIRED") return deadToken("This access token has expired.");
  if (error.code === "ERR_JWT_CLAIM_VALIDATION_FAILED") {
    return unauthorized(`The claim "${String(error.claim)}" of this JWT is not what is accepted here.`);
  }
  return unauthorized("This JWT is not signed by a key of the issuer, with RS, ES or EdDSA.");
}

function identityOf(claims: JWTPayload, issuer: string): Identity {
  const { sub, email, email_verified: verified, azp, client_id: clientId, exp = 0 } = claims;
  if (typeof email !== "string" || !/^[^\p{Cc}]{1,320}$/u.test(email)) {
    throw unauthorized("This JWT has no e-mail address: have its issuer put the claim email into it.");
  }
  // Some issuers say so in text.
  if (verified !== true && verified !== "true") {
    throw unauthorized("The e-mail address of this JWT is not verified (email_verified).");
  }
  const client = [azp, clientId].find(
    (name): name is string => typeof name === "string" && /^[\x20-\x7e]{1,200}$/.test(name),
  );
  return {
    issuer,
    email,
    subject: typeof sub === "string" && /^[^\p{Cc}]{1,255}$/u.test(sub) ? sub : null,
    client: client ?? ANY_CLIENT,
    scopes: scopesOf(claims),
    expiresAt: Math.min(exp, LATEST_SECONDS),
  };
}

/** Those of ours that are named; where none is, all: most issuers know nothing of them. */
function scopesOf({ scope, scp }: JWTPayload): TokenScope[] {
  const words = [scope, scp].flatMap((given): unknown[] =>
    typeof given === "string" ? given.split(" ") : Array.isArray(given) ? given : [],
  );
  const held = [TokenScope.read, TokenScope.write].filter((ours) => words.includes(ours));
  return held.length > 0 ? held : [TokenScope.read, TokenScope.write];
}
