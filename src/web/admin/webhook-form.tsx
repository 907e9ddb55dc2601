// A webhook: added, or changed. What it covers stays as it was made.
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { AddWebhookDocument, ChangeWebhookDocument, type WebhookContent } from "../api/operations";
import { say } from "../languages/say";
import { ChoiceField, TextField } from "../ui/fields";
import { FormDialog } from "../ui/form-dialog";
import type { NewSecret } from "./webhook-secret";
import type { CalendarName, WebhookRow } from "./rows";

const CONTENT = [
  ["IDS", say("Which events changed")],
  ["EVENTS", say("The events themselves")],
] as const;

interface WebhookFormProps {
  /** Null: a new one. */
  webhook: WebhookRow | null;
  calendars: readonly CalendarName[];
  onClose: () => void;
  onSecret: (secret: NewSecret) => void;
  onDone: () => Promise<void>;
}

export function WebhookForm({ webhook, calendars, onClose, onSecret, onDone }: WebhookFormProps) {
  const [name, setName] = useState(webhook?.name ?? "");
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [content, setContent] = useState<WebhookContent>(webhook?.content ?? "IDS");
  const [calendarId, setCalendarId] = useState("");
  async function send(): Promise<void> {
    const input = { name: name.trim(), url: url.trim(), content };
    if (webhook) await ask(ChangeWebhookDocument, { id: webhook.id, input });
    else {
      const covers = calendarId === "" ? {} : { calendarId };
      const { createWebhook: made } = await ask(AddWebhookDocument, { input: { ...input, ...covers } });
      onSecret({ name: made.webhook.name, secret: made.secret, isNew: true });
    }
    await onDone();
  }
  const everything = [["", say("Every calendar of the organisation")]] as const;
  return (
    <FormDialog
      title={webhook ? say("Change {name}", { name: webhook.name }) : say("Add a webhook")}
      send={webhook ? say("Save") : say("Add")}
      onSend={send}
      onClose={onClose}
    >
      <TextField label={say("Name")} required value={name} onChange={setName} />
      <TextField
        label={say("Address that is called")}
        type="url"
        required
        hint={say("https, on the public internet")}
        value={url}
        onChange={setUrl}
      />
      <ChoiceField
        label={say("What a message tells")}
        value={content}
        choices={CONTENT}
        onChange={(chosen) => setContent(chosen as WebhookContent)}
      />
      {webhook === null && (
        <ChoiceField
          label={say("Covers")}
          value={calendarId}
          choices={[...everything, ...calendars.map(({ id, name: whose }) => [id, whose] as const)]}
          onChange={setCalendarId}
        />
      )}
    </FormDialog>
  );
}
