// Searches by the words of a meeting: what it makes of the time, whether it takes place, its type, a property. What few
// events say is found by an index of its own; what most of them say is asked of each, on the way along a list.
import type { Caller } from "../entities/caller";
import { joined, sql, value, type Sql } from "../database/rows";
import type { Property } from "../values/properties";
import { EVENT_STATUS, SHOW_AS, type EventStatus, type ShowAs } from "../values/vocabulary";

export interface SaidSearch {
  showAs?: ShowAs | null;
  status?: EventStatus | null;
  type?: string | null;
  property?: { key: string; value: Property } | null;
}

/** SQL over alias `e` of event: a condition for each of them that is asked for. */
export function saidSql({ showAs, status, type, property }: SaidSearch): Sql[] {
  return [
    ...(showAs == null ? [] : [sql`e.show_as = ${showAs}`]),
    ...(status == null ? [] : [sql`e.status = ${status}`]),
    ...(type == null ? [] : [sql`e.type = ${type}`]),
    ...(property == null
      ? []
      : [
          sql`property_text(e.properties -> ${property.key}::text) = property_text(${JSON.stringify(property.value)}::jsonb)`,
        ]),
  ];
}

/** SQL of a filter that the index takes; none where nothing is asked for but what most events say. */
export function rarelySaidSql({ organisationId }: Caller, search: SaidSearch): Sql[] {
  const { showAs, status, type, property } = search;
  const tenant = `:${organisationId}:`;
  const keys: string[] = [];
  if (showAs != null && showAs !== SHOW_AS.words[0]) keys.push(`w${tenant}showAs:${showAs}`);
  if (status != null && status !== EVENT_STATUS.words[0]) keys.push(`w${tenant}status:${status}`);
  if (type != null) keys.push(`t${tenant}${type}`);
  const parts = keys.length > 0 ? [sql`${keys}::text[]`] : [];
  if (property != null) {
    const name = value(`p${tenant}${property.key}:`);
    parts.push(sql`array[${name}::text || md5(property_text(${JSON.stringify(property.value)}::jsonb))]`);
  }
  if (parts.length === 0) return [];
  return [
    sql`(e.show_as <> 'busy' or e.status <> 'confirmed' or e.type is not null or e.properties <> '{}')
      and said_keys(e.organisation_id, e.show_as, e.status, e.type, e.properties) @> (select ${joined(parts, " || ")})`,
  ];
}
