// A button that copies a text, and says that it did.
import { useState } from "preact/hooks";
import { say } from "../languages/say";
import { toast } from "./toasts";

const SAID_MS = 2_000;

/** `says` is the button's name, such as "Copy the token". */
export function Copy({ text, says }: { text: string; says: string }) {
  const [done, setDone] = useState(false);
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      setTimeout(() => setDone(false), SAID_MS);
    } catch {
      // Browsers give the clipboard to pages over https and on this machine alone.
      toast({
        text: say("This browser does not let the page copy: select the text and copy it yourself."),
        bad: true,
      });
    }
  }
  return (
    <span class="copy">
      <span class="quiet small" role="status">
        {done && say("Copied")}
      </span>
      <button type="button" class="button" aria-label={says} onClick={() => void copy()}>
        {say("Copy")}
      </button>
    </span>
  );
}
