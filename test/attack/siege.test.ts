// The judge of the siege, who must not be asleep. What only a slow machine fails is told always, and judged where asked for.
import { faultsOfAssault, faultsOfEnd, faultsOfLog, type Judge, type Outcome } from "./siege/verdict";

describe("the judge of a siege finds fault with", () => {
  const calm = { requests: 100, p50: 5, p99: 20, longest: 30, refusals: [] };
  const measures = { quiet: calm, busy: { ...calm, p99: 50 } };
  const judge: Judge = { timed: true, pool: 10, ...measures, residentBefore: 200, descriptorsBefore: 30 };
  const outcome: Outcome = {
    ...{ name: "an assault", seconds: 1, tally: { "200": 5, "503 unavailable": 1 }, found: [] },
    ...{ examples: { "503 unavailable": "It took longer than 10 s." }, neighbour: calm, mayTakeMb: 150 },
    ...{ longestHoldMs: 900, longestWorkMs: 50, residentPeak: 300, descriptorsAfter: 35 },
  };

  test("nothing where the attacker alone was refused, for a limit that is named", () => {
    expect(faultsOfAssault(outcome, judge)).toEqual([]);
  });

  test.each<[string, Partial<Outcome>]>([
    ["a defect", { examples: { "500 internal": "GET /x: no" } }],
    ["a defect within a 200", { examples: { "200 internal": "POST /graphql: no" } }],
    [
      "a limit told as a database that is away",
      { examples: { "503 unavailable": "The database cannot be reached." } },
    ],
    ["a refusal of the other tenant", { neighbour: { ...calm, refusals: ["a create: 503"] } }],
    ["the other tenant waiting over three times as long", { neighbour: { ...calm, p99: 61 } }],
    ["an event loop that was held", { longestWorkMs: 201 }],
    ["memory beyond what one token may take", { residentPeak: 351 }],
    ["descriptors that stay open", { descriptorsAfter: 80 }],
    ["what the assault found itself", { found: ["1,001 children"] }],
  ])("%s", (_, more) => {
    expect(faultsOfAssault({ ...outcome, ...more }, judge)).toHaveLength(1);
  });

  test("nothing in a wait that any other program on its cores would cost as well", () => {
    const slow = { ...outcome, neighbour: { ...calm, p99: 80 } };
    const onBusyCores = (p99: number): Judge => ({ ...judge, busy: { ...calm, p99 } });
    expect(faultsOfAssault(slow, onBusyCores(80))).toEqual([]);
    expect(faultsOfAssault(slow, onBusyCores(79))).toEqual([
      "an assault: the other tenant's p99 is 80 ms: 4.0 times the quiet one, 1.0 times the one on busy cores",
    ]);
  });

  test("an end that does not come, comes late, or comes with an error; memory that stays", () => {
    const memory = (resident: number) => ({ heap: 50, resident });
    const end = (stoppedAfterMs: number | null, code: number | null, after = 250): string[] =>
      faultsOfEnd({ memory: [memory(200), memory(after)], stoppedAfterMs }, code, true);
    expect(end(9_000, 0)).toEqual([]);
    for (const faults of [end(null, null), end(12_000, 0), end(9_000, 1), end(9_000, 0, 501)])
      expect(faults).toHaveLength(1);
  });

  test("what the service wrote down, each kind once", () => {
    const line = (msg: string, id: number): string => JSON.stringify({ requestId: String(id), msg });
    const faults = faultsOfLog([
      line("Something is wrong.", 1),
      line("Something is wrong.", 2),
      line("More.", 3),
    ]);
    expect(faults).toHaveLength(2);
    expect(faults[0]).toContain("2 times");
  });
});
