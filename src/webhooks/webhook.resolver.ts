// Queries and mutations of webhooks, for admins.
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Context } from "../context";
import { Calendar } from "../entities/calendar";
import { calendarLoader, type CalendarView } from "../people/calendars";
import type { GivenTime } from "../values/instants";
import { readInput, requireId } from "../values/rules";
import { DateTime } from "../values/scalars";
import { internalHosts } from "./settings";
import { attemptsLoader, listWebhooks, readWebhook, type WebhookView } from "./shown";
import { testWebhook } from "./test-call";
import { WebhookInput, WebhookPatch, WebhookRewind } from "./webhook.inputs";
import { NewWebhook, Webhook, WebhookAttempt } from "./webhook.types";
import * as webhooks from "./webhooks";

const webhookId = "The webhook's id.";

@Resolver(() => Webhook)
export class WebhookResolver {
  @Query(() => [Webhook], { description: "The organisation's webhooks, the oldest first (admins)." })
  webhooks(@Ctx() ctx: Context): Promise<WebhookView[]> {
    webhooks.requireWebhooks(ctx, "read");
    return listWebhooks(ctx);
  }

  @Query(() => Webhook, { nullable: true, description: "A webhook of the organisation (admins)." })
  webhook(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: webhookId }) id: string,
  ): Promise<WebhookView | null> {
    webhooks.requireWebhooks(ctx, "read");
    return readWebhook(ctx, requireId(id, "id"));
  }

  @Mutation(() => NewWebhook, {
    description:
      "Makes a webhook, and shows its secret this once (admins). The 21st of an organisation is `conflict`. How to receive: " +
      "the guide beside `src/webhooks`.",
  })
  createWebhook(
    @Ctx() ctx: Context,
    @Arg("input", () => WebhookInput, { description: "The webhook." }) input: WebhookInput,
  ): Promise<NewWebhook> {
    webhooks.requireWebhooks(ctx, "write");
    return webhooks.createWebhook(ctx, readInput(WebhookInput, input), internalHosts(ctx));
  }

  @Mutation(() => Webhook, { description: "Changes a webhook, pauses it, or lets it go on (admins)." })
  updateWebhook(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: webhookId }) id: string,
    @Arg("input", () => WebhookPatch, { description: "What to change." }) input: WebhookPatch,
  ): Promise<WebhookView> {
    webhooks.requireWebhooks(ctx, "write");
    return webhooks.updateWebhook(
      ctx,
      requireId(id, "id"),
      readInput(WebhookPatch, input),
      internalHosts(ctx),
    );
  }

  @Mutation(() => Webhook, { description: "Ends a webhook for good (admins)." })
  deleteWebhook(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: webhookId }) id: string,
  ): Promise<WebhookView> {
    return webhooks.deleteWebhook(ctx, requireId(id, "id"));
  }

  @Mutation(() => NewWebhook, {
    description: "Gives a webhook another secret; both sign for 24 hours (admins).",
  })
  rotateWebhookSecret(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: webhookId }) id: string,
  ): Promise<NewWebhook> {
    return webhooks.rotateSecret(ctx, requireId(id, "id"));
  }

  @Mutation(() => WebhookAttempt, {
    description:
      "Calls a webhook's address with `webhook.test`, and waits up to 16 s for what it answers (admins).",
  })
  testWebhook(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: webhookId }) id: string,
  ): Promise<WebhookAttempt> {
    return testWebhook(ctx, requireId(id, "id"), internalHosts(ctx));
  }

  @Mutation(() => Webhook, {
    description: "Has a webhook tell again whatever has changed later than `since`, as it is now (admins).",
  })
  rewindWebhook(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: webhookId }) id: string,
    @Arg("since", () => DateTime, { description: "An instant, such as a watermark." }) since: GivenTime,
  ): Promise<WebhookView> {
    webhooks.requireWebhooks(ctx, "write");
    return webhooks.rewindWebhook(ctx, requireId(id, "id"), readInput(WebhookRewind, { since }).since);
  }

  @FieldResolver(() => Calendar, {
    nullable: true,
    description: "The calendar it covers; null: every one of the organisation.",
  })
  calendar(@Root() { calendarId }: WebhookView, @Ctx() ctx: Context): Promise<CalendarView | null> | null {
    return calendarId === null ? null : calendarLoader(ctx).load(calendarId);
  }

  @FieldResolver(() => [WebhookAttempt], {
    description: "The last calls, newest first: a day of them, and a thousand at most, are kept.",
  })
  attempts(
    @Root() { id }: WebhookView,
    @Ctx() ctx: Context,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20, description: "How many, up to 100." })
    first: number | null,
  ): Promise<WebhookAttempt[]> {
    return attemptsLoader(ctx)(first ?? 20).load(id);
  }
}
