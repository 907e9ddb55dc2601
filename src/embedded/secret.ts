/**
 * The secret of an embedded cluster: the password of its superuser. It lies beside the cluster, for its owner's eyes; the
 * server has only what it takes to check it. So whoever runs as the account of the server is nobody special to it.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { chown, link, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Binaries } from "./binaries";
import { type Cluster, SUPERUSER, nameForServer } from "./cluster";
import { hasCode } from "./error-codes";
import { run } from "./run";

const FILE = "postgres.secret";
const ITERATIONS = 4_096;

const fileOf = (folder: string): string => path.join(path.dirname(folder), FILE);

/** The password of the cluster in this folder; null where it has none, being of before there were any. */
export async function passwordOf(folder: string): Promise<string | null> {
  try {
    return (await readFile(fileOf(folder), "utf8")).trim();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

/** The same, made where there is none. Of several processes at once the first decides. */
export async function makePassword(folder: string): Promise<string> {
  const draft = `${fileOf(folder)}.${randomBytes(4).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`${randomBytes(32).toString("base64url")}\n`);
    await handle.sync();
    await handle.close();
    await link(draft, fileOf(folder)).catch((error: unknown) => {
      if (!hasCode(error, "EEXIST")) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return (await passwordOf(folder)) as string;
}

/** Who is let in: whoever knows the password, by the socket. The mark tells which password that is, and not what. */
const rulesFor = (password: string): string =>
  `# Written by Tidemark, for secret ${createHash("sha256").update(password).digest("hex").slice(0, 16)}\n` +
  `local all all scram-sha-256\n`;

/** Whether the cluster lets nobody in but by this password. */
export async function isLocked(folder: string, password: string): Promise<boolean> {
  return (await readFile(path.join(folder, "pg_hba.conf"), "utf8")) === rulesFor(password);
}

/**
 * Gives the superuser of a cluster, which no server runs on, the password, and lets nobody in without. Rejects in the words
 * of PostgreSQL, as where somebody starts a server meanwhile.
 */
export async function lock(
  cluster: Cluster,
  folder: string,
  { binaries, env }: { binaries: Binaries; env: NodeJS.ProcessEnv },
): Promise<void> {
  const password = await makePassword(cluster.folder);
  const { identity } = cluster;
  const args = ["--single", "-D", await nameForServer(cluster, folder, env), "postgres"];
  const input = `alter role ${SUPERUSER} password '${verifierOf(password)}'\n`;
  const program = path.join(binaries.folder, "postgres");
  const ending = await run(program, args, { cwd: folder, env, identity, input });
  if (ending.code !== 0 || /\b(ERROR|FATAL|PANIC):/.test(ending.output))
    throw new Error(`postgres could not set a password: ${ending.output}`);
  const draft = path.join(folder, `pg_hba.conf.${randomBytes(4).toString("hex")}`);
  await writeFile(draft, rulesFor(password), { mode: 0o600 });
  if (identity.uid !== undefined && identity.gid !== undefined) {
    await chown(draft, identity.uid, identity.gid);
  }
  await rename(draft, path.join(folder, "pg_hba.conf"));
}

/** What PostgreSQL keeps of a password, by RFC 5803: enough to check it, not to know it. */
function verifierOf(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const keyOf = (what: string): Buffer => createHmac("sha256", salted).update(what).digest();
  const stored = createHash("sha256").update(keyOf("Client Key")).digest("base64");
  const parts = [salt.toString("base64"), stored, keyOf("Server Key").toString("base64")];
  return `SCRAM-SHA-256$${ITERATIONS}:${parts[0]}$${parts[1]}:${parts[2]}`;
}
