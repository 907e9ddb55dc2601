/**
 * How a single event comes to repeat. The service makes no series of an event; the event stays what it is, with its id and what
 * its guests answered, and a series begins beside it with the next date. So nothing that anybody said is lost.
 */
import { addDays, daysBetween } from "../ui/times";
import type { Draft } from "./draft";
import { datesOf, repeatOf, ruleOf } from "./repeat";
import { Creation } from "./saving";

/** The draft of the series: from the next date on. Null where the rule has no other date. */
export function nextOf(draft: Draft): Draft | null {
  const { start, end, zone } = draft;
  const repeat = draft.repeat === "" ? null : repeatOf(draft.repeat, start.date, zone);
  const next = repeat && datesOf(repeat, start.date, 2)[1];
  if (!repeat || next === null || next === undefined) return null;
  const { ends } = repeat;
  // The event itself is the first of so many.
  const left = ends.how === "count" ? ({ how: "count", count: ends.count - 1 } as const) : ends;
  return {
    ...draft,
    start: { ...start, date: next },
    end: { ...end, date: addDays(end.date, daysBetween(start.date, next)) },
    repeat: ruleOf({ ...repeat, ends: left }, next),
  };
}

const begun = new Map<string, Creation>();

/** Makes the series; however often it is tried from one form, it makes one. */
export async function beginSeries({ key }: Creation, from: Draft): Promise<void> {
  const creation = begun.get(key) ?? new Creation({ key: `${key}-series`, uncertain: [] });
  begun.set(key, creation);
  await creation.run(from);
}
