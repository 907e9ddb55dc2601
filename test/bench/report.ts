// The figures as a table, each beside the better floor of the same round, and what was asked for.
import { asksToBeAhead, mostOfFloor } from "./goals";
import type { Contender, Figures } from "./measure";
import type { Door } from "./operations";

export interface Cell extends Figures {
  name: string;
  door: Door;
  beside: Contender["beside"];
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
    "| | | requests/s | p50 ms | p95 | p99 | CPU us, server + PostgreSQL | bytes | WAL bytes | CPU of floor | CPU of same promises | requests/s of floor | requests/s of PostGraphile |",
    `|${" --- |".repeat(13)}`,
  ];
  const noisy: string[] = [];
  for (const { operation, cells } of rows) {
    const floors = cells.filter(({ beside }) => beside === "bare");
    const others = {
      least: Math.min(...floors.map(total)),
      printed: floors[0]?.perSecond ?? NaN,
      same: cells.find(({ beside }) => beside === "same"),
      peer: cells.find(({ beside }) => beside === "peer"),
    };
    for (const cell of cells) {
      lines.push(lineOf({ operation, door: cell.door, connections: about.connections }, cell, others));
      if (cell.spread > BELIEVABLE)
        noisy.push(`${operation}, ${cell.name} (${Math.round(cell.spread * 100)}%)`);
    }
  }
  if (noisy.length > 0)
    lines.push("", `Too noisy to believe, the rounds' costs lie this far apart: ${noisy.join("; ")}.`);
  return lines.join("\n");
}

/** What else was asked the same. */
interface Others {
  least: number;
  printed: number;
  same: Cell | undefined;
  peer: Cell | undefined;
}

type Where = Parameters<typeof asksToBeAhead>[0];

function lineOf(where: Where, cell: Cell, { least, printed, same, peer }: Others): string {
  const isDoor = cell.door === "rest" || cell.door === "graphql";
  const texts = [
    isDoor ? `**${where.operation}**` : where.operation,
    cell.name,
    us(cell.perSecond),
    ...times(cell),
    `${us(cell.server)} + ${us(cell.postgres)}`,
    us(cell.bytes),
    cell.wal > 0 ? us(cell.wal) : "",
    atMost(total(cell) / least, mostOfFloor("bare", where)),
    same ? atMost(total(cell) / total(same), mostOfFloor("same", where)) : "",
    (cell.perSecond / printed).toFixed(2),
    besidePeer(where, cell, peer),
  ];
  return `| ${texts.join(" | ")} |`;
}

const asked = (goal: number, isMissed: boolean): string => ` (goal ${goal}${isMissed ? ", MISSED" : ""})`;

const atMost = (ratio: number, goal: number | null): string =>
  ratio.toFixed(2) + (goal === null ? "" : asked(goal, ratio > goal));

function besidePeer(where: Where, { perSecond }: Cell, peer: Cell | undefined): string {
  if (!peer) return "not measured";
  const ratio = perSecond / peer.perSecond;
  return ratio.toFixed(2) + (asksToBeAhead(where) ? asked(1, ratio <= 1) : "");
}
