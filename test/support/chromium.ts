// Debian's Chromium for tests of what a person sees. Where there is none, these tests are skipped aloud; in CI, where
// nothing is to be skipped, its absence is a failure.
import { existsSync } from "node:fs";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** For what a page shows next: it begins on two cores that other tests load. Milliseconds. */
export const PATIENCE_MS = 90_000;

const program = (process.env.PATH ?? "")
  .split(path.delimiter)
  .map((folder) => path.join(folder, "chromium"))
  .find((file) => existsSync(file));

/** `describe` where there is a browser to open. */
export function describeInChromium(what: string, tests: () => void): void {
  if (!program && process.env.TIDEMARK_NO_SKIPS) throw new Error("There is no chromium on the PATH.");
  if (!program) console.warn("SKIPPED: no chromium on the PATH, so nothing in a browser is tested here.");
  (program ? describe : describe.skip)(what, tests);
}

export function openChromium(): Promise<Browser> {
  if (!program) throw new Error("There is no chromium on the PATH.");
  return chromium.launch({ executablePath: program, args: FLAGS, timeout: PATIENCE_MS });
}
