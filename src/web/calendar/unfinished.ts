/**
 * The form that somebody is at, kept in this tab, so that a reload brings it back as it stood: until it is saved, or
 * thrown away by whoever typed it, or the tab is closed or signed out.
 */
import { tabStore } from "../embedded";
import type { Draft } from "./draft";
import type { Base, Edited, Typed } from "./edited";
import { Creation, type KeptCreation } from "./saving";

const KEPT = "tidemark.unfinished";

interface Unfinished {
  userId: string;
  draft: Draft;
  typed: Typed;
  from: Draft | null;
  base: Base | null;
  creation: KeptCreation;
}

export function keepUnfinished(
  userId: string,
  { from, base, creation }: Edited,
  draft: Draft,
  typed: Typed,
): void {
  const kept: Unfinished = { userId, draft, typed, from, base, creation: creation.kept() };
  try {
    tabStore?.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // A form larger than what a browser keeps is as it is without being kept.
  }
}

/** Where nothing is kept, in a frame, the browser asks before the page goes, until the answered function is called. */
export function askBeforeUnload(): () => void {
  if (tabStore) return () => undefined;
  const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
  window.addEventListener("beforeunload", ask);
  return () => window.removeEventListener("beforeunload", ask);
}

export function forgetUnfinished(): void {
  tabStore?.removeItem(KEPT);
}

/** What this person was at; null where they were at nothing. What is somebody else's goes. */
export function unfinishedOf(userId: string): Edited | null {
  const kept = parsed(tabStore?.getItem(KEPT) ?? null);
  if (kept?.userId !== userId) {
    forgetUnfinished();
    return null;
  }
  const { draft, typed, from, base, creation } = kept;
  return { draft, typed, from, base, creation: new Creation(creation) };
}

function parsed(text: string | null): Unfinished | null {
  try {
    const kept = JSON.parse(text ?? "null") as Partial<Unfinished> | null;
    const isWhole = kept?.draft && kept.typed && kept.creation;
    return isWhole ? (kept as Unfinished) : null;
  } catch {
    return null;
  }
}
