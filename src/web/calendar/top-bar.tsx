// The bar at the head of the calendar: where in time, in which view, and whether changes come in live.
import { connection } from "../api/live";
import { MenuIcon, NextIcon, PreviousIcon } from "../ui/icons";
import tide from "../ui/tidemark.svg";
import { loading } from "./loading";
import type { View } from "./settings";
import { rangeTitle, view } from "./state";
import { goToday, step } from "./steps";

const VIEWS: [View, string][] = [
  ["month", "Month"],
  ["week", "Week"],
  ["day", "Day"],
  ["agenda", "Agenda"],
];

export function TopBar({ onMenu, menuOpen }: { onMenu: () => void; menuOpen: boolean }) {
  return (
    <header class="top-bar">
      <button
        type="button"
        class="icon-button menu-button"
        aria-label="Menu"
        aria-expanded={menuOpen}
        onClick={onMenu}
      >
        <MenuIcon />
      </button>
      <a class="brand" href="/">
        <img src={tide} alt="" width="26" height="26" />
        <span>Tidemark</span>
      </a>
      <div class="steps">
        <button type="button" class="button" onClick={goToday}>
          Today
        </button>
        <button type="button" class="icon-button" aria-label="Previous" onClick={() => step(-1)}>
          <PreviousIcon />
        </button>
        <button type="button" class="icon-button" aria-label="Next" onClick={() => step(1)}>
          <NextIcon />
        </button>
      </div>
      <h1 class="range-title" aria-live="polite">
        {rangeTitle.value}
      </h1>
      <LiveMark />
      <ViewSwitch />
    </header>
  );
}

function ViewSwitch() {
  return (
    <div class="segments" role="group" aria-label="View">
      {VIEWS.map(([name, label]) => (
        <button
          type="button"
          key={name}
          aria-pressed={view.value === name}
          onClick={() => (view.value = name)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

const STATES = {
  connecting: ["Connecting…", "Connecting to the service"],
  live: ["Live", "Changes appear here as they are made"],
  lost: ["Offline", "The connection is gone. What changed meanwhile is shown as soon as it is back."],
} as const;

function LiveMark() {
  const [text, title] = STATES[connection.value];
  return (
    <p class="live-mark" data-state={connection.value} role="status" title={title}>
      <span class="dot" />
      {loading.value > 0 && connection.value === "live" ? "Loading…" : text}
    </p>
  );
}
