// Who syncs the calendar, a row each: how it does, and what it did in the last day.
import { momentText } from "../ui/times";
import { codeHint, durationText, healthOf } from "./health";
import { agoMs, type Client, zone } from "./state";

const NUMBER = new Intl.NumberFormat(navigator.language);

export function Clients({ clients }: { clients: readonly Client[] }) {
  return (
    <section aria-labelledby="clients-title">
      <h2 id="clients-title">Clients</h2>
      {clients.length === 0 ? (
        <p class="empty">
          No client has asked for the changes of this calendar. BrightSync does with{" "}
          <code>GET /api/v1/events?showDeleted=true&amp;deltaToken=…</code>
        </p>
      ) : (
        <div class="table-frame">
          <table class="clients">
            <thead>
              <tr>
                <th scope="col">Client</th>
                <th scope="col">State</th>
                <th scope="col">Last poll</th>
                <th scope="col">Has all up to</th>
                <th scope="col">Waiting</th>
                <th scope="col">Polls</th>
                <th scope="col">Delivered</th>
                <th scope="col">Own, left out</th>
                <th scope="col">Unchanged (304)</th>
                <th scope="col">Refused</th>
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
      {clients.length > 0 && <p class="quiet small">Counts are of the last 24 hours.</p>}
    </section>
  );
}

function Row({ client }: { client: Client }) {
  const { mood, word, sentence } = healthOf(client);
  const { name, user, self, polledAt, watermark, waiting, refused, refusedAt, refusedCode } = client;
  return (
    <tr>
      <th scope="row" data-label="Client">
        <span class="client-name" dir="auto">
          {name}
        </span>
        <span class="quiet small" dir="auto">
          {user?.name}
          {self && " · this page"}
        </span>
      </th>
      <td data-label="State">
        <span class="pill" data-mood={mood} title={sentence}>
          {word}
        </span>
      </td>
      <td data-label="Last poll">{polledAt ? <Ago instant={polledAt} /> : "never"}</td>
      <td data-label="Has all up to">{watermark ? momentText(watermark, zone.value) : "–"}</td>
      <Count label="Waiting" value={waiting} />
      <Count label="Polls" value={client.polls} />
      <Count label="Delivered" value={client.delivered} />
      <Count label="Own, left out" value={client.leftOut} />
      <Count label="Unchanged (304)" value={client.unchanged} />
      <td data-label="Refused" class={refused > 0 ? "number bad" : "number"}>
        {NUMBER.format(refused)}
        {refused > 0 && refusedAt && refusedCode && (
          <span class="small" title={codeHint(refusedCode)}>
            {refusedCode}, <Ago instant={refusedAt} />
          </span>
        )}
      </td>
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
    {durationText(agoMs(instant))} ago
  </time>
);
