// The page as a whole: the calendar with what surrounds it, what is open over it, and the way in.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { reasonOf } from "../api/client";
import { say } from "../languages/say";
import { token } from "../session";
import { PlusIcon } from "../ui/icons";
import { OtherSession } from "../ui/other-session";
import { SignIn } from "../ui/sign-in";
import { Toasts } from "../ui/toasts";
import { followAddress } from "./address";
import { openFound } from "./found-event";
import { openNewAbout } from "./new-about";
import { acts, opened, takeUpUnfinished } from "./opened";
import { Opened } from "./opened-view";
import { Grid } from "./grid";
import { listenForKeys } from "./keys";
import { failure, loading, open } from "./loading";
import { Sidebar } from "./sidebar";
import { me, start } from "./state";
import { nextSlot } from "./slots";
import { TopBar } from "./top-bar";

const sidebarOpen = signal(false);

export function App() {
  const secret = token.value;
  const [problem, setProblem] = useState<string | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (secret === null) return;
    setProblem(null);
    open().catch((error: unknown) => setProblem(reasonOf(error)));
  }, [secret, tries]);
  useEffect(listenForKeys, []);
  const started = start.value !== null;
  return (
    <>
      {started && <Main />}
      {!started && secret !== null && (
        <Waiting problem={problem} again={() => setTries((count) => count + 1)} />
      )}
      <Opened />
      <Toasts />
      {secret === null && <SignIn userId={me.value?.id} />}
      <OtherSession />
    </>
  );
}

function Main() {
  const userId = me.value?.id;
  useEffect(() => takeUpUnfinished(userId ?? ""), [userId]);
  useEffect(
    () =>
      followAddress({
        onEvent: (id) => opened.value ?? void openFound(id),
        onNew: (record) => opened.value ?? void openNewAbout(record),
      }),
    [],
  );
  return (
    <div class={sidebarOpen.value ? "app sidebar-open" : "app"}>
      <a class="button skip" href="#calendar" onClick={goToCalendar}>
        {say("To the calendar")}
      </a>
      <TopBar onMenu={() => (sidebarOpen.value = !sidebarOpen.value)} menuOpen={sidebarOpen.value} />
      <Sidebar onClose={() => (sidebarOpen.value = false)} />
      <main id="calendar" tabIndex={-1} aria-label={say("Calendar")} aria-busy={loading.value > 0}>
        {failure.value !== null && (
          <p class="notice bad over-grid" role="alert">
            {failure.value} {say("What you see may be incomplete; it is tried again by itself.")}
          </p>
        )}
        <Grid acts={acts} />
      </main>
      <button
        type="button"
        class="new-event-float"
        aria-label={say("New event")}
        onClick={() => acts.onCreate(nextSlot())}
      >
        <PlusIcon />
      </button>
    </div>
  );
}

/** Past the bar and the side bar; the address stays what it is. */
function goToCalendar(event: Event): void {
  event.preventDefault();
  document.getElementById("calendar")?.focus();
}

function Waiting({ problem, again }: { problem: string | null; again: () => void }) {
  return (
    <main class="waiting" aria-busy={problem === null}>
      {problem === null ? (
        <p class="quiet">{say("Loading your calendar…")}</p>
      ) : (
        <div class="card" role="alert">
          <h1>{say("Your calendar could not be loaded")}</h1>
          <p>{problem}</p>
          <button type="button" class="button primary" onClick={again}>
            {say("Try again")}
          </button>
        </div>
      )}
    </main>
  );
}
