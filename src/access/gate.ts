// The gate of both doors: who calls, and whether they may ask right now.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Config } from "../config";
import type { Caller } from "../context";
import type { Queryable } from "../database/text-rows";
import type { Log } from "../log";
import { tallyOf } from "../telemetry/tally";
import { Authenticator } from "./authenticate";
import { RateLimits } from "./rate-limits";
import { MAX_HEAVY, MAX_LIGHT, Requests } from "./requests";
import { Streams } from "./streams";

export class Gate {
  readonly limits: RateLimits;
  readonly light = new Requests(MAX_LIGHT);
  readonly heavy = new Requests(MAX_HEAVY);
  readonly streams = new Streams();
  private readonly authenticator: Authenticator;

  constructor(pool: Queryable, config: Config, log: Log) {
    this.limits = new RateLimits(pool, config.rateLimitPerMinute, log);
    this.authenticator = new Authenticator(pool, config);
  }

  /** Refuses with 401; with 429 an address that has sent too many tokens that are not good. */
  authenticate(request: IncomingMessage, header = request.headers.authorization): Promise<Caller> {
    return this.authenticator.authenticate(header, request);
  }

  /**
   * Lets one request in, when it is its turn, and writes into its answer what its token may still ask. Its body has not
   * been read by then.
   */
  async admit(request: IncomingMessage, answer: ServerResponse, among = this.heavy): Promise<Caller> {
    const caller = await this.authenticate(request);
    tallyOf(answer).caller = caller;
    this.limits.take(caller, answer);
    const turn = among.enter(caller, answer);
    if (turn) await turn;
    return caller;
  }

  /** The answer goes on as a stream, which is counted as one (src/access/streams.ts): its places are free. */
  leave(answer: ServerResponse): void {
    this.light.leave(answer);
    this.heavy.leave(answer);
  }

  /** Lets in somebody who sends no token, for what needs none. */
  passStranger(request: IncomingMessage): void {
    this.authenticator.passStranger(request);
  }

  close(): void {
    this.limits.close();
  }
}
