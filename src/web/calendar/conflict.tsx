// Two people changed one event: both versions beside each other, and the person at the page chooses, field by field or
// all at once. What only one of the two changed is chosen already.
import { useId, useState } from "preact/hooks";
import { reasonOf } from "../api/client";
import { Dialog } from "../ui/dialog";
import { shortSpanText } from "../ui/times";
import { toast } from "../ui/toasts";
import { type Draft, draftOf, FIELDS, type Field, differs, guestName, spanOf, withField } from "./draft";
import { type Clash, close, settle } from "./opened";
import { Overtaken, update } from "./saving";
import { zone } from "./state";

type Side = "mine" | "theirs";

const NAMES: Record<Field, string> = {
  subject: "Title",
  when: "When",
  zone: "Time zone",
  location: "Location",
  description: "Description",
  private: "Private",
  attendees: "Guests",
  relatedTo: "About",
};

const TEXTS: Record<Field, (draft: Draft) => string> = {
  subject: ({ subject }) => subject,
  when: (draft) => shortSpanText(spanOf(draft).allDay ? allDaySpan(draft) : spanOf(draft), zone.value),
  zone: ({ zone: name }) => name,
  location: ({ location }) => location,
  description: ({ description }) => description,
  private: (draft) => (draft.private ? "Yes" : "No"),
  attendees: ({ attendees }) => attendees.map(guestName).join(", "),
  relatedTo: ({ relatedTo }) => relatedTo.map(({ name }) => name).join(", "),
};

const allDaySpan = (draft: Draft) => {
  const { startTime, endTime } = spanOf(draft);
  return { allDay: true, startTime: `${startTime}T00:00:00Z`, endTime: `${endTime}T00:00:00Z` };
};

export function Conflict({ clash }: { clash: Clash }) {
  const { base, mine, calendar } = clash;
  const theirs = draftOf(clash.theirs, zone.value);
  const fields = FIELDS.filter((field) => differs(mine, theirs, field));
  const [choices, setChoices] = useState<Partial<Record<Field, Side>>>(() =>
    Object.fromEntries(fields.map((field) => [field, differs(base, mine, field) ? "mine" : "theirs"])),
  );
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const chooseAll = (side: Side): void =>
    setChoices(Object.fromEntries(fields.map((field) => [field, side])));
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setSaving(true);
    const merged = fields.reduce(
      (draft, field) => (choices[field] === "mine" ? withField(draft, field, mine) : draft),
      theirs,
    );
    setProblem(await save({ ...clash, mine: merged }, theirs));
    setSaving(false);
  }
  return (
    <Dialog title="Somebody else changed this event too" className="conflict" onClose={close}>
      <form class="editor-form" onSubmit={submit}>
        <div class="dialog-scroll">
          <p>
            While you were at it, a newer version of “{clash.theirs.subject || "(no title)"}” was saved.
            Choose what to keep{calendar.own ? "" : ` in the calendar of ${calendar.user.name}`}.
          </p>
          {problem !== null && (
            <p class="notice bad" role="alert">
              {problem}
            </p>
          )}
          <div class="versions">
            <div class="version-head">
              <span />
              <button type="button" class="button" onClick={() => chooseAll("mine")}>
                Keep all of mine
              </button>
              <button type="button" class="button" onClick={() => chooseAll("theirs")}>
                Take all of theirs
              </button>
            </div>
            {fields.map((field) => (
              <Choice
                key={field}
                field={field}
                texts={{ mine: TEXTS[field](mine), theirs: TEXTS[field](theirs) }}
                both={differs(base, mine, field) && differs(base, theirs, field)}
                chosen={choices[field] ?? "theirs"}
                onChoose={(side) => setChoices({ ...choices, [field]: side })}
              />
            ))}
          </div>
        </div>
        <footer class="dialog-foot">
          <span class="grow" />
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button class="button primary" disabled={saving}>
            {saving ? "Saving…" : "Save my choice"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Saves what was chosen, as a change of the newer version; why not, otherwise. */
async function save({ base, mine, theirs, calendar }: Clash, from: Draft): Promise<string | null> {
  try {
    if (FIELDS.some((field) => differs(from, mine, field))) {
      await update({ ...theirs, calendar }, from, mine);
    }
    toast({ text: "Saved." });
    close();
    return null;
  } catch (error) {
    if (!(error instanceof Overtaken)) return `It was not saved. ${reasonOf(error)}`;
    if (!error.current) return "Meanwhile somebody deleted the event.";
    settle({ base, mine, theirs: error.current, calendar });
    return null;
  }
}

interface ChoiceProps {
  field: Field;
  texts: Record<Side, string>;
  /** Whether both changed it. */
  both: boolean;
  chosen: Side;
  onChoose: (side: Side) => void;
}

function Choice({ field, texts, both, chosen, onChoose }: ChoiceProps) {
  const id = useId();
  return (
    <div class="choice" role="radiogroup" aria-labelledby={id}>
      <span id={id} class="choice-name">
        {NAMES[field]}
        {both && <small class="quiet">changed by both</small>}
      </span>
      {(["mine", "theirs"] as const).map((side) => (
        <label key={side} class="version" data-chosen={chosen === side}>
          <input type="radio" name={field} checked={chosen === side} onChange={() => onChoose(side)} />
          <span>
            <small class="quiet">{side === "mine" ? "Mine" : "Theirs"}</small>
            <span class="version-text" dir="auto">
              {texts[side] || "(empty)"}
            </span>
          </span>
        </label>
      ))}
    </div>
  );
}
