// The way to the other pages, on a page that somebody else's program fills.
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { account, keepAccount } from "./account";
import { type Place, Places } from "./places";

export function showPlaces(at: Place): void {
  const bar = document.getElementById("places");
  if (bar) render(<Bar at={at} />, bar);
}

function Bar({ at }: { at: Place }) {
  useEffect(keepAccount, []);
  return <Places at={at} role={account.value?.role} />;
}
