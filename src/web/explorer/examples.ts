/**
 * The operations a person finds ready to run in the explorer, the first look first.
 * They hold to schema.graphql (a test validates them) and need no data but the caller's own token.
 */

export interface ExampleOperation {
  /** The name of the operation in the document, which GraphiQL shows on its tab. */
  name: string;
  document: string;
  variables?: Record<string, unknown>;
}

/** The day the examples are written for; the browser puts its own today in its place. */
export const EXAMPLE_DAY = "2026-03-02";

// The comments keep to 52 characters a line: on a small screen GraphiQL's buttons cover what is longer.
const FIRST_LOOK = `# Send your token under Headers:
# {"Authorization": "Bearer tmk_…"}
query FirstLook {
  me {
    id
    name
    email
    timezone
  }
  events(first: 10) {
    totalCount
    edges {
      node {
        id
        subject
        startTime
        endTime
        allDay
        attendees {
          name
          status
        }
      }
    }
  }
}
`;

const CREATE_EVENT = `# What is created is described under Variables.
mutation CreateEvent($input: EventInput!) {
  createEvent(input: $input) {
    id
    subject
    location
    startTime
    endTime
    lastModifiedAt
    attendees {
      name
      emailAddress
      status
    }
  }
}
`;

const CHANGES = `# One poll of a sync client: all that changed,
# removals included. While hasMore, ask again with the
# endCursor as "after"; the last page has a watermark,
# the "since" of the next poll.
query Changes($since: DateTime, $after: String) {
  changes(since: $since, after: $after, first: 100) {
    records {
      id
      deleted
      event {
        subject
      }
      lastModifiedAt
    }
    endCursor
    hasMore
    watermark
  }
}
`;

const RESPOND_TO_EVENT = `# Accepted, Declined or Tentative. The id, under
# Variables, is that of an event that invites you.
mutation RespondToEvent($id: ID!, $status: String!) {
  respondToEvent(id: $id, status: $status) {
    id
    subject
    attendees {
      name
      status
    }
  }
}
`;

const DELETE_EVENT = `# An owner deletes for everyone, an attendee leaves.
# Put the id of your event under Variables.
mutation DeleteEvent($id: ID!) {
  deleteEvent(id: $id) {
    id
    reason
    deletedAt
  }
}
`;

const DELETED_EVENTS = `# The removals alone: deleted, or left by you.
query DeletedEvents($since: DateTime, $after: String) {
  deletedEvents(since: $since, after: $after, first: 100) {
    records {
      id
      reason
      deletedAt
    }
    endCursor
    hasMore
    watermark
  }
}
`;

const EVENT_CHANGED = `# Stays open and shows each change as it is made.
# Change an event elsewhere to see one.
subscription EventChanged {
  eventChanged {
    id
    deleted
    event {
      subject
      startTime
    }
    watermark
  }
}
`;

// No event has this id, so that a run before an own id is filled in changes nothing.
const NO_EVENT = "0";
const START_OF_DAY = `${EXAMPLE_DAY}T00:00:00.000Z`;

export const EXAMPLE_OPERATIONS: readonly ExampleOperation[] = [
  { name: "FirstLook", document: FIRST_LOOK },
  {
    name: "CreateEvent",
    document: CREATE_EVENT,
    variables: {
      input: {
        subject: "Kick-off",
        location: "Room 4",
        startTime: `${EXAMPLE_DAY}T15:00:00.000Z`,
        endTime: `${EXAMPLE_DAY}T16:00:00.000Z`,
        attendees: [{ emailAddress: "grace@example.com", name: "Grace Hopper", status: "Tentative" }],
      },
    },
  },
  { name: "Changes", document: CHANGES, variables: { since: START_OF_DAY, after: null } },
  { name: "RespondToEvent", document: RESPOND_TO_EVENT, variables: { id: NO_EVENT, status: "Accepted" } },
  { name: "DeleteEvent", document: DELETE_EVENT, variables: { id: NO_EVENT } },
  { name: "DeletedEvents", document: DELETED_EVENTS, variables: { since: START_OF_DAY, after: null } },
  { name: "EventChanged", document: EVENT_CHANGED },
];

/** The examples with the browser's own today in them. */
export function examplesOfToday(): ExampleOperation[] {
  const today = new Date().toISOString().slice(0, 10);
  const text = JSON.stringify(EXAMPLE_OPERATIONS).replaceAll(EXAMPLE_DAY, today);
  return JSON.parse(text) as ExampleOperation[];
}
