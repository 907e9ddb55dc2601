// What an act of an admin says of a field, before and after, and by whom it was done, in words for a person.
import { say } from "../languages/say";
import { account } from "../ui/account";
import { RECORD_TYPES } from "../ui/record-types";
import { BROWSER_ZONE, momentText } from "../ui/times";

const NAMES: Record<string, string> = {
  name: say("Name"),
  kind: say("Kind"),
  role: say("Role"),
  email: say("Address"),
  aliases: say("Other addresses"),
  emails: say("Addresses"),
  formerEmails: say("Former addresses"),
  timezone: say("Time zone"),
  capacity: say("How many people it holds"),
  maxTokens: say("Live access tokens at most"),
  disabledAt: say("Disabled"),
  scopes: say("What they may do"),
  access: say("What they may do"),
  expiresAt: say("Ends"),
  revokedAt: say("Revoked"),
  madeBy: say("Made by token"),
  userId: say("User"),
  calendarId: say("Calendar"),
  type: say("Type"),
  accountId: say("Account"),
  archivedAt: say("Archived"),
  mergedInto: say("Merged into record"),
  url: say("Address that is called"),
  content: say("What a message tells"),
  skipTokenId: say("Without what token did"),
  secret: say("Secret"),
  pausedAt: say("Paused"),
  pausedBecause: say("Why"),
  issuer: say("Issuer of sign-ins"),
  domains: say("Domains"),
  colleaguesSee: say("What colleagues see"),
};

/** What is no word of ours stands as it is stored. */
export const fieldName = (field: string): string => NAMES[field] ?? field;

const WORDS: Record<string, Record<string, string>> = {
  kind: { person: say("person"), room: say("room"), equipment: say("equipment"), team: say("team") },
  role: { member: say("Member"), admin: say("Administrator") },
  access: { read: say("reads"), write: say("reads and writes") },
  scopes: { read: say("read"), write: say("write"), feed: say("calendar feed") },
  type: RECORD_TYPES,
  content: { IDS: say("Which events changed"), EVENTS: say("The events themselves") },
  secret: { hidden: "…" },
};

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

export function valueText(field: string, value: unknown): string {
  if (isEmpty(value)) return say("(empty)");
  if (Array.isArray(value)) return value.map((each) => valueText(field, each)).join(", ");
  if (typeof value !== "string") return JSON.stringify(value);
  if (field.endsWith("At")) return momentText(value, account.value?.timezone ?? BROWSER_ZONE);
  return WORDS[field]?.[value] ?? value;
}

/** Who did what no access token did. */
export const byProgram = (client: string): string =>
  client === "operator" ? say("the command line") : say("a program, in SQL");
