// What is asked about before it is done to a webhook.
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { DeleteWebhookDocument, RewindWebhookDocument } from "../api/operations";
import { say } from "../languages/say";
import { account } from "../ui/account";
import { TextField } from "../ui/fields";
import { FormDialog } from "../ui/form-dialog";
import { addMinutes, BROWSER_ZONE, instantOf, nowText, wallOf } from "../ui/times";
import type { WebhookRow } from "./rows";

interface ActProps {
  webhook: WebhookRow;
  onClose: () => void;
  onDone: () => Promise<void>;
}

export function Deleting({ webhook: { id, name }, onClose, onDone }: ActProps) {
  async function remove(): Promise<void> {
    await ask(DeleteWebhookDocument, { id });
    await onDone();
  }
  return (
    <FormDialog
      danger
      title={say("Delete {name}?", { name })}
      send={say("Delete")}
      onSend={remove}
      onClose={onClose}
    >
      <p>
        {say(
          "Its receiver is called no more, and how far it had come is forgotten. Pausing it loses nothing.",
        )}
      </p>
    </FormDialog>
  );
}

const DAY_MINUTES = 1_440;

/** Such as "2026-03-02T16:00", as the input holds it. */
function yesterday(zone: string): string {
  const { date, time } = wallOf(addMinutes(nowText(), -DAY_MINUTES), zone);
  return `${date}T${time}`;
}

export function Rewinding({ webhook: { id, name }, onClose, onDone }: ActProps) {
  const zone = account.value?.timezone ?? BROWSER_ZONE;
  const [since, setSince] = useState(() => yesterday(zone));
  async function rewind(): Promise<void> {
    const [date = "", time = ""] = since.split("T");
    await ask(RewindWebhookDocument, { id, since: instantOf({ date, time }, zone) });
    await onDone();
  }
  return (
    <FormDialog
      title={say("Tell {name} again", { name })}
      send={say("Tell again")}
      onSend={rewind}
      onClose={onClose}
    >
      <p class="quiet">{say("It is told of whatever changed later than this, as it is now.")}</p>
      <TextField
        label={say("Since ({zone})", { zone })}
        type="datetime-local"
        required
        value={since}
        onChange={setSince}
      />
    </FormDialog>
  );
}
