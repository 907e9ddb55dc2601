// What a client may write of users, and the rules for it.
import { GraphQLInt, GraphQLString } from "graphql";
import { Field, ID, InputType, ObjectType } from "type-graphql";
import { AccessToken } from "../entities/access-token";
import { Role } from "../entities/user";
import { address } from "../values/rules";
import { InputField, text, whole, word, zone } from "../values/rules";

const name = text(200, { controls: false, least: 1 });
const MAX_TOKENS_MOST = 1_000;

@InputType({ description: "What to change of a user: absent keeps." })
export class UserPatch {
  @InputField(() => GraphQLString, { read: name, description: "The user's full name." })
  name?: string;

  @InputField(() => GraphQLString, {
    read: address,
    description: "The address by which invitations find the user.",
  })
  email?: string;

  @InputField(() => GraphQLString, { read: zone, description: "An IANA time zone." })
  timezone?: string;

  @InputField(() => Role, { read: word(Object.values(Role)), description: "What the user may do." })
  role?: Role;

  @InputField(() => GraphQLInt, {
    read: whole(1, MAX_TOKENS_MOST),
    onNull: null,
    description: `How many live access tokens the user may have, up to ${MAX_TOKENS_MOST.toLocaleString("en")}; null: 20.`,
  })
  maxTokens?: number | null;
}

@InputType({ description: "A new user." })
export class UserInput extends UserPatch {
  @InputField(() => GraphQLString, { read: name, required: true, description: "The user's full name." })
  override name: string;

  @InputField(() => GraphQLString, {
    read: address,
    required: true,
    description: "The address by which invitations find the user; one user of the organisation has it.",
  })
  override email: string;

  @InputField(() => GraphQLString, { read: zone, required: true, description: "An IANA time zone." })
  override timezone: string;
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
