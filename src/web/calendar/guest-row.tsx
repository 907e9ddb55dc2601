// Guests and their answers, as rows; and one's own answer, as buttons.
import type { ComponentChildren } from "preact";
import { say } from "../languages/say";
import { answerLook } from "../ui/answers";
import { type Guest, guestName } from "./draft";

interface GuestRowProps {
  guest: Guest;
  /** Said under the name. */
  note?: string | null;
  /** More about the guest, and what can be done, at the end of the row. */
  children?: ComponentChildren;
}

export function GuestRow({ guest, note = null, children }: GuestRowProps) {
  const { says, mark } = answerLook(guest.status);
  const name = guestName(guest);
  return (
    <li class="guest" data-answer={guest.status}>
      <span class="avatar" aria-hidden="true">
        {[...name.trim()][0]?.toUpperCase() ?? "?"}
        <span class="mark">{mark}</span>
      </span>
      <span class="guest-name">
        <span dir="auto" title={guest.emailAddress ?? undefined}>
          {name}
        </span>
        <span class="unseen"> {says}</span>
        {guest.name !== null && guest.emailAddress !== null && (
          <small class="quiet">
            {guest.emailAddress}
            {guest.userId === null && guest.contactId !== null ? ` · ${say("contact")}` : ""}
          </small>
        )}
        {note !== null && <small class="quiet note">{note}</small>}
      </span>
      {children}
    </li>
  );
}

const CHOICES = [
  ["Accepted", say("Yes")],
  ["Tentative", say("Maybe")],
  ["Declined", say("No")],
] as const;

export function Answers({
  answer,
  onAnswer,
}: {
  answer: string;
  onAnswer: (status: string) => Promise<void>;
}) {
  return (
    <div class="answers" role="group" aria-label={say("Your answer")}>
      <span class="quiet">{say("Going?")}</span>
      {CHOICES.map(([status, label]) => (
        <button
          type="button"
          key={status}
          class="button"
          aria-pressed={answer === status}
          onClick={() => onAnswer(status)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
