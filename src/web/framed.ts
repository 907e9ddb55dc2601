/**
 * In a frame: asks the page around it for an access token (`{tidemark: "ready"}`, or `"ended"` where one was taken no
 * more), and takes `{tidemark: "token", token}` from it. What is asked says nothing that others might not read. The browser
 * shows the page in frames of the origins of FRAME_ANCESTORS alone; a token is taken from these alone besides, and from
 * the window around this one alone: not from a window that opened it, nor from another frame.
 */
import { effect } from "@preact/signals";
import { ask } from "./api/client";
import { WhoAmIDocument } from "./api/operations";
import { isFramed } from "./embedded";
import { endedBecause, signIn, token } from "./session";

const listed = (): string[] =>
  document.querySelector<HTMLMetaElement>('meta[name="tidemark-frame-ancestors"]')?.content.split(" ") ?? [];

/** What was taken no more is not tried again, however often it is sent. */
const ended = new Set<string>();

/** Whose page it is; null while nobody was signed in yet. */
let owner: Promise<string> | null = null;

const whoIs = async (secret: string): Promise<string> => (await ask(WhoAmIDocument, {}, secret)).me.id;

/** The same person goes on where they were, with what they typed; of anybody else's page nothing stays. */
async function take(secret: string): Promise<void> {
  if (ended.has(secret) || secret === token.peek()) return;
  if (owner === null) {
    owner = whoIs(secret);
    owner.catch(() => (owner = null));
    signIn(secret);
    return;
  }
  try {
    const [was, is] = await Promise.all([owner, whoIs(secret)]);
    if (was === is) signIn(secret);
    // The page asks for its token again.
    else location.reload();
  } catch {
    // It is nobody's, or that cannot be told now: the page around is asked again when the present one ends.
  }
}

function hear({ source, origin, data }: MessageEvent<unknown>): void {
  if (source !== window.parent || !listed().includes(origin)) return;
  const { tidemark, token: secret } = (data ?? {}) as Record<string, unknown>;
  if (tidemark === "token" && typeof secret === "string") void take(secret);
}

if (isFramed) {
  window.addEventListener("message", hear);
  let last: string | null = null;
  effect(() => {
    const present = token.value;
    if (present === null) {
      if (last !== null) ended.add(last);
      window.parent.postMessage({ tidemark: endedBecause.peek() === null ? "ready" : "ended" }, "*");
    }
    last = present;
  });
}
