// A record's timeline: who or what it is, and the meetings about it, past and coming.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { ask, reasonOf } from "../api/client";
import { type EventFullFragment, WhoAmIDocument } from "../api/operations";
import { token } from "../session";
import { RichText } from "../ui/html";
import { LockIcon, PeopleIcon, PlaceIcon } from "../ui/icons";
import { OtherSession } from "../ui/other-session";
import { PageHead } from "../ui/page-head";
import { SignIn } from "../ui/sign-in";
import { BROWSER_ZONE, shortSpanText, zoneName } from "../ui/times";
import { readAddress } from "./address";
import { type Direction, loadTimeline, pageOf, type RecordFacts, type Timeline } from "./timeline";

type Loaded = Timeline | "none" | { problem: string } | null;

const zone = signal(BROWSER_ZONE);

async function load(): Promise<Loaded> {
  const address = readAddress(location.pathname);
  if (!address) return "none";
  try {
    const [timeline, { me }] = await Promise.all([loadTimeline(address), ask(WhoAmIDocument, {})]);
    zone.value = me.timezone;
    return timeline ?? "none";
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

export function App() {
  const secret = token.value;
  const [loaded, setLoaded] = useState<Loaded>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (secret !== null) void load().then(setLoaded);
  }, [secret, tries]);
  return (
    <>
      <PageHead />
      <main class="record" aria-busy={loaded === null}>
        <Content loaded={loaded} again={() => setTries(tries + 1)} />
      </main>
      {secret === null && <SignIn />}
      <OtherSession />
    </>
  );
}

function Content({ loaded, again }: { loaded: Loaded; again: () => void }) {
  if (loaded === null) return <p class="quiet">Loading…</p>;
  if (loaded === "none") {
    return (
      <div class="card">
        <h1>There is no such record</h1>
        <p class="quiet">
          It may have been removed, or the address is not complete. An address is like{" "}
          <code>/records/Contact/55</code>.
        </p>
      </div>
    );
  }
  if ("problem" in loaded) {
    return (
      <div class="card" role="alert">
        <h1>The timeline could not be loaded</h1>
        <p>{loaded.problem}</p>
        <button type="button" class="button primary" onClick={again}>
          Try again
        </button>
      </div>
    );
  }
  return (
    <>
      <Facts record={loaded.record} />
      <Meetings title="Coming" none="Nothing is planned." direction="coming" timeline={loaded} />
      <Meetings title="Past" none="There was no meeting yet." direction="past" timeline={loaded} />
    </>
  );
}

function Facts({ record: { type, name, emails, account } }: { record: RecordFacts }) {
  useEffect(() => {
    document.title = `${name} · Tidemark`;
  }, [name]);
  return (
    <header class="facts">
      <p class="quiet small">{type}</p>
      <h1 dir="auto">{name}</h1>
      <p class="quiet">
        {account && (
          <a href={`/records/Account/${account.id}`} dir="auto">
            {account.name}
          </a>
        )}
        {emails.map((email) => (
          <span key={email}>{email}</span>
        ))}
      </p>
      <p class="quiet small">Times are those of {zoneName(zone.value)}.</p>
    </header>
  );
}

interface MeetingsProps {
  title: string;
  none: string;
  direction: Direction;
  timeline: Timeline;
}

function Meetings({ title, none, direction, timeline }: MeetingsProps) {
  const [meetings, setMeetings] = useState(timeline[direction]);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => setMeetings(timeline[direction]), [timeline]);
  async function more(): Promise<void> {
    try {
      const page = await pageOf(timeline.record, timeline.now, direction, meetings.more);
      const found = page?.meetings ?? { events: [], more: null };
      setMeetings({ events: [...meetings.events, ...found.events], more: found.more });
    } catch (error) {
      setProblem(reasonOf(error));
    }
  }
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {meetings.events.length === 0 && meetings.more === null && <p class="quiet">{none}</p>}
      <ol class="timeline-list">
        {meetings.events.map((event) => (
          <Meeting key={event.id} event={event} />
        ))}
      </ol>
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {meetings.more !== null && (
        <button type="button" class="button" onClick={more}>
          More
        </button>
      )}
    </section>
  );
}

function Meeting({ event }: { event: EventFullFragment }) {
  const { subject, location: place, attendees, description } = event;
  return (
    <li>
      <p class="when quiet">{shortSpanText(event, zone.value)}</p>
      <div class="meeting">
        <h3 dir="auto">
          {event.private && <LockIcon />}
          {subject.trim() || "(no title)"}
        </h3>
        {place && (
          <p class="quiet" dir="auto">
            <PlaceIcon /> {place}
          </p>
        )}
        {attendees.length > 0 && (
          <p class="quiet" dir="auto">
            <PeopleIcon />{" "}
            {attendees.map(({ name, emailAddress }) => name ?? emailAddress ?? "Somebody").join(", ")}
          </p>
        )}
        {description && (
          <details>
            <summary>Description</summary>
            <RichText text={description} />
          </details>
        )}
      </div>
    </li>
  );
}
