// A time zone, chosen from a list that narrows as one types (the combobox of WAI-ARIA); what is no zone when it is left goes
// back to the one that was chosen.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { zoneName } from "./times";
import { presentName, zonesFor } from "./zones";

interface ZoneSelectProps {
  label: string;
  value: string | null;
  /** What no zone is called, where one need not be chosen. */
  none?: string;
  onChange: (zone: string | null) => void;
}

interface Choice {
  zone: string | null;
  text: string;
}

const textOf = (zone: string): string => presentName(zone).replaceAll("_", " ");

const chosenText = (zone: string | null, none: string): string =>
  zone === null ? none : `${textOf(zone)} (${zoneName(zone)})`;

function choicesFor(typed: string, none: string | undefined): Choice[] {
  const zones = zonesFor(typed).map(({ name }) => ({ zone: name, text: textOf(name) }));
  return none !== undefined && typed.trim() === "" ? [{ zone: null, text: none }, ...zones] : zones;
}

export function ZoneSelect({ label, value, none, onChange }: ZoneSelectProps) {
  /** What is typed; null as long as nobody is choosing. */
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const listId = useId();
  const choices = typed === null ? [] : choicesFor(typed, none);
  const type = (text: string | null): void => {
    setTyped(text);
    setActive(0);
  };
  /** All of them, from the chosen one on. */
  const open = (): void => {
    type("");
    const present = value === null ? null : presentName(value);
    setActive(
      Math.max(
        0,
        choicesFor("", none).findIndex(({ zone }) => zone === present),
      ),
    );
  };
  const pick = (choice: Choice | undefined): void => {
    type(null);
    if (choice && choice.zone !== value) onChange(choice.zone);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const isOpen = typed !== null;
    const acts: Record<string, (() => void) | undefined> = {
      ArrowDown: () => (isOpen ? setActive(Math.min(active + 1, choices.length - 1)) : open()),
      ArrowUp: isOpen ? () => setActive(Math.max(active - 1, 0)) : undefined,
      // Enter never sends the form.
      Enter: () => (isOpen ? pick(choices[active]) : open()),
      Escape: isOpen ? () => type(null) : undefined,
    };
    const act = event.isComposing ? undefined : acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return (
    <div class="suggest zone-select">
      <div class="suggest-field">
        <input
          type="text"
          role="combobox"
          aria-label={label}
          aria-expanded={choices.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={choices[active] ? `${listId}-${active}` : undefined}
          autocomplete="off"
          spellcheck={false}
          value={typed ?? chosenText(value, none ?? "")}
          onFocus={({ currentTarget }) => currentTarget.select()}
          onClick={() => typed === null && open()}
          onInput={({ currentTarget }) => type(currentTarget.value)}
          onKeyDown={onKeyDown}
          onBlur={() => type(null)}
        />
        <Choices id={listId} label={label} choices={choices} active={active} onPick={pick} />
      </div>
    </div>
  );
}

interface ChoicesProps {
  id: string;
  label: string;
  choices: readonly Choice[];
  active: number;
  onPick: (choice: Choice) => void;
}

function Choices({ id, label, choices, active, onPick }: ChoicesProps) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => list.current?.children[active]?.scrollIntoView({ block: "nearest" }), [active, choices]);
  return (
    <ul ref={list} id={id} role="listbox" aria-label={label} hidden={choices.length === 0}>
      {choices.map(({ zone, text }, index) => (
        <li
          key={zone}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          onPointerDown={(event) => {
            event.preventDefault();
            onPick({ zone, text });
          }}
        >
          {text}
        </li>
      ))}
    </ul>
  );
}
