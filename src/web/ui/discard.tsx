// What is asked before anything that somebody typed is thrown away.
import { say } from "../languages/say";
import { Dialog } from "./dialog";

interface DiscardProps {
  onKeep: () => void;
  onDiscard: () => void;
}

export function Discard({ onKeep, onDiscard }: DiscardProps) {
  return (
    <Dialog title={say("Discard your changes?")} className="question" onClose={onKeep}>
      <div class="dialog-scroll">
        <p>{say("What you changed in this form is not saved yet.")}</p>
      </div>
      <footer class="dialog-foot">
        <span class="grow" />
        <button type="button" class="button danger" onClick={onDiscard}>
          {say("Discard")}
        </button>
        <button type="button" class="button primary" autofocus onClick={onKeep}>
          {say("Keep editing")}
        </button>
      </footer>
    </Dialog>
  );
}
