// Who syncs the calendar, a row each: how it does, and what it did in the last day.
import { LOCALE } from "../languages/language";
import { say, sayWith } from "../languages/say";
import { momentText } from "../ui/times";
import { agoText } from "../ui/durations";
import { codeHint, healthOf } from "./health";
import { agoMs, type Client, zone } from "./state";

const NUMBER = new Intl.NumberFormat(LOCALE);

export function Clients({ clients }: { clients: readonly Client[] }) {
  return (
    <section aria-labelledby="clients-title">
      <h2 id="clients-title">{say("Clients")}</h2>
      {clients.length === 0 ? (
        <p class="empty">
          {sayWith("No client has asked for the changes of this calendar. BrightSync does with {request}", {
            request: <code>GET /api/v1/events?showDeleted=true&amp;deltaToken=…</code>,
          })}
        </p>
      ) : (
        <div class="table-frame">
          <table class="clients">
            <thead>
              <tr>
                <th scope="col">{say("Client")}</th>
                <th scope="col">{say("State")}</th>
                <th scope="col">{say("Last poll")}</th>
                <th scope="col">{say("Has all up to")}</th>
                <th scope="col">{say("Waiting")}</th>
                <th scope="col">{say("Polls")}</th>
                <th scope="col">{say("Delivered")}</th>
                <th scope="col">{say("Own, left out")}</th>
                <th scope="col">{say("Unchanged (304)")}</th>
                <th scope="col">{say("Refused")}</th>
                <th scope="col">{say("Passed over")}</th>
              </tr>
            </thead>
            <tbody>
              {clients.map((client) => (
                <Row key={client.tokenId} client={client} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {clients.length > 0 && <p class="quiet small">{say("Counts are of the last 24 hours.")}</p>}
    </section>
  );
}

function Row({ client }: { client: Client }) {
  const { mood, word, sentence } = healthOf(client);
  const { name, user, self, polledAt, watermark, waiting, refused, refusedAt, refusedCode } = client;
  return (
    <tr>
      <th scope="row" data-label={say("Client")}>
        <span class="client-name" dir="auto">
          {name}
        </span>
        <span class="quiet small" dir="auto">
          {user?.name}
          {self && ` · ${say("this page")}`}
        </span>
      </th>
      <td data-label={say("State")}>
        <span class="pill" data-mood={mood} title={sentence}>
          {word}
        </span>
      </td>
      <td data-label={say("Last poll")}>{polledAt ? <Ago instant={polledAt} /> : say("never")}</td>
      <td data-label={say("Has all up to")}>{watermark ? momentText(watermark, zone.value) : "–"}</td>
      <Count label={say("Waiting")} value={waiting} />
      <Count label={say("Polls")} value={client.polls} />
      <Count label={say("Delivered")} value={client.delivered} />
      <Count label={say("Own, left out")} value={client.leftOut} />
      <Count label={say("Unchanged (304)")} value={client.unchanged} />
      <td data-label={say("Refused")} class={refused > 0 ? "number bad" : "number"}>
        {NUMBER.format(refused)}
        {refused > 0 && refusedAt && refusedCode && (
          <span class="small" title={codeHint(refusedCode)}>
            {refusedCode}, <Ago instant={refusedAt} />
          </span>
        )}
      </td>
      <Count label={say("Passed over")} value={client.passedOver.count} />
    </tr>
  );
}

const Count = ({ label, value }: { label: string; value: number }) => (
  <td data-label={label} class="number">
    {NUMBER.format(value)}
  </td>
);

const Ago = ({ instant }: { instant: string }) => (
  <time dateTime={instant} title={momentText(instant, zone.value)}>
    {agoText(agoMs(instant))}
  </time>
);
