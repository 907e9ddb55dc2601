// What there is to know of an event that is one of a series: how often it comes, when next, what of it is its own, and how
// far the series has been made.
import { useEffect, useState } from "preact/hooks";
import { reasonOf } from "../api/client";
import { LOCALE } from "../languages/language";
import { say } from "../languages/say";
import { dayText, wallOf } from "../ui/times";
import { ruleText, shortDate } from "./repeat-words";
import { type SeriesWords, wordsOf } from "./series";

interface RepeatsProps {
  seriesId: string;
  /** What this one has of its own, as the service calls it. */
  overrides: readonly string[];
}

const NAMES: Readonly<Record<string, string>> = {
  subject: say("title"),
  location: say("location"),
  description: say("description"),
  status: say("status"),
  type: say("type"),
  startTime: say("time"),
  endTime: say("time"),
  allDay: say("time"),
  attendees: say("guests"),
  relatedTo: say("records"),
  conferenceUrl: say("video link"),
  showAs: say("“shown as”"),
  timezone: say("time zone"),
  private: say("privacy"),
};

const listed = new Intl.ListFormat(LOCALE);

export function Repeats({ seriesId, overrides }: RepeatsProps) {
  const [words, setWords] = useState<SeriesWords | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    wordsOf(seriesId, null)
      .then(setWords)
      .catch((error: unknown) => setProblem(reasonOf(error)));
  }, [seriesId]);
  const own = [...new Set(overrides.map((name) => NAMES[name] ?? name))];
  return (
    <>
      <p>{words ? rhythm(words) : say("Repeats")}</p>
      {own.length > 0 && (
        <p class="quiet small">{say("Of its own: {fields}.", { fields: listed.format(own) })}</p>
      )}
      {words && words.upcoming.length > 0 && <Next words={words} />}
      {words?.expandedUntil && <ToCome words={words} until={words.expandedUntil} />}
      {problem !== null && <p class="notice bad small">{problem}</p>}
    </>
  );
}

const dateOf = (instant: string, { allDay, timezone }: SeriesWords): string =>
  allDay ? instant.slice(0, 10) : wallOf(instant, timezone).date;

const rhythm = (words: SeriesWords): string =>
  ruleText(words.recurrence.rrule, dateOf(words.startTime, words), words.timezone);

const datesText = (instants: readonly string[], { allDay, timezone }: SeriesWords): string =>
  instants.map((instant) => dayText(instant, allDay ? "UTC" : timezone)).join(" · ");

const Next = ({ words }: { words: SeriesWords }) => (
  <p class="quiet small">{say("Next: {dates}", { dates: datesText(words.upcoming, words) })}</p>
);

/** What comes after the last occurrence that is an event. */
function ToCome({ words, until }: { words: SeriesWords; until: string }) {
  const [later, setLater] = useState<readonly string[]>([]);
  useEffect(() => {
    wordsOf(words.id, `${until.slice(0, 10)}T23:59:59Z`)
      .then((found) => setLater(found?.upcoming ?? []))
      // Without the dates the sentence is still true.
      .catch(() => setLater([]));
  }, [words.id, until]);
  return (
    <p class="quiet small">
      {say("Made until {date}; later ones are still to come", { date: shortDate(until.slice(0, 10)) })}
      {later.length > 0 && `: ${datesText(later.slice(0, 3), words)} …`}
    </p>
  );
}
