import type { Caller } from "../context";
import type { Database } from "../database/database";
import { RequestContext } from "../request-context";
import type { Hub } from "./hub";

/** The context of one subscription. */
export class LiveContext extends RequestContext {
  constructor(
    db: Database,
    caller: Caller,
    requestId: string,
    readonly hub: Hub,
    /** Aborted when nobody listens any more. */
    readonly signal: AbortSignal,
  ) {
    super(db, caller, requestId);
  }
}
