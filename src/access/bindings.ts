// Which organisation an issuer speaks for: what is told at the start where the settings and the organisations' rows leave it
// open, or contradict each other.
import type { Config } from "../config";
import { columns, flag, number, orNull, selectRow, text } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import type { Log } from "../telemetry/log";

const MAX_NAMED = 3;

const names = (condition: string): string => `
  (select string_agg(format('"%s"', one.name), ', ') from
    (select o.name from organisation o where ${condition} order by o.name limit ${MAX_NAMED}) one)`;

const STANDING = columns({
  organisations: number("(select count(*) from (select from organisation limit 2) one)"),
  bound: orNull(text(names("o.issuer = $1"))),
  elsewhere: orNull(text(names("o.issuer <> $1"))),
  besides: orNull(text(names("o.issuer = $1 and o.name <> $2"))),
  agrees: orNull(flag("(select coalesce(o.issuer, $1) = $1 from organisation o where o.name = $2)")),
  naming: orNull(text(names("o.issuer is not null"))),
});

/** One line for each thing that an operator should know of. One statement. */
export async function warnOfIssuers(
  pool: Queryable,
  { oidc }: Pick<Config, "oidc">,
  log: Pick<Log, "warn">,
): Promise<void> {
  const { issuer = null, organisation = null } = oidc ?? {};
  const values = [issuer, organisation];
  const standing = await selectRow(pool, STANDING, { text: `select ${STANDING.list}`, values });
  if (!standing) return;
  const { organisations, bound, elsewhere, besides, agrees, naming } = standing;
  if (!oidc) {
    if (naming) log.warn(`${naming} name an issuer, and OIDC_ISSUER is not set: no JWT is accepted.`);
    return;
  }
  if (elsewhere)
    log.warn(`${elsewhere} name an issuer other than OIDC_ISSUER: no JWT speaks for their users.`);
  if (organisation === null) {
    if (bound || organisations < 2) return;
    log.warn(
      "There are several organisations and none of them names OIDC_ISSUER: a JWT is refused where more than one could " +
        "claim its address. Bind it: tidemark org update --org NAME --issuer URL --domain DOMAIN",
    );
    return;
  }
  if (agrees === null)
    log.warn(`OIDC_ORGANISATION: there is no organisation "${organisation}": every JWT is refused.`);
  if (agrees === false)
    log.warn(`OIDC_ORGANISATION: "${organisation}" names another issuer itself: every JWT is refused.`);
  if (besides)
    log.warn(`${besides} name OIDC_ISSUER, but OIDC_ORGANISATION is "${organisation}": it alone counts.`);
}
