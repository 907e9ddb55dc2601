// What the erasure of a person came to, with the texts that only somebody who reads can judge.
import { say } from "../languages/say";
import type { Erasure } from "./rows";

export function Erased({
  erasure: { address, events, history, records, userId, texts },
}: {
  erasure: Erasure;
}) {
  return (
    <div class="raised" role="status">
      <h2>{say("Erased")}</h2>
      <p>
        {address === null
          ? say("Nothing was kept of them.")
          : say(
              "Events changed: {events}; entries of histories: {history}; records: {records}. Where they stood is {address}.",
              { events, history, records, address },
            )}
        {userId !== null && ` ${say("User {id}, who they were, is disabled.", { id: userId })}`}
      </p>
      {texts.length > 0 && (
        <>
          <p>
            {say(
              "The texts of these events still name them. Look at each, and change what is to go: nobody else can tell whether it may stay.",
            )}
          </p>
          <ul class="counts">
            {texts.map(({ eventId, fields }) => (
              <li key={eventId}>
                <a href={`/?event=${eventId}`}>{say("Event {id}", { id: eventId })}</a>: {fields.join(", ")}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
