// Commands about access tokens.
import type { Database } from "../database/database";
import { columns, selectRows, text as asText } from "../database/rows";
import { TokenScope } from "../entities/access-token";
import * as tokens from "../people/tokens";
import { listOf, requireId, text, word } from "../values/rules";
import { Faults } from "../values/faults";
import { asAdminOf, asUser, CommandError } from "./as-caller";
import type { Run } from "./command";

export async function createToken({ given, open }: Run): Promise<object> {
  const faults = new Faults();
  const scopes = given.optional("scopes")?.split(",");
  const read = scopes && listOf(word(Object.values(TokenScope)), 3)(scopes, "--scopes", faults);
  const name = text(200, { controls: false, least: 1 })(given.required("name"), "--name", faults);
  faults.throwIfAny();
  const ctx = await asUser(await open(), given.required("email"), given.optional("org"));
  const wish = { name: name as string, scopes: read, expiresAt: given.optional("expires") };
  const { secret, token } = await tokens.createToken(ctx, ctx.caller.userId, wish);
  return { id: token.id, token: secret };
}

/** The user's tokens: the live ones, then the last hundred that died. */
export async function listTokens({ given, open }: Run): Promise<object> {
  const ctx = await asUser(await open(), given.required("email"), given.optional("org"));
  const found = await tokens.listTokens(ctx, null);
  return found.map(({ id, name, scopes, issuer, madeBy, createdAt, expiresAt, revokedAt, lastUsedAt }) => ({
    ...{ id, name, scopes, issuer, madeBy, createdAt, expiresAt, revokedAt, lastUsedAt },
  }));
}

export async function revokeToken({ given, open }: Run): Promise<object> {
  const [word = ""] = given.words;
  if (word.startsWith("tmk_"))
    throw new CommandError("ID is a token's number, which `token list` shows, and not the token itself.");
  const id = requireId(word, "ID");
  const db = await open();
  const ctx = await asAdminOf(db, await organisationOf(db, id, given.optional("org")));
  const { name, revokedAt } = await tokens.revokeToken(ctx, id);
  return { id, name, revokedAt };
}

const NAMED = columns({ name: asText("o.name") });

/** By name. Whoever revokes a token may know nothing of it but its id, which a restored organisation may bring twice. */
async function organisationOf(
  db: Database,
  tokenId: string,
  organisation: string | undefined,
): Promise<string> {
  const rows = await selectRows(db.pool, NAMED, {
    text: `
      select ${NAMED.list} from access_token t join organisation o on o.id = t.organisation_id
      where t.id = $1 and ($2::text is null or o.name = $2) order by o.name`,
    values: [tokenId, organisation ?? null],
  });
  const [name, ...others] = rows.map((found) => found.name);
  if (name === undefined) throw new CommandError(`There is no token ${tokenId}.`);
  if (others.length === 0) return name;
  const names = [name, ...others].map((one) => `"${one}"`).join(", ");
  throw new CommandError(`There is a token ${tokenId} in ${names}: say which with --org.`);
}
