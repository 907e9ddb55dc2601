// A small month at the side, to go to a day with one click.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Temporal } from "temporal-polyfill";
import { NextIcon, PreviousIcon } from "../ui/icons";
import { dateIn, monthText, todayIn } from "../ui/times";
import { date, zone } from "./state";
import { firstShown } from "./steps";

/** Six weeks. */
const daysOf = (month: Temporal.PlainYearMonth): Temporal.PlainDate[] =>
  Array.from({ length: 42 }, (_, index) => firstShown(month).add({ days: index }));

export function MiniMonth() {
  const month = useSignal(Temporal.PlainDate.from(date.value).toPlainYearMonth());
  useEffect(() => void (month.value = Temporal.PlainDate.from(date.value).toPlainYearMonth()), [date.value]);
  return (
    <section class="mini-month" aria-label="Go to a date">
      <header>
        <h2>{monthText(month.value.toPlainDate({ day: 1 }))}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label="Previous month"
          onClick={() => (month.value = month.value.subtract({ months: 1 }))}
        >
          <PreviousIcon />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Next month"
          onClick={() => (month.value = month.value.add({ months: 1 }))}
        >
          <NextIcon />
        </button>
      </header>
      <Days month={month.value} />
    </section>
  );
}

function Days({ month }: { month: Temporal.PlainYearMonth }) {
  const days = daysOf(month);
  const today = todayIn(zone.value);
  return (
    <div class="mini-days">
      {days.slice(0, 7).map((day) => (
        <span key={day.dayOfWeek} aria-hidden="true">
          {dateIn(day, { weekday: "narrow" })}
        </span>
      ))}
      {days.map((day) => (
        <button
          type="button"
          key={day.toString()}
          class={day.month === month.month ? undefined : "other"}
          aria-label={dateIn(day, { dateStyle: "long" })}
          aria-current={day.equals(today) ? "date" : undefined}
          aria-pressed={day.toString() === date.value}
          onClick={() => (date.value = day.toString())}
        >
          {day.day}
        </button>
      ))}
    </div>
  );
}
