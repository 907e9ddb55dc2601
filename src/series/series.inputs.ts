// What a client may write of a series: what an event takes, and when it recurs.
import { GraphQLString } from "graphql";
import { InputType } from "type-graphql";
import { EventInput, EventPatch } from "../event/event.inputs";
import { LocalDateTime } from "../values/scalars";
import { InputField, taking } from "../values/rules";
import { recurrence, type GivenRecurrence } from "./recurrence-input";

/** For the schema: both doors read it as a whole (recurrence-input.ts). */
const asItIs = taking<unknown>({}, (given) => given);

@InputType({ description: "When a series recurs." })
export class RecurrenceInput {
  @InputField(() => GraphQLString, {
    read: asItIs,
    description:
      "The rule, as RFC 5545 has it: `FREQ=WEEKLY;BYDAY=MO`. `FREQ` is `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`; beside it " +
      "`INTERVAL` (to 999), `COUNT` (to 1,000) or `UNTIL`, `BYDAY`, `BYMONTHDAY`, `BYMONTH`, `BYSETPOS`, `BYYEARDAY`, `BYWEEKNO`, `WKST`. " +
      "Required for a new series.",
  })
  rrule?: string | null;

  @InputField(() => [LocalDateTime], {
    read: asItIs,
    description: "Places beside those of the rule, up to 500; kept if absent.",
  })
  rdates?: string[] | null;

  @InputField(() => [LocalDateTime], {
    read: asItIs,
    description:
      "Places of the rule that are none, up to 2,000; kept if absent. What was deleted stays away.",
  })
  exdates?: string[] | null;
}

@InputType({ description: "A new series: its first occurrence, and when it recurs." })
export class SeriesInput extends EventInput {
  @InputField(() => RecurrenceInput, {
    read: recurrence,
    required: true,
    description: "When it recurs. `startTime` is the first occurrence, which counts towards `COUNT`.",
  })
  recurrence: GivenRecurrence;
}

@InputType({
  description:
    "What to change of a series: absent keeps, null clears. Times are those of the occurrence addressed.",
})
export class SeriesPatch extends EventPatch {
  @InputField(() => RecurrenceInput, {
    read: recurrence,
    description: "When it recurs; its absent parts are kept.",
  })
  recurrence?: GivenRecurrence;
}
