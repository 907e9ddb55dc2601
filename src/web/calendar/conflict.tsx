// Two people changed one event: both versions beside each other, and the person at the page chooses, field by field or
// all at once. What only one of the two changed is chosen already.
import { useId, useState } from "preact/hooks";
import { reasonOf } from "../api/client";
import { say } from "../languages/say";
import { Dialog } from "../ui/dialog";
import { shortSpanText } from "../ui/times";
import { toast } from "../ui/toasts";
import { Discard } from "../ui/discard";
import { type Draft, draftOf, FIELDS, type Field, differs, guestName, spanOf, withField } from "./draft";
import { LastChange } from "./last-change";
import { noMail } from "./no-mail";
import { type Clash, close, settle } from "./opened";
import { ruleText } from "./repeat-words";
import { Overtaken, update } from "./saving";
import { updateSeries } from "./series";
import { zone } from "./state";
import { SHOW_AS, STATUS } from "./words";

type Side = "mine" | "theirs";

const NAMES: Record<Field, string> = {
  subject: say("Title"),
  when: say("When"),
  zone: say("Time zone"),
  repeat: say("Repeats"),
  location: say("Location"),
  description: say("Description"),
  private: say("Private"),
  showAs: say("Show as"),
  status: say("Status"),
  conferenceUrl: say("Video link"),
  type: say("Type"),
  attendees: say("Guests"),
  relatedTo: say("About"),
};

const TEXTS: Record<Field, (draft: Draft) => string> = {
  subject: ({ subject }) => subject,
  when: (draft) => shortSpanText(spanOf(draft).allDay ? allDaySpan(draft) : spanOf(draft), zone.value),
  zone: ({ zone: name }) => name,
  repeat: ({ repeat, start, zone: name }) => ruleText(repeat, start.date, name),
  location: ({ location }) => location,
  description: ({ description }) => description,
  private: (draft) => (draft.private ? say("Yes") : say("No")),
  showAs: ({ showAs }) => SHOW_AS[showAs] ?? showAs,
  status: ({ status }) => STATUS[status] ?? status,
  conferenceUrl: ({ conferenceUrl }) => conferenceUrl,
  type: ({ type }) => type,
  attendees: ({ attendees }) => attendees.map(guestName).join(", "),
  relatedTo: ({ relatedTo }) => relatedTo.map(({ name }) => name).join(", "),
};

const allDaySpan = (draft: Draft) => {
  const { startTime, endTime } = spanOf(draft);
  return { allDay: true, startTime: `${startTime}T00:00:00Z`, endTime: `${endTime}T00:00:00Z` };
};

export function Conflict({ clash }: { clash: Clash }) {
  const { base, mine, calendar } = clash;
  const theirs = draftOf(clash.theirs, zone.value, base.repeat);
  const fields = FIELDS.filter((field) => differs(mine, theirs, field));
  const [choices, setChoices] = useState<Partial<Record<Field, Side>>>(() =>
    Object.fromEntries(fields.map((field) => [field, differs(base, mine, field) ? "mine" : "theirs"])),
  );
  const [saving, setSaving] = useState(false);
  const [asking, setAsking] = useState(false);
  const leave = (): void => setAsking(true);
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
    <Dialog title={say("Somebody else changed this event too")} className="conflict" onClose={leave}>
      <form class="editor-form" onSubmit={submit}>
        <div class="dialog-scroll">
          <p>
            {say("While you were at it, a newer version of “{subject}” was saved.", {
              subject: clash.theirs.subject || say("(no title)"),
            })}{" "}
            {calendar.own
              ? say("Choose what to keep.")
              : say("Choose what to keep in the calendar of {name}.", { name: calendar.user.name })}
          </p>
          <LastChange event={clash.theirs} calendarId={calendar.id} />
          {problem !== null && (
            <p class="notice bad" role="alert">
              {problem}
            </p>
          )}
          <div class="versions">
            <Heads onChoose={chooseAll} />
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
          <button type="button" class="button" onClick={leave}>
            {say("Cancel")}
          </button>
          <button class="button primary" disabled={saving}>
            {saving ? say("Saving…") : say("Save my choice")}
          </button>
        </footer>
      </form>
      {asking && <Discard onKeep={() => setAsking(false)} onDiscard={close} />}
    </Dialog>
  );
}

/** Saves what was chosen, as a change of the newer version; why not, otherwise. */
async function save({ base, mine, theirs, calendar, several }: Clash, from: Draft): Promise<string | null> {
  try {
    if (FIELDS.some((field) => differs(from, mine, field))) {
      if (several) await updateSeries({ ...theirs, calendar }, several, from, mine);
      else await update({ ...theirs, calendar }, from, mine);
    }
    toast({ text: say("Saved."), note: noMail(mine) });
    close();
    return null;
  } catch (error) {
    if (!(error instanceof Overtaken)) return say("It was not saved. {reason}", { reason: reasonOf(error) });
    if (!error.current) return say("Meanwhile somebody deleted the event.");
    settle({ base, mine, theirs: error.current, calendar, several });
    return null;
  }
}

const Heads = ({ onChoose }: { onChoose: (side: Side) => void }) => (
  <div class="version-head">
    <span />
    <button type="button" class="button" onClick={() => onChoose("mine")}>
      {say("Keep all of mine")}
    </button>
    <button type="button" class="button" onClick={() => onChoose("theirs")}>
      {say("Take all of theirs")}
    </button>
  </div>
);

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
        {both && <small class="quiet">{say("changed by both")}</small>}
      </span>
      {(["mine", "theirs"] as const).map((side) => (
        <label key={side} class="version" data-chosen={chosen === side}>
          <input type="radio" name={field} checked={chosen === side} onChange={() => onChoose(side)} />
          <span>
            <small class="quiet">{side === "mine" ? say("Mine") : say("Theirs")}</small>
            <span class="version-text" dir="auto">
              {texts[side] || say("(empty)")}
            </span>
          </span>
        </label>
      ))}
    </div>
  );
}
