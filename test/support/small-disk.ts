// A disk of some megabytes that a test can fill: a tmpfs of its own, which takes root and a machine that lets root mount.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { give } from "./postgres";

const REFUSED = /permission denied|not permitted|must be superuser|only root/i;
const PIECE = Buffer.alloc(4_096, 1);

export interface SmallDisk {
  /** Where it is. PostgreSQL may write there. */
  folder: string;
  /** Takes all the room that is left, by now and again. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  remove(): void;
}

export function mountDisk(folder: string, megabytes: number): SmallDisk {
  mkdirSync(folder);
  mount(folder, megabytes);
  give(folder);
  const filler = join(folder, "filler");
  return {
    folder,
    fill: () => fill(filler),
    free: () => rmSync(filler, { force: true }),
    remove: () => {
      const { status, stderr } = spawnSync("umount", ["--lazy", folder], { encoding: "utf8" });
      if (status !== 0) throw new Error(`The disk stays mounted: ${stderr}`);
    },
  };
}

function mount(folder: string, megabytes: number): void {
  const words = ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder];
  const { status, stderr, error } = spawnSync("mount", words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`No disk was mounted: ${error?.message ?? stderr}`);
}

function fill(file: string): void {
  const open = openSync(file, "a");
  try {
    for (;;) if (writeSync(open, PIECE) < PIECE.length) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(open);
  }
}

/** Why there can be no such disk here; null where there can. */
function reasonForNone(): string | null {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-mount-"));
  try {
    mountDisk(join(folder, "disk"), 1).remove();
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `describe` where a disk can be mounted. A machine that forbids it, as containers may, cannot be helped by installing anything. */
export function describeWithSmallDisk(what: string, tests: () => void): void {
  const reason = reasonForNone();
  if (reason !== null && process.env.TIDEMARK_NO_SKIPS && !REFUSED.test(reason)) throw new Error(reason);
  if (reason !== null) console.warn(`SKIPPED: ${what}. ${reason}`);
  (reason === null ? describe : describe.skip)(what, tests);
}
