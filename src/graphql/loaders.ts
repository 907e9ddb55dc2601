// One batched look-up per request and level for whatever a field points at (DataLoader).
import DataLoader from "dataloader";
import type { Context } from "../context";
import type { Record } from "../entities/record";
import type { RecordRef } from "../event/event.inputs";
import type { EventConnection } from "../event/event.types";
import { listHistories, type HistoryPage } from "../event/history";
import type { HistoryConnection } from "../event/history.types";
import { listTimelines } from "../event/lists";
import type { EventView } from "../event/projection";
import type { FoundEvents } from "../event/search";
import { findChildren, findEvents } from "../event/read";
import { findRecords } from "../people/records";
import { findUsersById, type UserView } from "../people/users";
import { PAGE_DEFAULT } from "../values/pages";
import { Entries } from "./entries";

export interface Loaders {
  users: DataLoader<string, UserView | null>;
  events: DataLoader<string, EventView | null>;
  records: DataLoader<string, Record | null>;
  children: DataLoader<string, EventView[]>;
  /** What the lists within lists of this answer hold so far. */
  entries: Entries;
  /** The timelines of records: a loader for each list that is asked of them. */
  timelines(list: TimelineList): DataLoader<RecordRef, EventConnection>;
  /** The histories of events: a loader for each page that is asked of them. */
  histories(page: HistoryPage): DataLoader<string, HistoryConnection>;
}

type TimelineList = Parameters<typeof listTimelines>[2];

const byId = <T extends { id: string }>(
  find: (ids: readonly string[]) => Promise<T[]>,
): DataLoader<string, T | null> =>
  new DataLoader(async (ids: readonly string[]) => {
    const found = new Map((await find(ids)).map((one) => [one.id, one]));
    return ids.map((id) => found.get(id) ?? null);
  });

/** The events that were read for an answer, counted. */
function counted(entries: Entries, { views, bytes }: FoundEvents): EventView[] {
  entries.read(views.length, bytes);
  return views;
}

const perList = <L, T>(make: (list: L) => T): ((list: L) => T) => {
  const made = new Map<string, T>();
  return (list) => {
    const key = JSON.stringify(list);
    const loader = made.get(key) ?? make(list);
    made.set(key, loader);
    return loader;
  };
};

/** The loaders of one request. `ctx` is the context they become part of. */
export const createLoaders = (ctx: Context, entries = new Entries()): Loaders => ({
  users: byId((ids) => findUsersById(ctx, ids)),
  events: byId(async (ids) => counted(entries, await findEvents(ctx, ids, entries.room))),
  // Links to archived records stay, so they still lead somewhere.
  records: byId((ids) => findRecords(ctx, ids, true)),
  children: new DataLoader(async (ids) => {
    const lists = new Map(ids.map((id): [string, EventView[]] => [id, []]));
    for (const child of counted(entries, await findChildren(ctx, ids, entries.room)))
      lists.get(String(child.parentId))?.push(child);
    return ids.map((id) => lists.get(id) ?? []);
  }),
  timelines: perList(
    (list: TimelineList) =>
      new DataLoader(async (records) => {
        entries.add(records.length * (list.page.first ?? list.page.last ?? PAGE_DEFAULT));
        entries.ask(records.length);
        const pages = await listTimelines(ctx, records, list, entries.room);
        for (const { views, bytes } of pages) entries.read(views.length, bytes);
        return pages;
      }),
  ),
  histories: perList(
    (page: HistoryPage) =>
      new DataLoader(async (eventIds) => {
        entries.add(eventIds.length * page.size);
        entries.ask(eventIds.length);
        const pages = await listHistories(ctx, eventIds, page, entries.room);
        for (const { size, bytes } of pages) entries.read(size, bytes);
        return pages;
      }),
  ),
  entries,
});
