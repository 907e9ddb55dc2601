// An event to look at: all it has, one's own answer to it, and what may be done with it. It stays true while it is
// open: what others change appears, and that it was deleted is said.
import { useEffect, useState } from "preact/hooks";
import { ask, reasonOf } from "../api/client";
import { type EventFullFragment, OneEventDocument } from "../api/operations";
import { many, say } from "../languages/say";
import { Copy } from "../ui/copy";
import { Dialog } from "../ui/dialog";
import {
  ClockIcon,
  LinkIcon,
  LockIcon,
  PeopleIcon,
  PlaceIcon,
  RepeatIcon,
  TagIcon,
  TextIcon,
  VideoIcon,
} from "../ui/icons";
import { RichText } from "../ui/html";
import { spanText, zoneCity } from "../ui/times";
import { addressOf } from "./address";
import { Actions } from "./details-actions";
import { GuestRow } from "./guest-row";
import { History } from "./history";
import { isMasked, subjectOf } from "./inputs";
import type { Shown } from "./shown";
import { lastChange } from "./loading";
import { close } from "./opened";
import { Repeats } from "./repeats";
import { me, zone } from "./state";
import { SHOW_AS, STATUS } from "./words";

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
      heading={
        <>
          <span class="bar" />
          <Copy
            says={say("Copy link to this event")}
            shows={say("Copy link")}
            text={location.origin + addressOf(shown.event.id)}
          />
        </>
      }
      address={addressOf(shown.event.id)}
      onClose={close}
    >
      <div class="dialog-scroll">
        <h3 class={`subject${isCancelled(event) ? " cancelled" : ""}`} dir="auto" aria-hidden="true">
          {subject}
        </h3>
        {problem !== null && <p class="notice bad">{problem}</p>}
        {event === "gone" && (
          <p class="notice warm" role="alert">
            {say("This event has been deleted, or taken out of this calendar.")}
          </p>
        )}
        {event !== null && event !== "gone" ? (
          <Facts event={event} shown={shown} />
        ) : (
          <Fact icon={<ClockIcon />}>{spanText(shown.event, zone.value)}</Fact>
        )}
        {me.value?.role === "admin" && <History eventId={shown.event.id} version={versionOf(event)} />}
      </div>
      {event !== null && event !== "gone" && <Actions event={event} shown={shown} onAnswered={setEvent} />}
    </Dialog>
  );
}

/** What is deleted has a history too. */
const versionOf = (event: Loaded): string =>
  event === null || event === "gone" ? String(event) : event.lastModifiedAt;

const isCancelled = (event: Loaded): boolean =>
  event !== null && event !== "gone" && event.status === "cancelled";

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
        <Fact icon={<LockIcon />}>
          {shown.calendar.own
            ? say("Private: only its owner and those invited see more.")
            : say("Private: only {name} and those invited see more.", { name: shown.calendar.user.name })}
        </Fact>
      </>
    );
  }
  return (
    <>
      <When event={event} planned={timezone} />
      {event.seriesId !== null && (
        <Fact icon={<RepeatIcon />}>
          <Repeats seriesId={event.seriesId} overrides={event.overrides} />
        </Fact>
      )}
      {event.private && (
        <Fact icon={<LockIcon />}>
          {say("Private: colleagues who are not invited see that time is taken.")}
        </Fact>
      )}
      {location && (
        <Fact icon={<PlaceIcon />}>
          <Place location={location} />
        </Fact>
      )}
      {event.conferenceUrl && event.conferenceUrl !== location && (
        <Fact icon={<VideoIcon />}>
          <Place location={event.conferenceUrl} />
        </Fact>
      )}
      <Words event={event} />
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

/** What is not as for most events: nobody needs to read that a meeting is confirmed and takes its time. */
function Words({ event: { status, showAs, type } }: { event: EventFullFragment }) {
  const said = [
    type ?? "",
    status === null || status === "confirmed" ? "" : (STATUS[status] ?? status),
    showAs === "busy" ? "" : say("Shown as {word}", { word: (SHOW_AS[showAs] ?? showAs).toLowerCase() }),
  ].filter(Boolean);
  if (said.length === 0) return null;
  return (
    <Fact icon={<TagIcon />}>
      <span dir="auto">{said.join(" · ")}</span>
    </Fact>
  );
}

function When({ event, planned = null }: { event: EventFullFragment; planned?: string | null }) {
  const elsewhere = planned !== null && planned !== zone.value && !event.allDay;
  return (
    <Fact icon={<ClockIcon />}>
      <p>{spanText(event, zone.value)}</p>
      {elsewhere && (
        <p class="quiet small">
          {say("In {city}: {span}", { city: zoneCity(planned), span: spanText(event, planned) })}
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
    [count("Accepted"), say("{count} yes", { count: count("Accepted") })],
    [count("Tentative"), say("{count} maybe", { count: count("Tentative") })],
    [count("Declined"), say("{count} no", { count: count("Declined") })],
    [count("NoResponse"), say("{count} awaiting", { count: count("NoResponse") })],
  ] as const;
  return (
    <Fact icon={<PeopleIcon />}>
      <p>
        {many(attendees.length, "{count} guest", "{count} guests")}
        <span class="quiet small">
          {" "}
          {said.flatMap(([number, words]) => (number > 0 ? words : [])).join(", ")}
        </span>
      </p>
      <ul class="guest-list">
        {attendees.map((guest, index) => (
          <GuestRow key={index} guest={guest} />
        ))}
      </ul>
      <p class="quiet small" dir="auto">
        {say("Organised by {name}", { name: organizerName ?? organizerEmail ?? "" })}
      </p>
    </Fact>
  );
}
