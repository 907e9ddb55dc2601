// Whether an event comes again, in its form: how often, on which days, until when, and the dates that come of it.
import { say } from "../languages/say";
import { Fault } from "../ui/fault";
import { nextOf } from "./begin-series";
import type { Draft, Faults } from "./draft";
import {
  datesOf,
  DAYS,
  type Ends,
  type Every,
  MAX_COUNT,
  MAX_INTERVAL,
  type Monthly,
  monthlyChoices,
  newRepeat,
  type Repeat,
  repeatOf,
  ruleOf,
  WORKDAYS,
} from "./repeat";
import { dayName, monthlyText, ruleText, shortDate, unitText } from "./repeat-words";

const SHOWN_DATES = 5;

/** What the event is: new; single, and may begin to come again or not; or one of a series, which has to go on in some way. */
export type Repeats = "new" | "single" | "never" | "series";

interface RepeatProps {
  draft: Draft;
  faults: Faults;
  repeats: Repeats;
  set: (part: Partial<Draft>) => void;
}

export function RepeatField({ draft, faults, repeats, set }: RepeatProps) {
  const { repeat: rule, start, zone } = draft;
  if (start.date === "" || repeats === "never") return null;
  const repeat = rule === "" ? null : repeatOf(rule, start.date, zone);
  const change = (next: Repeat): void => set({ repeat: ruleOf(next, start.date) });
  return (
    <fieldset class="repeat">
      <legend class="unseen">{say("Repeat")}</legend>
      <label class="field">
        <span>{say("Repeats")}</span>
        <select
          name="repeat"
          value={choiceOf(rule, repeat)}
          onChange={(event) => set({ repeat: ruleFor(event.currentTarget.value, repeat, start.date) })}
        >
          {repeats !== "series" && <option value="never">{say("Never")}</option>}
          <option value="day">{say("Daily")}</option>
          <option value="weekday">{say("Every weekday (Monday to Friday)")}</option>
          <option value="week">{say("Weekly")}</option>
          <option value="month">{say("Monthly")}</option>
          <option value="year">{say("Yearly")}</option>
          {rule !== "" && !repeat && <option value="rule">{ruleText(rule, start.date, zone)}</option>}
        </select>
      </label>
      {repeat && <Choices repeat={repeat} start={start.date} onChange={change} />}
      <Fault text={faults.repeat} />
      {repeat && faults.repeat === undefined && <Dates repeat={repeat} start={start.date} />}
      {repeats === "single" && <Begins draft={draft} />}
    </fieldset>
  );
}

/** What becomes of a single event that is to repeat. */
function Begins({ draft }: { draft: Draft }) {
  const next = nextOf(draft);
  if (!next) return null;
  return (
    <p class="notice small" role="status">
      {say(
        "This event stays as it is, with what its guests have answered. A series of the next dates begins on {date}; its guests are asked anew.",
        { date: shortDate(next.start.date) },
      )}
    </p>
  );
}

function choiceOf(rule: string, repeat: Repeat | null): string {
  if (rule === "") return "never";
  if (!repeat) return "rule";
  return isEveryWeekday(repeat) ? "weekday" : repeat.every;
}

const isEveryWeekday = ({ every, interval, days }: Repeat): boolean =>
  every === "week" && interval === 1 && days.join() === WORKDAYS.join();

function ruleFor(choice: string, before: Repeat | null, start: string): string {
  if (choice === "never") return "";
  const ends = before?.ends ?? ({ how: "never" } as const);
  const every = choice === "weekday" ? "week" : (choice as Every);
  const fresh = { ...newRepeat(every, start), ends };
  return ruleOf(choice === "weekday" ? { ...fresh, days: WORKDAYS } : fresh, start);
}

interface ChoicesProps {
  repeat: Repeat;
  start: string;
  onChange: (repeat: Repeat) => void;
}

function Choices({ repeat, start, onChange }: ChoicesProps) {
  const { every, interval, ends } = repeat;
  return (
    <>
      {!isEveryWeekday(repeat) && (
        <div class="repeat-row">
          <span>{say("Every|interval")}</span>
          <NumberInput
            label={say("Repeat every")}
            value={interval}
            max={MAX_INTERVAL}
            onChange={(value) => onChange({ ...repeat, interval: value })}
          />
          <span>{unitText(every, interval)}</span>
          {every === "month" && (
            <select
              aria-label={say("Which day of the month")}
              value={repeat.monthly}
              onChange={(event) => onChange({ ...repeat, monthly: event.currentTarget.value as Monthly })}
            >
              {monthlyChoices(start).map((monthly) => (
                <option key={monthly} value={monthly}>
                  {monthlyText(monthly, start)}
                </option>
              ))}
            </select>
          )}
        </div>
      )}
      {every === "week" && !isEveryWeekday(repeat) && <WeekDays repeat={repeat} onChange={onChange} />}
      <EndsRow ends={ends} start={start} onChange={(next) => onChange({ ...repeat, ends: next })} />
    </>
  );
}

function WeekDays({ repeat, onChange }: Pick<ChoicesProps, "repeat" | "onChange">) {
  const { days } = repeat;
  return (
    <div class="weekdays" role="group" aria-label={say("On these days")}>
      {DAYS.map((day) => (
        <button
          type="button"
          key={day}
          class="button"
          title={dayName(day)}
          aria-pressed={days.includes(day)}
          onClick={() => {
            const next = DAYS.filter((one) => (one === day ? !days.includes(day) : days.includes(one)));
            // A week has one such day at least.
            if (next.length > 0) onChange({ ...repeat, days: next });
          }}
        >
          {dayName(day, "short")}
        </button>
      ))}
    </div>
  );
}

interface EndsProps {
  ends: Ends;
  start: string;
  onChange: (ends: Ends) => void;
}

const TIMES = 10;

function EndsRow({ ends, start, onChange }: EndsProps) {
  const starts: Record<Ends["how"], Ends> = {
    never: { how: "never" },
    until: { how: "until", date: start },
    count: { how: "count", count: TIMES },
  };
  return (
    <div class="repeat-row">
      <span>{say("Ends|series")}</span>
      <select
        aria-label={say("The series ends")}
        value={ends.how}
        onChange={(event) => onChange(starts[event.currentTarget.value as Ends["how"]])}
      >
        <option value="never">{say("never")}</option>
        <option value="until">{say("on a day")}</option>
        <option value="count">{say("after so many times")}</option>
      </select>
      {ends.how === "until" && (
        <input
          type="date"
          aria-label={say("Last day of the series")}
          required
          min={start}
          max="9999-12-30"
          value={ends.date}
          onChange={(event) => onChange({ how: "until", date: event.currentTarget.value || start })}
        />
      )}
      {ends.how === "count" && (
        <>
          <NumberInput
            label={say("How many times")}
            value={ends.count}
            max={MAX_COUNT}
            onChange={(count) => onChange({ how: "count", count })}
          />
          <span>{say("times")}</span>
        </>
      )}
    </div>
  );
}

interface NumberProps {
  label: string;
  value: number;
  max: number;
  onChange: (value: number) => void;
}

/** From 1 to `max`: what is typed beyond that comes to the nearest. */
const NumberInput = ({ label, value, max, onChange }: NumberProps) => (
  <input
    type="number"
    class="number"
    aria-label={label}
    min={1}
    max={max}
    value={value}
    onChange={(event) => {
      const given = Math.round(event.currentTarget.valueAsNumber) || 1;
      const bounded = Math.min(Math.max(given, 1), max);
      event.currentTarget.value = String(bounded);
      onChange(bounded);
    }}
  />
);

function Dates({ repeat, start }: { repeat: Repeat; start: string }) {
  const dates = datesOf(repeat, start, SHOWN_DATES + 1);
  const more = dates.length > SHOWN_DATES;
  const shown = dates.slice(0, SHOWN_DATES).map(shortDate).join(" · ") + (more ? " …" : "");
  return (
    <p class="quiet small" role="status">
      {dates.length === 1 ? say("Only on {dates}", { dates: shown }) : say("On {dates}", { dates: shown })}
    </p>
  );
}
