// The last calls of a webhook's receiver, and what came of each.
import { WebhookAttemptsDocument } from "../api/operations";
import { many, say } from "../languages/say";
import { account } from "../ui/account";
import { useAsked } from "../ui/asked";
import { Dialog } from "../ui/dialog";
import { Refused } from "../ui/refused";
import { BROWSER_ZONE, momentText } from "../ui/times";
import type { WebhookRow } from "./rows";

export function Attempts({ webhook, onClose }: { webhook: WebhookRow; onClose: () => void }) {
  const { data, problem } = useAsked(WebhookAttemptsDocument, { id: webhook.id });
  const attempts = data?.webhook?.attempts ?? [];
  const zone = account.value?.timezone ?? BROWSER_ZONE;
  return (
    <Dialog title={say("Last calls of {name}", { name: webhook.name })} onClose={onClose}>
      <div class="dialog-scroll" tabIndex={0}>
        <Refused text={problem} />
        {data && attempts.length === 0 && <p class="empty">{say("It was not called yet.")}</p>}
        <ol class="attempts">
          {attempts.map(({ at, type, rows, status, ms, error, messageId }) => (
            <li key={`${messageId} ${at}`}>
              <span class="pill" data-mood={error === null ? "good" : "bad"}>
                {status ?? say("no answer")}
              </span>{" "}
              {type}, {many(rows, "{count} row", "{count} rows")}, {say("{ms} ms", { ms })}
              <span class="quiet small">
                {momentText(at, zone)}, {messageId}
              </span>
              {error !== null && <span class="small">{error}</span>}
            </li>
          ))}
        </ol>
      </div>
    </Dialog>
  );
}
