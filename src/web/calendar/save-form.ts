/**
 * Saving a form: a new event or series, a change of an event, of one of a series or of several; or why it could not be
 * saved, in words that stand in the form.
 */
import { reasonOf, Refusal } from "../api/client";
import { many, say } from "../languages/say";
import { toast } from "../ui/toasts";
import { beginSeries, nextOf } from "./begin-series";
import { changedFields, type Draft, type Faults, repeatsAnew } from "./draft";
import { guestFault } from "./guests";
import { hasWholeSay } from "./inputs";
import { linkFault } from "./links";
import { noMail } from "./no-mail";
import { close, editFrom, settle } from "./opened";
import type { Base, Edited, Typed } from "./edited";
import { Overtaken, update } from "./saving";
import { askScope } from "./scope";
import { isOccasion, type Several, updateSeries } from "./series";
import { shownCalendars } from "./state";

export type Trouble = { text: string; faults?: Faults } | "deleted" | null;

/** What stands in a field and would be lost if the rest were saved; null where nothing does. */
export function leftOver({ guests, links }: Typed): string | null {
  const texts = [
    guests.trim() &&
      say("“{text}” is not on the list of guests yet. {fault}", {
        text: guests.trim(),
        fault: guestFault(guests),
      }),
    links.trim() && linkFault(links),
  ].filter(Boolean);
  return texts.length === 0 ? null : say("It was not saved. {reason}", { reason: texts.join(" ") });
}

/** Saves, and closes the form; or says why not. Null, with the form open, where somebody thought better of it. */
export async function save(edited: Edited, wanted: Draft): Promise<Trouble> {
  let { base } = edited;
  let several: Several | null = null;
  let draft = wanted;
  try {
    base ??= await make(edited, draft);
    const begins = draft.repeat !== "" && !isOccasion(base.event);
    if (begins) {
      const next = nextOf(draft);
      if (!next) return onlyOnce();
      // First, and beside it: whatever becomes of the change of the event, nothing of it is lost.
      await beginSeries(edited.creation, next);
      draft = { ...draft, repeat: "" };
    }
    const changed = changedFields(base.draft, draft).length > 0;
    const scope = changed ? await scopeOf(base, draft) : "THIS";
    if (scope === null) return null;
    several = scope === "THIS" ? null : scope;
    const said = changed ? await change(base, draft, several) : say("Saved.");
    if (changed || begins || !edited.base) toast({ text: said, note: noMail(draft) });
    close();
    return null;
  } catch (error) {
    return error instanceof Overtaken ? overtaken(base, draft, error, several) : notSaved(error);
  }
}

const notSaved = (error: unknown): Trouble => ({
  text: say("It was not saved. {reason}", { reason: reasonOf(error) }),
  faults: error instanceof Refusal ? faultsFrom(error) : {},
});

function onlyOnce(): Trouble {
  const why = say("By this rule there is no other date.");
  return { text: say("It was not saved. {reason}", { reason: why }), faults: { repeat: why } };
}

/** Which of a series somebody wants to change; guests change the one they have before them. */
async function scopeOf(
  { event, calendar, draft: before }: Base,
  draft: Draft,
): Promise<Several | "THIS" | null> {
  if (!isOccasion(event) || !hasWholeSay(event, calendar)) return "THIS";
  return (await askScope("Save", event, !repeatsAnew(before, draft)))?.scope ?? null;
}

async function change(
  { event, calendar, draft: before }: Base,
  draft: Draft,
  several: Several | null,
): Promise<string> {
  const { id, lastModifiedAt } = event;
  if (several) {
    const count = await updateSeries({ id, lastModifiedAt, calendar }, several, before, draft);
    return many(count, "Saved: {count} event.", "Saved: {count} events.");
  }
  await update({ id, lastModifiedAt, calendar }, before, draft);
  return say("Saved.");
}

/** Makes the event of the draft; or, where an earlier try had made it of what was typed then, finds that. */
async function make(edited: Edited, draft: Draft): Promise<Base> {
  const calendar = shownCalendars.value.find(({ own }) => own);
  if (!calendar) throw new Error("A form is open, and nobody's calendar.");
  const base = { ...(await edited.creation.run(draft)), calendar };
  if (base.draft !== draft) editFrom(edited, base);
  return base;
}

function overtaken(
  base: Base | null,
  draft: Draft,
  { current }: Overtaken,
  several: Several | null,
): Trouble {
  if (!current || !base) return "deleted";
  settle({ base: base.draft, mine: draft, theirs: current, calendar: base.calendar, several });
  return null;
}

const FIELD_OF: Record<string, keyof Faults> = {
  startTime: "when",
  endTime: "when",
  allDay: "when",
  timezone: "zone",
  recurrence: "repeat",
};

/** The service's words beside the fields they are about. */
function faultsFrom({ details }: Refusal): Faults {
  const faults: Faults = {};
  for (const { field, message } of details) {
    const name = field.split(/[.[]/)[0] ?? "";
    faults[FIELD_OF[name] ?? (name as keyof Faults)] = message;
  }
  return faults;
}
