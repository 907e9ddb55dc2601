// Who else may read a user's calendar, or write in it as them.
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { type GrantAccess, GrantsDocument, SetGrantDocument } from "../api/operations";
import { say } from "../languages/say";
import { useAsked } from "../ui/asked";
import { Dialog } from "../ui/dialog";
import { ChoiceField } from "../ui/fields";
import { Refused, refusalText } from "../ui/refused";
import type { UserRow } from "./rows";

const ACCESS = [
  ["READ", say("Read all of it")],
  ["WRITE", say("Read, and write as its user")],
] as const;

interface GrantsProps {
  user: UserRow;
  users: readonly UserRow[];
  onClose: () => void;
}

export function Grants({ user, users, onClose }: GrantsProps) {
  const { data, problem, again } = useAsked(GrantsDocument, { calendarId: user.calendarId });
  const [refusal, setRefusal] = useState<string | null>(null);
  const grants = data?.calendarGrants ?? [];
  async function set(userId: string, access: GrantAccess | null): Promise<void> {
    try {
      await ask(SetGrantDocument, { calendarId: user.calendarId, userId, access });
      setRefusal(null);
    } catch (error) {
      setRefusal(refusalText(error));
    }
    await again();
  }
  return (
    <Dialog title={say("Access to the calendar of {name}", { name: user.name })} onClose={onClose}>
      <div class="dialog-scroll">
        <p class="quiet">{say("Administrators may read and write in every calendar; these may besides.")}</p>
        {data && grants.length === 0 && <p class="empty">{say("Nobody else.")}</p>}
        <ul class="grants">
          {grants.map(({ userId, access, user: granted }) => (
            <li key={userId}>
              <span dir="auto">
                {granted.name} <span class="quiet small">{granted.email}</span>
              </span>
              <span>{access === "WRITE" ? say("reads and writes") : say("reads")}</span>
              <button
                type="button"
                class="text-button"
                aria-label={say("Take away from {name}", { name: granted.name })}
                onClick={() => void set(userId, null)}
              >
                {say("Take away")}
              </button>
            </li>
          ))}
        </ul>
        <Refused text={problem ?? refusal} />
        <Granting user={user} users={users} onGrant={set} />
      </div>
    </Dialog>
  );
}

interface GrantingProps extends Omit<GrantsProps, "onClose"> {
  onGrant: (userId: string, access: GrantAccess) => Promise<void>;
}

function Granting({ user, users, onGrant }: GrantingProps) {
  const [to, setTo] = useState("");
  const [access, setAccess] = useState<GrantAccess>("READ");
  const others = users.filter(({ id, kind, disabled }) => id !== user.id && kind === "person" && !disabled);
  const choices = others.map(({ id, name, email }) => [id, `${name} (${email})`] as const);
  return (
    <form
      class="form-grid"
      onSubmit={(event) => {
        event.preventDefault();
        void onGrant(to, access).then(() => setTo(""));
      }}
    >
      <ChoiceField
        label={say("Let")}
        value={to}
        choices={[["", say("Choose somebody")], ...choices]}
        onChange={setTo}
      />
      <ChoiceField
        label={say("What they may do")}
        value={access}
        choices={ACCESS}
        onChange={(chosen) => setAccess(chosen as GrantAccess)}
      />
      <button class="button primary" disabled={to === ""}>
        {say("Give access")}
      </button>
    </form>
  );
}
