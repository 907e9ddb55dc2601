/** How GraphiQL and Apollo Sandbox reach the service: by POST, with the token, subscriptions as server-sent events. */
import type { GraphiQLProps } from "graphiql";
import { Kind, type OperationDefinitionNode, parse } from "graphql";

type Fetcher = GraphiQLProps["fetcher"];

export const ENDPOINT = location.origin + location.pathname;

// Three dots and not "…": a header value is Latin-1, and a request with "…" in one is never sent.
export const TOKEN_HINT = { Authorization: "Bearer tmk_..." };

type Headers = Record<string, string>;

let authorization = "";
/** What the tab is signed in with: sent for the placeholder, and written nowhere. */
let ofTab = "";
let whenAuthorized = (): void => undefined;

/** The headers with the token that was sent last, or with the hint. */
export const knownHeaders = (): Headers => (authorization ? { Authorization: authorization } : TOKEN_HINT);

/** For GraphiQL alone, which is served from here: what Apollo's script asks for goes as nobody, until it is given a token. */
export function takeTabToken(secret: string): void {
  ofTab = `Bearer ${secret}`;
}

export function onAuthorized(listener: () => void): void {
  whenAuthorized = listener;
}

/** The placeholder stands for the token sent last, so that a token given in one tab serves them all; or for the tab's own. */
export function withToken(headers: Headers): Headers {
  const sent = { ...headers };
  for (const [name, value] of Object.entries(sent)) {
    if (name.toLowerCase() !== "authorization") continue;
    if (!/tmk_(\.\.\.|…)/.test(value)) {
      if (value === authorization) continue;
      authorization = value;
      whenAuthorized();
    } else if (authorization || ofTab) {
      sent[name] = authorization || ofTab;
    } else {
      delete sent[name];
    }
  }
  return sent;
}

async function readAnswer(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A proxy's page, say. GraphiQL shows a thrown error with its stack, which helps nobody here.
    return { errors: [{ message: `HTTP ${response.status}, and not JSON: ${text.slice(0, 300)}` }] };
  }
}

interface Observer {
  next: (value: unknown) => void;
  error: (error: unknown) => void;
  complete: () => void;
}

/** Server-sent events, as graphql-sse defines them: "next" carries a result, "complete" ends the stream. */
async function readEvents(body: ReadableStream<Uint8Array>, observer: Observer): Promise<void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (let text = "", piece = await reader.read(); !piece.done; piece = await reader.read()) {
    const blocks = (text + decoder.decode(piece.value, { stream: true })).split(/\r?\n\r?\n/);
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const lines = block.split(/\r?\n/);
      if (lines.some((line) => /^event: ?complete$/.test(line))) return;
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5));
      const result = data.join("\n").trim();
      if (result) observer.next(JSON.parse(result));
    }
  }
}

/**
 * The operation that is to run. GraphiQL knows the name of a tab's operation only some time after it was typed; the
 * text knows at once, and a name that it does not have is the one of before.
 */
function operationOf({ query, operationName }: Parameters<Fetcher>[0]): OperationDefinitionNode | undefined {
  try {
    const { definitions } = parse(query);
    const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
    return operations.find((each) => each.name?.value === operationName) ?? operations[0];
  } catch {
    return undefined; // The service says what is wrong with it.
  }
}

async function follow(request: RequestInit, observer: Observer): Promise<void> {
  const response = await fetch(ENDPOINT, request);
  const streams = response.headers.get("content-type")?.startsWith("text/event-stream");
  if (streams && response.body) await readEvents(response.body, observer);
  else observer.next(await readAnswer(response));
}

/** GraphiQL's fetcher: a promise of the answer, or an observable for a subscription. */
export const send: Fetcher = (params, { headers } = {}) => {
  const chosen = operationOf(params);
  const streamed = chosen?.operation === "subscription";
  const accept = streamed ? "text/event-stream" : "application/graphql-response+json, application/json;q=0.9";
  const request = {
    method: "POST",
    headers: withToken({
      "Content-Type": "application/json",
      Accept: accept,
      ...headers,
    }),
    body: JSON.stringify(chosen ? { ...params, operationName: chosen.name?.value } : params),
  };
  if (!streamed) return fetch(ENDPOINT, request).then(readAnswer) as never;
  return {
    subscribe(observer: Observer) {
      const stop = new AbortController();
      follow({ ...request, signal: stop.signal }, observer).then(
        () => observer.complete(),
        (error: unknown) => stop.signal.aborted || observer.error(error),
      );
      return { unsubscribe: () => stop.abort() };
    },
  } as never;
};
