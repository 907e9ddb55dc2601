// What people who invite somebody here have to know: nothing is mailed from here.
import { say } from "../languages/say";

export const NO_MAIL = say("Tidemark sends no e-mail: your mailbox does that.");

let wasSaid = false;

/** To be said of a change: whenever somebody is invited, and otherwise the first time. */
export function noMail(event: { attendees: readonly unknown[] }): string | undefined {
  if (wasSaid && event.attendees.length === 0) return undefined;
  wasSaid = true;
  return NO_MAIL;
}
