// The people of the organisation, and its rooms, equipment and teams: found by a text, added, changed and disabled.
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { AdminUsersDocument, DisableUserDocument, EnableUserDocument } from "../api/operations";
import { say } from "../languages/say";
import { useAsked } from "../ui/asked";
import { ChoiceField, TextField } from "../ui/fields";
import { PlusIcon } from "../ui/icons";
import { FormDialog } from "../ui/form-dialog";
import { Refused, refusalText } from "../ui/refused";
import { toast } from "../ui/toasts";
import { Grants } from "./grants";
import type { OpenUser, UserRow } from "./rows";
import { Transfer } from "./transfer";
import { UserForm } from "./user-form";
import { UserTable } from "./user-table";

const KINDS = [
  ["", say("Everybody")],
  ["person", say("People")],
  ["room", say("Rooms")],
  ["equipment", say("Equipment")],
  ["team", say("Teams")],
  ["disabled", say("Disabled")],
] as const;

const fits = ({ kind, disabled, name, email, aliases }: UserRow, which: string, sought: string): boolean =>
  (which === "disabled" ? disabled : !disabled && (which === "" || kind === which)) &&
  [name, email, ...aliases].join(" ").toLowerCase().includes(sought.trim().toLowerCase());

export function Users() {
  const { data, problem, again } = useAsked(AdminUsersDocument, {});
  const [which, setWhich] = useState("");
  const [sought, setSought] = useState("");
  const [open, setOpen] = useState<OpenUser>(null);
  const users = data?.users ?? [];
  async function enable({ id, name }: UserRow): Promise<void> {
    try {
      await ask(EnableUserDocument, { id });
      toast({ text: say("{name} may sign in again, with a new token.", { name }) });
      await again();
    } catch (error) {
      toast({ text: refusalText(error), bad: true });
    }
  }
  return (
    <section aria-label={say("Users and rooms")} aria-busy={data === null && problem === null}>
      <div class="filters">
        <TextField label={say("Name or address")} type="search" value={sought} onChange={setSought} />
        <ChoiceField label={say("Show")} value={which} choices={KINDS} onChange={setWhich} />
        <button type="button" class="button primary" onClick={() => setOpen({ what: "new" })}>
          <PlusIcon /> {say("Add a user or room")}
        </button>
      </div>
      <Refused text={problem} />
      {data && (
        <UserTable
          users={users.filter((user) => fits(user, which, sought))}
          onOpen={setOpen}
          onEnable={(user) => void enable(user)}
        />
      )}
      <Opened open={open} users={users} onClose={() => setOpen(null)} onDone={again} />
    </section>
  );
}

interface OpenedProps {
  open: OpenUser;
  users: readonly UserRow[];
  onClose: () => void;
  onDone: () => Promise<void>;
}

function Opened({ open, users, onClose, onDone }: OpenedProps) {
  if (open === null) return null;
  if (open.what === "new") return <UserForm user={null} onClose={onClose} onDone={onDone} />;
  const { user } = open;
  if (open.what === "form") return <UserForm user={user} onClose={onClose} onDone={onDone} />;
  if (open.what === "grants") return <Grants user={user} users={users} onClose={onClose} />;
  if (open.what === "transfer") return <Transfer user={user} users={users} onClose={onClose} />;
  return <Disabling user={user} onClose={onClose} onDone={onDone} />;
}

function Disabling({ user, onClose, onDone }: Pick<OpenedProps, "onClose" | "onDone"> & { user: UserRow }) {
  async function disable(): Promise<void> {
    await ask(DisableUserDocument, { id: user.id });
    toast({ text: say("{name} is disabled.", { name: user.name }) });
    await onDone();
  }
  return (
    <FormDialog
      danger
      title={say("Disable {name}?", { name: user.name })}
      send={say("Disable")}
      onSend={disable}
      onClose={onClose}
    >
      <p dir="auto">
        {say(
          "The access tokens of {name} end for good, within five seconds. Their events stay, and can be given to somebody else. You can enable them again; clients then need new tokens.",
          { name: user.name },
        )}
      </p>
    </FormDialog>
  );
}
