// Test files that share one load of the program (whole.config.mjs): each in a `describe` of its own, so that what it opens before
// its tests is closed after them, and a name says whose it is.
import path from "node:path";

declare const TEST_FILES: string[];

for (const file of TEST_FILES)
  describe(file, () => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    require(path.resolve(__dirname, "../..", file));
  });
