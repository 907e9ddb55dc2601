// The fields of an event's form that are about the event itself.
import { useId } from "preact/hooks";
import { addMinutes, instantOf, oddityOf, shortSpanText, type Wall, wallOf } from "../ui/times";
import { type Draft, type Faults, minutesOf, spanOf } from "./draft";
import { ZoneSelect } from "../ui/zone-select";
import { zone } from "./state";

interface FieldsProps {
  draft: Draft;
  faults: Faults;
  set: (part: Partial<Draft>) => void;
}

export function MainFields({ draft, faults, set }: FieldsProps) {
  return (
    <div class="editor-main">
      <label class="field title-field">
        <span class="unseen">Title</span>
        <input
          name="subject"
          placeholder="Add a title"
          autofocus
          dir="auto"
          value={draft.subject}
          aria-invalid={faults.subject !== undefined}
          onInput={(event) => set({ subject: event.currentTarget.value })}
        />
      </label>
      <Fault text={faults.subject} />
      <When draft={draft} faults={faults} set={set} />
      <label class="field">
        <span>Location</span>
        <input
          name="location"
          dir="auto"
          placeholder="Place or link"
          value={draft.location}
          onInput={(event) => set({ location: event.currentTarget.value })}
        />
      </label>
      <Fault text={faults.location} />
      <label class="field">
        <span>Description</span>
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
          Private <small class="quiet">colleagues who are not invited see only that time is taken</small>
        </span>
      </label>
      <Fault text={faults.attendees ?? faults.relatedTo} />
    </div>
  );
}

const Fault = ({ text }: { text: string | undefined }) =>
  text === undefined ? null : (
    <p class="fault" role="alert">
      {text}
    </p>
  );

function When({ draft, faults, set }: FieldsProps) {
  const { allDay, start, end } = draft;
  const ok = faults.when === undefined;
  // Moving the start keeps the length, as everybody expects.
  const setStart = (part: Partial<Wall>): void => {
    const next = { ...start, ...part };
    const complete = next.date !== "" && (allDay || next.time !== "");
    set({ start: next, ...(ok && complete && { end: endAfter(draft, next) }) });
  };
  return (
    <fieldset class="when" aria-invalid={!ok}>
      <legend class="unseen">When</legend>
      <WallInput what="Starts" wall={start} allDay={allDay} onChange={setStart} />
      <WallInput
        what="Ends"
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
          All day
        </label>
        <ZoneSelect
          label="Time zone of the event"
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
        <p class="quiet small">Where you are: {shortSpanText(spanOf(draft), zone.value)}</p>
      )}
      {[...new Set(oddities)].map((text) => (
        <p key={text} class="notice warm small" role="status">
          {text}
        </p>
      ))}
    </>
  );
}

interface WallInputProps {
  what: string;
  wall: Wall;
  allDay: boolean;
  onChange: (part: Partial<Wall>) => void;
}

function WallInput({ what, wall, allDay, onChange }: WallInputProps) {
  const id = useId();
  return (
    <span class="wall" role="group" aria-labelledby={id}>
      <span id={id} class="quiet small">
        {what}
      </span>
      <input
        type="date"
        aria-label={`${what} on`}
        required
        min="1970-01-01"
        max="9999-12-30"
        value={wall.date}
        onChange={(event) => onChange({ date: event.currentTarget.value })}
      />
      {!allDay && (
        <input
          type="time"
          aria-label={`${what} at`}
          required
          value={wall.time}
          onChange={(event) => onChange({ time: event.currentTarget.value })}
        />
      )}
    </span>
  );
}
