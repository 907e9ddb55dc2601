/**
 * Who uses the page: an access token, kept in this tab alone (memory and session storage), and why it ended where it
 * did. `#token=…` is gone from the address bar before anything is asked. It begins a session where the tab has none;
 * a link never replaces one (`offered`), or it could put somebody before a stranger's calendar, unnoticed.
 */
import { signal } from "@preact/signals";

const STORED = "tidemark.token";

function takeFromAddress(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return given || null;
}

const stored = sessionStorage.getItem(STORED);
const given = takeFromAddress();
if (stored === null && given !== null) sessionStorage.setItem(STORED, given);

export const token = signal<string | null>(stored ?? given);

/** Another token, which an address brought to a tab with a session. */
export const offered = signal<string | null>(token.peek() === given ? null : given);

/** Said to whoever has to sign in again; null where nothing went wrong. */
export const endedBecause = signal<string | null>(null);

export function signIn(secret: string): void {
  sessionStorage.setItem(STORED, secret);
  endedBecause.value = null;
  token.value = secret;
}

/** Begins the page anew with another token; nothing that was loaded with the present one stays. */
export function goOnAs(secret: string): void {
  sessionStorage.setItem(STORED, secret);
  location.reload();
}

/** Forgets the token and everything the page has loaded with it. */
export function signOut(): void {
  sessionStorage.removeItem(STORED);
  location.reload();
}

/** The service takes the token no more. What is on the page stays, so that nothing typed is lost. */
export function endSession(reason: string): void {
  if (token.value === null) return;
  sessionStorage.removeItem(STORED);
  endedBecause.value = reason;
  token.value = null;
}

// An address that is opened in a tab with the page loads nothing anew.
window.addEventListener("hashchange", () => {
  const brought = takeFromAddress();
  if (brought === null || brought === token.peek()) return;
  if (token.peek() === null) goOnAs(brought);
  else offered.value = brought;
});
