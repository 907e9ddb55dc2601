// The head of the pages beside the calendar: the way to the others, what the page has to say, and who is signed in.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { say } from "../languages/say";
import { signOut, token } from "../session";
import { account, keepAccount } from "./account";
import { type Place, Places } from "./places";
import { Preferences, PreferencesButton } from "./preferences-dialog";
import tide from "./tidemark.svg";

export function PageHead({ at, children }: { at?: Place; children?: ComponentChildren }) {
  useEffect(keepAccount, []);
  const head = useRef<HTMLElement>(null);
  const role = account.value?.role;
  // Where the way to the others is one line that scrolls, it begins where the page is.
  useEffect(() => {
    head.current
      ?.querySelector(".places [aria-current]")
      ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [role]);
  return (
    <>
      <header class="page-head" ref={head}>
        <a class="skip" href="#content">
          {say("Skip to the page")}
        </a>
        <a class="brand" href="/">
          <img src={tide} alt="" width="26" height="26" />
          <span>Tidemark</span>
        </a>
        <Places at={at} role={role} />
        {children}
        {token.value !== null && (
          <p class="signed-in small">
            <span class="quiet" dir="auto" title={account.value?.email}>
              {account.value?.name}
            </span>
            <PreferencesButton />
            <button type="button" class="text-button" onClick={signOut}>
              {say("Sign out")}
            </button>
          </p>
        )}
      </header>
      <Preferences />
    </>
  );
}
