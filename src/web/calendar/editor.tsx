// The form of an event, new or not: everything an event has, checked as the service would, and sent only as far as it
// was changed. What others do to the event meanwhile is said at once, and settled when it is saved.
import { useEffect, useState } from "preact/hooks";
import { say } from "../languages/say";
import { Dialog } from "../ui/dialog";
import { Timelines, useAvailability } from "./availability";
import { Discard } from "../ui/discard";
import { changedFields, type Draft, faultsOf } from "./draft";
import { MainFields } from "./editor-fields";
import { FindTime } from "./find-time";
import { Guests, withAddresses } from "./guests";
import { hasWholeSay } from "./inputs";
import { Links } from "./links";
import { lastChange } from "./loading";
import { close, editNew } from "./opened";
import type { Base, Edited, Typed } from "./edited";
import type { Repeats } from "./repeat-field";
import { leftOver, save, type Trouble } from "./save-form";
import { freeAt } from "./rooms";
import { isOccasion } from "./series";
import { me } from "./state";
import { askBeforeUnload, forgetUnfinished, keepUnfinished } from "./unfinished";

/** What stands in the form, and whether anybody would miss it; as long as somebody would, this tab keeps it. */
function useForm(edited: Edited) {
  const [draft, setDraft] = useState(edited.draft);
  const [typed, setTyped] = useState(edited.typed);
  const changed = isChanged(edited, draft, typed);
  useEffect(() => {
    if (changed) keepUnfinished(me.value?.id ?? "", edited, draft, typed);
    else forgetUnfinished();
  }, [edited, draft, typed]);
  useEffect(() => (changed ? askBeforeUnload() : undefined), [changed]);
  const set = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const type = (part: Partial<Typed>): void => setTyped((before) => ({ ...before, ...part }));
  return { draft, set, typed, type, changed };
}

export function Editor({ edited }: { edited: Edited }) {
  const { base } = edited;
  const { draft, set, typed, type, changed } = useForm(edited);
  const [asking, setAsking] = useState(false);
  const [saving, setSaving] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>(null);
  const leave = (): void => (changed ? setAsking(true) : close());
  const faults = { ...faultsOf(draft), ...(trouble && trouble !== "deleted" ? trouble.faults : {}) };
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (saving || Object.keys(faultsOf(draft)).length > 0) return;
    const { guests: attendees, left } = withAddresses(draft.attendees, typed.guests);
    set({ attendees });
    type({ guests: left });
    const why = leftOver({ ...typed, guests: left });
    if (why !== null) return setTrouble({ text: why });
    setSaving(true);
    setTrouble(await save(edited, { ...draft, attendees }));
    setSaving(false);
  }
  return (
    <Dialog title={base ? say("Edit event") : say("New event")} className="editor" onClose={leave}>
      <form class="editor-form" onSubmit={submit} noValidate>
        <div class="dialog-scroll">
          <Meanwhile edited={edited} trouble={trouble} />
          <div class="editor-columns">
            <MainFields
              draft={draft}
              faults={faults}
              owns={!base || hasWholeSay(base.event, base.calendar)}
              repeats={repeatsOf(base)}
              set={set}
            />
            <SideFields base={base} draft={draft} set={set} typed={typed} type={type} />
          </div>
        </div>
        <footer class="dialog-foot">
          {trouble === "deleted" && (
            <button type="button" class="button" onClick={() => editNew(anew(draft, base), null)}>
              {say("Make it a new event")}
            </button>
          )}
          <span class="grow" />
          <button type="button" class="button" onClick={leave}>
            {say("Cancel")}
          </button>
          <button class="button primary" disabled={saving || trouble === "deleted"}>
            {saving ? say("Saving…") : say("Save")}
          </button>
        </footer>
      </form>
      {asking && <Discard onKeep={() => setAsking(false)} onDiscard={close} />}
    </Dialog>
  );
}

/** A series begins in one's own calendar: what is a colleague's, or one is only invited to, stays single. */
function repeatsOf(base: Base | null): Repeats {
  if (base === null) return "new";
  if (isOccasion(base.event)) return "series";
  return base.calendar.own && base.event.ownerId === me.value?.id ? "single" : "never";
}

interface SideProps {
  base: Base | null;
  draft: Draft;
  set: (part: Partial<Draft>) => void;
  typed: Typed;
  type: (part: Partial<Typed>) => void;
}

/** Who and what the event is about. */
function SideFields({ base, draft, set, typed, type }: SideProps) {
  const eventId = base?.event.id ?? null;
  const availability = useAvailability(draft, eventId);
  return (
    <div class="editor-side">
      <Guests
        guests={draft.attendees}
        busy={availability?.busy ?? (() => ({ says: null, there: null }))}
        freeRooms={(rooms) => freeAt(rooms, draft, eventId)}
        onChange={(attendees) => set({ attendees })}
        text={typed.guests}
        onText={(guests) => type({ guests })}
      />
      {availability && availability.blocks.size > 0 && <Timelines {...availability} />}
      <FindTime
        draft={draft}
        set={set}
        ownerId={base?.event.ownerId ?? me.value?.id}
        exceptEventId={eventId}
      />
      <Links
        links={draft.relatedTo}
        onChange={(relatedTo) => set({ relatedTo })}
        text={typed.links}
        onText={(links) => type({ links })}
      />
    </div>
  );
}

/** The same as a new event. What stood for one occurrence makes no second series. */
const anew = (draft: Draft, base: Base | null): Draft => ({
  ...draft,
  repeat: base && isOccasion(base.event) ? "" : draft.repeat,
});

const isChanged = ({ from }: Edited, draft: Draft, { guests, links }: Typed): boolean =>
  from === null || changedFields(from, draft).length > 0 || guests.trim() + links.trim() !== "";

function Meanwhile({ edited: { base }, trouble }: { edited: Edited; trouble: Trouble }) {
  const change = base && lastChange.value?.id === base.event.id ? lastChange.value : null;
  const deleted = trouble === "deleted" || change?.deleted;
  if (deleted) {
    return (
      <p class="notice bad" role="alert">
        {say(
          "Somebody deleted this event while you were editing it. What you typed is still here: you can make a new event of it.",
        )}
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
        {say("Somebody just changed this event. When you save, you can choose between both versions.")}
      </p>
    );
  }
  return null;
}
