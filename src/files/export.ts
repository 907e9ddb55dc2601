// A calendar as a file: its head, its events page by page, its foot.
import { requireScope, type Context } from "../context";
import type { ClockReading } from "../database/barrier";
import { readClock } from "../event/feed";
import { listEvents } from "../event/lists";
import type { EventView } from "../event/projection";
import { EventOrder } from "../event/search";
import type { EventConnection } from "../event/event.types";
import { CalendarFile } from "../ical/write";
import { calendarLoader, requireCalendar } from "../people/calendars";
import { mapInPieces } from "../turns/pauses";
import { wallOf } from "../series/places";
import { findWhole } from "../series/read";
import { requireWhole, type WholeView } from "./differences";
import { Kept } from "./kept";
import { SeriesOfFile } from "./series-view";

const REFRESHED = ["METHOD:PUBLISH", "REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M"];

const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** A page of the events of a calendar's file, by start. */
export interface FilePage {
  rows: string[];
  pageInfo: EventConnection["pageInfo"];
  /** What its rows come to in memory, where they may be long. */
  bytes?: number;
}

export interface OpenExport {
  file: CalendarExport;
  version: ClockReading;
}

/**
 * The file of the calendar named by `given` (null is the caller's own), and the calendar's clock and floor from before it is
 * read, which its version is made of. Refuses as lists of the calendar do.
 */
export async function openExport(ctx: Context, given: string | null, isFeed = false): Promise<OpenExport> {
  requireScope(ctx, "read");
  const calendar = await requireCalendar(ctx, given);
  const name = (await calendarLoader(ctx).load(calendar.id))?.name ?? "";
  const file = new CalendarExport(name, calendar.id, isFeed);
  return { file, version: await readClock(ctx, calendar, true) };
}

/** Writes a calendar page by page, so that memory does not grow with it. */
export class CalendarExport {
  private readonly file: CalendarFile;
  /** Of the series that are written. */
  private readonly uids = new Map<string, string>();
  /** A calendar with many series has most of them on every page. */
  private readonly kept = new Kept<SeriesOfFile>(MAX_KEPT_BYTES);

  constructor(
    calendarName: string,
    /** Null is the caller's own. */
    private readonly calendarId: string | null,
    /** Programs that follow it are told how often to look. */
    isFeed = false,
  ) {
    this.file = new CalendarFile(calendarName, isFeed ? REFRESHED : []);
  }

  get head(): string {
    return this.file.head;
  }

  get foot(): string {
    return this.file.foot;
  }

  /** The live events after a place, as VEVENTs. Refuses as lists do. */
  async page(ctx: Context, { first, after }: { first: number; after: string | null }): Promise<FilePage> {
    const filter = this.calendarId === null ? {} : { calendarIds: [this.calendarId] };
    const list = { filter, order: EventOrder.START, page: { first, after } };
    const { views, pageInfo, bytes } = await listEvents(ctx, list);
    const series = await this.seriesOf(ctx, views);
    const rows = await mapInPieces(views, (view) => {
      const whole = requireWhole(view);
      const own = series.get(whole.seriesId ?? "");
      return own?.has(wallOf(whole.recurrenceId ?? ""))
        ? this.occurrence(own, whole)
        : this.file.event(whole);
    });
    return { rows: rows.filter((row) => row !== ""), pageInfo, bytes };
  }

  /** The series of these events by id, each as it was read first. */
  private async seriesOf(ctx: Context, views: readonly EventView[]): Promise<Map<string, SeriesOfFile>> {
    const series = new Map<string, SeriesOfFile>();
    const missing = new Set<string>();
    for (const { seriesId, recurrenceId } of views) {
      if (seriesId === null || recurrenceId === null) continue;
      const known = series.get(seriesId) ?? this.kept.get(seriesId);
      if (known) series.set(seriesId, known);
      // One that was made since it was read is of the series too.
      if (!known?.has(wallOf(recurrenceId))) missing.add(seriesId);
    }
    for (const one of await findWhole(ctx, this.calendarId ?? ctx.caller.calendarId, [...missing])) {
      const read = new SeriesOfFile(one);
      this.kept.keep(read.id, read, read.bytes);
      series.set(read.id, read);
    }
    return series;
  }

  /** The first of a series comes with what all say, which another repeats only where it says something else. */
  private occurrence(series: SeriesOfFile, view: WholeView): string {
    const known = this.uids.get(series.id);
    const { text, uid } =
      known === undefined ? this.file.series(series.view, series.recurrence) : { text: "", uid: known };
    this.uids.set(series.id, uid);
    const wall = wallOf(view.recurrenceId ?? "");
    return series.isAsItSays(view, wall)
      ? text
      : text + this.file.occurrence(view, uid, wall, series.recurrence);
  }
}
