// That the bench runs: every operation is asked of the floors and of both doors, and their answers are compared; and that what it
// asks and prints is what it says.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureBuilt, ROOT, run } from "../support/child";
import { pickOf } from "./measure";
import { NOT_REMEMBERED, OPERATIONS } from "./operations";
import { report } from "./report";

let folder = "";
beforeAll(async () => {
  await ensureBuilt();
  folder = mkdtempSync(path.join(tmpdir(), "tidemark-bench-"));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("npm run bench finds the floors and both doors to answer the same, and measures all of them", async () => {
  // Where somebody installed PostGraphile, its answers are compared too.
  const peer = existsSync(path.join(ROOT, "node_modules/postgraphile")) ? ["--peer"] : [];
  const size = ["--events", "1000", "--rounds", "1", "--seconds", "0.05", "--connections", "1,2"];
  const { code, stdout, stderr } = await run(
    process.execPath,
    [
      ...["-r", "@swc-node/register", path.join(ROOT, "test/bench/main.ts")],
      ...[...size, ...peer, "--data", path.join(folder, "data")],
    ],
    {},
  );
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  for (const { name } of OPERATIONS) {
    for (const door of ["REST", "GraphQL"])
      expect(stdout.split("\n").filter((line) => line.startsWith(`| **${name}** | ${door} |`))).toHaveLength(
        2,
      );
  }
}, 300_000);

test("no token polls twice within 50,000 polls of those who are not remembered", () => {
  const poll = OPERATIONS.find(({ name }) => name === NOT_REMEMBERED)!;
  const tokens = Array.from({ length: 50_000 }, () => poll.ask("rest", pickOf(1)).headers.authorization);
  expect(new Set(tokens).size).toBe(50_000);
});

const cell = (
  name: string,
  server: number,
  rest: {
    door: "floor" | "rest" | "graphql" | "peer";
    beside?: "bare" | "same" | "peer";
    perSecond?: number;
  },
) => ({
  ...{ name, server, postgres: 0, perSecond: 1_000, p50: 1, p95: 1, p99: 1, bytes: 1, wal: 1, spread: 0 },
  beside: undefined,
  ...rest,
});

/** The last columns of the report's row of a door: beside the bare floor, the one with the same promises, and PostGraphile. */
function reported(operation: string, connections: number, withPeer: boolean): Record<string, string[]> {
  const cells = [
    cell("bare", 100, { door: "floor", beside: "bare" }),
    cell("same", 300, { door: "floor", beside: "same" }),
    cell("REST", 240, { door: "rest" }),
    cell("GraphQL", 240, { door: "graphql", perSecond: 700 }),
    ...(withPeer ? [cell("PostGraphile", 500, { door: "peer", beside: "peer", perSecond: 800 })] : []),
  ];
  const about = { machine: "m", loadBefore: 0, events: 1, connections, rounds: 1, peakMemory: {} };
  const rows = report(about, [{ operation, cells }])
    .split("\n")
    .map((line) => line.split(" | "));
  const columns = (name: string) =>
    rows
      .find((row) => row[1] === name)!
      .slice(9)
      .map((text) => text.replace(/ \|$/, ""));
  return { REST: columns("REST"), GraphQL: columns("GraphQL") };
}

test("a write's goals are those of so many connections, and PostGraphile's share is of the same run or not measured", () => {
  expect(reported("create", 16, true)).toEqual({
    REST: ["2.40 (goal 2.3, MISSED)", "0.80 (goal 0.9)", "1.00", "1.25 (goal 1)"],
    GraphQL: ["2.40", "0.80", "0.70", "0.88 (goal 1, MISSED)"],
  });
  expect(reported("create", 64, false).REST).toEqual([
    "2.40 (goal 1.5, MISSED)",
    "0.80 (goal 0.6, MISSED)",
    "1.00",
    "not measured",
  ]);
  expect(reported("create", 1, true).REST).toEqual(["2.40", "0.80 (goal 2.2)", "1.00", "1.25"]);
  expect(reported("create", 4, true).REST).toEqual(["2.40", "0.80", "1.00", "1.25"]);
});

test("a read by its id has goals at 16 connections, and GraphQL alone is to be ahead of PostGraphile", () => {
  expect(reported("one by id", 16, true)).toEqual({
    REST: ["2.40 (goal 1.8, MISSED)", "0.80", "1.00", "1.25"],
    GraphQL: ["2.40 (goal 2.3, MISSED)", "0.80", "0.70", "0.88 (goal 1, MISSED)"],
  });
  expect(reported("one by id", 64, true).REST?.[0]).toBe("2.40");
});
