// What travels with a request: who calls, on which database, and where a write or a list is addressed.
import DataLoader from "dataloader";
import type { Database } from "./database/database";
import type { Caller } from "./entities/caller";
import { forbidden } from "./errors";
import { Tally } from "./telemetry/tally";
import { HeldBytes } from "./turns/held";
import { Handling } from "./values/handling";
import type { Instant } from "./values/instants";

export interface Context {
  db: Database;
  caller: Caller;
  requestId: string;
  /** What `perRequest` made for this request. */
  made: Map<object, unknown>;
  /** What the request comes to, for log and metrics. */
  tally: Tally;
  /** What its answer holds of its token's share of the memory. */
  readonly held: HeldBytes;
  /** How the door speaks through which it came. */
  readonly terms: DoorTerms;
  /** What becomes of the parts of a write that its caller has no say in, or that cannot be understood. */
  readonly handling: Handling;
  /** HTTP's If-Match: whether the client holds the event of this entity tag. Any will do where the request has none. */
  readonly ifMatch?: (etag: string) => boolean;
  /** For a door that passes a list on in pieces: the piece that is asked for. Otherwise the list is part of one answer. */
  readonly piece?: Piece;
  /** For a door that tells a watermark of ours from a client's own clock: the feed is asked for from one of ours. */
  readonly isCovered?: boolean;
}

/** How a door speaks, where the doors differ in more than their format. */
export interface DoorTerms {
  /** It speaks for one calendar: an admin, too, hangs events only where its user takes part. */
  readonly forOneCalendar: boolean;
  /** What its clients call an argument, where that is not its name. */
  readonly names: Readonly<Record<string, string>>;
}

const PLAIN_TERMS: DoorTerms = { forOneCalendar: false, names: {} };

/** What a refusal calls an argument. */
export const nameOf = ({ terms }: Context, argument: string): string => terms.names[argument] ?? argument;

/** An event in a tick: those of one tick are in the order of their ids. */
export interface TickPlace {
  tick: Instant;
  eventId: string;
}

/** A piece of a list: where it begins, and how much it has. */
export interface Piece {
  rows: number;
  bytes: number;
  /** Null is the start of the list. */
  place: {
    /** As the list names its places. */
    position: string;
    /** For lists of a calendar: its clock from before the first page was read. */
    clock: string | null;
    /** For a feed: the tick after the position was too long for the piece before, and is read up to here. */
    within?: TickPlace | null;
  } | null;
}

/** The request, asking for one piece of its list. */
export const forPiece = (ctx: Context, piece: Piece): Context =>
  Object.assign(Object.create(ctx) as Context, { piece });

/** The request, going on from a watermark of ours. */
export const standingAtOurs = (ctx: Context): Context =>
  Object.assign(Object.create(ctx) as Context, { isCovered: true });

/** The request, for a write that is handled so. */
export const handledAs = (ctx: Context, handling: Handling | null | undefined): Context =>
  handling == null || handling === ctx.handling
    ? ctx
    : Object.assign(Object.create(ctx) as Context, { handling });

/** The context of one request. */
export class RequestContext implements Context {
  terms = PLAIN_TERMS;
  handling = Handling.STRICT;
  ifMatch?: Context["ifMatch"];
  readonly made = new Map<object, unknown>();
  /** One for the copy of this on which Apollo works, too. */
  private readonly account: { held?: HeldBytes } = {};

  /** The database as it is for the caller: with their share of it. */
  readonly db: Database;

  constructor(
    db: Database,
    readonly caller: Caller,
    readonly requestId: string,
    /** Nobody called: looking at `caller` is refused (src/graphql/door.ts). */
    readonly anonymous = false,
    public tally = new Tally(),
  ) {
    this.db = anonymous ? db : db.of(caller);
  }

  get held(): HeldBytes {
    const { account, tally } = this;
    if (!account.held) {
      account.held = new HeldBytes(this.caller);
      tally.held = account.held;
      if (tally.isOver) account.held.end();
    }
    return account.held;
  }

  /** Forgets what was made so far: what was looked up may have changed since. */
  renew(): void {
    this.made.clear();
  }
}

/** Something that a request has one of, made when it is first asked for. */
export function perRequest<T>(make: (ctx: Context) => T): (ctx: Context) => T {
  const of = (ctx: Context): T => {
    if (!ctx.made.has(of)) ctx.made.set(of, make(ctx));
    return ctx.made.get(of) as T;
  };
  return of;
}

/** Looks rows up by id, those of one level of an answer in one call of `find`; null where there is none. */
export const loaderById = <T extends { id: string }>(
  find: (ctx: Context, ids: readonly string[]) => Promise<T[]>,
): ((ctx: Context) => DataLoader<string, T | null>) =>
  perRequest(
    (ctx) =>
      new DataLoader(async (ids: readonly string[]) => {
        const found = new Map((await find(ctx, ids)).map((one) => [one.id, one]));
        return ids.map((id) => found.get(id) ?? null);
      }),
  );

/** A calendar that a request speaks for, and whose it is. */
export interface CalendarRef {
  id: string;
  userId: string;
}

/** Refuses, as `forbidden`, a caller whose token lacks the scope. */
export function requireScope({ caller }: Context, scope: "read" | "write"): void {
  if (!caller.scopes.some((held) => held === scope)) throw forbidden(`This token has no "${scope}" scope.`);
}

/** Refuses, as `forbidden`, everybody but admins. */
export function requireAdmin({ caller }: Context, what: string): void {
  if (caller.role !== "admin") throw forbidden(`Only an admin may ${what}.`);
}
