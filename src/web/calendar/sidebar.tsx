// Beside the calendar: a new event, a small month, whose calendars are shown, in which zones, and the way elsewhere.
import { useState } from "preact/hooks";
import { say } from "../languages/say";
import { signOut } from "../session";
import { PlusIcon } from "../ui/icons";
import { Places } from "../ui/places";
import { Preferences, PreferencesButton } from "../ui/preferences-dialog";
import { zoneCity } from "../ui/times";
import { ZoneSelect } from "../ui/zone-select";
import { hint } from "./keys";
import { Shown } from "./legend";
import { MiniMonth } from "./mini-month";
import { acts } from "./opened";
import { nextSlot } from "./slots";
import { colleagues, colourOf, me, secondZone, type User, users, zone } from "./state";

export function Sidebar({ onClose }: { onClose: () => void }) {
  return (
    <>
      <div class="scrim" onClick={onClose} />
      <aside class="sidebar" aria-label={say("Calendars and settings")}>
        <button
          type="button"
          class="button primary new-event"
          {...hint("n")}
          onClick={() => acts.onCreate(nextSlot())}
        >
          <PlusIcon /> {say("New event")}
        </button>
        <MiniMonth />
        <People />
        <Zones />
        <Shown />
        <footer>
          <p class="who">
            <strong>{me.value?.name}</strong>
            <span class="quiet">{me.value?.email}</span>
          </p>
          <Places at="/" role={me.value?.role} />
          <p class="session">
            <PreferencesButton />
            <button type="button" class="text-button" onClick={signOut}>
              {say("Sign out")}
            </button>
          </p>
        </footer>
      </aside>
      <Preferences />
    </>
  );
}

const MANY = 8;

function People() {
  const [sought, setSought] = useState("");
  const others = users.value.filter(({ id }) => id !== me.value?.id);
  const found = others.filter(
    ({ id, name, email }) =>
      colleagues.value.includes(id) || `${name} ${email}`.toLowerCase().includes(sought.trim().toLowerCase()),
  );
  return (
    <section class="people">
      <h2>{say("Calendars")}</h2>
      <ul>
        <li>
          <span class="person colour-0">
            <span class="swatch" />
            {me.value?.name} <small class="quiet">{say("you")}</small>
          </span>
        </li>
        {found
          .slice(0, sought === "" ? Math.max(MANY, colleagues.value.length) : found.length)
          .map((user) => (
            <Colleague key={user.id} user={user} />
          ))}
      </ul>
      {others.length > MANY && (
        <input
          type="search"
          aria-label={say("Find a colleague")}
          placeholder={say("Find a colleague")}
          value={sought}
          onInput={(event) => setSought(event.currentTarget.value)}
        />
      )}
    </section>
  );
}

function Colleague({ user: { id, name, timezone } }: { user: User }) {
  const shown = colleagues.value.includes(id);
  return (
    <li>
      <label class={`person colour-${colourOf(id)}`}>
        <input
          type="checkbox"
          checked={shown}
          onChange={() =>
            (colleagues.value = shown
              ? colleagues.value.filter((one) => one !== id)
              : [...colleagues.value, id])
          }
        />
        <span class="name" dir="auto">
          {name}
        </span>
        {timezone !== zone.value && <small class="quiet">{zoneCity(timezone)}</small>}
      </label>
    </li>
  );
}

function Zones() {
  return (
    <section class="zones">
      <h2>{say("Time zone")}</h2>
      <ZoneSelect
        label={say("Time zone")}
        value={zone.value}
        onChange={(chosen) => (zone.value = chosen ?? zone.value)}
      />
      <div class="field">
        <span>{say("Second zone in week and day")}</span>
        <ZoneSelect
          label={say("Second zone in week and day")}
          value={secondZone.value}
          none={say("None")}
          onChange={(chosen) => (secondZone.value = chosen)}
        />
      </div>
    </section>
  );
}
