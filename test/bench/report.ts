// The figures as a table, each beside the better floor of the same round, and what was asked for.
import type { Figures } from "./measure";
import type { Door } from "./operations";

export interface Cell extends Figures {
  name: string;
  door: Door;
  /** A floor whose writes keep the service's promises. */
  samePromises: boolean;
  spread: number;
}

export interface Row {
  operation: string;
  cells: Cell[];
}

export interface About {
  machine: string;
  loadBefore: number;
  events: number;
  connections: number;
  rounds: number;
  peakMemory: Record<string, number>;
}

/** How many times the total processor time of the better floor REST may take. */
const REST_GOALS: Record<string, number> = {
  "feed page of 100": 1.3,
  "feed page of 500": 1.3,
  "empty feed poll": 2,
  "a week, 7 events": 2.2,
  "90 days, 82 events": 1.3,
  "one by id": 2.2,
  create: 2.5,
  "change a subject": 2.5,
};

/** What PostGraphile 5 reached, as a share of the requests a second of the floor whose JSON PostgreSQL prints. */
const POSTGRAPHILE: Record<string, number> = {
  "feed page of 100": 0.41,
  "feed page of 500": 0.42,
  "empty feed poll": 0.4,
  "a week, 7 events": 0.28,
  "90 days, 82 events": 0.41,
  "one by id": 0.3,
  create: 0.51,
  "change a subject": 0.52,
};

/** Rounds further apart than this were disturbed by something else. */
const BELIEVABLE = 0.25;

const total = ({ server, postgres }: Figures): number => server + postgres;
const us = (value: number): string => Math.round(value).toLocaleString("en-US");

const times = ({ p50, p95, p99 }: Figures): string[] => [p50, p95, p99].map((ms) => ms.toFixed(1));

export function report(about: About, rows: readonly Row[]): string {
  const lines = [
    `${about.events.toLocaleString("en-US")} events, ${about.connections} connections, ${about.rounds} rounds. ${about.machine}; load ${about.loadBefore}.`,
    `Peak memory in MB: ${Object.entries(about.peakMemory)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}.`,
    "",
    "| | | requests/s | p50 ms | p95 | p99 | CPU us, server + PostgreSQL | bytes | WAL bytes | CPU of floor | CPU of same promises | requests/s of floor |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  const noisy: string[] = [];
  for (const { operation, cells } of rows) {
    const floors = cells.filter(({ door, samePromises }) => door === "floor" && !samePromises);
    const beside = {
      least: Math.min(...floors.map(total)),
      printed: floors[0]?.perSecond ?? NaN,
      same: cells.find(({ samePromises }) => samePromises),
    };
    for (const cell of cells) {
      lines.push(lineOf(operation, cell, beside));
      if (cell.spread > BELIEVABLE)
        noisy.push(`${operation}, ${cell.name} (${Math.round(cell.spread * 100)}%)`);
    }
  }
  if (noisy.length > 0)
    lines.push("", `Too noisy to believe, the rounds' costs lie this far apart: ${noisy.join("; ")}.`);
  return lines.join("\n");
}

/** The floors of the same operation. */
interface Beside {
  least: number;
  printed: number;
  same: Cell | undefined;
}

function lineOf(operation: string, cell: Cell, { least, printed, same }: Beside): string {
  const cpu = total(cell) / least;
  const rate = cell.perSecond / printed;
  const goal = cell.door === "rest" ? REST_GOALS[operation] : undefined;
  const ahead = cell.door === "graphql" ? POSTGRAPHILE[operation] : undefined;
  const asked = goal ? ` (goal ${goal}${cpu > goal ? ", MISSED" : ""})` : "";
  const peer = ahead ? ` (PostGraphile ${ahead}${rate < ahead ? ", BEHIND" : ""})` : "";
  const texts = [
    cell.door === "floor" ? operation : `**${operation}**`,
    cell.name,
    us(cell.perSecond),
    ...times(cell),
    `${us(cell.server)} + ${us(cell.postgres)}`,
    us(cell.bytes),
    cell.wal > 0 ? us(cell.wal) : "",
    `${cpu.toFixed(2)}${asked}`,
    same ? (total(cell) / total(same)).toFixed(2) : "",
    `${rate.toFixed(2)}${peer}`,
  ];
  return `| ${texts.join(" | ")} |`;
}
