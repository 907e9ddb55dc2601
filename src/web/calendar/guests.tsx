// The people an event invites, in its form: found by name or address among users and records, or any address at all.
import { ask } from "../api/client";
import { FindRecordsDocument } from "../api/operations";
import { CloseIcon } from "../ui/icons";
import { type Offer, Suggest } from "../ui/suggest";
import type { Busy } from "./availability";
import { type Guest, guestName, sameGuest } from "./draft";
import { GuestRow } from "./guest-row";
import { me, type User, users } from "./state";

const OFFERED = 8;
const ADDRESS = /^[^\s@]+@[^\s@]+$/;

const nobody: Guest = { userId: null, emailAddress: null, contactId: null, name: null, status: "NoResponse" };

const userOffer = ({ id, name, email }: User): Offer<Guest> => ({
  key: `user ${id}`,
  label: name,
  detail: email,
  value: { ...nobody, userId: id, emailAddress: email, name },
});

async function find(text: string): Promise<Offer<Guest>[]> {
  const sought = text.toLowerCase();
  const colleagues = users.value
    .filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(sought))
    .map(userOffer);
  if (colleagues.length >= OFFERED) return colleagues.slice(0, OFFERED);
  const { records } = await ask(FindRecordsDocument, { type: null, q: text, first: OFFERED });
  const found = records.edges.flatMap(({ node: { id, type, name, emails } }) =>
    emails.slice(0, 2).map((email) => ({
      key: `${type} ${id} ${email}`,
      label: name,
      detail: `${email} · ${type.toLowerCase()}`,
      value: { ...nobody, emailAddress: email, contactId: type === "Contact" ? Number(id) : null, name },
    })),
  );
  return [...colleagues, ...found].slice(0, OFFERED);
}

interface GuestsProps {
  guests: Guest[];
  busy: Busy;
  onChange: (guests: Guest[]) => void;
}

export function Guests({ guests, busy, onChange }: GuestsProps) {
  const add = (guest: Guest): void => {
    if (!guests.some((known) => sameGuest(known, guest))) onChange([...guests, guest]);
  };
  const addText = (text: string): boolean => {
    if (!ADDRESS.test(text)) return false;
    const user = users.value.find(({ email }) => email.toLowerCase() === text.toLowerCase());
    add(user ? userOffer(user).value : { ...nobody, emailAddress: text });
    return true;
  };
  return (
    <section class="guests">
      <h3>Guests</h3>
      <Suggest label="Add guests" placeholder="Name or e-mail" find={find} onPick={add} onText={addText} />
      <ul class="guest-list">
        {guests.map((guest) => (
          <GuestRow key={guest.userId ?? guest.emailAddress ?? guest.contactId} guest={guest}>
            {guest.userId !== null && guest.userId !== me.value?.id && <BusyMark text={busy(guest.userId)} />}
            <button
              type="button"
              class="icon-button"
              aria-label={`Remove ${guestName(guest)}`}
              onClick={() => onChange(guests.filter((one) => one !== guest))}
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
  text === null ? null : <small class={text === "free" ? "free" : "busy"}>{text}</small>;
