// The pages of /records: where one looks for a record, and a record's timeline: the meetings about it, past and coming.
import { useEffect, useState } from "preact/hooks";
import { reasonOf } from "../api/client";
import { connection } from "../api/live";
import { isEmbedded } from "../embedded";
import { say, sayWith, titlePage } from "../languages/say";
import { token } from "../session";
import { account } from "../ui/account";
import { AwaitToken } from "../ui/await-token";
import { PlusIcon } from "../ui/icons";
import { OtherSession } from "../ui/other-session";
import { PageHead } from "../ui/page-head";
import { RECORD_TYPES } from "../ui/record-types";
import { SignIn } from "../ui/sign-in";
import { yearOf, zoneName } from "../ui/times";
import { isStart, readAddress, type RecordAddress } from "./address";
import { isTimeline, type Loaded, useTimeline, zone } from "./loaded";
import { Meeting } from "./meeting";
import { Start } from "./start";
import { type Direction, loadMore, type RecordFacts, type Timeline } from "./timeline";
import { Way } from "./way";

export function App() {
  const address = readAddress(location.pathname);
  if (isEmbedded) {
    return token.value === null ? <AwaitToken /> : <Main address={address} />;
  }
  return (
    <>
      <PageHead at="/records" />
      <Main address={address} />
      {token.value === null && <SignIn userId={account.value?.id} />}
      <OtherSession />
    </>
  );
}

function Main({ address }: { address: RecordAddress | null }) {
  if (isStart(location.pathname)) return <Start />;
  if (address) return <RecordPage address={address} />;
  return (
    <main id="content" tabIndex={-1} class="record">
      <NoRecord />
    </main>
  );
}

function RecordPage({ address }: { address: RecordAddress }) {
  const { loaded, again, change } = useTimeline(address, token.value);
  return (
    <main id="content" tabIndex={-1} class="record" aria-busy={loaded === null}>
      {isTimeline(loaded) && connection.value === "lost" && (
        <p class="notice warm" role="status">
          {say("The connection is gone. What you see is as it was.")}
        </p>
      )}
      <Content loaded={loaded} again={again} change={change} />
    </main>
  );
}

const NoRecord = () => (
  <div class="card">
    <h1>{say("There is no such record")}</h1>
    <p class="quiet">
      {sayWith("It may have been removed, or the address is not complete. An address is like {example}.", {
        example: <code>/records/Contact/55</code>,
      })}
    </p>
    <Way to="/records">{say("Look for a record")}</Way>
  </div>
);

interface ContentProps {
  loaded: Loaded;
  again: () => void;
  change: (act: (timeline: Timeline) => Timeline) => void;
}

function Content({ loaded, again, change }: ContentProps) {
  if (loaded === null) return <p class="quiet">{say("Loading…")}</p>;
  if (loaded === "none") return <NoRecord />;
  if ("problem" in loaded) {
    return (
      <div class="card" role="alert">
        <h1>{say("The timeline could not be loaded")}</h1>
        <p>{loaded.problem}</p>
        <button type="button" class="button primary" onClick={again}>
          {say("Try again")}
        </button>
      </div>
    );
  }
  const lists = { timeline: loaded, change };
  return (
    <>
      <Facts record={loaded.record} />
      <Meetings title={say("Coming")} none={say("Nothing is planned.")} direction="coming" {...lists} />
      <Meetings title={say("Past")} none={say("There was no meeting yet.")} direction="past" {...lists} />
    </>
  );
}

function Facts({ record: { type, id, name, emails, account } }: { record: RecordFacts }) {
  useEffect(() => {
    titlePage(name);
  }, [name]);
  return (
    <header class="facts">
      <div>
        <p class="quiet small">{RECORD_TYPES[type]}</p>
        <h1 dir="auto">{name}</h1>
        <p class="quiet">
          {account && <Way to={`/records/Account/${account.id}`}>{account.name}</Way>}
          {emails.map((email) => (
            <a key={email} href={`mailto:${email}`}>
              {email}
            </a>
          ))}
        </p>
        <p class="quiet small">{say("Times are those of {zone}.", { zone: zoneName(zone.value) })}</p>
      </div>
      <Way to={`/?new=${type}-${id}`} outside className="button primary">
        <PlusIcon /> {say("New meeting")}
      </Way>
    </header>
  );
}

interface MeetingsProps {
  title: string;
  none: string;
  direction: Direction;
  timeline: Timeline;
  change: ContentProps["change"];
}

function Meetings({ title, none, direction, timeline, change }: MeetingsProps) {
  const { events, more } = timeline[direction];
  const [problem, setProblem] = useState<string | null>(null);
  async function onMore(): Promise<void> {
    try {
      setProblem(null);
      change(await loadMore(timeline, direction));
    } catch (error) {
      setProblem(reasonOf(error));
    }
  }
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {events.length === 0 && more === null && <p class="quiet">{none}</p>}
      {byYear(events).map(([year, ofYear]) => (
        <section key={year} aria-label={`${title}, ${year}`}>
          <h3 class="year">{year}</h3>
          <ol class="timeline-list">
            {ofYear.map((event) => (
              <Meeting key={event.id} event={event} record={timeline.record} />
            ))}
          </ol>
        </section>
      ))}
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {more !== null && (
        <button type="button" class="button" onClick={() => void onMore()}>
          {say("More")}
        </button>
      )}
    </section>
  );
}

/** In the order in which they are listed. */
function byYear(events: Timeline["past"]["events"]): [string, Timeline["past"]["events"]][] {
  const years = new Map<string, Timeline["past"]["events"]>();
  for (const event of events) {
    const year = yearOf(event.startTime, event.allDay ? "UTC" : zone.value);
    years.set(year, [...(years.get(year) ?? []), event]);
  }
  return [...years];
}
