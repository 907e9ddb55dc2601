// The form that makes an access token for a client.
import { useState } from "preact/hooks";
import { ask, reasonOf } from "../api/client";
import { MakeTokenDocument, type TokenScope } from "../api/operations";
import { many, say } from "../languages/say";
import { addMinutes, nowText } from "../ui/times";
import type { Owner } from "./owner";

export interface Made {
  id: string;
  name: string;
  /** Known to this page alone, and only until it is left. */
  secret: string;
  /** For calendar programs: an address instead of a header. */
  isFeed: boolean;
}

const MAY: Record<string, { label: string; scopes: TokenScope[] }> = {
  both: { label: say("Read and write"), scopes: ["read", "write"] },
  read: { label: say("Read only"), scopes: ["read"] },
  feed: { label: say("Calendar feed (.ics) only"), scopes: ["feed"] },
};

const LASTS: readonly [label: string, days: number | null][] = [
  [say("Until it is revoked"), null],
  [many(30, "{count} day", "{count} days"), 30],
  [many(90, "{count} day", "{count} days"), 90],
  [say("A year"), 365],
];

/** When a token that is made now ends. */
const expiryOf = (days: number | null): string | null =>
  days === null ? null : addMinutes(nowText(), days * 1_440);

export function MakeToken({ owner, onMade }: { owner: Owner; onMade: (made: Made) => void }) {
  const [name, setName] = useState("BrightSync");
  const [may, setMay] = useState("both");
  const [days, setDays] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  async function make(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    try {
      const scopes = MAY[may]?.scopes ?? [];
      const wish = { userId: owner.id, name: name.trim(), scopes, expiresAt: expiryOf(days) };
      const { createToken } = await ask(MakeTokenDocument, wish);
      setProblem(null);
      onMade({ id: createToken.id, name: wish.name, secret: createToken.token, isFeed: may === "feed" });
    } catch (error) {
      setProblem(reasonOf(error));
    }
    setBusy(false);
  }
  return (
    <section aria-labelledby="make-title">
      <h2 id="make-title">{say("Make a token")}</h2>
      <form class="form-grid" onSubmit={(event) => void make(event)}>
        <label class="field">
          <span>{say("Client that will hold it")}</span>
          <input
            required
            maxLength={200}
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>{say("What it may do")}</span>
          <select value={may} onChange={({ currentTarget }) => setMay(currentTarget.value)}>
            {Object.entries(MAY).map(([key, { label }]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{say("How long it lasts")}</span>
          <select
            value={days ?? ""}
            onChange={({ currentTarget }) => setDays(Number(currentTarget.value) || null)}
          >
            {LASTS.map(([label, count]) => (
              <option key={label} value={count ?? ""}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <button class="button primary" disabled={busy || name.trim() === ""}>
          {say("Make a token")}
        </button>
        {problem !== null && (
          <p class="notice bad wide" role="alert">
            {problem}
          </p>
        )}
      </form>
    </section>
  );
}
