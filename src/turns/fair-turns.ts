// Fair turns: so many work at a time, in all, of an organisation and of a token. Whoever asks for more waits in their own
// line, and a place that becomes free goes round, from organisation to organisation and within it from token to token.
import { counts, type Line } from "../telemetry/counts";

/** On whose account something is done. The command line has no token. */
export interface Asker {
  readonly organisationId: string;
  readonly tokenId: string | null;
}

export interface Shares {
  /** What /metrics calls the line. */
  line: Line;
  /** How many work at a time: in all, of an organisation, of a token. Everybody has one at least. */
  all?: number;
  organisation: number;
  token: number;
  /** How many more of an organisation may work where nothing of their token does: nobody is kept out by a colleague. */
  newcomers?: number;
  /** How many of a token may wait, and how long. Without a time they wait as long as it takes. */
  waiting: number;
  patienceMs?: number;
  /** With what one who cannot join the line is refused. */
  tooLong: () => Error;
  /** With what one who has waited for too long is. */
  tooLate?: (wait: LateWait) => Error;
}

/** What is known of a wait that was too long. */
export interface LateWait {
  /** Work of the organisation was done meanwhile, and not only at the very beginning: what has stopped since does not move. */
  moved: boolean;
  /** The token had work or others in line before this one. */
  behindOwn: boolean;
}

export interface Wait {
  /** Comes when it is one's turn. Who is told so has a place and gives it back; who is refused has none. */
  turn: Promise<void>;
  /** Leaves the line: `turn` is refused with this. Once it has come, the place must be given back instead. */
  leave(reason: Error): void;
}

interface Organisation {
  id: string;
  busy: number;
  tokens: Map<string | null, Token>;
  /** Its tokens that have somebody waiting, the next one first. */
  ring: Set<Token>;
  /** When work of it was last done, on the clock of performance.now(). */
  doneAt: number;
}

interface Token {
  id: string | null;
  organisation: Organisation;
  busy: number;
  line: Waiter[];
}

interface Waiter {
  come(): void;
}

/** The part of a wait, up to its end, in which something must have been done for a line that moves. */
const LATELY = 0.8;

export class FairTurns {
  private readonly organisations = new Map<string, Organisation>();
  /** Those that have somebody waiting, the next one first. */
  private readonly ring = new Set<Organisation>();
  private readonly all: number;
  private busy = 0;

  constructor(private readonly shares: Shares) {
    this.all = shares.all ?? Infinity;
  }

  /** Takes a place. Where there is one it answers nothing, and costs no promise; else there is a turn to wait for. Throws where the line is too long. */
  take({ organisationId, tokenId }: Asker, patienceMs = this.shares.patienceMs): Wait | undefined {
    const token = this.tokenOf(organisationId, tokenId);
    if (this.seatIfFree(token)) return undefined;
    if (token.line.length >= this.shares.waiting) throw this.shares.tooLong();
    return this.join(token, patienceMs);
  }

  /** Takes a place where there is one, and says whether there was. */
  takeNow({ organisationId, tokenId }: Asker): boolean {
    const token = this.tokenOf(organisationId, tokenId);
    const isSeated = this.seatIfFree(token);
    this.forget(token);
    return isSeated;
  }

  /** Somebody of the organisation works or waits. */
  isTaken(organisationId: string): boolean {
    return this.organisations.has(organisationId);
  }

  /** Gives a place back, which goes to whoever is next; `done` says whether anything came of it. */
  give({ organisationId, tokenId }: Asker, done = true): void {
    const token = this.tokenOf(organisationId, tokenId);
    const { organisation } = token;
    // While a place was free, only those waited who had used up their own share.
    const mayCome = this.busy >= this.all ? this.ring : [organisation];
    this.busy--;
    organisation.busy--;
    token.busy--;
    if (done) organisation.doneAt = performance.now();
    for (const one of mayCome) if (this.serve(one)) break;
    this.forget(token);
  }

  /** Does `work` when its turn comes. */
  async during<T>(asker: Asker, work: () => Promise<T>): Promise<T> {
    const wait = this.take(asker);
    if (wait) await wait.turn;
    try {
      return await work();
    } finally {
      this.give(asker);
    }
  }

  private hasShare({ busy, organisation }: Token): boolean {
    const { organisation: most, newcomers = 0, token } = this.shares;
    return busy < token && organisation.busy < (busy === 0 ? most + newcomers : most);
  }

  private seatIfFree(token: Token): boolean {
    const isFree = this.busy < this.all && this.hasShare(token);
    if (isFree) this.seat(token);
    return isFree;
  }

  private seat(token: Token): void {
    this.busy++;
    token.organisation.busy++;
    token.busy++;
  }

  /** Seats the next one of an organisation, where it has one who may come. */
  private serve(organisation: Organisation): boolean {
    for (const token of organisation.ring) {
      if (!this.hasShare(token)) continue;
      const waiter = token.line.shift() as Waiter;
      this.seat(token);
      // To the end of both rings, or out of them.
      this.stepOut(token);
      this.ring.delete(organisation);
      if (token.line.length > 0) organisation.ring.add(token);
      if (organisation.ring.size > 0) this.ring.add(organisation);
      waiter.come();
      return true;
    }
    return false;
  }

  private join(token: Token, patienceMs: number | undefined): Wait {
    const { tooLate, line } = this.shares;
    const { organisation } = token;
    const behindOwn = token.busy + token.line.length > 0;
    const movedFor = (ms: number): boolean => performance.now() - organisation.doneAt < ms * LATELY;
    let end: (reason: Error) => void = () => undefined;
    const turn = new Promise<void>((resolve, reject) => {
      const late = (): void =>
        end(tooLate?.({ moved: movedFor(patienceMs ?? 0), behindOwn }) ?? this.shares.tooLong());
      const patience = patienceMs === undefined ? undefined : setTimeout(late, patienceMs).unref();
      const waiter: Waiter = {
        come: () => {
          clearTimeout(patience);
          counts.waiting[line]--;
          // Who had to wait is in no hurry: what others have sent meanwhile is looked at first.
          setImmediate(resolve);
        },
      };
      end = (reason) => {
        const place = token.line.indexOf(waiter);
        if (place < 0) return;
        clearTimeout(patience);
        token.line.splice(place, 1);
        counts.waiting[line]--;
        if (token.line.length === 0) this.stepOut(token);
        this.forget(token);
        reject(reason);
      };
      token.line.push(waiter);
    });
    counts.waiting[line]++;
    organisation.ring.add(token);
    this.ring.add(organisation);
    return { turn, leave: (reason) => end(reason) };
  }

  private stepOut(token: Token): void {
    const { organisation } = token;
    organisation.ring.delete(token);
    if (organisation.ring.size === 0) this.ring.delete(organisation);
  }

  private tokenOf(organisationId: string, tokenId: string | null): Token {
    let organisation = this.organisations.get(organisationId);
    if (!organisation) {
      organisation = { id: organisationId, busy: 0, tokens: new Map(), ring: new Set(), doneAt: -Infinity };
      this.organisations.set(organisationId, organisation);
    }
    let token = organisation.tokens.get(tokenId);
    if (!token) organisation.tokens.set(tokenId, (token = { id: tokenId, organisation, busy: 0, line: [] }));
    return token;
  }

  /** Whoever neither works nor waits is not known. */
  private forget({ id, busy, line, organisation }: Token): void {
    if (busy > 0 || line.length > 0) return;
    organisation.tokens.delete(id);
    if (organisation.tokens.size === 0) this.organisations.delete(organisation.id);
  }
}
