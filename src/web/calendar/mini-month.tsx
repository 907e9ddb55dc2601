// A small month at the side, to go to a day with one click.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Temporal } from "temporal-polyfill";
import { say } from "../languages/say";
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
    <section class="mini-month" aria-label={say("Go to a date")}>
      <header>
        <h2>{monthText(month.value.toPlainDate({ day: 1 }))}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label={say("Previous month")}
          onClick={() => (month.value = month.value.subtract({ months: 1 }))}
        >
          <PreviousIcon />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={say("Next month")}
          onClick={() => (month.value = month.value.add({ months: 1 }))}
        >
          <NextIcon />
        </button>
      </header>
      <Days month={month.value} onMonth={(next) => (month.value = next)} />
    </section>
  );
}

/** How far an arrow goes, in days; Page up and down go by months. */
const ARROWS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const PAGES: Readonly<Record<string, number>> = { PageUp: -1, PageDown: 1 };

/** Where a key leads from a day; undefined where it leads nowhere. */
function ledBy(key: string, from: Temporal.PlainDate): Temporal.PlainDate | undefined {
  const [days, months] = [ARROWS[key], PAGES[key]];
  if (days !== undefined) return from.add({ days });
  return months === undefined ? undefined : from.add({ months });
}

interface DaysProps {
  month: Temporal.PlainYearMonth;
  onMonth: (month: Temporal.PlainYearMonth) => void;
}

/** One stop for the keyboard: arrows go from day to day. */
function Days({ month, onMonth }: DaysProps) {
  const days = daysOf(month);
  const today = todayIn(zone.value);
  const element = useRef<HTMLDivElement>(null);
  const chosen = days.find((day) => day.toString() === date.value && day.month === month.month);
  const stop = chosen ?? month.toPlainDate({ day: 1 });
  const onKeyDown = (event: KeyboardEvent, from: Temporal.PlainDate): void => {
    const to = ledBy(event.key, from);
    if (!to) return;
    event.preventDefault();
    onMonth(to.toPlainYearMonth());
    requestAnimationFrame(() =>
      element.current?.querySelector<HTMLElement>(`[data-day="${to.toString()}"]`)?.focus(),
    );
  };
  return (
    <div class="mini-days" ref={element}>
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
          data-day={day.toString()}
          tabIndex={day.equals(stop) ? 0 : -1}
          onKeyDown={(event) => onKeyDown(event, day)}
          onClick={() => (date.value = day.toString())}
        >
          {day.day}
        </button>
      ))}
    </div>
  );
}
