// The bytes that the answers of an access token hold: the rows that were read for them, and the text that is made of these,
// until it has left or its client has. Before more is read there must be room; who finds none waits in line. The answer that
// has been at it longest goes on all the same, so that answers which wait for each other's room come to an end.
import type { Caller } from "../entities/caller";
import { badSyntax, rateLimited } from "../errors";
import { counts } from "../telemetry/counts";
import { MAX_PAGE_BYTES } from "../values/pages";

/** What the answers of a token may hold together; the oldest of them may exceed it. */
export const MAX_HELD_BYTES = 24 * 1024 * 1024;
/** A read counts as a page until its rows are there. */
const READ_BYTES = MAX_PAGE_BYTES;
const PATIENCE_MS = 10_000;
const RETRY_MS = 5_000;

interface Account {
  held: number;
  /** Those that hold something, the oldest first. */
  holders: Set<HeldBytes>;
  line: Set<Waiter>;
}

interface Waiter {
  answer: HeldBytes;
  come: () => void;
  leave: (reason: Error) => void;
}

const accounts = new Map<string, Account>();

function accountOf(tokenId: string): Account {
  let account = accounts.get(tokenId);
  if (!account) accounts.set(tokenId, (account = { held: 0, holders: new Set(), line: new Set() }));
  return account;
}

function tooMuch(): Error {
  counts.limited.line++;
  return rateLimited("This access token has answers under way that hold as much as they may, and", RETRY_MS);
}

/** Longer texts are sent as bytes: a text that waits for its reader is there twice, and in JavaScript's two bytes a letter. */
const MAX_TEXT = 64 * 1024;

/** The text of an answer as it is best sent. */
export const asSent = (text: string): string | Buffer => (text.length > MAX_TEXT ? Buffer.from(text) : text);

/** What one answer holds. The command line, which has no token, holds what it likes. */
export class HeldBytes {
  private bytes = 0;
  private readonly tokenId: string | null;
  private isOver = false;
  private isAhead = false;

  constructor({ tokenId }: Pick<Caller, "tokenId">) {
    this.tokenId = tokenId;
  }

  /**
   * Takes room for a read, until `read` says what it came to. Where there is some it answers nothing, and costs no promise;
   * else the turn to wait for, refused with `rate_limited` after 10 s. An answer that is over reads no more: `bad_request`.
   */
  reserve(): Promise<void> | undefined {
    if (this.tokenId === null) return undefined;
    if (this.isAhead) {
      this.isAhead = false;
      return undefined;
    }
    // Its place among the requests at work is somebody else's by now.
    if (this.isOver) throw badSyntax("The request was aborted.");
    const account = accountOf(this.tokenId);
    if (account.line.size === 0 || isOldest(account, this)) {
      if (mayRead(account, this)) {
        this.hold(READ_BYTES);
        return undefined;
      }
    }
    return this.join(account);
  }

  /** Takes room for the next read, whose turn it waits for afterwards: nobody who has a turn is to wait for room. */
  async reserveAhead(): Promise<void> {
    await this.reserve();
    this.isAhead = true;
  }

  /** The rows that room was taken for are there, or never will be. */
  read(bytes: number): void {
    this.hold(bytes - READ_BYTES);
  }

  /** It holds so much more. */
  hold(bytes: number): void {
    if (this.tokenId === null || this.isOver || bytes === 0) return;
    const account = accountOf(this.tokenId);
    account.held += bytes;
    this.bytes += bytes;
    if (this.bytes > 0) account.holders.add(this);
    else account.holders.delete(this);
    if (bytes < 0) serve(account);
    if (account.holders.size === 0 && account.line.size === 0) accounts.delete(this.tokenId);
  }

  /** This is all that it holds now: its rows have become text, or have gone. */
  become(bytes: number): void {
    this.hold(bytes - this.bytes);
  }

  /** It has left, or nobody waits for it any more. */
  end(): void {
    if (this.tokenId === null || this.isOver) return;
    for (const { answer, leave } of accounts.get(this.tokenId)?.line ?? [])
      if (answer === this) leave(badSyntax("The request was aborted."));
    this.become(0);
    this.isOver = true;
  }

  private join(account: Account): Promise<void> {
    return new Promise((resolve, reject) => {
      const out = (): void => {
        clearTimeout(late);
        account.line.delete(waiter);
        counts.waiting.answers--;
      };
      const waiter: Waiter = {
        answer: this,
        come: () => {
          out();
          this.hold(READ_BYTES);
          // Who had to wait is in no hurry: what others have sent meanwhile is looked at first.
          setImmediate(resolve);
        },
        leave: (reason) => {
          out();
          reject(reason);
        },
      };
      const late = setTimeout(() => waiter.leave(tooMuch()), PATIENCE_MS).unref();
      account.line.add(waiter);
      counts.waiting.answers++;
    });
  }
}

const isOldest = ({ holders }: Account, answer: HeldBytes): boolean =>
  holders.values().next().value === answer;

const mayRead = (account: Account, answer: HeldBytes): boolean =>
  account.held + READ_BYTES <= MAX_HELD_BYTES || isOldest(account, answer);

/** Room has become free: for the oldest, then for whoever waits longest. */
function serve(account: Account): void {
  const { line } = account;
  for (const waiter of line) if (isOldest(account, waiter.answer)) waiter.come();
  for (const waiter of line) {
    if (!mayRead(account, waiter.answer)) return;
    waiter.come();
  }
}
