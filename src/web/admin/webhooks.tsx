// Webhooks: who is called when calendars change, how each does, and what may be done about it.
import { useState } from "preact/hooks";
import { WebhooksDocument } from "../api/operations";
import { say } from "../languages/say";
import { useAsked } from "../ui/asked";
import { PlusIcon } from "../ui/icons";
import { Refused } from "../ui/refused";
import { Attempts } from "./attempts";
import type { CalendarName, OpenWebhook } from "./rows";
import { Deleting, Rewinding } from "./webhook-acts";
import { WebhookForm } from "./webhook-form";
import { type NewSecret, WebhookSecret } from "./webhook-secret";
import { WebhookTable } from "./webhook-table";

export function Webhooks() {
  const { data, problem, again } = useAsked(WebhooksDocument, {});
  const [open, setOpen] = useState<OpenWebhook>(null);
  const [secret, setSecret] = useState<NewSecret | null>(null);
  return (
    <section aria-label={say("Webhooks")} aria-busy={data === null && problem === null}>
      <div class="section-head">
        <p class="quiet">
          {say(
            "A receiver is called when calendars change, in order and at least once; what it did not take is kept and told again.",
          )}
        </p>
        <button type="button" class="button primary" onClick={() => setOpen({ what: "new" })}>
          <PlusIcon /> {say("Add a webhook")}
        </button>
      </div>
      <Refused text={problem} />
      {secret && <WebhookSecret key={secret.secret} {...secret} />}
      {data && <WebhookTable webhooks={data.webhooks} onOpen={setOpen} onSecret={setSecret} onDone={again} />}
      <Opened
        open={open}
        calendars={data?.calendars ?? []}
        onClose={() => setOpen(null)}
        onSecret={setSecret}
        onDone={again}
      />
    </section>
  );
}

interface OpenedProps {
  open: OpenWebhook;
  calendars: readonly CalendarName[];
  onClose: () => void;
  onSecret: (secret: NewSecret) => void;
  onDone: () => Promise<void>;
}

function Opened({ open, calendars, onClose, onSecret, onDone }: OpenedProps) {
  if (open === null) return null;
  const form = { calendars, onClose, onSecret, onDone };
  if (open.what === "new") return <WebhookForm webhook={null} {...form} />;
  const { webhook } = open;
  if (open.what === "form") return <WebhookForm webhook={webhook} {...form} />;
  if (open.what === "attempts") return <Attempts webhook={webhook} onClose={onClose} />;
  if (open.what === "rewind") return <Rewinding webhook={webhook} onClose={onClose} onDone={onDone} />;
  return <Deleting webhook={webhook} onClose={onClose} onDone={onDone} />;
}
