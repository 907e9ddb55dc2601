// Where somebody signs in with an access token: over an empty page, or over one whose token has ended.
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, reasonOf, Refusal } from "../api/client";
import { WhoAmIDocument } from "../api/operations";
import { isFramed } from "../embedded";
import { say, sayWith } from "../languages/say";
import { endedBecause, notSignedIn, signIn } from "../session";
import { AwaitToken } from "./await-token";
import icon from "./tidemark.svg";

interface SignInProps {
  /** Whose page lies underneath, unfinished: anybody else begins with a page of their own. */
  userId?: string | undefined;
}

/** In a frame nobody types a token: the page around it signs them in. */
export const SignIn = (props: SignInProps) => (isFramed ? <AwaitToken /> : <Form {...props} />);

function Form({ userId }: SignInProps) {
  const element = useRef<HTMLDialogElement>(null);
  // Over whatever else is open, and for as long as it takes.
  useEffect(() => element.current?.showModal(), []);
  const [secret, setSecret] = useState("");
  const [checking, setChecking] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const reason = refusal ?? endedBecause.value ?? (notSignedIn.value && WHY[notSignedIn.value]);
  const issuer = useIssuer();
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
        <h1 id="sign-in-title">{say("Sign in to Tidemark")}</h1>
        <p class="quiet">
          {issuer === null
            ? say("With an access token. It is kept in this tab, and forgotten when you close it.")
            : say("There, or with an access token. It is kept in this tab, and forgotten when you close it.")}
        </p>
        {reason !== null && (
          <p class="notice bad" role="alert">
            {reason}
          </p>
        )}
        {issuer !== null && (
          <a class="button primary" href={leaveFor()}>
            {say("Sign in at {issuer}", { issuer })}
          </a>
        )}
        <TokenField value={secret} onInput={setSecret} />
        <button class={issuer === null ? "button primary" : "button"} disabled={checking}>
          {checking ? say("Signing in…") : say("Sign in")}
        </button>
        <p class="quiet small">
          {sayWith("The first start of the service prints a token; later ones come from {command}.", {
            command: <code>tidemark token create</code>,
          })}
        </p>
      </form>
    </dialog>
  );
}

const WHY = {
  declined: say("You were not signed in there."),
  failed: say("Signing in there did not work: try again, or ask whoever runs the service."),
  late: say("Signing in there took too long: try again."),
};

/** Where people may sign in beside here; null: nowhere, or it is not known. */
function useIssuer(): string | null {
  const [issuer, setIssuer] = useState<string | null>(null);
  useEffect(() => {
    void fetch("/sign-in/offer")
      .then(async (reply) => setIssuer(((await reply.json()) as { issuer: string | null }).issuer))
      .catch(() => undefined);
  }, []);
  return issuer;
}

/** From here to the issuer, and back to this page. */
function leaveFor(): string {
  const page = location.pathname + location.search;
  return `/sign-in?${new URLSearchParams({ origin: location.origin, page }).toString()}`;
}

function TokenField({ value, onInput }: { value: string; onInput: (text: string) => void }) {
  return (
    <label class="field">
      <span>{say("Access token")}</span>
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
      ? say("The service does not know this token.")
      : reasonOf(error);
  }
}
