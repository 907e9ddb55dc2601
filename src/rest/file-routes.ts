// The routes of calendar files: one in, one out.
import type { Context } from "../context";
import { rateLimited } from "../errors";
import { FileResolver } from "../files/file.resolver";
import { CALENDAR_TYPE } from "../http/body";
import { FairTurns } from "../turns/fair-turns";
import { counts } from "../telemetry/counts";
import { refTo } from "../values/schema";
import { NOT_MODIFIED } from "./answers";
import type { ListAnswer, ReadPiece } from "./list";
import * as asks from "./parameters";
import { reportJson } from "./import-report";
import type { RestAnswer, RestCall, Route } from "./route";

const RETRY_MS = 5_000;

const files = new FileResolver();

/** Each holds its file. Those that wait have not sent theirs. */
const imports = new FairTurns({
  line: "imports",
  organisation: 2,
  token: 1,
  waiting: 4,
  patienceMs: 30_000,
  tooLong: () => {
    counts.limited.line++;
    return rateLimited("This access token has too many imports in line and", RETRY_MS);
  },
});

const FILE = { type: "string", description: "iCalendar (RFC 5545)." } as const;

export const FILE_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/import",
    name: "importCalendar",
    parameters: [asks.PRUNE],
    body: FILE,
    bodyType: CALENDAR_TYPE,
    answers: [{ status: 200, description: "What came of it.", schema: refTo("ImportReport") }],
    call: (call) => imports.during(call.ctx.caller, () => takeFile(call)),
  },
  {
    method: "GET",
    path: "/events.ics",
    name: "exportCalendar",
    parameters: [asks.CALENDAR_ID, asks.IF_NONE_MATCH],
    answers: [
      { status: 200, description: "The file.", schema: FILE, mediaType: CALENDAR_TYPE, headers: ["ETag"] },
      NOT_MODIFIED,
    ],
    call: async ({ ctx, query }) => ({ list: await calendarFile(ctx, query.get(asks.CALENDAR_ID)) }),
  },
];

/** An import is lenient, whatever is preferred: each thing in the file that cannot be taken is told. */
const AS_ALWAYS = { "Preference-Applied": "handling=lenient" };

async function takeFile(call: RestCall): Promise<RestAnswer> {
  const { ctx, query } = call;
  const prune = query.get(asks.PRUNE);
  const file = await call.calendar();
  ctx.held.hold(file.length);
  const report = await files.importCalendar(ctx, file, { prune });
  return { status: 200, json: reportJson(report), headers: AS_ALWAYS };
}

/** A calendar's file as a list, whose version is its calendar's. */
export async function calendarFile(ctx: Context, given: string | null, isFeed = false): Promise<ListAnswer> {
  const { file, version } = await files.exportCalendar(ctx, given, isFeed);
  const read: ReadPiece = async (of, { rows: first, place }) => {
    const { rows, pageInfo, bytes } = await file.page(of, { first, after: place?.position ?? null });
    const next = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    return { rows: rows.map((json) => ({ json })), next, watermark: version.clock, bytes };
  };
  return { version, read, file: { mediaType: CALENDAR_TYPE, head: file.head, foot: file.foot } };
}
