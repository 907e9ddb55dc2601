// An event to look at: all it has, one's own answer to it, and what may be done with it. It stays true while it is
// open: what others change appears, and that it was deleted is said.
import { useEffect, useState } from "preact/hooks";
import { ask, reasonOf } from "../api/client";
import { type EventFullFragment, OneEventDocument } from "../api/operations";
import { Dialog } from "../ui/dialog";
import {
  BinIcon,
  ClockIcon,
  LeaveIcon,
  LinkIcon,
  LockIcon,
  PencilIcon,
  PeopleIcon,
  PlaceIcon,
  TextIcon,
} from "../ui/icons";
import { RichText } from "../ui/html";
import { spanText, zoneCity } from "../ui/times";
import { toast } from "../ui/toasts";
import { Answers, GuestRow } from "./guest-row";
import { answerOf, isMasked, mayEdit, type Shown, subjectOf } from "./inputs";
import { lastChange } from "./loading";
import { close, edit } from "./opened";
import { removeSoon } from "./removal";
import { inTheNameOf, respond } from "./saving";
import { me, zone } from "./state";

type Loaded = EventFullFragment | "gone" | null;

/** The event in full, and as it becomes while it is looked at. */
function useEvent({ event: { id } }: Shown): [Loaded, (event: Loaded) => void, string | null] {
  const [event, setEvent] = useState<Loaded>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const change = lastChange.value?.id === id ? lastChange.value : null;
  useEffect(() => {
    ask(OneEventDocument, { id })
      .then(({ event: answer }) => setEvent(answer ?? "gone"))
      .catch((error: unknown) => setProblem(reasonOf(error)));
  }, [id]);
  useEffect(() => {
    if (change) setEvent(change.event ?? "gone");
  }, [change]);
  return [event, setEvent, problem];
}

export function Details({ shown }: { shown: Shown }) {
  const [event, setEvent, problem] = useEvent(shown);
  const subject = subjectOf(event === null || event === "gone" ? shown.event : event);
  return (
    <Dialog
      title={subject}
      className={`details colour-${shown.calendar.colour}`}
      heading={<span class="bar" />}
      onClose={close}
    >
      <div class="dialog-scroll">
        <h3 class="subject" dir="auto" aria-hidden="true">
          {subject}
        </h3>
        {problem !== null && <p class="notice bad">{problem}</p>}
        {event === "gone" && (
          <p class="notice warm" role="alert">
            This event has been deleted, or taken out of this calendar.
          </p>
        )}
        {event !== null && event !== "gone" ? (
          <Facts event={event} shown={shown} />
        ) : (
          <Fact icon={<ClockIcon />}>{spanText(shown.event, zone.value)}</Fact>
        )}
      </div>
      {event !== null && event !== "gone" && <Actions event={event} shown={shown} onAnswered={setEvent} />}
    </Dialog>
  );
}

function Fact({ icon, children }: { icon: preact.ComponentChildren; children: preact.ComponentChildren }) {
  return (
    <div class="fact">
      {icon}
      <div>{children}</div>
    </div>
  );
}

function Facts({ event, shown }: { event: EventFullFragment; shown: Shown }) {
  const { location, description, attendees, relatedTo, timezone } = event;
  if (isMasked(event)) {
    return (
      <>
        <When event={event} />
        <Fact icon={<LockIcon />}>Private: only {shown.calendar.user.name} and those invited see more.</Fact>
      </>
    );
  }
  return (
    <>
      <When event={event} planned={timezone} />
      {event.private && (
        <Fact icon={<LockIcon />}>Private: colleagues who are not invited see that time is taken.</Fact>
      )}
      {location && (
        <Fact icon={<PlaceIcon />}>
          <Place location={location} />
        </Fact>
      )}
      {attendees.length > 0 && <People event={event} />}
      {relatedTo.length > 0 && (
        <Fact icon={<LinkIcon />}>
          <ul class="chips">
            {relatedTo.map(({ type, id, name }) => (
              <li key={type + id}>
                <a class="chip" href={`/records/${type}/${id}`}>
                  <small>{type}</small> <span dir="auto">{name}</span>
                </a>
              </li>
            ))}
          </ul>
        </Fact>
      )}
      {description && (
        <Fact icon={<TextIcon />}>
          <RichText text={description} />
        </Fact>
      )}
    </>
  );
}

function When({ event, planned = null }: { event: EventFullFragment; planned?: string | null }) {
  const elsewhere = planned !== null && planned !== zone.value && !event.allDay;
  return (
    <Fact icon={<ClockIcon />}>
      <p>{spanText(event, zone.value)}</p>
      {elsewhere && (
        <p class="quiet small">
          In {zoneCity(planned)}: {spanText(event, planned)}
        </p>
      )}
    </Fact>
  );
}

export function Place({ location }: { location: string }) {
  const isLink = /^https?:\/\/\S+$/i.test(location);
  if (!isLink) return <span dir="auto">{location}</span>;
  return (
    <a href={location} target="_blank" rel="noopener noreferrer">
      {location}
    </a>
  );
}

function People({ event: { attendees, organizerName, organizerEmail } }: { event: EventFullFragment }) {
  const count = (status: string): number => attendees.filter((one) => one.status === status).length;
  const said = [
    [count("Accepted"), "yes"],
    [count("Tentative"), "maybe"],
    [count("Declined"), "no"],
    [count("NoResponse"), "awaiting"],
  ] as const;
  return (
    <Fact icon={<PeopleIcon />}>
      <p>
        {attendees.length === 1 ? "1 guest" : `${attendees.length} guests`}
        <span class="quiet small">
          {" "}
          {said.flatMap(([number, word]) => (number > 0 ? `${number} ${word}` : [])).join(", ")}
        </span>
      </p>
      <ul class="guest-list">
        {attendees.map((guest, index) => (
          <GuestRow key={index} guest={guest} />
        ))}
      </ul>
      <p class="quiet small" dir="auto">
        Organised by {organizerName ?? organizerEmail}
      </p>
    </Fact>
  );
}

interface ActionsProps {
  event: EventFullFragment;
  shown: Shown;
  onAnswered: (event: EventFullFragment) => void;
}

function Actions({ event, shown, onAnswered }: ActionsProps) {
  const { calendar } = shown;
  const answer = calendar.own ? answerOf(event, me.value?.id) : null;
  const leaves = event.ownerId !== calendar.user.id;
  async function onAnswer(status: string): Promise<void> {
    try {
      onAnswered(await respond(event.id, status));
    } catch (error) {
      toast({ text: `Your answer was not sent. ${reasonOf(error)}`, bad: true });
    }
  }
  const remove = (): void => {
    close();
    removeSoon({
      id: event.id,
      lastModifiedAt: event.lastModifiedAt,
      subject: subjectOf(event),
      calendarId: calendar.id,
      inItsName: inTheNameOf(calendar) !== null,
      leaves,
    });
  };
  if (!mayEdit(event, calendar)) return null;
  return (
    <footer class="dialog-foot">
      {answer !== null && leaves && <Answers answer={answer} onAnswer={onAnswer} />}
      <span class="grow" />
      <button type="button" class="button" onClick={() => edit(event, calendar)}>
        <PencilIcon /> Edit
      </button>
      <button type="button" class="button danger" onClick={remove}>
        {leaves ? <LeaveIcon /> : <BinIcon />} {leaves ? "Leave" : "Delete"}
      </button>
    </footer>
  );
}
