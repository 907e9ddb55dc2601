// Page tokens: opaque, tamper-proof, good for one query of one caller. The secret lives in the database, so every
// instance accepts what another one issued. (A deltaToken is none of them: it is an instant, as `since` is.)
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import type { Context, Piece } from "../context";
import { badPageToken } from "../errors";

const VERSION = 1;
const MAX_LENGTH = 4_000;

/** Where a list goes on. */
export type Place = Pick<NonNullable<Piece["place"]>, "position" | "clock">;

export class PageTokens {
  constructor(private readonly secret: Buffer) {}

  issue(place: Place, list: string): string {
    const payload = Buffer.from(JSON.stringify([VERSION, list, place.position, place.clock])).toString(
      "base64url",
    );
    return `${payload}.${this.sign(payload)}`;
  }

  /** Refuses, as `token.notValid`, what was not issued for this very list. */
  read(token: string, list: string): Place {
    const [payload = "", signature = "", ...rest] = token.split(".");
    const expected = Buffer.from(this.sign(payload));
    const given = Buffer.from(signature);
    const genuine = given.length === expected.length && timingSafeEqual(given, expected);
    if (token.length > MAX_LENGTH || rest.length > 0 || !genuine) throw badPageToken();
    const content: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (!Array.isArray(content)) throw badPageToken();
    const [version, issuedFor, position, clock] = content as [number, string, string, string | null];
    if (version !== VERSION || issuedFor !== list) throw badPageToken();
    return { position, clock };
  }

  private sign(payload: string): string {
    return createHmac("sha256", this.secret).update(payload).digest("base64url");
  }
}

/** Names a list: whose it is, which route, which query; and where one's own changes are left out, which client's. */
export function listName({ caller }: Context, route: string, query: string): string {
  const token = query.includes("excludeOwn") ? caller.tokenId : null;
  const name = JSON.stringify([caller.organisationId, caller.userId, token, route, query]);
  return hash("sha256", name, "base64url");
}
