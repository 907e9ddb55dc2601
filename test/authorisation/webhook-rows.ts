// Every operation and argument of webhooks over GraphQL, and the rule each follows.
import { type Asked, type GraphQLRow, orNothing, other, reads, text, writes } from "./graphql-asks";
import type { RuleName } from "./rules";

/** Of the organisation's webhooks: for its admins. */
const webhook = (rule: RuleName, asked: Asked): GraphQLRow => other("webhook", rule, asked);
const NEW_WEBHOOK = `name: "w", url: "http://127.0.0.1:65535/"`;

export const WEBHOOK_ROWS: Readonly<Record<string, GraphQLRow>> = {
  "Query.webhooks": other(
    "nothing",
    "ask for everybody's",
    reads(() => "webhooks { id }"),
  ),
  "Query.webhook(id)": webhook(
    "read its history by id",
    reads(
      (id) => `webhook(id: ${text(id)}) { id attempts { at } }`,
      orNothing((found) => found),
    ),
  ),
  "Webhook.calendar": other(
    "nothing",
    "ask for everybody's",
    reads(() => "webhooks { calendar { id } }"),
  ),
  "Mutation.createWebhook(input.calendarId)": other(
    "calendar",
    "administer",
    writes((id) => `createWebhook(input: {${NEW_WEBHOOK}, calendarId: ${text(id)}}) { webhook { id } }`),
  ),
  "Mutation.createWebhook(input.skipTokenId)": other(
    "token",
    "refer to, as an admin",
    writes((id) => `createWebhook(input: {${NEW_WEBHOOK}, skipTokenId: ${text(id)}}) { webhook { id } }`),
  ),
  "Mutation.updateWebhook(id)": webhook(
    "administer",
    writes((id, fresh) => `updateWebhook(id: ${text(id)}, input: {name: ${text(fresh)}}) { id }`),
  ),
  "Mutation.deleteWebhook(id)": webhook(
    "administer",
    writes((id) => `deleteWebhook(id: ${text(id)}) { id }`),
  ),
  "Mutation.rotateWebhookSecret(id)": webhook(
    "administer",
    writes((id) => `rotateWebhookSecret(id: ${text(id)}) { webhook { id } }`),
  ),
  "Mutation.testWebhook(id)": webhook(
    "administer",
    writes((id) => `testWebhook(id: ${text(id)}) { status error }`),
  ),
  "Mutation.rewindWebhook(id)": webhook(
    "administer",
    writes((id) => `rewindWebhook(id: ${text(id)}, since: 0) { id }`),
  ),
};
