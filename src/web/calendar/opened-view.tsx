// Shows what is open over the calendar.
import { Conflict } from "./conflict";
import { Details } from "./details";
import { Editor } from "./editor";
import { Help } from "./help";
import { opened } from "./opened";
import { ScopeQuestion } from "./scope";
import { Search } from "./search";

export function Opened() {
  return (
    <>
      <Over />
      <ScopeQuestion />
    </>
  );
}

function Over() {
  const open = opened.value;
  if (open?.what === "details") return <Details key={open.shown.event.id} shown={open.shown} />;
  if (open?.what === "editor") return <Editor key={open.edited.creation.key} edited={open.edited} />;
  if (open?.what === "conflict")
    return <Conflict key={open.clash.theirs.lastModifiedAt} clash={open.clash} />;
  if (open?.what === "search") return <Search />;
  if (open?.what === "help") return <Help />;
  return null;
}
