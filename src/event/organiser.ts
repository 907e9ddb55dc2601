// Whose meeting an event is. Where another user of the organisation organises it, its creator owns it until that user's calendar
// writes it; where somebody outside does, its owner only keeps it, and hands it on when they leave.
import type { CalendarRef, Context } from "../context";
import { columns, flag, selectRows, sql, text } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import type { Attendee } from "../entities/event";
import { badRequest } from "../errors";
import { inDigits } from "../values/text";
import { MAX_ATTENDEES } from "./attendee.inputs";
import type { Content } from "./fields";
import type { LockedEvent } from "./locked";
import type { KnownPeople } from "./people-of-write";

interface Person {
  id: string;
  email: string;
  name: string;
}

/** What of an event, or of a series, says whose it is. */
export interface Meeting {
  view: { ownerId: string | null; attendees: readonly Attendee[] };
}

const listed = ({ id, email, name }: Person, status: Attendee["status"]): Attendee => ({
  ...{ userId: id, emailAddress: email, contactId: null, name, status },
  type: "required",
});

/**
 * What the first write of an organiser's own calendar adds: they are the owner from now on, and whoever made the event stays
 * on its list, as Accepted unless they have said otherwise. Refuses, as `bad_request`, where the list has no room for them.
 */
export function claimOf(
  { view, claims }: Meeting & Pick<LockedEvent, "claims">,
  changes: Partial<Content>,
  { userId }: CalendarRef,
  people: KnownPeople,
): Partial<Content> {
  if (!claims || view.ownerId === null) return changes;
  const creator = people.user(view.ownerId);
  const list = changes.attendees ?? view.attendees;
  const at = list.findIndex((one) => one.userId === view.ownerId);
  const was = list[at] ?? view.attendees.find((one) => one.userId === view.ownerId);
  const stays = was ?? (creator && listed(creator, "Accepted"));
  const answered = stays && {
    ...stays,
    status: stays.status === "NoResponse" ? ("Accepted" as const) : stays.status,
  };
  const attendees = answered ? (at < 0 ? [...list, answered] : list.with(at, answered)) : list;
  if (attendees.length > MAX_ATTENDEES) throw badRequest({ field: "attendees", message: NO_ROOM });
  return { ...changes, attendees: [...attendees], ownerId: userId };
}

const NO_ROOM = `attendees must have ${inDigits(MAX_ATTENDEES)} entries at most, together with whoever made the event, who stays on the list.`;

/** What an event is after it was handed on. */
export type Handed = Pick<Content, "ownerId" | "attendees" | "leftUserIds">;

const FOUND = columns({
  id: text("u.id"),
  email: text("u.email"),
  name: text("u.name"),
  isDisabled: flag("u.disabled_at is not null"),
});

/**
 * For events that their owner only keeps and now leaves: what handing each on to the next who takes part, in the order of the
 * list, changes. Whoever is disabled comes last. An event without an answer here has nobody left. One statement.
 */
export async function handOn<M extends Meeting & { leftUserIds: readonly string[] }>(
  { caller }: Context,
  client: Queryable,
  kept: readonly M[],
): Promise<Map<M, Handed>> {
  if (kept.length === 0) return new Map();
  const ids = kept.flatMap(({ view }) => [view.ownerId, ...view.attendees.map(({ userId }) => userId)]);
  const found = await selectRows(
    client,
    FOUND,
    sql`
      select ${FOUND} from app_user u
      where u.organisation_id = ${caller.organisationId} and u.kind not in ('room', 'equipment') and u.id = any (${[...new Set(ids.filter((id) => id !== null))]}::bigint[])`,
  );
  const users = new Map<string, (typeof found)[number]>();
  for (const user of found) if (!users.has(user.id)) users.set(user.id, user);
  return new Map(
    kept.flatMap((one): [M, Handed][] => {
      const { view, leftUserIds } = one;
      const keeper = users.get(view.ownerId ?? "");
      const others = view.attendees.flatMap(({ userId }) =>
        userId === null || userId === view.ownerId || leftUserIds.includes(userId)
          ? []
          : (users.get(userId) ?? []),
      );
      const heir = others.find(({ isDisabled }) => !isDisabled) ?? others[0];
      if (!heir || !keeper) return [];
      const isListed = view.attendees.some(({ userId }) => userId === keeper.id);
      // A full list has no room for who has left.
      const stays = isListed || view.attendees.length === MAX_ATTENDEES;
      const list = stays ? view.attendees : [...view.attendees, listed(keeper, "Declined")];
      const attendees = list.map((person) =>
        person.userId === keeper.id ? { ...person, status: "Declined" as const } : person,
      );
      return [[one, { ownerId: heir.id, attendees, leftUserIds: [...leftUserIds, keeper.id] }]];
    }),
  );
}
