// What may be done with an event that is looked at: answering, changing, leaving and deleting it; where it is one of a
// series, perhaps others with it.
import { reasonOf } from "../api/client";
import type { EventBriefFragment, EventFullFragment } from "../api/operations";
import { say } from "../languages/say";
import { BinIcon, LeaveIcon, PencilIcon } from "../ui/icons";
import { toast } from "../ui/toasts";
import { Answers } from "./guest-row";
import { answerOf, hasWholeSay, mayEdit, subjectOf, takesPart } from "./inputs";
import type { Shown } from "./shown";
import { close, edit } from "./opened";
import { removeSoon } from "./removal";
import { inTheNameOf, respond } from "./saving";
import { askScope, type Chosen, type Doing } from "./scope";
import { isOccasion, respondToSeries, wordsOf } from "./series";
import { me, type ShownCalendar } from "./state";

interface ActionsProps {
  event: EventFullFragment;
  shown: Shown;
  onAnswered: (event: EventFullFragment) => void;
}

export function Actions({ event, shown, onAnswered }: ActionsProps) {
  const { calendar } = shown;
  const answer = calendar.own ? answerOf(event, me.value?.id) : null;
  const leaves = isLeft(event, calendar);
  async function onAnswer(status: string): Promise<void> {
    const chosen = await chosenFor("Answer", event);
    if (!chosen) return;
    try {
      const answered = await answerTo(event.id, chosen.scope, status);
      if (answered) onAnswered(answered);
    } catch (error) {
      toast({ text: say("Your answer was not sent. {reason}", { reason: reasonOf(error) }), bad: true });
    }
  }
  if (!takesPart(event, calendar)) return null;
  return (
    <footer class="dialog-foot">
      {answer !== null && leaves && <Answers answer={answer} onAnswer={onAnswer} />}
      <span class="grow" />
      {mayEdit(event, calendar) && (
        <button type="button" class="button" onClick={() => void editIt(event, calendar)}>
          <PencilIcon /> {say("Edit")}
        </button>
      )}
      <button type="button" class="button danger" onClick={() => void remove(event, calendar)}>
        {leaves ? <LeaveIcon /> : <BinIcon />} {leaves ? say("Leave") : say("Delete")}
      </button>
    </footer>
  );
}

/** What goes for its owner goes for everyone; anybody else leaves it. */
const isLeft = ({ ownerId }: EventBriefFragment, { user }: ShownCalendar): boolean => ownerId !== user.id;

/** Deletes or leaves it soon, and others of its series where that is meant. */
export async function remove(event: EventBriefFragment, calendar: ShownCalendar): Promise<void> {
  const leaves = isLeft(event, calendar);
  const chosen = await chosenFor(leaves ? "Leave" : "Delete", event);
  if (!chosen) return;
  close();
  removeSoon({
    ...chosen,
    id: event.id,
    lastModifiedAt: event.lastModifiedAt,
    subject: subjectOf(event),
    attendees: event.attendees,
    calendarId: calendar.id,
    inItsName: inTheNameOf(calendar) !== null,
    leaves,
  });
}

/** Which of its series an act is about; null where somebody thought better of it. */
async function chosenFor(doing: Doing, event: EventBriefFragment): Promise<Chosen | null> {
  return isOccasion(event) ? askScope(doing, event) : { scope: "THIS", ids: [event.id] };
}

const answerTo = (id: string, scope: Chosen["scope"], status: string): Promise<EventFullFragment | null> =>
  scope === "THIS" ? respond(id, status) : respondToSeries(id, scope, status);

/** The form of an event that repeats has the rule of its series, which only who may change all of it needs. */
async function editIt(event: EventFullFragment, calendar: ShownCalendar): Promise<void> {
  try {
    const asks = isOccasion(event) && hasWholeSay(event, calendar);
    const words = asks ? await wordsOf(event.seriesId, null) : null;
    edit(event, calendar, words?.recurrence.rrule);
  } catch (error) {
    toast({ text: say("The form could not be opened. {reason}", { reason: reasonOf(error) }), bad: true });
  }
}
