// Finding events by their words, in the calendars that are shown or everywhere: what comes first, what was last.
import { useEffect, useState } from "preact/hooks";
import { ask, reasonOf } from "../api/client";
import { FindEventsDocument, type FindEventsQuery } from "../api/operations";
import { say } from "../languages/say";
import { Dialog } from "../ui/dialog";
import { datedSpanText } from "../ui/times";
import { openFound } from "./found-event";
import { close } from "./opened";
import { shownCalendars, zone } from "./state";

type Found = FindEventsQuery["coming"]["edges"][number]["node"];

interface Answer {
  sought: string;
  coming: Found[];
  past: Found[];
}

const PAUSE_MS = 200;
const EACH = 20;

async function find(text: string, everywhere: boolean): Promise<Answer> {
  const filter = everywhere
    ? { text, scope: "ORGANISATION" as const }
    : { text, calendarIds: shownCalendars.peek().map(({ id }) => id) };
  const now = new Date().toISOString();
  const { coming, past } = await ask(FindEventsDocument, {
    coming: { ...filter, startAt: now },
    past: { ...filter, endAt: now },
    each: EACH,
  });
  const ahead = coming.edges.map(({ node }) => node);
  const behind = past.edges.map(({ node }) => node).filter(({ id }) => !ahead.some((one) => one.id === id));
  return { sought: text, coming: ahead, past: behind.reverse() };
}

function useAnswer(text: string, everywhere: boolean): [Answer | null, string | null] {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const sought = text.trim();
  useEffect(() => {
    let wanted = sought !== "";
    if (!wanted) return undefined;
    const timer = setTimeout(() => {
      setProblem(null);
      find(sought, everywhere)
        .then((found) => wanted && setAnswer(found))
        .catch((error: unknown) => wanted && setProblem(reasonOf(error)));
    }, PAUSE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [sought, everywhere]);
  return [answer?.sought === sought ? answer : null, problem];
}

export function Search() {
  const [text, setText] = useState("");
  const [everywhere, setEverywhere] = useState(false);
  const [answer, problem] = useAnswer(text, everywhere);
  const none = answer !== null && answer.coming.length + answer.past.length === 0;
  return (
    <Dialog title={say("Search")} className="search" onClose={close}>
      <div class="search-field">
        <input
          type="search"
          aria-label={say("Words of an event")}
          placeholder={say("Words of its title, place or description")}
          autofocus
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={everywhere}
            onChange={(event) => setEverywhere(event.currentTarget.checked)}
          />
          {say("All of the organisation")}
        </label>
      </div>
      <div class="dialog-scroll" aria-busy={text.trim() !== "" && answer === null}>
        <p class={none ? "quiet" : "unseen"} role="status">
          {answer === null ? "" : saidOf(answer)}
        </p>
        {problem !== null && <p class="notice bad">{problem}</p>}
        {answer && <Results title={say("Coming")} events={answer.coming} />}
        {answer && <Results title={say("Past")} events={answer.past} />}
      </div>
    </Dialog>
  );
}

function saidOf({ coming, past, sought }: Answer): string {
  if (coming.length + past.length === 0) return say("Nothing has “{sought}” in it.", { sought });
  return say("{coming} coming, {past} past", { coming: coming.length, past: past.length });
}

function Results({ title, events }: { title: string; events: readonly Found[] }) {
  if (events.length === 0) return null;
  return (
    <section>
      <h3 class="quiet small">{title}</h3>
      <ul class="results">
        {events.map((event) => (
          <li key={event.id}>
            <button type="button" onClick={() => void openFound(event.id)}>
              <span dir="auto">{event.subject.trim() || say("(no title)")}</span>
              <small class="quiet">
                {datedSpanText(event, zone.value)}
                {event.location && ` · ${event.location}`}
              </small>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
