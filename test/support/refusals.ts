// What both doors refuse in an event, as rows: the sentence, the keys that make it so, and the fields to blame.

/** Names and ids that a case needs and only a running world knows. */
export interface Known {
  /** A user, a Contact, an Account and an event of another organisation. */
  foreignUserId: string;
  foreignContactId: string;
  foreignEventId: string;
  /** Of the caller's own organisation. */
  accountId: string;
  contactId: string;
}

export interface RefusedInput {
  what: string;
  input: object | ((known: Known) => object);
  fields: string[];
}

const refused = (what: string, input: RefusedInput["input"], ...fields: string[]): RefusedInput => ({
  what,
  input,
  fields,
});

const attendee = (what: string, one: unknown, field: string): RefusedInput =>
  refused(what, { attendees: [one] }, `attendees[0]${field}`);

const times = (what: string, startTime: unknown): RefusedInput =>
  refused(what, { startTime, endTime: "9999-12-31T00:00:00Z" }, "startTime");

const NUL = "a\u0000b";
const LONE = "a\ud83d";

/** On top of a timed event that would be accepted. */
export const REFUSED_INPUTS: readonly RefusedInput[] = [
  refused("no start", { startTime: undefined }, "startTime"),
  refused("a null start", { startTime: null }, "startTime"),
  refused("no end", { endTime: undefined }, "endTime"),
  refused("a null end", { endTime: null }, "endTime"),
  refused("an end before the start", { endTime: "2026-03-02T14:59:59.999Z" }, "endTime"),
  refused(
    "two times without an offset: both are named",
    { startTime: "2026-03-02T15:00:00", endTime: "2026-03-02T16:00:00" },
    "endTime",
    "startTime",
  ),
  times("a date where an instant is needed", "2026-03-02"),
  times("30 February", "2026-02-30T10:00:00Z"),
  times("29 February of a year that has none", "2026-02-29T10:00:00Z"),
  times("24 o'clock", "2026-03-02T24:00:00Z"),
  times("minute 60", "2026-03-02T10:60:00Z"),
  times("an offset of 24 hours", "2026-03-02T10:00:00+24:00"),
  times("the last millisecond of 1969", "1969-12-31T23:59:59.999Z"),
  times("an offset that leads before 1970", "1970-01-01T00:00:00+00:01"),
  times("a year of five digits", "10000-01-01T00:00:00Z"),
  times("a word", "tomorrow"),
  times("an empty time", ""),
  times("negative epoch milliseconds", -1),
  times("epoch milliseconds past the year 9999", 253402300800000),
  times("a time with U+0000", "2026-03-02T15:00:00Z\u0000"),
  times("a time that is true", true),
  times("a time that is a list", []),
  times("a time that is an object", {}),
  refused("an end past the year 9999", { endTime: "9999-12-31T23:59:59-00:01" }, "endTime"),
  refused("an all-day start that is no date", { allDay: true, startTime: "2026-02-30" }, "startTime"),
  refused(
    "the last day of 9999, which has no midnight after it",
    { allDay: true, startTime: "9999-12-31" },
    "startTime",
  ),
  refused(
    "an all-day end before its start",
    { allDay: true, startTime: "2026-03-02", endTime: "2026-03-01" },
    "endTime",
  ),
  refused("no start of an all-day event", { allDay: true, startTime: undefined }, "startTime"),
  refused("allDay that is a word", { allDay: "yes" }, "allDay"),
  refused("private that is a number", { private: 1 }, "private"),
  refused("a subject that is a number", { subject: 5 }, "subject"),
  refused("a subject of 1,001 characters", { subject: "x".repeat(1001) }, "subject"),
  refused("a subject of 1,001 emoji", { subject: "📅".repeat(1001) }, "subject"),
  refused("a subject with U+0000", { subject: NUL }, "subject"),
  refused("a subject with a lone surrogate", { subject: LONE }, "subject"),
  refused("a location of 2,001 characters", { location: "x".repeat(2001) }, "location"),
  refused("a location with U+0000", { location: NUL }, "location"),
  refused("a description of 100,001 characters", { description: "x".repeat(100_001) }, "description"),
  refused("a description with a lone surrogate", { description: LONE }, "description"),
  refused("a description that is a list", { description: ["a", "b"] }, "description"),
  refused("an unknown zone", { timezone: "Mars/Phobos" }, "timezone"),
  refused("a place of no zone behind an offset", { timezone: "UTC+25:00" }, "timezone"),
  refused("an empty zone", { timezone: "" }, "timezone"),
  refused("a zone with U+0000", { timezone: "Europe/Paris\u0000" }, "timezone"),
  refused("a zone that is a number", { timezone: 2 }, "timezone"),
  refused("a showAs that nobody knows", { showAs: "away" }, "showAs"),
  refused("a showAs that every object has", { showAs: "constructor" }, "showAs"),
  refused("a showAs that is a number", { showAs: 1 }, "showAs"),
  refused("an event's status that is an answer", { status: "Accepted" }, "status"),
  refused("an event's status that is empty", { status: "" }, "status"),
  refused("an event's status that is true", { status: true }, "status"),
  refused("a type of 101 characters", { type: "x".repeat(101) }, "type"),
  refused("a type with U+0000", { type: NUL }, "type"),
  refused("a type that is a list", { type: ["call"] }, "type"),
  ...[
    "ftp://x.co/a",
    "javascript:alert(1)",
    "x.co/a",
    "https:x.co",
    "https://",
    "https://x.co/a b",
    " https://x.co",
  ].map((url) => refused(`a conferenceUrl that is ${url}`, { conferenceUrl: url }, "conferenceUrl")),
  refused("a conferenceUrl of 2,001", { conferenceUrl: `https://x.co/${"a".repeat(1988)}` }, "conferenceUrl"),
  refused("a conferenceUrl that is a number", { conferenceUrl: 5 }, "conferenceUrl"),
  refused("properties that are a word", { properties: "stage" }, "properties"),
  refused("properties that are a list", { properties: ["stage"] }, "properties"),
  refused("a property named by a digit", { properties: { "1st": "x" } }, "properties.1st"),
  refused("a property with a hyphen in its name", { properties: { "a-b": 1 } }, "properties.a-b"),
  refused("a property without a name", { properties: { "": 1 } }, "properties."),
  refused(
    "a property with a name of 65",
    { properties: { ["a".repeat(65)]: 1 } },
    `properties.${"a".repeat(64)}`,
  ),
  refused("a property that is a list", { properties: { a: 1, b: [1] } }, "properties.b"),
  refused("a property that is an object", { properties: { b: {} } }, "properties.b"),
  refused("a property of 1,001 characters", { properties: { b: "x".repeat(1001) } }, "properties.b"),
  refused("a property with U+0000", { properties: { b: NUL } }, "properties.b"),
  refused("a property with a lone surrogate", { properties: { b: LONE } }, "properties.b"),
  refused(
    "51 properties",
    { properties: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`p${index}`, index])) },
    "properties",
  ),
  refused(
    "properties of more than 8 KiB",
    { properties: Object.fromEntries([..."abcdefghi"].map((name) => [name, "x".repeat(1000)])) },
    "properties",
  ),
  refused("guestsCanEdit that is a word", { guestsCanEdit: "yes" }, "guestsCanEdit"),
  refused("an organiser's address that is empty", { organizerEmail: "" }, "organizerEmail"),
  refused("an organiser's address of 321", { organizerEmail: `${"a".repeat(316)}@x.co` }, "organizerEmail"),
  refused("an organiser's name with U+0000", { organizerName: NUL }, "organizerName"),
  refused("an iCalUid that is a number", { iCalUid: 5 }, "iCalUid"),
  refused("an iCalUid with U+0000", { iCalUid: NUL }, "iCalUid"),
  refused("attendees that are a word", { attendees: "ada@x.co" }, "attendees"),
  attendee("an attendee that is a word", "ada@x.co", ""),
  attendee("an attendee that is null", null, ""),
  attendee("an attendee who is nobody", {}, ""),
  attendee("an attendee with no more than a name", { name: "Ada" }, ""),
  attendee("an empty address", { emailAddress: "" }, ".emailAddress"),
  attendee("an address of 321 characters", { emailAddress: `${"a".repeat(316)}@x.co` }, ".emailAddress"),
  attendee("an address with a line break", { emailAddress: "a@x.co\nb@x.co" }, ".emailAddress"),
  attendee("an address with U+0000", { emailAddress: NUL }, ".emailAddress"),
  attendee("an address with a lone surrogate", { emailAddress: LONE }, ".emailAddress"),
  attendee("an address that is a number", { emailAddress: 5 }, ".emailAddress"),
  attendee("a name with U+0000", { emailAddress: "a@x.co", name: NUL }, ".name"),
  attendee("an unknown status", { emailAddress: "a@x.co", status: "perhaps" }, ".status"),
  attendee("a status that is a number", { emailAddress: "a@x.co", status: 1 }, ".status"),
  attendee("a status that every object has", { emailAddress: "a@x.co", status: "constructor" }, ".status"),
  attendee("an unknown type of attendee", { emailAddress: "a@x.co", type: "chair" }, ".type"),
  attendee("a type of attendee that is a number", { emailAddress: "a@x.co", type: 1 }, ".type"),
  attendee("an unknown user", { userId: "999999" }, ".userId"),
  refused(
    "another organisation's user",
    ({ foreignUserId }) => ({ attendees: [{ emailAddress: "a@x.co" }, { userId: foreignUserId }] }),
    "attendees[1].userId",
  ),
  attendee("a userId that is a word", { userId: "abc" }, ".userId"),
  attendee("a userId of 2^53", { userId: "9007199254740992" }, ".userId"),
  attendee("a userId of 2^64", { userId: "18446744073709551616" }, ".userId"),
  attendee("a userId of zero", { userId: 0 }, ".userId"),
  attendee("a negative userId", { userId: -7 }, ".userId"),
  attendee("a userId with a fraction", { userId: 1.5 }, ".userId"),
  attendee("a userId that is true", { userId: true }, ".userId"),
  attendee("an unknown contact", { contactId: 999_999 }, ".contactId"),
  attendee("a contactId of 2^53", { contactId: 9007199254740992 }, ".contactId"),
  attendee("a contactId that is a word", { contactId: "abc" }, ".contactId"),
  refused(
    "another organisation's contact",
    ({ foreignContactId }) => ({ attendees: [{ contactId: foreignContactId }] }),
    "attendees[0].contactId",
  ),
  refused(
    "an Account as a contact",
    ({ accountId }) => ({ attendees: [{ contactId: accountId }] }),
    "attendees[0].contactId",
  ),
  refused(
    "1,001 attendees",
    { attendees: Array.from({ length: 1001 }, (_, index) => ({ emailAddress: `a${index}@x.co` })) },
    "attendees",
  ),
  refused("relatedTo that is a word", { relatedTo: "Contact" }, "relatedTo"),
  refused("a record that is null", { relatedTo: [null] }, "relatedTo[0]"),
  refused("an unknown record", { relatedTo: [{ type: "Contact", id: "999999" }] }, "relatedTo[0].id"),
  refused("an unknown type of record", { relatedTo: [{ type: "Invoice", id: "1" }] }, "relatedTo[0].type"),
  refused("a record without an id", { relatedTo: [{ type: "Contact" }] }, "relatedTo[0].id"),
  refused("a record without a type", { relatedTo: [{ id: "1" }] }, "relatedTo[0].type"),
  refused(
    "a record id of 2^53",
    { relatedTo: [{ type: "Contact", id: "9007199254740992" }] },
    "relatedTo[0].id",
  ),
  refused(
    "another organisation's record",
    ({ foreignContactId }) => ({ relatedTo: [{ type: "Contact", id: foreignContactId }] }),
    "relatedTo[0].id",
  ),
  refused(
    "a record by another's type",
    ({ contactId }) => ({ relatedTo: [{ type: "Account", id: contactId }] }),
    "relatedTo[0].id",
  ),
  refused(
    "101 records",
    { relatedTo: Array.from({ length: 101 }, (_, index) => ({ type: "Contact", id: String(index + 1) })) },
    "relatedTo",
  ),
  refused("an unknown parent", { parentId: 999_999 }, "parentId"),
  refused("a parentId that is a word", { parentId: "abc" }, "parentId"),
  refused("a parentId of 2^53", { parentId: 9007199254740992 }, "parentId"),
  refused("a parentId of 2^64", { parentId: "18446744073709551616" }, "parentId"),
  refused(
    "another organisation's event as parent",
    ({ foreignEventId }) => ({ parentId: foreignEventId }),
    "parentId",
  ),
  refused(
    "several faults at once: each is named",
    { subject: NUL, attendees: [{ emailAddress: "a@x.co" }, { status: "Accepted" }], timezone: "Nowhere" },
    "attendees[1]",
    "subject",
    "timezone",
  ),
];
