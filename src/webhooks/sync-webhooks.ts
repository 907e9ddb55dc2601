// The sync view's word on webhooks: how far each is that covers a calendar.
import { Ctx, Field, FieldResolver, Float, ID, Int, ObjectType, Resolver, Root } from "type-graphql";
import type { Context } from "../context";
import { columns, instant, number, orNull, selectRows, text, word, type Selected } from "../database/rows";
import { SyncView } from "../sync-log/sync.types";
import type { Instant } from "../values/instants";
import { DateTime } from "../values/scalars";
import { behindSeconds, STATE_SQL, WAITING } from "./shown";
import { WebhookState } from "./webhook.types";

@ObjectType({ description: "A webhook that covers a calendar, and how far it is there." })
export class SyncWebhook {
  @Field(() => ID, { description: "The webhook's id." })
  id: string;

  @Field(() => String, { description: "What it is called." })
  name: string;

  @Field(() => WebhookState, { description: "How it does in this calendar." })
  state: WebhookState;

  @Field(() => String, { nullable: true, description: "Why it is paused or failing." })
  because: string | null;

  @Field(() => DateTime, { description: "Its receiver has taken everything up to here." })
  watermark: Instant;

  @Field(() => Float, {
    description: "How long the oldest change that was not told yet has been waiting; 0 where it is in step.",
  })
  behindSeconds: number;

  @Field(() => DateTime, { nullable: true, description: "Since when calls have failed." })
  failingSince: Instant | null;

  @Field(() => DateTime, { nullable: true, description: "When it is tried again, where it fails." })
  nextAttemptAt: Instant | null;

  @Field(() => Int, { nullable: true, description: "The status of the last answer." })
  lastStatus: number | null;

  @Field(() => DateTime, { nullable: true, description: "When something was last taken." })
  deliveredAt: Instant | null;
}

const PROGRESS = columns({
  id: text("w.id"),
  name: text("w.name"),
  state: word<WebhookState>(STATE_SQL),
  because: orNull(text("coalesce(w.paused_because, k.last_error)")),
  watermark: instant("k.covered"),
  behindSeconds: number(behindSeconds("waiting.since")),
  failingSince: orNull(instant("k.failing_since")),
  nextAttemptAt: orNull(
    instant(
      "case when k.failing_since is not null and w.paused_at is null then nullif(k.next_at, '-infinity') end",
    ),
  ),
  lastStatus: orNull(number("k.last_status")),
  deliveredAt: orNull(instant("k.delivered_at")),
});

const OF_CALENDAR = `
  select ${PROGRESS.list}
  from webhook w
  join webhook_cursor k on k.organisation_id = w.organisation_id and k.webhook_id = w.id and k.calendar_id = $2
  join calendar c on c.organisation_id = k.organisation_id and c.id = k.calendar_id
  ${WAITING}
  where w.organisation_id = $1
  order by w.id`;

@Resolver(() => SyncView)
export class SyncWebhooks {
  @FieldResolver(() => [SyncWebhook], {
    description: "The webhooks that cover the calendar, the oldest first; for admins, others are shown none.",
  })
  async webhooks(
    @Root() { calendar }: SyncView,
    @Ctx() { db, caller }: Context,
  ): Promise<Selected<typeof PROGRESS>[]> {
    if (caller.role !== "admin") return [];
    const values = [caller.organisationId, calendar.id];
    return selectRows(db.pool, PROGRESS, { text: OF_CALENDAR, values });
  }
}
