// Where somebody signs in with an access token: over an empty page, or over one whose token has ended.
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, reasonOf, Refusal } from "../api/client";
import { WhoAmIDocument } from "../api/operations";
import { endedBecause, signIn } from "../session";
import icon from "./tidemark.svg";

interface SignInProps {
  /** Whose page lies underneath, unfinished: anybody else begins with a page of their own. */
  userId?: string | undefined;
}

export function SignIn({ userId }: SignInProps) {
  const element = useRef<HTMLDialogElement>(null);
  // Over whatever else is open, and for as long as it takes.
  useEffect(() => element.current?.showModal(), []);
  const [secret, setSecret] = useState("");
  const [checking, setChecking] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const reason = refusal ?? endedBecause.value;
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const given = secret.trim().replace(/^Bearer\s+/i, "");
    if (given === "") return;
    setChecking(true);
    setRefusal(await refusalOf(given, userId));
    setChecking(false);
  }
  return (
    <dialog
      ref={element}
      class="sign-in"
      aria-labelledby="sign-in-title"
      onCancel={(event) => event.preventDefault()}
    >
      <form class="card" onSubmit={submit}>
        <img src={icon} alt="" width="44" height="44" />
        <h1 id="sign-in-title">Sign in to Tidemark</h1>
        <p class="quiet">With an access token. It is kept in this tab, and forgotten when you close it.</p>
        {reason !== null && (
          <p class="notice bad" role="alert">
            {reason}
          </p>
        )}
        <TokenField value={secret} onInput={setSecret} />
        <button class="button primary" disabled={checking}>
          {checking ? "Signing in…" : "Sign in"}
        </button>
        <p class="quiet small">
          The first start of the service prints a token; later ones come from{" "}
          <code>tidemark token create</code>.
        </p>
      </form>
    </dialog>
  );
}

function TokenField({ value, onInput }: { value: string; onInput: (text: string) => void }) {
  return (
    <label class="field">
      <span>Access token</span>
      <input
        type="password"
        name="token"
        placeholder="tmk_…"
        autocomplete="off"
        spellcheck={false}
        autofocus
        required
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

/** Signs in if the service takes the token; why not, otherwise. */
async function refusalOf(secret: string, userId: string | undefined): Promise<string | null> {
  try {
    const { me } = await ask(WhoAmIDocument, {}, secret);
    signIn(secret);
    if (userId !== undefined && userId !== me.id) location.reload();
    return null;
  } catch (error) {
    return error instanceof Refusal && error.code === "unauthorized"
      ? "The service does not know this token."
      : reasonOf(error);
  }
}
