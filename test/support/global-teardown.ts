// Ends the server of the run, and fails it over what all test files together showed: every statement that the service sent
// names the organisation, where it touches what belongs to one.
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { recorded, withoutTenant } from "./recorded-statements";

export default async function tearDown(): Promise<void> {
  const server = globalThis.testServer;
  if (server) {
    await server.release();
    rmSync(dirname(server.dataDir), { recursive: true, force: true });
  }
  const folder = process.env.TIDEMARK_TEST_STATEMENTS;
  if (!folder) return;
  const statements = recorded(folder);
  rmSync(folder, { recursive: true, force: true });
  const wrong = withoutTenant(statements);
  if (wrong.length === 0) return;
  throw new Error(`These statements do not say whose organisation they are about:\n${wrong.join("\n")}`);
}
