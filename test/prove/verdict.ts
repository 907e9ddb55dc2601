// After the storm, when nothing moves any more: every mirror against its calendar, every acknowledged write against
// what is there, and every row that excludeOwn let through against who wrote it.
import type { Findings } from "./findings";
import { difference, type Mirror } from "./mirror";
import type { Known, Model } from "./model";
import type { Poller } from "./poller";
import type { Storm } from "./storm";
import { contentOf, type EventRow, type Row } from "./wire";
import type { Client } from "./client";

interface Calendar {
  /** Everything the feed holds, from nothing. */
  entries: Row[];
  /** The list of live events. */
  events: EventRow[];
  manifest: string[];
  digest: { month: string; count: number; hash: string }[];
}

export async function judge(storm: Storm, findings: Findings): Promise<void> {
  const manifests = new Map<string, Map<string, string>>();
  for (const person of storm.people) {
    const pollers = storm.pollers.filter((poller) => poller.person === person);
    const client = storm.writers.find((writer) => writer.person === person)?.client;
    if (!client) continue;
    const calendar = await readCalendar(client);
    manifests.set(person.id, new Map(calendar.events.map(({ id, lastModifiedAt }) => [id, lastModifiedAt])));
    agree(calendar, person.id, findings);
    for (const poller of pollers) {
      if (poller.wish.excludeOwn) judgeEchoes(poller, client.token, storm.model, findings);
      else judgeMirror(poller.mirror, poller.wish.name, calendar, findings);
    }
    for (const row of calendar.events) storm.model.observe(row, "listed at the end");
  }
  for (const writer of storm.seriesWriters) await writer.judge(findings);
  for (const known of storm.model.events.values()) judgeEvent(known, storm.model, manifests, findings);
}

/** The mirrors of those who were told of the calendars, once nothing waits for them any more. */
export async function judgeHooks({ hooks, writers }: Storm, findings: Findings): Promise<void> {
  for (const hook of hooks) {
    const client = writers.find((writer) => writer.person === hook.person)?.client;
    if (client) judgeMirror(hook.mirror, hook.name, await readCalendar(client), findings);
  }
}

async function readCalendar(client: Client): Promise<Calendar> {
  const records = async <T>(path: string): Promise<T[]> => {
    const { status, body } = await client.get(path);
    if (status !== 200) throw new Error(`${path} was refused: ${JSON.stringify(body)}`);
    return body.records as T[];
  };
  const manifest = await records<{ id: string; lastModifiedAt: string }>("/events/manifest");
  return {
    entries: await records<Row>("/events?showDeleted=true"),
    events: await records<EventRow>("/events"),
    manifest: manifest.map(({ id, lastModifiedAt }) => `${id}:${lastModifiedAt}`),
    digest: await records("/events/digest?by=month"),
  };
}

const lines = (rows: readonly Row[]): string[] =>
  rows.map(({ id, lastModifiedAt }) => `${id}:${lastModifiedAt}`);

/** The service's own answers about one calendar must not contradict each other. */
function agree({ entries, events, manifest }: Calendar, userId: string, findings: Findings): void {
  const live = lines(entries.filter((row) => !row.deleted));
  for (const [name, other] of [
    ["feed", live],
    ["list", lines(events)],
  ] as const) {
    const differs = difference(other, manifest);
    if (differs !== null)
      findings.fault("mirrorsDiffering", `user ${userId}: the ${name} ${differs}, against the manifest`);
  }
}

function judgeMirror(mirror: Mirror, name: string, calendar: Calendar, findings: Findings): void {
  for (const { id, lastModifiedAt, deleted } of calendar.entries) {
    const held = mirror.entries.get(id);
    if (held && held.tick >= lastModifiedAt) continue;
    const what = deleted ? "removed" : "live";
    findings.fault("missed", `${name}: event ${id}, ${what} at ${lastModifiedAt}, never came`);
  }
  const contents = [...mirror.entries.values()]
    .filter((entry) => !entry.deleted)
    .map((entry) => entry.content);
  const differs =
    difference(mirror.manifest(), calendar.manifest) ??
    difference(contents, calendar.events.map(contentOf)) ??
    (JSON.stringify(mirror.digest()) === JSON.stringify(calendar.digest) ? null : "digests differ");
  if (differs !== null) findings.fault("mirrorsDiffering", `${name}: the mirror ${differs}`);
}

function judgeEvent(
  known: Known,
  model: Model,
  manifests: ReadonlyMap<string, ReadonlyMap<string, string>>,
  findings: Findings,
): void {
  if (known.gone) {
    for (const [userId, manifest] of manifests) {
      if (manifest.has(known.id))
        findings.fault("writesLost", `event ${known.id} was deleted and is in the list of user ${userId}`);
    }
    return;
  }
  if (model.mayBeGone(known)) return;
  const latest = known.versions.reduce((last, { tick }) => (tick > last ? tick : last), "");
  const listed = manifests.get(known.ownerId)?.get(known.id);
  if (listed === undefined || listed < latest)
    findings.fault("writesLost", `event ${known.id} was acknowledged at ${latest}, its owner has ${listed}`);
}

/** A row of an excludeOwn feed needs a change by somebody else after the `since` it was asked with. */
function judgeEchoes(poller: Poller, own: string, model: Model, findings: Findings): void {
  for (const { id, since, tick, deleted } of poller.delivered) {
    const known = model.events.get(id);
    if (!known) continue;
    const foreign = known.versions.some(
      (version) => version.author !== own && version.tick > since && version.tick <= tick,
    );
    const unsure = [...known.unsure].some((author) => author !== own);
    if (foreign || unsure || (deleted && !deletedBy(known, own, model))) continue;
    findings.fault("ownEchoed", `${poller.wish.name}: event ${id} of ${tick}, asked since ${since}`);
  }
}

/** Whether nobody else can have removed it. */
function deletedBy(known: Known, own: string, model: Model): boolean {
  const parent = known.parentId === null ? undefined : model.events.get(known.parentId);
  const others = [known, ...(parent ? [parent] : [])].flatMap(({ deletes }) => [...deletes.authors]);
  return known.gone && others.every((author) => author === own);
}
