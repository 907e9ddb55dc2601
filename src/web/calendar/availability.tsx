// When those invited work and are busy, on the day an event is planned for: a line for each, the event across them all, and
// the same in words, on the clocks where they are.
import { useEffect, useState } from "preact/hooks";
import { Temporal } from "temporal-polyfill";
import { ask } from "../api/client";
import { BusyTimesDocument } from "../api/operations";
import { LOCALE } from "../languages/language";
import { say } from "../languages/say";
import { clockText, dayText, timeRangeText, timeText, zoneCity } from "../ui/times";
import { type Draft, faultsOf, spanOf } from "./draft";
import { isBookable } from "./rooms";
import { me, type User, users, zone } from "./state";
import { type Block, outside, workingHours } from "./work-hours";

type Blocks = Map<string, Block[]>;

/** What is said of whoever is not busy. */
export const FREE = say("free|time");

/** What to say of a user: "free", when they are busy, or null where it is not known; and the time where they are. */
export type Busy = (userId: string) => { says: string | null; there: string | null };

export interface Availability {
  day: Block;
  slot: Block;
  blocks: Blocks;
  busy: Busy;
}

/** From the midnight before a draft's start to the one after its end, on the reader's clocks. */
function dayOf(slot: Block): Block {
  const midnight = (instant: string, days: number): string =>
    Temporal.Instant.from(instant)
      .toZonedDateTimeISO(zone.value)
      .startOfDay()
      .add({ days })
      .toInstant()
      .toString({ smallestUnit: "millisecond" });
  return { startAt: midnight(slot.startAt, 0), endAt: midnight(slot.startAt, 1) };
}

const ms = (instant: string): number => Date.parse(instant);
const overlap = (a: Block, b: Block): boolean => ms(a.startAt) < ms(b.endAt) && ms(a.endAt) > ms(b.startAt);

/** So much around a day is asked for, that a day in anybody's zone lies within. */
const REACH_MS = 26 * 3_600_000;

/** For a timed draft; the event it is of keeps nobody from itself. */
export function useAvailability(draft: Draft, exceptEventId: string | null): Availability | null {
  const [blocks, setBlocks] = useState<Blocks>(new Map());
  const timed = !draft.allDay && faultsOf(draft).when === undefined;
  const { startTime, endTime } = timed ? spanOf(draft) : { startTime: "", endTime: "" };
  const slot = { startAt: startTime, endAt: endTime };
  const day = timed ? dayOf(slot) : slot;
  const invited = draft.attendees.flatMap(({ userId }) => userId ?? []).filter((id) => id !== me.value?.id);
  const userIds = [...(me.value ? [me.value.id] : []), ...invited].slice(0, 50);
  const wanted = timed && invited.length > 0 ? JSON.stringify([userIds, day]) : null;
  useEffect(() => {
    if (wanted === null) return;
    const startAt = new Date(ms(day.startAt) - REACH_MS).toISOString();
    const endAt = new Date(ms(day.endAt) + REACH_MS).toISOString();
    ask(BusyTimesDocument, { userIds, startAt, endAt, exceptEventId })
      .then(({ freeBusy }) => setBlocks(new Map(freeBusy.map(({ userId, busy }) => [userId, busy]))))
      // Not knowing who is busy keeps nobody from inviting them.
      .catch(() => setBlocks(new Map()));
  }, [wanted]);
  if (wanted === null) return null;
  const busy: Busy = (userId) => {
    const user = userOf(userId);
    return { says: busyText(blocks.get(userId), slot, user), there: user ? thereText(user, slot) : null };
  };
  return { day, slot, blocks, busy };
}

/** The day of an instant on a zone's clocks, from midnight to midnight. */
function dayIn(instant: string, timezone: string): Block {
  const midnight = Temporal.Instant.from(instant).toZonedDateTimeISO(timezone).startOfDay();
  const text = (zoned: Temporal.ZonedDateTime): string => new Date(zoned.epochMilliseconds).toISOString();
  return { startAt: text(midnight), endAt: text(midnight.add({ days: 1 })) };
}

const covers = (block: Block, other: Block): boolean =>
  ms(block.startAt) <= ms(other.startAt) && ms(block.endAt) >= ms(other.endAt);

function busyText(blocks: Block[] | undefined, slot: Block, user: User | undefined): string | null {
  if (!blocks) return null;
  const [first] = blocks.filter((block) => overlap(block, slot));
  if (!first) return FREE;
  const days = [zone.value, ...(user ? [user.timezone] : [])].map((one) => dayIn(slot.startAt, one));
  if (days.some((day) => covers(first, day))) return say("busy all day");
  const [here] = days;
  if (here && ms(first.startAt) <= ms(here.startAt))
    return say("busy until {time}", { time: timeText(first.endAt, zone.value) });
  if (here && ms(first.endAt) >= ms(here.endAt))
    return say("busy from {time}", { time: timeText(first.startAt, zone.value) });
  return say("busy {times}", { times: timeRangeText(first.startAt, first.endAt, zone.value) });
}

/** The time on the clocks where somebody is, where these show another, and whether they work then. */
function thereText(user: User, slot: Block): string | null {
  if (isBookable(user)) return null;
  const { timezone } = user;
  const isElsewhere = clockText(slot.startAt, timezone) !== clockText(slot.startAt, zone.value);
  const isOtherDay = dayText(slot.startAt, timezone) !== dayText(slot.startAt, zone.value);
  const time = timeRangeText(slot.startAt, slot.endAt, timezone);
  const works = workingHours(user, slot).some((one) => covers(one, slot));
  const said = [
    isElsewhere
      ? say("{time} in {city}", {
          time: isOtherDay ? `${dayText(slot.startAt, timezone)}, ${time}` : time,
          city: zoneCity(timezone),
        })
      : "",
    works || ms(slot.startAt) === ms(slot.endAt) ? "" : say("outside their working hours"),
  ].filter(Boolean);
  return said.length === 0 ? null : said.join(", ");
}

const userOf = (userId: string): User | undefined => users.value.find(({ id }) => id === userId);

/** When somebody does not work; a room is always there. */
const offHours = (user: User | undefined, day: Block): Block[] =>
  user && !isBookable(user) ? outside(workingHours(user, day), day) : [];

export function Timelines({ day, slot, blocks }: Availability) {
  const [from, to] = [ms(day.startAt), ms(day.endAt)];
  const place = ({ startAt, endAt }: Block) => {
    const left = Math.max(0, (ms(startAt) - from) / (to - from));
    const right = Math.min(1, (ms(endAt) - from) / (to - from));
    return { left: `${left * 100}%`, width: `max(2px, ${(right - left) * 100}%)` };
  };
  const hours = [6, 12, 18].map((hour) => new Date(from + ((to - from) * hour) / 24).toISOString());
  return (
    <figure class="timelines" aria-hidden="true">
      {[...blocks].map(([userId, busy]) => (
        <div key={userId} class="timeline-row">
          <span class="timeline-name">{userOf(userId)?.name.split(" ")[0]}</span>
          <div class="timeline">
            {offHours(userOf(userId), day).map((block) => (
              <span key={block.startAt} class="off" style={place(block)} />
            ))}
            {busy
              .filter((block) => overlap(block, day))
              .map((block) => (
                <span key={block.startAt} class="block" style={place(block)} />
              ))}
            <span class="slot" style={place(slot)} />
          </div>
        </div>
      ))}
      <div class="timeline-row">
        <span class="timeline-name" />
        <div class="hours">
          {hours.map((instant) => (
            <span key={instant} style={{ left: `${((ms(instant) - from) / (to - from)) * 100}%` }}>
              {new Intl.DateTimeFormat(LOCALE, { hour: "numeric", timeZone: zone.value }).format(ms(instant))}
            </span>
          ))}
        </div>
      </div>
    </figure>
  );
}
