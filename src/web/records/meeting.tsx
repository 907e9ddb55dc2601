// One meeting of a timeline: when and where, who comes, through whom it is here, and what it is about.
import type { MeetingFragment } from "../api/operations";
import { say } from "../languages/say";
import { answerLook } from "../ui/answers";
import { Linked, plainWords, RichText } from "../ui/html";
import { LinkIcon, LockIcon, PeopleIcon, PlaceIcon, VideoIcon } from "../ui/icons";
import { shortSpanText } from "../ui/times";
import { zone } from "./loaded";
import { Way } from "./way";
import { type RecordFacts, throughWhom } from "./timeline";

interface MeetingProps {
  event: MeetingFragment;
  record: RecordFacts;
}

export function Meeting({ event, record }: MeetingProps) {
  const { subject, location: place, conferenceUrl, description, status } = event;
  return (
    <li>
      <p class="when quiet">{shortSpanText(event, zone.value)}</p>
      <div class="meeting">
        <h4 dir="auto" class={status === "cancelled" ? "cancelled" : undefined}>
          {event.private && <LockIcon />}
          <Way to={`/?event=${event.id}`} outside className="whole">
            {subject.trim() || say("(no title)")}
          </Way>
        </h4>
        {status === "cancelled" && <p class="quiet">{say("Cancelled")}</p>}
        {place && place !== conferenceUrl && (
          <p class="quiet" dir="auto">
            <PlaceIcon />
            <span>
              <Linked text={place} />
            </span>
          </p>
        )}
        {conferenceUrl && (
          <p class="quiet">
            <VideoIcon /> <Linked text={conferenceUrl} />
          </p>
        )}
        <People event={event} />
        <ThroughWhom event={event} record={record} />
        {description?.trim() && <Description text={description} />}
      </div>
    </li>
  );
}

const SHOWN = 8;

function People({ event: { attendees, organizerName, organizerEmail } }: { event: MeetingFragment }) {
  const organiser = organizerName ?? organizerEmail;
  const more = attendees.length - SHOWN;
  return (
    <div class="with quiet">
      <PeopleIcon />
      <div>
        {attendees.length > 0 && (
          <ul>
            {attendees.slice(0, SHOWN).map(({ name, emailAddress, status }, index) => {
              const { says, mark } = answerLook(status);
              return (
                <li key={index} data-answer={status} title={emailAddress ?? undefined}>
                  <span dir="auto">{name ?? emailAddress ?? say("Somebody")}</span>
                  <span class="unseen"> {says}</span>
                  <span class="mark" title={says}>
                    {mark}
                  </span>
                </li>
              );
            })}
            {more > 0 && <li>{say("and {count} more", { count: more })}</li>}
          </ul>
        )}
        {organiser && (
          <p class="small" dir="auto">
            {say("Organised by {name}", { name: organiser })}
          </p>
        )}
      </div>
    </div>
  );
}

function ThroughWhom({ event, record }: MeetingProps) {
  const through = throughWhom(event, record);
  if (through.length === 0) return null;
  return (
    <p class="quiet through">
      <LinkIcon />
      <span>
        {say("Through|records")}{" "}
        {through.map(({ type, id, name }, index) => (
          <span key={id}>
            {index > 0 && ", "}
            <Way to={`/records/${type}/${id}`}>{name}</Way>
          </span>
        ))}
      </span>
    </p>
  );
}

/** What is short is read at a glance; of what is long, its beginning. */
const SHORT = 240;
const BEGINNING = 140;

function Description({ text }: { text: string }) {
  const words = plainWords(text);
  const isShort = words.length <= SHORT && text.trim().split("\n").length <= 5;
  if (isShort) return <RichText text={text.trim()} />;
  const beginning = words.slice(0, BEGINNING).replace(/\s+\S*$/, "");
  return (
    <details>
      <summary>
        <span class="beginning" dir="auto">
          {beginning}…
        </span>
        <span class="less">{say("Description")}</span>
      </summary>
      <RichText text={text} />
    </details>
  );
}
