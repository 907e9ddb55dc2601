// The parameters and request headers of the REST door, each declared once: the facade reads a request by these
// declarations, and the OpenAPI document shows them.
import { splitAddress } from "../values/address";
import { MAX_PAGE } from "../values/pages";
import type { Schema } from "../values/schema";
import { SeriesScope } from "../series/series.types";
import type { Declared, HeaderParameter, Parameter, QueryParameter } from "./query";
import { REFUSALS } from "./refusals";

type Rest = Omit<Declared, "name" | "schema"> & { schema?: Schema };

const text = (name: string, { schema, ...rest }: Rest): QueryParameter<string | null> => ({
  in: "query",
  name,
  schema: { type: "string", minLength: 1, ...schema },
  ...rest,
  read: (query) => query.text(name),
});

const flag = (name: string, description: string): QueryParameter<boolean> => ({
  in: "query",
  name,
  description,
  schema: { type: "boolean", default: false },
  read: (query) => query.flag(name),
});

const INSTANT = "RFC 3339 with an offset, or epoch milliseconds.";
const examples = ["2026-03-02T00:00:00Z"];

export const START_AT = text("startAt", {
  description: `Events that end after this instant. ${INSTANT}`,
  schema: { examples },
});

export const END_AT = text("endAt", {
  description: `Events that start before this instant; later than \`startAt\`. ${INSTANT}`,
  schema: { examples: ["2026-03-03T00:00:00Z"] },
});

export const SINCE = text("since", {
  description: `Only what changed later than this instant: the \`nextDeltaToken\` of this feed's last answer, the largest \`lastModifiedAt\` seen in this feed, or the client's clock as it was before its previous request. ${INSTANT}`,
  schema: { examples },
  refusals: [REFUSALS.syncTokenExpired],
});

export const DELTA_TOKEN = text("deltaToken", {
  description:
    "The same as `since` for a `nextDeltaToken`, and quicker: what our own watermark covers never has to wait for writers. Not together with `since`.",
  schema: { examples },
  refusals: [REFUSALS.syncTokenExpired],
});

export const SHOW_DELETED = flag(
  "showDeleted",
  "Answers removed rows too, in the same order: one feed with one cursor for both kinds.",
);

export const SHOW_REMOVED = flag("showDeleted", "Answers the row of a removed event, rather than 404.");

export const EXCLUDE_OWN = flag(
  "excludeOwn",
  "Leaves out the rows of which every change after `since` was made through the caller's own token.",
);

export const CALENDAR_ID = text("calendarId", {
  description:
    "The calendar that the request speaks for: one that is granted to the caller, or for admins any of the organisation's. Absent, or `primary`: the caller's own.",
  schema: { default: "primary" },
  refusals: [REFUSALS.forbidden, REFUSALS.notFound],
});

export const I_CAL_UID = text("iCalUid", {
  description: "Events with this id of mailboxes. Not together with `since` or `showDeleted`.",
});

export const SERIES: QueryParameter<"overridden" | null> = {
  in: "query",
  name: "series",
  description:
    "`overridden`: without occurrences that say what their series says, for a client that takes the series from `/series/{id}`. A page may then have fewer rows than `limit`.",
  schema: { type: "string", enum: ["overridden"] },
  read: (query) => query.word("series", ["overridden"]),
};

/** A scope that is about more than the occurrence addressed. */
export type WideScope = SeriesScope.FOLLOWING | SeriesScope.ALL;

export const SCOPE: QueryParameter<SeriesScope> = {
  in: "query",
  name: "scope",
  description:
    "Which occurrences of the event's series this is about: `this`, `following` (from this one on) or `all` that are not over.",
  schema: { type: "string", enum: ["this", "following", "all"], default: "this" },
  read: (query) => {
    const given = query.word("scope", ["this", "following", "all"]) ?? "this";
    return { this: SeriesScope.THIS, following: SeriesScope.FOLLOWING, all: SeriesScope.ALL }[given];
  },
};

/** A PUT replaces one event, and a whole object is no word about the others of its series. */
export const OWN_SCOPE: QueryParameter<"this" | null> = {
  in: "query",
  name: "scope",
  description: "`this`, which is what it is without: only PATCH and DELETE take a wider one.",
  schema: { type: "string", enum: ["this"], default: "this" },
  read: (query) => query.word("scope", ["this"]),
};

export const EMAIL: QueryParameter<string[] | null> = {
  in: "query",
  name: "email",
  description:
    "Addresses, separated by commas (or the parameter repeated), in any spelling; a blank is a plus that was not escaped; unknown ones are absent.",
  schema: { type: "array", items: { type: "string", minLength: 1, maxLength: 320 }, maxItems: 100 },
  // The blank in an address is a plus that was not escaped.
  read: (query) =>
    query.list("email")?.map((given) => splitAddress(given).address.replaceAll(" ", "+")) ?? null,
};

export const TYPE = text("type", {
  description: "Records of one type: `Contact`, `Account`, `Opportunity` or `Lead`, in any case.",
});

export const Q = text("q", {
  description: "Records whose name holds this text, without case and accents.",
  schema: { maxLength: 500 },
});

export const ALL = flag("all", "For admins: all calendars of the organisation.");

export const PRUNE = flag(
  "prune",
  "Also takes away, within the span of the file's events, what earlier imports of other UIDs made and this file no longer has.",
);

export const ALLOW_DUPLICATE = flag(
  "allowDuplicate",
  "Makes another Contact where one has the address already.",
);

export const MATCH_I_CAL_UID = flag(
  "matchICalUid",
  "Where there is a live event with this `iCalUid` and `startTime` that the calendar's user owns, organises or is invited to, or an occurrence with this start of a series that has the `iCalUid`, changes that one as a PATCH does, and answers 200.",
);

export const ROLL_UP: QueryParameter<boolean> = {
  in: "query",
  name: "rollUp",
  description: "Whether an Account's timeline has those of its Contacts and Opportunities.",
  schema: { type: "boolean", default: true },
  read: (query) => query.flag("rollUp", true),
};

export const BY = text("by", {
  description: "What a row of the digest is about. There is one choice.",
  schema: { enum: ["month"], default: "month" },
});

const PAGE_SIZES: [number, number] = [1, MAX_PAGE];

export const LIMIT: QueryParameter<number | null> = {
  in: "query",
  name: "limit",
  description:
    "How many rows a page has; a page of a feed may have more, to finish an instant. Absent: the whole list, in one answer.",
  schema: { type: "integer", minimum: PAGE_SIZES[0], maximum: PAGE_SIZES[1] },
  read: (query) => query.whole("limit", PAGE_SIZES),
};

export const PAGE_TOKEN: QueryParameter<string | null> = {
  in: "query",
  name: "pageToken",
  description:
    "The `nextPageToken` of the page before, with the same query (`limit` may differ) and the same access token.",
  schema: { type: "string", minLength: 1 },
  refusals: [REFUSALS.badPageToken],
  read: (query) => query.pageToken(),
};

/** What every list takes. */
export const PAGES: readonly Parameter[] = [LIMIT, PAGE_TOKEN];

const header = (name: string, rest: Omit<HeaderParameter, "in" | "name">): HeaderParameter => ({
  in: "header",
  name,
  ...rest,
});

export const IF_MATCH = header("If-Match", {
  description:
    'Writes only where the event still has this entity tag: `"<id>-<lastModifiedAt in epoch milliseconds>"`. Several, or `*`, are understood.',
  schema: { type: "string", examples: ['"5-1772463600000"'] },
  refusals: [REFUSALS.preconditionFailed],
});

export const IF_NONE_MATCH = header("If-None-Match", {
  description: "The `ETag` of the answer that the client holds: 304 while it is still good.",
  schema: { type: "string" },
});

/** Taken by every write. */
export const PREFER = header("Prefer", {
  description:
    "`handling=strict` refuses a write with anything in it that its caller has no say in (403) or that cannot be understood (400); by default, `handling=lenient`, that part is passed over and named in `Tidemark-Passed-Over` (RFC 7240).",
  schema: { type: "string", examples: ["handling=strict"] },
});

export const IDEMPOTENCY_KEY = header("Idempotency-Key", {
  description:
    "Makes the request safe to repeat for 48 hours: the same key and content get the first answer again, and nothing new is made.",
  schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[\\x20-\\x7e]+$" },
  refusals: [REFUSALS.idempotencyMismatch],
});

/** A request id goes into the log, so it is none that could be an e-mail address or a token of ours. */
export const REQUEST_ID_FORM = /^(?!.*tmk_)[\x21-\x3f\x41-\x7e]{1,200}$/;
export const EXAMPLE_REQUEST_ID = "3f0c2c1e-52f4-4c7c-9f0b-0d6d1c7d5a1e";

/** Taken by every address. */
export const REQUEST_ID = header("X-Request-Id", {
  description: "A name for the request, for both sides' logs; one is made where it is absent or strange.",
  schema: { type: "string", maxLength: 200, pattern: REQUEST_ID_FORM.source },
});
