// The gate of both doors: who calls, and whether they may ask right now.
import type { IncomingMessage } from "node:http";
import type { Config } from "../config";
import type { Caller } from "../context";
import type { Queryable } from "../database/text-rows";
import type { Log } from "../log";
import { tallyOf } from "../telemetry/tally";
import { Authenticator } from "./authenticate";
import { RateLimits, type Fields } from "./rate-limits";
import { Streams } from "./streams";

export class Gate {
  readonly limits: RateLimits;
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

  /** Lets one request in and writes into its answer what its token may still ask. */
  async admit(request: IncomingMessage, answer: Fields): Promise<Caller> {
    const caller = await this.authenticate(request);
    tallyOf(answer).caller = caller;
    this.limits.take(caller, answer);
    return caller;
  }

  /** Lets in somebody who sends no token, for what needs none. */
  passStranger(request: IncomingMessage): void {
    this.authenticator.passStranger(request);
  }

  close(): void {
    this.limits.close();
  }
}
