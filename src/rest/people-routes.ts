// The routes of users, calendars and records: what they take and answer, and what a call of one comes to.
import { RecordType } from "../entities/record";
import { notFound } from "../errors";
import { RecordInput } from "../records/record.inputs";
import { PeopleResolver } from "../people/people.resolver";
import { RecordResolver } from "../records/record.resolver";
import { saveRecords } from "../records/records";
import { inputSchema, readInput } from "../values/rules";
import { refTo, type Schema } from "../values/schema";
import { listOf } from "./answers";
import type { ReadBatch } from "./list";
import { ALL, EMAIL, PAGES, Q, TYPE } from "./parameters";
import { pathId } from "./path-id";
import * as examples from "./people-examples";
import { readCalendars, readRecords, readUsers, recordJson, userJson } from "./people-lists";
import type { AnswerShape, RestAnswer, RestCall, Route } from "./route";

const people = new PeopleResolver();
const records = new RecordResolver();

const contact = (status: 200 | 201): AnswerShape => ({
  status,
  description: "The Contact.",
  schema: refTo("Record"),
  headers: status === 201 ? ["Location"] : [],
});

const RECORDS = listOf({ rows: refTo("Record"), description: "The records, by name." });

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

export const PEOPLE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/me",
    name: "getMe",
    tag: "People and records",
    summary: "Who is calling",
    description: "The user for whom the access token speaks.",
    parameters: [],
    answers: [{ status: 200, description: "The user.", schema: refTo("Caller") }],
    examples: examples.ME,
    call: getMe,
  },
  {
    method: "GET",
    path: "/users/me",
    name: "getUserMe",
    tag: "People and records",
    summary: "Who is calling",
    description: "The same as `GET /me`.",
    parameters: [],
    answers: [{ status: 200, description: "The user.", schema: refTo("Caller") }],
    examples: examples.ME,
    call: getMe,
  },
  {
    method: "GET",
    path: "/users",
    name: "listUsers",
    tag: "People and records",
    summary: "Users of the organisation",
    description: "All of them, or those at the addresses, by name. Disabled ones are left out.",
    parameters: [EMAIL, ...PAGES],
    answers: listOf({ rows: refTo("User"), description: "The users." }),
    examples: examples.USERS,
    call: ({ ctx, query }) => plain(readUsers(ctx, query)),
  },
  {
    method: "GET",
    path: "/contacts",
    name: "listContacts",
    tag: "People and records",
    summary: "Contacts of the organisation",
    description: "The Contact records, by name: all, those at the addresses, or those with a name like `q`.",
    parameters: [EMAIL, Q, ...PAGES],
    answers: RECORDS,
    examples: examples.CONTACTS,
    call: ({ ctx, query }) => plain(readRecords(ctx, records, query, RecordType.Contact)),
  },
  {
    method: "GET",
    path: "/contacts/:id",
    name: "getContact",
    tag: "People and records",
    summary: "A Contact by its id",
    description: "The Contact as it is now.",
    parameters: [],
    answers: [contact(200)],
    examples: examples.CONTACT,
    call: getContact,
  },
  {
    method: "POST",
    path: "/contacts",
    name: "createContact",
    tag: "People and records",
    summary: "Creates a Contact",
    description: "Events written from then on recognise it by its addresses.",
    parameters: [],
    body: CONTACT_INPUT,
    answers: [contact(201)],
    examples: examples.CREATE_CONTACT,
    call: postContact,
  },
  {
    method: "GET",
    path: "/records",
    name: "listRecords",
    tag: "People and records",
    summary: "Records of the organisation",
    description: "Contacts, Accounts, Opportunities and Leads, by name: what an event can be linked to.",
    parameters: [TYPE, Q, EMAIL, ...PAGES],
    answers: RECORDS,
    examples: examples.RECORDS,
    call: ({ ctx, query }) => plain(readRecords(ctx, records, query)),
  },
  {
    method: "GET",
    path: "/calendars",
    name: "listCalendars",
    tag: "People and records",
    summary: "Calendars",
    description: "The caller's calendar; for an admin, with `all`, those of the organisation.",
    parameters: [ALL, ...PAGES],
    answers: listOf({ rows: refTo("Calendar"), description: "The calendars, by their users' names." }),
    examples: examples.CALENDARS,
    call: ({ ctx, query }) => plain(readCalendars(ctx, query)),
  },
];

const plain = (read: ReadBatch): Promise<RestAnswer> => Promise.resolve({ list: { read } });

async function getMe({ ctx }: RestCall): Promise<RestAnswer> {
  return { status: 200, json: userJson(await people.me(ctx)) };
}

async function getContact(call: RestCall): Promise<RestAnswer> {
  const found = await records.record(call.ctx, RecordType.Contact, pathId(call, "This contact"));
  if (!found) throw notFound("This contact");
  return { status: 200, json: recordJson(found) };
}

async function postContact(call: RestCall): Promise<RestAnswer> {
  const { name, email, emails, accountId } = await call.body();
  const given = { name, accountId, emails: email == null ? emails : withEmail(email, emails) };
  const input = { ...readInput(RecordInput, given), type: RecordType.Contact };
  const [made] = await saveRecords(call.ctx, [input], () => "");
  if (!made) throw new Error("A contact was saved and is not there.");
  return { status: 201, json: recordJson(made), headers: { Location: `/api/v1/contacts/${made.id}` } };
}

/** One address as a list, before the others of a list that came with it. */
function withEmail(email: unknown, emails: unknown): unknown {
  if (emails == null) return [email];
  if (!Array.isArray(emails)) return emails;
  const at = emails.indexOf(email);
  // Taken out once, so that a list that is too long stays too long.
  return [email, ...(emails as unknown[]).filter((_, index) => index !== at)];
}
