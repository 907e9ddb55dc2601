// How much a batch may come to. It is counted on what a request comes to, not on what it has on the wire: a variable that
// is used five hundred times counts five hundred times.
import type { Context } from "../context";
import { badRequest, batchTooLarge } from "../errors";
import { SHOWN_FIELDS, type EventView } from "./projection";
import type { Content } from "./fields";

export const MAX_BATCH_EVENTS = 500;
export const MAX_BATCH_BYTES = 16 * 1024 * 1024;
export const MAX_BATCH_ATTENDEES = 10_000;

/** What the mutations of a request have come to so far: their answers wait in memory for the last of them. */
const counted = new WeakMap<Context, number>();

/** Counts what a mutation has written, for those that follow it in the same request. */
export function noteWritten(ctx: Context, bytes: number): void {
  counted.set(ctx, (counted.get(ctx) ?? 0) + bytes);
  ctx.held.hold(bytes);
}

/** Refuses, as `too_large`, where a request has written as much as a batch may. */
export function requireRoom(ctx: Context): void {
  if ((counted.get(ctx) ?? 0) >= MAX_BATCH_BYTES) throw batchTooLarge();
}

/**
 * Refuses a batch as it was sent, before anything of it is copied: one of more than MAX_BATCH_ATTENDEES as `bad_request`
 * that names `list`, one of more than MAX_BATCH_BYTES as `too_large`. The same value twice is looked at once.
 */
export function requireBatchAsSent(list: string, inputs: readonly unknown[]): void {
  const sizes = new Sizes();
  let bytes = 0;
  let attendees = 0;
  for (const input of inputs) {
    bytes += sizes.of(input);
    if (bytes > MAX_BATCH_BYTES) throw batchTooLarge();
    const given = (input as { attendees?: unknown } | null)?.attendees;
    attendees += Array.isArray(given) ? given.length : 0;
  }
  requireFewAttendees(attendees, list);
}

/** What an event of a batch comes to. */
export interface Size {
  bytes: number;
  attendees: number;
}

export const eventSizeOf = (event: { attendees?: readonly object[] }): Size => ({
  bytes: new Sizes().of(event),
  attendees: event.attendees?.length ?? 0,
});

/** What an event comes to when these of its fields are changed. */
export function sizeAfter(before: EventView, changes: Partial<Content>): Size {
  const kept = before.stored.reduce(
    (sum, text, index) =>
      text == null || (SHOWN_FIELDS[index] as string) in changes ? sum : sum + Buffer.byteLength(text),
    0,
  );
  const attendees = changes.attendees ?? before.attendees;
  return { bytes: kept + new Sizes().of(changes), attendees: attendees.length };
}

/**
 * Refuses the same of the events as they would stand after a batch, together with those of the same request before. Answers
 * what they come to, to be noted once they are written.
 */
export function requireBatchSize(ctx: Context, events: readonly Size[], list: string): number {
  const sum = (of: (size: Size) => number): number => events.reduce((all, one) => all + of(one), 0);
  requireFewAttendees(
    sum(({ attendees }) => attendees),
    list,
  );
  const bytes = sum((one) => one.bytes);
  if ((counted.get(ctx) ?? 0) + bytes > MAX_BATCH_BYTES) throw batchTooLarge();
  return bytes;
}

function requireFewAttendees(attendees: number, list: string): void {
  if (attendees <= MAX_BATCH_ATTENDEES) return;
  const [most, given] = [MAX_BATCH_ATTENDEES, attendees].map((count) => count.toLocaleString("en"));
  throw badRequest({
    field: list,
    message: `${list} must have ${most} attendees in all at most, not ${given}.`,
  });
}

/** About how many bytes of JSON values come to. */
class Sizes {
  private readonly known = new WeakMap<object, number>();
  private readonly texts = new Map<string, number>();

  of(value: unknown): number {
    if (typeof value === "string") return this.ofText(value);
    if (typeof value !== "object" || value === null) return 4;
    const known = this.known.get(value);
    if (known !== undefined) return known;
    let size = 2;
    for (const key in value) {
      size += this.of((value as Record<string, unknown>)[key]) + (Array.isArray(value) ? 1 : key.length + 4);
    }
    this.known.set(value, size);
    return size;
  }

  /** A long text takes time each time it is counted. */
  private ofText(text: string): number {
    if (text.length < LONG_TEXT) return Buffer.byteLength(text) + 2;
    const size = this.texts.get(text) ?? Buffer.byteLength(text) + 2;
    this.texts.set(text, size);
    return size;
  }
}

const LONG_TEXT = 10_000;
