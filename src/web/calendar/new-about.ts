// A new event about a record that an address names, as a record's page leads here.
import { ask, reasonOf } from "../api/client";
import { OneRecordDocument } from "../api/operations";
import { say } from "../languages/say";
import { typeOf } from "../records/address";
import { toast } from "../ui/toasts";
import { newDraft } from "./draft";
import { editNew } from "./opened";
import { nextSlot } from "./slots";
import { zone } from "./state";

/** `name` is such as "Contact-55". */
export async function openNewAbout(name: string): Promise<void> {
  const [, word, id = ""] = /^(\w+)-(\d{1,16})$/.exec(name) ?? [];
  const type = typeOf(word);
  try {
    const found = type && (await ask(OneRecordDocument, { type, id })).record;
    if (found) editNew({ ...newDraft(nextSlot(), zone.peek()), relatedTo: [found] });
    else toast({ text: say("The record that the event was to be about is not there."), bad: true });
  } catch (error) {
    toast({ text: say("The form could not be opened. {reason}", { reason: reasonOf(error) }), bad: true });
  }
}
