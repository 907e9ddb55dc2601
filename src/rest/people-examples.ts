// The examples of the routes of users, calendars and records, as the demo organisation's administrator meets them on a
// first start.
import type { Example } from "./route";

const ADA = {
  orgId: "1",
  userId: "1",
  id: "1",
  name: "Ada Lovelace",
  email: "ada@demo.test",
  timezone: "Europe/London",
  role: "admin",
};

const BEN = {
  orgId: "1",
  userId: "2",
  id: "2",
  name: "Ben Franklin",
  email: "ben@demo.test",
  timezone: "America/New_York",
  role: "member",
  calendarId: "2",
};

const DANA = { id: "3", type: "Contact", name: "Dana Scott", emails: ["dana@globex.test"], accountId: "1" };
const RENEWAL = { id: "4", type: "Opportunity", name: "Globex renewal", emails: [], accountId: "1" };
const FINN = {
  id: "5",
  type: "Contact",
  name: "Finn Initech",
  emails: ["finn@initech.test"],
  accountId: null,
};

const list = (record: object): object => ({ records: [record], length: 1 });

export const ME: readonly Example[] = [
  { name: "ada", summary: "The demo token's user", answer: { status: 200, body: ADA } },
];

export const USERS: readonly Example[] = [
  {
    name: "byAddress",
    summary: "By address; one that nobody has is absent",
    query: { email: ["Ben@demo.test", "nobody@demo.test"] },
    answer: { status: 200, body: list(BEN) },
  },
];

export const CONTACTS: readonly Example[] = [
  {
    name: "byAddress",
    summary: "By address",
    query: { email: ["dana@globex.test"] },
    answer: { status: 200, body: list(DANA) },
  },
];

export const CONTACT: readonly Example[] = [
  { name: "dana", summary: "A Contact", params: { id: "3" }, answer: { status: 200, body: DANA } },
];

export const CREATE_CONTACT: readonly Example[] = [
  {
    name: "finn",
    summary: "A Contact with one address",
    body: { name: "Finn Initech", email: "finn@initech.test" },
    answer: { status: 201, body: FINN },
  },
];

export const RECORDS: readonly Example[] = [
  {
    name: "renewal",
    summary: "Opportunities with a name like this",
    query: { type: "Opportunity", q: "renewal" },
    answer: { status: 200, body: list(RENEWAL) },
  },
];

export const CALENDARS: readonly Example[] = [
  {
    name: "own",
    summary: "One's own",
    answer: {
      status: 200,
      body: list({ id: "1", name: "Ada Lovelace", primary: true, timezone: "Europe/London", userId: "1" }),
    },
  },
];
