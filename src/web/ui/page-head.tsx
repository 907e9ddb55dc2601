// The head of the pages beside the calendar: whose they are, what the page has to say, and the way back.
import type { ComponentChildren } from "preact";
import { CalendarIcon } from "./icons";
import tide from "./tidemark.svg";

export function PageHead({ children }: { children?: ComponentChildren }) {
  return (
    <header class="page-head">
      <a class="brand" href="/">
        <img src={tide} alt="" width="26" height="26" />
        <span>Tidemark</span>
      </a>
      {children}
      <a class="button" href="/">
        <CalendarIcon /> Calendar
      </a>
    </header>
  );
}
