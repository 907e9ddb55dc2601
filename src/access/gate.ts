// The gate of both doors: who calls, and whether they may ask right now.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Config } from "../config";
import type { Caller } from "../entities/caller";
import type { Queryable } from "../database/text-rows";
import type { Log } from "../telemetry/log";
import { tallyOf, type Tally } from "../telemetry/tally";
import { Authenticator } from "./authenticate";
import { TokenScope } from "../entities/access-token";
import { forbidden, unauthorized } from "../errors";
import { LastUses } from "./last-uses";
import { RateLimits, type Fields } from "./rate-limits";
import { MAX_HEAVY, MAX_LIGHT, Requests } from "./requests";
import { Sockets } from "./sockets";
import { Streams } from "./streams";

const SECRET = /^tmk_[\w-]+$/;

interface Admission {
  answer: ServerResponse;
  among: Requests;
}

export class Gate {
  readonly limits: RateLimits;
  readonly light = new Requests(MAX_LIGHT);
  readonly heavy = new Requests(MAX_HEAVY);
  readonly streams = new Streams();
  readonly uses: LastUses;
  private readonly sockets = new Sockets();
  private readonly authenticator: Authenticator;

  constructor(pool: Queryable, config: Config, log: Log) {
    this.limits = new RateLimits(pool, config.rateLimitPerMinute, log);
    this.uses = new LastUses(pool, log);
    this.authenticator = new Authenticator(pool, config);
  }

  /** Refuses with 401; with 429 an address that has sent too many tokens that are not good, a token or an organisation on too many connections. */
  async authenticate(request: IncomingMessage, header = request.headers.authorization): Promise<Caller> {
    const caller = await this.identify(request, header);
    if (caller.scopes.includes(TokenScope.feed))
      throw forbidden("This token reads the calendar feed at /ical/{token}.ics, and nothing else.");
    return caller;
  }

  private async identify(request: IncomingMessage, header: string | undefined): Promise<Caller> {
    const caller = await this.authenticator.authenticate(header, request);
    this.uses.note(caller);
    this.sockets.hold(caller, request.socket);
    return caller;
  }

  /**
   * Lets one request in, when it is its turn, and writes into its answer what its token may still ask. Its body has not
   * been read by then.
   */
  async admit(request: IncomingMessage, answer: ServerResponse, among = this.heavy): Promise<Caller> {
    return this.letIn(await this.authenticate(request), { answer, among });
  }

  /** The same for a calendar program, which has the secret of a feed in the address and sends no header. */
  async admitFeed(request: IncomingMessage, answer: ServerResponse, secret: string): Promise<Caller> {
    if (!SECRET.test(secret)) throw unauthorized("This access token is unknown.");
    const caller = await this.identify(request, `Bearer ${secret}`);
    if (!caller.scopes.includes(TokenScope.feed)) throw forbidden('This token has no "feed" scope.');
    return this.letIn(caller, { answer, among: this.light });
  }

  private async letIn(caller: Caller, { answer, among }: Admission): Promise<Caller> {
    const tally = tallyOf(answer);
    this.count(caller, tally, answer);
    tally.stepAside = () => {
      among.leave(answer);
      return () => among.enter(caller, answer);
    };
    const turn = among.enter(caller, answer);
    if (turn) await turn;
    return caller;
  }

  /** Counts one request of the caller's: what it comes to beside that, it tells its tally. */
  count(caller: Caller, tally: Tally, fields?: Fields): void {
    tally.caller = caller;
    tally.spend = (share) => this.limits.spend(caller, share);
    this.limits.take(caller, fields);
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

  async close(): Promise<void> {
    this.limits.close();
    await this.uses.close();
  }
}
