// Shows what is open over the calendar.
import { Conflict } from "./conflict";
import { Details } from "./details";
import { Editor } from "./editor";
import { opened } from "./opened";

export function Opened() {
  const open = opened.value;
  if (open?.what === "details") return <Details key={open.shown.event.id} shown={open.shown} />;
  if (open?.what === "editor") return <Editor key={open.edited.creation.key} edited={open.edited} />;
  if (open?.what === "conflict")
    return <Conflict key={open.clash.theirs.lastModifiedAt} clash={open.clash} />;
  return null;
}
