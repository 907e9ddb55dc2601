// Runs before every test file: notes each statement that the service sends from this process, so that the end of the run
// can tell whether one of them left out the organisation (test/support/global-teardown.ts).
import pg from "pg";
import { Client as OwnClient } from "../../src/database/client";
import { record } from "./recorded-statements";

const seen = new Set<string>();
const Client = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
const { query } = Client;

Client.query = function (this: object, ...args: unknown[]) {
  const [given] = args;
  const text = typeof given === "string" ? given : (given as { text?: unknown } | undefined)?.text;
  // Emptied by a test that sends what is wrong on purpose.
  const folder = process.env.TIDEMARK_TEST_STATEMENTS;
  const isService = this instanceof OwnClient && this.own.serves === true;
  if (folder && typeof text === "string" && isService) record(folder, seen, text);
  return query.apply(this, args);
};
