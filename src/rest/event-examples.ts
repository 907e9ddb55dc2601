// The examples of the event routes, as the demo organisation's administrator meets them on a first start: the events
// that the examples of POST make are those that the others read and change.
import { INSTANT_RULE } from "../values/instants";
import { EXAMPLE_REQUEST_ID } from "./parameters";
import type { Example } from "./route";

const CHANGED = "2026-03-01T09:30:00.000Z";

const KICK_OFF = {
  id: "5",
  subject: "Kick-off",
  description: null,
  location: null,
  startTime: "2026-03-02T15:00:00.000Z",
  endTime: "2026-03-02T16:00:00.000Z",
  allDay: false,
  private: false,
  timezone: "Europe/London",
  attendees: [
    {
      userId: "2",
      emailAddress: "ben@demo.test",
      contactId: null,
      name: "Ben Franklin",
      status: "NoResponse",
    },
    {
      userId: null,
      emailAddress: "dana@globex.test",
      contactId: 3,
      name: "Dana Scott",
      status: "Tentative",
    },
  ],
  parentId: null,
  relatedTo: [],
  iCalUid: null,
  ownerId: "1",
  organizerEmail: "ada@demo.test",
  organizerName: "Ada Lovelace",
  createdAt: CHANGED,
  lastModifiedAt: CHANGED,
  deleted: false,
};

const WORKSHOP = {
  ...KICK_OFF,
  id: "6",
  subject: "Workshop",
  startTime: "2026-03-05T00:00:00.000Z",
  endTime: "2026-03-07T00:00:00.000Z",
  allDay: true,
  attendees: [],
  relatedTo: [
    { type: "Contact", id: "3", name: "Dana Scott" },
    { type: "Opportunity", id: "4", name: "Globex renewal" },
  ],
  iCalUid: "workshop@mail.globex.test",
};

const list = (records: readonly object[]): object => ({
  records,
  nextDeltaToken: CHANGED,
  length: records.length,
});

const window = { startAt: "2026-03-02T00:00:00Z", endAt: "2026-03-03T00:00:00Z" };

export const LIST: readonly Example[] = [
  {
    name: "window",
    summary: "What overlaps a day",
    query: window,
    answer: { status: 200, body: list([KICK_OFF]) },
  },
  {
    name: "poll",
    summary: "What changed since, removed rows included",
    query: { since: "2026-03-01T00:00:00Z", showDeleted: true },
    answer: { status: 200, body: list([KICK_OFF, WORKSHOP]) },
  },
  {
    name: "byUid",
    summary: "What a mailbox knows by this id",
    query: { iCalUid: "workshop@mail.globex.test" },
    answer: { status: 200, body: list([WORKSHOP]) },
  },
  {
    name: "turnedRound",
    summary: "A window that ends before it starts",
    query: { startAt: window.endAt, endAt: window.startAt },
    answer: {
      status: 400,
      body: {
        code: "bad_request",
        message: "endAt must be later than startAt.",
        requestId: EXAMPLE_REQUEST_ID,
        details: [{ field: "endAt", message: "endAt must be later than startAt." }],
      },
    },
  },
];

export const LIST_DELETED: readonly Example[] = [
  {
    name: "poll",
    summary: "What was removed since",
    query: { since: "2026-03-01T00:00:00Z" },
    answer: {
      status: 200,
      body: list([
        { id: "6", deleted: true, reason: "deleted", deletedAt: CHANGED, lastModifiedAt: CHANGED },
      ]),
    },
  },
];

export const MANIFEST: readonly Example[] = [
  {
    name: "window",
    summary: "The versions of what overlaps a day",
    query: window,
    answer: { status: 200, body: list([{ id: "5", lastModifiedAt: CHANGED }]) },
  },
];

export const DIGEST: readonly Example[] = [
  {
    name: "months",
    summary: "Month by month",
    query: { by: "month" },
    answer: {
      status: 200,
      body: list([
        {
          month: "2026-03",
          count: 2,
          hash: "5f2c0e9a6b1d4c83f7a2906e1b5d48c3a9e07f624d1c8b35e6f09a7d2c41b8e0",
        },
      ]),
    },
  },
];

export const GET: readonly Example[] = [
  {
    name: "kickOff",
    summary: "An event",
    params: { id: "5" },
    answer: { status: 200, body: KICK_OFF },
  },
  {
    name: "unknown",
    summary: "An event that there is not",
    params: { id: "999" },
    answer: {
      status: 404,
      body: {
        code: "not_found",
        message: "This event does not exist.",
        requestId: EXAMPLE_REQUEST_ID,
        details: [],
      },
    },
  },
];

export const CREATE: readonly Example[] = [
  {
    name: "kickOff",
    summary: "A meeting with a colleague and a contact, by their addresses",
    body: {
      subject: "Kick-off",
      startTime: "2026-03-02T16:00:00+01:00",
      endTime: "2026-03-02T17:00:00+01:00",
      attendees: [
        { emailAddress: "ben@demo.test" },
        { emailAddress: "dana@globex.test", status: "Tentative" },
      ],
    },
    answer: { status: 201, body: KICK_OFF },
  },
  {
    name: "workshop",
    summary: "Two whole days, linked to records, safe to repeat",
    headers: { "Idempotency-Key": "workshop@mail.globex.test" },
    body: {
      subject: "Workshop",
      allDay: true,
      startTime: "2026-03-05",
      endTime: "2026-03-07",
      relatedTo: { contactId: 3, opportunityId: 4 },
      iCalUid: "workshop@mail.globex.test",
    },
    answer: { status: 201, body: WORKSHOP },
  },
  {
    name: "faulty",
    summary: "An instant without an offset, and no end",
    body: { subject: "When?", startTime: "2026-03-02T16:00:00" },
    answer: {
      status: 400,
      body: {
        code: "bad_request",
        message: `startTime ${INSTANT_RULE}. endTime is required.`,
        requestId: EXAMPLE_REQUEST_ID,
        details: [
          { field: "startTime", message: `startTime ${INSTANT_RULE}.` },
          { field: "endTime", message: "endTime is required." },
        ],
      },
    },
  },
];

export const UPDATE: readonly Example[] = [
  {
    name: "location",
    summary: "Another room; all else stays",
    params: { id: "5" },
    body: { location: "Room 4" },
    answer: { status: 200, body: { ...KICK_OFF, location: "Room 4" } },
  },
  {
    name: "overtaken",
    summary: "A write that comes too late",
    params: { id: "5" },
    headers: { "If-Match": '"5-1772357400000"' },
    body: { location: "Room 5" },
    answer: {
      status: 412,
      body: {
        code: "precondition_failed",
        message: "The event was changed since you read it.",
        requestId: EXAMPLE_REQUEST_ID,
        details: [],
        current: { ...KICK_OFF, location: "Room 4" },
      },
    },
  },
];

export const REPLACE: readonly Example[] = [
  {
    name: "kickOff",
    summary: "The whole event: location and attendees are left out, so there are none",
    params: { id: "5" },
    body: {
      subject: "Kick-off, on the phone",
      startTime: "2026-03-02T15:00:00Z",
      endTime: "2026-03-02T15:30:00Z",
      timezone: "Europe/Paris",
    },
    answer: {
      status: 200,
      body: {
        ...KICK_OFF,
        subject: "Kick-off, on the phone",
        endTime: "2026-03-02T15:30:00.000Z",
        timezone: "Europe/Paris",
        attendees: [],
      },
    },
  },
];

export const DELETE: readonly Example[] = [
  {
    name: "workshop",
    summary: "Deleted, whatever may have changed",
    params: { id: "6" },
    answer: { status: 204 },
  },
];
