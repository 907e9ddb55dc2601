/**
 * Fills the shelves: the range in view at once, its neighbours when that is there, the caller's own calendar from then
 * on by its changes. Colleagues' calendars cannot be followed, so what is in view of them is loaded again now and then.
 */
import { signal } from "@preact/signals";
import { ask, reasonOf } from "../api/client";
import { type Change, connection, followChanges } from "../api/live";
import { EventsBetweenDocument, StartDocument, type EventBriefFragment } from "../api/operations";
import { token } from "../session";
import { begin, shownCalendars } from "./state";
import { type Range, Shelf } from "./shelf";
import { rangeInView } from "./steps";

/** Later than any clock: what a feed answers to it is its present watermark. */
const NEVER = "9999-12-31T00:00:00Z";
const COLLEAGUES_MS = 30_000;

const shelves = new Map<string, Shelf>();
/** Counts the changes to what is loaded. */
export const version = signal(0);
/** How many answers the range in view waits for. */
export const loading = signal(0);
/** Why the range in view could not be loaded; it is tried again by itself when the connection is back. */
export const failure = signal<string | null>(null);
/** Changes of the caller's calendar, for whoever has one of its events open. */
export const lastChange = signal<Change | null>(null);

let inView: Range = { start: 0, end: 0 };

export function shelfOf(calendarId: string): Shelf {
  const shelf = shelves.get(calendarId) ?? new Shelf();
  shelves.set(calendarId, shelf);
  return shelf;
}

export function touch(): void {
  version.value = version.peek() + 1;
}

let follow: (() => void) | undefined;

/** Loads who is signed in, and follows their calendar from before its first events are loaded. */
export async function open(): Promise<void> {
  follow?.();
  const secret = token.peek();
  if (secret === null) return;
  const answer = await ask(StartDocument, { never: NEVER });
  begin(answer);
  // The token may have been another's, or the page gone on without it for a while.
  for (const shelf of shelves.values()) shelf.forgetCover();
  void show(rangeInView());
  follow = followChanges(secret, {
    // Nothing is later than never: it is the one page, and has a watermark.
    since: answer.changes.watermark as string,
    onChange: (change) => take(answer.me.calendarId, change),
    onTooOld: () => void open(),
  });
}

function take(calendarId: string, change: Change): void {
  const shelf = shelfOf(calendarId);
  if (change.event) shelf.put(change.event);
  else shelf.remove(change.id, change.lastModifiedAt);
  lastChange.value = change;
  touch();
}

/** Sees to it that a range is loaded in every calendar shown, and what lies before and after it soon after. */
export async function show(range: Range): Promise<void> {
  inView = range;
  loading.value = loading.peek() + 1;
  try {
    await Promise.all(shownCalendars.peek().map(({ id }) => ensure(id, range)));
    failure.value = null;
  } catch (error) {
    failure.value = reasonOf(error);
    return;
  } finally {
    loading.value = loading.peek() - 1;
  }
  if (range === inView) void prefetch(range);
}

/** The range in view, in calendars that were not shown before. */
export async function showAgain(): Promise<void> {
  if (inView.end > 0) await show(inView);
}

async function prefetch({ start, end }: Range): Promise<void> {
  const length = end - start;
  try {
    for (const { id } of shownCalendars.peek()) {
      await ensure(id, { start: end, end: end + length });
      await ensure(id, { start: start - length, end: start });
    }
  } catch {
    // Asked for again, and reported, when somebody goes there.
  }
}

const underWay = new Map<string, Promise<void>>();

/** Sees to it that a range of a calendar is loaded. */
export async function ensure(calendarId: string, range: Range): Promise<void> {
  const gaps = shelfOf(calendarId).missing(range);
  await Promise.all(
    gaps.map((gap) => {
      const key = `${calendarId} ${gap.start} ${gap.end}`;
      const running = underWay.get(key) ?? load(calendarId, gap).finally(() => underWay.delete(key));
      underWay.set(key, running);
      return running;
    }),
  );
}

async function load(calendarId: string, range: Range): Promise<void> {
  const shelf = shelfOf(calendarId);
  const before = shelf.versions();
  const [startAt, endAt] = [new Date(range.start).toISOString(), new Date(range.end).toISOString()];
  const events: EventBriefFragment[] = [];
  let after: string | null = null;
  do {
    const { events: page }: { events: EventPage } = await ask(EventsBetweenDocument, {
      calendarId,
      startAt,
      endAt,
      after,
    });
    events.push(...page.edges.map(({ node }) => node));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  shelf.fill(range, events, before);
  touch();
}

interface EventPage {
  edges: { node: EventBriefFragment }[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}

/** Colleagues' calendars anew, as far as they are in view. */
export async function refreshColleagues(): Promise<void> {
  const others = shownCalendars.peek().filter(({ own }) => !own);
  if (others.length === 0 || document.hidden || token.peek() === null) return;
  for (const { id } of others) shelfOf(id).forgetCover();
  await showAgain();
}

setInterval(() => void refreshColleagues(), COLLEAGUES_MS);
document.addEventListener("visibilitychange", () => void refreshColleagues());

/** When the connection is back: what could not be loaded, and colleagues' calendars. */
connection.subscribe((state) => {
  if (state === "live") {
    void showAgain();
    void refreshColleagues();
  }
});
