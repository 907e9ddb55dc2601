// Answers: who may change what an attendee has answered. A mailbox's copy of a meeting is as old as its last reading, so that
// what somebody said themselves yields to nobody's copy but one that names the version it was made of.
import type { Attendee, OwnAnswers } from "../entities/event";
import type { Faults } from "../values/faults";
import type { Status } from "../values/vocabulary";
import type { Content } from "./fields";
import type { LockedEvent } from "./locked";
import type { EventView } from "./projection";

const THEIRS =
  "is what that attendee has answered: it is changed by themselves, by a write that names the current version, or by an " +
  "admin through GraphQL";
const ANSWERED = "must not be NoResponse after an answer, unless the write names the current version";

/** A write, as far as answers are concerned. */
export interface Answering {
  locked: Pick<LockedEvent, "ownAnswers" | "leftUserIds" | "asAdmin"> & { view: Pick<EventView, "ownerId"> };
  /** In whose calendar it is. */
  writer: string;
  /** By If-Match or `ifLastModifiedAt`; that this is the current version was checked. */
  namesVersion: boolean;
}

/** The status that the write makes of somebody's; where that is none of its business, theirs, which is told at `field`. */
export function answerAfter(
  was: Attendee,
  wanted: Status,
  write: Answering,
  { field, faults }: { field: string; faults: Faults },
): Status {
  const refusal = wanted === was.status || write.namesVersion ? null : refusalOf(was, wanted, write);
  if (refusal === null) return wanted;
  faults.noSay(field, refusal);
  return was.status;
}

function refusalOf(
  { userId, status }: Attendee,
  wanted: Status,
  { locked, writer }: Answering,
): string | null {
  if (wanted === "NoResponse") return ANSWERED;
  if (userId === null || userId === writer || locked.asAdmin) return null;
  const isTheirs = locked.ownAnswers[userId] === status || locked.leftUserIds.includes(userId);
  return isTheirs ? THEIRS : null;
}

const statusOf = (people: readonly Attendee[] | undefined, userId: string): Status | undefined =>
  people?.find((person) => person.userId === userId)?.status;

/** What a user has answered for themselves in a list that was made in their calendar. */
export function ownAnswersAfter(
  before: { attendees: readonly Attendee[]; ownAnswers: OwnAnswers },
  attendees: readonly Attendee[] | undefined,
  userId: string,
): Pick<Content, "ownAnswers"> | null {
  const status = statusOf(attendees, userId);
  if (status === undefined || status === "NoResponse" || status === statusOf(before.attendees, userId))
    return null;
  return { ownAnswers: { ...before.ownAnswers, [userId]: status } };
}
