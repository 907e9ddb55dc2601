// The bar at the head of the calendar: where in time, in which view, and whether changes come in live.
import { connection } from "../api/live";
import { say } from "../languages/say";
import { MenuIcon, NextIcon, PreviousIcon, SearchIcon } from "../ui/icons";
import tide from "../ui/tidemark.svg";
import { loading } from "./loading";
import { hint } from "./keys";
import { help, search } from "./opened";
import type { View } from "./settings";
import { rangeTitle, view } from "./state";
import { goToday, step } from "./steps";

const VIEWS: [View, string][] = [
  ["month", say("Month")],
  ["week", say("Week")],
  ["day", say("Day")],
  ["agenda", say("Agenda")],
];

export function TopBar({ onMenu, menuOpen }: { onMenu: () => void; menuOpen: boolean }) {
  return (
    <header class="top-bar">
      <button
        type="button"
        class="icon-button menu-button"
        aria-label={say("Menu")}
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
        <button type="button" class="button" {...hint("t")} onClick={goToday}>
          {say("Today")}
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={say("Previous")}
          {...hint("k")}
          onClick={() => step(-1)}
        >
          <PreviousIcon />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={say("Next")}
          {...hint("j")}
          onClick={() => step(1)}
        >
          <NextIcon />
        </button>
      </div>
      <h1 class="range-title" aria-live="polite">
        {rangeTitle.value}
      </h1>
      <LiveMark />
      <button type="button" class="icon-button" aria-label={say("Search")} {...hint("/")} onClick={search}>
        <SearchIcon />
      </button>
      <button
        type="button"
        class="icon-button help-button"
        aria-label={say("Keys")}
        {...hint("?")}
        onClick={help}
      >
        <span aria-hidden="true">?</span>
      </button>
      <ViewSwitch />
    </header>
  );
}

function ViewSwitch() {
  return (
    <div class="segments" role="group" aria-label={say("View")}>
      {VIEWS.map(([name, label]) => (
        <button
          type="button"
          key={name}
          {...hint(name[0] ?? "")}
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
  connecting: [say("Connecting…"), say("Connecting to the service")],
  live: [say("Live"), say("Changes appear here as they are made")],
  lost: [
    say("Offline"),
    say("The connection is gone. What changed meanwhile is shown as soon as it is back."),
  ],
} as const;

function LiveMark() {
  const [text, title] = STATES[connection.value];
  return (
    <p class="live-mark" data-state={connection.value} role="status" title={title}>
      <span class="dot" />
      <span class="live-text">
        {loading.value > 0 && connection.value === "live" ? say("Loading…") : text}
      </span>
    </p>
  );
}
