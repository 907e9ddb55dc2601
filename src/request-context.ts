import type { Caller, Context } from "./context";
import type { Database } from "./database/database";
import { createLoaders, type Loaders } from "./graphql/loaders";
import { Tally } from "./telemetry/tally";

/** The context of one request; its loaders are made when something first needs one. */
export class RequestContext implements Context {
  forOneCalendar = false;
  private made: Loaders | undefined;

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

  get loaders(): Loaders {
    return (this.made ??= createLoaders(this));
  }

  /** What was loaded so far may have changed since. */
  renew(): void {
    this.made = undefined;
  }
}
