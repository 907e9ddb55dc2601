// A button that copies a text, and says that it did.
import { useState } from "preact/hooks";
import { say } from "../languages/say";
import { toast } from "./toasts";

const SAID_MS = 2_000;

interface CopyProps {
  text: string;
  /** The button's name, such as "Copy the token". */
  says: string;
  /** What stands on it, where what it copies is not beside it. */
  shows?: string;
}

export function Copy({ text, says, shows = say("Copy") }: CopyProps) {
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
        {shows}
      </button>
    </span>
  );
}
