// The routes of series: what they take and answer, and what a call of one comes to. Writes of part of a series are addressed
// by an occurrence: PATCH and DELETE of /events with `scope` (event-routes.ts).
import { SeriesResolver } from "../series/series.resolver";
import type { SeriesInput, SeriesPatch } from "../series/series.inputs";
import { seriesEtag, seriesJson } from "../series/aurinko.types";
import { Series } from "../series/series.types";
import type { EventView, RemovedView } from "../event/projection";
import { refTo } from "../values/schema";
import { NOT_MODIFIED } from "./answers";
import * as asks from "./parameters";
import { pathId } from "./path-id";
import { isFresh } from "./preconditions";
import { REFUSALS } from "./refusals";
import type { RestAnswer, RestCall, Route } from "./route";

const resolver = new SeriesResolver();

export const SERIES_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/series",
    name: "createSeries",
    parameters: [asks.CALENDAR_ID, asks.IDEMPOTENCY_KEY],
    body: refTo("SeriesInput"),
    answers: [
      {
        status: 201,
        description: "The series as it is kept.",
        schema: refTo("Series"),
        headers: ["ETag", "Location", "Idempotency-Replayed?"],
      },
    ],
    refusals: [REFUSALS.roomIsTaken],
    call: postSeries,
  },
  {
    method: "GET",
    path: "/series/:id",
    name: "getSeries",
    parameters: [asks.CALENDAR_ID, asks.IF_NONE_MATCH],
    answers: [
      { status: 200, description: "The series.", schema: refTo("Series"), headers: ["ETag"] },
      NOT_MODIFIED,
    ],
    call: getSeries,
  },
];

const calendarId = ({ query }: RestCall): string => query.get(asks.CALENDAR_ID) ?? "primary";

async function getSeries(call: RestCall): Promise<RestAnswer> {
  const { id = "" } = call.params;
  const { series, modified } = await resolver.entry(call.ctx, { id, calendarId: calendarId(call) });
  const json = seriesJson(series, modified);
  const headers = { ETag: seriesEtag(series.id, json) };
  if (isFresh(call.header(asks.IF_NONE_MATCH), headers.ETag)) return { status: 304, headers };
  return { status: 200, json, headers };
}

async function postSeries(call: RestCall): Promise<RestAnswer> {
  const input = await call.body<SeriesInput>();
  const idempotencyKey = call.header(asks.IDEMPOTENCY_KEY);
  const made = await resolver.create(call.ctx, { input, idempotencyKey, calendarId: calendarId(call) });
  const json = seriesJson(new Series(made.series, false), []);
  const named = call.query.get(asks.CALENDAR_ID);
  const headers = {
    ETag: seriesEtag(made.series.id, json),
    Location: `/api/v1/series/${made.series.id}${named ? `?calendarId=${named}` : ""}`,
    ...(made.isReplayed && { "Idempotency-Replayed": "true" }),
  };
  return { status: 201, json, headers };
}

/** A PATCH of more than this occurrence, answered as that of this one: with what the calendar has of it then. */
export async function patchSeries(call: RestCall, scope: asks.WideScope): Promise<EventView | RemovedView> {
  const eventId = pathId(call);
  const input = await call.body<SeriesPatch>();
  await resolver.updateSeries(call.ctx, { eventId, scope, input, calendarId: calendarId(call) });
  return resolver.after(call.ctx, { id: eventId, calendarId: calendarId(call) });
}

/** A DELETE of more than this occurrence. */
export async function removeSeries(call: RestCall, scope: asks.WideScope): Promise<void> {
  await resolver.deleteSeries(call.ctx, { eventId: pathId(call), scope, calendarId: calendarId(call) });
}
