// A time that suits everybody, in the form of an event: who must be there and who may be missing, in which room, and the
// times there are, each on everybody's own clock. Choosing one fills the form in. Times are shown as long as they answer
// what the form says: a guest who comes later was not asked.
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, reasonOf } from "../api/client";
import { FindTimesDocument } from "../api/operations";
import { say } from "../languages/say";
import { ClockIcon } from "../ui/icons";
import { shortSpanText, timeText, zoneCity } from "../ui/times";
import { type Draft, faultsOf, minutesOf } from "./draft";
import { isBookable, roomText } from "./rooms";
import { type User, users } from "./state";
import {
  ANY,
  dayOf,
  type Found,
  inputFor,
  peopleOf,
  roomOf,
  seatsOf,
  type Suggestion,
  type Wish,
  withTime,
} from "./wished-time";

interface FindTimeProps {
  draft: Draft;
  /** Whose meeting it is. */
  ownerId: string | undefined;
  /** The event that the draft is of: it is in nobody's way. */
  exceptEventId: string | null;
  set: (part: Partial<Draft>) => void;
}

export function FindTime({ set, ...props }: FindTimeProps) {
  const [isOpen, setOpen] = useState(false);
  const [picked, setPicked] = useState("");
  const opener = useRef<HTMLButtonElement>(null);
  const { draft } = props;
  if (draft.allDay || faultsOf(draft).when !== undefined) return null;
  const open = (to: boolean): void => {
    setOpen(to);
    setPicked("");
  };
  const pick = (suggestion: Suggestion, isInRoom: boolean): void => {
    set(withTime(draft, suggestion, isInRoom));
    setOpen(false);
    setPicked(say("Chosen: {time}", { time: suggestedText(suggestion, draft.zone) }));
    // What was pressed is gone.
    opener.current?.focus();
  };
  return (
    <section class="find-time">
      <div class="find-head">
        <button
          ref={opener}
          type="button"
          class="button"
          aria-expanded={isOpen}
          onClick={() => open(!isOpen)}
        >
          <ClockIcon /> {say("Find a time")}
        </button>
        <span class="quiet small" role="status">
          {picked}
        </span>
      </div>
      {isOpen && <Panel {...props} onPick={pick} />}
    </section>
  );
}

const LENGTHS = [15, 30, 45, 60, 90, 120, 180, 240];

/** What came of a search, and the question that it answers. */
interface Answer {
  question: string;
  found?: Found;
  problem?: string;
}

interface PanelProps extends Omit<FindTimeProps, "set"> {
  onPick: (suggestion: Suggestion, isInRoom: boolean) => void;
}

function Panel({ draft, ownerId, exceptEventId, onPick }: PanelProps) {
  const people = peopleOf(draft.attendees, ownerId);
  const [given, setWish] = useState<Wish>({
    optional: [],
    room: roomOf(draft.attendees),
    minutes: minutesOf(draft),
  });
  // Who is taken off the list is nobody's wish any more.
  const wish = { ...given, optional: given.optional.filter((id) => people.some((one) => one.id === id)) };
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [seeking, setSeeking] = useState(false);
  const question = JSON.stringify([people.map(({ id }) => id), seatsOf(draft, people), wish, dayOf(draft)]);
  const { found, problem } = answer?.question === question ? answer : {};
  const change = (part: Partial<Wish>): void => setWish({ ...wish, ...part });
  async function seek(): Promise<void> {
    setSeeking(true);
    try {
      const input = { ...inputFor(draft, people, wish), exceptEventId };
      setAnswer({ question, found: (await ask(FindTimesDocument, { input })).findTimes });
    } catch (error) {
      setAnswer({
        question,
        problem: say("No time could be looked for. {reason}", { reason: reasonOf(error) }),
      });
    }
    setSeeking(false);
  }
  return (
    <div class="find-panel">
      <Who people={people} wish={wish} onChange={change} />
      <div class="repeat-row">
        <RoomChoice room={wish.room} onChange={(room) => change({ room })} />
        <LengthChoice minutes={wish.minutes} onChange={(minutes) => change({ minutes })} />
        <button type="button" class="button primary" disabled={seeking} onClick={seek}>
          {seeking ? say("Looking…") : say("Show times")}
        </button>
      </div>
      <div role="status">
        {found && (
          <Times
            found={found}
            people={people}
            clock={draft.zone}
            onPick={(suggestion) => onPick(suggestion, wish.room !== "")}
          />
        )}
        {problem !== undefined && <p class="notice bad small">{problem}</p>}
      </div>
    </div>
  );
}

interface WhoProps {
  people: readonly User[];
  wish: Wish;
  onChange: (part: Partial<Wish>) => void;
}

function Who({ people, wish: { optional }, onChange }: WhoProps) {
  return (
    <fieldset class="find-who">
      <legend>{say("Who must be there")}</legend>
      {people.map(({ id, name }) => (
        <label key={id} class="check">
          <input
            type="checkbox"
            checked={!optional.includes(id)}
            onChange={({ currentTarget: { checked } }) =>
              onChange({ optional: checked ? optional.filter((one) => one !== id) : [...optional, id] })
            }
          />
          <span dir="auto">{name}</span>
        </label>
      ))}
      <p class="quiet small">
        {say("Whoever is not ticked may be missing. Colleagues that you add as guests are asked for, too.")}
      </p>
    </fieldset>
  );
}

function RoomChoice({ room, onChange }: { room: string; onChange: (room: string) => void }) {
  const rooms = users.value.filter(isBookable);
  if (rooms.length === 0) return null;
  return (
    <select aria-label={say("Room")} value={room} onChange={(event) => onChange(event.currentTarget.value)}>
      <option value="">{say("No room")}</option>
      <option value={ANY}>{say("Any room that is large enough")}</option>
      {rooms.map((one) => (
        <option key={one.id} value={one.id}>
          {one.name} ({roomText(one)})
        </option>
      ))}
    </select>
  );
}

function LengthChoice({ minutes, onChange }: { minutes: number; onChange: (minutes: number) => void }) {
  const lengths = [...new Set([...LENGTHS, minutes])].filter((one) => one > 0).sort((a, b) => a - b);
  return (
    <select
      aria-label={say("How long")}
      value={minutes}
      onChange={(event) => onChange(Number(event.currentTarget.value))}
    >
      {lengths.map((one) => (
        <option key={one} value={one}>
          {one % 60 === 0 ? say("{count} h", { count: one / 60 }) : say("{count} min", { count: one })}
        </option>
      ))}
    </select>
  );
}

const named = (ids: readonly string[]): string =>
  ids.flatMap((id) => users.value.find((user) => user.id === id)?.name ?? []).join(", ");

/** A time as the form will say it. */
const suggestedText = ({ startAt, endAt }: Suggestion, clock: string): string =>
  shortSpanText({ startTime: startAt, endTime: endAt, allDay: false }, clock);

interface TimesProps {
  found: Found;
  people: readonly User[];
  /** The zone of the form. */
  clock: string;
  onPick: (suggestion: Suggestion) => void;
}

function Times({ found: { suggestions, reason, blocking }, people, clock, onPick }: TimesProps) {
  const list = useRef<HTMLUListElement>(null);
  // They come below what was pressed, which may be the end of what is seen.
  useEffect(() => list.current?.scrollIntoView({ block: "nearest" }), [suggestions]);
  if (suggestions.length === 0) {
    return (
      <p class="notice warm small">
        {reason} {blocking.length > 0 && say("In the way: {names}.", { names: named(blocking) })}
      </p>
    );
  }
  return (
    <ul ref={list} class="find-times">
      {suggestions.map((suggestion) => (
        <li key={suggestion.startAt}>
          <button type="button" class="button" onClick={() => onPick(suggestion)}>
            <span>{suggestedText(suggestion, clock)}</span>
            <small class="quiet">{besides(suggestion, people, clock)}</small>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Everybody's own clock where it shows another time, who is missing, and the rooms that are free. */
function besides({ startAt, missing, rooms }: Suggestion, people: readonly User[], clock: string): string {
  const clocks = people
    .filter(({ timezone }) => timeText(startAt, timezone) !== timeText(startAt, clock))
    .map(({ name, timezone }) =>
      say("{time} for {name} ({city})", {
        time: timeText(startAt, timezone),
        name,
        city: zoneCity(timezone),
      }),
    );
  return [
    ...clocks,
    missing.length > 0 ? say("without {names}", { names: named(missing) }) : "",
    rooms.length > 0 ? say("free: {names}", { names: named(rooms) }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
