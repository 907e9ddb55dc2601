// How a client may do on a calendar.
import { registerEnumType } from "type-graphql";

export enum SyncState {
  REFUSED = "REFUSED",
  BEHIND = "BEHIND",
  SILENT = "SILENT",
  NEVER = "NEVER",
  IN_STEP = "IN_STEP",
  NOBODY = "NOBODY",
  ENDED = "ENDED",
}
registerEnumType(SyncState, {
  name: "SyncState",
  description: "How a client does on a calendar, the worst first.",
  valuesConfig: {
    REFUSED: { description: "Its last request was refused, within an hour." },
    BEHIND: { description: "A change has been waiting for it for two minutes or longer." },
    SILENT: { description: "It was not heard for an hour, and nothing waits for it." },
    NEVER: { description: "It was heard, and has not polled." },
    IN_STEP: { description: "It has every change there is, or will at its next poll." },
    NOBODY: { description: "No client was heard on the calendar within a month." },
    ENDED: { description: "Its token has expired or was revoked, or its user is disabled." },
  },
});

/** The worst first. */
export const STATES: readonly SyncState[] = Object.values(SyncState);
