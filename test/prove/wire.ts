// The wire as the proof reads it: the same row from both doors, and words to compare two of them.
import type { Reply } from "./http";
import type { Status } from "./plan";

export interface Guest {
  userId: string | null;
  emailAddress: string | null;
  status: Status;
}

export interface EventRow {
  id: string;
  subject: string;
  description: string | null;
  location: string | null;
  startTime: string;
  endTime: string;
  private: boolean;
  parentId: number | null;
  iCalUid: string | null;
  organizerEmail: string | null;
  /** Of an occurrence. */
  seriesId: string | null;
  /** Null where the event is masked. */
  ownerId: string | null;
  lastModifiedAt: string;
  attendees: Guest[];
  deleted: false;
}

export interface RemovedRow {
  id: string;
  deleted: true;
  reason: "deleted" | "left";
  lastModifiedAt: string;
}

export type Row = EventRow | RemovedRow;

/** For GraphQL: the fields of an EventRow. */
export const FIELDS =
  "id subject description location startTime endTime private parentId iCalUid organizerEmail seriesId ownerId lastModifiedAt deleted attendees { userId emailAddress status }";

/** What two copies of one version must have in common, as text. */
export function contentOf(row: EventRow): string {
  const attendees = row.attendees.map(({ userId, emailAddress, status }) => [userId, emailAddress, status]);
  const { id, subject, description, location, startTime, endTime, parentId, iCalUid, ownerId } = row;
  return JSON.stringify([
    [id, row.lastModifiedAt, subject, description, location, startTime, endTime],
    [row.private, parentId, iCalUid, ownerId, attendees],
  ]);
}

export const etagOf = (id: string, lastModifiedAt: string): string => `"${id}-${Date.parse(lastModifiedAt)}"`;

/** The code of a refusal, whichever door gave it; null for an answer. */
export function refusalOf(reply: Reply): string | null {
  const [error] = (reply.body?.errors ?? []) as { extensions?: { code?: string }; message?: string }[];
  if (error) return error.extensions?.code ?? `an error without a code: ${error.message}`;
  if (reply.status < 400) return null;
  return (reply.body?.code as string | undefined) ?? `a refusal without a code (${reply.status})`;
}
