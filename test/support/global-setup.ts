// One PostgreSQL for the whole run: TEST_DATABASE_URL, or an embedded one of its own. Test files clone a migrated
// template, which takes some 50 ms. The pages are built where they are stale.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbedded, type EmbeddedServer } from "../../src/embedded/embedded";
import { migrate } from "../../src/database/migrate";
import { ensurePages } from "./child";

declare global {
  var testServer: EmbeddedServer | undefined;
}

const SPARED = ["fsync = off", "full_page_writes = off", "max_wal_size = '4GB'", "checkpoint_timeout = '1h'"];

/** In how many partitions the databases of the run keep their events. */
export const TEST_PARTITIONS = Number(process.env.TEST_PARTITIONS ?? 0);

export const TEMPLATE = "tidemark_test_template";

async function findServer(): Promise<string> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return given;
  const dataDir = join(mkdtempSync(join(tmpdir(), "tidemark-test-")), "data");
  const server = await startEmbedded({ dataDir, log: () => undefined, env: process.env });
  globalThis.testServer = server;
  const { host, port, user, password } = server.address;
  return `postgres://${user}:${password}@localhost:${port}/postgres?host=${encodeURIComponent(host)}&sslmode=disable`;
}

export default async function setUp(): Promise<void> {
  const url = await findServer();
  process.env.TIDEMARK_TEST_SERVER = url;
  process.env.TIDEMARK_TEST_STATEMENTS = mkdtempSync(join(tmpdir(), "tidemark-statements-"));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  if (globalThis.testServer) {
    // The run's own server holds nothing worth a flush to disk; crash tests start servers of their own.
    // Nor is any of it needed again after a crash: databases are cloned and written by the hundred.
    for (const setting of SPARED) await client.query(`alter system set ${setting}`);
    await client.query("select pg_reload_conf()");
  }
  await client.query(`drop database if exists ${TEMPLATE}`);
  await client.query(`create database ${TEMPLATE}`);
  await client.end();
  const template = new URL(url);
  template.pathname = `/${TEMPLATE}`;
  await migrate({ url: template.toString() }, TEST_PARTITIONS);
  await ensurePages();
}
