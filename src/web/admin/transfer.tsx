// All events of one user become another's: of somebody who left, before or after they are disabled.
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { TransferEventsDocument } from "../api/operations";
import { many, say } from "../languages/say";
import { ChoiceField } from "../ui/fields";
import { FormDialog } from "../ui/form-dialog";
import { toast } from "../ui/toasts";
import type { UserRow } from "./rows";

interface TransferProps {
  user: UserRow;
  users: readonly UserRow[];
  onClose: () => void;
}

export function Transfer({ user, users, onClose }: TransferProps) {
  const [to, setTo] = useState("");
  const others = users.filter(({ id, disabled }) => id !== user.id && !disabled);
  const choices = others.map(({ id, name, email }) => [id, `${name} (${email})`] as const);
  async function give(): Promise<void> {
    const { transferEvents: count } = await ask(TransferEventsDocument, { from: user.id, to });
    toast({
      text: many(count, "{count} event has a new owner.", "{count} events have a new owner."),
    });
  }
  return (
    <FormDialog
      danger
      title={say("Give the events of {name} away", { name: user.name })}
      send={say("Give them")}
      ready={to !== ""}
      onSend={give}
      onClose={onClose}
    >
      <p>{say("Every event that they own gets the new owner, who may change and delete it from then on.")}</p>
      <ChoiceField
        label={say("New owner")}
        value={to}
        choices={[["", say("Choose somebody")], ...choices]}
        onChange={setTo}
      />
    </FormDialog>
  );
}
