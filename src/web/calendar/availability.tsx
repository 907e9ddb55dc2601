// When those invited are busy, on the day an event is planned for: a line for each, and the event across them all.
import { useEffect, useState } from "preact/hooks";
import { Temporal } from "temporal-polyfill";
import { ask } from "../api/client";
import { BusyTimesDocument } from "../api/operations";
import { timeRangeText } from "../ui/times";
import { type Draft, faultsOf, spanOf } from "./draft";
import { me, users, zone } from "./state";

interface Block {
  startAt: string;
  endAt: string;
}

type Blocks = Map<string, Block[]>;

/** What to say of a user: "free", when they are busy, or null where it is not known. */
export type Busy = (userId: string) => string | null;

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

/** The parts of blocks that are not of a stretch: the event being edited keeps nobody from itself. */
const without = (blocks: Block[], own: Block | null): Block[] =>
  own === null
    ? blocks
    : blocks.flatMap((block) => {
        if (!overlap(block, own)) return [block];
        const before = { startAt: block.startAt, endAt: own.startAt };
        const after = { startAt: own.endAt, endAt: block.endAt };
        return [before, after].filter(({ startAt, endAt }) => ms(startAt) < ms(endAt));
      });

/** For a timed draft; `own` is the event as it stands, for those who are invited already. */
export function useAvailability(
  draft: Draft,
  own: { slot: Block; userIds: string[] } | null,
): Availability | null {
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
    ask(BusyTimesDocument, { userIds, ...day })
      .then(({ freeBusy }) => {
        setBlocks(
          new Map(
            freeBusy.map(({ userId, busy }) => [
              userId,
              without(busy, own?.userIds.includes(userId) ? own.slot : null),
            ]),
          ),
        );
      })
      // Not knowing who is busy keeps nobody from inviting them.
      .catch(() => setBlocks(new Map()));
  }, [wanted]);
  if (wanted === null) return null;
  return { day, slot, blocks, busy: (userId) => busyText(blocks.get(userId), slot) };
}

function busyText(blocks: Block[] | undefined, slot: Block): string | null {
  if (!blocks) return null;
  const [first] = blocks.filter((block) => overlap(block, slot));
  return first ? `busy ${timeRangeText(first.startAt, first.endAt, zone.value)}` : "free";
}

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
          <span class="timeline-name">{users.value.find(({ id }) => id === userId)?.name.split(" ")[0]}</span>
          <div class="timeline">
            {busy.map((block) => (
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
              {new Intl.DateTimeFormat(navigator.language, { hour: "numeric", timeZone: zone.value }).format(
                ms(instant),
              )}
            </span>
          ))}
        </div>
      </div>
    </figure>
  );
}
