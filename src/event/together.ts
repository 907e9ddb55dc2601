// Single writes of many callers that go together (src/turns/together.ts): looked up together, composed and checked each for
// its own caller, written in one transaction, answered after its commit. Each row keeps its own access token, idempotency
// key and answer. Locks are tried: whose calendars somebody else has is done alone, the way of src/event/create.ts and change.ts. Where
// they are of several organisations, each of these has statements and a tick of its own in the transaction: no statement names two.
import type { CalendarRef, Context } from "../context";
import type { Database } from "../database/database";
import { inTransactionOnce, type Transaction } from "../database/transaction";
import type { Queryable } from "../database/text-rows";
import { Problem } from "../errors";
import { isRolledBack } from "../failures";
import { alone, Together, type Kind, type Settled } from "../turns/together";
import type { ReadInput } from "../values/rules";
import { Faults } from "../values/faults";
import type { EventInput, EventPatch } from "./event.inputs";
import { KeyTaken } from "../access/idempotency-keys";
import { findTaken, type Remember } from "./idempotency";
import type { Content } from "./fields";
import { lockTogether, type Address, type LockedEvent } from "./locked";
import { composeEvent, heldBy, namesPeople } from "./merge";
import type { Done } from "./outcomes";
import { findPeopleTogether, NOBODY, type KnownPeople } from "./people-of-write";
import type { EventView, RemovedView } from "./projection";
import { insertTogether, updateTogether, type Draft } from "./stored";

/** Attendees, and links, of a write that goes with others. */
const MAX_NAMED = 20;
/** Characters of its texts. */
const MAX_TEXT = 20_000;

/** A room that is taken would roll back the writes of all others. */
const isSmall = ({ attendees, relatedTo, parentId, description, requireRooms }: EventPatch): boolean =>
  parentId == null &&
  !requireRooms &&
  (attendees?.length ?? 0) <= MAX_NAMED &&
  (relatedTo?.length ?? 0) <= MAX_NAMED &&
  (description?.length ?? 0) <= MAX_TEXT;

/** Of each open database (by what all its callers share of it) the line of those who write. */
const lines = new WeakMap<Database["hints"], Together>();

/** Where single writes wait for each other. */
export function lineOf({ db }: Context): Together {
  const line = lines.get(db.hints) ?? new Together();
  lines.set(db.hints, line);
  return line;
}

/** What many callers write takes the organisation's share of connections. */
export const shared = ({ db, caller: { organisationId } }: Context): Database =>
  db.of({ organisationId, tokenId: null });

/** What many organisations write takes a share as if it were one of them. */
const OF_MANY = { organisationId: "many", tokenId: null };

/** The writes of one organisation in the transaction. */
interface Part<Item> {
  organisationId: string;
  items: readonly Item[];
  tx: Transaction;
  /** For what ends the part: the transaction with it, where it is the only one. */
  last: Queryable;
  isOnly: boolean;
}

type Settling<Item, Answer> = Promise<Map<Item, Settled<Answer>>>;

/** Does the part of each organisation, all in one transaction. */
async function inParts<Item extends { ctx: Context }, Answer>(
  items: readonly Item[],
  write: (part: Part<Item>) => Settling<Item, Answer>,
): Settling<Item, Answer> {
  const [{ ctx: first }] = items as [Item];
  const parts = new Map<string, Item[]>();
  for (const item of items) {
    const { organisationId } = item.ctx.caller;
    parts.set(organisationId, [...(parts.get(organisationId) ?? []), item]);
  }
  if (parts.size === 1) {
    const { organisationId } = first.caller;
    return inTransactionOnce(shared(first), (tx) =>
      write({ organisationId, items, tx, last: tx.last, isOnly: true }),
    );
  }
  return inTransactionOnce(first.db.of(OF_MANY), async (tx) => {
    // Where one fails, the others must have ended too before the connection is somebody else's.
    const done = await Promise.allSettled(
      [...parts].map(([organisationId, own]) =>
        write({ organisationId, items: own, tx, last: tx.client, isOnly: false }),
      ),
    );
    return new Map(
      done.flatMap((part) => {
        if (part.status === "rejected") throw part.reason as Error;
        return [...part.value];
      }),
    );
  });
}

interface Create extends ReadInput<EventInput> {
  ctx: Context;
  calendar: CalendarRef;
  remember: Remember | undefined;
}

/** Creates one event together with others; a big one, and one that cannot go with them, `byItself`. */
export function createTogether(
  create: Create,
  byItself: () => Promise<Done<EventView>>,
): Promise<Done<EventView>> {
  const { ctx, input, remember } = create;
  if (!isSmall(input)) return alone("big", byItself);
  return lineOf(ctx).join(CREATES, {
    item: create,
    organisationId: ctx.caller.organisationId,
    tokenId: ctx.caller.tokenId,
    ...(remember && { key: `${remember.userId} ${remember.key}` }),
    weight: 1 + (input.attendees?.length ?? 0),
    alone: byItself,
  });
}

/** What each comes to. One that is refused is told so, and costs the others nothing. */
export function composeEach<Item, Made>(
  items: readonly Item[],
  writeOf: (item: Item) => { ctx: Context; passedOver?: readonly string[] },
  refuse: (item: Item, refusal: Error) => void,
  compose: (item: Item, faults: Faults) => Made,
): (Made & { passedOver: readonly string[] })[] {
  return items.flatMap((item) => {
    const { ctx, passedOver } = writeOf(item);
    const faults = new Faults(ctx.handling, passedOver);
    try {
      const made = compose(item, faults);
      faults.throwIfAny();
      return [{ ...made, passedOver: faults.passedOver }];
    } catch (error) {
      refuse(item, error as Error);
      return [];
    }
  });
}

const CREATES: Kind<Create, Done<EventView>> = {
  mixes: true,
  isUndone: (error) => error instanceof KeyTaken || isRolledBack(error),
  go: (creates) => inParts(creates, writeCreates),
};

async function writeCreates({
  organisationId,
  items: creates,
  tx,
  last,
}: Part<Create>): Settling<Create, Done<EventView>> {
  const settled = new Map<Create, Settled<Done<EventView>>>();
  const keys = creates.flatMap(({ remember }) => remember ?? []);
  const [people, taken] = await Promise.all([
    findPeopleTogether(
      tx.client,
      organisationId,
      creates.map(({ input }) => input),
    ),
    findTaken(tx.client, organisationId, keys),
  ]);
  // Somebody has the whole organisation.
  if (!people) return settled;
  const refuse = (create: Create, refusal: Error): void => void settled.set(create, { refusal });
  const compose = (create: Create, faults: Faults): Draft & { create: Create } => {
    if (create.remember && taken.has(create.remember)) throw new KeyTaken();
    const event = composeEvent(create.ctx, create.calendar, create.input, people, faults);
    return { create, event, tokenId: create.ctx.caller.tokenId };
  };
  const drafts = composeEach(creates, (create) => create, refuse, compose);
  const made = await insertTogether(organisationId, tx, keys.length > 0 ? tx.client : last, drafts);
  const keeping = [...made].map(async ([{ create, passedOver }, view]) =>
    create.remember?.keep(tx.client, { view, passedOver }),
  );
  await Promise.all(keeping);
  for (const [{ create, passedOver }, view] of made) settled.set(create, { answer: { view, passedOver } });
  return settled;
}

/** With what a change is merged into the event: who is named, and where what is wrong with it is noted. */
export interface Merge {
  people: KnownPeople;
  faults: Faults;
}

interface ChangeOfOne {
  ctx: Context;
  address: Address;
  patch: EventPatch;
  /** Where what was passed over as it was read stands in it. */
  passedOver: readonly string[] | undefined;
  /** What it changes of the event; refuses where the caller may not change it. */
  merge: (found: LockedEvent, how: Merge) => Partial<Content>;
}

type Changed = Done<EventView | RemovedView>;

/** Changes one event together with others, when its turn has come; a big one, and one that cannot go with them, `byItself`. */
export function changeTogether(change: ChangeOfOne, byItself: () => Promise<Changed>): Promise<Changed> {
  const { ctx, patch } = change;
  if (!isSmall(patch) || change.address.reach === "meeting") return alone("big", byItself);
  return lineOf(ctx).join(CHANGES, {
    item: change,
    organisationId: ctx.caller.organisationId,
    tokenId: ctx.caller.tokenId,
    weight: 2 + (patch.attendees?.length ?? 0),
    alone: byItself,
  });
}

/** After a refusal of all, as after one of PostgreSQL's, nothing was done. */
export const isUndone = (error: unknown): boolean => error instanceof Problem || isRolledBack(error);

const CHANGES: Kind<ChangeOfOne, Changed> = {
  mixes: true,
  isUndone,
  go: (changes) => inParts(changes, writeChanges),
};

/** As many of an organisation are locked one by one (migrations/functions/locks.sql). */
const MAX_CALENDARS = 64;

/** How many calendars these have at most. */
const calendarsIn = (held: Iterable<LockedEvent>): number =>
  new Set([...held].flatMap(({ view }) => [view.ownerId, ...view.attendees.map(({ userId }) => userId)]))
    .size;

async function writeChanges({
  organisationId,
  items: changes,
  tx,
  last,
  isOnly,
}: Part<ChangeOfOne>): Settling<ChangeOfOne, Changed> {
  const settled = new Map<ChangeOfOne, Settled<Changed>>();
  const naming = changes.flatMap(({ patch }) => (namesPeople(patch) ? patch : []));
  const people = naming.length === 0 ? NOBODY : await findPeopleTogether(tx.client, organisationId, naming);
  if (!people) return settled;
  const asked = changes.map((change) => ({ ...change, change, invited: people.invitedBy(change.patch) }));
  const locked = await lockTogether(organisationId, tx, asked);
  // Behind another organisation's statements the transaction has to take the locks, which it holds, once more, and for so many it
  // would wait for the whole organisation.
  if (!isOnly && calendarsIn(locked.values()) + people.userIds.length > MAX_CALENDARS) return settled;
  // Where an organiser claims the event, more is to be known: it is done alone.
  const held = [...locked].filter(([, { claims }]) => !claims);
  const listed = held.flatMap(([{ patch }, { view }]) => (patch.attendees ? view.attendees : []));
  await people.addContacts(tx.client, organisationId, listed);
  const merged = composeEach(
    held,
    ([one]) => one,
    ([{ change }], refusal) => void settled.set(change, { refusal }),
    ([one, found], faults) => ({
      asked: one,
      locked: found,
      changes: one.merge(found, { people, faults }),
      tokenId: one.ctx.caller.tokenId,
    }),
  );
  const differing = merged.filter((one) => Object.keys(one.changes).length > 0);
  const views = await updateTogether(organisationId, tx, last, differing);
  for (const { asked: one, locked: found, passedOver } of merged) {
    const view = heldBy(one.address.calendar, views.get(found.view.id) ?? found.view, found);
    settled.set(one.change, { answer: { view, passedOver } });
  }
  return settled;
}
