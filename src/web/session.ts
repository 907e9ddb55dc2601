/**
 * Who uses the page: an access token, kept in this tab alone (memory and session storage), and why it ended where it
 * did. `#token=…` is gone from the address bar before anything is asked. It begins a session where the tab has none;
 * a link never replaces one (`offered`), or it could put somebody before a stranger's calendar, unnoticed.
 *
 * In a frame the page around it signs people in (./framed.ts): the token is in memory alone, none is taken from the
 * address, and none that the tab may have from before is used.
 */
import { signal } from "@preact/signals";
import { isFramed, tabStore } from "./embedded";

const STORED = "tidemark.token";

/** Why somebody who came back from the issuer is not signed in. */
export type NotSignedIn = "declined" | "failed" | "late";
const WHY = new Set<string>(["declined", "failed", "late"] satisfies NotSignedIn[]);

/** Said to whoever has come back; null where nobody has, or is signed in. */
export const notSignedIn = signal<NotSignedIn | null>(null);

function takeFromAddress({ hash }: Pick<URL, "hash">): string | null {
  const said = new URLSearchParams(hash.slice(1));
  const [given, why] = [said.get("token"), said.get("sign-in")];
  if (why !== null && WHY.has(why)) {
    notSignedIn.value = why as NotSignedIn;
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  if (given === null) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return isFramed ? null : given || null;
}

const stored = tabStore?.getItem(STORED) ?? null;
const given = takeFromAddress(location);
if (stored === null && given !== null) tabStore?.setItem(STORED, given);

export const token = signal<string | null>(stored ?? given);

/** Another token, which an address brought to a tab with a session. */
export const offered = signal<string | null>(token.peek() === given ? null : given);

/** Said to whoever has to sign in again; null where nothing went wrong. */
export const endedBecause = signal<string | null>(null);

export function signIn(secret: string): void {
  tabStore?.setItem(STORED, secret);
  endedBecause.value = null;
  token.value = secret;
}

/** Begins the page anew with another token; nothing that was loaded with the present one stays. */
export function goOnAs(secret: string): void {
  tabStore?.setItem(STORED, secret);
  location.reload();
}

/** Forgets the token and everything the page has loaded with it. */
export function signOut(): void {
  // The form that somebody was at, too.
  tabStore?.clear();
  location.reload();
}

/** The service takes the token no more. What is on the page stays, so that nothing typed is lost. */
export function endSession(reason: string): void {
  if (token.value === null) return;
  tabStore?.removeItem(STORED);
  endedBecause.value = reason;
  token.value = null;
}

// An address that is opened in a tab with the page loads nothing anew. While the page itself goes back, as when a
// dialog was just closed, the tab is elsewhere again before this is called: the event still has what was opened.
window.addEventListener("hashchange", ({ newURL }) => {
  const brought = takeFromAddress(new URL(newURL));
  if (brought === null || brought === token.peek()) return;
  if (token.peek() === null) goOnAs(brought);
  else offered.value = brought;
});
