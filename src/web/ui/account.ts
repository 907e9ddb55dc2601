// Who is signed in, for the head of a page and for what it offers: asked for once, as soon as the tab has a token.
import { effect, signal } from "@preact/signals";
import { ask, reasonOf } from "../api/client";
import { WhoAmIDocument, type WhoAmIQuery } from "../api/operations";
import { token } from "../session";
import { beginAs } from "./preferences";

export type Account = WhoAmIQuery["me"];

export const account = signal<Account | null>(null);

/** Why it is not known; null where nothing went wrong. */
export const accountProblem = signal<string | null>(null);

export async function readAccount(): Promise<void> {
  try {
    accountProblem.value = null;
    const { me } = await ask(WhoAmIDocument, {});
    beginAs(me.id);
    account.value = me;
  } catch (error) {
    accountProblem.value = reasonOf(error);
  }
}

/** Reads it as soon as there is a token. Answers how to stop. */
export const keepAccount = (): (() => void) =>
  effect(() => {
    if (token.value !== null && account.peek() === null) void readAccount();
  });
