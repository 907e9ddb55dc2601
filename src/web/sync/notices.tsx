// What had no effect, field by field: requests that were refused, and parts of writes that were passed over.
import { many, say } from "../languages/say";
import { momentText } from "../ui/times";
import { codeHint } from "./health";
import { type Client, zone } from "./state";

interface Notice {
  at: string;
  requestId: string;
  request: string;
  field: string | null;
  /** In words: refused with a code, or passed over. */
  outcome: string;
  why: string;
}

const PASSED_OVER = say("passed over");
const NO_SAY = say("The client has no say in it, or it could not be understood; the rest was done.");

/** The last first. */
function noticesOf({ refusals, passedOver }: Client): Notice[] {
  const refused = refusals.map(({ code, message, ...rest }) => ({ ...rest, outcome: code, why: message }));
  const passed = passedOver.last.map((one) => ({ ...one, outcome: PASSED_OVER, why: NO_SAY }));
  return [...refused, ...passed].sort((one, other) => (one.at < other.at ? 1 : -1));
}

export function Notices({ clients }: { clients: readonly Client[] }) {
  const told = clients.map((client) => ({ client, notices: noticesOf(client) }));
  const some = told.filter(({ notices }) => notices.length > 0);
  if (some.length === 0) return null;
  return (
    <section aria-labelledby="notices-title">
      <h2 id="notices-title">{say("What had no effect")}</h2>
      {some.map(({ client, notices }) => (
        <details key={client.tokenId}>
          <summary>
            <span dir="auto">{client.name}</span>:{" "}
            {many(
              notices.length,
              "{count} field refused or passed over",
              "{count} fields refused or passed over",
            )}
          </summary>
          <button type="button" onClick={() => void navigator.clipboard.writeText(asText(notices))}>
            {say("Copy")}
          </button>
          <Table notices={notices} />
        </details>
      ))}
      <p class="quiet small">{say("The last hundred of each kind, kept for a month.")}</p>
    </section>
  );
}

const Table = ({ notices }: { notices: readonly Notice[] }) => (
  <div class="table-frame">
    <table class="clients">
      <thead>
        <tr>
          <th scope="col">{say("When")}</th>
          <th scope="col">{say("Request")}</th>
          <th scope="col">{say("Field")}</th>
          <th scope="col">{say("Outcome")}</th>
          <th scope="col">{say("Why")}</th>
          <th scope="col">{say("Request id")}</th>
        </tr>
      </thead>
      <tbody>
        {notices.map(({ at, request, field, outcome, why, requestId }, index) => (
          <tr key={`${requestId} ${index}`}>
            <td data-label={say("When")}>{momentText(at, zone.value)}</td>
            <td data-label={say("Request")}>{request}</td>
            <td data-label={say("Field")}>{field ?? "–"}</td>
            <td data-label={say("Outcome")} title={outcome === PASSED_OVER ? NO_SAY : codeHint(outcome)}>
              {outcome}
            </td>
            <td data-label={say("Why")} dir="auto">
              {why}
            </td>
            <td data-label={say("Request id")}>{requestId}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const asText = (notices: readonly Notice[]): string =>
  notices
    .map(({ at, request, field, outcome, why, requestId }) =>
      [at, request, field ?? "", outcome, why, requestId].join("\t"),
    )
    .join("\n");
