// What is asked when an address brings another token than the tab's: stay, or go on as whoever that token is of.
import { useEffect, useState } from "preact/hooks";
import { ask, reasonOf, Refusal } from "../api/client";
import { WhoAmIDocument, type WhoAmIQuery } from "../api/operations";
import { say } from "../languages/say";
import { goOnAs, offered, signIn, token } from "../session";
import { Dialog } from "./dialog";

type Person = WhoAmIQuery["me"];
type Question = { present: Person; other: Person } | { problem: string };

export function OtherSession() {
  const secret = offered.value;
  return secret === null ? null : <Asked key={secret} secret={secret} />;
}

const stay = (): void => void (offered.value = null);

function Asked({ secret }: { secret: string }) {
  const [question, setQuestion] = useState<Question | null>(null);
  useEffect(() => void questionOf(secret).then(setQuestion), [secret]);
  if (question === null) return null;
  return (
    <Dialog title={say("Another access token")} onClose={stay}>
      {"problem" in question ? (
        <Unusable problem={question.problem} />
      ) : (
        <Choice {...question} onOther={() => goOnAs(secret)} />
      )}
    </Dialog>
  );
}

const nameOf = ({ name, email }: Person): string => `${name} (${email})`;

function Choice({ present, other, onOther }: { present: Person; other: Person; onOther: () => void }) {
  return (
    <>
      <div class="dialog-scroll">
        <p dir="auto">{say("You are signed in as {name}.", { name: nameOf(present) })}</p>
        <p dir="auto">
          {say(
            "The address you opened signs in as {name}. Go on only if you know where it comes from: what you enter from then on is theirs.",
            { name: nameOf(other) },
          )}
        </p>
      </div>
      <footer class="dialog-foot">
        <span class="grow" />
        <button type="button" class="button" onClick={onOther}>
          {say("Go on as {name}", { name: other.name })}
        </button>
        <button type="button" class="button primary" autofocus onClick={stay}>
          {say("Stay {name}", { name: present.name })}
        </button>
      </footer>
    </>
  );
}

function Unusable({ problem }: { problem: string }) {
  return (
    <>
      <div class="dialog-scroll">
        <p role="alert">{problem}</p>
      </div>
      <footer class="dialog-foot">
        <span class="grow" />
        <button type="button" class="button primary" autofocus onClick={stay}>
          {say("Go on as before")}
        </button>
      </footer>
    </>
  );
}

/** Null where there is nothing to ask: the token is the same person's, or the tab's own has ended. */
async function questionOf(secret: string): Promise<Question | null> {
  try {
    const { me: other } = await ask(WhoAmIDocument, {}, secret);
    const present = await whoIsHere();
    if (present && present.id !== other.id) return { present, other };
    stay();
    if (present) signIn(secret);
    else goOnAs(secret);
    return null;
  } catch (error) {
    const unknown = error instanceof Refusal && error.code === "unauthorized";
    return {
      problem: unknown ? say("The service does not know the token in this address.") : reasonOf(error),
    };
  }
}

async function whoIsHere(): Promise<Person | null> {
  try {
    return (await ask(WhoAmIDocument, {})).me;
  } catch (error) {
    if (token.peek() === null) return null;
    throw error;
  }
}
