// The GraphQL schema, built from the decorated classes.
import "reflect-metadata";
import {
  defaultFieldResolver,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
  type GraphQLField,
  type GraphQLSchema,
} from "graphql";
import { buildSchemaSync } from "type-graphql";
import { AdminHistoryResolver } from "../audit/admin-history.resolver";
import { AttendeeFields, EventFields, RecordLinkFields } from "../event/event.fields";
import { BatchResolver, keepBatchSize } from "../event/batch.resolver";
import { EventResolver } from "../event/event.resolver";
import { HistoryEntryFields, HistoryResolver } from "../event/history.resolver";
import { FindTimesResolver } from "../event/find-times.resolver";
import { FreeBusyResolver } from "../event/free-busy.resolver";
import { ReconcileResolver } from "../event/reconcile.resolver";
import { ForgettingResolver } from "../forgetting/forgetting.resolver";
import { LiveResolver } from "../live/live.resolver";
import { OrganisationResolver } from "../people/organisation.resolver";
import { PeopleResolver } from "../people/people.resolver";
import { CalendarFields, CalendarGrantFields, UserFields } from "../people/people.fields";
import { RecordFields, RecordResolver } from "../records/record.resolver";
import type { RequestContext } from "../context";
import { isListOfObjects, makeInPieces } from "./pieces";
import { StandingFields, StandingsResolver } from "../sync-log/standings.resolver";
import { LatestChangeFields, SyncClientFields, SyncResolver } from "../sync-log/sync.resolver";
import { answerSizeOf } from "../access/answer-size";
import { ViewerFields } from "../event/viewer.resolver";
import { SyncWebhooks } from "../webhooks/sync-webhooks";
import { WebhookResolver } from "../webhooks/webhook.resolver";
import { OccurrenceFields, SeriesFields } from "../series/series.fields";
import { SeriesResolver } from "../series/series.resolver";
import { TimelineResolver } from "../event/timeline.resolver";

let built: GraphQLSchema | undefined;

/** Built once a process: decorators collect into one global store. */
export function getSchema(): GraphQLSchema {
  return (built ??= buildSchema());
}

const RESOLVERS = [
  EventResolver,
  EventFields,
  ViewerFields,
  HistoryResolver,
  HistoryEntryFields,
  BatchResolver,
  FreeBusyResolver,
  FindTimesResolver,
  ReconcileResolver,
  LiveResolver,
  AttendeeFields,
  RecordLinkFields,
  PeopleResolver,
  OrganisationResolver,
  UserFields,
  CalendarFields,
  CalendarGrantFields,
  RecordResolver,
  RecordFields,
  TimelineResolver,
  SyncResolver,
  SyncClientFields,
  StandingsResolver,
  StandingFields,
  LatestChangeFields,
  WebhookResolver,
  SyncWebhooks,
  ForgettingResolver,
  SeriesResolver,
  SeriesFields,
  OccurrenceFields,
  AdminHistoryResolver,
] as const;

/** A schema of one's own, for whoever means to alter it. */
export function buildSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: RESOLVERS,
    // Inputs are read by the rules on their classes, at both doors (src/values/rules.ts).
    validate: false,
    // TypeGraphQL insists on one; our only subscription brings its own stream.
    pubSub: {
      publish: () => undefined,
      subscribe: () => {
        throw new Error("Nothing is published here.");
      },
    },
  });
  const mutations = (schema.getMutationType()?.getFields() ?? {}) as Fields;
  keepBatchSize(mutations);
  renewBeforeEach(mutations);
  const roots = new Set<unknown>([
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    const lists = Object.values(type.getFields() as Fields).filter((field) => isListOfObjects(field.type));
    if (!roots.has(type)) countEntries(lists);
    if (type !== schema.getSubscriptionType()) lists.forEach(makeInPieces);
  }
  return schema;
}

type Fields = Readonly<Record<string, GraphQLField<unknown, RequestContext>>>;

/** The mutations of one request run one after the other, and each may change what was loaded for the one before. */
function renewBeforeEach(mutations: Fields): void {
  for (const field of Object.values(mutations)) {
    const { resolve = defaultFieldResolver } = field;
    field.resolve = (source, args, context, info): unknown => {
      context.renew();
      return resolve(source, args, context, info);
    };
  }
}

/** Lists of objects that have no size are counted as they are read; pages have theirs from what was weighed. */
function countEntries(lists: Fields[string][]): void {
  for (const field of lists) {
    if (field.extensions.rowsOfPage) continue;
    const { resolve = defaultFieldResolver } = field;
    const count = (list: unknown, context: RequestContext): unknown =>
      Array.isArray(list) ? answerSizeOf(context).take(list) : list;
    field.resolve = (source, args, context, info): unknown => {
      const list: unknown = resolve(source, args, context, info);
      return list instanceof Promise ? list.then((one) => count(one, context)) : count(list, context);
    };
  }
}

/** The text of schema.graphql. */
export const printedSchema = (): string =>
  `# Generated by "npm run schema". Do not edit.\n\n${printSchema(lexicographicSortSchema(getSchema()))}\n`;
