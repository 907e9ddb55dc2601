// What a client may write of webhooks, and the rules for it. Whether an address may be called is asked where it is written
// (webhooks.ts): that takes a look at the name servers.
import { GraphQLBoolean, GraphQLString } from "graphql";
import { ID, InputType } from "type-graphql";
import type { GivenTime } from "../values/instants";
import { flag, givenTime, id, InputField, text, word } from "../values/rules";
import { DateTime } from "../values/scalars";
import { WebhookContent } from "./webhook.types";

const name = text(200, { controls: false, least: 1 });
const url = text(2_000, { controls: false, least: 1 });
const content = word(Object.values(WebhookContent));
const ABOUT_URL = "An https address of the public internet, without user name and password.";
const ABOUT_CONTENT = "What a message tells of a change; by default ids.";

@InputType({ description: "A new webhook." })
export class WebhookInput {
  @InputField(() => GraphQLString, { read: name, required: true, description: "What it is called." })
  name: string;

  @InputField(() => GraphQLString, { read: url, required: true, description: ABOUT_URL })
  url: string;

  @InputField(() => ID, {
    read: id,
    onNull: null,
    description:
      "The calendar it covers; by default every one of the organisation, each event in its owner's.",
  })
  calendarId?: string | null;

  @InputField(() => WebhookContent, { read: content, description: ABOUT_CONTENT })
  content?: WebhookContent;

  @InputField(() => DateTime, {
    read: givenTime,
    onNull: null,
    description: "Tells what has changed later than this; by default what changes from now on.",
  })
  since?: GivenTime | null;

  @InputField(() => ID, {
    read: id,
    onNull: null,
    description:
      "An access token: an event is left out where every change that is to be told was made through it.",
  })
  skipTokenId?: string | null;
}

@InputType({ description: "What to change of a webhook: absent keeps." })
export class WebhookPatch {
  @InputField(() => GraphQLString, { read: name, description: "What it is called." })
  name?: string;

  @InputField(() => GraphQLString, { read: url, description: ABOUT_URL })
  url?: string;

  @InputField(() => WebhookContent, { read: content, description: ABOUT_CONTENT })
  content?: WebhookContent;

  @InputField(() => GraphQLBoolean, {
    read: flag,
    description: "True pauses it; false has it go on where it stood, at once.",
  })
  paused?: boolean;
}

@InputType({ description: "Where a webhook begins again." })
export class WebhookRewind {
  @InputField(() => DateTime, {
    read: givenTime,
    required: true,
    description: "What has changed later than this is told, again where it was told.",
  })
  since: GivenTime;
}
