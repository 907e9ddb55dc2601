/**
 * Deleting and leaving, with some seconds to think again: the event is gone from view at once, and the service hears
 * of it when the note that offers to undo it is gone, or the page is left. So what is undone never happened.
 */
import { signal } from "@preact/signals";
import { ask, reasonOf, Refusal } from "../api/client";
import { DeleteEventDocument } from "../api/operations";
import { toast } from "../ui/toasts";
import { shelfOf, touch } from "./loading";

const SECOND_THOUGHTS_MS = 6_000;

/** Ids of the events that are about to go. */
export const deleting = signal<ReadonlySet<string>>(new Set());

interface Removal {
  id: string;
  lastModifiedAt: string;
  subject: string;
  /** The calendar it is shown in, and whether to act in its name rather than one's own. */
  calendarId: string;
  inItsName: boolean;
  /** Whether the event is deleted for everyone, or only leaves this calendar. */
  leaves: boolean;
}

const pending = new Map<string, () => Promise<void>>();

function mark(id: string, going: boolean): void {
  const next = new Set(deleting.value);
  if (going) next.add(id);
  else next.delete(id);
  deleting.value = next;
}

export function removeSoon(removal: Removal): void {
  const { id, subject, leaves } = removal;
  mark(id, true);
  const commit = async (): Promise<void> => {
    clearTimeout(timer);
    dismiss();
    if (!pending.delete(id)) return;
    await removeNow(removal);
    mark(id, false);
  };
  pending.set(id, commit);
  const timer = setTimeout(() => void commit(), SECOND_THOUGHTS_MS);
  const dismiss = toast({
    text: leaves ? `You are leaving “${subject}”.` : `Deleting “${subject}”.`,
    ms: SECOND_THOUGHTS_MS,
    action: {
      label: "Undo",
      run: () => {
        clearTimeout(timer);
        pending.delete(id);
        mark(id, false);
      },
    },
  });
}

async function removeNow({ id, lastModifiedAt, subject, calendarId, inItsName }: Removal): Promise<void> {
  try {
    const { deleteEvent } = await ask(DeleteEventDocument, {
      id,
      ifLastModifiedAt: lastModifiedAt,
      calendarId: inItsName ? calendarId : null,
    });
    shelfOf(calendarId).remove(id, deleteEvent.lastModifiedAt);
    touch();
  } catch (error) {
    if (error instanceof Refusal && error.code === "not_found") return;
    const changed = error instanceof Refusal && error.code === "precondition_failed";
    const why = changed
      ? "Somebody changed it meanwhile. Look at it again before you delete it."
      : reasonOf(error);
    toast({ text: `“${subject}” is still there. ${why}`, bad: true });
  }
}

// Leaving the page is no second thought.
window.addEventListener("pagehide", () => {
  for (const commit of pending.values()) void commit();
});
