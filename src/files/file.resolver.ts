// Calendar files, as the REST door has them. GraphQL carries no files, so the methods have no decorators.
import type { Context } from "../context";
import { badSyntax } from "../errors";
import { sourceOf, UnreadableFile } from "../ical/octets";
import { openExport, type OpenExport } from "./export";
import { importFile, type ImportReport } from "./import";

export type { ImportReport } from "./import";

const MAX_EVENTS = 100_000;

export class FileResolver {
  /** Takes a file into the caller's own calendar, whatever of it can be taken. Refuses what is no calendar file. */
  async importCalendar(ctx: Context, file: Buffer, { prune }: { prune: boolean }): Promise<ImportReport> {
    return importFile(ctx, sourceOf(file), { prune, maxEvents: MAX_EVENTS }).catch((error: unknown) => {
      throw error instanceof UnreadableFile ? badSyntax(`${error.message}.`) : error;
    });
  }

  /** A calendar to be written page by page; a feed also says how often to look. */
  exportCalendar(ctx: Context, calendarId: string | null, isFeed = false): Promise<OpenExport> {
    return openExport(ctx, calendarId, isFeed);
  }
}
