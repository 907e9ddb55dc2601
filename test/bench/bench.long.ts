// That the bench runs: every operation is asked of the floors and of both doors, and their answers are compared.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureBuilt, ROOT, run } from "../support/child";
import { OPERATIONS } from "./operations";

let folder = "";
beforeAll(async () => {
  await ensureBuilt();
  folder = mkdtempSync(path.join(tmpdir(), "tidemark-bench-"));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("npm run bench finds the floors and both doors to answer the same, and measures all of them", async () => {
  const size = ["--events", "1000", "--rounds", "1", "--seconds", "0.05", "--connections", "1,2"];
  const { code, stdout, stderr } = await run(
    process.execPath,
    [
      ...["-r", "@swc-node/register", path.join(ROOT, "test/bench/main.ts")],
      ...[...size, "--data", path.join(folder, "data")],
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
