// What is shown of the days, and what the looks of events mean.
import type { Signal } from "@preact/signals";
import { say } from "../languages/say";
import { declined, weekends } from "./state";

export function Shown() {
  return (
    <section class="shown">
      <h2>{say("Shown")}</h2>
      <Switch says={say("Saturdays and Sundays")} on={weekends} />
      <Switch says={say("What I have declined")} on={declined} />
      <Legend />
    </section>
  );
}

const Switch = ({ says, on }: { says: string; on: Signal<boolean> }) => (
  <label class="check">
    <input type="checkbox" checked={on.value} onChange={() => (on.value = !on.value)} />
    {says}
  </label>
);

const LOOKS = [
  ["", say("Yours, or accepted")],
  ["answer-NoResponse", say("Not answered yet")],
  ["answer-Tentative", say("Perhaps")],
  ["answer-Declined", say("Declined")],
  ["free", say("Shown as free")],
  ["private", say("Private")],
  ["repeats", say("Repeats")],
  ["to-come repeats", say("Still to come: no event yet")],
] as const;

const Legend = () => (
  <details class="legend">
    <summary>{say("What the looks mean")}</summary>
    <ul>
      {LOOKS.map(([look, says]) => (
        <li key={says} class={`legend-look block-event colour-0 ${look}`}>
          <span class="event-title">{says}</span>
        </li>
      ))}
    </ul>
  </details>
);
