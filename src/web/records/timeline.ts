// A record with its meetings, in two lists: what is coming, and what was, latest first. More is loaded when asked for.
import { Temporal } from "temporal-polyfill";
import { ask } from "../api/client";
import {
  type EventFullFragment,
  type RecordTimelineQuery,
  RecordTimelineDocument,
  type RecordType,
  WhichRecordDocument,
} from "../api/operations";
import type { RecordAddress } from "./address";

const PAGE = 25;

type RecordWithEvents = NonNullable<RecordTimelineQuery["record"]>;
export type RecordFacts = Omit<RecordWithEvents, "events">;

export interface Meetings {
  events: EventFullFragment[];
  /** Where the next page goes on; null where there is none. */
  more: string | null;
}

export interface Timeline {
  record: RecordFacts;
  /** What tells coming from past, for as long as the page is open. */
  now: string;
  coming: Meetings;
  past: Meetings;
}

async function withType({ type, id }: RecordAddress): Promise<{ type: RecordType; id: string } | null> {
  if (type) return { type, id };
  const { contact, account, opportunity, lead } = await ask(WhichRecordDocument, { id });
  const found = contact ?? account ?? opportunity ?? lead;
  return found && { type: found.type, id };
}

/** Null where there is no such record. */
export async function loadTimeline(address: RecordAddress): Promise<Timeline | null> {
  const known = await withType(address);
  if (!known) return null;
  const now = Temporal.Now.instant().toString({ smallestUnit: "millisecond" });
  const [coming, past] = await Promise.all([
    pageOf(known, now, "coming", null),
    pageOf(known, now, "past", null),
  ]);
  return coming && past && { record: coming.record, now, coming: coming.meetings, past: past.meetings };
}

export type Direction = "coming" | "past";

export async function pageOf(
  { type, id }: { type: RecordType; id: string },
  now: string,
  direction: Direction,
  cursor: string | null,
): Promise<{ record: RecordFacts; meetings: Meetings } | null> {
  const { record } = await ask(RecordTimelineDocument, {
    type,
    id,
    // All that the reader may see of, in the whole organisation: a contact's meetings are not one colleague's.
    filter: { scope: "ORGANISATION", ...(direction === "coming" ? { startAt: now } : { endAt: now }) },
    ...(direction === "coming" ? { first: PAGE, after: cursor } : { last: PAGE, before: cursor }),
  });
  if (!record) return null;
  const { events, ...facts } = record;
  const found = events.edges.map(({ node }) => node);
  const { hasNextPage, endCursor, hasPreviousPage, startCursor } = events.pageInfo;
  return {
    record: facts,
    meetings:
      direction === "coming"
        ? { events: found, more: hasNextPage ? endCursor : null }
        : // What is still going on stands under what is coming.
          {
            events: found.filter(({ endTime }) => endTime <= now).reverse(),
            more: hasPreviousPage ? startCursor : null,
          },
  };
}
