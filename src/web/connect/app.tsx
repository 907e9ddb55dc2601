// Connecting a client such as BrightSync: a token for it, the first request to try, and whether its first poll came.
import { useState } from "preact/hooks";
import { PeopleDocument } from "../api/operations";
import { say, sayWith } from "../languages/say";
import { account, type Account } from "../ui/account";
import { useAsked } from "../ui/asked";
import { Page } from "../ui/page";
import { MakeToken, type Made } from "./make-token";
import { NewSecret } from "./new-secret";
import type { Owner } from "./owner";
import { TokenList } from "./token-list";

export function App() {
  const who = account.value;
  return (
    <Page at="/connect" title={say("Connect BrightSync")}>
      {who && <Content who={who} />}
    </Page>
  );
}

function Content({ who }: { who: Account }) {
  const [owner, setOwner] = useState<Owner>(who);
  const [made, setMade] = useState<Made | null>(null);
  const [changes, setChanges] = useState(0);
  const changed = (): void => setChanges((count) => count + 1);
  return (
    <>
      <p>
        {sayWith(
          "BrightSync, or any other client, reads and writes one person's calendar with an access token of theirs. {docs}, and {sync}, have pages of their own.",
          {
            docs: <a href="/api/v1/docs">{say("What it may ask for")}</a>,
            sync: <a href="/sync">{say("how it keeps up")}</a>,
          },
        )}
      </p>
      {who.role === "admin" && (
        <OwnerChoice
          owner={owner}
          onChange={(chosen) => {
            setOwner(chosen);
            setMade(null);
          }}
        />
      )}
      <MakeToken
        key={owner.id}
        owner={owner}
        onMade={(token) => {
          setMade(token);
          changed();
        }}
      />
      {made && <NewSecret key={made.id} made={made} owner={owner} />}
      <TokenList key={`${owner.id} of`} owner={owner} changes={changes} />
    </>
  );
}

/** An admin connects clients for everybody. Rooms and teams have no tokens. */
function OwnerChoice({ owner, onChange }: { owner: Owner; onChange: (owner: Owner) => void }) {
  const { data, problem } = useAsked(PeopleDocument, {});
  const people = data?.users.filter(({ kind }) => kind === "person") ?? [];
  return (
    <section>
      <label class="field chooser">
        <span>{say("Whose calendar")}</span>
        <select
          value={owner.id}
          onChange={({ currentTarget }) => {
            const chosen = people.find(({ id }) => id === currentTarget.value);
            if (chosen) onChange(chosen);
          }}
        >
          {(people.length > 0 ? people : [owner]).map(({ id, name, email }) => (
            <option key={id} value={id}>
              {name} ({email})
            </option>
          ))}
        </select>
      </label>
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
