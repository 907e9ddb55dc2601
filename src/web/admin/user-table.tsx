// The users that fit, a row each, with what may be done to them. Of very many the first are shown.
import { say } from "../languages/say";
import { TableHead } from "../ui/table-head";
import { zoneCity } from "../ui/times";
import type { OpenUser, UserRow } from "./rows";

/** More is found by a longer text. */
const MAX_SHOWN = 200;

interface UserTableProps {
  users: readonly UserRow[];
  onOpen: (open: OpenUser) => void;
  onEnable: (user: UserRow) => void;
}

export function UserTable({ users, onOpen, onEnable }: UserTableProps) {
  if (users.length === 0) return <p class="empty">{say("Nobody fits.")}</p>;
  return (
    <>
      <div class="table-frame">
        <table>
          <TableHead titles={[say("Name"), say("Kind"), say("Address"), say("Time zone")]} acts />
          <tbody>
            {users.slice(0, MAX_SHOWN).map((user) => (
              <Row key={user.id} user={user} onOpen={onOpen} onEnable={onEnable} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet small">
        {users.length > MAX_SHOWN
          ? say("The first {most} of {count}: a longer text finds fewer.", {
              most: MAX_SHOWN,
              count: users.length,
            })
          : say("{count} in all.", { count: users.length })}
      </p>
    </>
  );
}

const KINDS = {
  person: say("person"),
  room: say("room"),
  equipment: say("equipment"),
  team: say("team"),
};

function kindOf({ kind, role, capacity }: UserRow): string {
  const word = kind === "person" && role === "admin" ? say("admin") : KINDS[kind];
  return capacity === null ? word : say("{kind}, for {count}", { kind: word, count: capacity });
}

function Row({ user, onOpen, onEnable }: { user: UserRow } & Omit<UserTableProps, "users">) {
  const { id, name, email, aliases, timezone, disabled } = user;
  const act = (label: string, run: () => void) => (
    <button type="button" class="text-button" aria-label={`${label}: ${name}`} onClick={run}>
      {label}
    </button>
  );
  return (
    <tr>
      <th scope="row">
        <span class="client-name" dir="auto">
          {name}
        </span>
        {disabled && <span class="pill">{say("disabled")}</span>}
      </th>
      <td data-label={say("Kind")}>{kindOf(user)}</td>
      <td data-label={say("Address")} class="wraps">
        {email}
        {aliases.length > 0 && (
          <span class="quiet small">{say("also {addresses}", { addresses: aliases.join(", ") })}</span>
        )}
      </td>
      <td data-label={say("Time zone")}>{zoneCity(timezone)}</td>
      <td class="whole">
        <span class="row-acts">
          {disabled ? (
            act(say("Enable"), () => onEnable(user))
          ) : (
            <>
              {act(say("Edit"), () => onOpen({ what: "form", user }))}
              {act(say("Access"), () => onOpen({ what: "grants", user }))}
            </>
          )}
          {act(say("Give events away"), () => onOpen({ what: "transfer", user }))}
          <a
            class="text-button"
            href={`/admin/acts?subject=user&id=${id}`}
            aria-label={say("History: {name}", { name })}
          >
            {say("History")}
          </a>
          {!disabled && act(say("Disable"), () => onOpen({ what: "disable", user }))}
        </span>
      </td>
    </tr>
  );
}
