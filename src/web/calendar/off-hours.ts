// When somebody does not work, as the grid shades it.
import type { EventInput } from "fullcalendar";
import type { Range } from "./shelf";
import type { User } from "./state";
import { outside, workingHours } from "./work-hours";

export function offInputs(user: User, { start, end }: Range): EventInput[] {
  const window = { startAt: new Date(start).toISOString(), endAt: new Date(end).toISOString() };
  return outside(workingHours(user, window), window).map(({ startAt, endAt }) => ({
    id: `off ${user.id} ${startAt}`,
    start: startAt,
    end: endAt,
    display: "background",
    className: "off-hours",
    extendedProps: {},
  }));
}
