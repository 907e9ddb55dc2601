// src/rest/README.md, "Who may do what", as tables: what somebody is to a thing, and what comes of it when they name it. Each rule is
// written once; which route or field follows which rule is in rest-rows.ts and graphql-rows.ts.

export type Outcome =
  | "seen"
  /** The event, and no more of it than that time is taken. */
  | "masked"
  /** Null, or an empty list. */
  | "nothing"
  /** The row of an event that the calendar no longer holds. */
  | "removed"
  | "done"
  /** For everybody. */
  | "deleted"
  /** For themselves. */
  | "left"
  | "bad_request"
  | "forbidden"
  | "not_found"
  | "unauthorized"
  | "token.dead";

export const EVENT_RELATIONS = ["owner", "attendee", "left", "colleague", "admin", "elsewhere"] as const;
/** To an event. "Elsewhere" is whoever names what is another organisation's, or nobody's: these are not told apart. */
export type EventRelation = (typeof EVENT_RELATIONS)[number];

export const RELATIONS = [
  "member, own",
  "member, colleague's",
  "member, elsewhere",
  "admin, own",
  "admin, colleague's",
  "admin, elsewhere",
] as const;
/** To a user, or to a calendar or token of one; to a record, which is everybody's in the organisation. */
export type Relation = (typeof RELATIONS)[number];

type EventRule = Readonly<Record<EventRelation, Outcome | "visible" | "visible or nothing">>;
type Rule = Readonly<Record<Relation, Outcome>>;

/** "Visible": seen, and masked where it is private. "Visible or nothing": seen, and not found where it is private. */
export const EVENT_RULES = {
  "read in one's calendar": {
    ...{ owner: "seen", attendee: "seen", left: "not_found", colleague: "not_found", admin: "not_found" },
    elsewhere: "not_found",
  },
  "read in one's calendar, removed ones too": {
    ...{ owner: "seen", attendee: "seen", left: "removed", colleague: "not_found", admin: "not_found" },
    elsewhere: "not_found",
  },
  read: {
    ...{ owner: "seen", attendee: "seen", left: "visible", colleague: "visible", admin: "seen" },
    elsewhere: "nothing",
  },
  "go on from it": {
    ...{ owner: "seen", attendee: "seen", left: "visible or nothing", colleague: "visible or nothing" },
    ...{ admin: "seen", elsewhere: "nothing" },
  },
  "read its history": {
    ...{
      owner: "forbidden",
      attendee: "forbidden",
      left: "forbidden",
      colleague: "forbidden",
      admin: "seen",
    },
    elsewhere: "nothing",
  },
  "change in one's calendar": {
    ...{ owner: "done", attendee: "done", left: "not_found", colleague: "not_found", admin: "not_found" },
    elsewhere: "not_found",
  },
  /** Strictly: a guest's copy has no say in what the event says. */
  "say something of": {
    ...{ owner: "done", attendee: "forbidden", left: "forbidden", colleague: "forbidden", admin: "done" },
    elsewhere: "not_found",
  },
  "delete in one's calendar": {
    // Who has left has deleted it before: the tombstone stands.
    ...{ owner: "deleted", attendee: "left", left: "left", colleague: "not_found", admin: "not_found" },
    elsewhere: "not_found",
  },
  delete: {
    ...{ owner: "deleted", attendee: "left", left: "left", colleague: "forbidden", admin: "deleted" },
    elsewhere: "not_found",
  },
  "delete in a batch": {
    ...{ owner: "done", attendee: "done", left: "done", colleague: "forbidden", admin: "done" },
    elsewhere: "not_found",
  },
  transfer: {
    ...{ owner: "done", attendee: "forbidden", left: "forbidden", colleague: "forbidden", admin: "done" },
    elsewhere: "not_found",
  },
  "answer its invitation": {
    ...{
      owner: "forbidden",
      attendee: "done",
      // It brings the event back to them.
      left: "done",
      colleague: "forbidden",
      admin: "forbidden",
    },
    elsewhere: "not_found",
  },
  /** It changes what is told only of what the caller sees, and is refused to nobody. */
  "leave out": {
    ...{ owner: "seen", attendee: "seen", left: "seen", colleague: "seen", admin: "seen" },
    elsewhere: "seen",
  },
  "name as a parent": {
    // Whoever is in the event; to others it is not told from one that is not there.
    ...{ owner: "done", attendee: "done", left: "bad_request", colleague: "bad_request", admin: "done" },
    elsewhere: "bad_request",
  },
} as const satisfies Readonly<Record<string, EventRule>>;

export const RULES = {
  /** Everybody of the organisation. */
  "read of the organisation": {
    ...{ "member, own": "seen", "member, colleague's": "seen", "member, elsewhere": "nothing" },
    ...{ "admin, own": "seen", "admin, colleague's": "seen", "admin, elsewhere": "nothing" },
  },
  "read of the organisation, or 404": {
    ...{ "member, own": "seen", "member, colleague's": "seen", "member, elsewhere": "not_found" },
    ...{ "admin, own": "seen", "admin, colleague's": "seen", "admin, elsewhere": "not_found" },
  },
  "write of the organisation": {
    ...{ "member, own": "done", "member, colleague's": "done", "member, elsewhere": "not_found" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "not_found" },
  },
  "refer to": {
    ...{ "member, own": "done", "member, colleague's": "done", "member, elsewhere": "bad_request" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "bad_request" },
  },
  /** Anybody of the organisation but oneself. */
  "grant to": {
    ...{ "member, own": "bad_request", "member, colleague's": "done", "member, elsewhere": "not_found" },
    ...{ "admin, own": "bad_request", "admin, colleague's": "done", "admin, elsewhere": "not_found" },
  },
  /** Anybody of the organisation. */
  "give to": {
    ...{ "member, own": "done", "member, colleague's": "done", "member, elsewhere": "not_found" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "not_found" },
  },
  /** One's own calendar, or one that was granted (GRANT_RULES); an admin, any of the organisation. */
  "name a calendar": {
    ...{ "member, own": "done", "member, colleague's": "forbidden", "member, elsewhere": "forbidden" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "not_found" },
  },
  /** Whatever was granted. */
  "manage a calendar": {
    ...{ "member, own": "done", "member, colleague's": "forbidden", "member, elsewhere": "forbidden" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "not_found" },
  },
  /** A write that is addressed through a calendar reaches what it holds. */
  "name a calendar of one's event": {
    ...{ "member, own": "done", "member, colleague's": "forbidden", "member, elsewhere": "forbidden" },
    ...{ "admin, own": "done", "admin, colleague's": "not_found", "admin, elsewhere": "not_found" },
  },
  /** Masked, but not refused. */
  "look into a calendar": {
    ...{ "member, own": "seen", "member, colleague's": "seen", "member, elsewhere": "not_found" },
    ...{ "admin, own": "seen", "admin, colleague's": "seen", "admin, elsewhere": "not_found" },
  },
  "look at the time of": {
    ...{ "member, own": "seen", "member, colleague's": "seen", "member, elsewhere": "bad_request" },
    ...{ "admin, own": "seen", "admin, colleague's": "seen", "admin, elsewhere": "bad_request" },
  },
  // Nobody of the stage is a room; whoever is none is refused as somebody of another organisation is.
  "take for a room": {
    ...{
      "member, own": "bad_request",
      "member, colleague's": "bad_request",
      "member, elsewhere": "bad_request",
    },
    ...{
      "admin, own": "bad_request",
      "admin, colleague's": "bad_request",
      "admin, elsewhere": "bad_request",
    },
  },
  "administer the organisation": {
    ...{ "member, own": "forbidden", "member, colleague's": "forbidden", "member, elsewhere": "forbidden" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "done" },
  },
  administer: {
    ...{ "member, own": "forbidden", "member, colleague's": "forbidden", "member, elsewhere": "forbidden" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "not_found" },
  },
  "make a token for": {
    ...{ "member, own": "done", "member, colleague's": "forbidden", "member, elsewhere": "forbidden" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "not_found" },
  },
  "list the tokens of": {
    ...{ "member, own": "seen", "member, colleague's": "forbidden", "member, elsewhere": "forbidden" },
    ...{ "admin, own": "seen", "admin, colleague's": "seen", "admin, elsewhere": "not_found" },
  },
  "end a token": {
    ...{ "member, own": "done", "member, colleague's": "not_found", "member, elsewhere": "not_found" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "not_found" },
  },
  /** What names nothing. */
  "ask for one's own": {
    ...{ "member, own": "seen", "member, colleague's": "seen", "member, elsewhere": "seen" },
    ...{ "admin, own": "seen", "admin, colleague's": "seen", "admin, elsewhere": "seen" },
  },
  "make one's own": {
    ...{ "member, own": "done", "member, colleague's": "done", "member, elsewhere": "done" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "done" },
  },
  "ask for everybody's": {
    ...{ "member, own": "forbidden", "member, colleague's": "forbidden", "member, elsewhere": "forbidden" },
    ...{ "admin, own": "seen", "admin, colleague's": "seen", "admin, elsewhere": "seen" },
  },
  "read its history by id": {
    ...{ "member, own": "forbidden", "member, colleague's": "forbidden", "member, elsewhere": "forbidden" },
    ...{ "admin, own": "seen", "admin, colleague's": "seen", "admin, elsewhere": "nothing" },
  },
  /** What is linked to a record of another organisation, or to none: nothing. */
  "search by": {
    ...{ "member, own": "done", "member, colleague's": "done", "member, elsewhere": "nothing" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "nothing" },
  },
  /** What an admin may refer to. */
  "refer to, as an admin": {
    ...{ "member, own": "forbidden", "member, colleague's": "forbidden", "member, elsewhere": "forbidden" },
    ...{ "admin, own": "done", "admin, colleague's": "done", "admin, elsewhere": "bad_request" },
  },
  /** Without a token too. */
  "ask for what is public": {
    ...{ "member, own": "seen", "member, colleague's": "seen", "member, elsewhere": "seen" },
    ...{ "admin, own": "seen", "admin, colleague's": "seen", "admin, elsewhere": "seen" },
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type EventRuleName = keyof typeof EVENT_RULES;
export type RuleName = keyof typeof RULES;

/** What a calendar's rule comes to for whoever was granted it, for reading or for writing. */
export const GRANT_RULES: Readonly<Partial<Record<RuleName, Readonly<Record<Grant, GrantOutcome>>>>> = {
  "name a calendar": { read: { read: "done", write: "forbidden" }, write: { read: "done", write: "done" } },
  "name a calendar of one's event": {
    read: { read: "not_found", write: "forbidden" },
    write: { read: "not_found", write: "not_found" },
  },
};
export type Grant = "read" | "write";
/** By the scope that the row needs. */
type GrantOutcome = Readonly<Record<"read" | "write", Outcome>>;

/** src/rest/README.md, "Who is calling": what a token must hold, before it matters who somebody is. */
export const CREDENTIALS = ["good", "read only", "write only", "revoked", "expired", "none"] as const;
export type Credential = (typeof CREDENTIALS)[number];

/** What such a token gets; null: what its user gets. */
export function ofCredential(credential: Credential, needs: "read" | "write" | "nothing"): Outcome | null {
  if (credential === "good" || needs === "nothing") return null;
  if (credential === "none") return "unauthorized";
  if (credential === "revoked" || credential === "expired") return "token.dead";
  return credential === `${needs} only` ? null : "forbidden";
}
