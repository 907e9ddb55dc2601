// The access tokens of a person: who holds them, when they were last used, and how to end one.
import { useEffect, useState } from "preact/hooks";
import { ask } from "../api/client";
import {
  RevokeTokenDocument,
  type TokenRowFragment,
  type TokenScope,
  TokensDocument,
} from "../api/operations";
import { say } from "../languages/say";
import { account } from "../ui/account";
import { useAsked } from "../ui/asked";
import { FormDialog } from "../ui/form-dialog";
import { TableHead } from "../ui/table-head";
import { BROWSER_ZONE, momentText, nowText } from "../ui/times";
import { toast } from "../ui/toasts";
import type { Owner } from "./owner";

const moment = (instant: string): string => momentText(instant, account.value?.timezone ?? BROWSER_ZONE);

export function TokenList({ owner, changes }: { owner: Owner; changes: number }) {
  const { data, problem, again } = useAsked(TokensDocument, { userId: owner.id });
  useEffect(() => {
    if (changes > 0) void again();
  }, [changes]);
  const [ending, setEnding] = useState<TokenRowFragment | null>(null);
  const tokens = data?.tokens ?? [];
  return (
    <section aria-labelledby="tokens-title" aria-busy={data === null && problem === null}>
      <h2 id="tokens-title" dir="auto">
        {say("Tokens of {name}", { name: owner.name })}
      </h2>
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {data !== null && tokens.length === 0 && <p class="empty">{say("There is none yet.")}</p>}
      {tokens.length > 0 && (
        <div class="table-frame">
          <table>
            <TableHead
              titles={[
                say("Client"),
                say("State"),
                say("May|token"),
                say("Last used"),
                say("Made|token"),
                say("Ends|token"),
                say("Made by"),
              ]}
              acts
            />
            <tbody>
              {tokens.map((token) => (
                <Row key={token.id} token={token} tokens={tokens} onEnd={() => setEnding(token)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {ending && <Revoking token={ending} onClose={() => setEnding(null)} onDone={again} />}
    </section>
  );
}

const SCOPES: Readonly<Record<TokenScope, string>> = {
  read: say("read"),
  write: say("write"),
  feed: say("feed"),
};

const STATES = { Live: say("Live|token"), Revoked: say("Revoked|token"), Expired: say("Expired|token") };

/** Whether it still opens anything; the database's own clock has the last word. */
function stateOf({ revokedAt, expiresAt }: TokenRowFragment): "Live" | "Revoked" | "Expired" {
  if (revokedAt !== null) return "Revoked";
  return expiresAt !== null && expiresAt <= nowText() ? "Expired" : "Live";
}

interface RowProps {
  token: TokenRowFragment;
  tokens: readonly TokenRowFragment[];
  onEnd: () => void;
}

function Row({ token, tokens, onEnd }: RowProps) {
  const { id, name, scopes, lastUsedAt, createdAt, expiresAt, issuer, madeBy } = token;
  const state = stateOf(token);
  const maker = tokens.find((one) => one.id === madeBy)?.name;
  return (
    <tr>
      <th scope="row">
        <span class="client-name" dir="auto">
          {name}
        </span>
        <span class="quiet small">
          {issuer === null
            ? say("Token {id}", { id })
            : say("Token {id}, signs in through {issuer}", { id, issuer })}
        </span>
      </th>
      <td data-label={say("State")}>
        <span class="pill" data-mood={state === "Live" ? "good" : "idle"}>
          {STATES[state]}
        </span>
      </td>
      <td data-label={say("May|token")}>{scopes.map((scope) => SCOPES[scope]).join(", ")}</td>
      <td data-label={say("Last used")}>{lastUsedAt ? moment(lastUsedAt) : say("never")}</td>
      <td data-label={say("Made|token")}>{moment(createdAt)}</td>
      <td data-label={say("Ends|token")}>{expiresAt ? moment(expiresAt) : "–"}</td>
      <td data-label={say("Made by")} dir="auto">
        {madeBy === null ? "–" : (maker ?? say("token {id}", { id: madeBy }))}
      </td>
      <td>
        {state === "Live" && (
          <button
            type="button"
            class="text-button"
            aria-label={say("Revoke {name}, token {id}", { name, id })}
            onClick={onEnd}
          >
            {say("Revoke")}
          </button>
        )}
      </td>
    </tr>
  );
}

interface RevokingProps {
  token: TokenRowFragment;
  onClose: () => void;
  onDone: () => Promise<void>;
}

function Revoking({ token: { id, name }, onClose, onDone }: RevokingProps) {
  async function revoke(): Promise<void> {
    await ask(RevokeTokenDocument, { id });
    toast({ text: say("The token of {name} is revoked.", { name }) });
    await onDone();
  }
  return (
    <FormDialog
      danger
      title={say("Revoke the token of {name}?", { name })}
      send={say("Revoke it")}
      onSend={revoke}
      onClose={onClose}
    >
      <p dir="auto">
        {say(
          "{name} can no longer sign in with it, within five seconds, nor can any token it made. It cannot be undone: a client that is to go on needs a new one.",
          { name },
        )}
      </p>
    </FormDialog>
  );
}
