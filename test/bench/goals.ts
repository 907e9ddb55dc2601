// What is asked for, and with how many connections.
import { NOT_REMEMBERED } from "./operations";
import type { Door } from "./operations";

interface Goal {
  operation: string;
  door: Door;
  /** With so many connections; left out: with any number. */
  connections?: number;
  /** Which floor's processor time, PostgreSQL's included, may be taken so many times. */
  beside: "bare" | "same";
  most: number;
}

const READS: readonly Goal[] = [
  { operation: "feed page of 100", door: "rest", beside: "bare", most: 1.3 },
  { operation: "90 days, 82 events", door: "rest", beside: "bare", most: 1.3 },
  { operation: "empty feed poll", door: "rest", beside: "bare", most: 1.4 },
  { operation: "empty feed poll", door: "graphql", beside: "bare", most: 2 },
  { operation: NOT_REMEMBERED, door: "rest", beside: "bare", most: 2 },
  { operation: "one by id", door: "rest", connections: 16, beside: "bare", most: 1.8 },
  { operation: "one by id", door: "graphql", connections: 16, beside: "bare", most: 2.3 },
];

/** By number of connections: of the bare floor, and of that which keeps the same promises. */
const WRITES: Record<string, [connections: number, bare: number | null, same: number][]> = {
  create: [
    [1, null, 2.2],
    [16, 2.3, 0.9],
    [64, 1.5, 0.6],
  ],
  "change a subject": [
    [1, null, 2.2],
    [16, 2.5, 0.9],
    [64, 1.8, 0.6],
  ],
};

const GOALS: readonly Goal[] = [
  ...READS,
  ...Object.entries(WRITES).flatMap(([operation, all]) =>
    all.flatMap(([connections, bare, same]): Goal[] => {
      const of = { operation, door: "rest" as const, connections };
      const ofBare: Goal[] = bare === null ? [] : [{ ...of, beside: "bare", most: bare }];
      return [...ofBare, { ...of, beside: "same", most: same }];
    }),
  ),
];

/** How many times a floor's processor time the operation may take there; null: nothing is asked. */
export function mostOfFloor(
  beside: Goal["beside"],
  { operation, door, connections }: { operation: string; door: Door; connections: number },
): number | null {
  const goal = GOALS.find(
    (one) =>
      one.operation === operation &&
      one.door === door &&
      one.beside === beside &&
      (one.connections ?? connections) === connections,
  );
  return goal?.most ?? null;
}

/** Whether more requests a second than PostGraphile's are asked for. */
export function asksToBeAhead({
  operation,
  door,
  connections,
}: {
  operation: string;
  door: Door;
  connections: number;
}): boolean {
  if (operation in WRITES) return (door === "rest" || door === "graphql") && [16, 64].includes(connections);
  return door === "graphql";
}
