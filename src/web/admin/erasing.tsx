// The question before a person is erased: the address, typed once more.
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { ErasePersonDocument } from "../api/operations";
import { say } from "../languages/say";
import { TextField } from "../ui/fields";
import { FormDialog } from "../ui/form-dialog";
import type { Erasure } from "./rows";

interface ErasingProps {
  email: string;
  onClose: () => void;
  onDone: (erasure: Erasure) => void;
}

export function Erasing({ email, onClose, onDone }: ErasingProps) {
  const [typed, setTyped] = useState("");
  async function erase(): Promise<void> {
    onDone((await ask(ErasePersonDocument, { email })).erasePerson);
  }
  return (
    <FormDialog
      danger
      title={say("Erase this person?")}
      send={say("Erase for good")}
      ready={typed.trim().toLowerCase() === email.toLowerCase()}
      onSend={erase}
      onClose={onClose}
    >
      <p dir="auto">
        {say(
          "{email} goes from every event, record, history and log of the organisation, and every client is told. A user of this address is disabled. Nobody can undo it, not even from here.",
          { email },
        )}
      </p>
      <TextField label={say("Type the address to go on")} value={typed} onChange={setTyped} />
    </FormDialog>
  );
}
