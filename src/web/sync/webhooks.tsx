// Who is told of the calendar's changes, a row each: how each does, and how far it is. Shown to admins, where there are any.
import { say } from "../languages/say";
import { momentText } from "../ui/times";
import { agoText, durationText } from "../ui/durations";
import { agoMs, type SyncWebhook, zone } from "./state";

const WORDS = {
  ON: ["good", say("In step")],
  FAILING: ["bad", say("Failing")],
  PAUSED: ["warm", say("Paused")],
} as const;

export function Webhooks({ webhooks }: { webhooks: readonly SyncWebhook[] }) {
  if (webhooks.length === 0) return null;
  return (
    <section aria-labelledby="webhooks-title">
      <h2 id="webhooks-title">{say("Webhooks")}</h2>
      <div class="table-frame">
        <table class="clients">
          <thead>
            <tr>
              <th scope="col">{say("Webhook")}</th>
              <th scope="col">{say("State")}</th>
              <th scope="col">{say("Has all up to")}</th>
              <th scope="col">{say("Behind")}</th>
              <th scope="col">{say("Last taken")}</th>
              <th scope="col">{say("Last answer")}</th>
              <th scope="col">{say("Tried again")}</th>
            </tr>
          </thead>
          <tbody>
            {webhooks.map((webhook) => (
              <Row key={webhook.id} webhook={webhook} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ webhook }: { webhook: SyncWebhook }) {
  const { name, state, because, watermark, behindSeconds, deliveredAt, lastStatus, nextAttemptAt } = webhook;
  const [mood, word] =
    behindSeconds > 0 && state === "ON" ? (["warm", say("Behind")] as const) : WORDS[state];
  return (
    <tr>
      <th scope="row" data-label={say("Webhook")}>
        <span class="client-name" dir="auto">
          {name}
        </span>
        {because && <span class="quiet small">{because}</span>}
      </th>
      <td data-label={say("State")}>
        <span class="pill" data-mood={mood}>
          {word}
        </span>
      </td>
      <td data-label={say("Has all up to")}>{momentText(watermark, zone.value)}</td>
      <td data-label={say("Behind")}>{behindSeconds > 0 ? durationText(behindSeconds * 1_000) : "–"}</td>
      <td data-label={say("Last taken")}>{deliveredAt ? agoText(agoMs(deliveredAt)) : say("never")}</td>
      <td data-label={say("Last answer")}>{lastStatus ?? "–"}</td>
      <td data-label={say("Tried again")}>{nextAttemptAt ? momentText(nextAttemptAt, zone.value) : "–"}</td>
    </tr>
  );
}
