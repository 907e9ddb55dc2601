// What an import over REST answers.
import type { ImportReport } from "../files/file.resolver";
import type { Schema } from "../values/schema";

const count = (description: string): Schema => ({ type: "integer", minimum: 0, description });

const COUNTS = {
  created: count("Events that were made."),
  updated: count("Events that were changed."),
  unchanged: count("Events that say what the file says, or that are a colleague's, or of a newer version."),
  removed: count("Events that the file takes away."),
  answered: count("Answers of attendees (`METHOD:REPLY`) that were taken."),
  components: count("VEVENTs in the file. Each gave events, or is counted below, or is a problem."),
  series: count("Of these, the ones that recur."),
  cancelled: count("VEVENTs that are cancelled."),
  outsideWindow: count("Series, and changed instances of one, with nothing in the time that is expanded."),
  superseded: count("VEVENTs of which the file has a newer version."),
  problemCount: count("How many problems there are. Of more than 1,000 the first are among `problems`."),
} satisfies Record<string, Schema>;

const PROBLEM: Schema = {
  type: "object",
  required: ["line", "component", "message"],
  properties: {
    line: { type: "integer", description: "The line of the file." },
    component: { type: "string", examples: ["VEVENT"] },
    message: { type: "string" },
  },
};

export const IMPORT_REPORT: Schema = {
  type: "object",
  required: [...Object.keys(COUNTS), "problems"],
  properties: {
    ...COUNTS,
    problems: {
      type: "array",
      items: PROBLEM,
      description: "What was left out, shortened or read otherwise than it is written, by line.",
    },
  },
};

export function reportJson({ counts, problems, problemCount, ...changed }: ImportReport): string {
  return JSON.stringify({ ...changed, ...counts, problemCount, problems });
}
