// What a client may write of users, and the rules for it.
import { GraphQLInt, GraphQLString } from "graphql";
import { Field, ID, InputType, ObjectType } from "type-graphql";
import { AccessToken } from "../entities/access-token";
import { ColleaguesSee } from "../entities/organisation";
import { Role, UserKind, Weekday, type WorkHours } from "../entities/user";
import { emailAddress } from "../values/address";
import { InputField, listOf, objectOf, readFields, taking, text, whole, word, zone } from "../values/rules";

const name = text(200, { controls: false, least: 1 });
const MAX_ALIASES = 50;
const MAX_ALLOWED_TOKENS = 1_000;
export const MAX_CAPACITY = 100_000;
/** Stretches of a week, each of one or several days. */
const MAX_WORK_HOURS = 50;

const CLOCK_RULE = "must be a time of day such as 09:00, up to 24:00";
const timeOfDay = taking<string>({ type: "string", examples: ["09:00"] }, (given, field, faults) =>
  typeof given === "string" && /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/.test(given)
    ? given
    : faults.add(field, CLOCK_RULE),
);

@InputType({ description: "Hours of some days of the week at which somebody works." })
export class WorkHoursInput implements WorkHours {
  @InputField(() => [Weekday], {
    read: listOf(word(Object.values(Weekday)), Object.keys(Weekday).length),
    required: true,
    description: "On which days.",
  })
  days: Weekday[];

  @InputField(() => GraphQLString, {
    read: timeOfDay,
    required: true,
    description: "From when on, such as `09:00`, on the wall of the user's time zone.",
  })
  from: string;

  @InputField(() => GraphQLString, {
    read: timeOfDay,
    required: true,
    description: "Until when, later than `from`: such as `17:00`; `24:00` is the end of the day.",
  })
  to: string;
}

const workHours = taking<WorkHours>(objectOf(WorkHoursInput).schema, (given, field, faults) => {
  const read = readFields(WorkHoursInput, given, faults, field);
  if (!read?.days || !read.from || !read.to) return undefined;
  const { days, from, to } = read;
  if (from >= to)
    return faults.add(`${field}.to`, "must be later than from: what goes on at night is two stretches");
  return { days: [...new Set(days)], from, to };
});

@InputType({ description: "What to change of a user: absent keeps." })
export class UserPatch {
  @InputField(() => GraphQLString, { read: name, description: "The user's full name." })
  name?: string;

  @InputField(() => GraphQLString, {
    read: emailAddress,
    description: "The address by which invitations find the user.",
  })
  email?: string;

  @InputField(() => [GraphQLString], {
    read: listOf(emailAddress, MAX_ALIASES),
    onNull: [],
    description: `Other addresses that are the user's, as a whole list: ${MAX_ALIASES} at most, nobody else's of the organisation.`,
  })
  aliases?: string[];

  @InputField(() => GraphQLString, { read: zone, description: "An IANA time zone." })
  timezone?: string;

  @InputField(() => Role, { read: word(Object.values(Role)), description: "What the user may do." })
  role?: Role;

  @InputField(() => UserKind, {
    read: word(Object.values(UserKind)),
    description:
      "What the user is; by default a person. Who has live access tokens, or is an admin, is a person.",
  })
  kind?: UserKind;

  @InputField(() => GraphQLInt, {
    read: whole(1, MAX_CAPACITY),
    onNull: null,
    description: `How many people a room holds, or may use the equipment: up to ${MAX_CAPACITY.toLocaleString("en")}.`,
  })
  capacity?: number | null;

  @InputField(() => [WorkHoursInput], {
    read: listOf(workHours, MAX_WORK_HOURS),
    onNull: null,
    description:
      "When they work, as a whole list; null: Monday to Friday, 09:00 to 17:00. Somebody with an empty list never does.",
  })
  workHours?: WorkHours[] | null;

  @InputField(() => GraphQLInt, {
    read: whole(1, MAX_ALLOWED_TOKENS),
    onNull: null,
    description: `How many live access tokens the user may have, up to ${MAX_ALLOWED_TOKENS.toLocaleString("en")}; null: 20.`,
  })
  maxTokens?: number | null;
}

@InputType({ description: "A new user." })
export class UserInput extends UserPatch {
  @InputField(() => GraphQLString, { read: name, required: true, description: "The user's full name." })
  override name: string;

  @InputField(() => GraphQLString, {
    read: emailAddress,
    required: true,
    description: "The address by which invitations find the user; one user of the organisation has it.",
  })
  override email: string;

  @InputField(() => GraphQLString, { read: zone, required: true, description: "An IANA time zone." })
  override timezone: string;
}

@InputType({ description: "What to change of an organisation: absent keeps." })
export class OrganisationPatch {
  @InputField(() => ColleaguesSee, {
    read: word(Object.values(ColleaguesSee)),
    description: "What its people see of events that they are not in.",
  })
  colleaguesSee?: ColleaguesSee;
}

@ObjectType({ description: "A new access token, with the secret that is shown this once." })
export class NewToken {
  @Field(() => ID, { description: "The token's id, by which it is revoked." })
  id: string;

  @Field(() => String, { description: "The secret: send it as `Authorization: Bearer …`. It is not stored." })
  token: string;

  @Field(() => AccessToken, { description: "What was made." })
  accessToken: AccessToken;
}
