/**
 * What a series is asked, and what is done with several of its occurrences at once. The page shows occurrences like any
 * other events; what a write of many made of the others comes by the feed.
 */
import { ask, Refusal } from "../api/client";
import {
  DeleteSeriesDocument,
  type EventFullFragment,
  RespondToSeriesDocument,
  type SeriesPatch,
  SeriesReachDocument,
  type SeriesReachQuery,
  type SeriesScope,
  SeriesWordsDocument,
  type SeriesWordsQuery,
  UpdateSeriesDocument,
} from "../api/operations";
import { type Draft, seriesPatchBetween } from "./draft";
import type { Shown } from "./shown";
import { refreshColleagues } from "./loading";
import { ruleFrom } from "./repeat";
import { inTheNameOf, noteEvent, overtaking } from "./saving";
import { me, type ShownCalendar } from "./state";
import { wallOf } from "../ui/times";

export type SeriesWords = NonNullable<SeriesWordsQuery["series"]>;
/** More than the occurrence alone. */
export type Several = Exclude<SeriesScope, "THIS">;

/** What a series says of when it comes, and its next places after an instant; null where it is gone. */
export const wordsOf = async (id: string, after: string | null): Promise<SeriesWords | null> =>
  (await ask(SeriesWordsDocument, { id, after })).series;

type Occurrence = NonNullable<SeriesReachQuery["series"]>["occurrences"]["edges"][number]["node"];

export interface Reach {
  ids: string[];
  /** How many of them have something of their own. */
  own: number;
}

export interface Reaches {
  FOLLOWING: Reach;
  ALL: Reach;
  expandedUntil: string | null;
}

const reachOf = (occurrences: Occurrence[]): Reach => ({
  ids: occurrences.map(({ id }) => id),
  own: occurrences.filter(({ overrides }) => overrides.length > 0).length,
});

/** Which occurrences a change of a series may be about, as far as they are events: none that is over. */
export async function reachesOf(event: Occasion): Promise<Reaches | null> {
  const now = new Date().toISOString();
  const startAt = event.startTime < now ? event.startTime : now;
  const { series } = await ask(SeriesReachDocument, { id: event.seriesId, startAt });
  if (!series) return null;
  const there = series.occurrences.edges.map(({ node }) => node);
  const place = there.find(({ id }) => id === event.id)?.recurrenceId ?? "";
  const ahead = there.filter(({ endTime }) => endTime > now);
  return {
    FOLLOWING: reachOf(ahead.filter(({ recurrenceId }) => (recurrenceId ?? "") >= place)),
    ALL: reachOf(ahead),
    expandedUntil: series.expandedUntil,
  };
}

/** An event of a series. */
export interface Occasion {
  id: string;
  seriesId: string;
  startTime: string;
}

export const isOccasion = <Of extends { seriesId: string | null }>(
  event: Of,
): event is Of & { seriesId: string } => event.seriesId !== null;

interface Addressed {
  id: string;
  lastModifiedAt: string;
  calendar: ShownCalendar;
}

/** Changes several; answers how many that were, the new ones and those that are gone among them. */
export const updateSeries = (addressed: Addressed, scope: Several, from: Draft, to: Draft): Promise<number> =>
  sendTurned(addressed, scope, seriesPatchBetween(from, to), to.repeat);

/** Moves several as one of them was moved. */
export async function moveSeries(
  { event, calendar }: Shown,
  scope: Several,
  to: { startTime: string; endTime: string; allDay: boolean },
): Promise<number> {
  const words = event.seriesId === null ? null : await wordsOf(event.seriesId, null);
  const zone = words?.timezone ?? "UTC";
  const dateOf = ({ startTime, allDay }: typeof to): string =>
    allDay ? startTime.slice(0, 10) : wallOf(startTime, zone).date;
  const rule = ruleFrom(words?.recurrence.rrule ?? "", dateOf(event), dateOf(to), zone);
  return sendTurned({ ...event, calendar }, scope, to, rule);
}

/**
 * The service turns a rule with the day where that follows from it: every Tuesday to every Wednesday, and what is left of
 * so many times. Where it does not, as with the second Tuesday, the page says which rule is meant.
 */
async function sendTurned(
  addressed: Addressed,
  scope: Several,
  patch: SeriesPatch,
  rrule: string,
): Promise<number> {
  try {
    return await sendPatch(addressed, scope, patch);
  } catch (error) {
    const needsRule =
      error instanceof Refusal && error.details.some(({ field }) => field === "recurrence.rrule");
    // How many are left of a number is the service's to say.
    const startsCount = scope === "FOLLOWING" && rrule.includes("COUNT=");
    if (!needsRule || patch.recurrence || startsCount) throw error;
    return await sendPatch(addressed, scope, { ...patch, recurrence: { rrule } });
  }
}

async function sendPatch(
  { id, lastModifiedAt, calendar }: Addressed,
  scope: Several,
  input: SeriesPatch,
): Promise<number> {
  const calendarId = inTheNameOf(calendar);
  const { updateSeries: result } = await overtaking(
    ask(UpdateSeriesDocument, { eventId: id, scope, input, ifLastModifiedAt: lastModifiedAt, calendarId }),
  );
  if (result.event) noteEvent(calendar.id, result.event);
  if (!calendar.own) void refreshColleagues();
  return result.changed + result.created + result.deleted;
}

/** Deletes several for everyone; who is only invited leaves them. */
export async function deleteSeries(
  { id, lastModifiedAt, calendarId }: { id: string; lastModifiedAt: string; calendarId: string | null },
  scope: Several,
): Promise<void> {
  await ask(DeleteSeriesDocument, { eventId: id, scope, ifLastModifiedAt: lastModifiedAt, calendarId });
}

/** One's own answer to several. */
export async function respondToSeries(
  id: string,
  scope: Several,
  status: string,
): Promise<EventFullFragment | null> {
  const { respondToSeries: result } = await ask(RespondToSeriesDocument, { eventId: id, scope, status });
  if (result.event) noteEvent(me.value?.calendarId ?? "", result.event);
  return result.event;
}
