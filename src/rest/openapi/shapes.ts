// The shapes that REST bodies and answers are made of, by name: inputs from the rules of their classes, answers from
// the GraphQL types, whose fields have the same names and meaning at this door.
import {
  getNamedType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
} from "graphql";
import { getMetadataArgsStorage } from "typeorm";
import { Event } from "../../entities/event";
import { EventInput, EventPatch } from "../../event/event.inputs";
import { RecordRef } from "../../event/link.inputs";
import { AttendeeInput } from "../../event/attendee.inputs";
import { SHOWN_FIELDS } from "../../event/projection";
import { getSchema } from "../../graphql/schema";
import { SERIES_SHAPE } from "../../series/aurinko.types";
import { SeriesInput } from "../../series/series.inputs";
import { ID_SCHEMA } from "../../values/ids";
import { INSTANT_SCHEMA } from "../../values/instants";
import { inputSchema } from "../../values/rules";
import { orNull, refTo, type Schema } from "../../values/schema";
import { ATTENDEE_TYPE, EVENT_STATUS, SHOW_AS, STATUS } from "../../values/vocabulary";
import { WebhookInput, WebhookPatch, WebhookRewind } from "../../webhooks/webhook.inputs";
import { IMPORT_REPORT } from "../import-report";
import { REFUSALS } from "../refusals";

type Field = GraphQLField<unknown, unknown>;
type Properties = Record<string, Schema>;

const SCALARS: Readonly<Record<string, Schema>> = {
  ID: { type: "string", pattern: ID_SCHEMA.pattern },
  String: { type: "string" },
  Boolean: { type: "boolean" },
  Int: { type: "integer" },
  Float: { type: "number" },
  Long: { type: "integer", format: "int64" },
  DateTime: INSTANT_SCHEMA,
  LocalDateTime: { type: "string", examples: ["2026-03-02T09:00:00"] },
  JSONObject: { type: "object" },
};

function valueSchema(type: GraphQLOutputType, nullable: boolean): Schema {
  if (isNonNullType(type)) return valueSchema(type.ofType, nullable);
  const plain = isListType(type)
    ? { type: "array", items: valueSchema(type.ofType, false) }
    : namedSchema(getNamedType(type));
  return nullable ? orNull(plain) : plain;
}

function namedSchema(type: GraphQLNamedType): Schema {
  if (isEnumType(type)) return { type: "string", enum: type.getValues().map(({ name }) => name) };
  const scalar = SCALARS[type.name];
  if (scalar) return scalar;
  if (isObjectType(type)) return refTo(type.name);
  throw new Error(`REST has no shape for ${type.name}.`);
}

/** A column that always holds something: GraphQL's fields may be null where an event is masked, which REST never shows. */
const isKept = (type: string, field: string): boolean =>
  type === Event.name &&
  getMetadataArgsStorage().columns.some(
    ({ target, propertyName, options }) =>
      target === Event && propertyName === field && options.nullable !== true,
  );

function property(type: string, { name, type: fieldType, description }: Field): Schema {
  const schema = valueSchema(fieldType, !isNonNullType(fieldType) && !isKept(type, name));
  return { ...schema, ...(description && { description }) };
}

interface Wish {
  /** The fields it has; by default those that hold values of their own. */
  only?: readonly string[];
  /** What REST has besides, or knows better. */
  also?: Properties;
  /** Names that are others in REST. */
  names?: Readonly<Record<string, string>>;
}

/** The REST shape of a GraphQL type. Every key is always there. */
function shapeOf(name: string, { only, also = {}, names = {} }: Wish = {}): Schema {
  const type = getSchema().getType(name);
  if (!isObjectType(type)) throw new Error(`There is no GraphQL type ${name}.`);
  const fields = Object.values<Field>(type.getFields());
  const chosen = only
    ? only.map((key) => type.getFields()[key] as Field)
    : fields.filter((field) => isLeafType(getNamedType(field.type)));
  const properties: Properties = Object.fromEntries(
    chosen.map((field) => [names[field.name] ?? field.name, property(name, field)]),
  );
  for (const [key, schema] of Object.entries(also)) properties[key] = { ...properties[key], ...schema };
  return {
    type: "object",
    ...(type.description && { description: type.description }),
    required: Object.keys(properties),
    properties,
  };
}

const CALLER = ["id", "name", "email", "timezone", "role"];
const ids: Properties = {
  orgId: { type: "string", description: "The organisation's id." },
  userId: { type: "string", description: "The user's id once more, by the name that attendees have for it." },
};

/** The one shape of every refusal. */
const problem: Schema = {
  type: "object",
  description: "Why the request was refused.",
  required: ["code", "message", "requestId", "details"],
  properties: {
    code: {
      type: "string",
      enum: [...new Set(Object.values(REFUSALS).map(({ example }) => example().code)), "method_not_allowed"],
      description: "For programs.",
    },
    message: { type: "string", description: "For people." },
    requestId: { type: "string", description: "The request's name in the service's log." },
    details: {
      type: "array",
      description: "The fields to blame; empty where it is none of them.",
      items: {
        type: "object",
        required: ["field", "message"],
        properties: {
          field: { type: "string", description: "A path such as `attendees[0].status`." },
          message: { type: "string", description: "What is wrong with it." },
        },
      },
    },
    current: {
      anyOf: [refTo("Event"), refTo("RemovedEvent"), refTo("Record")],
      description:
        "With `precondition_failed`: the event as it is now. With `conflict`: the Contact that is there already.",
    },
  },
};

const EVENT_WORDS: Properties = {
  showAs: { enum: SHOW_AS.words },
  status: { enum: EVENT_STATUS.words },
  deleted: { const: false },
};

/** By name; made when asked for, as the GraphQL schema is. */
export const SHAPES: Readonly<Record<string, () => Schema>> = {
  Event: () => shapeOf("Event", { only: SHOWN_FIELDS, also: EVENT_WORDS }),
  Attendee: () =>
    shapeOf("Attendee", { also: { status: { enum: STATUS.words }, type: { enum: ATTENDEE_TYPE.words } } }),
  RecordLink: () => shapeOf("RecordLink", { names: { recordId: "id" } }),
  RemovedEvent: () => shapeOf("DeletedEvent", { also: { deleted: { const: true } } }),
  ManifestRow: () => shapeOf("ManifestRow"),
  MonthDigest: () => shapeOf("MonthDigest"),
  ImportReport: () => IMPORT_REPORT,
  Caller: () => shapeOf("User", { only: CALLER, also: ids }),
  User: () => shapeOf("User", { only: [...CALLER, "calendarId"], also: ids }),
  Record: () => shapeOf("Record"),
  Calendar: () => shapeOf("Calendar"),
  Webhook: () => shapeOf("Webhook"),
  NewWebhook: () => shapeOf("NewWebhook", { only: ["webhook", "secret"] }),
  WebhookAttempt: () => shapeOf("WebhookAttempt"),
  Problem: () => problem,
  Series: () => SERIES_SHAPE,
  ...Object.fromEntries(
    [
      EventInput,
      EventPatch,
      AttendeeInput,
      RecordRef,
      SeriesInput,
      WebhookInput,
      WebhookPatch,
      WebhookRewind,
    ].map((type) => [type.name, () => inputSchema(type)]),
  ),
};
