// The proof from beginning to end: the stage, the storm, the judgement, and two-way sync with mailboxes.
import { Findings } from "./findings";
import { planName } from "./plan";
import { startProxy, type Proxy } from "./proxy";
import type { Report } from "./report";
import type { Service } from "./service";
import { Stage } from "./stage";
import { setTheStage, storm, type Storm, type StormWish } from "./storm";
import { provePoorMailboxes, type PoorMailboxes } from "./poor-mailboxes";
import { proveTwoWaySync, type TwoWay } from "./two-way";
import { judge, judgeHooks } from "./verdict";

export interface ProofWish extends StormWish {
  /** Told how far it is, now and then. */
  progress?: (line: string) => void;
  /** Without the mailboxes. */
  oneWay?: boolean;
  /** With poor mailboxes, or not; by default as with the others. */
  poorMailboxes?: boolean;
}

const PROGRESS_MS = 500;

export async function prove(service: Service, wish: ProofWish): Promise<Report> {
  const findings = new Findings();
  let turn = 0;
  const proxy = await startProxy(() => {
    const urls = service.urls();
    return urls[turn++ % Math.max(urls.length, 1)] ?? null;
  });
  const reach = { urls: () => service.urls(), cut: proxy.url.bind(proxy), findings };
  try {
    // Runs on the same service must not meet: their people have addresses of their own.
    const run = `${wish.seed}-${Math.random().toString(36).slice(2, 6)}`;
    const stage = await Stage.open(reach, service.adminToken, run);
    const cast = await setTheStage(stage, service, wish, findings);
    await wish.onStage?.();
    const telling = setInterval(
      () => wish.progress?.(`${cast.model.committed} versions, ${findings.total} faults`),
      PROGRESS_MS,
    );
    const weathered = await storm(cast, service, wish, findings).finally(() => clearInterval(telling));
    await judge(weathered, findings);
    const standbyReads = (await service.standby?.reads()) ?? null;
    // What a call was cut off from is leased for a while: meanwhile others sync.
    const [twoWay, poor] = await Promise.all([
      wish.oneWay ? null : proveTwoWaySync(stage, wish.seed, findings),
      (wish.poorMailboxes ?? !wish.oneWay)
        ? provePoorMailboxes(stage, wish.seed, wish.versions, findings)
        : null,
      Promise.all(weathered.hooks.map((hook) => hook.catchUp())),
    ]);
    await judgeHooks(weathered, findings);
    await Promise.all(weathered.hooks.map((hook) => hook.close()));
    const complaints = service.complaints();
    return report(wish, findings, { storm: weathered, proxy, twoWay, poor, complaints, standbyReads });
  } finally {
    proxy.close();
  }
}

interface Shown {
  storm: Storm;
  proxy: Proxy;
  twoWay: TwoWay | null;
  poor: PoorMailboxes | null;
  complaints: string;
  standbyReads: Report["standbyReads"];
}

function report(
  wish: ProofWish,
  findings: Findings,
  { storm: shown, proxy, twoWay, poor, complaints, standbyReads }: Shown,
): Report {
  const { model, pollers, damage, seconds, listers, onlookers, sqlWriters, hooks, seriesWriters } = shown;
  const seen = new Set<string>();
  for (const poller of pollers) for (const version of poller.seen) seen.add(version);
  return {
    seed: wish.seed,
    plan: planName(wish.seed, wish.writers, wish.versions),
    writers: wish.writers,
    calendars: wish.calendars,
    versionsCommitted: model.committed,
    versionsSeen: seen.size,
    seconds: Math.round(seconds * 10) / 10,
    versionsPerSecond: Math.round(model.committed / seconds),
    polls: pollers.reduce((sum, { rounds }) => sum + rounds, 0),
    lists: listers.reduce((sum, { rounds }) => sum + rounds, 0),
    listsUnchanged: listers.reduce((sum, { unchanged }) => sum + unchanged, 0),
    eventsShownToColleagues: onlookers.reduce((sum, { looked }) => sum + looked, 0),
    ofThemMasked: onlookers.reduce((sum, { masked }) => sum + masked, 0),
    actsOnSeries: seriesWriters.reduce((sum, { acts }) => sum + acts, 0),
    webhookCalls: hooks.reduce((sum, { calls }) => sum + calls, 0),
    plainSqlTransactions: sqlWriters.reduce((sum, { transactions }) => sum + transactions, 0),
    connectionsCut: { ...proxy.cuts },
    damage,
    standbyReads,
    twoWay,
    poor,
    counts: findings.counts,
    faults: findings.total,
    examples: findings.examples,
    complaints: findings.counts.defects > 0 ? complaints : "",
  };
}
