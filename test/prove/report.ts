// What the proof says when it is over: for a person, or as JSON.
import { PROMISES, type Example, type Promised } from "./findings";
import type { Cut } from "./proxy";
import type { Damage } from "./storm";
import type { PoorMailboxes } from "./poor-mailboxes";
import type { TwoWay } from "./two-way";

export interface Report {
  seed: string;
  /** The same for two runs that were asked to do the same. */
  plan: string;
  writers: number;
  calendars: number;
  versionsCommitted: number;
  versionsSeen: number;
  seconds: number;
  versionsPerSecond: number;
  polls: number;
  lists: number;
  listsUnchanged: number;
  eventsShownToColleagues: number;
  ofThemMasked: number;
  actsOnSeries: number;
  webhookCalls: number;
  plainSqlTransactions: number;
  connectionsCut: Record<Cut, number>;
  damage: Damage;
  /** What a standby has answered, and why the primary has instead; null where there was none. */
  standbyReads: Record<string, number> | null;
  twoWay: TwoWay | null;
  poor: PoorMailboxes | null;
  counts: Record<Promised, number>;
  faults: number;
  examples: Example[];
  /** The end of the service's log, where it answered with a defect. */
  complaints: string;
}

const number = (value: number): string => value.toLocaleString("en-US").padStart(11);

export function readable(report: Report): string {
  const { connectionsCut: cut, damage, standbyReads, twoWay, poor } = report;
  const lines = [
    `Tidemark, proof of sync. Seed ${report.seed}, plan ${report.plan}: ${report.writers} writers on ${report.calendars} calendars.`,
    "",
    `${number(report.versionsCommitted)}  versions committed, in ${report.seconds} s (${report.versionsPerSecond} a second)`,
    `${number(report.versionsSeen)}  versions seen by pollers`,
    `${number(report.polls)}  polls of feeds; ${report.lists} whole lists, ${report.listsUnchanged} of them unchanged (304)`,
    `${number(report.eventsShownToColleagues)}  events shown to a colleague, ${report.ofThemMasked} of them private`,
    `${number(report.actsOnSeries)}  acts on series: made, changed, split, answered, cut short`,
    `${number(report.webhookCalls)}  calls of webhooks, three in ten of which failed; ${damage.killedInCalls} times both instances were killed in one`,
    `${number(report.plainSqlTransactions)}  transactions of plain SQL`,
    `${number(cut.requestLost)}  requests lost; ${cut.answerLost} answers lost, ${cut.answerTorn} torn`,
    `${number(damage.clockSteps)}  steps of the clock; ${damage.instancesKilled} instances and ${damage.postgresKilled} times PostgreSQL killed`,
  ];
  if (standbyReads) {
    const { answered = 0, ...others } = standbyReads;
    const why = Object.entries(others).map(([reason, count]) => `${count} ${reason}`);
    lines.push(
      `${number(answered)}  reads answered by the standby; by the primary instead: ${why.join(", ")}`,
    );
  }
  if (twoWay)
    lines.push(
      `${number(twoWay.edits)}  edits in CRM and mailboxes at once; ${twoWay.writes} writes by the sync, ${twoWay.writesAfterLastEdit} of them after the last edit, silent after ${twoWay.roundsToSilence} rounds`,
    );
  if (poor)
    lines.push(
      `${number(poor.copies)}  poor copies of ${poor.meetings} meetings written back by mailboxes, during ${poor.edits} edits`,
    );
  lines.push("");
  for (const [name, text] of Object.entries(PROMISES)) {
    lines.push(`${number(report.counts[name as Promised])}  ${text}`);
  }
  for (const { promise, text } of report.examples) lines.push("", `${promise}: ${text}`);
  if (report.complaints !== "") lines.push("", "The end of the service's log:", report.complaints);
  lines.push("", report.faults === 0 ? "Every promise was kept." : `BROKEN: ${report.faults} faults.`);
  return lines.join("\n");
}
