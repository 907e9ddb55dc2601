// What each family of a file is decided from: what earlier imports made, what is there, and what a series of it comes to.
import type { Context } from "../context";
import type { Family, ImportedEvent } from "../ical/family";
import { idInMark } from "../ical/mark";
import { firstCodePoints } from "../ical/property";
import type { ImportWindow } from "../ical/read";
import { mapInPieces } from "../turns/pauses";
import { readEvent } from "./batches";
import { filedOf, Unkept, type Filed } from "./filed";
import { colleaguesByUid, elsewhere, knownById, knownByUid } from "./known";
import { knownSeries, type KnownSeries } from "./known-series";
import { planOf } from "./plan";
import type { Plan, Standing } from "./planned";
import { hashOf, remember } from "./remembered";

/** What an import takes in, and when it is. */
export interface Today extends ImportWindow {
  /** The address of the caller, who has what is imported. */
  ownEmail: string;
  now: number;
}

const MAX_UID_LENGTH = 1_000;
/** The UID of a family as far as a column holds it. */
const uidOf = ({ uid }: Family): string => firstCodePoints(uid, MAX_UID_LENGTH).trimEnd();

type Tell = (line: number, message: string) => void;

/** What the families come to, in their order. `tell` hears of series that cannot be kept as one. */
export async function plansFor(
  ctx: Context,
  today: Today,
  families: readonly Family[],
  tell: Tell,
): Promise<Plan[]> {
  const memories = await remember(
    ctx,
    families.map(({ uid }) => uid),
  );
  const book = await knownSeries(ctx, {
    uids: [...new Set(families.map(uidOf))],
    ids: families.flatMap(({ series }) => idInMark(series?.mark ?? "") ?? []),
  });
  const made = [...memories.values()].flatMap((memory) => [...memory.values()]);
  const standing = await standingFor(
    ctx,
    today,
    families,
    made.flatMap(({ eventId }) => eventId ?? []),
  );
  return mapInPieces(families, (family) => {
    const series = book.byMark.get(family.series?.mark ?? "") ?? book.byUid.get(uidOf(family)) ?? null;
    const memory = memories.get(hashOf(family.uid)) ?? new Map<string, never>();
    const filed = keptSeries(ctx, today, family, series?.isOwn ? series : null, tell);
    return planOf(family, { ...standing, series, memory, filed });
  });
}

type ForAll = Omit<Standing, "series" | "memory" | "filed">;

/** What the families have in common. */
async function standingFor(
  ctx: Context,
  today: Today,
  families: readonly Family[],
  made: readonly string[],
): Promise<ForAll> {
  const placed = families.flatMap(({ events, alone }) => [...events, ...alone]);
  const marked = placed.flatMap(({ mark }) => idInMark(mark ?? "") ?? []);
  const byId = await knownById(ctx, [...new Set([...marked, ...made])]);
  const uids = [...new Set([...placed.map(({ event }) => event.iCalUid), ...families.map(uidOf)])];
  const byUid = await knownByUid(ctx, uids);
  const others = await elsewhere(
    ctx,
    marked.filter((id) => !byId.has(id)),
  );
  const colleagues = await colleaguesByUid(
    ctx,
    uids.filter((uid) => !byUid.has(uid)),
  );
  return {
    byId,
    byUid,
    elsewhere: new Set([...others].map(([id, created]) => `${id}-${created}`)),
    isColleagues: ({ iCalUid, startTime }: ImportedEvent) => colleagues.has(`${iCalUid}\n${startTime}`),
    span: { from: today.from.getTime(), to: today.to.getTime() },
    now: today.now,
  };
}

/** The series of a family; null where it has none, or one that cannot be kept as one and comes to single events. */
function keptSeries(
  ctx: Context,
  { now, zone: home, ownEmail }: Today,
  family: Family,
  known: KnownSeries | null,
  tell: Tell,
): Filed | null {
  if (!family.series) return null;
  const { event } = family.series;
  try {
    const filed = filedOf(family, { now, home, known, horizonDays: ctx.db.seriesHorizonDays });
    return "problem" in readEvent(event, ownEmail) ? null : filed;
  } catch (error) {
    if (!(error instanceof Unkept)) throw error;
    if (error.why !== null)
      tell(
        event.line,
        `This series is taken in as single events, from a year back to two years ahead: ${error.why}`,
      );
    return null;
  }
}
