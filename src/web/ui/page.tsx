// A page beside the calendar: its head, what it is about once it is known who looks, and the way in.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { say, titlePage } from "../languages/say";
import { token } from "../session";
import { account, accountProblem, readAccount } from "./account";
import { OtherSession } from "./other-session";
import { PageHead } from "./page-head";
import type { Place } from "./places";
import { SignIn } from "./sign-in";
import { Toasts } from "./toasts";

interface PageProps {
  at?: Place;
  title: string;
  children: ComponentChildren;
}

export function Page({ at, title, children }: PageProps) {
  useEffect(() => {
    titlePage(title);
  }, [title]);
  return (
    <>
      <PageHead at={at} />
      <main id="content" class="sheet" tabIndex={-1}>
        <h1>{title}</h1>
        {account.value ? children : <Waiting />}
      </main>
      <Toasts />
      {token.value === null && <SignIn userId={account.value?.id} />}
      <OtherSession />
    </>
  );
}

function Waiting() {
  if (accountProblem.value === null)
    return token.value === null ? null : <p class="quiet">{say("Loading…")}</p>;
  return (
    <div class="notice bad" role="alert">
      {accountProblem.value}{" "}
      <button type="button" class="text-button" onClick={() => void readAccount()}>
        {say("Try again")}
      </button>
    </div>
  );
}
