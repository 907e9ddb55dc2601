// What travels with a request: who calls, on which database, and where a write or a list is addressed.
import DataLoader from "dataloader";
import type { Database } from "./database/database";
import type { Caller } from "./entities/caller";
import { forbidden } from "./errors";
import { Tally } from "./telemetry/tally";
import { HeldBytes } from "./turns/held";

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
  /** It came by REST, which speaks for one calendar: an admin, too, hangs events only where its user takes part. */
  forOneCalendar?: boolean;
}

/** The context of one request. */
export class RequestContext implements Context {
  forOneCalendar = false;
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
