// The routes of webhooks, for admins: what they take and answer, and what a call of one comes to.
import type { Context } from "../context";
import { notFound } from "../errors";
import { refTo, type Schema } from "../values/schema";
import { WebhookInput, WebhookPatch, WebhookRewind } from "../webhooks/webhook.inputs";
import { WebhookResolver } from "../webhooks/webhook.resolver";
import type { Webhook } from "../webhooks/webhook.types";
import { listOf } from "./answers";
import type { ReadPiece } from "./list";
import * as asks from "./parameters";
import { pathId } from "./path-id";
import { REFUSALS } from "./refusals";
import type { AnswerShape, RestAnswer, RestCall, Route } from "./route";

const webhooks = new WebhookResolver();

const WEBHOOK = refTo("Webhook");
const shown = (status: 200 | 201, schema: Schema, description: string): AnswerShape => ({
  status,
  description,
  schema,
  headers: status === 201 ? ["Location"] : [],
});
const KEPT = shown(200, WEBHOOK, "The webhook as it is kept.");

export const WEBHOOK_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/webhooks",
    name: "listWebhooks",
    parameters: asks.PAGES,
    answers: listOf({ rows: WEBHOOK, description: "The webhooks, the oldest first." }),
    call: () => Promise.resolve({ list: { read: listWebhooks } }),
  },
  {
    method: "POST",
    path: "/webhooks",
    name: "createWebhook",
    parameters: [],
    body: refTo(WebhookInput.name),
    answers: [shown(201, refTo("NewWebhook"), "The webhook, and its secret.")],
    refusals: [REFUSALS.notFound, REFUSALS.tooManyWebhooks],
    call: postWebhook,
  },
  {
    method: "GET",
    path: "/webhooks/:id",
    name: "getWebhook",
    parameters: [],
    answers: [shown(200, WEBHOOK, "The webhook.")],
    call: async (call) => answer(200, await webhookOf(call.ctx, webhookId(call))),
  },
  {
    method: "PATCH",
    path: "/webhooks/:id",
    name: "updateWebhook",
    parameters: [],
    body: refTo(WebhookPatch.name),
    answers: [KEPT],
    refusals: [REFUSALS.webhookEnded],
    call: async (call) => {
      const input = await call.body<WebhookPatch>();
      return answer(200, await webhooks.updateWebhook(call.ctx, webhookId(call), input));
    },
  },
  {
    method: "DELETE",
    path: "/webhooks/:id",
    name: "deleteWebhook",
    parameters: [],
    answers: [{ status: 204, description: "It is gone." }],
    call: async (call) => {
      await webhooks.deleteWebhook(call.ctx, webhookId(call));
      return { status: 204 };
    },
  },
  {
    method: "POST",
    path: "/webhooks/:id/test",
    name: "testWebhook",
    parameters: [],
    answers: [shown(200, refTo("WebhookAttempt"), "What came of the call.")],
    call: async (call) => answer(200, await webhooks.testWebhook(call.ctx, webhookId(call))),
  },
  {
    method: "POST",
    path: "/webhooks/:id/rewind",
    name: "rewindWebhook",
    parameters: [],
    body: refTo(WebhookRewind.name),
    answers: [KEPT],
    call: async (call) => {
      const { since } = await call.body<WebhookRewind>();
      return answer(200, await webhooks.rewindWebhook(call.ctx, webhookId(call), since));
    },
  },
  {
    method: "POST",
    path: "/webhooks/:id/rotate",
    name: "rotateWebhookSecret",
    parameters: [],
    answers: [shown(200, refTo("NewWebhook"), "The webhook, and its new secret.")],
    call: async (call) => answer(200, await webhooks.rotateWebhookSecret(call.ctx, webhookId(call))),
  },
];

const WHAT = "This webhook";
const webhookId = (call: RestCall): string => pathId(call, WHAT);

const answer = (status: number, value: object): RestAnswer => ({ status, json: JSON.stringify(value) });

async function webhookOf(ctx: Context, id: string): Promise<Webhook> {
  const webhook = await webhooks.webhook(ctx, id);
  if (!webhook) throw notFound(WHAT);
  return webhook;
}

/** Of the twenty at most that there are, those that the page asks for. */
const listWebhooks: ReadPiece = async (of, { rows, place }) => {
  const all = await webhooks.webhooks(of);
  const further = all.filter(({ id }) => place === null || BigInt(id) > BigInt(place.position));
  const page = further.slice(0, rows);
  const next = further.length > rows ? (page.at(-1)?.id ?? null) : null;
  return { rows: page.map((one) => ({ json: JSON.stringify(one) })), next, watermark: null };
};

async function postWebhook(call: RestCall): Promise<RestAnswer> {
  const input = await call.body<WebhookInput>();
  const made = await webhooks.createWebhook(call.ctx, input);
  const Location = `/api/v1/webhooks/${made.webhook.id}`;
  return { status: 201, json: JSON.stringify(made), headers: { Location } };
}
