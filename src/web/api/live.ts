/**
 * The changes of a calendar, or of a record's timeline, as they are made. A broken connection is taken up again, for as
 * long as it takes, from the last watermark seen: nothing is missed, and a row may come twice.
 */
import { signal } from "@preact/signals";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { stringifyDocument } from "@urql/core";
import { type Client, createClient, type ExecutionResult, type Sink } from "graphql-ws";
import { say } from "../languages/say";
import { endSession } from "../session";
import {
  EventChangedDocument,
  type EventChangedSubscription,
  RecordChangedDocument,
  type RecordChangedSubscription,
  type RecordChangedSubscriptionVariables,
} from "./operations";

export type Change = EventChangedSubscription["eventChanged"];
export type RecordChange = RecordChangedSubscription["recordChanged"];

/** `lost` is said only of a connection that was there, or that the first try did not bring about. */
export const connection = signal<"connecting" | "live" | "lost">("connecting");

interface Following<Row> {
  /** Null: from now on. */
  since: string | null;
  onChange: (change: Row) => void;
  /** Something may have been missed, or is no longer remembered: load everything again. */
  onTooOld: () => void;
}

const UNAUTHORIZED = 4401;
const DEAD_TOKEN = 4403;
const ALIVE_MS = 10_000;
const MAX_WAIT_MS = 8_000;

interface CalendarFollowing extends Following<Change> {
  since: string;
  /** For admins: a colleague's calendar instead of the caller's own. */
  calendarId?: string;
}

/** Follows until the answered function is called. */
export const followChanges = (
  secret: string,
  { calendarId, ...following }: CalendarFollowing,
): (() => void) =>
  follow(secret, EventChangedDocument, {
    ...following,
    variables: { calendarId },
    rowOf: ({ eventChanged }) => eventChanged,
  });

type RecordName = Omit<RecordChangedSubscriptionVariables, "since">;

/** The same of a record's timeline. */
export const followRecord = (
  secret: string,
  { type, id }: RecordName,
  following: Following<RecordChange>,
): (() => void) =>
  follow(secret, RecordChangedDocument, {
    ...following,
    variables: { type, id },
    rowOf: ({ recordChanged }) => recordChanged,
  });

interface Followed<Data, Row> extends Following<Row> {
  variables: Record<string, unknown>;
  rowOf: (data: Data) => Row;
}

function follow<Data, Row extends { watermark: string | null }>(
  secret: string,
  document: TypedDocumentNode<Data, never>,
  { since, variables: others, rowOf, onChange, onTooOld }: Followed<Data, Row>,
): () => void {
  let watermark = since;
  let [ended, broken] = [false, false];
  const client = clientFor(secret, {
    closed: (event) => {
      broken = true;
      if (!ended) noteClose(event);
    },
    connected: () => {
      connection.value = "live";
      // Without a watermark nobody can say what there was meanwhile.
      if (broken && !ended && watermark === null) onTooOld();
    },
  });
  // Read anew each time the subscription is sent: after a break it goes on from the last change.
  const variables = {
    ...others,
    get since() {
      return watermark;
    },
  };
  const sink: Sink<ExecutionResult<Data>> = {
    next: ({ data }) => {
      if (!data) return;
      const row = rowOf(data);
      watermark = row.watermark ?? watermark;
      onChange(row);
    },
    error: (error) => {
      if (codeOf(error) === "syncToken.expired") onTooOld();
      else if (!ended && !endsSession(error)) setTimeout(() => !ended && subscribe(), MAX_WAIT_MS);
    },
    complete: () => undefined,
  };
  const query = stringifyDocument(document);
  const subscribe = (): void => void client.subscribe({ query, variables }, sink);
  subscribe();
  const dispose = cutWhenOffline(client);
  return () => {
    ended = true;
    dispose();
  };
}

/** Until the answered function is called, with which the client ends. */
function cutWhenOffline(client: Client): () => void {
  const offline = (): void => client.terminate();
  window.addEventListener("offline", offline);
  return () => {
    window.removeEventListener("offline", offline);
    void client.dispose();
  };
}

interface Listening {
  connected: () => void;
  closed: (event: unknown) => void;
}

const clientFor = (secret: string, listening: Listening): Client =>
  createClient({
    url: `${location.origin.replace(/^http/, "ws")}/graphql`,
    connectionParams: { authorization: `Bearer ${secret}` },
    keepAlive: ALIVE_MS,
    retryAttempts: Infinity,
    shouldRetry: (event) => !endsSession(event),
    retryWait: (retries) =>
      untilOnlineOr(Math.min(MAX_WAIT_MS, 500 * 2 ** retries) * (0.75 + Math.random() / 2)),
    on: { ...closeUnanswered(), ...listening },
  });

function noteClose(event: unknown): void {
  connection.value = "lost";
  const code = endsSession(event);
  if (code === DEAD_TOKEN) endSession(say("Your access token has expired or was revoked."));
  if (code === UNAUTHORIZED) endSession(say("The service does not know this access token."));
}

function endsSession(event: unknown): number | null {
  const code = event instanceof CloseEvent ? event.code : null;
  return code === UNAUTHORIZED || code === DEAD_TOKEN ? code : null;
}

const codeOf = (error: unknown): unknown =>
  Array.isArray(error)
    ? (error[0] as { extensions?: { code?: unknown } } | undefined)?.extensions?.code
    : undefined;

/** A network that swallows everything does not close a socket: a ping without an answer does. */
function closeUnanswered() {
  let socket: WebSocket | null = null;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  return {
    opened: (opened: unknown) => (socket = opened as WebSocket),
    ping: (received: boolean) => {
      if (!received) waiting = setTimeout(() => socket?.close(4408, "no answer to a ping"), ALIVE_MS / 2);
    },
    pong: (received: boolean) => {
      if (received) clearTimeout(waiting);
    },
  };
}

const untilOnlineOr = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done);
  });
