// Guests and their answers, as rows; and one's own answer, as buttons.
import type { ComponentChildren } from "preact";
import { CheckIcon, CloseIcon, QuestionIcon } from "../ui/icons";
import { type Guest, guestName } from "./draft";

const MARKS: Record<string, { says: string; mark: ComponentChildren }> = {
  Accepted: { says: "comes", mark: <CheckIcon /> },
  Declined: { says: "does not come", mark: <CloseIcon /> },
  Tentative: { says: "may come", mark: <QuestionIcon /> },
  NoResponse: { says: "has not answered", mark: null },
};

interface GuestRowProps {
  guest: Guest;
  /** More about the guest, and what can be done, at the end of the row. */
  children?: ComponentChildren;
}

export function GuestRow({ guest, children }: GuestRowProps) {
  const { says, mark } = MARKS[guest.status] ?? { says: guest.status, mark: null };
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
            {guest.userId === null && guest.contactId !== null ? " · contact" : ""}
          </small>
        )}
      </span>
      {children}
    </li>
  );
}

const CHOICES = [
  ["Accepted", "Yes"],
  ["Tentative", "Maybe"],
  ["Declined", "No"],
] as const;

export function Answers({
  answer,
  onAnswer,
}: {
  answer: string;
  onAnswer: (status: string) => Promise<void>;
}) {
  return (
    <div class="answers" role="group" aria-label="Your answer">
      <span class="quiet">Going?</span>
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
