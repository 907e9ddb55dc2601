/**
 * Deleting and leaving, with some seconds to think again: the event is gone from view at once, and the service hears
 * of it when the note that offers to undo it is gone, or the page is left. So what is undone never happened.
 */
import { signal } from "@preact/signals";
import { ask, reasonOf, Refusal } from "../api/client";
import { DeleteEventDocument, type SeriesScope } from "../api/operations";
import { many, say } from "../languages/say";
import { focusEvent } from "../ui/focus";
import { toast } from "../ui/toasts";
import { refreshColleagues, shelfOf, touch } from "./loading";
import { noMail } from "./no-mail";
import { deleteSeries } from "./series";

const SECOND_THOUGHTS_MS = 6_000;

/** Ids of the events that are about to go. */
export const deleting = signal<ReadonlySet<string>>(new Set());

interface Removal {
  id: string;
  lastModifiedAt: string;
  /** Which of a series go with it, and their ids as far as they are known. */
  scope: SeriesScope;
  ids: readonly string[];
  subject: string;
  attendees: readonly unknown[];
  /** The calendar it is shown in, and whether to act in its name rather than one's own. */
  calendarId: string;
  inItsName: boolean;
  /** Whether the event is deleted for everyone, or only leaves this calendar. */
  leaves: boolean;
}

const pending = new Map<string, () => Promise<void>>();

function mark(ids: readonly string[], going: boolean): void {
  const next = new Set(deleting.value);
  for (const id of ids) {
    if (going) next.add(id);
    else next.delete(id);
  }
  deleting.value = next;
}

export function removeSoon(removal: Removal): void {
  const { id, ids, calendarId } = removal;
  mark(ids, true);
  const commit = async (): Promise<void> => {
    dismiss();
    if (!pending.delete(id)) return;
    await removeNow(removal);
    mark(ids, false);
  };
  pending.set(id, commit);
  const dismiss = toast({
    text: whatGoes(removal),
    note: noMail(removal),
    about: id,
    ms: SECOND_THOUGHTS_MS,
    over: () => void commit(),
    action: {
      label: say("Undo"),
      run: () => {
        pending.delete(id);
        mark(ids, false);
        requestAnimationFrame(() => focusEvent({ event: id, calendar: calendarId }));
      },
    },
  });
}

function whatGoes({ subject, scope, ids, leaves }: Removal): string {
  const count = ids.length;
  if (scope === "THIS")
    return leaves
      ? say("You are leaving “{subject}”.", { subject })
      : say("Deleting “{subject}”.", { subject });
  if (leaves) {
    return count === 0
      ? say("You are leaving events of “{subject}”.", { subject })
      : many(
          count,
          "You are leaving {count} event of “{subject}”.",
          "You are leaving {count} events of “{subject}”.",
          { subject },
        );
  }
  return count === 0
    ? say("Deleting events of “{subject}”.", { subject })
    : many(count, "Deleting {count} event of “{subject}”.", "Deleting {count} events of “{subject}”.", {
        subject,
      });
}

async function removeNow({ subject, calendarId, inItsName, scope, ids, ...removed }: Removal): Promise<void> {
  const { id, lastModifiedAt } = removed;
  const inTheNameOf = inItsName ? calendarId : null;
  try {
    if (scope !== "THIS") {
      await deleteSeries({ id, lastModifiedAt, calendarId: inTheNameOf }, scope);
      return await gone(calendarId, ids);
    }
    const variables = { id, ifLastModifiedAt: lastModifiedAt, calendarId: inTheNameOf };
    const { deleteEvent } = await ask(DeleteEventDocument, variables);
    shelfOf(calendarId).remove(id, deleteEvent.lastModifiedAt);
    touch();
  } catch (error) {
    if (error instanceof Refusal && error.code === "not_found") return;
    const changed = error instanceof Refusal && error.code === "precondition_failed";
    const why = changed
      ? say("Somebody changed it meanwhile. Look at it again before you delete it.")
      : reasonOf(error);
    toast({ text: say("“{subject}” is still there. {reason}", { subject, reason: why }), bad: true });
  }
}

/** Takes several out of sight that the feed has yet to tell of; what there is of them still comes back with it. */
async function gone(calendarId: string, ids: readonly string[]): Promise<void> {
  const shelf = shelfOf(calendarId);
  for (const id of ids) {
    const lastModifiedAt = shelf.get(id)?.lastModifiedAt;
    if (lastModifiedAt !== undefined) shelf.remove(id, lastModifiedAt);
  }
  touch();
  await refreshColleagues();
}

// Leaving the page is no second thought.
window.addEventListener("pagehide", () => {
  for (const commit of pending.values()) void commit();
});
