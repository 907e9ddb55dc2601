// Whom an issuer's JWT speaks for: the user who has its e-mail address, in the organisation that the address belongs to.
// Organisations that name the issuer, and its domains, decide which that is (migrations/functions/issuers.sql). Where more
// than one is left it is the one in which the address, or the person by the issuer's own name for them, was first let in; and
// somebody who comes for the first time is let in only where nobody else could claim the address: no other organisation has
// a user with it, nor had the first user of its domain.
import { domainToASCII } from "node:url";
import { textRow, textRows, type Queryable, type TextRow } from "../database/text-rows";
import { forbidden, unauthorized } from "../errors";
import type { Identity } from "./oidc";

/** What the statement says of a user beside what WHOSE does, in this order, from the 15th value on. */
interface Standing {
  /** No other organisation is left for this address. */
  sole: boolean;
  /** The address, or the person, was let in before: here (true) or in another organisation (false); null: nowhere. */
  here: boolean | null;
  disabled: boolean;
  /** Another organisation had the first user of its domain, and has not given up this address by disabling who had it. */
  contested: boolean;
  /** Nothing of this sign-in is new. */
  known: boolean;
}

/** Where the row says whether its user is disabled. */
export const DISABLED = 12;
const STANDING_FROM = 14;
// The users at the address, of organisations for which the issuer may speak: first the one who was let in before, then
// those who are not disabled. Two tell whether there is more than one.
const findBearers = (whose: string): string => `
  select t.id, $2::text, $3::text, to_timestamp($4)::timestamptz(3), ${whose},
         to_timestamp($4) <= tidemark_now() or coalesce(t.revoked_at is not null, false), u.disabled_at is not null,
         floor(extract(epoch from to_timestamp($4) - tidemark_now()) * 1000),
         (select count(*) from (select from organisations_of($5, $7, $6) limit 2) one) = 1,
         u.organisation_id = first.organisation_id,
         elder.organisation_id <> u.organisation_id and not exists (
           select from app_user x
           where x.organisation_id = elder.organisation_id and lower(x.email) = lower($1) and x.disabled_at is not null),
         exists (select from sign_in s where s.issuer = $5 and s.address = lower($1)
                 and (s.subject is not null or $8::text is null or s.organisation_id <> u.organisation_id))
  from app_user u
  join calendar c on c.organisation_id = u.organisation_id and c.user_id = u.id
  left join access_token t
    on t.organisation_id = u.organisation_id and t.user_id = u.id and t.issuer = $5 and t.name = $2
  left join lateral (
    select s.organisation_id from sign_in s
    where s.issuer = $5 and (s.address = lower($1) or s.subject = $8)
    order by s.address = lower($1) desc, s.at limit 1) first on true
  left join lateral (
    select x.organisation_id from app_user x
    where lower(substring(x.email from '[^@]*$')) = lower(substring($1 from '[^@]*$'))
      and exists (select from organisations_of($5, $7, $6) o (id) where o.id = x.organisation_id)
    order by x.addressed_at, x.id limit 1) elder on true
  where lower(u.email) = lower($1)
    and exists (select from organisations_of($5, $7, $6) o (id) where o.id = u.organisation_id)
  order by u.organisation_id = first.organisation_id desc nulls last, u.disabled_at is not null, u.id limit 2`;

/**
 * The row of the user whom an issuer's JWT speaks for, with the token of its client. The first time it keeps both. Refuses,
 * as `unauthorized` and always in the same words, where that is not exactly one user: whether somebody else's organisation
 * has the address is nobody's business. `organisation` is the only one, by name, that may be meant; null: any.
 */
export async function findBearer(
  pool: Queryable,
  whose: string,
  { issuer, email, subject, client, scopes, expiresAt }: Identity,
  organisation: string | null,
): Promise<TextRow> {
  const text = findBearers(whose);
  const domain = domainToASCII(email.slice(email.lastIndexOf("@") + 1)).toLowerCase();
  const values = [email, client, scopes.join(","), expiresAt, issuer, organisation, domain, subject];
  const find = async (): Promise<TextRow> => choose(await textRows(pool, { text, values }));
  const row = await find();
  if (row[DISABLED] === "t" || (row[0] != null && standingOf(row).known)) return row;
  const [organisationId, userId] = row.slice(4);
  await textRow(pool, {
    text: "select remember_sign_in($1, $2, $3, $4, $5, $6)",
    values: [organisationId, userId, issuer, client, email, subject],
  });
  const again = await find();
  if (again[0] == null)
    throw forbidden(
      "This user comes through as many clients of the issuer as they may have tokens: revoke one first.",
    );
  return again;
}

function choose([row, another]: TextRow[]): TextRow {
  const refusal = unauthorized("The e-mail address of this JWT is not that of exactly one user.");
  if (!row) throw refusal;
  const { sole, here, disabled, contested } = standingOf(row);
  if (sole || here === true) return row;
  const alone = here === null && another?.[DISABLED] !== "f";
  if (!alone || (contested && !disabled)) throw refusal;
  return row;
}

function standingOf(row: TextRow): Standing {
  const [sole, here, contested, known] = row.slice(STANDING_FROM);
  return {
    sole: sole === "t",
    here: here == null ? null : here === "t",
    contested: contested === "t",
    known: known === "t",
    disabled: row[DISABLED] === "t",
  };
}
