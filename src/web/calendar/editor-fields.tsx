// The fields of an event's form that are about the event itself.
import { useId } from "preact/hooks";
import { say } from "../languages/say";
import { ruleFrom } from "./repeat";
import { RepeatField, type Repeats } from "./repeat-field";
import { addMinutes, instantOf, oddityOf, shortSpanText, type Wall, wallOf } from "../ui/times";
import { type Draft, type Faults, minutesOf, spanOf } from "./draft";
import { ZoneSelect } from "../ui/zone-select";
import { zone } from "./state";
import { Fault } from "../ui/fault";
import { WordFields } from "./words";

interface FieldsProps {
  draft: Draft;
  faults: Faults;
  set: (part: Partial<Draft>) => void;
}

interface MainProps extends FieldsProps {
  owns: boolean;
  repeats: Repeats;
}

export function MainFields({ draft, faults, owns, repeats, set }: MainProps) {
  return (
    <div class="editor-main">
      <label class="field title-field">
        <span class="unseen">{say("Title")}</span>
        <input
          name="subject"
          placeholder={say("Add a title")}
          autofocus
          dir="auto"
          value={draft.subject}
          aria-invalid={faults.subject !== undefined}
          onInput={(event) => set({ subject: event.currentTarget.value })}
        />
      </label>
      <Fault text={faults.subject} />
      <When draft={draft} faults={faults} set={set} />
      {owns && <RepeatField draft={draft} faults={faults} repeats={repeats} set={set} />}
      <label class="field">
        <span>{say("Location")}</span>
        <input
          name="location"
          dir="auto"
          placeholder={say("Place or link")}
          value={draft.location}
          onInput={(event) => set({ location: event.currentTarget.value })}
        />
      </label>
      <Fault text={faults.location} />
      <WordFields draft={draft} faults={faults} owns={owns} set={set} />
      <label class="field">
        <span>{say("Description")}</span>
        <textarea
          name="description"
          dir="auto"
          rows={5}
          value={draft.description}
          onInput={(event) => set({ description: event.currentTarget.value })}
        />
      </label>
      <Fault text={faults.description} />
      <label class="check">
        <input
          type="checkbox"
          name="private"
          checked={draft.private}
          onChange={(event) => set({ private: event.currentTarget.checked })}
        />
        <span>
          {say("Private")}{" "}
          <small class="quiet">{say("colleagues who are not invited see only that time is taken")}</small>
        </span>
      </label>
      <Fault text={faults.attendees ?? faults.relatedTo} />
    </div>
  );
}

function When({ draft, faults, set }: FieldsProps) {
  const { allDay, start, end } = draft;
  const ok = faults.when === undefined;
  // Moving the start keeps the length, as everybody expects.
  const setStart = (part: Partial<Wall>): void => {
    const next = { ...start, ...part };
    const complete = next.date !== "" && (allDay || next.time !== "");
    const repeat = ruleFrom(draft.repeat, start.date, next.date, draft.zone);
    set({ start: next, repeat, ...(ok && complete && { end: endAfter(draft, next) }) });
  };
  return (
    <fieldset class="when" aria-invalid={!ok}>
      <legend class="unseen">{say("When")}</legend>
      <WallInput says={STARTS} wall={start} allDay={allDay} onChange={setStart} />
      <WallInput
        says={ENDS}
        wall={end}
        allDay={allDay}
        onChange={(part) => set({ end: { ...end, ...part } })}
      />
      <div class="when-row">
        <label class="check">
          <input
            type="checkbox"
            name="allDay"
            checked={allDay}
            onChange={(event) => set({ allDay: event.currentTarget.checked })}
          />
          {say("All day")}
        </label>
        <ZoneSelect
          label={say("Time zone of the event")}
          value={draft.zone}
          onChange={(chosen) => set({ zone: chosen ?? draft.zone })}
        />
      </div>
      <Fault text={faults.when ?? faults.zone} />
      {ok && !allDay && <TimeNotes draft={draft} />}
    </fieldset>
  );
}

/** The end that keeps a draft as long as it is, from another start. */
function endAfter(draft: Draft, start: Wall): Wall {
  if (draft.allDay) {
    const days = Math.round((Date.parse(draft.end.date) - Date.parse(draft.start.date)) / 86_400_000);
    return {
      ...draft.end,
      date: new Date(Date.parse(start.date) + days * 86_400_000).toISOString().slice(0, 10),
    };
  }
  return wallOf(addMinutes(instantOf(start, draft.zone), minutesOf(draft)), draft.zone);
}

function TimeNotes({ draft }: { draft: Draft }) {
  const oddities = [oddityOf(draft.start, draft.zone), oddityOf(draft.end, draft.zone)].filter(Boolean);
  return (
    <>
      {draft.zone !== zone.value && (
        <p class="quiet small">
          {say("Where you are: {times}", { times: shortSpanText(spanOf(draft), zone.value) })}
        </p>
      )}
      {[...new Set(oddities)].map((text) => (
        <p key={text} class="notice warm small" role="status">
          {text}
        </p>
      ))}
    </>
  );
}

const STARTS = { what: say("Starts"), date: say("Starts on"), time: say("Starts at") };
const ENDS = { what: say("Ends"), date: say("Ends on"), time: say("Ends at") };

interface WallInputProps {
  says: typeof STARTS;
  wall: Wall;
  allDay: boolean;
  onChange: (part: Partial<Wall>) => void;
}

function WallInput({ says, wall, allDay, onChange }: WallInputProps) {
  const id = useId();
  return (
    <span class="wall" role="group" aria-labelledby={id}>
      <span id={id} class="quiet small">
        {says.what}
      </span>
      <input
        type="date"
        aria-label={says.date}
        required
        min="1970-01-01"
        max="9999-12-30"
        value={wall.date}
        onChange={(event) => onChange({ date: event.currentTarget.value })}
      />
      {!allDay && (
        <input
          type="time"
          aria-label={says.time}
          required
          value={wall.time}
          onChange={(event) => onChange({ time: event.currentTarget.value })}
        />
      )}
    </span>
  );
}
