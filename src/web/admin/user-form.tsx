// A user, room, piece of equipment or team: added, or changed.
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { AddUserDocument, ChangeUserDocument, type Role, type UserKind } from "../api/operations";
import { say } from "../languages/say";
import { ChoiceField, TextField } from "../ui/fields";
import { FormDialog } from "../ui/form-dialog";
import { BROWSER_ZONE } from "../ui/times";
import { ZoneSelect } from "../ui/zone-select";
import type { UserRow } from "./rows";

const KINDS = [
  ["person", say("Person")],
  ["room", say("Room")],
  ["equipment", say("Equipment")],
  ["team", say("Team")],
] as const;
const ROLES = [
  ["member", say("Member")],
  ["admin", say("Administrator")],
] as const;

interface Entered {
  kind: UserKind;
  name: string;
  email: string;
  /** One a line. */
  aliases: string;
  timezone: string;
  role: Role;
  capacity: string;
  maxTokens: string;
}

const NEW: Entered = {
  kind: "person",
  name: "",
  email: "",
  aliases: "",
  timezone: BROWSER_ZONE,
  role: "member",
  capacity: "",
  maxTokens: "",
};

const enteredOf = ({ aliases, capacity, maxTokens, ...user }: UserRow): Entered => ({
  ...user,
  aliases: aliases.join("\n"),
  capacity: String(capacity ?? ""),
  maxTokens: String(maxTokens),
});

const numberOf = (text: string): number | null => (text.trim() === "" ? null : Number(text));

function inputOf({ kind, name, email, aliases, timezone, role, capacity, maxTokens }: Entered) {
  const isPerson = kind === "person";
  return {
    ...{ kind, name: name.trim(), email: email.trim(), timezone },
    aliases: aliases.split(/[\n,;]/).flatMap((alias) => alias.trim() || []),
    role: isPerson ? role : ("member" as const),
    capacity: kind === "room" || kind === "equipment" ? numberOf(capacity) : null,
    ...(isPerson && { maxTokens: numberOf(maxTokens) }),
  };
}

/** What was changed here: what others changed meanwhile stays as they left it. */
const changedOf = <T extends object>(before: T, input: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(input).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof T]),
    ),
  ) as Partial<T>;

interface UserFormProps {
  /** Null: a new one. */
  user: UserRow | null;
  onClose: () => void;
  onDone: () => Promise<void>;
}

export function UserForm({ user, onClose, onDone }: UserFormProps) {
  const [entered, setEntered] = useState(user ? enteredOf(user) : NEW);
  const set = (change: Partial<Entered>): void => setEntered({ ...entered, ...change });
  async function send(): Promise<void> {
    const input = inputOf(entered);
    if (user)
      await ask(ChangeUserDocument, { id: user.id, input: changedOf(inputOf(enteredOf(user)), input) });
    else await ask(AddUserDocument, { input });
    await onDone();
  }
  const { kind } = entered;
  return (
    <FormDialog
      title={user ? say("Change {name}", { name: user.name }) : say("Add a user or room")}
      send={user ? say("Save") : say("Add")}
      onSend={send}
      onClose={onClose}
    >
      <ChoiceField
        label={say("Kind")}
        value={kind}
        choices={KINDS}
        onChange={(chosen) => set({ kind: chosen as UserKind })}
      />
      <TextField label={say("Name")} required value={entered.name} onChange={(name) => set({ name })} />
      <TextField label={say("Address")} required value={entered.email} onChange={(email) => set({ email })} />
      <label class="field">
        <span>{say("Other addresses of theirs, one a line")}</span>
        <textarea
          value={entered.aliases}
          onInput={({ currentTarget }) => set({ aliases: currentTarget.value })}
        />
      </label>
      <div class="field">
        <span>{say("Time zone")}</span>
        <ZoneSelect
          label={say("Time zone")}
          value={entered.timezone}
          onChange={(zone) => set({ timezone: zone ?? entered.timezone })}
        />
      </div>
      {kind === "person" && (
        <>
          <ChoiceField
            label={say("Role")}
            value={entered.role}
            choices={ROLES}
            onChange={(role) => set({ role: role as Role })}
          />
          <TextField
            label={say("Live access tokens at most")}
            type="number"
            hint={say("Empty: 20")}
            value={entered.maxTokens}
            onChange={(maxTokens) => set({ maxTokens })}
          />
        </>
      )}
      {(kind === "room" || kind === "equipment") && (
        <TextField
          label={say("How many people it holds")}
          type="number"
          value={entered.capacity}
          onChange={(capacity) => set({ capacity })}
        />
      )}
    </FormDialog>
  );
}
