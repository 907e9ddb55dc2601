// The routes of records and their timelines: what they take and answer, and what a call of one comes to.
import type { Context } from "../context";
import { RecordType, type Record } from "../entities/record";
import { notFound } from "../errors";
import { TimelineResolver } from "../event/timeline.resolver";
import { RecordInput } from "../records/record.inputs";
import { RecordResolver } from "../records/record.resolver";
import { inputSchema } from "../values/rules";
import { refTo, type Schema } from "../values/schema";
import { EVENT, listOf } from "./answers";
import { intervalOf } from "./event-lists";
import type { ReadPiece } from "./list";
import * as asks from "./parameters";
import { pathId } from "./path-id";
import { listRecords, recordJson } from "./people-lists";
import type { OperationName } from "./openapi/described";
import { REFUSALS } from "./refusals";
import type { AnswerShape, RestAnswer, RestCall, Route } from "./route";

const records = new RecordResolver();
const timelines = new TimelineResolver();

const contact = (status: 200 | 201): AnswerShape => ({
  status,
  description: "The Contact.",
  schema: refTo("Record"),
  headers: status === 201 ? ["Location", "Idempotency-Replayed?"] : [],
});

const RECORDS = listOf({ rows: refTo("Record"), description: "The records, by name." });

const TIMELINE = listOf({ rows: EVENT, description: "The events, by start, or a page of them." });

const fields = inputSchema(RecordInput, ["name", "emails", "accountId"]);

const CONTACT_INPUT: Schema = {
  ...fields,
  description: "A new Contact.",
  required: ["name"],
  properties: {
    ...fields.properties,
    email: {
      ...fields.properties?.emails?.items,
      type: ["string", "null"],
      description: "Its address, where there is one; with `emails`, the first of them.",
    },
  },
};

const timeline = (path: string, name: OperationName, type: RecordType): Route => ({
  method: "GET",
  path,
  name,
  parameters: [asks.START_AT, asks.END_AT, asks.ROLL_UP, ...asks.PAGES],
  answers: TIMELINE,
  call: (call) => getTimeline(call, type),
});

export const RECORD_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/contacts",
    name: "listContacts",
    parameters: [asks.EMAIL, asks.Q, ...asks.PAGES],
    answers: RECORDS,
    call: (call) => Promise.resolve({ list: { read: listRecords(call, RecordType.Contact) } }),
  },
  {
    method: "GET",
    path: "/contacts/:id",
    name: "getContact",
    parameters: [],
    answers: [contact(200)],
    call: getContact,
  },
  {
    method: "POST",
    path: "/contacts",
    name: "createContact",
    parameters: [asks.ALLOW_DUPLICATE, asks.IDEMPOTENCY_KEY],
    body: CONTACT_INPUT,
    answers: [contact(201)],
    refusals: [REFUSALS.contactExists],
    call: postContact,
  },
  {
    method: "GET",
    path: "/records",
    name: "listRecords",
    parameters: [asks.TYPE, asks.Q, asks.EMAIL, ...asks.PAGES],
    answers: RECORDS,
    call: (call) => Promise.resolve({ list: { read: listRecords(call) } }),
  },
  timeline("/contacts/:id/events", "listContactEvents", RecordType.Contact),
  timeline("/accounts/:id/events", "listAccountEvents", RecordType.Account),
  timeline("/opportunities/:id/events", "listOpportunityEvents", RecordType.Opportunity),
  timeline("/leads/:id/events", "listLeadEvents", RecordType.Lead),
];

/** The record of the path; what is of another type is not there. */
async function recordOf(call: RestCall, type: RecordType): Promise<Record> {
  const what = `This ${type.toLowerCase()}`;
  const found = await records.record(call.ctx, type, pathId(call, what));
  if (!found) throw notFound(what);
  return found;
}

async function getContact(call: RestCall): Promise<RestAnswer> {
  return { status: 200, json: recordJson(await recordOf(call, RecordType.Contact)) };
}

async function postContact(call: RestCall): Promise<RestAnswer> {
  const { name, email, emails, accountId } = await call.body();
  const record = { name, accountId, emails: email == null ? emails : withEmail(email, emails) };
  const idempotencyKey = call.header(asks.IDEMPOTENCY_KEY);
  const allowDuplicate = call.query.get(asks.ALLOW_DUPLICATE);
  const made = await records.createContact(call.ctx, { record, idempotencyKey, allowDuplicate });
  const replayed = made.isReplayed && { "Idempotency-Replayed": "true" };
  const headers = { Location: `/api/v1/contacts/${made.record.id}`, ...replayed };
  return { status: 201, json: recordJson(made.record), headers };
}

function getTimeline(call: RestCall, type: RecordType): Promise<RestAnswer> {
  const { query } = call;
  const filter = intervalOf(query);
  const rollUp = query.get(asks.ROLL_UP);
  let record: Promise<Record> | undefined;
  const read: ReadPiece = async (of: Context, { rows: first, place }) => {
    const page = await timelines.events(await (record ??= recordOf(call, type)), of, {
      filter,
      rollUp,
      first,
      after: place?.position,
    });
    const { hasNextPage, endCursor } = page.pageInfo;
    return { rows: page.views, next: hasNextPage ? endCursor : null, watermark: null, bytes: page.bytes };
  };
  return Promise.resolve({ list: { read } });
}

/** One address as a list, before the others of a list that came with it. */
function withEmail(email: unknown, emails: unknown): unknown {
  if (emails == null) return [email];
  if (!Array.isArray(emails)) return emails;
  const at = emails.indexOf(email);
  // Taken out once, so that a list that is too long stays too long.
  return [email, ...(emails as unknown[]).filter((_, index) => index !== at)];
}
