import type { Stream } from "../access/streams";
import type { Caller } from "../entities/caller";
import type { Database } from "../database/database";
import { RequestContext } from "../context";
import type { Hub } from "./hub";

interface Subscription {
  hub: Hub;
  /** Aborted when nobody listens any more. */
  signal: AbortSignal;
  /** What it may read at a time. */
  stream: Stream;
}

/** The context of one subscription. */
export class LiveContext extends RequestContext {
  readonly hub: Hub;
  readonly signal: AbortSignal;
  readonly stream: Stream;

  constructor(db: Database, caller: Caller, requestId: string, { hub, signal, stream }: Subscription) {
    super(db, caller, requestId);
    this.hub = hub;
    this.signal = signal;
    this.stream = stream;
  }
}
