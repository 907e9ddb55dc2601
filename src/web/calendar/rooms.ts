// Rooms, and equipment: users who are no people, and whether they have the time that an event is planned for.
import { ask } from "../api/client";
import { BusyTimesDocument } from "../api/operations";
import { say } from "../languages/say";
import { type Draft, faultsOf, spanOf } from "./draft";
import type { User } from "./state";

export const isBookable = ({ kind }: User): boolean => kind === "room" || kind === "equipment";

/** Such as "room for 8". */
export function roomText({ kind, capacity }: User): string {
  const name = kind === "room" ? say("room") : say("equipment");
  return capacity === null ? name : say("{kind} for {count}", { kind: name, count: capacity });
}

/** Which of them are free at a draft's time, but for the event that the draft is of; nobody knows where it has none. */
export async function freeAt(
  rooms: readonly User[],
  draft: Draft,
  exceptEventId: string | null,
): Promise<(id: string) => boolean | null> {
  if (rooms.length === 0 || draft.allDay || faultsOf(draft).when !== undefined) return () => null;
  const { startTime: startAt, endTime: endAt } = spanOf(draft);
  const userIds = rooms.map(({ id }) => id);
  const { freeBusy } = await ask(BusyTimesDocument, { userIds, startAt, endAt, exceptEventId });
  const busy = new Map(freeBusy.map((one) => [one.userId, one.busy.length > 0]));
  return (id) => !busy.get(id);
}
