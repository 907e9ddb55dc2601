// What of a file goes together: so many events that a write takes them at once, and nobody waits long behind it.
import { Problem } from "../errors";
import { MAX_BATCH_ATTENDEES, MAX_BATCH_BYTES, eventSizeOf } from "../event/batch-size";
import { always } from "../event/conditions";
import { EventInput, EventPatch } from "../event/event.inputs";
import type { Given } from "../event/outcomes";
import type { ChangeItem } from "../event/change";
import type { Family, ImportedEvent } from "../ical/family";
import { shownAs } from "../ical/words";
import { addressKey } from "../values/address-key";
import { Handling } from "../values/handling";
import { readGiven, type ReadInput } from "../values/rules";
import type { Pauses } from "../turns/pauses";
import type { Known } from "./known";
import type { Plan } from "./planned";
import type { Note } from "./remembered";

export const BATCH = 500;

export type Write = Plan["writes"][number];

/** Families, a few hundred events together, with pauses while they are read. */
export async function* inPieces(families: Iterable<Family | null>, pauses: Pauses): AsyncGenerator<Family[]> {
  let [piece, size]: [Family[], number] = [[], 0];
  for (const family of families) {
    const pause = pauses.take();
    if (pause) await pause;
    if (!family) continue;
    piece.push(family);
    size += 1 + family.events.length + family.alone.length;
    if (size < BATCH) continue;
    yield piece;
    [piece, size] = [[], 0];
  }
  if (piece.length > 0) yield piece;
}

/** No batch comes to more than the service takes at once, nor to near it: what is there already counts too. */
export function* inBatches<W extends { event: { attendees?: readonly object[] } }>(
  writes: readonly W[],
): Generator<W[]> {
  let batch: W[] = [];
  let [bytes, attendees] = [0, 0];
  for (const write of writes) {
    const size = eventSizeOf(write.event);
    const isFull =
      batch.length === BATCH ||
      bytes + size.bytes > MAX_BATCH_BYTES / 4 ||
      attendees + size.attendees > MAX_BATCH_ATTENDEES;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      [bytes, attendees] = [0, 0];
    }
    batch.push(write);
    bytes += size.bytes;
    attendees += size.attendees;
  }
  if (batch.length > 0) yield batch;
}

/** Those of which it is true, and the others. */
export function parted<T>(all: readonly T[], isOne: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isOne), all.filter((one) => !isOne(one))];
}

export function* slices<T>(all: readonly T[], length: number): Generator<T[]> {
  for (let from = 0; from < all.length; from += length) yield all.slice(from, from + length);
}

/** Of changes of one event the last. */
export const onceEach = <W extends { known: Known }>(writes: readonly W[]): W[] => [
  ...new Map(writes.map((write) => [write.known.view.id, write])).values(),
];

/** Of notes for one place the last. */
export const lastOfEach = (notes: readonly Note[]): Note[] => [
  ...new Map(notes.map((one) => [`${one.slot}\n${one.uid}`, one])).values(),
];

export const readEvent = (event: ImportedEvent, ownEmail: string): Given<EventInput> =>
  reading(() => readGiven(EventInput, inputOf(event, ownEmail), Handling.LENIENT));

/** A new event in the words of its input. */
function inputOf(event: ImportedEvent, ownEmail: string): Record<string, unknown> {
  const { timezone, status, properties, organizer, ...words } = event;
  const isOwn = organizer && addressKey(organizer.emailAddress) === addressKey(ownEmail);
  return {
    ...words,
    showAs: shownAs(event),
    ...(timezone !== null && { timezone }),
    ...(status !== null && { status }),
    ...(properties !== null && { properties }),
    ...(organizer && !isOwn && { organizerEmail: organizer.emailAddress, organizerName: organizer.name }),
  };
}

/** A change of the event with this id. */
export const readChange = (id: string, patch: Record<string, unknown>): Given<ChangeItem> =>
  reading(() => {
    const { input, passedOver = [] } = readGiven(EventPatch, patch, Handling.LENIENT);
    return { input: { id, patch: input, condition: always }, passedOver };
  });

function reading<T>(read: () => ReadInput<T>): Given<T> {
  try {
    return read();
  } catch (error) {
    if (error instanceof Problem) return { problem: error };
    throw error;
  }
}
