// A PostgreSQL with a streaming standby that every commit waits for, or none does.
import { appendFileSync, chmodSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./keep-alive-client";
import { giveAll, newCluster, newHome, Postgres } from "./postgres";

export interface Pair {
  primary: Postgres;
  standby: Postgres;
  /** Kills both and leaves nothing. */
  remove(): Promise<void>;
}

export async function startPair({ isSynchronous = true, ofStandby = "" } = {}): Promise<Pair> {
  const home = newHome();
  const primary = await newCluster(home, "primary");
  primary.configure("wal_level = replica");
  appendFileSync(join(primary.folder, "pg_hba.conf"), "\nhost replication all 127.0.0.1/32 trust\n");
  // Never started so far, so a copy is the same cluster at the same moment.
  const standby = new Postgres(primary.bin, join(home, "standby"), await freePort());
  cpSync(primary.folder, standby.folder, { recursive: true, preserveTimestamps: true });
  if (isSynchronous) primary.configure("synchronous_standby_names = '*'");
  const source = `host=127.0.0.1 port=${primary.port} user=tidemark sslmode=disable`;
  standby.configure(`primary_conninfo = '${source}'\n${ofStandby}`);
  writeFileSync(join(standby.folder, "standby.signal"), "");
  chmodSync(standby.folder, 0o700);
  await giveAll(standby.folder);
  const remove = async (): Promise<void> => {
    await Promise.all([primary.kill(), standby.kill()]);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await primary.start();
    await standby.start();
    return { primary, standby, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
