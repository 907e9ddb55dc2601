// Access tokens: 256 random bits behind a prefix, shown once, stored as SHA-256.
import { hash, randomBytes } from "node:crypto";
import type { EntityManager } from "typeorm";
import { AccessToken, TokenScope } from "../entities/access-token";
import type { Instant } from "../values/instants";

const PREFIX = "tmk_";

export const hashToken = (secret: string): Buffer => hash("sha256", secret, "buffer");

export interface NewAccessToken {
  organisationId: string;
  userId: string;
  name: string;
  scopes?: TokenScope[] | null;
  expiresAt?: Instant | null;
  /** The token that makes it. */
  madeBy?: string | null;
}

/** Makes an access token. `secret` exists in this answer only. */
export async function issueToken(
  manager: EntityManager,
  { organisationId, userId, name, scopes, expiresAt, madeBy }: NewAccessToken,
): Promise<{ secret: string; token: AccessToken }> {
  const secret = PREFIX + randomBytes(32).toString("base64url");
  const token = manager.create(AccessToken, {
    organisationId,
    userId,
    name,
    hash: hashToken(secret),
    scopes: scopes ?? [TokenScope.read, TokenScope.write],
    expiresAt: expiresAt ?? null,
    revokedAt: null,
    madeBy: madeBy ?? null,
  });
  await manager.insert(AccessToken, token);
  return { secret, token };
}
