/**
 * The changes of a calendar as they are made. A broken connection is taken up again, for as long as it
 * takes, from the last watermark seen: nothing is missed, and a row may come twice.
 */
import { signal } from "@preact/signals";
import { stringifyDocument } from "@urql/core";
import { type Client, createClient, type ExecutionResult, type Sink } from "graphql-ws";
import { endSession } from "../session";
import { EventChangedDocument, type EventChangedSubscription } from "./operations";

export type Change = EventChangedSubscription["eventChanged"];

/** `lost` is said only of a connection that was there, or that the first try did not bring about. */
export const connection = signal<"connecting" | "live" | "lost">("connecting");

interface Following {
  since: string;
  /** For admins: a colleague's calendar instead of the caller's own. */
  calendarId?: string;
  onChange: (change: Change) => void;
  /** The watermark is older than what the service remembers: load everything again. */
  onTooOld: () => void;
}

const UNAUTHORIZED = 4401;
const DEAD_TOKEN = 4403;
const ALIVE_MS = 10_000;
const LONGEST_WAIT_MS = 8_000;

/** Follows until the answered function is called. */
export function followChanges(
  secret: string,
  { since, calendarId, onChange, onTooOld }: Following,
): () => void {
  let watermark = since;
  let ended = false;
  const client = clientFor(secret, (event) => ended || noteClose(event));
  // Read anew each time the subscription is sent: after a break it goes on from the last change.
  const variables = {
    get since() {
      return watermark;
    },
    calendarId,
  };
  const sink: Sink<ExecutionResult<EventChangedSubscription>> = {
    next: ({ data }) => {
      if (!data) return;
      watermark = data.eventChanged.watermark ?? watermark;
      onChange(data.eventChanged);
    },
    error: (error) => {
      if (codeOf(error) === "syncToken.expired") onTooOld();
      else if (!ended && !endsSession(error)) setTimeout(() => !ended && subscribe(), LONGEST_WAIT_MS);
    },
    complete: () => undefined,
  };
  const query = stringifyDocument(EventChangedDocument);
  const subscribe = (): void => void client.subscribe({ query, variables }, sink);
  const offline = (): void => client.terminate();
  window.addEventListener("offline", offline);
  subscribe();
  return () => {
    ended = true;
    window.removeEventListener("offline", offline);
    void client.dispose();
  };
}

const clientFor = (secret: string, closed: (event: unknown) => void): Client =>
  createClient({
    url: `${location.origin.replace(/^http/, "ws")}/graphql`,
    connectionParams: { authorization: `Bearer ${secret}` },
    keepAlive: ALIVE_MS,
    retryAttempts: Infinity,
    shouldRetry: (event) => !endsSession(event),
    retryWait: (retries) =>
      untilOnlineOr(Math.min(LONGEST_WAIT_MS, 500 * 2 ** retries) * (0.75 + Math.random() / 2)),
    on: { ...closeUnanswered(), connected: () => (connection.value = "live"), closed },
  });

function noteClose(event: unknown): void {
  connection.value = "lost";
  const code = endsSession(event);
  if (code === DEAD_TOKEN) endSession("Your access token has expired or was revoked.");
  if (code === UNAUTHORIZED) endSession("The service does not know this access token.");
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
