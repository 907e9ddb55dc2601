// The words that a field may hold: those that go out, and what the world's mailboxes call them.

export interface Vocabulary<Word extends string> {
  readonly words: readonly Word[];
  /** What is allowed, as a refusal says it. */
  readonly rule: string;
  /** Reads a word in any case; null when it is none. */
  read(given: string): Word | null;
}

const plain = (given: string): string => given.trim().toLowerCase();

/**
 * A vocabulary of words that go out, and of others (in small letters) that mean one of them. `spelling` is how a word is
 * looked up, by default without blanks around it and in small letters.
 */
function vocabulary<Word extends string>(
  words: readonly Word[],
  others: Readonly<Record<string, Word>>,
  spelling = plain,
): Vocabulary<Word> {
  const known = new Map(Object.entries(others));
  for (const word of words) known.set(word.toLowerCase(), word);
  const named = Object.keys(others).filter((word) => word !== "");
  return {
    words,
    rule: `must be one of ${words.join(", ")} (also understood: ${named.join(", ")})`,
    read: (given) => known.get(spelling(given)) ?? null,
  };
}

export const SHOW_AS = vocabulary(["busy", "free", "tentative", "outOfOffice"] as const, {
  transparent: "free",
  workingelsewhere: "free",
  opaque: "busy",
  unknown: "busy",
  "": "busy",
  oof: "outOfOffice",
});
export type ShowAs = (typeof SHOW_AS.words)[number];

export const EVENT_STATUS = vocabulary(["confirmed", "tentative", "cancelled"] as const, {
  canceled: "cancelled",
});
export type EventStatus = (typeof EVENT_STATUS.words)[number];

export const ATTENDEE_TYPE = vocabulary(["required", "optional", "resource"] as const, {
  "req-participant": "required",
  "opt-participant": "optional",
  "non-participant": "resource",
  room: "resource",
});
export type AttendeeType = (typeof ATTENDEE_TYPE.words)[number];

/** RSVP words; `_` stands for `-` in them. */
export const STATUS = vocabulary(
  ["Accepted", "Declined", "Tentative", "NoResponse"] as const,
  {
    accept: "Accepted",
    yes: "Accepted",
    organizer: "Accepted",
    decline: "Declined",
    no: "Declined",
    tentativelyaccepted: "Tentative",
    tentitive: "Tentative",
    maybe: "Tentative",
    needsaction: "NoResponse",
    "needs-action": "NoResponse",
    none: "NoResponse",
    notresponded: "NoResponse",
    noresponsereceived: "NoResponse",
    noreply: "NoResponse",
    delegated: "NoResponse",
    unknown: "NoResponse",
    "": "NoResponse",
  },
  (given) => plain(given).replaceAll("_", "-"),
);
export type Status = (typeof STATUS.words)[number];
