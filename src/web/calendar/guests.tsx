// The people an event invites, in its form: found by name or address among users and records, or any address at all,
// one by one or a whole list of them.
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { FindRecordsDocument } from "../api/operations";
import { say } from "../languages/say";
import { type NamedAddress, addressesIn } from "../ui/addresses";
import { CloseIcon } from "../ui/icons";
import { RECORD_TYPES } from "../ui/record-types";
import { type Offer, type OwnWords, Suggest } from "../ui/suggest";
import { type Busy, FREE as IS_FREE } from "./availability";
import { type Guest, guestName, sameGuest } from "./draft";
import { GuestRow } from "./guest-row";
import { isBookable, roomText } from "./rooms";
import { me, type User, users } from "./state";

const OFFERED = 8;

const blankGuest: Guest = {
  userId: null,
  emailAddress: null,
  contactId: null,
  name: null,
  status: "NoResponse",
};

export const guestOfUser = (user: User): Guest => ({
  ...blankGuest,
  userId: user.id,
  emailAddress: user.email,
  name: user.name,
  // As a mailbox invites them.
  ...(isBookable(user) && { type: "resource" }),
});

/** Which of some rooms have the time of the event; null where nobody knows. */
export type FreeRooms = (rooms: readonly User[]) => Promise<(id: string) => boolean | null>;

async function offersOf(found: readonly User[], freeRooms: FreeRooms): Promise<Offer<Guest>[]> {
  // Not knowing what is free keeps nobody from booking it.
  const isFree = await freeRooms(found.filter(isBookable)).catch(() => () => null);
  return found.map((user) => ({
    key: `user ${user.id}`,
    label: user.name,
    detail: isBookable(user)
      ? [roomText(user), FREE[String(isFree(user.id))] ?? []].flat().join(" · ")
      : user.email,
    value: guestOfUser(user),
  }));
}

const FREE: Readonly<Record<string, string>> = { true: say("free then"), false: say("taken then") };

async function find(text: string, freeRooms: FreeRooms): Promise<Offer<Guest>[]> {
  const sought = text.toLowerCase();
  const found = users.value.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(sought));
  const colleagues = await offersOf(found.slice(0, OFFERED), freeRooms);
  if (colleagues.length >= OFFERED) return colleagues;
  const { records } = await ask(FindRecordsDocument, { type: null, q: text, first: OFFERED });
  const others = records.edges.flatMap(({ node: { id, type, name, emails } }) =>
    emails.slice(0, 2).map((email) => ({
      key: `${type} ${id} ${email}`,
      label: name,
      detail: `${email} · ${RECORD_TYPES[type].toLowerCase()}`,
      value: { ...blankGuest, emailAddress: email, contactId: type === "Contact" ? Number(id) : null, name },
    })),
  );
  return [...colleagues, ...others].slice(0, OFFERED);
}

const sameAddress = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

function guestAt({ address, name }: NamedAddress): Guest {
  const user = users.value.find(({ email }) => sameAddress(email, address));
  return user ? guestOfUser(user) : { ...blankGuest, emailAddress: address, name };
}

/** Guests with those whose addresses stand in a text, and what of the text is left. */
export function withAddresses(guests: Guest[], text: string): { guests: Guest[]; left: string } {
  const { read, unread } = addressesIn(text);
  return {
    guests: joined(guests, read.map(guestAt)),
    left: unread.map(({ text: piece }) => piece).join(", "),
  };
}

const joined = (guests: Guest[], more: Guest[]): Guest[] =>
  more.reduce(
    (list, guest) => (list.some((known) => sameGuest(known, guest)) ? list : [...list, guest]),
    guests,
  );

/** What is said of a text that is left in the field. */
export function guestFault(text: string): string {
  const { unread } = addressesIn(text);
  const said = unread.map(({ text: piece, why }) => say("“{piece}” is no address: {why}.", { piece, why }));
  return [...said, say("Choose somebody from the list, correct it, or take it out.")].join(" ");
}

interface GuestsProps {
  guests: Guest[];
  busy: Busy;
  freeRooms: FreeRooms;
  onChange: (guests: Guest[]) => void;
  /** What stands in the field and is nobody yet. */
  text: string;
  onText: (text: string) => void;
}

/** For whoever does not see the list grow. */
function whatChanged(before: readonly Guest[], after: readonly Guest[]): string {
  const namesOf = (list: readonly Guest[], but: readonly Guest[]): string =>
    list
      .filter((guest) => !but.includes(guest))
      .map(guestName)
      .join(", ");
  const [added, gone] = [namesOf(after, before), namesOf(before, after)];
  return [
    added && say("Added: {names}.", { names: added }),
    gone && say("Removed: {names}.", { names: gone }),
  ]
    .filter(Boolean)
    .join(" ");
}

export function Guests({ guests, busy, freeRooms, onChange: tell, text, onText }: GuestsProps) {
  const [said, setSaid] = useState("");
  const onChange = (next: Guest[]): void => {
    setSaid(whatChanged(guests, next));
    tell(next);
  };
  const own: OwnWords<Guest> = {
    covers: (given) => addressesIn(given).read.length > 0,
    means: (given, { emailAddress }) => {
      const { read, unread } = addressesIn(given);
      const [only, ...others] = read;
      const isOne = only !== undefined && others.length + unread.length === 0;
      return isOne && emailAddress !== null && sameAddress(only.address, emailAddress);
    },
    take: (given) => {
      const taken = withAddresses(guests, given);
      onChange(taken.guests);
      return taken.left;
    },
  };
  return (
    <section class="guests">
      <h3>{say("Guests")}</h3>
      <Suggest
        label={say("Add guests")}
        placeholder={say("Names, e-mail addresses or rooms")}
        text={text}
        onText={onText}
        find={(sought) => find(sought, freeRooms)}
        onPick={(guest) => onChange(joined(guests, [guest]))}
        own={own}
        faultOf={guestFault}
      />
      <p class="unseen" role="status" dir="auto">
        {said}
      </p>
      <ul class="guest-list">
        {guests.map((guest) => (
          <GuestRow
            key={guest.userId ?? guest.emailAddress ?? guest.contactId}
            guest={guest}
            note={guest.userId === null ? null : busy(guest.userId).there}
          >
            {guest.userId !== null && guest.userId !== me.value?.id && (
              <BusyMark text={busy(guest.userId).says} />
            )}
            <button
              type="button"
              class="icon-button"
              aria-label={say("Remove {name}", { name: guestName(guest) })}
              onClick={({ currentTarget }) => {
                // The button goes with its row; the focus stays with the guests.
                currentTarget.closest(".guests")?.querySelector("input")?.focus();
                onChange(guests.filter((one) => one !== guest));
              }}
            >
              <CloseIcon />
            </button>
          </GuestRow>
        ))}
      </ul>
    </section>
  );
}

const BusyMark = ({ text }: { text: string | null }) =>
  text === null ? null : <small class={text === IS_FREE ? "free" : "busy"}>{text}</small>;
