// What webhooks send, as the OpenAPI document has it under `webhooks`.
import { INSTANT_SCHEMA } from "../../values/instants";
import { refTo, type Schema } from "../../values/schema";
import { ID_SCHEMA } from "../../values/ids";

type Json = Record<string, unknown>;

const id = (description: string): Schema => ({ type: "string", pattern: ID_SCHEMA.pattern, description });
const at = (description: string): Schema => ({ ...INSTANT_SCHEMA, description });

const WHOSE: Record<string, Schema> = {
  organisationId: id("The organisation."),
  webhookId: id("The webhook."),
  calendarId: id("The calendar that is told of: of one that covers the organisation, the event's owner's."),
  userId: id("Whose calendar it is."),
};

const object = (properties: Record<string, Schema>, optional: readonly string[] = []): Schema => ({
  type: "object",
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

const ROW = object(
  {
    id: id("The event."),
    deleted: { type: "boolean", description: "Whether the calendar no longer holds it." },
    reason: { type: "string", enum: ["deleted", "left"], description: "Why not." },
    lastModifiedAt: at("When it changed."),
    event: {
      ...refTo("Event"),
      description: "With `content` EVENTS: what it is now. Left out of what would be too long.",
    },
  },
  ["reason", "event"],
);

const DATA: Record<string, Schema> = {
  "calendar.changed": object({
    ...WHOSE,
    since: at("What changed later than this …"),
    watermark: at("… up to this is told. Keep the greatest of a calendar, and pass over what is not later."),
    hasMore: { type: "boolean", description: "Whether more has changed: another message follows." },
    records: { type: "array", items: ROW, description: "The changes, in the order in which they were made." },
  }),
  "calendar.resync": object({
    ...WHOSE,
    watermark: at("Load everything again: what changes later than this is told."),
  }),
  "webhook.test": object({
    organisationId: id("The organisation."),
    webhookId: id("The webhook."),
  }),
};

const SAID: Record<string, [name: string, summary: string]> = {
  "calendar.changed": ["calendarChanged", "What has changed in a calendar"],
  "calendar.resync": ["calendarResync", "What a receiver has is older than what is still known"],
  "webhook.test": ["webhookTest", "A call that tells nothing"],
};

const header = (name: string, description: string): Json => ({
  name,
  in: "header",
  required: true,
  description,
  schema: { type: "string" },
});

const HEADERS = [
  header("webhook-id", "The message's name: of the same page it is the same."),
  header("webhook-timestamp", "When it was sent, in seconds since 1970."),
  header(
    "webhook-signature",
    "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; two while a secret is being changed, with a blank between them.",
  ),
];

const message = (type: string, data: Schema): Json => {
  const [operationId, summary] = SAID[type] as [string, string];
  const schema = object({
    type: { const: type, description: "What it tells." },
    timestamp: at("Of the latest change that it covers; of a test, when it was sent."),
    data,
  });
  return {
    post: {
      operationId,
      tags: ["Webhooks"],
      summary,
      description: "Signed by Standard Webhooks 1.0. The guide beside `src/webhooks` says how to receive it.",
      security: [],
      parameters: HEADERS,
      requestBody: { required: true, content: { "application/json": { schema } } },
      responses: {
        "204": { description: "It was taken. Any 2xx will do." },
        "410": {
          description: "The receiver is gone: the webhook is paused. Anything else is tried again later.",
        },
      },
    },
  };
};

/** By type. */
export const webhookMessages = (): Json =>
  Object.fromEntries(Object.entries(DATA).map(([type, data]) => [type, message(type, data)]));
