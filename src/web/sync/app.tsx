// The sync view: is everybody who syncs this calendar in step, what did they do, and what changed.
import { useEffect } from "preact/hooks";
import { connection } from "../api/live";
import { say } from "../languages/say";
import { token } from "../session";
import { OtherSession } from "../ui/other-session";
import { PageHead } from "../ui/page-head";
import { SignIn } from "../ui/sign-in";
import { Activity } from "./activity";
import { Clients } from "./clients";
import { Feed } from "./feed";
import { verdictOn } from "./health";
import { Notices } from "./notices";
import { Overview } from "./overview";
import { Webhooks } from "./webhooks";
import { calendarId, calendars, keepLooking, lookAt, me, problem, view } from "./state";

export function App() {
  useEffect(keepLooking, []);
  return (
    <>
      <PageHead at="/sync">{view.value !== null && <Connection />}</PageHead>
      <main id="content" tabIndex={-1} class="sheet" aria-busy={me.value === null && problem.value === null}>
        <div class="sync-title">
          <h1>{say("Sync")}</h1>
          <Chooser />
        </div>
        {problem.value !== null && (
          <p class="notice bad" role="alert">
            {`${problem.value} ${say("It is tried again every few seconds.")}`}
          </p>
        )}
        {me.value?.role === "admin" && calendarId.value === null ? <Overview /> : <Content />}
      </main>
      {token.value === null && <SignIn userId={me.value?.id} />}
      <OtherSession />
    </>
  );
}

function Content() {
  const found = view.value;
  if (found === null) return problem.value === null ? <p class="quiet">{say("Loading…")}</p> : null;
  const { mood, title, sentence } = verdictOn(found.clients);
  return (
    <>
      <section class="verdict" data-mood={mood} aria-live="polite">
        <span class="lamp" />
        <div>
          <h2>{title}</h2>
          <p dir="auto">{sentence}</p>
        </div>
      </section>
      <Clients clients={found.clients} />
      <Notices clients={found.clients} />
      <Webhooks webhooks={found.webhooks} />
      <Activity steps={found.activity} now={found.now} />
      <Feed changes={found.latestChanges.records} />
    </>
  );
}

/** An admin may look at any calendar of the organisation. */
function Chooser() {
  const all = calendars.value;
  if (me.value?.role !== "admin")
    return (
      <p class="quiet" dir="auto">
        {view.value?.calendar.name}
      </p>
    );
  return (
    <label class="chooser">
      <span class="unseen">{say("Calendar")}</span>
      <select value={calendarId.value ?? ""} onChange={(event) => lookAt(event.currentTarget.value || null)}>
        <option value="">{say("Every calendar")}</option>
        {all.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

const STATES = {
  connecting: [say("Connecting…"), say("Connecting to the service")],
  live: [say("Live"), say("What happens shows here within seconds")],
  lost: [say("Offline"), say("The connection is gone. What you see is as it was.")],
} as const;

function Connection() {
  const [text, title] = STATES[connection.value];
  return (
    <p class="connection" data-state={connection.value} role="status" title={title}>
      <span class="lamp" /> {text}
    </p>
  );
}
