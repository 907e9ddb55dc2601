// What is shown of a webhook, and of calls.
import { Field, Float, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import type { Instant } from "../values/instants";
import { DateTime } from "../values/scalars";

export enum WebhookContent {
  IDS = "IDS",
  EVENTS = "EVENTS",
}
registerEnumType(WebhookContent, {
  name: "WebhookContent",
  description: "What a message tells of a change.",
  valuesConfig: {
    IDS: { description: "Which events have changed or are gone." },
    EVENTS: { description: "Besides, each event as its calendar has it." },
  },
});

export enum WebhookState {
  ON = "ON",
  FAILING = "FAILING",
  PAUSED = "PAUSED",
}
registerEnumType(WebhookState, {
  name: "WebhookState",
  description: "How a webhook does.",
  valuesConfig: {
    ON: { description: "What was told was taken." },
    FAILING: { description: "Its last call failed; it is tried again, later and later." },
    PAUSED: { description: "Nobody is called. It goes on where it stood once it is resumed." },
  },
});

@ObjectType({ description: "Whoever is called when calendars change, and how far they are." })
export class Webhook {
  @Field(() => ID, { description: "The webhook's id." })
  id: string;

  @Field(() => String, { description: "What it is called." })
  name: string;

  @Field(() => String, { description: "The address that is called." })
  url: string;

  @Field(() => ID, {
    nullable: true,
    description: "The calendar it covers; null: every one of the organisation.",
  })
  calendarId: string | null;

  @Field(() => ID, { description: "The user as whom it sees; it ends when they are no admin any more." })
  userId: string;

  @Field(() => WebhookContent, { description: "What a message tells of a change." })
  content: WebhookContent;

  @Field(() => ID, {
    nullable: true,
    description: "The access token whose changes are left out, where there are no others of the event.",
  })
  skipTokenId: string | null;

  @Field(() => DateTime, { description: "When it was made." })
  createdAt: Instant;

  @Field(() => WebhookState, { description: "How it does." })
  state: WebhookState;

  @Field(() => String, { nullable: true, description: "Why it is paused or failing." })
  because: string | null;

  @Field(() => Float, {
    description: "How long the oldest change that was not told yet has been waiting; 0 where it is in step.",
  })
  behindSeconds: number;

  @Field(() => DateTime, {
    nullable: true,
    description: "Since when calls have failed; null where the last was taken.",
  })
  failingSince: Instant | null;

  @Field(() => Int, {
    nullable: true,
    description: "The status of the last answer; null where there was none.",
  })
  lastStatus: number | null;

  @Field(() => Int, { description: "How many rows were taken." })
  delivered: number;
}

@ObjectType({ description: "A webhook, with the secret that is shown this once." })
export class NewWebhook {
  @Field(() => Webhook, { description: "The webhook." })
  webhook: Webhook;

  @Field(() => String, {
    description: "The secret that signs its messages, as libraries of Standard Webhooks take it.",
  })
  secret: string;
}

@ObjectType({ description: "A call of a receiver, and what came of it." })
export class WebhookAttempt {
  @Field(() => DateTime, { description: "When." })
  at: Instant;

  @Field(() => String, { description: "The message's id, as in its header `webhook-id`." })
  messageId: string;

  @Field(() => String, { description: "`calendar.changed`, `calendar.resync` or `webhook.test`." })
  type: string;

  @Field(() => ID, { nullable: true, description: "The calendar it was about; null for a test." })
  calendarId: string | null;

  @Field(() => Int, { description: "How many rows it had." })
  rows: number;

  @Field(() => Int, { nullable: true, description: "The status of the answer; null where none came." })
  status: number | null;

  @Field(() => Int, { description: "How long it took, in milliseconds." })
  ms: number;

  @Field(() => String, { nullable: true, description: "Why it failed; null where it was taken." })
  error: string | null;
}
