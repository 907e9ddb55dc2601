// How an address of e-mail is read.
import { taking, type Read } from "./rules";
import { hasControlCharacters, textFault } from "./text";

const MAX_ADDRESS = 320;
/** An address with what may stand around it: a name of 1,000 characters, and signs. */
const MAX_GIVEN = 1_400;

/** An address, and the name that came with it. */
export interface NamedAddress {
  address: string;
  name: string | null;
}

/** What is left of an address without blanks around, a leading `mailto:`, and a name: `Eve <eve@x.co>` is both. */
export function splitAddress(given: string): NamedAddress {
  const text = bare(given);
  const open = text.endsWith(">") ? text.lastIndexOf("<") : -1;
  const inner = open < 0 ? "" : bare(text.slice(open + 1, -1));
  if (inner === "" || inner.includes(">")) return { address: text, name: null };
  return { address: inner, name: unquoted(text.slice(0, open).trim()) || null };
}

const bare = (text: string): string =>
  text
    .trim()
    .replace(/^mailto:/i, "")
    .trim();

function unquoted(name: string): string {
  const isQuoted = name.length > 1 && name.startsWith('"') && name.endsWith('"');
  return isQuoted ? name.slice(1, -1).replace(/\\(.)/gsu, "$1").trim() : name;
}

/** Mailboxes hold stranger addresses than RFC 5321 allows; only what cannot be compared or shown is refused. */
export const emailAddress: Read<string> = taking(
  { type: "string", minLength: 1, maxLength: MAX_GIVEN },
  (given, field, faults) => {
    if (typeof given !== "string") return faults.add(field, "must be text");
    const { address } = splitAddress(given);
    const fault = textFault(given, MAX_GIVEN) ?? textFault(address, MAX_ADDRESS);
    if (fault) return faults.add(field, fault);
    if (address === "") return faults.add(field, "must not be empty");
    if (hasControlCharacters(address)) return faults.add(field, "must not contain control characters");
    return address;
  },
);
