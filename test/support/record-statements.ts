// Runs before every test file: notes each statement that the service sends from this process, so that the end of the run
// can tell whether one of them left out the organisation (test/support/global-teardown.ts).
import pg from "pg";
import { MigrationClient } from "../../src/database/session";
import { record } from "./recorded-statements";

const seen = new Set<string>();
const Client = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
const { query } = Client;

Client.query = function (this: object, ...args: unknown[]) {
  const [given] = args;
  const text = typeof given === "string" ? given : (given as { text?: unknown } | undefined)?.text;
  // Emptied by a test that sends what is wrong on purpose.
  const folder = process.env.TIDEMARK_TEST_STATEMENTS;
  // The service's sessions have classes of their own (src/database/session.ts).
  const isService = this.constructor !== pg.Client && !(this instanceof MigrationClient);
  if (folder && typeof text === "string" && isService) record(folder, seen, text);
  return query.apply(this, args);
};
