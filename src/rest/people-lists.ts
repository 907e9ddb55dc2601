// People and records on the REST door: their shapes, and their lists by name.
import { RecordType, shownRecord, type Record } from "../entities/record";
import { badRequest } from "../errors";
import { encodeName } from "../people/by-name";
import { PeopleResolver } from "../people/people.resolver";
import { RecordResolver } from "../records/record.resolver";
import { pages, type ReadPiece } from "./list";
import { ALL, EMAIL, Q, TYPE } from "./parameters";
import type { Query } from "./query";
import type { RestCall } from "./route";

const people = new PeopleResolver();
const records = new RecordResolver();

type UserView = Awaited<ReturnType<PeopleResolver["me"]>>;

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

export const recordJson = (record: Record): string => JSON.stringify(shownRecord(record));

/** GET /users: rows as in /me, with the calendar. */
export function listUsers({ query }: RestCall): ReadPiece {
  const emails = query.get(EMAIL);
  return pages({
    list: (of) => people.users(of, { emails }),
    json: (user) => JSON.stringify({ ...userFields(user), calendarId: user.calendarId }),
    placeOf: encodeName,
  });
}

/** GET /calendars: the caller's, or with `all=true`, for an admin, the organisation's. */
export function listCalendars({ query }: RestCall): ReadPiece {
  const all = query.get(ALL);
  return pages({
    list: (of) => people.calendars(of, { all }),
    json: (calendar) => JSON.stringify(calendar),
    placeOf: ({ name, userId }) => encodeName({ name, id: userId }),
  });
}

/** GET /records, and GET /contacts, which are records of one type. */
export function listRecords({ query }: RestCall, only?: RecordType): ReadPiece {
  const search = { type: only ?? readType(query), emails: query.get(EMAIL), q: query.get(Q) };
  return async (of, { rows: first, place }) => {
    const list = await records.records(of, { ...search, first, after: place?.position });
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
