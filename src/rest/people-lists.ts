// People and records on the REST door: their shapes, and their lists by name.
import { requireScope, type Context } from "../context";
import { RecordType, type Record } from "../entities/record";
import { badRequest } from "../errors";
import { decodeName, encodeName, type NamePlace, type NameWindow } from "../people/by-name";
import { listCalendars } from "../people/calendars";
import { readAddresses } from "../people/people.resolver";
import type { RecordResolver } from "../records/record.resolver";
import { findUsers, type UserView } from "../people/users";
import type { ReadBatch } from "./list";
import { ALL, EMAIL, Q, TYPE } from "./parameters";
import type { Query } from "./query";

const userFields = (user: UserView): object => ({
  orgId: user.organisationId,
  userId: user.id,
  id: user.id,
  name: user.name,
  email: user.email,
  timezone: user.timezone,
  role: user.role,
});

export const userJson = (user: UserView): string => JSON.stringify(userFields(user));

export const recordJson = ({ id, type, name, emails, accountId }: Record): string =>
  JSON.stringify({ id, type, name, emails, accountId });

/** GET /users: rows as in /me, with the calendar. */
export function readUsers(ctx: Context, query: Query): ReadBatch {
  requireScope(ctx, "read");
  const emails = readAddresses(query.get(EMAIL), "email");
  return byName(
    (window) => findUsers(ctx, emails, window),
    (user) => user,
    (user) => JSON.stringify({ ...userFields(user), calendarId: user.calendarId }),
  );
}

/** GET /calendars: the caller's, or with `all=true`, for an admin, the organisation's. */
export function readCalendars(ctx: Context, query: Query): ReadBatch {
  requireScope(ctx, "read");
  const all = query.get(ALL);
  return byName(
    (window) => listCalendars(ctx, all, window),
    ({ name, userId }) => ({ name, id: userId }),
    (calendar) => JSON.stringify(calendar),
  );
}

/** GET /records, and GET /contacts, which are records of one type. */
export function readRecords(
  ctx: Context,
  resolver: RecordResolver,
  query: Query,
  only?: RecordType,
): ReadBatch {
  const type = only ?? readType(query);
  const search = { type, emails: readAddresses(query.get(EMAIL), "email"), q: query.get(Q) };
  return async (place, { rows: first, bytes }) => {
    const list = await resolver.records(ctx, { ...search, first, after: place?.position }, bytes);
    const { hasNextPage, endCursor } = list.pageInfo;
    const rows = list.records.map((record) => ({ json: recordJson(record) }));
    return { rows, next: hasNextPage ? endCursor : null, watermark: null };
  };
}

function readType(query: Query): RecordType | null {
  const given = query.get(TYPE);
  if (given === null) return null;
  const known = Object.values(RecordType).find((word) => word.toLowerCase() === given.toLowerCase());
  if (known) return known;
  throw badRequest({
    field: "type",
    message: `type must be one of ${Object.values(RecordType).join(", ")}.`,
  });
}

function byName<T>(
  list: (window: NameWindow) => Promise<T[]>,
  placeOf: (one: T) => NamePlace,
  json: (one: T) => string,
): ReadBatch {
  return async (place, { rows: limit }) => {
    const found = await list({ limit: limit + 1, after: decodeName(place?.position, "pageToken") });
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    const next = found.length > limit && last !== undefined ? encodeName(placeOf(last)) : null;
    return { rows: rows.map((one) => ({ json: json(one) })), next, watermark: null };
  };
}
