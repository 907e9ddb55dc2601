/** The script of the frame with Apollo Sandbox. It runs beside Apollo's own script, so it knows no token of ours. */
import type { FromFrame, FromPage } from "./bridge";
import { examplesOfToday } from "./examples";

const APOLLO_SCRIPT =
  "https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js";
const FRAME_TIMEOUT_MS = 5_000;

declare global {
  interface Window {
    EmbeddedSandbox: new (options: Record<string, unknown>) => unknown;
  }
}

const say = (message: FromFrame): void => parent.postMessage(message, location.origin);

interface Waiting {
  resolve: (response: Response) => void;
  reject: (error: Error) => void;
}
const waiting = new Map<number, Waiting>();
let requests = 0;

/** Sent by the page around the frame, which knows the token. */
function handleRequest(_url: string, options: RequestInit & { body: string }): Promise<Response> {
  const id = ++requests;
  options.signal?.addEventListener("abort", () => say({ kind: "abort", id }));
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    const headers =
      options.headers instanceof Headers ? Object.fromEntries(options.headers) : options.headers;
    say({
      kind: "request",
      id,
      headers: { ...(headers as Record<string, string>) },
      body: options.body,
    });
  });
}

window.addEventListener("message", ({ source, data }: MessageEvent<FromPage>) => {
  if (source !== parent) return;
  const request = waiting.get(data.id);
  waiting.delete(data.id);
  if (data.kind === "failure") request?.reject(new TypeError(data.message));
  else request?.resolve(new Response(data.body, { status: data.status, headers: data.headers }));
});

function show(): void {
  const examples = examplesOfToday();
  const wanted = new URLSearchParams(location.search).get("example");
  const example = examples.find(({ name }) => name === wanted) ?? examples[0];
  const endpoint = location.origin + location.pathname.replace(/\/sandbox$/, "");
  new window.EmbeddedSandbox({
    target: "#stage",
    initialEndpoint: endpoint,
    initialSubscriptionEndpoint: endpoint.replace(/^http/, "ws"),
    initialState: {
      document: example?.document,
      variables: example?.variables ?? {},
      headers: { Authorization: "Bearer tmk_..." },
      includeCookies: false,
      pollForSchemaUpdates: false,
    },
    endpointIsEditable: false,
    runTelemetry: false,
    handleRequest,
  });
  say({ kind: "shown" });
  watch(document.querySelector("#stage iframe"));
}

/** A browser may hold the script in its cache while Apollo's frame cannot load; a live frame speaks first. */
function watch(frame: HTMLIFrameElement | null): void {
  let alive = false;
  window.addEventListener("message", ({ source }) => {
    if (source === frame?.contentWindow) alive = true;
  });
  const look = (): void => {
    if (!alive) say({ kind: "silent" });
  };
  frame?.addEventListener("load", () => setTimeout(look, FRAME_TIMEOUT_MS), { once: true });
}

const script = document.createElement("script");
script.src = APOLLO_SCRIPT;
script.addEventListener("load", show);
script.addEventListener("error", () => say({ kind: "failed" }));
document.head.append(script);
