/**
 * Who uses the page: an access token, kept in this tab alone (memory and session storage), and why it ended where it
 * did. `#token=…` in an address is taken over, and gone from the address bar before anything is asked.
 */
import { signal } from "@preact/signals";

const STORED = "tidemark.token";

function firstToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return sessionStorage.getItem(STORED);
  history.replaceState(history.state, "", location.pathname + location.search);
  sessionStorage.setItem(STORED, given);
  return given;
}

export const token = signal<string | null>(firstToken());

/** Said to whoever has to sign in again; null where nothing went wrong. */
export const endedBecause = signal<string | null>(null);

export function signIn(secret: string): void {
  sessionStorage.setItem(STORED, secret);
  endedBecause.value = null;
  token.value = secret;
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
