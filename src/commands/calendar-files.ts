// Commands that bring iCalendar files in and out.
import { open } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import type { Context } from "../context";
import { CalendarExport } from "../files/export";
import { importFile } from "../files/import";
import { openFile, UnreadableFile } from "../ical/octets";
import { asUser, CommandError } from "./as-caller";
import type { Run } from "./command";

const BATCH = 500;

/**
 * Imports a file into a user's calendar. A newer version of what an earlier import made replaces it, an older one changes
 * nothing, and the same file again changes nothing. What is broken is reported with its line and left out.
 */
export async function importCalendar({ given, open: openDatabase, say }: Run): Promise<object> {
  const file = given.words[0] ?? "";
  const source = opened(file);
  // Otherwise V8 lets the heap grow to four times of what is alive before it collects the pieces of the file that are done.
  setFlagsFromString("--heap-growing-percent=50");
  try {
    const ctx = await asUser(await openDatabase(), given.required("email"), given.optional("org"));
    const progress = process.stderr.isTTY ? (done: number) => say(`${done} events`) : undefined;
    const report = await importFile(ctx, source, {
      prune: given.optional("prune") !== undefined,
      ...(progress && { progress }),
    }).catch(unlessRefused(file));
    const { problems, problemCount, counts, ...counted } = report;
    for (const { line, component, message } of problems) say(`${file}:${line}: ${component}: ${message}`);
    const untold = problemCount - problems.length;
    if (untold > 0) say(`${file}: and ${untold} more`);
    return { ...counted, problems: problemCount, ...counts };
  } finally {
    source.close();
  }
}

function opened(file: string): ReturnType<typeof openFile> {
  try {
    return openFile(file);
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** What cannot be read as a calendar at all is the file's fault, and says so. */
const unlessRefused =
  (file: string) =>
  (error: unknown): never => {
    if (error instanceof UnreadableFile) throw new CommandError(`${file}: ${error.message}`);
    throw error;
  };

/** Writes a user's live events as iCalendar, to standard output or a file. */
export async function exportCalendar({ given, open: openDatabase, write }: Run): Promise<object | null> {
  const ctx = await asUser(await openDatabase(), given.required("email"), given.optional("org"));
  const out = given.optional("out");
  if (out === undefined) {
    await exportTo(ctx, write);
    return null;
  }
  const file = await open(out, "w").catch((error: unknown) => {
    throw new CommandError(`${out} cannot be written: ${(error as Error).message}`);
  });
  try {
    return { file: out, exported: await exportTo(ctx, (text) => file.appendFile(text)) };
  } finally {
    await file.close();
  }
}

/** Writes page by page, so that memory does not grow with the calendar. */
async function exportTo(ctx: Context, write: (text: string) => Promise<void>): Promise<number> {
  const file = new CalendarExport(ctx.caller.name, null);
  let exported = 0;
  await write(file.head);
  for (let after: string | null = null; ;) {
    const { rows, pageInfo } = await file.page(ctx, { first: BATCH, after });
    await write(rows.join(""));
    exported += rows.length;
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) break;
  }
  await write(file.foot);
  return exported;
}
