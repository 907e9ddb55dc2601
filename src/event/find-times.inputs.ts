// What a search for a time asks, and the rules for it.
import { GraphQLBoolean, GraphQLInt } from "graphql";
import { ID, InputType } from "type-graphql";
import { MAX_CAPACITY } from "../people/people.inputs";
import { flag, givenTime, id, InputField, listOf, whole } from "../values/rules";
import { DateTime } from "../values/scalars";
import type { GivenTime } from "../values/instants";
import { MAX_USERS } from "./free-busy";

const MAX_DURATION = 10_080;
const MAX_STEP = 1_440;
const MAX_SUGGESTIONS = 100;

export const DEFAULT_STEP = 15;
export const DEFAULT_SUGGESTIONS = 10;

@InputType({ description: "Who is to meet, for how long, and between when." })
export class FindTimesInput {
  @InputField(() => [ID], {
    read: listOf(id, MAX_USERS),
    onNull: [],
    description: `Who must be free: users of the organisation, up to ${MAX_USERS} together with the optional ones.`,
  })
  userIds?: string[];

  @InputField(() => [ID], {
    read: listOf(id, MAX_USERS),
    onNull: [],
    description: "Who should be free: times at which fewer of them are missing come first.",
  })
  optionalUserIds?: string[];

  @InputField(() => [ID], {
    read: listOf(id, MAX_USERS),
    onNull: [],
    description: `Rooms or equipment, up to ${MAX_USERS}, of which one must be free.`,
  })
  rooms?: string[];

  @InputField(() => GraphQLInt, {
    read: whole(1, MAX_CAPACITY),
    onNull: null,
    description:
      "How many people the room must hold; without `rooms` any room of the organisation that does, the smallest first.",
  })
  capacity?: number | null;

  @InputField(() => GraphQLInt, {
    read: whole(1, MAX_DURATION),
    required: true,
    description: `How long the meeting is, up to ${MAX_DURATION.toLocaleString("en")} minutes.`,
  })
  durationMinutes: number;

  @InputField(() => DateTime, { read: givenTime, required: true, description: "Not before this instant." })
  startAt: GivenTime;

  @InputField(() => DateTime, {
    read: givenTime,
    required: true,
    description: "Over by this instant, at most 100 days later.",
  })
  endAt: GivenTime;

  @InputField(() => GraphQLInt, {
    read: whole(1, MAX_STEP),
    onNull: DEFAULT_STEP,
    description: `From one time to the next, counted from \`startAt\`; default ${DEFAULT_STEP}.`,
  })
  stepMinutes?: number;

  @InputField(() => GraphQLBoolean, {
    read: flag,
    onNull: false,
    description: "Whether times outside people's working hours are fine.",
  })
  ignoreWorkHours?: boolean;

  @InputField(() => ID, {
    read: id,
    onNull: null,
    description:
      "An event that is about to be moved, and so keeps nobody busy. Of an event the caller may not see, or that is not there, nothing comes.",
  })
  exceptEventId?: string | null;

  @InputField(() => GraphQLInt, {
    read: whole(1, MAX_SUGGESTIONS),
    onNull: DEFAULT_SUGGESTIONS,
    description: `How many times, up to ${MAX_SUGGESTIONS}; default ${DEFAULT_SUGGESTIONS}.`,
  })
  first?: number;
}
