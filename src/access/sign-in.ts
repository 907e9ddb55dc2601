// Whom an issuer's JWT speaks for: the user who has its e-mail address, be it an alias, in the organisation that the address belongs to.
// Organisations that name the issuer, and its domains, decide which that is (migrations/functions/issuers.sql). Where more
// than one is left it is the one in which the address, or the person by the issuer's own name for them, was first let in; and
// somebody who comes for the first time is let in only where nobody else could claim the address: no other organisation has
// a user with it, nor had the first user of its domain.
import { columns, flag, orNull, selectRows, type Selected } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import { forbidden, unauthorized } from "../errors";
import { addressKey } from "../values/address-key";
import { bearerColumns, type Bearer } from "./bearer";
import type { Identity } from "./oidc";

const EXPIRES_AT = "to_timestamp($4)::timestamptz(3)";

/** SQL: how many organisations the issuer may speak for here; more than one are two. */
const UP_TO_TWO = "(select count(*) from (select from organisations_of($5, $7, $6) limit 2) one)";

const FOUND = columns({
  ...bearerColumns({
    id: "t.id",
    client: "$2::text",
    scopes: "$3::text",
    expiresAt: EXPIRES_AT,
    isDead: "to_timestamp($4) <= tidemark_now() or coalesce(t.revoked_at is not null, false)",
  }),
  /** No other organisation is left for this address. */
  isSole: flag(`${UP_TO_TWO} = 1`),
  /** The address, or the person, was let in before: here (true) or in another organisation (false); null: nowhere. */
  isHere: orNull(flag("u.organisation_id = first.organisation_id")),
  /**
   * Nobody was let in before, and another organisation had the first user of its domain, and has not given up this address
   * by disabling who had it.
   */
  isContested: orNull(
    flag(`elder.organisation_id <> u.organisation_id and not exists (
           select from user_address y
           join app_user x on x.organisation_id = y.organisation_id and x.id = y.user_id
           where y.organisation_id = elder.organisation_id and y.address = $1 and x.disabled_at is not null)`),
  ),
  /** Nothing of this sign-in is new. */
  isKnown: flag(`exists (select from sign_in s where s.issuer = $5 and s.address = $1
                 and (s.subject is not null or $8::text is null or s.organisation_id <> u.organisation_id))`),
});
type Found = Selected<typeof FOUND>;

// The users at the address, of organisations for which the issuer may speak: first the one who was let in before, then
// those who are not disabled. Two tell whether there is more than one.
const FIND = `
  select ${FOUND.list}
  from user_address a
  join app_user u on u.organisation_id = a.organisation_id and u.id = a.user_id
  join calendar c on (c.organisation_id = u.organisation_id) is true and c.user_id = u.id
  left join access_token t
    on t.organisation_id = u.organisation_id and t.user_id = u.id and t.issuer = $5 and t.name = $2
  left join lateral (
    select s.organisation_id from sign_in s
    where s.issuer = $5 and (s.address = $1 or s.subject = $8)
    order by s.address = $1 desc, s.at limit 1) first on true
  left join lateral (
    select x.organisation_id from user_address x
    where first.organisation_id is null and ${UP_TO_TWO} > 1
      and substring(x.address from '[^@]*$') = substring($1 from '[^@]*$')
      and exists (select from organisations_of($5, $7, $6) o (id) where o.id = x.organisation_id)
    order by x.since, x.user_id limit 1) elder on true
  where a.address = $1
    and exists (select from organisations_of($5, $7, $6) o (id) where o.id = u.organisation_id)
  order by u.organisation_id = first.organisation_id desc nulls last, u.disabled_at is not null, u.id limit 2`;

/**
 * The row of the user whom an issuer's JWT speaks for, with the token of its client. The first time it keeps both. Refuses,
 * as `unauthorized` and always in the same words, where that is not exactly one user: whether somebody else's organisation
 * has the address is nobody's business. `organisation` is the only one, by name, that may be meant; null: any.
 */
export async function findBearer(
  pool: Queryable,
  { issuer, email, subject, client, scopes, expiresAt }: Identity,
  organisation: string | null,
): Promise<Bearer> {
  const address = addressKey(email);
  // A letter beyond ASCII whose small letter is in ASCII (İ, and the sign for Kelvin) makes another mailbox for an issuer.
  if (ASCII.test(address) && !ASCII.test(nameOf(email))) throw unauthorized(NOT_ONE);
  const domain = address.slice(address.lastIndexOf("@") + 1);
  const values = [address, client, scopes.join(","), expiresAt, issuer, organisation, domain, subject];
  const find = async (): Promise<Found> => choose(await selectRows(pool, FOUND, { text: FIND, values }));
  const row = await find();
  if (row.isDisabled || (row.tokenId !== null && row.isKnown)) return row;
  await textRow(pool, {
    text: "select remember_sign_in($1, $2, $3, $4, $5, $6)",
    values: [row.organisationId, row.userId, issuer, client, address, subject],
  });
  const again = await find();
  if (again.tokenId === null)
    throw forbidden(
      "This user comes through as many clients of the issuer as they may have tokens: revoke one first.",
    );
  return again;
}

const NOT_ONE = "The e-mail address of this JWT is not that of exactly one user.";
const ASCII = /^[\x20-\x7e]*$/;
const nameOf = (email: string): string => email.slice(0, email.lastIndexOf("@") + 1);

function choose([row, another]: Found[]): Found {
  const refusal = unauthorized(NOT_ONE);
  if (!row) throw refusal;
  const { isSole, isHere, isDisabled, isContested } = row;
  if (isSole || isHere === true) return row;
  const isAlone = isHere === null && another?.isDisabled !== false;
  if (!isAlone || (isContested && !isDisabled)) throw refusal;
  return row;
}
