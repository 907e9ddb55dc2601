// The form of an event, new or not: everything an event has, checked as the service would, and sent only as far as it
// was changed. What others do to the event meanwhile is said at once, and settled when it is saved.
import { useState } from "preact/hooks";
import { reasonOf, Refusal } from "../api/client";
import { Dialog } from "../ui/dialog";
import { toast } from "../ui/toasts";
import { Timelines, useAvailability } from "./availability";
import { changedFields, type Draft, type Faults, faultsOf } from "./draft";
import { MainFields } from "./editor-fields";
import { Guests } from "./guests";
import { Links } from "./links";
import { lastChange } from "./loading";
import { type Base, close, type Edited, editFrom, editNew, settle } from "./opened";
import { Overtaken, update } from "./saving";
import { shownCalendars } from "./state";

type Trouble = { text: string; faults?: Faults } | "deleted" | null;

export function Editor({ edited }: { edited: Edited }) {
  const { base } = edited;
  const [draft, setDraft] = useState(edited.draft);
  const [saving, setSaving] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>(null);
  const set = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const own = base && {
    slot: { startAt: base.event.startTime, endAt: base.event.endTime },
    userIds: [base.event.ownerId ?? "", ...base.event.attendees.flatMap(({ userId }) => userId ?? [])],
  };
  const availability = useAvailability(draft, own);
  const faults = { ...faultsOf(draft), ...(trouble && trouble !== "deleted" ? trouble.faults : {}) };
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (saving || Object.keys(faultsOf(draft)).length > 0) return;
    setSaving(true);
    setTrouble(await save(edited, draft));
    setSaving(false);
  }
  return (
    <Dialog title={base ? "Edit event" : "New event"} className="editor" onClose={close}>
      <form class="editor-form" onSubmit={submit} noValidate>
        <div class="dialog-scroll">
          <Meanwhile edited={edited} trouble={trouble} />
          <div class="editor-columns">
            <MainFields draft={draft} faults={faults} set={set} />
            <div class="editor-side">
              <Guests
                guests={draft.attendees}
                busy={availability?.busy ?? (() => null)}
                onChange={(attendees) => set({ attendees })}
              />
              {availability && availability.blocks.size > 0 && <Timelines {...availability} />}
              <Links links={draft.relatedTo} onChange={(relatedTo) => set({ relatedTo })} />
            </div>
          </div>
        </div>
        <footer class="dialog-foot">
          {trouble === "deleted" && (
            <button type="button" class="button" onClick={() => editNew({ ...draft })}>
              Make it a new event
            </button>
          )}
          <span class="grow" />
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button class="button primary" disabled={saving || trouble === "deleted"}>
            {saving ? "Saving…" : "Save"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Saves, and closes the form; or says why not. */
async function save(edited: Edited, draft: Draft): Promise<Trouble> {
  let { base } = edited;
  try {
    base ??= await make(edited, draft);
    const changed = changedFields(base.draft, draft).length > 0;
    if (changed) await update({ ...base.event, calendar: base.calendar }, base.draft, draft);
    if (changed || !edited.base) toast({ text: "Saved." });
    close();
    return null;
  } catch (error) {
    if (error instanceof Overtaken) return overtaken(base, draft, error);
    const faults = error instanceof Refusal ? faultsFrom(error) : {};
    return { text: `It was not saved. ${reasonOf(error)}`, faults };
  }
}

/** Makes the event of the draft; or, where an earlier try had made it of what was typed then, finds that. */
async function make(edited: Edited, draft: Draft): Promise<Base> {
  const calendar = shownCalendars.value.find(({ own }) => own);
  if (!calendar) throw new Error("A form is open, and nobody's calendar.");
  const base = { ...(await edited.creation.run(draft)), calendar };
  if (base.draft !== draft) editFrom(edited, base);
  return base;
}

function overtaken(base: Edited["base"], draft: Draft, { current }: Overtaken): Trouble {
  if (!current || !base) return "deleted";
  settle({ base: base.draft, mine: draft, theirs: current, calendar: base.calendar });
  return null;
}

const FIELD_OF: Record<string, keyof Faults> = {
  startTime: "when",
  endTime: "when",
  allDay: "when",
  timezone: "zone",
};

/** The service's words beside the fields they are about. */
function faultsFrom({ details }: Refusal): Faults {
  const faults: Faults = {};
  for (const { field, message } of details) {
    const name = field.split(/[.[]/)[0] ?? "";
    faults[FIELD_OF[name] ?? (name as keyof Faults)] = message;
  }
  return faults;
}

function Meanwhile({ edited: { base }, trouble }: { edited: Edited; trouble: Trouble }) {
  const change = base && lastChange.value?.id === base.event.id ? lastChange.value : null;
  const deleted = trouble === "deleted" || change?.deleted;
  if (deleted) {
    return (
      <p class="notice bad" role="alert">
        Somebody deleted this event while you were editing it. What you typed is still here: you can make a
        new event of it.
      </p>
    );
  }
  if (trouble) {
    return (
      <p class="notice bad" role="alert">
        {trouble.text}
      </p>
    );
  }
  if (change && change.event && base && change.event.lastModifiedAt > base.event.lastModifiedAt) {
    return (
      <p class="notice warm" role="status">
        Somebody just changed this event. When you save, you can choose between both versions.
      </p>
    );
  }
  return null;
}
