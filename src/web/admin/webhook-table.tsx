// The webhooks, a row each. Testing, pausing and a new secret need no dialog.
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { ChangeWebhookDocument, RotateSecretDocument, TestWebhookDocument } from "../api/operations";
import { say } from "../languages/say";
import { refusalText } from "../ui/refused";
import { toast } from "../ui/toasts";
import { durationText } from "../ui/durations";
import { TableHead } from "../ui/table-head";
import type { NewSecret } from "./webhook-secret";
import type { OpenWebhook, WebhookRow } from "./rows";

interface WebhookTableProps {
  webhooks: readonly WebhookRow[];
  onOpen: (open: OpenWebhook) => void;
  onSecret: (secret: NewSecret) => void;
  onDone: () => Promise<void>;
}

export function WebhookTable({ webhooks, ...acts }: WebhookTableProps) {
  if (webhooks.length === 0) return <p class="empty">{say("There is none yet.")}</p>;
  return (
    <div class="table-frame">
      <table>
        <TableHead
          titles={[
            say("Webhook"),
            say("State"),
            say("Covers"),
            say("Tells"),
            say("Behind"),
            say("Rows taken"),
            say("Last answer"),
          ]}
        />
        {webhooks.map((webhook) => (
          <Row key={webhook.id} webhook={webhook} {...acts} />
        ))}
      </table>
    </div>
  );
}

const STATES = {
  ON: ["good", say("On")],
  FAILING: ["bad", say("Failing")],
  PAUSED: ["warm", say("Paused")],
} as const;

function Row({ webhook, ...acts }: { webhook: WebhookRow } & Omit<WebhookTableProps, "webhooks">) {
  const { name, url, state, because, calendar, content, behindSeconds, delivered, lastStatus } = webhook;
  const [mood, word] = STATES[state];
  return (
    <tbody>
      <tr>
        <th scope="row" class="wraps">
          <span class="client-name" dir="auto">
            {name}
          </span>
          <span class="quiet small">{url}</span>
          {because !== null && <span class="small">{because}</span>}
        </th>
        <td data-label={say("State")}>
          <span class="pill" data-mood={mood}>
            {word}
          </span>
        </td>
        <td data-label={say("Covers")} dir="auto">
          {calendar?.name ?? say("every calendar")}
        </td>
        <td data-label={say("Tells")}>{content === "EVENTS" ? say("events") : say("ids")}</td>
        <td data-label={say("Behind")}>{behindSeconds > 0 ? durationText(behindSeconds * 1_000) : "–"}</td>
        <td data-label={say("Rows taken")}>{delivered}</td>
        <td data-label={say("Last answer")}>{lastStatus ?? "–"}</td>
      </tr>
      <tr class="acts-row">
        <td colSpan={7} class="whole">
          <WebhookActs webhook={webhook} {...acts} />
        </td>
      </tr>
    </tbody>
  );
}

function WebhookActs({
  webhook,
  onOpen,
  onSecret,
  onDone,
}: { webhook: WebhookRow } & Omit<WebhookTableProps, "webhooks">) {
  const { id, name, state } = webhook;
  const [busy, setBusy] = useState(false);
  const paused = state === "PAUSED";
  const acts: [label: string, run: () => Promise<unknown> | void][] = [
    [say("Send a test"), () => sendTest(id, name)],
    [say("Attempts"), () => onOpen({ what: "attempts", webhook })],
    [
      paused ? say("Resume") : say("Pause"),
      () => ask(ChangeWebhookDocument, { id, input: { paused: !paused } }),
    ],
    [say("Change"), () => onOpen({ what: "form", webhook })],
    [say("New secret"), async () => onSecret({ ...(await rotate(id)), isNew: false })],
    [say("Tell again"), () => onOpen({ what: "rewind", webhook })],
    [say("Delete"), () => onOpen({ what: "delete", webhook })],
  ];
  async function run(act: () => Promise<unknown> | void): Promise<void> {
    const doing = act();
    if (doing === undefined) return;
    setBusy(true);
    try {
      await doing;
      await onDone();
    } catch (error) {
      toast({ text: refusalText(error), bad: true });
    }
    setBusy(false);
  }
  return (
    <span class="row-acts">
      {acts.map(([label, act]) => (
        <button
          type="button"
          key={label}
          class="text-button"
          aria-label={`${label}: ${name}`}
          disabled={busy}
          onClick={() => void run(act)}
        >
          {label}
        </button>
      ))}
    </span>
  );
}

async function sendTest(id: string, name: string): Promise<void> {
  const { testWebhook: attempt } = await ask(TestWebhookDocument, { id });
  if (attempt.error === null)
    toast({
      text: say("{name} took the test: {status}, in {ms} ms.", {
        name,
        status: attempt.status ?? "–",
        ms: attempt.ms,
      }),
    });
  else
    toast({ text: say("{name} did not take the test. {error}", { name, error: attempt.error }), bad: true });
}

async function rotate(id: string): Promise<Omit<NewSecret, "isNew">> {
  const { rotateWebhookSecret: made } = await ask(RotateSecretDocument, { id });
  return { name: made.webhook.name, secret: made.secret };
}
