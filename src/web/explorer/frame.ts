/**
 * The frame in which Apollo's script runs. The service serves it as of no origin (see sandboxPage in
 * src/server/explorer.ts): the script reads nothing that a page of ours keeps. What it wants sent it asks for here.
 */
import type { FromFrame, FromPage } from "./bridge";
import { ENDPOINT, withToken } from "./transport";

const SCRIPT_TIMEOUT_MS = 4_000;

interface Listener {
  shown: () => void;
  /** Apollo's servers cannot be reached, or stopped in the middle. */
  gone: () => void;
}

export function showSandbox(stage: HTMLElement, example: string | null, { shown, gone }: Listener): void {
  const frame = document.createElement("iframe");
  frame.title = "Apollo Sandbox";
  frame.src = `${ENDPOINT}/sandbox${example ? `?example=${encodeURIComponent(example)}` : ""}`;
  const requests = new Map<number, AbortController>();
  const late = setTimeout(() => giveUp(), SCRIPT_TIMEOUT_MS);

  const giveUp = (): void => {
    clearTimeout(late);
    window.removeEventListener("message", hear);
    for (const request of requests.values()) request.abort();
    gone();
  };
  const hear = ({ source, data }: MessageEvent): void => {
    if (source !== frame.contentWindow || typeof data !== "object" || data === null) return;
    const message = data as FromFrame;
    if (message.kind === "shown") {
      clearTimeout(late);
      shown();
    } else if (message.kind === "failed" || message.kind === "silent") {
      giveUp();
    } else if (message.kind === "request") {
      void answer(frame, message, requests);
    } else if (message.kind === "abort") {
      requests.get(message.id)?.abort();
    }
  };
  window.addEventListener("message", hear);
  stage.replaceChildren(frame);
}

async function answer(
  frame: HTMLIFrameElement,
  { id, headers, body }: Extract<FromFrame, { kind: "request" }>,
  requests: Map<number, AbortController>,
): Promise<void> {
  const stop = new AbortController();
  requests.set(id, stop);
  // The frame has no origin that could be named.
  const say = (message: FromPage): void => frame.contentWindow?.postMessage(message, "*");
  try {
    const reply = await fetch(ENDPOINT, {
      method: "POST",
      headers: withToken(headers),
      body,
      signal: stop.signal,
    });
    say({ kind: "answer", id, status: reply.status, headers: [...reply.headers], body: await reply.text() });
  } catch (error) {
    say({ kind: "failure", id, message: String(error) });
  } finally {
    requests.delete(id);
  }
}
