// What a page in a frame shows until the page around it has signed somebody in.
import { say } from "../languages/say";
import { endedBecause } from "../session";

export function AwaitToken() {
  return (
    <main id="content" class="waiting" aria-busy="true">
      {endedBecause.value !== null && (
        <p class="notice bad" role="alert">
          {endedBecause.value}
        </p>
      )}
      <p class="quiet">{say("Waiting for the page around this one to sign you in…")}</p>
    </main>
  );
}
