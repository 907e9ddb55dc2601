// Answers that a file brings (METHOD:REPLY): each changes what that attendee has answered, and nothing else.
import type { Context } from "../context";
import type { Attendee } from "../entities/event";
import type { EventView } from "../event/projection";
import { inFittingPieces } from "../event/fitting";
import { changeEvents } from "../event/change";
import type { Outcome } from "../event/outcomes";
import type { Answer } from "../ical/family";
import { ownCalendar } from "../people/calendars";
import { noteAnswer } from "../series/note-answer";
import { addressKey } from "../values/address-key";
import { inBatches, readChange } from "./batches";
import { knownById } from "./known";
import type { Plan } from "./planned";

/** What an answer came to. */
export interface Answered {
  answered: number;
  unchanged: number;
  outcomes: Outcome[];
  /** Whether they are not invited to one of the meetings. */
  isStranger: boolean;
}

type Person = Answer["person"];

type Who = Pick<Attendee, "userId" | "emailAddress">;

/** Somebody in the list of a patch. */
export type Listed = Partial<Attendee>;

const isThem =
  ({ emailAddress }: Pick<Person, "emailAddress">) =>
  (one: { emailAddress: string | null }): boolean =>
    one.emailAddress !== null && addressKey(one.emailAddress) === addressKey(emailAddress);

/** The answers of a plan, each with the events that it is about. */
export function byAnswer(answers: Plan["answers"]): Map<Answer, string[]> {
  const found = new Map<Answer, string[]>();
  for (const { answer, known } of answers) found.set(answer, [...(found.get(answer) ?? []), known.view.id]);
  return found;
}

/** One answer, in all the events that it is about. */
export async function answerWith(
  ctx: Context,
  { person }: Answer,
  ids: readonly string[],
): Promise<Answered> {
  const done: Answered = { answered: 0, unchanged: 0, outcomes: [], isStranger: false };
  const reach = { calendar: ownCalendar(ctx), reach: "calendar" as const };
  const known = await knownById(ctx, ids);
  const views = ids.flatMap((id) => known.get(id)?.view ?? []);
  const invited = views.filter(({ attendees }) => attendees.some(isThem(person)));
  done.isStranger = invited.length < ids.length;
  const writes = invited.map((view) => ({ view, event: { attendees: answered(view, person) } }));
  for (const batch of inBatches(writes)) {
    const items = batch.map(({ view, event }) => readChange(view.id, event));
    const outcomes = await inFittingPieces(items, (piece) =>
      changeEvents(ctx, reach, piece, { atomic: false, list: "" }),
    );
    outcomes.forEach((outcome, index) => {
      if ("problem" in outcome) return;
      if (outcome.view.lastModifiedAt === batch[index]?.view.lastModifiedAt) done.unchanged++;
      else done.answered++;
    });
    done.outcomes.push(...outcomes);
  }
  return done;
}

const answered = ({ attendees }: EventView, person: Person): object[] =>
  attendees.map((one) => (isThem(person)(one) ? { ...one, status: person.status } : one));

/**
 * The list of a file that has nothing of its own for this occurrence, without its answers of those who have answered to this
 * one otherwise than to the series.
 */
export function keepingAnswers(
  given: readonly Listed[],
  { attendees }: Pick<EventView, "attendees">,
  ofSeries: readonly Attendee[],
): Listed[] {
  const apart = new Set(
    attendees.flatMap((one) => {
      const { emailAddress, status } = one;
      if (emailAddress === null || status === "NoResponse") return [];
      return ofSeries.find(isPerson(one))?.status === status ? [] : [addressKey(emailAddress)];
    }),
  );
  return given.map(({ status, ...one }) => {
    const isApart = one.emailAddress != null && apart.has(addressKey(one.emailAddress));
    return isApart || status === undefined ? one : { ...one, status };
  });
}

const isPerson =
  ({ userId, emailAddress }: Who) =>
  (one: Who): boolean =>
    one.userId !== null ? one.userId === userId : emailAddress !== null && isThem({ emailAddress })(one);

/** An answer to a whole series, for the occurrences to come. */
export const answerSeries = (
  ctx: Context,
  { answer, series }: Plan["seriesAnswers"][number],
): Promise<void> => noteAnswer(ctx, ownCalendar(ctx), series.row.id, answer.person);
