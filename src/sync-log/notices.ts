// What a client was refused, and what of its writes was passed over: the last of each, for whoever connects the client and
// asks why something did not come to be.
import DataLoader from "dataloader";
import { perRequest, type Context } from "../context";
import { columns, instant, orNull, selectRows, text, type Selected } from "../database/rows";
import type { Tally } from "../telemetry/tally";

/** So many of each kind are kept for a client on a calendar (migrations/functions/sync-log.sql). */
export const MAX_NOTICES = 100;
const MAX_FIELD = 200;
const MAX_MESSAGE = 500;

/** They say "later", whatever was asked: nobody finds a mistake by them, and they come by the hundred. */
const PASSING = new Set(["rate_limited", "unavailable"]);

/** A field of a request that was refused or passed over. */
export interface Notice {
  /** performance.now(). */
  at: number;
  requestId: string;
  /** Such as `PATCH /events/:id`. */
  request: string;
  /** Why it was refused, in a word of the catalogue; null for what was passed over. */
  code: string | null;
  field: string | null;
  message: string | null;
}

/** What a client wrote, cut to a length, as a text that PostgreSQL takes: without U+0000, and without half a letter at its end. */
const told = (text: string | null, most: number): string | null =>
  text?.slice(0, most).replaceAll("\0", "\uFFFD").toWellFormed() ?? null;

/** What is to be told of a request that is over, at most as much as is kept. */
export function noticesOf(
  { refusal, passedOver }: Tally,
  { requestId, request }: Pick<Notice, "requestId" | "request">,
): Notice[] {
  const notice = (code: string | null, field: string | null, message: string | null): Notice => ({
    at: performance.now(),
    requestId,
    request,
    code,
    field: told(field, MAX_FIELD),
    message: told(message, MAX_MESSAGE),
  });
  if (refusal === null) return passedOver.slice(0, MAX_NOTICES).map((field) => notice(null, field, null));
  const { code, message, details } = refusal;
  if (PASSING.has(code)) return [];
  if (details.length === 0) return [notice(code, null, message)];
  return details.slice(0, MAX_NOTICES).map((detail) => notice(code, detail.field, detail.message));
}

/** The last of each kind. */
export function lastOf(notices: readonly Notice[]): Notice[] {
  const last = (some: Notice[]): Notice[] => some.slice(-MAX_NOTICES);
  const refused = last(notices.filter(({ code }) => code !== null));
  return refused.concat(last(notices.filter(({ code }) => code === null)));
}

const NOTICE = columns({
  calendarId: text("n.calendar_id"),
  tokenId: text("n.token_id"),
  at: instant("n.at"),
  requestId: text("n.request_id"),
  request: text("n.request"),
  code: orNull(text("n.code")),
  field: orNull(text("n.field")),
  message: orNull(text("n.message")),
});

export type NoticeView = Selected<typeof NOTICE>;

const NOTICES = `
  select ${NOTICE.list}
  from unnest($2::bigint[], $3::bigint[]) as client (calendar_id, token_id)
  join sync_notice n
    on n.organisation_id = $1 and n.calendar_id = client.calendar_id and n.token_id = client.token_id
  order by n.id desc`;

type ClientKey = Pick<NoticeView, "calendarId" | "tokenId">;

const wordOf = ({ calendarId, tokenId }: ClientKey): string => `${calendarId} ${tokenId}`;

/** The notices of a client on a calendar, the last first; one statement for all clients of an answer. */
export const noticesLoader = perRequest(
  (ctx: Context) =>
    new DataLoader<ClientKey, NoticeView[], string>(
      async (clients) => {
        const found = new Map(clients.map((client) => [wordOf(client), [] as NoticeView[]]));
        const calendars = clients.map(({ calendarId }) => calendarId);
        const tokens = clients.map(({ tokenId }) => tokenId);
        const values = [ctx.caller.organisationId, calendars, tokens];
        for (const row of await selectRows(ctx.db.pool, NOTICE, { text: NOTICES, values }))
          found.get(wordOf(row))?.push(row);
        return [...found.values()];
      },
      { cacheKeyFn: wordOf },
    ),
);
