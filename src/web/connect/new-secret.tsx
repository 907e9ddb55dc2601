// A token that was just made: its secret, this once, the first request to send with it, and whether the client did.
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, reasonOf } from "../api/client";
import { FirstPollDocument } from "../api/operations";
import { many, say } from "../languages/say";
import { Copy } from "../ui/copy";
import type { Owner } from "./owner";
import type { Made } from "./make-token";

const LOOK_EVERY_MS = 2_000;

/** Everything there is, and from then on what changed since the answer's `nextDeltaToken`. */
const commandFor = (secret: string): string =>
  `curl -s '${location.origin}/api/v1/events?showDeleted=true&since=0' \\\n  -H 'Authorization: Bearer ${secret}'`;

const feedFor = (secret: string): string => `${location.origin}/ical/${secret}.ics`;

export function NewSecret({ made, owner }: { made: Made; owner: Owner }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section aria-labelledby="secret-title" class="raised">
      <h2 id="secret-title" ref={title} tabIndex={-1} dir="auto">
        {say("The token of {name}", { name: made.name })}
      </h2>
      <p>{say("Copy it now: it is shown this once, and kept nowhere.")}</p>
      <div class="code-box">
        <code>{made.secret}</code>
        <Copy text={made.secret} says={say("Copy the token")} />
      </div>
      {made.isFeed ? (
        <Address address={feedFor(made.secret)} />
      ) : (
        <>
          <Command command={commandFor(made.secret)} />
          <FirstPoll made={made} owner={owner} />
        </>
      )}
    </section>
  );
}

const Command = ({ command }: { command: string }) => (
  <>
    <p>{say("Try it from a terminal, as the client will ask:")}</p>
    <div class="code-box">
      <code>{command}</code>
      <Copy text={command} says={say("Copy the command")} />
    </div>
  </>
);

const Address = ({ address }: { address: string }) => (
  <>
    <p>{say("Subscribe to this address in a calendar program. Whoever has it sees the calendar.")}</p>
    <div class="code-box">
      <code>{address}</code>
      <Copy text={address} says={say("Copy the address")} />
    </div>
  </>
);

type Heard = { mood: "idle" | "good" | "bad"; text: string };

const WAITING: Heard = { mood: "idle", text: say("Waiting for the first poll…") };

async function hear({ id, name }: Made, { calendarId, id: userId }: Owner): Promise<Heard> {
  const { syncView, tokens } = await ask(FirstPollDocument, { calendarId, userId });
  const client = syncView.clients.find(({ tokenId }) => tokenId === id);
  if (!client || (client.polledAt === null && client.refusedAt === null)) {
    const isUsed = tokens.some((token) => token.id === id && token.lastUsedAt !== null);
    // Whoever begins with another request doubts the token, which is good.
    const text = say("{name} has called with this token, and has not asked yet what changed.", { name });
    return isUsed ? { mood: "idle", text } : WAITING;
  }
  const { polledAt, delivered, refusedAt, refusals } = client;
  if (polledAt !== null && (refusedAt === null || polledAt >= refusedAt)) {
    const text = many(
      delivered,
      "It works: {name} has polled, and was sent {count} row.",
      "It works: {name} has polled, and was sent {count} rows.",
      { name },
    );
    return { mood: "good", text };
  }
  const [last] = refusals;
  const why = last ? `${last.code}: ${last.message}` : say("The sync page says why.");
  return { mood: "bad", text: say("{name} was heard, and refused. {why}", { name, why }) };
}

function FirstPoll({ made, owner }: { made: Made; owner: Owner }) {
  const [heard, setHeard] = useState(WAITING);
  useEffect(() => {
    const look = (): void => {
      hear(made, owner)
        .then(setHeard)
        .catch((error: unknown) => setHeard({ mood: "bad", text: reasonOf(error) }));
    };
    look();
    const timer = setInterval(() => document.hidden || look(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="first-poll" data-mood={heard.mood} role="status">
      <span class="lamp" /> <span dir="auto">{heard.text}</span>{" "}
      {heard.mood !== "idle" && <a href={`/sync?calendar=${owner.calendarId}`}>{say("How it is doing")}</a>}
    </p>
  );
}
