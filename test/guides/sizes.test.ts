// A file tells one story and is read in one sitting. ESLint counts the programs (eslint.config.mjs), test/database/schema.test.ts
// the SQL; here is what no linter of ours reads.
import { textOf, writtenFiles } from "../support/guides";

const MAX_LINES = 300;

test("no file of styles, markup or operations in src has more than 300 lines", () => {
  const files = writtenFiles().filter((file) => /^src\/.*\.(?:css|html|graphql)$/.test(file));
  expect(files.length).toBeGreaterThan(10);
  const long = files.filter((file) => textOf(file).split("\n").length - 1 > MAX_LINES);
  expect(long).toEqual([]);
});
