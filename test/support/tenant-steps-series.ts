// Series that two organisations of the same ids have, and what they are asked of them.
import type pg from "pg";
import { graphql, rest, type Known, type Step } from "./tenant-steps";
import { MIRRORED_AS_WHOLE, THEIRS_ALONE } from "./two-tenants";

/** Some weeks ahead of whoever runs this: what is over is no longer changed. */
const COMING = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
const seriesOf = (meeting: object): object => ({
  ...meeting,
  startTime: `${COMING}T15:00:00Z`,
  endTime: `${COMING}T16:00:00Z`,
  recurrence: { rrule: "FREQ=DAILY;COUNT=3" },
});
const SERIES = [
  "renamed",
  "split",
  "ruled",
  "answered",
  "left",
  "dropped",
  "handed",
  "zoned",
  "seen",
  "hidden",
  "filed",
];

interface Making {
  post: (path: string, body: unknown, headers?: object, who?: string) => Promise<string>;
  patch: (path: string, body: unknown) => Promise<unknown>;
  sql: pg.Pool;
}

/** Makes them, and notes their ids and those of their occurrences. */
export async function makeSeries(id: Known, meeting: object, { post, patch, sql }: Making): Promise<void> {
  for (const name of SERIES) {
    const kept = name === "handed" && { organizerEmail: "boss@client.co", attendees: [{ userId: id.cleo }] };
    const series = { ...seriesOf(meeting), iCalUid: `series-${name}`, private: name === "seen", ...kept };
    const own = name === "hidden" ? { ...series, private: true, attendees: [] } : series;
    const headers = { "Idempotency-Key": `series-${name}` };
    const seriesId = await post("/series", own, headers, name === "hidden" ? "ben" : "ada");
    id[`${name}Series`] = seriesId;
    const { rows } = await sql.query<{ id: string }>(
      "select id from event where series_id = $1 order by recurrence_id",
      [seriesId],
    );
    rows.forEach((row, index) => (id[`${name}${index}`] = row.id));
  }
  await patch(`/events/${id.seen1}?scope=following`, { subject: "Split" });
  await sql.query("update event set location = 'Own' where id = $1", [id.seen2]);
}

const SERIES_SHOWN = `subject expandedUntil upcoming(first: 2) owner { name } attendees { name status }
  occurrences { edges { node { subject recurrenceId } } }`;

export const seriesReads = (id: Known): Step[] => [
  rest("GET", "/events.ics"),
  rest("GET", `/events.ics?calendarId=${id.benCalendar}`, undefined, "cleo"),
  ...["ada", "cleo"].flatMap((who) => [
    rest("GET", `/series/${id.seenSeries}`, undefined, who),
    graphql(`{ series(id: ${id.seenSeries}) { ${SERIES_SHOWN} } }`, who),
    graphql(
      `{ event(id: ${id.seen2}) { subject overrides series { ${SERIES_SHOWN} previous { subject } } } }`,
      who,
    ),
  ]),
  graphql(
    `{ events(filter: { seriesId: ${id.seenSeries} }) { edges { node { subject recurrenceId } } } }`,
    "cleo",
  ),
  graphql(
    `{ events(filter: { calendarIds: [${id.benCalendar}], seriesId: ${id.hiddenSeries} }) { edges { node { subject } } } }`,
  ),
  rest("GET", "/events?startAt=2026-03-04T00:00:00Z&series=overridden"),
  rest("GET", "/events?since=0&limit=1000&series=overridden"),
  graphql(`{ series(id: ${THEIRS_ALONE.series}) { subject } }`, "admin"),
  graphql(`{ series(id: ${id.hiddenSeries}) { ${SERIES_SHOWN} } }`),
  graphql(`{ series(id: ${id.seenSeries}) { subject history { edges { node { kind client } } } } }`, "admin"),
  graphql(`{ events(filter: { seriesId: ${id.seenSeries} }) { edges { node { subject recurrenceId } } } }`),
];

const FILE = { "Content-Type": "text/calendar" };
const DAY = COMING.replaceAll("-", "");
/** Of what is pruned, so that nothing else is. */
const PRUNED = new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
const inFile = (uid: string, ...lines: string[]): string => eventAt(`${DAY}T080000Z`, uid, ...lines);
const eventAt = (start: string, uid: string, ...lines: string[]): string =>
  ["BEGIN:VEVENT", `UID:${uid}`, `DTSTART:${start}`, "DURATION:PT1H", ...lines, "END:VEVENT"].join("\r\n");
const fileOf = (...lines: string[]): string =>
  ["BEGIN:VCALENDAR", ...lines, "END:VCALENDAR", ""].join("\r\n");
const ANN = "ATTENDEE:mailto:ann@client.co";
const THREE = "RRULE:FREQ=DAILY;COUNT=3";

/** What earlier imports have brought; the other organisation's files were of later versions, and had more of them whole. */
export async function importFiles(id: Known, { post, sql }: Making): Promise<void> {
  const singles = ["file-one", "file-two", "file-gone", "file-asked"];
  const series = ["file-series", "file-cancelled", "file-answered", "file-alone"];
  const place = `RECURRENCE-ID:${DAY}T150000Z`;
  const lines = [
    ...singles.map((uid) => inFile(uid, "SEQUENCE:1", `SUMMARY:${uid}`, ANN)),
    ...series.map((uid) => inFile(uid, "SEQUENCE:1", `SUMMARY:${uid}`, THREE, ANN)),
    eventAt(`${PRUNED}T080000Z`, "file-pruned", "SEQUENCE:1", THREE),
    // In the other organisation it is within the span of what is pruned.
    eventAt(`${PRUNED}T053000Z`, "file-early", "SEQUENCE:1"),
    eventAt(`${PRUNED}T090000Z`, "series-filed", `SEQUENCE:${MIRRORED_AS_WHOLE}`, place),
  ];
  await post("/import", fileOf(...lines), FILE);
  const { rows } = await sql.query<{ id: string }>("select id from series where i_cal_uid = 'file-answered'");
  id.answeredInFileSeries = rows[0]?.id ?? "";
  const made = await sql.query<{ ms: string }>(
    "select round(extract(epoch from created_at) * 1000)::text as ms from series where id = $1",
    [id.seenSeries],
  );
  id.seenSeriesMark = `${THEIRS_ALONE.series}-${made.rows[0]?.ms}`;
}

const importing = (name: string, query: string, lines: readonly string[], who = "ada"): Step => ({
  name: `${who}: imports ${name}`,
  ask: (at) => at.rest(who, "POST", `/import${query}`, fileOf(...lines), FILE),
});

/** With a look at a series afterwards. */
const looking = ({ name, ask }: Step, seriesId: string | undefined): Step => ({
  name,
  ask: async (at) => [await ask(at), await at.rest("ada", "GET", `/series/${seriesId}`)],
});

const answering = (id: Known): Step => {
  const people = ANN.replace(":", ";PARTSTAT=ACCEPTED:");
  const answers = ["file-asked", "file-answered"].map((uid) => inFile(uid, people));
  return looking(importing("answers", "", ["METHOD:REPLY", ...answers]), id.answeredInFileSeries);
};

const pruning = (id: Known): Step => {
  const lines = [eventAt(`${PRUNED}T070000Z`, "file-first"), eventAt(`${PRUNED}T200000Z`, "file-last")];
  return looking(importing("and prunes", "?prune=true", lines), id.filedSeries);
};

const importWrites = (id: Known): Step[] => [
  importing("what is new", "", [inFile("file-new"), inFile("file-new-series", THREE)]),
  importing("what is newer", "", [
    inFile("file-one", "SEQUENCE:2", "SUMMARY:Newer"),
    inFile("file-gone", "SEQUENCE:2", "STATUS:CANCELLED"),
    inFile("file-series", "SEQUENCE:2", "SUMMARY:Newer", THREE, `EXDATE:${DAY}T080000Z`),
  ]),
  importing("what is older", "", [inFile("file-two", "SEQUENCE:0", "SUMMARY:Older")]),
  importing("what colleagues hide", "", [eventAt(`${DAY}T150000Z`, "series-hidden", THREE)]),
  importing("what she takes no part in", "", [eventAt(`${DAY}T150000Z`, "series-seen", THREE)], "cleo"),
  importing("what others have", "", [
    eventAt("20260302T170000Z", THEIRS_ALONE.event),
    eventAt("20260302T170000Z", THEIRS_ALONE.colleagues),
    inFile("theirs-series-seen", THREE),
    inFile("theirs-marked", THREE, `X-TIDEMARK-SERIES:${id.seenSeriesMark}`),
  ]),
  importing("an instance alone", "", [
    eventAt(`${DAY}T100000Z`, "file-alone", "SEQUENCE:2", `RECURRENCE-ID:${DAY}T080000Z`),
  ]),
  answering(id),
  importing("a cancellation", "", ["METHOD:CANCEL", inFile("file-cancelled", "SEQUENCE:2")]),
  pruning(id),
];

export const seriesWrites = (id: Known, meeting: object): Step[] => [
  rest("POST", "/series", { ...seriesOf(meeting), iCalUid: "series-renamed" }, "ada", {
    "Idempotency-Key": "series-renamed",
  }),
  graphql(
    `mutation { createSeries(calendarId: ${id.cleoCalendar}, input: { startTime: "${COMING}T15:00:00Z", endTime: "${COMING}T16:00:00Z", attendees: [{ userId: ${id.ada} }, { emailAddress: "dana@x.co" }], parentId: ${id.cleos}, recurrence: { rrule: "FREQ=DAILY;COUNT=2" } }) { created series { timezone parentId attendees { name contactId } } } }`,
    "admin",
  ),
  rest("PATCH", `/events/${id.renamed0}?scope=all`, { subject: "All", attendees: [{ userId: id.cleo }] }),
  rest("PATCH", `/events/${id.split1}?scope=following`, { location: "From here on" }),
  graphql(
    `mutation { updateSeries(eventId: ${id.ruled0}, scope: ALL, input: { recurrence: { rrule: "FREQ=DAILY;INTERVAL=2;COUNT=3" }, parentId: ${id.one} }) { changed created deleted series { ${SERIES_SHOWN} } } }`,
  ),
  graphql(
    `mutation { updateSeries(eventId: ${id.zoned0}, scope: ALL, input: { timezone: null }) { changed series { timezone } } }`,
    "admin",
  ),
  graphql(
    `mutation { respondToSeries(eventId: ${id.answered0}, scope: ALL, status: "Accepted") { changed series { attendees { name status } } } }`,
    "ben",
  ),
  graphql(
    `mutation { deleteSeries(eventId: ${id.left1}, scope: FOLLOWING) { changed deleted series { attendees { name status } } } }`,
    "ben",
  ),
  rest("DELETE", `/events/${id.dropped1}?scope=following`),
  graphql(
    `mutation { deleteSeries(eventId: ${id.handed0}, scope: ALL) { changed deleted series { owner { name } } } }`,
  ),
  graphql(
    `mutation { updateSeries(eventId: ${THEIRS_ALONE.event}, scope: ALL, input: {}) { changed } }`,
    "admin",
  ),
  ...importWrites(id),
];
