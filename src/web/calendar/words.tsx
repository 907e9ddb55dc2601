// What an event makes of the time, whether it takes place, where to join it, and its type: how they are called, and their
// place in the form.
import { say } from "../languages/say";
import { Fault } from "../ui/fault";
import type { Draft, Faults } from "./draft";

export const SHOW_AS: Readonly<Record<string, string>> = {
  busy: say("Busy"),
  free: say("Free"),
  tentative: say("Tentative"),
  outOfOffice: say("Out of office"),
};

export const STATUS: Readonly<Record<string, string>> = {
  confirmed: say("Confirmed"),
  tentative: say("Tentative"),
  cancelled: say("Cancelled"),
};

interface WordsProps {
  draft: Draft;
  faults: Faults;
  /** Whether the event is theirs who write: a guest's copy has no say in what it makes of the time. */
  owns: boolean;
  set: (part: Partial<Draft>) => void;
}

export function WordFields({ draft, faults, owns, set }: WordsProps) {
  return (
    <>
      <label class="field">
        <span>{say("Video link")}</span>
        <input
          name="conferenceUrl"
          type="url"
          inputMode="url"
          placeholder="https://"
          value={draft.conferenceUrl}
          aria-invalid={faults.conferenceUrl !== undefined}
          onInput={(event) => set({ conferenceUrl: event.currentTarget.value })}
        />
      </label>
      <Fault text={faults.conferenceUrl} />
      <div class="words">
        {owns && (
          <>
            <Choice
              label={say("Show as")}
              name="showAs"
              words={SHOW_AS}
              value={draft.showAs}
              onChange={(showAs) => set({ showAs })}
            />
            <Choice
              label={say("Status")}
              name="status"
              words={STATUS}
              value={draft.status}
              onChange={(status) => set({ status })}
            />
          </>
        )}
        <label class="field">
          <span>{say("Type")}</span>
          <input
            name="type"
            dir="auto"
            maxLength={100}
            placeholder={say("Call, demo, …")}
            value={draft.type}
            onInput={(event) => set({ type: event.currentTarget.value })}
          />
        </label>
      </div>
      {draft.status === "cancelled" && (
        <p class="notice warm small" role="status">
          {say("Once it is saved, a cancelled event is in nobody’s calendar.")}
        </p>
      )}
    </>
  );
}

interface ChoiceProps {
  label: string;
  name: string;
  words: Readonly<Record<string, string>>;
  value: string;
  onChange: (word: string) => void;
}

const Choice = ({ label, name, words, value, onChange }: ChoiceProps) => (
  <label class="field">
    <span>{label}</span>
    <select name={name} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      {Object.entries(words).map(([word, text]) => (
        <option key={word} value={word}>
          {text}
        </option>
      ))}
    </select>
  </label>
);
