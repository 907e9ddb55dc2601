// What fields of an answer lead to, each kind in one batched look-up per request and level (DataLoader), and counted as part
// of the answer's size.
import DataLoader from "dataloader";
import { answerSizeOf, type AnswerSize } from "../access/answer-size";
import { loaderById, perRequest } from "../context";
import { PAGE_DEFAULT } from "../values/pages";
import { listHistories, type HistoryPage } from "./history";
import { listTimelines, type TimelineList } from "./lists";
import type { EventView } from "./projection";
import { ownCalendar } from "../people/calendars";
import { readOnStandby, type Leeway } from "./lagging";
import { findChildren, findEvents, findHeld, findParts } from "./read";
import type { FoundEvents } from "./search";

/** The events that were read for an answer, counted. */
function counted(size: AnswerSize, { views, bytes }: FoundEvents): EventView[] {
  size.read(views.length, bytes);
  return views;
}

export const eventLoader = loaderById(async (ctx, ids) => {
  const size = answerSizeOf(ctx);
  return counted(size, await findEvents(ctx, ids, size.room));
});

/**
 * Events that may be as old as is said, where the caller's own calendar holds them: a standby may answer, and masks nothing then.
 * The primary answers for all others, and where nothing is there.
 */
export const laggingEventLoader = perRequest((ctx) =>
  perList(
    (leeway: Leeway) =>
      new DataLoader(async (ids: readonly string[]) => {
        const size = answerSizeOf(ctx);
        const own = ownCalendar(ctx);
        const found = await readOnStandby(ctx, own, leeway, async (there) => {
          const held = await findHeld(there, own, { ids, most: size.room });
          return held.views.length > 0 || held.isCut ? held : null;
        });
        const views = new Map((found ? counted(size, found) : []).map((view) => [view.id, view]));
        return Promise.all(ids.map(async (id) => views.get(id) ?? (await eventLoader(ctx).load(id))));
      }),
  ),
);

/** Whether the caller has left an event whose list they are on, and whether they organise it. */
export const partLoader = perRequest(
  (ctx) =>
    new DataLoader(async (ids: readonly string[]) => {
      const parts = await findParts(ctx, ids);
      return ids.map((id) => parts.get(id) ?? NO_PART);
    }),
);

const NO_PART = { hasLeft: false, organises: false };

export const childrenLoader = perRequest(
  (ctx) =>
    new DataLoader(async (ids: readonly string[]) => {
      const size = answerSizeOf(ctx);
      const lists = new Map(ids.map((id): [string, EventView[]] => [id, []]));
      for (const child of counted(size, await findChildren(ctx, ids, size.room)))
        lists.get(String(child.parentId))?.push(child);
      return ids.map((id) => lists.get(id) ?? []);
    }),
);

/** A loader for each list that is asked for. */
const perList = <L, T>(make: (list: L) => T): ((list: L) => T) => {
  const made = new Map<string, T>();
  return (list) => {
    const key = JSON.stringify(list);
    const loader = made.get(key) ?? make(list);
    made.set(key, loader);
    return loader;
  };
};

/** The timelines of records: a loader for each list that is asked of them. */
export const timelineLoader = perRequest((ctx) =>
  perList(
    (list: TimelineList) =>
      new DataLoader(async (records: readonly string[]) => {
        const size = answerSizeOf(ctx);
        size.add(records.length * (list.page.first ?? list.page.last ?? PAGE_DEFAULT));
        size.ask(records.length);
        const pages = await listTimelines(ctx, records, list, size.room);
        for (const { views, bytes } of pages) size.read(views.length, bytes);
        return pages;
      }),
  ),
);

/** The histories of events: a loader for each page that is asked of them. */
export const historyLoader = perRequest((ctx) =>
  perList(
    (page: HistoryPage) =>
      new DataLoader(async (eventIds: readonly string[]) => {
        const answer = answerSizeOf(ctx);
        answer.add(eventIds.length * page.size);
        answer.ask(eventIds.length);
        const pages = await listHistories(ctx, eventIds, page, answer.room);
        for (const { size, bytes } of pages) answer.read(size, bytes);
        return pages;
      }),
  ),
);
