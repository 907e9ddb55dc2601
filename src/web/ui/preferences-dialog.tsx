// What a person sets up for all pages: the language, the clock, and the week. A page begins anew with it.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { isLanguage, LANGUAGES, nameOf, WISHED } from "../languages/language";
import { say } from "../languages/say";
import { ChoiceField } from "./fields";
import { FormDialog } from "./form-dialog";
import { keepPreferences, type Preferences as Kept, presentPreferences } from "./preferences";
import { usualDay, weekdayName } from "./times";

const DAYS = [1, 6, 0];

const languages = (): [value: string, label: string][] => [
  ["", say("As the browser wishes ({language})", { language: nameOf(WISHED) })],
  ...LANGUAGES.map((language): [string, string] => [language, nameOf(language)]),
];

const clocks = (): [value: string, label: string][] => [
  ["", say("As is usual here")],
  ["24", say("24 hours, such as 16:00")],
  ["12", say("12 hours, such as 4:00 PM")],
];

const days = (): [value: string, label: string][] => [
  ["", say("As is usual here ({day})", { day: weekdayName(usualDay()) })],
  ...DAYS.map((day): [string, string] => [String(day), weekdayName(day)]),
];

interface Entered {
  language: string;
  clock: string;
  firstDay: string;
  weekends: boolean;
}

const enteredOf = ({ language, clock, firstDay, weekends }: Kept): Entered => ({
  language: isLanguage(language) ? language : "",
  clock: clock ?? "",
  firstDay: String(firstDay ?? ""),
  weekends: weekends ?? true,
});

const preferencesOf = ({ language, clock, firstDay, weekends }: Entered): Kept => ({
  ...(language !== "" && { language }),
  ...((clock === "12" || clock === "24") && { clock }),
  ...(firstDay !== "" && { firstDay: Number(firstDay) }),
  ...(!weekends && { weekends: false }),
});

const isOpen = signal(false);

/** Opens them, where they stand: a dialog has no place within the head of a page. */
export const PreferencesButton = () => (
  <button type="button" class="text-button" onClick={() => (isOpen.value = true)}>
    {say("Settings")}
  </button>
);

export const Preferences = () => (isOpen.value ? <Opened onClose={() => (isOpen.value = false)} /> : null);

function Opened({ onClose }: { onClose: () => void }) {
  const [entered, setEntered] = useState(() => enteredOf(presentPreferences()));
  const set = (change: Partial<Entered>): void => setEntered({ ...entered, ...change });
  // Open until the page is another: to close is a step back, which a page that reloads may not take.
  function save(): Promise<void> {
    keepPreferences(preferencesOf(entered));
    location.reload();
    return new Promise(() => undefined);
  }
  return (
    <FormDialog title={say("Settings")} send={say("Save")} onSend={save} onClose={onClose}>
      <ChoiceField
        label={say("Language")}
        value={entered.language}
        choices={languages()}
        onChange={(language) => set({ language })}
      />
      <ChoiceField
        label={say("Clock")}
        value={entered.clock}
        choices={clocks()}
        onChange={(clock) => set({ clock })}
      />
      <ChoiceField
        label={say("The week begins on")}
        value={entered.firstDay}
        choices={days()}
        onChange={(firstDay) => set({ firstDay })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={entered.weekends}
          onChange={({ currentTarget }) => set({ weekends: currentTarget.checked })}
        />
        {say("Saturdays and Sundays")}
      </label>
      <p class="quiet small">{say("They hold for you on every page, in this browser.")}</p>
    </FormDialog>
  );
}
