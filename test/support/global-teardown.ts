import { rmSync } from "node:fs";
import { dirname } from "node:path";

export default async function tearDown(): Promise<void> {
  const server = globalThis.testServer;
  if (!server) return;
  await server.release();
  rmSync(dirname(server.dataDir), { recursive: true, force: true });
}
