// RSVP words: the four that go out, and what the world's mailboxes call them.

export const STATUSES = ["Accepted", "Declined", "Tentative", "NoResponse"] as const;
export type Status = (typeof STATUSES)[number];

const WORDS: Readonly<Record<string, Status>> = {
  accepted: "Accepted",
  organizer: "Accepted",
  declined: "Declined",
  tentative: "Tentative",
  tentativelyaccepted: "Tentative",
  tentitive: "Tentative",
  noresponse: "NoResponse",
  needsaction: "NoResponse",
  "needs-action": "NoResponse",
  none: "NoResponse",
  notresponded: "NoResponse",
  unknown: "NoResponse",
  "": "NoResponse",
};

export const STATUS_RULE = `must be one of ${STATUSES.join(", ")} (also understood: ${Object.keys(WORDS)
  .filter((word) => word !== "" && !STATUSES.some((status) => status.toLowerCase() === word))
  .join(", ")})`;

/** Reads a status word in any case; null when it is none. */
export function parseStatus(given: string): Status | null {
  const word = given.toLowerCase();
  return Object.hasOwn(WORDS, word) ? (WORDS[word] ?? null) : null;
}
