/**
 * The script that runs in the explorer's page: Apollo Sandbox where Apollo's servers answer, GraphiQL where they
 * do not or where `?ui=graphiql` asks for it. It is a string because it is served as an asset, from `src` and from
 * `dist` alike, and so that the page needs no inline script.
 */
import { EXAMPLE_DAY, EXAMPLE_OPERATIONS } from "./operations";

export const SANDBOX_SCRIPT =
  "https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js";

// Three dots and not "…": a header value is Latin-1, and a request with "…" in one is never sent.
const TOKEN_HINT = { Authorization: "Bearer tmk_..." };

/** The boot script for a page whose GraphiQL needs these scripts, in this order, and these styles. */
export function bootScript(graphiql: { scripts: string[]; styles: string[] }): string {
  const settings = {
    sandboxScript: SANDBOX_SCRIPT,
    graphiql,
    headers: TOKEN_HINT,
    exampleDay: EXAMPLE_DAY,
    examples: EXAMPLE_OPERATIONS,
  };
  return `"use strict";\n(() => {\nconst settings = ${JSON.stringify(settings, null, 2)};\n${PAGE}${TRANSPORT}${GRAPHIQL}${SANDBOX}${START}})();\n`;
}

const PAGE = String.raw`
const stage = document.getElementById("stage");
const wanted = new URLSearchParams(location.search);
const endpoint = location.origin + location.pathname;

const today = new Date().toISOString().slice(0, 10);
const examples = JSON.parse(JSON.stringify(settings.examples).replaceAll(settings.exampleDay, today));

/** What the bar at the top says and offers follows from this (style.ts). */
function announce(state) {
  document.body.dataset.state = state;
}

function load(tag, attributes) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => reject(new Error("Could not load " + (attributes.src || attributes.href))));
    document.head.append(element);
  });
}
`;

const TRANSPORT = String.raw`
let authorization = "";
let whenAuthorized = () => {};

/** The placeholder stands for the token sent last, so that a token given in one tab serves them all. */
function withToken(headers) {
  const sent = { ...headers };
  for (const name of Object.keys(sent)) {
    if (name.toLowerCase() !== "authorization") continue;
    if (!/tmk_(\.\.\.|…)/.test(sent[name])) {
      if (sent[name] === authorization) continue;
      authorization = sent[name];
      whenAuthorized();
    } else if (authorization) {
      sent[name] = authorization;
    } else {
      delete sent[name];
    }
  }
  return sent;
}

async function readAnswer(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, say. GraphiQL shows a thrown error with its stack, which helps nobody here.
    return { errors: [{ message: "HTTP " + response.status + ", and not JSON: " + text.slice(0, 300) }] };
  }
}

/** Server-sent events, as graphql-sse defines them: "next" carries a result, "complete" ends the stream. */
async function readEvents(response, observer) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = "", piece = await reader.read(); !piece.done; piece = await reader.read()) {
    const blocks = (text + piece.value).split(/\r?\n\r?\n/);
    text = blocks.pop();
    for (const block of blocks) {
      const lines = block.split(/\r?\n/);
      if (lines.some((line) => /^event: ?complete$/.test(line))) return;
      const result = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n").trim();
      if (result) observer.next(JSON.parse(result));
    }
  }
}

function isSubscription(operationName, documentAST) {
  const operations = (documentAST?.definitions ?? []).filter((each) => each.kind === "OperationDefinition");
  const chosen = operations.find((each) => each.name?.value === operationName) ?? operations[0];
  return chosen?.operation === "subscription";
}

async function follow(request, observer) {
  const response = await fetch(endpoint, request);
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) await readEvents(response, observer);
  else observer.next(await readAnswer(response));
}

/** GraphiQL's fetcher: a promise of the answer, or an observable for a subscription. */
function send(params, { headers, documentAST } = {}) {
  const streamed = isSubscription(params.operationName, documentAST);
  const accept = streamed ? "text/event-stream" : "application/graphql-response+json, application/json;q=0.9";
  const request = {
    method: "POST",
    headers: withToken({ "Content-Type": "application/json", Accept: accept, ...headers }),
    body: JSON.stringify(params),
  };
  if (!streamed) return fetch(endpoint, request).then(readAnswer);
  return {
    subscribe(observer) {
      const stop = new AbortController();
      follow({ ...request, signal: stop.signal }, observer).then(
        () => observer.complete(),
        (error) => stop.signal.aborted || observer.error(error),
      );
      return { unsubscribe: () => stop.abort() };
    },
  };
}
`;

const GRAPHIQL = String.raw`
async function showGraphiql(state) {
  announce(state);
  stage.replaceChildren();
  await Promise.all([
    ...settings.graphiql.styles.map((href) => load("link", { rel: "stylesheet", href })),
    // Not async: React is there before GraphiQL runs.
    ...settings.graphiql.scripts.map((src) => load("script", { src, async: false })),
  ]);
  const { createElement } = window.React;
  const root = window.ReactDOM.createRoot(stage);
  // The bar says what this is; the room is for the tabs.
  const noLogo = createElement(GraphiQL.Logo, null, createElement("span"));
  const defaultTabs = examples.map(({ document, variables }) => ({
    query: document,
    variables: variables ? JSON.stringify(variables, null, 2) : null,
  }));
  // Drawn anew with each new token: a new fetcher makes GraphiQL read the schema again, which it may have been refused.
  whenAuthorized = () => {
    const headers = authorization ? { Authorization: authorization } : settings.headers;
    const properties = {
      fetcher: (params, options) => send(params, options),
      defaultTabs,
      defaultQuery: defaultTabs[0].query,
      defaultHeaders: JSON.stringify(headers, null, 2),
      defaultEditorToolsVisibility: "headers",
      inputValueDeprecation: true,
      schemaDescription: true,
    };
    root.render(createElement(GraphiQL, properties, noLogo));
  };
  whenAuthorized();
}
`;

const SANDBOX = String.raw`
const SCRIPT_TIMEOUT_MS = 4_000;
const FRAME_TIMEOUT_MS = 5_000;

function showSandbox() {
  const example = examples.find(({ name }) => name === wanted.get("example")) ?? examples[0];
  stage.replaceChildren();
  new window.EmbeddedSandbox({
    target: "#stage",
    initialEndpoint: endpoint,
    initialSubscriptionEndpoint: endpoint.replace(/^http/, "ws"),
    initialState: {
      document: example.document,
      variables: example.variables ?? {},
      headers: settings.headers,
      includeCookies: false,
      pollForSchemaUpdates: false,
    },
    endpointIsEditable: false,
    runTelemetry: false,
    handleRequest: (url, options) => fetch(url, { ...options, headers: withToken(options.headers) }),
  });
  announce("sandbox");
  watchFrame(stage.querySelector("iframe"));
}

/** A browser may hold the script in its cache while the frame cannot load; a live frame speaks first. */
function watchFrame(frame) {
  let alive = false;
  window.addEventListener("message", ({ source }) => {
    if (frame && source === frame.contentWindow) alive = true;
  });
  frame?.addEventListener("load", () => {
    setTimeout(() => alive || showGraphiql("fallback").catch(giveUp), FRAME_TIMEOUT_MS);
  }, { once: true });
}

async function reachSandbox() {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error("Apollo's servers do not answer")), SCRIPT_TIMEOUT_MS);
  });
  await Promise.race([load("script", { src: settings.sandboxScript }), late]);
  showSandbox();
}
`;

const START = String.raw`
function giveUp(error) {
  announce("broken");
  console.error(error);
}

if (wanted.get("ui") === "graphiql") {
  showGraphiql("graphiql").catch(giveUp);
} else {
  // Whatever kept Sandbox away, the person is here to explore.
  reachSandbox().catch(() => showGraphiql("fallback")).catch(giveUp);
}
`;
