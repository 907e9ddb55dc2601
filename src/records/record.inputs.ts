// What a client may write of records, and the rules for it.
import { GraphQLString } from "graphql";
import { ID, InputType } from "type-graphql";
import { RecordType } from "../entities/record";
import { emailAddress } from "../values/address";
import { id, InputField, listOf, text, word } from "../values/rules";

const MAX_EMAILS = 50;

@InputType({ description: "A record to create, or with an `id` to change: absent keeps." })
export class RecordInput {
  @InputField(() => ID, { read: id, onNull: null, description: "The record to change; absent creates one." })
  id?: string | null;

  @InputField(() => RecordType, {
    read: word(Object.values(RecordType)),
    description: "Its type: required to create, and kept for good.",
  })
  type?: RecordType;

  @InputField(() => GraphQLString, {
    read: text(500, { least: 1 }),
    description: "Its name: required to create.",
  })
  name?: string;

  @InputField(() => [GraphQLString], {
    read: listOf(emailAddress, MAX_EMAILS),
    onNull: [],
    description: "Its e-mail addresses, as a whole list.",
  })
  emails?: string[];

  @InputField(() => ID, { read: id, onNull: null, description: "The Account it belongs to." })
  accountId?: string | null;
}
