// What a receiver is sent: a page of a calendar's feed as a message, by Standard Webhooks.
import { randomUUID } from "node:crypto";
import type { EventView, RemovedView } from "../event/projection";
import type { Instant } from "../values/instants";
import { toMs } from "../values/instants";
import type { Letter } from "./post";

export type Content = "IDS" | "EVENTS";

/** Of a body; one has more only to finish a tick. */
export const MAX_BODY_BYTES = 256 * 1024;
export const MAX_ROWS = 100;

/** Whose feed is told, to whom, and from where on. */
export interface Told {
  organisationId: string;
  webhookId: string;
  calendarId: string;
  /** Whose calendar it is. */
  userId: string;
  /** The receiver has taken everything up to here. */
  covered: Instant;
}

/** Rows of a feed in tick order, whole ticks. */
export interface Rows {
  /** Events are told with what they say; otherwise that they changed. */
  views: readonly (EventView | RemovedView)[];
  watermark: Instant;
  hasMore: boolean;
}

/** A message, how many rows it has, and where its receiver stands once they have taken it. */
export interface Page {
  letter: Letter;
  type: MessageType;
  rows: number;
  watermark: Instant;
  hasMore: boolean;
}

export type MessageType = "calendar.changed" | "calendar.resync" | "webhook.test";

const letterOf = (id: string, type: MessageType, timestamp: Instant, data: string): Letter => ({
  id,
  body: `{"type":"${type}","timestamp":"${timestamp}","data":${data}}`,
});

/** Of the same page it is the same. */
const idOf = ({ webhookId, calendarId, covered }: Told, watermark: Instant): string =>
  `whm_${webhookId}_${calendarId}_${toMs(covered)}_${toMs(watermark)}`;

const whose = ({ organisationId, webhookId, calendarId, userId }: Told): string =>
  `"organisationId":"${organisationId}","webhookId":"${webhookId}","calendarId":"${calendarId}","userId":"${userId}"`;

/** Changes: as many whole ticks as fit. Where the first does not, its rows come without what they say. */
export function changedPage(told: Told, content: Content, found: Rows): Page {
  const letterWith = (rows: readonly string[], watermark: Instant, hasMore: boolean): Letter => {
    const data = `{${whose(told)},"since":"${told.covered}","watermark":"${watermark}","hasMore":${hasMore},"records":[${rows.join(",")}]}`;
    return letterOf(idOf(told, watermark), "calendar.changed", watermark, data);
  };
  // A comma comes before each row but the first.
  const frame = Buffer.byteLength(letterWith([], found.watermark, false).body) - 1;
  const { rows, watermark, isCut } = cut(found, content, frame);
  const hasMore = isCut || found.hasMore;
  const letter = letterWith(rows, watermark, hasMore);
  return { letter, type: "calendar.changed", rows: rows.length, watermark, hasMore };
}

/** What the receiver has is older than what the feed still knows. */
export function resyncPage(told: Told, watermark: Instant): Page {
  const data = `{${whose(told)},"watermark":"${watermark}"}`;
  const letter = letterOf(idOf(told, watermark), "calendar.resync", watermark, data);
  return { letter, type: "calendar.resync", rows: 0, watermark, hasMore: false };
}

export function testLetter(
  { organisationId, webhookId }: Pick<Told, "organisationId" | "webhookId">,
  now: Instant,
): Letter {
  const data = `{"organisationId":"${organisationId}","webhookId":"${webhookId}"}`;
  return letterOf(`whm_${webhookId}_test_${randomUUID()}`, "webhook.test", now, data);
}

interface Cut {
  rows: string[];
  watermark: Instant;
  isCut: boolean;
}

/** What there is room for beside the frame. */
function cut({ views, watermark }: Rows, content: Content, frame: number): Cut {
  const rows: string[] = [];
  let bytes = frame;
  for (const tick of ticksOf(views)) {
    let texts = tick.map((view) => rowOf(view, content));
    let length = lengthOf(texts);
    if (bytes + length > MAX_BODY_BYTES) {
      const last = rows.length > 0 ? views[rows.length - 1] : undefined;
      if (last) return { rows, watermark: last.lastModifiedAt, isCut: true };
      texts = tick.map((view) => rowOf(view, "IDS"));
      length = lengthOf(texts);
    }
    rows.push(...texts);
    bytes += length;
  }
  return { rows, watermark, isCut: false };
}

const lengthOf = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);

/** The rows of each tick. */
function* ticksOf(views: Rows["views"]): Generator<Rows["views"]> {
  let from = 0;
  for (let to = 1; to <= views.length; to++) {
    if (to < views.length && views[to]?.lastModifiedAt === views[from]?.lastModifiedAt) continue;
    yield views.slice(from, to);
    from = to;
  }
}

function rowOf(view: EventView | RemovedView, content: Content): string {
  const { id, lastModifiedAt } = view;
  if (view.deleted)
    return `{"id":"${id}","deleted":true,"reason":"${view.reason}","lastModifiedAt":"${lastModifiedAt}"}`;
  const event = content === "EVENTS" ? `,"event":${view.json}` : "";
  return `{"id":"${id}","deleted":false,"lastModifiedAt":"${lastModifiedAt}"${event}}`;
}
