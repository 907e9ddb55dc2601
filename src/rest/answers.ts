// The answers that rows of the route table share.
import { INSTANT_SCHEMA } from "../values/instants";
import { refTo, type Schema } from "../values/schema";
import type { AnswerShape } from "./route";

export const EVENT = refTo("Event");
export const REMOVED = refTo("RemovedEvent");
export const EVENT_OR_REMOVED: Schema = { anyOf: [EVENT, REMOVED] };

export const NOT_MODIFIED: AnswerShape = {
  status: 304,
  description: "What the client holds is still good.",
  headers: ["ETag"],
};

interface ListShape {
  rows: Schema;
  description: string;
  /** A list of a calendar has a version and a watermark. */
  ofCalendar?: boolean;
}

/** The envelope of every list. */
export function listOf({ rows, description, ofCalendar = false }: ListShape): AnswerShape[] {
  const schema: Schema = {
    type: "object",
    required: ["records", "length"],
    properties: {
      records: { type: "array", items: rows },
      nextPageToken: {
        type: "string",
        minLength: 1,
        description: "There only where more follows: send it as `pageToken` with the same query.",
      },
      ...(ofCalendar && {
        nextDeltaToken: {
          ...INSTANT_SCHEMA,
          description: "On the last page: the instant up to which this answer is complete, to go on from.",
        },
      }),
      length: { type: "integer", minimum: 0, description: "How many rows there are in this answer." },
    },
  };
  const answer: AnswerShape = { status: 200, description, schema };
  return ofCalendar ? [{ ...answer, headers: ["ETag"] }, NOT_MODIFIED] : [answer];
}
