// Every calendar of the organisation with its clients, the worst first: the first page is read again every few seconds.
import { effect, signal } from "@preact/signals";
import { ask, reasonOf } from "../api/client";
import { SyncStandingsDocument, type SyncStandingsQuery, type SyncState } from "../api/operations";
import { calendarId, me } from "./state";

type Page = SyncStandingsQuery["syncStandings"];
export type Standing = Page["edges"][number]["node"];

export interface Filter {
  state: SyncState | null;
  client: string | null;
}

const PAGE = 100;
const LOOK_EVERY_MS = 5_000;

export const STATES: readonly SyncState[] = [
  "REFUSED",
  "BEHIND",
  "SILENT",
  "NEVER",
  "IN_STEP",
  "NOBODY",
  "ENDED",
];

const given = new URLSearchParams(location.search);

export const filter = signal<Filter>({
  state: STATES.find((state) => state === given.get("state")) ?? null,
  client: given.get("client"),
});
export const first = signal<Page | null>(null);
/** What was asked for beyond the first page. */
export const rest = signal<Page[]>([]);
export const listProblem = signal<string | null>(null);

const isShown = (): boolean => me.value?.role === "admin" && calendarId.value === null;

/** Which of them: the address says, too, so that it can be sent to somebody. */
export function choose(change: Partial<Filter>): void {
  const next = { ...filter.value, ...change };
  const words = new URLSearchParams();
  if (next.state) words.set("state", next.state);
  if (next.client) words.set("client", next.client);
  history.replaceState(null, "", words.size > 0 ? `?${words}` : location.pathname);
  first.value = null;
  rest.value = [];
  filter.value = next;
}

async function read(after: string | null): Promise<Page | null> {
  const wanted = filter.peek();
  try {
    const { syncStandings } = await ask(SyncStandingsDocument, { ...wanted, first: PAGE, after });
    listProblem.value = null;
    return wanted === filter.peek() ? syncStandings : null;
  } catch (error) {
    listProblem.value = reasonOf(error);
    return null;
  }
}

async function look(): Promise<void> {
  first.value = (await read(null)) ?? first.peek();
}

export async function readMore(): Promise<void> {
  const last = rest.value.at(-1) ?? first.value;
  const page = await read(last?.pageInfo.endCursor ?? null);
  if (page) rest.value = [...rest.value, page];
}

/** Keeps the list up to date while it is shown. Answers how to stop. */
export function keepList(): () => void {
  const stop = effect(() => {
    if (isShown() && filter.value) void look();
  });
  const timer = setInterval(() => {
    if (!document.hidden && isShown()) void look();
  }, LOOK_EVERY_MS);
  return () => {
    stop();
    clearInterval(timer);
  };
}
