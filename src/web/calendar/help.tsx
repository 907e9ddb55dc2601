// The keys of the calendar, told.
import { say } from "../languages/say";
import { Dialog } from "../ui/dialog";
import { EVENT_KEYS, GRID_KEYS, KEYS } from "./keys";
import { close } from "./opened";

const SIGNS: Readonly<Record<string, string>> = {
  Enter: say("Enter|key"),
  Shift: say("Shift|key"),
  Delete: say("Delete|key"),
  Home: say("Home|key"),
  End: say("End|key"),
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
};

export function Help() {
  return (
    <Dialog title={say("Keys")} className="question" onClose={close}>
      <div class="dialog-scroll">
        <Keys keys={KEYS} />
        <h3 class="quiet small">{say("With an event in focus")}</h3>
        <Keys keys={{ ...GRID_KEYS, ...EVENT_KEYS }} />
      </div>
    </Dialog>
  );
}

const Keys = ({ keys }: { keys: Readonly<Record<string, { says: string }>> }) => (
  <dl class="keys">
    {Object.entries(keys).map(([key, { says }]) => (
      <div key={key}>
        <dt>
          {key.split("+").map((part) => (
            <kbd key={part}>{SIGNS[part] ?? part}</kbd>
          ))}
        </dt>
        <dd>{says}</dd>
      </div>
    ))}
  </dl>
);
